"""The session that was named when the application was started, found before anything is painted."""

from difflib import get_close_matches
from pathlib import PurePath
from typing import TYPE_CHECKING

from orion_tui.base.errors import NotFound
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import clean

if TYPE_CHECKING:
    from orion_tui.bridge.port import Reads
    from orion_tui.core.models.sessions import Session

#: Sessions, newest first, among which the one that was meant is looked for.
_NEWEST = 500
#: Sessions that are named as likely meant.
_MEANT = 3


def named(home: OrionHome, prefix: str, *, read_only: bool = False) -> str:
    """The id of the session whose id begins so.

    Raises NotFound, with what may have been meant, where there is none; UsageError where several begin so; StoreError
    when the state directory cannot be used.
    """
    if not home.database.exists():
        raise NotFound(f"no session {_shown(prefix)}: there are none in {home.root} yet", hint="start without it")
    from orion_tui.bridge.store_reads import StoreReads
    from orion_tui.core.store.looking import LookingStore

    reads = StoreReads(home, store=LookingStore.open(home.database) if read_only else None)
    try:
        return reads.session(prefix).id
    except NotFound:
        meant = _meant(reads, prefix.lower())
        if not meant:
            raise NotFound(f"no session {_shown(prefix)}", hint="`orion sessions` lists them") from None
        told = tuple(f"{one.id}  {_folder(one)}: {clean(' '.join(one.goal.split()))[:60]}" for one in meant)
        raise NotFound(f"no session {_shown(prefix)}; did you mean", problems=told) from None
    finally:
        reads.close()


def _meant(reads: "Reads", word: str) -> "list[Session]":
    newest = reads.sessions(limit=_NEWEST)
    if of_folder := [one for one in newest if _folder(one).lower() == word]:
        return of_folder[:_MEANT]
    # As much of each id as was typed: the rest is no difference.
    by_beginning = {one.id[: len(word)]: one for one in reversed(newest)}
    return [by_beginning[near] for near in get_close_matches(word[:64], list(by_beginning), n=_MEANT, cutoff=0.6)]


def _folder(session: "Session") -> str:
    return clean(PurePath(session.workspace).name, keep_newlines=False)


def _shown(text: str) -> str:
    return clean(text[:40], keep_newlines=False)
