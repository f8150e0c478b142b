"""In the middle of the work: keep the plan, revise what is left of it, or give up (PLAN-5)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from orion_tui.base.text import clean
from orion_tui.core.aegis import guard
from orion_tui.core.agent import plan_form, plan_rules, prompt
from orion_tui.core.agent.dialogue import Ask, Rejected, settle
from orion_tui.core.agent.fields import field
from orion_tui.core.agent.model import Message, ModelRef, Question, Reply, Speaker, Tool, ToolCall
from orion_tui.core.agent.planner import ANSWER_TOKENS, Rejection, describe, rejected
from orion_tui.core.agent.role_summary import role_summary
from orion_tui.core.models.plans import Plan, Task
from orion_tui.roles.schema import Role

#: Characters of a reason.
MAX_REASON = 2_000

_REASON: Mapping[str, Any] = {"type": "string", "description": "One to three plain sentences for the person."}


def _tool(name: str, description: str, **more: Mapping[str, Any]) -> Tool:
    properties = {"reason": _REASON, **more}
    return Tool(
        name=name,
        description=description,
        parameters={"type": "object", "properties": properties, "required": list(properties)},
    )


TOOLS = (
    _tool("keep_plan", "The remaining tasks still lead to the goal: go on as planned."),
    _tool("revise_plan", "Replaces all remaining tasks by these; completed ones stay.", tasks=plan_form.TASKS),
    _tool("abort", "The goal cannot be reached, or going on would do harm: stop the session."),
)


@attrs.frozen(kw_only=True)
class Keep:
    """Go on as planned."""

    reason: str


@attrs.frozen(kw_only=True)
class Revise:
    """Go on by another plan: the completed tasks as they were, then the new ones."""

    plan: Plan
    reason: str


@attrs.frozen(kw_only=True)
class Abort:
    """Stop the session."""

    reason: str


Decision = Keep | Revise | Abort


@attrs.frozen(kw_only=True)
class Outcome:
    """A task that will not be worked on any more, with what came of it."""

    task: Task
    #: For a completed one what is different now; for a failed or blocked one why.
    what: str


@attrs.frozen(kw_only=True)
class Progress:
    """How far a session has come."""

    goal: str
    role: Role
    #: The plan in force.
    plan: Plan
    #: Succeeded: they stay as they are, whatever is decided.
    done: Sequence[Outcome]
    #: Failed, blocked or cancelled, with reasons.
    failed: Sequence[Outcome]
    #: Not begun, in the plan's order.
    remaining: Sequence[Task]
    #: What the person said when they sent the last revision back.
    comment: str = ""
    #: What they turned down in this session, the latest last.
    rejections: Sequence[Rejection] = ()


class Replanner:
    """Asks a model how to go on; resumable like the planner."""

    def __init__(
        self,
        ask: Ask,
        model: ModelRef,
        *,
        check: Callable[[Plan], Sequence[str]] = lambda _: (),
        answer_tokens: int = ANSWER_TOKENS,
    ) -> None:
        """`check` may find more that is wrong with a valid revision: a task that the role forbids."""
        self._ask = ask
        self._model = model
        self._check = check
        self._answer_tokens = answer_tokens

    def decide(self, progress: Progress) -> tuple[Decision, tuple[Reply, ...]]:
        """The decision, and every reply that led to it. Raises like `Planner.plan`."""
        settled = settle(
            self._ask,
            lambda size: self.question(progress, size),
            lambda call: self._read(call, progress),
            wanted="a decision on the plan",
        )
        return settled.value, settled.replies

    def question(self, progress: Progress, size: int = 0) -> Question:
        """The first question; what is told of results is halved `size` times."""
        return Question(
            model=self._model,
            instructions=f"{prompt.load('replan').text}\n\n{role_summary(progress.role)}",
            messages=(Message(speaker=Speaker.USER, text=_message(progress, 40_000 >> size)),),
            tools=TOOLS,
            must_call=True,
            max_tokens=self._answer_tokens,
        )

    def _read(self, call: ToolCall, progress: Progress) -> Decision | Rejected:
        given = call.arguments or {}
        problems: list[str] = []
        reason = clean(given["reason"]).strip() if isinstance(given.get("reason"), str) else ""
        problems += [f"reason: {why}" for why in plan_rules.text_problems(reason, MAX_REASON, needed=True)]
        if call.name != "revise_plan":
            if problems:
                return Rejected(problems)
            return Keep(reason=reason) if call.name == "keep_plan" else Abort(reason=reason)
        source = attrs.evolve(progress.plan, source=str(self._model))
        done, failed = ([outcome.task for outcome in outcomes] for outcomes in (progress.done, progress.failed))
        found = plan_form.parse_rest(given, source, done, failed)
        if isinstance(found, Rejected):
            return Rejected((*problems, *found))
        problems += self._check(found)
        return Rejected(problems) if problems else Revise(plan=found, reason=reason)


def _message(progress: Progress, room: int) -> str:
    parts = [
        "The goal:\n" + field("goal", guard.inspect(progress.goal).text),
        "The plan:\n" + field("plan", f"{progress.plan.title}\n{progress.plan.description}".strip(), limit=8_000),
        "Completed tasks, with what came of them:\n" + field("done", _told(progress.done, room) or "none", limit=room),
        "Tasks that failed or were blocked, with the reasons:\n"
        + field("failed", _told(progress.failed, room) or "none", limit=room),
        "Remaining tasks:\n" + field("remaining", describe(progress.remaining) or "none", limit=room),
    ]
    if progress.rejections:
        said = field("rejected", rejected(progress.rejections), limit=6_000)
        parts.append(
            "What the person turned down in this session. A revision must not bring it back under other words:\n" + said
        )
    if progress.comment:
        said = field("comment", progress.comment)
        parts.append(f"What the person says of your last revision, which they did not take:\n{said}")
    return "\n\n".join([*parts, "Decide how to go on."])


def _told(outcomes: Sequence[Outcome], room: int) -> str:
    """Each task with its outcome; of many long ones each gets a fair part of the room."""
    most = max(200, room // max(1, len(outcomes)) - 200)
    told: list[str] = []
    for outcome in outcomes:
        task = outcome.task
        told.append(f"[{task.id}] {task.title} ({task.kind.value})")
        what = outcome.what if len(outcome.what) <= most else f"{outcome.what[:most]}…"
        told += [f"    {line}" for line in what.splitlines()]
    return "\n".join(told)
