"""A night's work: two approvals wait, one session is done, others run, pause, queue, were promoted."""

from orion_tui.base.kinds import Tier
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.models.task_status import TaskStatus
from tests.support.screens.changes import add_changes
from tests.support.screens.rows import (
    DOCS,
    GONE,
    HOUR,
    INFRA,
    MINUTE,
    NOW,
    RETRY,
    SHOP,
    approval,
    card,
    promotion,
    session,
    task,
)
from tests.support.screens.timelines import add_timeline
from tests.support.screens.world import World


def empty() -> World:
    """The first start."""
    return World()


def night() -> World:
    """Two approvals wait, one session is done, one runs, one is paused, one queued, one was promoted."""
    world = World()
    world.sessions = [
        session(
            RETRY,
            SessionState.WAITING,
            "Add retry with back-off to the client",
            tasks_total=8,
            tasks_done=4,
            reason="waits for approval",
            created_at=NOW - 3 * HOUR,
        ),
        session(
            SHOP,
            SessionState.COMPLETED,
            "Write unit tests for the auth module",
            workspace="/home/ada/src/shop",
            role="qa-engineer",
            tasks_done=8,
            created_at=NOW - 5 * HOUR,
            finished_at=NOW - 41 * MINUTE,
            running_seconds=4_210.0,
        ),
        session(
            DOCS,
            SessionState.CREATED,
            "Document the retry policy",
            workspace="/home/ada/src/docs",
            role="technical-writer",
            tasks_total=0,
            tasks_done=0,
            backend="",
            created_at=NOW - 2 * HOUR,
            running_seconds=0.0,
        ),
        session(
            INFRA,
            SessionState.PAUSED,
            "Bump the base images",
            workspace="/home/ada/src/infra",
            role="devops-engineer",
            tasks_total=4,
            tasks_done=2,
            created_at=NOW - 9 * HOUR,
            running_seconds=1_260.0,
        ),
        session(
            GONE,
            SessionState.PROMOTED,
            "Fix the flaky clock test",
            workspace="/home/ada/src/shop",
            tasks_total=5,
            tasks_done=5,
            created_at=NOW - 30 * HOUR,
            running_seconds=900.0,
        ),
    ]
    world.tasks[RETRY] = [
        task(RETRY, 0, "read", "Read the client and its tests", TaskStatus.DONE, confidence=0.97, kind="read_files"),
        task(RETRY, 1, "baseline", "Run the tests as they are", TaskStatus.DONE, needs=("read",), kind="run_tests"),
        task(
            RETRY, 2, "failing", "Write failing tests for retry", TaskStatus.DONE, needs=("baseline",), confidence=0.93
        ),
        task(
            RETRY,
            3,
            "backoff",
            "Implement exponential back-off",
            TaskStatus.FLAGGED,
            needs=("failing",),
            confidence=0.82,
            reason="confidence 0.82: flagged for review",
        ),
        task(
            RETRY,
            4,
            "dependency",
            "Add the back-off library",
            TaskStatus.WAITING,
            needs=("backoff",),
            tier=Tier.REQUIRES_APPROVAL,
            confidence=0.91,
            reason="waits for approval",
        ),
        task(RETRY, 5, "wire", "Wire it into the session factory", TaskStatus.QUEUED, needs=("dependency",)),
        task(
            RETRY,
            6,
            "push",
            "Try to push the branch",
            TaskStatus.BLOCKED,
            needs=("backoff",),
            tier=Tier.FORBIDDEN,
            reason="push is forbidden",
        ),
        task(RETRY, 7, "docs", "Document the retry policy", TaskStatus.QUEUED, needs=("wire", "push"), confidence=0.88),
    ]
    world.tasks[SHOP] = [
        task(SHOP, n, f"t{n}", title, TaskStatus.DONE, needs=(f"t{n - 1}",) if n else ())
        for n, title in enumerate(
            (
                "Read the auth module",
                "List what is untested",
                "Test sign-in",
                "Test sign-out",
                "Test expiry",
                "Test lock-out",
                "Test the reset mail",
                "Run everything",
            )
        )
    ]
    world.approvals = [
        approval("ap-1", RETRY, card("run pip install --no-index wheels/backoff_lite-2.2.1-py3-none-any.whl")),
        approval(
            "ap-2",
            INFRA,
            card(
                "write .github/workflows/build.yml",
                text="write .github/workflows/build.yml",
                kind="change_special_path",
                why="special_path: CI files always need approval by name",
                preview="\n".join(
                    (
                        "--- before",
                        "+++ after",
                        "@@ -1,3 +1,3 @@",
                        " name: build",
                        "-image: debian:12.1",
                        "+image: debian:12.8",
                        " on: push",
                    )
                ),
                agent_reason="The base image of the pipeline is two releases behind.",
            ),
            age=2 * MINUTE,
        ),
    ]
    world.promotions[GONE] = promotion(GONE)
    _history(world)
    add_changes(world)
    add_timeline(world)
    world.look = (12, NOW - 4.5 * HOUR)
    return world


