"""Retention carried out on real sessions: names go, work stays or goes to the trash first, and room is made."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from orion_tui.base.clock import FixedClock, SystemClock
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.models.trash import TrashKind
from orion_tui.core.store import checkpoints, trash
from orion_tui.core.timeline import retention, room, upkeep
from orion_tui.core.timeline.retention import DAY, What
from orion_tui.core.timeline.upkeep import Upkeep
from tests.support.bench import Bench, git

from .conftest import branch, names, roll_back, tree, work_on

Work = Callable[..., Session]


def _later(bench: Bench, days: float) -> Upkeep:
    """The same state, looked at some days from now."""
    clock = FixedClock(SystemClock().now() + days * DAY)
    return Upkeep(home=bench.home, store=bench.engine.store, clock=clock)


def _prune(bench: Bench, days: float, **how: bool) -> list[tuple[str, int]]:
    keeper = _later(bench, days)
    return [(str(item.what), item.number) for item in keeper.carry_out(retention.plan(keeper.facts(), **how))]


def test_thinning_drops_names_and_never_commits(bench: Bench, worked: Work) -> None:
    session = worked()
    end, tip = tree(bench, session), branch(bench, session)
    made = bench.engine.checkpoints(session.id)[-1]
    with bench.engine.store.transaction() as tx:
        for number in range(5, 30):
            checkpoints.insert(tx, attrs.evolve(made, number=number))
    before = git(bench.home.session_repo(session.id), "rev-list", tip)
    _prune(bench, 0)
    kept = bench.engine.checkpoints(session.id)
    assert len(kept) == 20
    assert (kept[0].number, kept[-1].number) == (0, 29)
    assert git(bench.home.session_repo(session.id), "rev-list", tip) == before
    assert tree(bench, session) == end
    assert _prune(bench, 0) == []
    # A state that is gone is gone; what stays can still be gone back to, and numbers are not given again.
    roll_back(bench, session, kept[0].number)
    assert work_on(bench, session).state is SessionState.COMPLETED
    assert names(bench, session)[-1] == "cp-0033"


def test_trash_is_purged_after_its_time_and_its_objects_with_it(bench: Bench, worked: Work) -> None:
    session = worked()
    number = roll_back(bench, session, 1)
    bench.engine.cancel(session.id)
    (entry,) = bench.engine.in_trash()
    assert _prune(bench, 29) == []
    # Loose objects that are young may belong to work that begins now; these are made old.
    repo = bench.home.session_repo(session.id)
    for path in repo.rglob("*"):
        os.utime(path, (1, 1))
    assert (What.TRASH.value, number) in _prune(bench, 31)
    assert git(repo, "for-each-ref", "refs/orion/trash").count("rollback") == 0
    assert entry.id not in [other.id for other in bench.engine.in_trash()]
    assert "trash.purged" in bench.types(session)


def test_work_that_was_never_promoted_goes_to_the_trash_with_its_session(bench: Bench, worked: Work) -> None:
    session = worked()
    tip = branch(bench, session)
    assert [what for what, _ in _prune(bench, 31)] == ["archive", "branch"]
    assert bench.engine.session(session.id).state is SessionState.ARCHIVED
    repo = bench.home.session_repo(session.id)
    assert "refs/heads" not in git(repo, "for-each-ref")
    (entry,) = bench.engine.in_trash()
    assert (entry.kind, entry.commit) == (TrashKind.SESSION, tip)
    git(repo, "gc", "-q", "--prune=now")
    # It can still be looked at, and be had back.
    assert len(bench.engine.diff(session.id).files) == 4
    bench.engine.trash.restore(entry.id)
    assert branch(bench, session) == tip
    assert bench.engine.in_trash() == []


def test_its_repository_goes_with_the_last_copy(bench: Bench, worked: Work) -> None:
    session = worked()
    _prune(bench, 31)
    with bench.engine.store.transaction() as tx:
        tx.run("UPDATE trash SET created_at = created_at - ?", (62 * DAY,))
    assert [what for what, _ in _prune(bench, 0)] == ["trash"]
    assert not bench.home.session_repo(session.id).exists()
    assert _prune(bench, 100) == []
    assert bench.engine.session(session.id).state is SessionState.ARCHIVED  # the record stays


def test_work_in_progress_is_not_touched(bench: Bench, worked: Work) -> None:
    session = worked()
    roll_back(bench, session, 2)
    assert bench.engine.session(session.id).state is SessionState.PAUSED
    assert [what for what, _ in _prune(bench, 29, branches=True)] == []
    assert [what for what, _ in _prune(bench, 400, branches=True)] == ["trash"]
    assert work_on(bench, session).state is SessionState.COMPLETED


def test_spare_references_of_a_killed_rollback_are_swept(bench: Bench, worked: Work) -> None:
    session = worked()
    repo = bench.home.session_repo(session.id)
    tip = branch(bench, session)
    git(repo, "update-ref", "refs/orion/trash/20200101T000000Z-cp-0001", tip)
    git(repo, "update-ref", "refs/orion/checkpoints/cp-0099", git(repo, "rev-parse", f"{tip}~1"))
    number = roll_back(bench, session, 3)
    bench.engine.cancel(session.id)
    keeper = _later(bench, 31)
    keeper.carry_out(item for item in retention.plan(keeper.facts()) if item.number == number)
    assert "refs/orion" not in git(repo, "for-each-ref")


def test_a_log_that_grew_too_long_begins_anew(bench: Bench) -> None:
    log = bench.home.logs / "supervisor.log"
    with log.open("ab") as stream:
        stream.truncate(upkeep.LOG_BYTES + 1)
        small = bench.home.logs / "small.log"
        small.write_text("short\n")
        assert _later(bench, 0).rotate_logs() == [log]
        stream.write(b"goes on\n")
    assert log.read_bytes() == b"goes on\n"
    assert (bench.home.logs / "supervisor.log.1").stat().st_size == upkeep.LOG_BYTES + 1
    assert small.read_text() == "short\n"


def test_the_supervisor_keeps_up_by_itself_until_it_is_stopped(bench: Bench, worked: Work) -> None:
    session = worked()
    stop = threading.Event()
    clock = FixedClock(SystemClock().now() + 31 * DAY)
    thread = threading.Thread(
        target=upkeep.keep_up, args=(bench.home, bench.engine.store, clock, stop), kwargs={"first": 0.0, "every": 0.05}
    )
    thread.start()
    try:
        bench.wait(session, SessionState.ARCHIVED)
        bench.until(lambda: bench.engine.in_trash() or None)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("size", [retention.SESSION_BYTES + 1, 0])
def test_only_what_is_big_is_measured(bench: Bench, worked: Work, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    session = worked()
    roll_back(bench, session, 1)
    real = getattr(upkeep, "_size")  # noqa: B009

    def grown(place: Path) -> int:
        return real(place) + (size if place.name == "repo.git" else 0)

    monkeypatch.setattr(upkeep, "_size", grown)
    (fact,) = _later(bench, 0).facts().sessions
    assert (fact.trash[0].bytes > 0) == bool(size)


def test_on_a_full_disk_the_oldest_trash_goes_first_and_only_as_much_as_is_needed(bench: Bench, worked: Work) -> None:
    session = worked()
    first = roll_back(bench, session, 1)
    assert work_on(bench, session).state is SessionState.COMPLETED
    second = roll_back(bench, session, 1)
    store, clock = bench.engine.store, SystemClock()
    assert room.make_room(bench.home, store, clock, enough=100, free=lambda: 100) == 0
    levels = iter((0, 100))
    assert room.make_room(bench.home, store, clock, enough=100, free=lambda: next(levels)) == 1
    assert [entry.id for entry in trash.there(store.reader())] == [second]
    assert room.make_room(bench.home, store, clock, enough=100, free=lambda: 0) == 1
    assert first < second
    assert trash.there(store.reader()) == []
    # The branch, and what is worked on, stays whatever the disk says.
    assert work_on(bench, session).state is SessionState.COMPLETED
