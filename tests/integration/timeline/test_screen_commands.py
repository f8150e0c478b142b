"""What the timeline screen asks, answered by the real engine."""

from collections.abc import Callable, Iterator

import pytest

from orion_tui.base.errors import StateError
from orion_tui.bridge.engine_commands import EngineCommands
from orion_tui.core.models.sessions import Session, SessionState
from tests.support.bench import Bench

Work = Callable[..., Session]


@pytest.fixture
def commands(bench: Bench) -> Iterator[EngineCommands]:
    opened = EngineCommands(bench.home)
    yield opened
    opened.close()


def test_the_way_back_and_forth(bench: Bench, worked: Work, commands: EngineCommands) -> None:
    session = worked()
    line = commands.timeline(session.id)
    assert [moment.name for moment in line.moments] == ["cp-0004", "cp-0003", "cp-0002", "cp-0001", "cp-0000"]
    third = line.moments[1]
    assert (third.task, third.reason) == ("Third", "after Third")
    assert [(f.status, f.path, f.added, f.removed) for f in third.files] == [
        ("M", "docs/one.md", 1, 1),
        ("A", "docs/three.md", 1, 0),
    ]
    assert line.newest == line.moments[0].commit
    worked_by = [made.so_far.worked for made in reversed(line.moments) if made.so_far is not None]
    assert len(worked_by) == 5
    assert worked_by == sorted(worked_by)
    assert 0 < worked_by[-1] < 600

    part = commands.diff(session.id, (third.before, third.commit))
    assert [file.path for file in part.files] == ["docs/one.md", "docs/three.md"]
    assert len(commands.diff(session.id).files) == 4
    hunks = commands.file_diff(session.id, "docs/one.md", (third.before, third.commit)).hunks
    assert [(text.kind, text.text) for text in hunks[0].lines] == [("-", "one"), ("+", "one, again")]

    with pytest.raises(StateError, match="look at what"):
        commands.rollback(session.id)
    with pytest.raises(StateError, match="nothing came after cp-0004"):
        commands.preview_rollback(session.id, 4)
    shown = commands.preview_rollback(session.id, 2)
    assert [(task.title, task.before.value, task.after.value) for task in shown.tasks] == [
        ("Third", "done", "queued"),
        ("Fourth", "done", "queued"),
    ]
    number = commands.rollback(session.id)
    line = commands.timeline(session.id)
    assert line.moments[0].name == "cp-0002"
    assert [entry.number for entry in line.trash] == [number]
    assert [file.path for file in line.trash[0].files] == ["docs/four.md", "docs/one.md", "docs/three.md"]
    assert commands.preview_restore(number).state is SessionState.COMPLETED
    commands.restore(number)
    assert bench.engine.session(session.id).state is SessionState.COMPLETED
