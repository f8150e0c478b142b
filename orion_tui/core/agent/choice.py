"""Which model a step of a session asks. The first of these that says something:

1. `ORION_MODEL`, from the environment of the command that submits the work,
2. the role: its `model` for this step, then its `default`,
3. `settings.yaml`: `model` for this step, then its `default`.

Where nobody says who thinks a plan over (`review`), that is the model that made it.

A role that came with a repository has been trusted by a person before it gets here.
"""

from collections.abc import Mapping
from enum import StrEnum

import attrs

from orion_tui.base.errors import ModelUnavailable, UsageError
from orion_tui.core.agent.model import ModelRef
from orion_tui.roles.schema import ModelWish

VARIABLE = "ORION_MODEL"


class Step(StrEnum):
    """What a model is asked for."""

    PLAN = "plan"
    WORK = "work"
    #: While the plan is worked on: does it still lead to the goal?
    REVIEW = "review"


@attrs.frozen(kw_only=True)
class Choice:
    """A model, and who chose it."""

    model: ModelRef
    #: For people: `ORION_MODEL`, `the role (model.plan)`, `settings.yaml (model.default)`.
    chosen_by: str


def choose(
    step: Step, *, environ: Mapping[str, str], settings: ModelWish, role: ModelWish | None = None
) -> Choice | None:
    """The model for that step; None where nobody chose one.

    Raises UsageError, which says whose word it was, for what names no model.
    """
    for text, chosen_by in _words(step, environ, settings, role):
        if text:
            try:
                return Choice(model=ModelRef.parse(text), chosen_by=chosen_by)
            except UsageError as error:
                raise UsageError(f"{chosen_by}: {error.message}", hint=error.hint) from None
    return None


def require(step: Step, *, environ: Mapping[str, str], settings: ModelWish, role: ModelWish | None = None) -> Choice:
    """As `choose`. Raises ModelUnavailable, with what to do, where nobody chose one."""
    if chosen := choose(step, environ=environ, settings=settings, role=role):
        return chosen
    raise ModelUnavailable(
        "no model is chosen",
        hint=f"set {VARIABLE}=provider/name, or write it to settings.yaml (docs/models.md): model: {{default: ...}}",
    )


def _words(
    step: Step, environ: Mapping[str, str], settings: ModelWish, role: ModelWish | None
) -> list[tuple[str, str]]:
    words = [(environ.get(VARIABLE, "").strip(), VARIABLE)]
    for wish, whose in ((role, "the role"), (settings, "settings.yaml")):
        if wish is not None:
            words.append((getattr(wish, step.value), f"{whose} (model.{step.value})"))
            if step is Step.REVIEW:
                words.append((wish.plan, f"{whose} (model.plan)"))
            words.append((wish.default, f"{whose} (model.default)"))
    return words
