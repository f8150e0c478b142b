"""A session's timeline as a person reads it: each checkpoint with what changed since the one before."""

import attrs

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import Checkpoint, Session
from orion_tui.core.models.trash import TrashEntry
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.diff import diff
from orion_tui.core.store import Store, checkpoints, plans, sessions, trash


@attrs.frozen(kw_only=True)
class Moment:
    """One checkpoint, and what it adds to the one before (the base before the first)."""

    checkpoint: Checkpoint
    task_title: str
    files: int
    added: int
    removed: int


@attrs.frozen(kw_only=True)
class Timeline:
    """All that can be gone back to, and all that can be had again; both oldest first."""

    session: Session
    moments: tuple[Moment, ...]
    trash: tuple[TrashEntry, ...]


def timeline(home: OrionHome, store: Store, session_id: str) -> Timeline:
    """Read it all; one git process a checkpoint. StateError when the repository of the session is gone."""
    reader = store.reader()
    session = sessions.get(reader, session_id)
    made = checkpoints.all(reader, session_id)
    repo = session_repo.open(home, session_id) if made else None
    titles = {row.id: row.title for row in plans.all(reader, session_id)}
    moments: list[Moment] = []
    before = session.snapshot or session.base_commit
    for checkpoint in made:
        changed = diff(repo, before, checkpoint.commit) if repo is not None and before != checkpoint.commit else None
        moments.append(
            Moment(
                checkpoint=checkpoint,
                task_title=titles.get(checkpoint.task_id, ""),
                files=len(changed.files) if changed is not None else 0,
                added=changed.added if changed is not None else 0,
                removed=changed.removed if changed is not None else 0,
            )
        )
        before = checkpoint.commit
    return Timeline(session=session, moments=tuple(moments), trash=tuple(trash.there(reader, session_id)))
