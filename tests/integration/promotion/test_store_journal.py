"""The journal in the store: what recovery finds after a crash is what was about to happen."""

from collections.abc import Generator

import attrs
import pytest

from orion_tui.base.errors import StateError, StoreError
from orion_tui.bridge.notes import note_of
from orion_tui.cli.event_line import event_line
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.repo.journal import JournalPort, Move, MoveState, Progress
from orion_tui.core.repo.promote import Promoted, promote
from orion_tui.core.repo.recover import recover
from orion_tui.core.repo.store_journal import StoreJournal, unfinished
from orion_tui.core.repo.undo import undo
from orion_tui.core.store import events, promotions, sessions
from orion_tui.core.store.connection import Transaction
from orion_tui.core.store.database import Store
from tests.support.promotion import ID, Scene, contents, file, gone

pytestmark = pytest.mark.unit


@pytest.fixture
def store(scene: Scene) -> Generator[Store]:
    scene.make({"a.txt": "one\n", "b\udcff.txt": "two\n"})
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"), gone("b\udcff.txt"), file("dir/\udcfe.txt", "new\n"))
    with Store.open(scene.home.database) as opened:
        with opened.transaction() as tx:
            sessions.save_policy(tx, "policy", "{}")
            sessions.insert(
                tx,
                Session(
                    id=ID,
                    workspace=str(scene.work),
                    goal="goal",
                    role="role",
                    policy="policy",
                    state=SessionState.COMPLETED,
                    base_commit=scene.base,
                    created_at=1.0,
                    updated_at=1.0,
                ),
            )
        yield opened


class Mortal:
    """A journal after whose `nth` record nothing more is recorded, as after a crash."""

    def __init__(self, inner: JournalPort, records: int) -> None:
        self.inner, self.left = inner, records

    def begin(self, move: Move) -> None:
        self._live()
        self.inner.begin(move)

    def mark(self, state: MoveState, progress: Progress | None = None) -> None:
        self._live()
        self.inner.mark(state, progress)

    def _live(self) -> None:
        if self.left == 0:
            raise StoreError("gone")
        self.left -= 1


def _promote(scene: Scene, journal: JournalPort) -> Promoted:
    return promote(scene.repo, scene.work, scene.request(), journal, locks=scene.home.run)


def _types(store: Store) -> list[str]:
    return [event.type for event in events.after(store.reader(), 0) if event.type.startswith("promotion.")]


def test_a_promotion_and_its_undo_share_one_row(scene: Scene, store: Store) -> None:
    ends: list[tuple[str, MoveState]] = []

    def at_end(tx: Transaction, move: Move, state: MoveState) -> None:
        ends.append((move.kind, state))

    promoted = _promote(scene, StoreJournal(store, at_end=at_end))
    row = promotions.standing(store.reader(), ID)
    assert row is not None
    assert (row.state, row.target_ref, row.old_tip, row.merge_commit, row.accepted_tree) == (
        "committed",
        "refs/heads/main",
        scene.base,
        promoted.merge_commit,
        scene.request().accepted_tree,
    )

    journal = StoreJournal(store, undoing=row, at_end=at_end)
    undone = undo(scene.repo, scene.work, scene.undo_request(promoted), journal, locks=scene.home.run)
    after = promotions.get(store.reader(), row.id)
    assert (after.state, after.undo_commit, after.merge_commit) == ("undone", undone.revert_commit, row.merge_commit)
    assert after.journal == row.journal
    assert promotions.standing(store.reader(), ID) is None
    assert ends == [("promote", MoveState.COMMITTED), ("undo", MoveState.COMMITTED)]
    assert _types(store) == [
        *("promotion.started", "promotion.completed"),
        *("promotion.started", "promotion.undone"),
    ]


