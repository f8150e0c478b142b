"""What the screen of a new goal asks of the engine, and the values that come back."""

from typing import Protocol

import attrs

#: Characters of a goal; the engine refuses more, and so does the entry.
GOAL_LIMIT = 4_000


@attrs.frozen(kw_only=True)
class ModelPick:
    """The model for one step as things stand, and who chose it."""

    #: `provider/name`; "" where nobody chose one.
    model: str = ""
    chosen_by: str = ""
    #: Its price is not known: no limit of dollars holds it.
    unpriced: bool = False
    #: What is wrong with the choice.
    problem: str = ""


@attrs.frozen(kw_only=True)
class RolePick:
    """A role that a session may be started with, or why not."""

    name: str
    description: str
    scope: str
    auth: str
    #: Where it comes from: starter, user, workspace.
    source: str
    #: Why it cannot be used; "" where it can.
    unusable: str = ""
    cost_usd: float | None = None
    tokens: int | None = None
    hours: float | None = None
    plan: ModelPick = attrs.field(factory=ModelPick)
    work: ModelPick = attrs.field(factory=ModelPick)
    #: Which model thinks the plan over; there is no field for it.
    review: ModelPick = attrs.field(factory=ModelPick)


@attrs.frozen(kw_only=True)
class PlaceView:
    """A workspace as it is found, or what is wrong with it."""

    #: As it was given.
    path: str
    root: str = ""
    branch: str = ""
    head: str = ""
    #: Paths that differ from the commit, and such that git does not know.
    changed: int = 0
    untracked: int = 0
    notes: tuple[str, ...] = ()
    problem: str = ""
    hint: str = ""

    @property
    def dirty(self) -> bool:
        """Whether there is anything that a snapshot would take along."""
        return bool(self.changed or self.untracked)


@attrs.frozen(kw_only=True)
class GoalForm:
    """What the form begins with: roles, the last used first, and the workspace."""

    roles: tuple[RolePick, ...]
    place: PlaceView


@attrs.frozen(kw_only=True)
class GoalRequest:
    """What the person entered, as text where it was entered as text: the engine's side reads it."""

    goal: str
    role: str
    workspace: str
    snapshot: bool = False
    plan_model: str = ""
    work_model: str = ""
    cost_usd: str = ""
    tokens: str = ""
    hours: str = ""
    review_plan: bool = True
    playbook: str = ""


@attrs.frozen(kw_only=True)
class FieldProblem:
    """Something wrong with one field; `field` is "" for what concerns all of them."""

    field: str
    message: str
    hint: str = ""


@attrs.frozen(kw_only=True)
class Submitted:
    """A session that was started, or every problem that kept it from it."""

    session_id: str = ""
    problems: tuple[FieldProblem, ...] = ()
    #: A key lies in a vault that wants its passphrase first.
    needs_passphrase: bool = False


class GoalCommands(Protocol):
    """Starting work. Nothing here raises for what a person entered: that comes back as problems."""

    def goal_form(self, workspace: str) -> GoalForm:
        """Roles, those of the workspace included, and how the workspace is found."""
        ...

    def guard(self, goal: str) -> tuple[str, ...]:
        """What would be removed from a goal, by name."""
        ...

    def submit_goal(self, request: GoalRequest, passphrase: str = "") -> Submitted:
        """Check all of it, then start the session. `passphrase` opens the vault that holds a model's key."""
        ...
