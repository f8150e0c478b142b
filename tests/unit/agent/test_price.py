"""What answers cost, and keys taken out of texts."""

import pytest

from orion_tui.core.agent.model import ModelRef, Usage
from orion_tui.core.agent.price import Prices
from orion_tui.core.agent.providers import TABLE, address_problem, is_exposed
from orion_tui.core.agent.redact import MARK, without
from orion_tui.core.settings import Price

pytestmark = pytest.mark.unit

_USAGE = Usage(input_tokens=1_000_000, output_tokens=100_000, cached_tokens=400_000)


def test_the_table_knows_the_large_providers() -> None:
    prices = Prices({})
    plain = prices.cost(TABLE["anthropic"], "claude-sonnet-5-5", Usage(input_tokens=1000))
    cached = prices.cost(TABLE["anthropic"], "claude-sonnet-5-5", Usage(input_tokens=1000, cached_tokens=1000))
    written = prices.cost(TABLE["anthropic"], "claude-sonnet-5-5", Usage(input_tokens=1000, written_tokens=1000))
    assert plain is not None
    assert cached is not None
    assert written is not None
    assert 0 < cached < plain < written, "a cache gives cheaply and takes dearly"


@pytest.mark.parametrize(("provider", "name"), [("ollama", "gpt-5"), ("vllm", "x"), ("openai", "no-such-model-9")])
def test_nobody_knows_a_price(provider: str, name: str) -> None:
    assert Prices({}).cost(TABLE[provider], name, _USAGE) is None
    assert Prices({}).per_million(TABLE[provider], name) is None


def test_an_alias_costs_what_the_answering_model_costs() -> None:
    dated = Prices({}).cost(TABLE["openai"], "no-such-alias", _USAGE, answered_as="gpt-5-2025-08-07")
    assert dated == Prices({}).cost(TABLE["openai"], "gpt-5", _USAGE)


def test_the_settings_come_first() -> None:
    prices = Prices(
        {
            ModelRef("openai", "gpt-5"): Price(input=2, output=10, cached=0.5),
            ModelRef("ollama", "q"): Price(input=1, output=1),
        }
    )
    assert prices.cost(TABLE["openai"], "gpt-5", _USAGE) == pytest.approx(0.6 * 2 + 0.4 * 0.5 + 0.1 * 10)  # pyright: ignore[reportUnknownMemberType]
    assert prices.per_million(TABLE["ollama"], "q") == (1, 1)


def test_counts_that_contradict_each_other_have_no_price() -> None:
    assert Prices({}).cost(TABLE["openai"], "gpt-5", Usage(input_tokens=1, cached_tokens=50)) is None


def test_a_key_is_taken_out_in_every_spelling() -> None:
    key = "sk/a+b=0123456789"
    text = f"{key} sk%2Fa%2Bb%3D0123456789 c2svYStiPTAxMjM0NTY3ODk="
    assert without(text, key) == f"{MARK} {MARK} {MARK}"
    assert without("nothing here", key) == "nothing here"


def test_a_placeholder_is_no_secret() -> None:
    assert without("ollama runs", "ollama") == "ollama runs"
    assert without("anything", None) == "anything"


@pytest.mark.parametrize(
    "url", ["https://api.example.com", "http://127.0.0.1:11434/v1", "http://[::1]:8080/v1", "https://h/a/b"]
)
def test_addresses(url: str) -> None:
    assert address_problem(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "ftp://x/",
        "file:///etc/passwd",
        "https://",
        "https://u:p@h/v1",
        "https://u@h",
        "https://h/?q",
        "https://h/#f",
        "https://h:x/",
        "https://h/a b",
        "https://h:99999",
    ],
)
def test_no_addresses(url: str) -> None:
    assert address_problem(url) != ""


def test_every_address_of_the_table_is_one_and_none_gives_the_key_away() -> None:
    for provider in TABLE.values():
        if provider.base_url:
            assert address_problem(provider.base_url) == ""
            assert not is_exposed(provider.base_url)
    assert is_exposed("http://192.168.1.7:11434/v1")
