"""Names: of trash entries, and what a person types for a checkpoint."""

import re
from collections.abc import Collection
from datetime import UTC, datetime

from orion_tui.base.errors import UsageError
from orion_tui.base.text import display_path
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.timeline.refs import TRASH

_CHECKPOINT = re.compile(r"(?:cp-)?(\d{1,9})")


def free(repo: SessionRepo, taken: Collection[str], now: float, last: str) -> str:
    """A name that no entry has: `20261123T031200Z-cp-0007`, with `-2` and so on within one second."""
    stem = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{last}"
    used = {*taken, *(ref.removeprefix(TRASH) for ref in repo.refs(TRASH))}
    return next(name for n in range(1, len(used) + 2) if (name := stem if n == 1 else f"{stem}-{n}") not in used)


def checkpoint_number(text: str) -> int:
    """The number that `cp-0003`, or `3`, names. UsageError for anything else."""
    found = _CHECKPOINT.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(f"{display_path(text)} names no checkpoint", hint="they are called cp-0000, cp-0001 ...")
    return int(found[1])


def split(text: str) -> tuple[str, str]:
    """`SESSION:cp-0003` as (session, checkpoint); the session is empty in the bare form."""
    session, colon, checkpoint = text.rpartition(":")
    if colon and not session:
        raise UsageError(f"{display_path(text)} names no session before the colon", hint="SESSION:cp-0003")
    return session, checkpoint
