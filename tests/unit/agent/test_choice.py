"""Which model a step asks: the environment, the role, the settings."""

import pytest

from orion_tui.base.errors import ModelUnavailable, UsageError
from orion_tui.core.agent.choice import Step, choose, require
from orion_tui.core.agent.model import ModelRef
from orion_tui.roles.schema import ModelWish

pytestmark = pytest.mark.unit

_SETTINGS = ModelWish(default="openai/settings", review="openai/settings-review")


def _chosen(step: Step, environ: dict[str, str], settings: ModelWish, role: ModelWish | None) -> tuple[str, str]:
    choice = require(step, environ=environ, settings=settings, role=role)
    return str(choice.model), choice.chosen_by


def test_the_environment_comes_first_then_the_role_then_the_settings() -> None:
    role = ModelWish(default="anthropic/role", plan="anthropic/role-plan")
    environ = {"ORION_MODEL": " ollama:qwen3:32b "}
    assert _chosen(Step.PLAN, environ, _SETTINGS, role) == ("ollama/qwen3:32b", "ORION_MODEL")
    assert _chosen(Step.PLAN, {}, _SETTINGS, role) == ("anthropic/role-plan", "the role (model.plan)")
    assert _chosen(Step.WORK, {}, _SETTINGS, role) == ("anthropic/role", "the role (model.default)")
    assert _chosen(Step.REVIEW, {}, _SETTINGS, ModelWish()) == (
        "openai/settings-review",
        "settings.yaml (model.review)",
    )
    assert _chosen(Step.WORK, {}, _SETTINGS, None) == ("openai/settings", "settings.yaml (model.default)")


def test_who_made_a_plan_thinks_it_over_where_nobody_says_otherwise() -> None:
    wish = ModelWish(default="openai/default", plan="openai/plan")
    assert _chosen(Step.REVIEW, {}, wish, None) == ("openai/plan", "settings.yaml (model.plan)")
    assert _chosen(Step.REVIEW, {}, ModelWish(default="openai/default"), None)[0] == "openai/default"


def test_nobody_chose() -> None:
    assert choose(Step.WORK, environ={"ORION_MODEL": ""}, settings=ModelWish()) is None
    with pytest.raises(ModelUnavailable, match="no model is chosen") as error:
        require(Step.WORK, environ={}, settings=ModelWish())
    assert "ORION_MODEL=provider/name" in error.value.hint


def test_whose_word_was_wrong_is_said() -> None:
    with pytest.raises(UsageError, match=r"the role \(model\.work\): 'gpt' names no model"):
        require(Step.WORK, environ={}, settings=_SETTINGS, role=ModelWish(work="gpt"))


@pytest.mark.parametrize(
    ("text", "provider", "name"),
    [
        ("anthropic/claude-sonnet-5-5", "anthropic", "claude-sonnet-5-5"),
        ("Ollama:qwen3:32b", "ollama", "qwen3:32b"),
        ("openrouter/qwen/qwen3-coder:free", "openrouter", "qwen/qwen3-coder:free"),
    ],
)
def test_names_of_models(text: str, provider: str, name: str) -> None:
    assert ModelRef.parse(text) == ModelRef(provider, name)


@pytest.mark.parametrize("text", ["", "gpt", "/x", "x/", ":x", "a/b c", "a/\x1b[31m", "a/" + "x" * 300, "a/ "])
def test_what_names_no_model(text: str) -> None:
    with pytest.raises(UsageError) as error:
        ModelRef.parse(text)
    assert "\x1b" not in str(error.value)
