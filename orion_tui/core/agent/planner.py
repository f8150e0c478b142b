"""From a goal in words to a plan, by a model (PLAN-1)."""

from collections.abc import Callable, Sequence

import attrs

from orion_tui.core.aegis import guard
from orion_tui.core.agent import plan_form, prompt
from orion_tui.core.agent.check_words import check_text
from orion_tui.core.agent.dialogue import Ask, Rejected, settle
from orion_tui.core.agent.fields import field
from orion_tui.core.agent.model import Message, ModelRef, Question, Reply, Speaker, ToolCall
from orion_tui.core.agent.role_summary import role_summary
from orion_tui.core.models.plans import Plan, Task
from orion_tui.roles.schema import Role

#: Tokens of the inventory, where nobody says otherwise; halved each time that the question does not fit.
INVENTORY_TOKENS = 24_000
#: Tokens of an answer: 60 tasks with descriptions, and thoughts before them.
ANSWER_TOKENS = 16_000
#: The latest rejections that a planner is told of.
MAX_REJECTIONS = 5


@attrs.frozen(kw_only=True)
class Rejection:
    """Something that the person turned down before, under this role."""

    what: str
    reason: str


@attrs.frozen(kw_only=True)
class Assignment:
    """What a plan is made from."""

    goal: str
    role: Role
    #: The inventory in at most that many tokens (`agent.inventory`).
    inventory: Callable[[int], str]
    #: The latest last.
    rejections: Sequence[Rejection] = ()
    #: What was learned of this workspace earlier, as data (LEARN-4).
    notes: str = ""
    #: The plan that was sent back, and what the person said of it.
    earlier: Plan | None = None
    comment: str = ""


class Planner:
    """Asks a model for a plan. `ask` answers questions (`dialogue.Ask`); a run with the same replies is the same."""

    def __init__(
        self,
        ask: Ask,
        model: ModelRef,
        *,
        check: Callable[[Plan], Sequence[str]] = lambda _: (),
        inventory_tokens: int = INVENTORY_TOKENS,
        answer_tokens: int = ANSWER_TOKENS,
    ) -> None:
        """`check` may find more that is wrong with a valid plan, each with its place: a task that the role forbids."""
        self._ask = ask
        self._model = model
        self._check = check
        self._inventory_tokens = inventory_tokens
        self._answer_tokens = answer_tokens

    def plan(self, assignment: Assignment) -> tuple[Plan, tuple[Reply, ...]]:
        """The plan, and every reply that led to it.

        Raises PlanRefused when three answers are no valid plan, TooLong when not even the smallest inventory fits, and
        whatever else `ask` raises.
        """
        settled = settle(self._ask, lambda size: self.question(assignment, size), self._read, wanted="a plan")
        return settled.value, settled.replies

    def question(self, assignment: Assignment, size: int = 0) -> Question:
        """The first question; its inventory is halved `size` times."""
        return Question(
            model=self._model,
            instructions=f"{prompt.load('plan').text}\n\n{role_summary(assignment.role)}",
            messages=(Message(speaker=Speaker.USER, text=_message(assignment, self._inventory_tokens >> size)),),
            tools=(plan_form.SUBMIT_PLAN,),
            must_call=True,
            max_tokens=self._answer_tokens,
        )

    def _read(self, call: ToolCall) -> Plan | Rejected:
        found = plan_form.parse(call.arguments or {}, source=str(self._model))
        if isinstance(found, Rejected):
            return found
        return Rejected(more) if (more := tuple(self._check(found))) else found


def _message(assignment: Assignment, tokens: int) -> str:
    parts = ["The goal:\n" + field("goal", guard.inspect(assignment.goal).text)]
    if assignment.rejections:
        told = rejected(assignment.rejections[-MAX_REJECTIONS:])
        parts.append("What the person turned down before, with the reasons:\n" + field("rejected", told, limit=6_000))
    if assignment.notes:
        parts.append("Notes from earlier work here:\n" + field("notes", assignment.notes, limit=6_000))
    parts.append(assignment.inventory(tokens) or "Nothing is known of the repository.")
    if assignment.earlier is not None:
        told = describe(assignment.earlier.tasks)
        parts.append("Your earlier plan, which the person sent back:\n" + field("earlier plan", told, limit=40_000))
    if assignment.comment:
        parts.append("What the person says of it:\n" + field("comment", assignment.comment))
    parts.append("Make the plan, and hand it in with submit_plan.")
    return "\n\n".join(parts)


def rejected(rejections: Sequence[Rejection]) -> str:
    """What was turned down, in words, for a model. Put it into a field."""
    return "\n".join(f"- {one.what}: {one.reason}" for one in rejections)


def describe(tasks: Sequence[Task]) -> str:
    """Tasks in words, for a model. Put it into a field."""
    told: list[str] = []
    for task in tasks:
        minutes = f", {task.estimate_seconds / 60:g} min" if task.estimate_seconds is not None else ""
        needs = f", needs {', '.join(task.needs)}" if task.needs else ""
        told.append(f"[{task.id}] {task.title} ({task.kind.value}{minutes}, confidence {task.confidence:g}{needs})")
        told += [f"    {line}" for line in task.description.splitlines()]
        told += [f"    accept: {check_text(planned)}" for planned in task.accept]
    return "\n".join(told)