def _history(world: World) -> None:
    at = NOW - 9 * HOUR
    for number in range(12):
        world.event(GONE, "task.done", at + number, task=f"t{number}", title="Earlier work")
    start = NOW - 600
    for number in range(8):
        which = {"task": f"t{number}", "title": world.tasks[SHOP][number].title}
        world.event(SHOP, "task.started", start - HOUR + 60 * number, **which)
        world.event(SHOP, "task.done", start - HOUR + 60 * number + 48, **which, seconds=48.0)
    world.event(
        SHOP, "session.state", start - 1, **{"from": "running", "to": "completed", "reason": "all 8 tasks done"}
    )
    world.event(
        RETRY,
        "session.created",
        start,
        actor="user",
        goal="Add retry with back-off to the client",
        role="software-engineer",
        workspace="/home/ada/src/api-client",
        base="4f1e2a9c",
    )
    world.event(RETRY, "plan.accepted", start + 1, tasks=8)
    world.event(RETRY, "sandbox.started", start + 2, backend="bubblewrap", lacks=["cgroup limits"], properties=14)
    _task_story(
        world,
        "read",
        "Read the client and its tests",
        start + 3,
        [("read client/session.py", "autonomous[0] read_files", "3,412 characters", "")],
    )
    _task_story(
        world,
        "baseline",
        "Run the tests as they are",
        start + 15,
        [
            (
                "run python3 -m unittest -q",
                "autonomous[2] run_tests",
                "exit 0",
                f"{70 * '-'}\nRan 31 tests in 0.412s\n\nOK\n",
            )
        ],
    )
    _task_story(
        world,
        "failing",
        "Write failing tests for retry",
        start + 40,
        [
            ("write tests/test_retry.py", "autonomous[1] write_tests", "created tests/test_retry.py (1,204 bytes)", ""),
            (
                "run python3 -m unittest -q tests.test_retry",
                "autonomous[2] run_tests",
                "exit 1, as expected",
                "F.F\nFAIL: test_waits_longer_each_time\nAssertionError: [0, 0] != [1, 2]\n\nFAILED (failures=2)\n",
            ),
        ],
    )
    _task_story(
        world,
        "backoff",
        "Implement exponential back-off",
        start + 90,
        [
            ("edit client/retry.py", "autonomous[0] write_code", "changed client/retry.py (2,310 bytes)", ""),
            (
                "run python3 -m unittest -q",
                "autonomous[2] run_tests",
                "exit 0",
                f"{70 * '-'}\nRan 34 tests in 0.431s\n\nOK\n",
            ),
        ],
        flagged=True,
    )
    at = start + 160
    world.event(RETRY, "task.started", at, task="push", title="Try to push the branch")
    world.event(
        RETRY,
        "action.decided",
        at,
        actor="aegis",
        task="push",
        index=0,
        text="run git push --force origin main",
        tier="forbidden",
        layer="aegis",
        rule="aegis force_push",
        reason="force_push is always forbidden",
        claims=[{"kind": "force_push", "subject": "origin main"}, {"kind": "push", "subject": ""}],
        flagged=False,
    )
    world.event(
        RETRY,
        "action.blocked",
        at + 0.1,
        actor="aegis",
        task="push",
        index=0,
        layer="aegis",
        text="run git push --force origin main",
        rule="aegis force_push",
        reason="force_push is always forbidden",
        expected=False,
    )
    world.event(
        RETRY,
        "task.blocked",
        at + 0.2,
        task="push",
        title="Try to push the branch",
        reason="run git push --force origin main is forbidden",
    )
    at = start + 180
    command = "run pip install --no-index wheels/backoff_lite-2.2.1-py3-none-any.whl"
    world.event(RETRY, "task.started", at, task="dependency", title="Add the back-off library")
    world.event(
        RETRY,
        "action.decided",
        at,
        actor="aegis",
        task="dependency",
        index=0,
        text=command,
        tier="requires_approval",
        layer="role",
        rule="requires_approval[1] add_dependency",
        reason="adding a dependency needs approval",
        claims=[{"kind": "add_dependency", "subject": "backoff-lite"}],
        flagged=False,
    )
    world.event(
        RETRY,
        "approval.asked",
        at + 0.1,
        actor="aegis",
        approval="ap-1",
        task="dependency",
        index=0,
        text=command,
        rule="requires_approval[1] add_dependency",
        reason="adding a dependency needs approval",
    )
    world.event(
        RETRY, "session.state", at + 0.2, **{"from": "running", "to": "waiting", "reason": "waits for approval"}
    )


