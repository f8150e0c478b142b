"""Opening the engine for one command, and finding the session it is about."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orion_tui.base.errors import UsageError
from orion_tui.base.paths import OrionHome

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session, SessionState

session_argument = click.argument("session_id", metavar="[SESSION]", required=False)


@contextmanager
def engine() -> "Generator[Engine]":
    """The engine of this user's state directory, closed at the end.

    Raises StoreError when the directory cannot be used.
    """
    from orion_tui.core.engine import Engine

    opened = Engine.open(OrionHome.from_environment())
    try:
        yield opened
    finally:
        opened.close()


def find_session(
    opened: "Engine", given: str | None, *, states: "Iterable[SessionState] | None" = None, doing: str = ""
) -> "Session":
    """The session that was named by the beginning of its id; without a name, the one that is meant.

    Meant is the newest of the repository that the command was called in, else the only one there is; `states` narrows
    both. Raises NotFound or UsageError.
    """
    if given:
        return opened.session(given)
    candidates = opened.sessions(states=states, limit=50)
    here = _same_repository(candidates)
    if here:
        return here[0]
    if len(candidates) == 1:
        return candidates[0]
    which = f" to {doing}" if doing else ""
    if not candidates:
        raise UsageError(f"there is no session{which}", hint="`orion sessions` lists what there is")
    raise UsageError(
        f"which session{which}? {len(candidates)} could be meant, none of them in this folder",
        hint="name it by the beginning of its id: " + ", ".join(s.id for s in candidates[:5]),
    )


def _same_repository(sessions: "Iterable[Session]") -> "list[Session]":
    try:
        here = Path.cwd().resolve()
    except OSError:  # the folder was removed under the shell
        return []
    return [session for session in sessions if here.is_relative_to(session.workspace)]
