"""Opening the engine for one command, and finding the session it is about."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.errors import UsageError
from orion_tui.base.paths import OrionHome

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session, SessionState


def _named(_context: click.Context, _argument: click.Parameter, value: str | None) -> str | None:
    # An empty variable of a script must not become "the newest": it would cancel or promote something else.
    if value is not None and not value.strip():
        raise UsageError(
            "the session's id is empty", hint="name it by the beginning of its id; `orion sessions` lists them"
        )
    return value


def _said(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not value.strip():
        raise UsageError("the reason is empty", hint="say in a few words what was wrong: --reason TEXT")
    return value


session_argument = click.argument("session_id", metavar="[SESSION]", required=False, callback=_named)


def reason_option(words: str) -> Callable[[Any], Any]:
    """`--reason`, which must be given and must say something."""
    return click.option("--reason", required=True, callback=_said, help=words)


@contextmanager
def engine() -> "Generator[Engine]":
    """The engine of this user's state directory, closed at the end.

    Raises StoreError when the directory cannot be used.
    """
    from orion_tui.cli.output import note
    from orion_tui.core.engine import Engine

    opened = Engine.open(OrionHome.from_environment(), tell=note)
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
