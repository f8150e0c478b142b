"""Promotion (SHIP-3): accepted work becomes a merge commit on the user's branch, or nothing happens.

Authentication and the gate are the caller's; a check of the merged tree is passed in.
"""

from collections.abc import Callable
from pathlib import Path

import attrs

from orion_tui.base.errors import ConflictError
from orion_tui.base.ids import new_id
from orion_tui.base.text import CleanText
from orion_tui.core.repo import refs
from orion_tui.core.repo.changes import PathChange
from orion_tui.core.repo.commit_first import UncommittedSnapshot
from orion_tui.core.repo.commits import write_commit, write_tag
from orion_tui.core.repo.durable import sync_objects
from orion_tui.core.repo.exclusive import exclusive
from orion_tui.core.repo.journal import JournalPort, Move, MoveKind
from orion_tui.core.repo.place import require_place
from orion_tui.core.repo.preview import Preview, PromotionRequest, preview_in
from orion_tui.core.repo.refusal import raise_all, require_free
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.squash import messages
from orion_tui.core.repo.transaction import carry_out
from orion_tui.core.repo.transfer import copy_trees
from orion_tui.core.repo.workspace import inspect


@attrs.frozen(kw_only=True)
class Promoted:
    """What was done."""

    target_ref: str
    old_tip: str
    merge_commit: str
    squash_commit: str
    #: Short names: before, after.
    tags: tuple[str, str]
    changes: tuple[PathChange, ...]
    notes: tuple[CleanText, ...] = ()


def promote(
    repo: SessionRepo,
    path: Path,
    request: PromotionRequest,
    journal: JournalPort,
    *,
    locks: Path,
    approved: Preview | None = None,
    check: Callable[[str], None] | None = None,
) -> Promoted:
    """Do it: all of it, or nothing.

    `locks` is the directory of Orion's locks. `approved` is the preview that a person said yes to: a branch or a merge
    result that has changed since is refused. `check` gets the merged tree (in `repo`) before anything is written and
    raises to stop it. Raises ConflictError (UncommittedSnapshot when committing first would help), Busy, StateError,
    WorkspaceError, GitError, StoreError; the user's repository is then as it was.
    """
    workspace = inspect(path)
    with exclusive(locks, workspace.common_dir):
        plan = preview_in(repo, workspace, request)
        _require_same(plan, approved)
        if plan.offer is not None:
            raise UncommittedSnapshot(plan.offer)
        raise_all(plan.refusals, "promotion")
        assert plan.merged_tree is not None  # else there is a conflict among the refusals
        if check is not None:
            check(plan.merged_tree)
        return _write(repo, path, request, journal, plan, plan.merged_tree)


def _require_same(plan: Preview, approved: Preview | None) -> None:
    if approved is None:
        return
    if (plan.place.ref, plan.place.tip) != (approved.place.ref, approved.place.tip):
        raise refs.moved(plan.place.ref)
    if plan.merged_tree != approved.merged_tree:
        raise ConflictError("the result is not the one that was approved any more", hint="look at it again, then retry")


def _write(
    repo: SessionRepo, path: Path, request: PromotionRequest, journal: JournalPort, plan: Preview, merged: str
) -> Promoted:
    place, squash = plan.place, plan.squash
    assert squash is not None
    copy_trees(repo.git, place.git, [merged, squash.tree], strict=True)
    squash_message, merge_message = messages(request.goal, request.session_id, request.trailers)
    git = place.git
    squash_commit = write_commit(git, squash.tree, (squash.parent,), squash_message, sign=plan.signed)
    merge_commit = write_commit(git, merged, (place.tip, squash_commit), merge_message, sign=plan.signed)
    before, after = plan.tags
    tags = {
        f"refs/tags/{before}": write_tag(git, before, place.tip, f"{place.branch} before {merge_message}"),
        f"refs/tags/{after}": write_tag(git, after, merge_commit, merge_message),
    }
    sync_objects(place.common_dir)
    move = Move(
        kind=MoveKind.PROMOTE,
        session_id=request.session_id,
        root=str(place.root),
        git_dir=str(place.git_dir),
        common_dir=str(place.common_dir),
        target_ref=place.ref,
        old_tip=place.tip,
        new_tip=merge_commit,
        tags=tags,
        checked_out=place.checked_out,
        changes=plan.changes,
        token=new_id(),
        accepted_tree=request.accepted_tree,
    )
    notes = carry_out(move, journal, recheck=lambda: require_place(path, place), refuse=require_free)
    return Promoted(
        target_ref=place.ref,
        old_tip=place.tip,
        merge_commit=merge_commit,
        squash_commit=squash_commit,
        tags=plan.tags,
        changes=plan.changes,
        notes=notes,
    )
