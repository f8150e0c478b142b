"""What was taken back comes back whole, or goes for good."""

from collections.abc import Callable

import pytest

from orion_tui.base.errors import StateError
from orion_tui.core.models.sessions import Session, SessionState
from tests.support.bench import Bench, git

from .conftest import branch, names, roll_back, tree, work_on

Work = Callable[..., Session]


def _stand(bench: Bench, session: Session) -> tuple[object, ...]:
    """Everything that a restore has to bring back."""
    now = bench.engine.session(session.id)
    return (
        now.state, now.reason, now.tasks_done, branch(bench, session), bench.engine.tasks(session.id),
        bench.engine.checkpoints(session.id),
    )  # fmt: skip


def test_restoring_brings_everything_back_after_git_gc_too(bench: Bench, worked: Work) -> None:
    session = worked()
    before = _stand(bench, session)
    entry = roll_back(bench, session, 1)
    git(bench.home.session_repo(session.id), "gc", "-q", "--prune=now", "--aggressive")
    (listed,) = bench.engine.in_trash()
    assert (listed.id, listed.name[-8:], listed.checkpoint) == (entry, "-cp-0004", 1)
    assert listed.summary == "3 tasks, 4 steps, cp-0002 to cp-0004"
    restored = bench.engine.trash.restore(entry)
    assert (restored.state, restored.replaced) == (SessionState.COMPLETED, None)
    assert _stand(bench, session) == before
    assert bench.engine.in_trash() == []
    assert "refs/orion/trash" not in git(bench.home.session_repo(session.id), "for-each-ref")


def test_work_done_since_takes_the_place_in_the_trash(bench: Bench, worked: Work) -> None:
    session = worked()
    first = _stand(bench, session)
    entry = roll_back(bench, session, 1)
    work_on(bench, session)
    second = _stand(bench, session)
    restored = bench.engine.trash.restore(entry)
    assert restored.replaced is not None
    assert _stand(bench, session) == first
    back = bench.engine.trash.restore(restored.replaced.id)
    assert back.replaced is not None
    assert _stand(bench, session) == second
    # Whichever of the two is undone, the other's steps do not count for it.
    end = tree(bench, session)
    roll_back(bench, session, 1)
    assert work_on(bench, session).state is SessionState.COMPLETED
    assert tree(bench, session) == end


def test_what_stands_on_trash_wants_that_first(bench: Bench, worked: Work) -> None:
    session = worked()
    before = _stand(bench, session)
    upper = roll_back(bench, session, 3)
    lower = roll_back(bench, session, 1)
    with pytest.raises(StateError, match="stands on cp-0003") as caught:
        bench.engine.trash.restore(upper)
    assert f"orion trash restore {lower}" in caught.value.hint
    bench.engine.trash.restore(lower)
    assert bench.engine.session(session.id).state is SessionState.PAUSED
    bench.engine.trash.restore(upper)
    assert _stand(bench, session) == before


def test_a_restored_session_in_the_middle_of_its_work_goes_on(bench: Bench, worked: Work) -> None:
    session = worked()
    end = tree(bench, session)
    roll_back(bench, session, 3)
    entry = roll_back(bench, session, 0)
    bench.engine.trash.restore(entry)
    assert names(bench, session)[-1] == "cp-0003"
    assert work_on(bench, session).state is SessionState.COMPLETED
    assert tree(bench, session) == end


def test_purging_is_for_good_and_takes_what_stands_on_it(bench: Bench, worked: Work) -> None:
    session = worked()
    upper = roll_back(bench, session, 3)
    lower = roll_back(bench, session, 1)
    trash = bench.engine.trash
    assert [entry.id for entry in trash.dependents([lower])] == [upper, lower]
    assert [entry.id for entry in trash.dependents([upper])] == [upper]
    commit = bench.engine.in_trash()[0].commit
    for entry in trash.dependents([lower]):
        trash.purge(entry)
    repo = bench.home.session_repo(session.id)
    assert bench.engine.in_trash() == []
    assert "refs/orion" not in git(repo, "for-each-ref")
    git(repo, "gc", "-q", "--prune=now")
    assert commit not in git(repo, "rev-list", "--all")
    with pytest.raises(StateError, match="purged"):
        trash.restore(lower)
    # The branch is untouched, and work goes on.
    assert work_on(bench, session).state is SessionState.COMPLETED


def test_a_session_at_work_keeps_its_hands_off_the_trash(bench: Bench, worked: Work) -> None:
    session = worked()
    entry = roll_back(bench, session, 1)
    bench.engine.resume(session.id)
    with pytest.raises(StateError, match="stand still"):
        bench.engine.trash.restore(entry)
