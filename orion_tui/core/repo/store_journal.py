"""The journal of promotions in the store: one row a promotion, which its undo goes on writing.

A promotion's row goes `preparing`, `prepared`, `committed` or `aborted`; an undo takes it from `committed` over
`undoing` and `undoing-prepared` to `undone`, or back to `committed`. A commit of the user's own files (no accepted
tree) has a row too.
"""

from collections.abc import Callable, Mapping
from typing import Any

from orion_tui.base.errors import StateError
from orion_tui.core.codec import from_json, to_json
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.repo.journal import JournalRecord, Move, MoveKind, MoveState, Progress
from orion_tui.core.store import events, promotions
from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.database import Store

#: What else belongs into the transaction that ends a move (the session's state): the transaction, the move, its end.
AtEnd = Callable[[Transaction, Move, MoveState], None]

_ENDED = {
    MoveKind.PROMOTE: "promotion.completed",
    MoveKind.UNDO: "promotion.undone",
    MoveKind.COMMIT_FIRST: "promotion.committed_first",
}
_UNDO_STATES = {MoveState.PREPARING: "undoing", MoveState.PREPARED: "undoing-prepared"}


class StoreJournal:
    """`JournalPort` over the store. One for each move."""

    def __init__(
        self, store: Store, *, undoing: Promotion | None = None, at_end: AtEnd | None = None, actor: str = "user"
    ) -> None:
        """`undoing` is the row of the promotion to take back, for an undo."""
        self._store = store
        self._actor = actor
        self._at_end = at_end
        self._id = undoing.id if undoing is not None else 0
        # What the row held before an undo began: it comes back with the promotion when the undo does not happen.
        self._promoted: Mapping[str, Any] = undoing.journal if undoing is not None else {}
        self._move: Move | None = None
        self._progress = Progress()

    @classmethod
    def of(cls, store: Store, row: Promotion, *, at_end: AtEnd | None = None) -> "tuple[JournalRecord, StoreJournal]":
        """An unfinished row as recovery needs it. cattrs.BaseValidationError when the row is not of our making."""
        journal = cls(store, undoing=row, at_end=at_end, actor="orion")
        journal._move = move = from_json(row.journal["move"], Move)
        journal._progress = from_json(row.journal["progress"], Progress)
        journal._promoted = row.journal.get("promoted", {})
        state = MoveState.PREPARED if row.state.endswith("prepared") else MoveState.PREPARING
        return JournalRecord(move=move, state=state, progress=journal._progress), journal

    def begin(self, move: Move) -> None:
        """Write the row, or take up the promotion's for an undo."""
        self._move = move
        self._store.transact(self._begin)

    def mark(self, state: MoveState, progress: Progress | None = None) -> None:
        """Write how far it got, or how it ended."""
        if progress is not None:
            self._progress = progress
        if state in _UNDO_STATES:
            self._store.transact(lambda tx: promotions.note(tx, self._id, self._name(state), self._journal()))
        else:
            self._store.transact(lambda tx: self._end(tx, state))

    def _begin(self, tx: Transaction) -> None:
        move = self._the_move()
        if move.kind is MoveKind.UNDO:
            if promotions.get(tx, self._id).state != "committed":
                raise StateError(f"the promotion of session {move.session_id} is not in effect")
            promotions.set_state(tx, self._id, self._name(MoveState.PREPARING), journal=self._journal())
        else:
            self._id = promotions.insert(
                tx,
                Promotion(
                    id=0,
                    session_id=move.session_id,
                    state=MoveState.PREPARING,
                    target_ref=move.target_ref,
                    old_tip=move.old_tip,
                    merge_commit=move.new_tip,
                    accepted_tree=move.accepted_tree,
                    journal=self._journal(),
                    created_at=tx.now,
                ),
            )
        self._tell(tx, "promotion.started", files=len(move.changes))

    def _end(self, tx: Transaction, state: MoveState) -> None:
        move = self._the_move()
        if move.kind is MoveKind.UNDO:
            if state is MoveState.COMMITTED:
                promotions.set_state(tx, self._id, "undone", undo_commit=move.new_tip, journal=self._promoted)
            else:
                promotions.set_state(tx, self._id, "committed", journal=self._promoted)
        else:
            promotions.set_state(tx, self._id, state, finished_at=tx.now, journal=self._journal())
        if state is MoveState.ABORTED:
            self._tell(tx, "promotion.restored")
        else:
            self._tell(tx, _ENDED[move.kind])
        if self._at_end is not None:
            self._at_end(tx, move, state)

    def _name(self, state: MoveState) -> str:
        return _UNDO_STATES[state] if self._the_move().kind is MoveKind.UNDO else state

    def _journal(self) -> dict[str, Any]:
        found = {"move": to_json(self._the_move()), "progress": to_json(self._progress)}
        return {**found, "promoted": dict(self._promoted)} if self._promoted else found

    def _tell(self, tx: Transaction, type: str, **more: Any) -> None:
        move = self._the_move()
        data = {
            "promotion": self._id,
            "kind": move.kind.value,
            "branch": move.target_ref.removeprefix("refs/heads/"),
            "from": move.old_tip,
            "to": move.new_tip,
            **more,
        }
        events.append(tx, move.session_id, type, self._actor, data)

    def _the_move(self) -> Move:
        if self._move is None:
            raise StateError("a journal is marked before its move has begun")
        return self._move


def unfinished(
    store: Store, reader: Reader, *, at_end: AtEnd | None = None
) -> "list[tuple[JournalRecord, StoreJournal]]":
    """What recovery has to look at, oldest first."""
    return [StoreJournal.of(store, row, at_end=at_end) for row in promotions.unfinished(reader)]
