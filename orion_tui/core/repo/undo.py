"""Undo of a promotion (SHIP-5): a revert commit on top of whatever came after it.

The revert is a three-way merge of trees: base is the merge commit, ours the branch as it is, theirs the merge commit's
first parent. Later commits stay; where they changed the same lines there is a conflict, and nothing happens. History
is only added to, so promoting the same work again is a new merge of the same trees.
"""

from pathlib import Path

import attrs

from orion_tui.base.errors import StateError
from orion_tui.base.ids import new_id
from orion_tui.base.text import CleanText, clean
from orion_tui.core.repo import refs
from orion_tui.core.repo.changes import PathChange, tree_changes
from orion_tui.core.repo.commits import message, signs, subject_and_body, write_commit
from orion_tui.core.repo.durable import sync_objects
from orion_tui.core.repo.exclusive import exclusive
from orion_tui.core.repo.journal import JournalPort, Move, MoveKind
from orion_tui.core.repo.merge import Conflict, merge_trees
from orion_tui.core.repo.obstacles import Obstacle
from orion_tui.core.repo.place import Place, find_place, require_place
from orion_tui.core.repo.preview import author_of, obstacles_at, standing_refusals
from orion_tui.core.repo.refusal import Refusal, conflicting, in_the_way, raise_all, require_free
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.transaction import carry_out
from orion_tui.core.repo.transfer import copy_trees
from orion_tui.core.repo.workspace import Workspace, inspect


@attrs.frozen(kw_only=True)
class UndoRequest:
    """Which promotion to take back."""

    session_id: str
    goal: str
    role: str
    model: str = ""
    merge_commit: str
    #: Full name of the branch it was promoted to.
    target_ref: str

    @property
    def trailers(self) -> dict[str, str]:
        """What ends the commit message."""
        return {"Orion-Session": self.session_id, "Orion-Role": self.role, "Orion-Model": self.model}


@attrs.frozen(kw_only=True)
class UndoPreview:
    """What an undo would do now."""

    place: Place
    #: The tree of the revert commit; None when there are conflicts.
    tree: str | None
    changes: tuple[PathChange, ...]
    conflicts: tuple[Conflict, ...]
    obstacles: tuple[Obstacle, ...]
    #: Every reason against it; empty when it can be done.
    refusals: tuple[Refusal, ...]
    author: CleanText
    signed: bool
    message: CleanText


@attrs.frozen(kw_only=True)
class Undone:
    """What was done."""

    target_ref: str
    old_tip: str
    revert_commit: str
    changes: tuple[PathChange, ...]
    notes: tuple[CleanText, ...] = ()


def preview_undo(repo: SessionRepo, path: Path, request: UndoRequest) -> UndoPreview:
    """Look at everything, write nothing of the user's. Raises like `preview`, and StateError when it is gone."""
    return _preview_in(repo, inspect(path), request)


def _preview_in(repo: SessionRepo, workspace: Workspace, request: UndoRequest) -> UndoPreview:
    place = find_place(workspace, named=request.target_ref)
    _require_promoted(place, request.merge_commit)
    git = place.git
    merged, before, now = (
        git.text("rev-parse", "--verify", f"{commit}^{{tree}}")
        for commit in (request.merge_commit, f"{request.merge_commit}^1", place.tip)
    )
    copy_trees(git, repo.git, [merged, before, now])
    merge = merge_trees(repo.git, base=merged, ours=now, theirs=before)
    changes = tree_changes(repo.git, now, merge.partial)
    obstacles = obstacles_at(place, changes)
    author, unknown = author_of(place)
    refusals = [
        *([_undone_already(place)] if merge.tree == now else []),
        *standing_refusals(place),
        *unknown,
        *([conflicting(merge.conflicts)] if merge.conflicts else []),
        *([in_the_way(obstacles)] if obstacles else []),
    ]
    return UndoPreview(
        place=place,
        tree=merge.tree,
        changes=changes,
        conflicts=merge.conflicts,
        obstacles=obstacles,
        refusals=tuple(refusals),
        author=author,
        signed=signs(git),
        message=_message(request),
    )


def undo(
    repo: SessionRepo,
    path: Path,
    request: UndoRequest,
    journal: JournalPort,
    *,
    locks: Path,
    approved: UndoPreview | None = None,
) -> Undone:
    """Do it: all of it, or nothing. Arguments, protection and errors as for `promote`."""
    workspace = inspect(path)
    with exclusive(locks, workspace.common_dir):
        plan = _preview_in(repo, workspace, request)
        place = plan.place
        if approved is not None and (approved.place.tip, approved.tree) != (place.tip, plan.tree):
            raise refs.moved(place.ref)
        raise_all(plan.refusals, "undo")
        assert plan.tree is not None  # else there is a conflict among the refusals
        copy_trees(repo.git, place.git, [plan.tree], strict=True)
        commit = write_commit(place.git, plan.tree, (place.tip,), plan.message, sign=plan.signed)
        sync_objects(place.common_dir)
        move = Move(
            kind=MoveKind.UNDO,
            session_id=request.session_id,
            root=str(place.root),
            git_dir=str(place.git_dir),
            common_dir=str(place.common_dir),
            target_ref=place.ref,
            old_tip=place.tip,
            new_tip=commit,
            checked_out=place.checked_out,
            changes=plan.changes,
            token=new_id(),
        )
        notes = carry_out(move, journal, recheck=lambda: require_place(path, place), refuse=require_free)
    return Undone(target_ref=place.ref, old_tip=place.tip, revert_commit=commit, changes=plan.changes, notes=notes)


def _require_promoted(place: Place, merge_commit: str) -> None:
    status, _, _ = place.git.status("merge-base", "--is-ancestor", merge_commit, place.tip)
    if status == 0:
        return
    known = place.git.status("cat-file", "-e", f"{merge_commit}^{{commit}}")[0] == 0
    raise StateError(
        clean(f"branch {place.branch} does not contain the promotion {merge_commit[:12]} any more"),
        hint="its history was rewritten: there is nothing to undo"
        + (", or revert the rewritten commits with git revert" if known else ""),
    )


def _undone_already(place: Place) -> Refusal:
    return Refusal(
        error=StateError,
        text=clean(f"branch {place.branch} holds nothing of this promotion any more: it was undone already"),
    )


def _message(request: UndoRequest) -> CleanText:
    subject = subject_and_body(request.goal)[0] or f"work of session {request.session_id}"
    body = f"This reverts commit {request.merge_commit}, the promotion of session {request.session_id}."
    return CleanText(message(f'Revert "orion(ara): {subject}"', body, request.trailers))
