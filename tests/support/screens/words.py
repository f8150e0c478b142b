"""An evening with goals in words: a plan to look at, a revision, an agent that works, one that asks, one that waits."""

from typing import Any

from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.bridge.goal_port import GoalForm, ModelPick, PlaceView, RolePick
from orion_tui.bridge.plan_port import FieldDiff, Mark, PlanTask, PlanView
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.models.task_status import TaskStatus
from tests.support.screens.rows import HOUR, MINUTE, NOW, approval, session, task
from tests.support.screens.world import World

PLANNED = "1a0e55d20b17"
REVISED = "2b7f10c94e63"
AGENT = "3c9d42e8a051"
LIMITED = "4d11b6f07c38"
STUCK = "5e22c7a18d49"
MODEL = "anthropic/claude-sonnet-5-5"
MODELS = {"plan": MODEL, "work": MODEL}

RETRY_GOAL = "Retry failed requests with exponential back-off and jitter, and never retry a POST"


def form() -> GoalForm:
    """Three roles that can be used and one that cannot; a work tree with changes."""
    chosen = ModelPick(model=MODEL, chosen_by="settings.yaml (model.default)")
    planner = ModelPick(model="openai/gpt-6", chosen_by="the role (model.plan)")
    limits: dict[str, Any] = {"cost_usd": 5.0, "tokens": 2_000_000, "hours": 8.0}
    return GoalForm(
        roles=(
            RolePick(
                name="software-engineer",
                description="Writes and tests code; asks before adding dependencies.",
                scope="fullstack",
                auth="pin",
                source="starter",
                plan=chosen,
                work=chosen,
                **limits,
            ),
            RolePick(
                name="qa-engineer",
                description="Writes tests and runs them; changes no product code.",
                scope="quality",
                auth="pin",
                source="starter",
                plan=planner,
                work=chosen,
                cost_usd=2.0,
                tokens=800_000,
                hours=4.0,
            ),
            RolePick(
                name="technical-writer",
                description="Writes documentation.",
                scope="docs",
                auth="pin",
                source="user",
                plan=chosen,
                work=chosen,
                **limits,
            ),
            RolePick(
                name="release-bot",
                description="Releases things.",
                scope="devops",
                auth="pin",
                source="workspace",
                unusable="it came with the repository and was never trusted",
                plan=chosen,
                work=chosen,
                **limits,
            ),
        ),
        place=PlaceView(
            path="/home/ada/src/api-client",
            root="/home/ada/src/api-client",
            branch="main",
            head="4f1e2a9c" * 5,
            changed=3,
            untracked=1,
        ),
    )


def _task(number: int, ident: str, title: str, *needs: str, **changes: object) -> PlanTask:
    facts: dict[str, object] = {
        "kind": ActionKind.WRITE_CODE,
        "description": f"{title}, as the goal says, and nothing beside it.",
        "checks": ("python3 -m unittest -q",),
        "tier": Tier.AUTONOMOUS,
        "layer": "role",
        "rule": "autonomous[0] write_code",
        "reason": "every part of it is granted by the role",
        "minutes": 10.0,
        "least": 480.0,
        "most": 1_200.0,
        "made": "from 7 like tasks of this role",
        "confidence": 0.92,
    }
    return PlanTask(id=ident, number=number, title=title, needs=needs, **{**facts, **changes})  # pyright: ignore[reportArgumentType]


def first_plan() -> PlanView:
    """Seven tasks on four levels, one forbidden, one that asks."""
    tasks = (
        _task(1, "read", "Read the client and its tests", kind=ActionKind.READ_FILES, confidence=0.97, most=600.0),
        _task(2, "failing", "Write failing tests for retry", "read", kind=ActionKind.WRITE_TESTS),
        _task(3, "jitter", "Draw delays with full jitter", "read", confidence=0.83),
        _task(
            4,
            "library",
            "Add the back-off library",
            "read",
            kind=ActionKind.ADD_DEPENDENCY,
            tier=Tier.REQUIRES_APPROVAL,
            rule="requires_approval[1] add_dependency",
            reason="adding a dependency needs approval",
            confidence=0.64,
            checks=(),
        ),
        _task(5, "retry", "Retry idempotent requests only", "failing", "jitter", "library", confidence=0.88),
        _task(6, "docs", "Document the retry policy", "retry", kind=ActionKind.WRITE_DOCS, approval_rate=0.8),
        _task(
            7,
            "push",
            "Push the branch to origin",
            "retry",
            kind=ActionKind.PUSH,
            tier=Tier.FORBIDDEN,
            rule="forbidden[0] push",
            reason="push: this is push (the kind of the task)",
        ),
    )
    return PlanView(
        session_id=PLANNED,
        goal=RETRY_GOAL,
        role="software-engineer",
        title="Retry with back-off",
        version=1,
        base=0,
        tasks=tasks,
        problems=("task push (Push the branch to origin): forbidden[0] push; change what it does, or remove it",),
        author=MODEL,
        note="as planned",
        least=3_360.0,
        most=8_400.0,
        confidence=0.64,
    )


