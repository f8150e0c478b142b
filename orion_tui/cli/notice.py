"""The one line that any command ends with while finished work waits for review."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome

if TYPE_CHECKING:
    from orion_tui.core.models.sessions import Session


def notice(environ: Mapping[str, str]) -> str:
    """`Orion completed 8 tasks for ...: orion diff ID`; empty when nothing waits, or when the store cannot be read.

    Never makes a state directory, and never lets a command fail that has succeeded.
    """
    try:
        home = OrionHome.from_environment(environ)
        if not home.database.exists():
            return ""
        from orion_tui.base.clock import SystemClock
        from orion_tui.core.models.sessions import SessionState
        from orion_tui.core.store import Store, sessions

        store = Store.open(home.database, clock=SystemClock())
        try:
            return line_for(sessions.page(store.reader(), states={SessionState.COMPLETED}, limit=10))
        finally:
            store.close()
    except OrionError:
        return ""


def line_for(finished: "list[Session]") -> str:
    """The line for these sessions, newest first."""
    from orion_tui.cli.output import one_line, plural, prose

    if not finished:
        return ""
    if len(finished) == 1:
        (only,) = finished
        done = plural(only.tasks_done, "task")
        return f"Orion completed {done} for “{one_line(prose(only.goal), 50)}”; review it: orion diff {only.id}"
    tasks = plural(sum(session.tasks_done for session in finished), "task")
    return f"Orion completed {tasks} in {len(finished)} sessions; review them: orion status"
