"""What sessions that are no longer worked on have left in a container engine, removed."""

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.sandbox.docker import names
from orion_tui.core.sandbox.docker.reconcile import Removed, reconcile
from orion_tui.core.store import Store, sessions

#: A session that may have a sandbox at this moment, kept for its next stretch of work too.
_WORKED_ON = (SessionState.RUNNING, SessionState.PLANNING, SessionState.WAITING, SessionState.PAUSED)


def remove_strays(home: OrionHome, store: Store) -> Removed:
    """Of this state directory alone. Raises EngineError where the engine does not answer."""
    listed = sessions.page(store.reader(), states=_WORKED_ON, limit=10_000)
    return reconcile(names.home_id(home), {session.id for session in listed})