def revision() -> PlanView:
    """A revision: two done, one added, one changed, one gone."""
    tasks = (
        _task(1, "read", "Read the exporter", kind=ActionKind.READ_FILES, done=True),
        _task(2, "stream", "Stream rows instead of loading them", "read", done=True),
        _task(3, "memory", "Measure memory on 10 million rows", "stream", mark=Mark.ADDED, confidence=0.75),
        _task(
            4,
            "limits",
            "Limit the batch to 1,000 rows",
            "memory",
            mark=Mark.CHANGED,
            changes=(
                FieldDiff(name="title", before="Limit the batch", after="Limit the batch to 1,000 rows"),
                FieldDiff(name="needs", before="stream", after="memory"),
            ),
        ),
    )
    return PlanView(
        session_id=REVISED,
        goal="Export ten million rows without running out of memory",
        role="software-engineer",
        title="Streamed export",
        version=3,
        base=2,
        tasks=tasks,
        removed=(_task(0, "tune", "Tune the garbage collector", "stream", mark=Mark.REMOVED),),
        author=MODEL,
        note="memory has to be measured before it is limited",
        least=960.0,
        most=2_400.0,
        confidence=0.75,
    )


def evening() -> World:
    """Everything that goals in words bring onto the screens."""
    world = World(form=form())
    world.sessions = [
        session(
            PLANNED,
            SessionState.AWAITING_PLAN,
            RETRY_GOAL,
            reason="waits for your review of the plan",
            models=MODELS,
            tasks_total=0,
            tasks_done=0,
            backend="",
            created_at=NOW - 20 * MINUTE,
            updated_at=NOW - 4 * MINUTE,
            cost_usd=0.04,
            tokens=21_400,
        ),
        session(
            REVISED,
            SessionState.AWAITING_PLAN,
            "Export ten million rows without running out of memory",
            workspace="/home/ada/src/exporter",
            reason="the revision asks for more than before",
            models=MODELS,
            tasks_total=4,
            tasks_done=2,
            created_at=NOW - 2 * HOUR,
            updated_at=NOW - 9 * MINUTE,
        ),
        session(
            AGENT,
            SessionState.RUNNING,
            "Make the settings page usable with a keyboard alone",
            workspace="/home/ada/src/webapp",
            models=MODELS,
            tasks_total=4,
            tasks_done=1,
            created_at=NOW - HOUR,
            running_seconds=2_400.0,
            cost_usd=4.31,
            tokens=912_000,
        ),
        session(
            LIMITED,
            SessionState.WAITING,
            "Translate the error messages",
            workspace="/home/ada/src/shop",
            reason="openai answers: too many requests; asks again at 03:17",
            models=MODELS,
            tasks_total=3,
            tasks_done=0,
            created_at=NOW - 3 * HOUR,
        ),
        session(
            STUCK,
            SessionState.FAILED,
            "Bring the type checker to zero errors",
            workspace="/home/ada/src/lint",
            reason="1 of 3 tasks failed",
            models=MODELS,
            tasks_total=3,
            tasks_done=2,
            created_at=NOW - 6 * HOUR,
            finished_at=NOW - 3 * HOUR,
        ),
    ]
    world.plans = {PLANNED: first_plan(), REVISED: revision()}
    world.tasks[AGENT] = [
        task(
            AGENT, 0, "read", "Read the settings page", TaskStatus.DONE, kind="read_files", tokens=88_000, cost_usd=0.4
        ),
        task(
            AGENT,
            1,
            "focus",
            "Give every control a visible focus",
            TaskStatus.RUNNING,
            needs=("read",),
            tokens=640_000,
            cost_usd=3.1,
        ),
        task(AGENT, 2, "keys", "Open menus with the arrow keys", TaskStatus.WAITING, needs=("read",), confidence=0.74),
        task(AGENT, 3, "docs", "Document the keys", TaskStatus.QUEUED, needs=("focus", "keys")),
    ]
    world.tasks[STUCK] = [
        task(STUCK, 0, "read", "Read the errors", TaskStatus.DONE),
        task(STUCK, 1, "fix", "Fix what is plain", TaskStatus.DONE, needs=("read",)),
        task(STUCK, 2, "rest", "Fix the rest", TaskStatus.FAILED, needs=("fix",), reason="its 60 steps are used up"),
    ]
    question = "Two menus use the same shortcut, Alt+S. Shall I give the save menu Ctrl+S, or rename the search key?"
    world.approvals = [
        approval(
            "qu-1",
            AGENT,
            {
                "title": f"question: {question}",
                "text": question,
                "question": question,
                "kind": "question",
                "why": "the agent asks",
                "details": [["task", "keys  Open menus with the arrow keys"]],
                "waits_on": ["docs"],
            },
            age=3 * MINUTE,
        )
    ]
    _history(world, question)
    world.look = (1, NOW - 5 * HOUR)
    return world