def _task_story(
    world: World, ident: str, title: str, at: float, actions: list[tuple[str, str, str, str]], *, flagged: bool = False
) -> None:
    world.event(RETRY, "task.started", at, task=ident, title=title)
    for index, (text, rule, summary, output) in enumerate(actions):
        n = len(world.steps) + 1
        world.event(
            RETRY,
            "action.decided",
            at + index,
            actor="aegis",
            task=ident,
            index=index,
            text=text,
            tier="autonomous",
            layer="role",
            rule=rule,
            reason=f"{rule} allows it",
            claims=[{"kind": rule.split()[-1], "subject": text.partition(" ")[2]}],
            flagged=flagged,
        )
        world.event(RETRY, "action.started", at + index, actor="agent", task=ident, index=index, step=n, text=text)
        world.event(
            RETRY,
            "action.done",
            at + index + 0.8,
            step=n,
            task=ident,
            index=index,
            text=text,
            ok=True,
            summary=summary,
            exit_code=0,
            seconds=0.8,
            output_tail=output,
            changed=[text.partition(" ")[2]] if text.startswith(("write", "edit")) else [],
        )
        world.steps[(RETRY, n)] = Step(
            session_id=RETRY,
            n=n,
            task_id=ident,
            attempt=1,
            index=index,
            status=StepStatus.DONE,
            action={
                "do": "RunCommand",
                "argv": ["sh", "-c", text.partition(" ")[2]],
                "shell": text.partition(" ")[2],
                "cwd": "",
                "timeout": 60.0,
                "env": [],
            },
            decision={"tier": "autonomous", "layer": "role", "rule": rule, "reason": f"{rule} allows it"},
            result={"exit_code": 0, "output": output, "seconds": 0.8, "ok": True, "summary": summary},
            started_at=at + index,
            finished_at=at + index + 0.8,
        )
    number = len(world.checkpoints.get(RETRY, ()))
    world.checkpoints.setdefault(RETRY, []).append(
        Checkpoint(
            session_id=RETRY,
            number=number,
            commit=f"{number:x}e5d0c4b" * 5,
            tree="t" * 40,
            step=len(world.steps),
            task_id=ident,
            reason="task done",
            created_at=at + 5,
        )
    )
    world.event(RETRY, "task.done", at + 6, task=ident, title=title, flagged=flagged, checked="passed", seconds=6.0)
    world.event(
        RETRY,
        "checkpoint.made",
        at + 6.1,
        checkpoint=f"cp-{number:04d}",
        commit=f"{number:x}e5d0c4b" * 5,
        task=ident,
        reason="task done",
    )
