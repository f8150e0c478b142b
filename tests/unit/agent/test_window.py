"""How large a model's context window is taken to be."""

import pytest

from orion_tui.core.agent.model import ModelRef
from orion_tui.core.agent.providers import TABLE, Provider
from orion_tui.core.agent.window import LOCAL, REMOTE, context_window
from orion_tui.core.settings import Settings

pytestmark = pytest.mark.unit

_BOX = Provider(name="box", title="a server of your own", local=True)


def _window(model: str, provider: Provider, **contexts: int) -> int:
    settings = Settings(contexts={ModelRef.parse(name.replace("__", "/")): size for name, size in contexts.items()})
    return context_window(ModelRef.parse(model), provider, settings)


def test_the_settings_come_first() -> None:
    for model, provider in (("openai/gpt-5", TABLE["openai"]), ("ollama/q", TABLE["ollama"]), ("box/q", _BOX)):
        assert _window(model, provider, **{model.replace("/", "__"): 9_999}) == 9_999
        assert _window(model, provider, other__q=9_999) != 9_999


def test_the_table_knows_the_large_providers_models() -> None:
    assert _window("openai/gpt-5", TABLE["openai"]) == 400_000
    assert _window("anthropic/claude-sonnet-5-5", TABLE["anthropic"]) == 1_000_000


@pytest.mark.parametrize("model", ["openai/no-such-model-9", "openrouter/qwen/qwen3-coder", "google/nothing"])
def test_a_remote_model_that_nobody_knows_has_what_all_have(model: str) -> None:
    assert _window(model, TABLE[model.partition("/")[0]]) == REMOTE == 128_000


@pytest.mark.parametrize("model", ["ollama/gpt-5", "lmstudio/qwen3", "box/claude-sonnet-5-5"])
def test_a_local_model_has_what_its_server_was_likely_started_with(model: str) -> None:
    provider = TABLE.get(model.partition("/")[0], _BOX)
    assert _window(model, provider) == LOCAL == 32_768
