"""Work that was taken back and can still be had."""

from enum import StrEnum
from typing import Any

import attrs

#: Seconds that something stays in the trash (SAVE-2).
KEPT_FOR = 30 * 86_400.0


class TrashKind(StrEnum):
    """Why something lies in the trash."""

    #: What a session had done after a checkpoint that it was taken back to.
    ROLLBACK = "rollback"
    #: The branch of a session that was archived and whose work was never promoted.
    SESSION = "session"


class Gone(StrEnum):
    """How an entry left the trash."""

    #: It lies there still.
    NOT = ""
    RESTORED = "restored"
    PURGED = "purged"


@attrs.frozen(kw_only=True)
class TrashEntry:
    """One row of `trash`; its commit is held by the reference `ref` in the session's repository."""

    id: int
    session_id: str
    kind: TrashKind
    #: `20261123T031200Z-cp-0007`: when it was thrown away, and the newest checkpoint of it.
    name: str
    #: What the session's branch was on.
    commit: str
    #: Number and step of the checkpoint that it stands on: what it comes back to.
    checkpoint: int
    step: int
    #: What comes back: `session` (state, reason, finished_at), `tasks` and `checkpoints` as they were.
    line: dict[str, Any]
    #: One line for people.
    summary: str
    created_at: float
    gone_at: float | None = None
    gone: Gone = Gone.NOT

    @property
    def ref(self) -> str:
        """The reference that keeps its commit through every `git gc`."""
        return f"refs/orion/trash/{self.name}"

    @property
    def newest_commit(self) -> str:
        """The newest commit with work of it, one inside a task included."""
        made: list[dict[str, Any]] = [kept["checkpoint"] for kept in self.line.get("checkpoints", ())]
        return str(made[-1]["commit"]) if made else self.commit

    @property
    def until(self) -> float:
        """When it is purged, in seconds since the epoch."""
        return self.created_at + KEPT_FOR
