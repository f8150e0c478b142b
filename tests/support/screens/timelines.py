"""The timeline of the night's finished session: checkpoints of every kind, and two pieces of trash."""

from typing import Any

import attrs

from orion_tui.bridge.diff_port import FileChange
from orion_tui.bridge.timeline_port import MomentView, ReturnView, TaskReturn, TimelineView, TrashView
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.so_far import SoFar
from orion_tui.core.models.task_status import TaskStatus
from tests.support.screens.rows import HOUR, MINUTE, NOW, SHOP
from tests.support.screens.world import World

_DAY = 24 * HOUR


def _files(*rows: tuple[str, str, int, int]) -> tuple[FileChange, ...]:
    return tuple(FileChange(path=path, key=path, status=s, added=a, removed=r) for s, path, a, r in rows)


def _moment(
    number: int, ago: float, reason: str, task: str, *files: tuple[str, str, int, int], **more: Any
) -> MomentView:
    return MomentView(
        number=number, name=f"cp-{number:04d}", commit=f"{number:x}c0ffee1" * 5, before=f"{number - 1:x}c0ffee1" * 5,
        at=NOW - ago, reason=reason, task=task, inside=more.get("inside", False), files=_files(*files),
        so_far=SoFar(tokens=9_000 * number, cost_usd=0.05 * number, worked=60.0 + 8 * MINUTE * number),
    )  # fmt: skip


def add_timeline(world: World) -> None:
    moments = (
        _moment(9, 41 * MINUTE, "after Run everything", "Run everything"),
        _moment(
            8, 52 * MINUTE, "after Test the reset mail", "Test the reset mail",
            ("M", "tests/auth/test_reset_mail.py", 14, 9), ("A", "tests/auth/mailbox.py", 31, 0),
        ),
        _moment(
            7, 70 * MINUTE, "during Test the reset mail", "Test the reset mail",
            ("A", "tests/auth/test_reset_link.py", 66, 0), inside=True,
        ),
        _moment(6, 1.6 * HOUR, "before Test the reset mail", "Test the reset mail"),
        _moment(5, 1.7 * HOUR, "after Test lock-out", "Test lock-out", ("A", "tests/auth/test_lock_out.py", 120, 0)),
        _moment(4, 2.2 * HOUR, "paused", ""),
        _moment(
            3, 2.5 * HOUR, "after Test expiry", "Test expiry",
            ("A", "tests/auth/test_expiry.py", 48, 0), ("M", "auth/clock.py", 3, 1),
        ),
        _moment(2, 3 * HOUR, "after Test sign-out", "Test sign-out", ("A", "tests/auth/test_sign_out.py", 39, 0)),
        _moment(1, 4 * HOUR, "after Test sign-in", "Test sign-in", ("A", "tests/auth/test_sign_in.py", 71, 0)),
        _moment(0, 5 * HOUR, "the base", ""),
    )  # fmt: skip
    trash = (
        TrashView(
            number=3, name="20261123T011200Z-cp-0007", summary="2 tasks, 9 steps, cp-0004 to cp-0007",
            commit="badc0de1" * 5, before=moments[0].commit, at=NOW - 2 * HOUR, until=NOW - 2 * HOUR + 30 * _DAY,
            files=_files(("M", "tests/auth/test_expiry.py", 12, 30), ("D", "tests/auth/mailbox.py", 0, 31)),
        ),
        TrashView(
            number=2, name="20261122T231200Z-cp-0002", summary="1 task, 3 steps, cp-0002", commit="badc0de2" * 5,
            before=moments[0].commit, at=NOW - 4 * HOUR, until=NOW - 4 * HOUR + 30 * _DAY,
            files=_files(("M", "auth/clock.py", 1, 3)),
        ),
    )  # fmt: skip
    world.timelines[SHOP] = TimelineView(session_id=SHOP, newest=moments[0].commit, moments=moments, trash=trash)


def going_back(world: World, session_id: str, number: int) -> ReturnView:
    """What the fake says a rollback will do."""
    line = world.timelines[session_id]
    target = next(moment for moment in line.moments if moment.number == number)
    later = [moment for moment in line.moments if moment.number > number]
    tasks = [TaskReturn(title=m.task, before=TaskStatus.DONE, after=TaskStatus.QUEUED, kept=2 if m.inside else 0)
             for m in reversed(later) if m.reason.startswith("after")]  # fmt: skip
    return ReturnView(
        session_id=session_id, name=target.name, reason=target.reason, tasks=tuple(tasks), steps=3 * len(tasks),
        checkpoints=tuple(m.name for m in reversed(later)), questions=("run pip install mailbox-lite",),
        files=tuple(file for m in later for file in m.files), state=SessionState.PAUSED,
    )  # fmt: skip


def went_back(world: World, session_id: str) -> None:
    """The fake's rollback: the newest checkpoint is gone."""
    line = world.timelines[session_id]
    world.timelines[session_id] = attrs.evolve(line, moments=line.moments[1:])
    world.set_state(session_id, SessionState.PAUSED, reason="rolled back")


def coming_back(world: World, number: int) -> ReturnView:
    """What the fake says a restore will do."""
    entry = next(e for line in world.timelines.values() for e in line.trash if e.number == number)
    return ReturnView(
        session_id=SHOP, name=entry.name, reason=entry.summary, steps=4, checkpoints=("cp-0008", "cp-0009"),
        files=entry.files, state=SessionState.COMPLETED,
    )  # fmt: skip
