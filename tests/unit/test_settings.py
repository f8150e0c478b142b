"""`settings.yaml`: read strictly, every problem at its place."""

import pytest

from orion_tui.base.errors import InvalidFile
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.settings import Price, ProviderSettings, Settings, load, parse, settings_file
from orion_tui.roles.schema import ModelWish

pytestmark = pytest.mark.unit

_WHOLE = """\
model:
  default: anthropic/claude-sonnet-5-5
  review: openai:gpt-6-luna
providers:
  ollama:
    base_url: http://192.168.1.7:11434/v1/
  workshop:
    base_url: https://models.example.org/v1
    key_env: WORKSHOP_KEY
prices:
  workshop/qwen3: {input: 0.2, output: 0.6, cached: 0}
contexts:
  workshop/qwen3: 131072
  "ollama:qwen3:32b": 40960
sessions: {running: 7}
"""


def test_a_whole_file() -> None:
    assert parse(_WHOLE, "settings.yaml") == Settings(
        model=ModelWish(default="anthropic/claude-sonnet-5-5", review="openai:gpt-6-luna"),
        providers={
            "ollama": ProviderSettings(base_url="http://192.168.1.7:11434/v1"),
            "workshop": ProviderSettings(base_url="https://models.example.org/v1", key_env="WORKSHOP_KEY"),
        },
        prices={ModelRef("workshop", "qwen3"): Price(input=0.2, output=0.6, cached=0)},
        contexts={ModelRef("workshop", "qwen3"): 131072, ModelRef("ollama", "qwen3:32b"): 40960},
        running=7,
    )


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "model:\n", "providers: {}\n", "null\n", "sessions:\n", "contexts: {}"]
)
def test_nothing_decided(text: str) -> None:
    assert parse(text, "settings.yaml") == Settings()


def test_no_file_decides_nothing(orion_home: OrionHome) -> None:
    assert load(orion_home) == Settings()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("modle: {default: a/b}", "1:1: unknown key 'modle' (did you mean 'model'?)"),
        ("model: {paln: a/b}", "1:9: unknown key 'paln' (did you mean 'plan'?)"),
        ("model: {default: gpt}", "1:18: 'gpt' names no model"),
        ("model: gpt", "1:8: expected a mapping"),
        ("providers: {ollama: {base_url: 'ollama.local'}}", "must begin with https:// or http://"),
        ("providers: {ollama: {base_url: 'https://me:pw@host/v1'}}", "must not hold a user or password"),
        ("providers: {ollama: {api_key: x}}", "unknown key 'api_key'"),
        ("providers: {My Box: {base_url: 'https://x/v1'}}", "a provider's name has small letters"),
        ("providers: {box: {key_env: 'sk-ant-0123456789'}}", "names no environment variable"),
        ("prices: {a/b: {input: -1, output: 1}}", "must be at least 0"),
        ("prices: {a/b: {input: 1}}", "output is missing"),
        ("prices: {ab: {input: 1, output: 1}}", "'ab' names no model"),
        ("contexts: {ab: 32768}", "1:12: 'ab' names no model"),
        ("contexts: {a/b: 2047}", "1:17: must be at least 2,048"),
        ("contexts: {a/b: 200000000}", "and at most 100,000,000"),
        ("contexts: {a/b: 32k}", "expected a whole number, found text '32k'"),
        ("contexts: {a/b: 32768.5}", "expected a whole number"),
        ("contexts: {a/b: {tokens: 1}}", "expected a whole number, found a mapping"),
        ("contexts: 32768", "expected a mapping"),
        ("sessions: {running: 0}", "1:21: must be at least 1 and at most 64, not 0"),
        ("sessions: {running: 65}", "must be at least 1 and at most 64, not 65"),
        ("sessions: {running: many}", "expected a whole number"),
        ("sessions: {runing: 2}", "unknown key 'runing' (did you mean 'running'?)"),
        ("sessions: 4", "expected a mapping"),
        ("model: &x {default: a/b}", "anchors"),
        ("[]", "expected a mapping"),
    ],
)
def test_problems_are_told_at_their_place(text: str, problem: str) -> None:
    with pytest.raises(InvalidFile) as error:
        parse(text, "settings.yaml")
    assert any(problem in line for line in error.value.problems), error.value.problems


def test_a_key_pasted_into_the_wrong_place_is_not_repeated() -> None:
    with pytest.raises(InvalidFile) as error:
        parse("providers: {box: {key_env: 'sk-ant-0123456789'}}", "settings.yaml")
    assert "sk-ant" not in str(error.value)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_change_is_not_followed(orion_home: OrionHome, mode: int) -> None:
    settings_file(orion_home).write_text(_WHOLE, "utf-8")
    settings_file(orion_home).chmod(mode)
    with pytest.raises(InvalidFile, match="others can change") as error:
        load(orion_home)
    assert "chmod go-w" in error.value.hint
