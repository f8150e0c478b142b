"""Orion's own references in a session's repository, and branches that follow what the store decided.

A change of where a session stands is decided by one transaction in the store, which also writes down the move that its
branch owes. The branch moves after it. A process that dies between the two leaves the move in the journal, and whoever
needs the branch next carries it out: from the moment of the transaction everybody sees the session as it is after it.
"""

import contextlib

from orion_tui.base.errors import ConflictError, StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.repo import session_repo
from orion_tui.core.store import Store, ref_moves

#: Where the references of this module stand; none of them is ever offered to another repository.
OWN = "refs/orion/"
TRASH = f"{OWN}trash/"
CHECKPOINTS = f"{OWN}checkpoints/"


def checkpoint_ref(name: str) -> str:
    """What holds the commit of a checkpoint inside a task, which is on no branch."""
    return f"{CHECKPOINTS}{name}"


def settle(home: OrionHome, store: Store, session_id: str | None = None) -> int:
    """Carry out every move that is still owed, of one session or (None) of all; how many there were."""
    owed = ref_moves.unfinished(store.reader(), session_id)
    for move in owed:
        carry_out(home, store, move)
    return len(owed)


def carry_out(home: OrionHome, store: Store, move: ref_moves.RefMove) -> None:
    """Move the reference if it still stands where it stood, and cross the move out. Twice is once."""
    # A repository that is gone has no reference to move; one that stands elsewhere was moved on since, by a worker.
    with contextlib.suppress(StateError, ConflictError):
        repo = session_repo.open(home, move.session_id)
        if (repo.ref(move.ref) or "") == move.old != move.new:
            if move.new:
                repo.set_ref(move.ref, move.new, old=move.old or None)
            else:
                repo.delete_ref(move.ref, old=move.old)
    store.transact(lambda tx: ref_moves.end(tx, move.id))