def test_both_front_ends_tell_a_promotion_and_its_undo(scene: Scene, store: Store) -> None:
    promoted = _promote(scene, StoreJournal(store))
    row = promotions.standing(store.reader(), ID)
    assert row is not None
    journal = StoreJournal(store, undoing=row)
    undone = undo(scene.repo, scene.work, scene.undo_request(promoted), journal, locks=scene.home.run)
    told = [event for event in events.after(store.reader(), 0) if event.type.startswith("promotion.")]
    merge, revert = promoted.merge_commit[:12], undone.revert_commit[:12]
    assert [note.text for event in told if (note := note_of(event)) is not None] == [
        "promotion started",
        f"promoted into main as {merge}",
        "undo started",
        f"promotion undone on main as {revert}",
    ]
    assert [event_line(event) for event in told] == [
        "· promotion started on main",
        f"✓ promoted into main as {merge}",
        "· undo started on main",
        f"↺ promotion undone on main as {revert}",
    ]


def test_an_undo_that_is_refused_leaves_the_promotion_standing(scene: Scene, store: Store) -> None:
    promoted = _promote(scene, StoreJournal(store))
    row = promotions.standing(store.reader(), ID)
    assert row is not None

    (scene.work / "a.txt").write_text("dirty\n")
    before = scene.everything()
    with pytest.raises(StateError):
        undo(
            scene.repo,
            scene.work,
            attrs.evolve(scene.undo_request(promoted), merge_commit="0" * 40),
            StoreJournal(store, undoing=row),
            locks=scene.home.run,
        )
    assert scene.everything() == before
    assert promotions.get(store.reader(), row.id) == row


@pytest.mark.parametrize("records", [1, 2, 3])
def test_a_promotion_cut_short_is_found_and_taken_back(scene: Scene, store: Store, records: int) -> None:
    before, refs = contents(scene.work), scene.git("for-each-ref")
    with pytest.raises(StoreError):
        _promote(scene, Mortal(StoreJournal(store), records))
    [(record, journal)] = unfinished(store, store.reader())
    assert {change.path for change in record.move.changes} == {"a.txt", "b\udcff.txt", "dir/\udcfe.txt"}
    [outcome] = recover([(record, journal)], locks=scene.home.run)
    assert unfinished(store, store.reader()) == []
    if records == 3:  # only the last record, of what had happened already, was lost
        assert outcome.state is MoveState.COMMITTED
        assert promotions.standing(store.reader(), ID) is not None
        assert _types(store) == ["promotion.started", "promotion.completed"]
    else:
        assert outcome.state is MoveState.ABORTED
        assert contents(scene.work) == before
        assert scene.git("for-each-ref") == refs
        assert _types(store) == ["promotion.started", "promotion.restored"]


@pytest.mark.parametrize("records", [1, 2, 3])
def test_an_undo_cut_short_leaves_the_promotion_standing_or_undone(scene: Scene, store: Store, records: int) -> None:
    before = contents(scene.work)
    promoted = _promote(scene, StoreJournal(store))
    after = contents(scene.work)
    row = promotions.standing(store.reader(), ID)
    assert row is not None
    journal = Mortal(StoreJournal(store, undoing=row), records)
    with pytest.raises(StoreError):
        undo(scene.repo, scene.work, scene.undo_request(promoted), journal, locks=scene.home.run)

    assert promotions.standing(store.reader(), ID) is None
    [outcome] = recover(unfinished(store, store.reader()), locks=scene.home.run)

    now = promotions.get(store.reader(), row.id)
    if records == 3:
        assert (outcome.state, now.state) == (MoveState.COMMITTED, "undone")
        assert contents(scene.work) == before
    else:
        assert outcome.state is MoveState.ABORTED
        assert now == row
        assert contents(scene.work) == after


def test_a_second_undo_of_one_promotion_is_refused_by_the_row(scene: Scene, store: Store) -> None:
    promoted = _promote(scene, StoreJournal(store))
    row = promotions.standing(store.reader(), ID)
    assert row is not None
    request = scene.undo_request(promoted)
    undo(scene.repo, scene.work, request, StoreJournal(store, undoing=row), locks=scene.home.run)
    scene.git("revert", "--no-edit", "HEAD")  # by hand: its content is back, the promotion is not
    with pytest.raises(StateError, match="not in effect"):
        undo(scene.repo, scene.work, request, StoreJournal(store, undoing=row), locks=scene.home.run)
