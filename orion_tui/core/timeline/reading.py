"""A session's timeline as a person reads it: each checkpoint with what changed since the one before it, and what had
been used by then."""

import attrs

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import Session
from orion_tui.core.models.so_far import SoFar
from orion_tui.core.models.trash import TrashEntry
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.diff import DiffSet, diff
from orion_tui.core.store import Store, checkpoints, plans, sessions, so_far, trash


@attrs.frozen(kw_only=True)
class Moment:
    """One checkpoint, and what it adds to the one before (the base before the first)."""

    checkpoint: Checkpoint
    task_title: str
    changed: DiffSet
    #: What the session had used up to then; None where no event tells of the checkpoint.
    so_far: SoFar | None


@attrs.frozen(kw_only=True)
class Thrown:
    """Something in the trash, and what would change if it came back now."""

    entry: TrashEntry
    changed: DiffSet


@attrs.frozen(kw_only=True)
class Timeline:
    """All that can be gone back to, and all that can be had again; both oldest first."""

    session: Session
    #: The newest commit with work of the session in it.
    newest: str
    moments: tuple[Moment, ...]
    trash: tuple[Thrown, ...]


def timeline(home: OrionHome, store: Store, session_id: str) -> Timeline:
    """Read it all; one git process a checkpoint. StateError when the repository of the session is gone."""
    reader = store.reader()
    session = sessions.get(reader, session_id)
    made = checkpoints.all(reader, session_id)
    titles = {row.id: row.title for row in plans.all(reader, session_id)}
    before = session.snapshot or session.base_commit
    if not made:
        return Timeline(session=session, newest=before, moments=(), trash=())
    repo = session_repo.open(home, session_id)
    used = so_far.at_checkpoints(reader, session_id)
    moments: list[Moment] = []
    for checkpoint in made:
        same = DiffSet(old=before, new=checkpoint.commit, files=())
        changed = diff(repo, before, checkpoint.commit) if before != checkpoint.commit else same
        moments.append(
            Moment(
                checkpoint=checkpoint,
                task_title=titles.get(checkpoint.task_id, ""),
                changed=changed,
                so_far=used.get(checkpoint.name),
            )
        )
        before = checkpoint.commit
    thrown = tuple(
        Thrown(entry=entry, changed=diff(repo, before, entry.newest_commit))
        for entry in trash.there(reader, session_id)
    )
    return Timeline(session=session, newest=before, moments=tuple(moments), trash=thrown)
