"""After a crash: every promotion and undo that was cut short is completed or taken back, from the journal."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import attrs

from orion_tui.base.errors import Busy, OrionError
from orion_tui.base.text import CleanText, clean
from orion_tui.core.repo.exclusive import exclusive
from orion_tui.core.repo.journal import JournalPort, JournalRecord, Move, MoveState
from orion_tui.core.repo.settle import GRACE, settle


@attrs.frozen(kw_only=True)
class Recovered:
    """What became of one of them."""

    move: Move
    #: `committed` or `aborted`; None when it could not be settled now (the journal still has it).
    state: MoveState | None
    #: What the user should know: files left alone, or why it could not be settled.
    notes: tuple[CleanText, ...] = ()


def recover(
    unfinished: Iterable[tuple[JournalRecord, JournalPort]], *, locks: Path, grace: float = GRACE
) -> tuple[Recovered, ...]:
    """Settle each record and write the outcome to its journal. Safe to call at every start, and again.

    One that another process is still working on is left to it, and missing from the answer. `locks` as for `promote`.
    """
    return tuple(
        outcome for record, journal in unfinished if (outcome := _recover(record, journal, locks, grace)) is not None
    )


def _recover(record: JournalRecord, journal: JournalPort, locks: Path, grace: float) -> Recovered | None:
    move = record.move
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(exclusive(locks, Path(move.common_dir)))
        except Busy:
            return None  # it is not cut short: it runs
        try:
            settled = settle(record, grace=grace)
            state = MoveState.COMMITTED if settled.moved else MoveState.ABORTED
            journal.mark(state)
        except (OrionError, OSError) as error:
            return _unsettled(move, error)
        return Recovered(move=move, state=state, notes=settled.notes)


def _unsettled(move: Move, error: Exception) -> Recovered:
    said = clean(str(error), keep_newlines=False)
    note = f"an interrupted {move.kind} in {move.root} could not be settled yet: {said}"
    return Recovered(move=move, state=None, notes=(clean(note, keep_newlines=False),))
