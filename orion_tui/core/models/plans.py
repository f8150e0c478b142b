"""A goal taken apart: tasks that depend on each other, and the actions of a governed runbook."""

import attrs

from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.core.models.actions import Action


@attrs.frozen(kw_only=True)
class Expectation:
    """What must be true of an action's result for the task to go on."""

    #: Exit status of a command; None accepts any.
    exit_code: int | None = 0
    #: Text that its output must contain.
    output: str | None = None
    #: The action is there to show that the gate stops it: being blocked is success, running is failure.
    blocked: bool = False


@attrs.frozen(kw_only=True)
class PlannedAction:
    """An action of a runbook with what is expected of it."""

    action: Action
    expect: Expectation = attrs.field(factory=Expectation)


@attrs.frozen(kw_only=True)
class Estimate:
    """How long a task should take, as a range (LEARN-2)."""

    #: Seconds.
    least: float
    most: float
    #: How it was made, for people: `twice the model's guess, for there are fewer than 5 like tasks`.
    made: str
    #: Like tasks that it was made from; 0 where it is the guess alone.
    like: int = 0


@attrs.frozen(kw_only=True)
class CostRange:
    """What a task should cost, as a range, from like tasks (LEARN-2)."""

    #: Dollars.
    least: float
    most: float
    #: How many like tasks it was made from.
    like: int


@attrs.frozen(kw_only=True)
class Task:
    """One node of the plan."""

    id: str
    title: str
    kind: ActionKind
    description: str = ""
    #: Ids of tasks that must succeed first.
    needs: tuple[str, ...] = ()
    actions: tuple[PlannedAction, ...] = ()
    #: What proves that the task is done; empty where nothing was agreed, which is then said.
    accept: tuple[PlannedAction, ...] = ()
    #: The author's guess, and what Orion makes of it.
    estimate_seconds: float | None = None
    estimate: Estimate | None = None
    #: What experience says that it costs; None where there is too little, or models without a price did the work.
    cost: CostRange | None = None
    #: 0 to 1; how sure the author of the plan is.
    confidence: float = 1.0
    #: Share of this role's work of this kind that the person accepted, once that is known of 5; None before.
    approval_rate: float | None = None
    #: A model works on it: which actions that takes is found out on the way.
    agent: bool = False
    #: The tier of the whole task as checked against the role when the plan was made.
    tier: Tier = Tier.REQUIRES_APPROVAL

    @property
    def sureness(self) -> float:
        """What the confidence gate looks at (RUN-4): the author's confidence, times what experience says of it."""
        return self.confidence if self.approval_rate is None else self.confidence * self.approval_rate


@attrs.frozen(kw_only=True)
class Plan:
    """A validated plan: ids unique, dependencies known, no cycle. Tasks in the author's order."""

    title: str
    tasks: tuple[Task, ...]
    #: Where it came from: `playbook`, `demo` or a model's name.
    source: str
    description: str = ""

    def task(self, task_id: str) -> Task:
        """The task of that id; KeyError when there is none."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise KeyError(task_id)
