"""What the plan review asks of the engine, and the values that come back."""

from enum import StrEnum
from typing import Protocol

import attrs

from orion_tui.base.kinds import ActionKind, Tier


class Mark(StrEnum):
    """What a version of a plan did to a task, against the plan in force."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@attrs.frozen(kw_only=True)
class FieldDiff:
    """One field that reads otherwise."""

    name: str
    before: str
    after: str


@attrs.frozen(kw_only=True)
class PlanTask:
    """One task of the plan under review."""

    id: str
    #: Place in the plan, from 1.
    number: int
    title: str
    kind: ActionKind
    description: str = ""
    needs: tuple[str, ...] = ()
    #: Commands that prove it, and the actions that are known beforehand.
    checks: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    agent: bool = True
    tier: Tier
    #: Layer, rule and reason behind the tier.
    layer: str = ""
    rule: str = ""
    reason: str = ""
    #: The author's guess in minutes; what Orion makes of it in seconds; how that was made.
    minutes: float | None = None
    least: float | None = None
    most: float | None = None
    made: str = ""
    #: Dollars that like tasks say it costs, least and most, and how many those are; None where that is not known.
    cost: tuple[float, float, int] | None = None
    confidence: float = 1.0
    #: Share of like work that the person accepted; None where that is not known yet.
    approval_rate: float | None = None
    #: The confidence below which it waits for the person before it begins.
    asks_below: float = 0.7
    mark: Mark = Mark.SAME
    changes: tuple[FieldDiff, ...] = ()
    #: It is done already: a revision keeps it as it is.
    done: bool = False

    @property
    def unsure(self) -> bool:
        """Whether the plan is too unsure of it to begin it alone, whatever its tier."""
        return self.confidence < self.asks_below

    @property
    def shown_tier(self) -> Tier:
        """The tier, and that of what waits for a person where it does for another reason."""
        return Tier.REQUIRES_APPROVAL if self.unsure and self.tier is Tier.AUTONOMOUS else self.tier


@attrs.frozen(kw_only=True)
class PlanView:
    """A plan under review."""

    session_id: str
    goal: str
    role: str
    title: str
    version: int
    #: The version in force that it would replace; 0 for a first plan.
    base: int
    tasks: tuple[PlanTask, ...]
    #: Titles of tasks that the plan in force has and this one has not.
    removed: tuple[PlanTask, ...] = ()
    #: Why it cannot be approved.
    problems: tuple[str, ...] = ()
    #: Who made it, what was done, and what the person said when it was sent back.
    author: str = ""
    note: str = ""
    comment: str = ""
    can_undo: bool = False
    #: Seconds for all of it.
    least: float | None = None
    most: float | None = None
    #: Dollars for what is left, least and most, and how many of its tasks that is about.
    cost: tuple[float, float, int] | None = None
    #: Models of the session whose price is not known: no limit of dollars holds them.
    unpriced: tuple[str, ...] = ()
    #: What was taken out of files of the repository before the model that planned read them.
    findings: tuple[str, ...] = ()
    confidence: float = 1.0

    @property
    def revision(self) -> bool:
        """Whether there is a plan in force that it would replace."""
        return self.base > 0

    def task(self, task_id: str) -> PlanTask | None:
        """The task of that id."""
        return next((task for task in self.tasks if task.id == task_id), None)


@attrs.frozen(kw_only=True)
class TaskForm:
    """What can be entered of a task. None leaves a field as it is."""

    title: str | None = None
    description: str | None = None
    kind: ActionKind | None = None
    needs: tuple[str, ...] | None = None
    checks: tuple[str, ...] | None = None
    minutes: float | None = None


class PlanCommands(Protocol):
    """Reviewing a plan. Every change names the version it was made on: ConflictError when that is not the newest."""

    def plan_view(self, session_id: str) -> PlanView:
        """The plan under review. StateError where there is none."""
        ...

    def add_task(self, session_id: str, version: int, task: TaskForm, after: str) -> PlanView:
        """A new task behind `after` ("" for the end)."""
        ...

    def change_task(self, session_id: str, version: int, task_id: str, task: TaskForm) -> PlanView:
        """Change the fields that are given."""
        ...

    def remove_task(self, session_id: str, version: int, task_id: str) -> PlanView:
        """Take it out."""
        ...

    def move_task(self, session_id: str, version: int, task_id: str, to: int) -> PlanView:
        """To another place in the plan, from 1."""
        ...

    def undo_edit(self, session_id: str, version: int) -> PlanView:
        """Take the last change back."""
        ...

    def approve_plan(self, session_id: str, version: int) -> None:
        """Work starts, or goes on, with exactly this version."""
        ...

    def send_back_plan(self, session_id: str, version: int, comment: str) -> None:
        """The model makes another."""
        ...

    def keep_plan(self, session_id: str, version: int) -> None:
        """A revision is refused: work goes on with the plan in force."""
        ...