def _history(world: World, question: str) -> None:
    start = NOW - 300
    world.event(PLANNED, "session.created", start - 900, actor="user", goal=RETRY_GOAL)
    asked: dict[str, Any] = {"task": "", "index": 0, "purpose": "plan", "model": MODEL}
    world.event(PLANNED, "model.asked", start - 880, step=1, **asked)
    world.event(
        PLANNED, "model.answered", start - 860, step=1, **asked, tokens=21_400, cost_usd=0.04, seconds=18.2, text=""
    )
    world.event(PLANNED, "plan.proposed", start - 860, actor="agent", title="Retry with back-off", tasks=7)
    world.event(AGENT, "session.created", start - 10, actor="user", goal="Make the settings page usable")
    world.event(AGENT, "plan.approved", start - 5, actor="user", version=2, tasks=4, title="Keyboard first")
    world.event(AGENT, "task.started", start, task="focus", title="Give every control a visible focus")
    _turn(world, AGENT, 1, start + 2, "The controls get their outline from one rule that a reset removes. I will look.")
    _acted(world, start + 9)
    world.event(AGENT, "agent.noted", start + 12, actor="agent", text="the reset comes from a vendored file")
    world.event(
        AGENT, "approval.asked", start + 14, approval="qu-1", task="keys", index=0, text=f"question: {question}"
    )
    world.event(AGENT, "hint.given", start + 20, actor="user", hint=1, text="leave vendored files as they are")
    world.event(AGENT, "hint.taken", start + 24, hint=1)
    world.event(AGENT, "budget.warning", start + 25, what="cost_usd", share=0.86)
    work: dict[str, Any] = {"task": "focus", "index": 4, "purpose": "work", "model": MODEL}
    world.event(AGENT, "model.asked", NOW - 6, step=3, **work)
    world.said[AGENT] = (
        "The vendored reset stays. I override it in theme.css for everything that takes the focus, with "
        ":focus-visible, so that the mouse leaves no outline behind.\n\nFirst the buttons"
    )
    limited: dict[str, Any] = {"task": "", "index": 0, "purpose": "plan", "model": "openai/gpt-6"}
    world.event(LIMITED, "model.asked", NOW - 40, step=1, **limited)
    world.event(
        LIMITED,
        "model.failed",
        NOW - 39,
        step=1,
        **limited,
        reason="openai answers: too many requests",
        again=NOW + 300,
    )


def _turn(world: World, session_id: str, n: int, at: float, text: str) -> None:
    work: dict[str, Any] = {"task": "focus", "index": 0, "purpose": "work", "model": MODEL}
    world.event(session_id, "model.asked", at, step=n, **work)
    world.event(
        session_id,
        "model.answered",
        at + 6.4,
        actor="agent",
        step=n,
        **work,
        tokens=14_210,
        cost_usd=0.061,
        seconds=6.4,
        text=text,
        calls=["read_file"],
    )
    world.steps[session_id, n] = Step(
        session_id=session_id,
        n=n,
        task_id="focus",
        attempt=0,
        index=0,
        status=StepStatus.DONE,
        action={
            "do": "AskModel",
            "purpose": "work",
            "model": MODEL,
            "prompt": {"name": "work", "hash": "77aa" * 16},
            "at_most": 20_000,
        },
        decision={},
        result={
            "ok": True,
            "reply": {
                "text": f"{text}\n\nIt is the rule in reset.css, line 14.",
                "calls": [{"id": "c1", "name": "read_file", "arguments": {"path": "web/reset.css"}}],
                "finish": "tool_calls",
                "usage": {"input_tokens": 13_900, "output_tokens": 310, "cached_tokens": 12_000},
            },
            "tokens": 14_210,
            "cost_usd": 0.061,
            "seconds": 6.4,
        },
        started_at=at,
        finished_at=at + 6.4,
    )


def _acted(world: World, at: float) -> None:
    told: dict[str, Any] = {"task": "focus", "index": 1, "text": "read web/reset.css"}
    rule: dict[str, Any] = {
        "tier": "autonomous",
        "layer": "role",
        "rule": "autonomous[0] read_files",
        "reason": "the role allows it",
    }
    world.event(AGENT, "action.decided", at, actor="aegis", **told, **rule, claims=[], flagged=False)
    world.event(AGENT, "action.started", at, actor="agent", step=2, **told)
    world.event(AGENT, "action.done", at + 0.1, step=2, **told, ok=True, summary="2,114 characters", seconds=0.1)
