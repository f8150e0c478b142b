"""The way of a session's work into the person's repository."""

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Promotion:
    """One promotion of a session into the user's repository, journalled: one row of `promotions`."""

    id: int
    session_id: str
    #: preparing, prepared, committed, undone, aborted.
    state: str
    target_ref: str
    old_tip: str
    merge_commit: str
    accepted_tree: str
    #: What recovery needs to restore the work tree; see `core.repo.journal`.
    journal: dict[str, Any]
    created_at: float
    finished_at: float | None = None
    undo_commit: str | None = None
