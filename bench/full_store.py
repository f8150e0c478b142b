"""A state directory as it is after a long time: ten thousand sessions."""

from pathlib import Path

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store import Store, meta, sessions
from orion_tui.core.store.connection import Transaction

SESSIONS = 10_000
POLICY = "p" * 64


def session(number: int, state: SessionState, workspace: str) -> Session:
    """A session of that number: the higher, the newer."""
    return Session(
        id=f"{number:012x}",
        workspace=workspace,
        goal=f"Goal number {number}: make one thing better",
        role="software-engineer",
        policy=POLICY,
        state=state,
        base_commit="4f1e2a9c" * 5,
        base_branch="main",
        backend="bubblewrap",
        created_at=1_790_000_000.0 + number,
        updated_at=1_790_000_100.0 + number,
        tasks_total=8,
        tasks_done=8,
    )


def fill(home: Path, live: int = 0) -> None:
    """10,000 sessions that have ended, and a last look; `live` more have not, the newest: paused, so
    that no supervisor takes them up.
    """
    place = OrionHome(home)
    place.prepare()

    def change(tx: Transaction) -> None:
        sessions.save_policy(tx, POLICY, "{}")
        for number in range(SESSIONS):
            state = SessionState.PROMOTED if number % 3 else SessionState.COMPLETED
            sessions.insert(tx, session(number, state, f"/home/ada/src/project-{number % 40}"))
        for number in range(SESSIONS, SESSIONS + live):
            sessions.insert(tx, session(number, SessionState.PAUSED, f"/home/ada/work/project-{number}"))
        meta.put(tx, "app.last_look", f"{SESSIONS - 500}@1790000000")

    with Store.open(place.database) as store:
        store.transact(change)
