"""What a promotion would do, and every reason against it, without writing anything of the user's."""

from pathlib import Path

import attrs

from orion_tui.base.errors import Busy, StateError, WorkspaceError
from orion_tui.base.text import CleanText, clean
from orion_tui.core.repo.changes import Entry, PathChange, tree_changes
from orion_tui.core.repo.commit_first import CommitFirst, find_offer
from orion_tui.core.repo.commits import committer, signs
from orion_tui.core.repo.drift import Drift, drift
from orion_tui.core.repo.index import held
from orion_tui.core.repo.merge import Conflict, merge_trees
from orion_tui.core.repo.obstacles import Obstacle, survey
from orion_tui.core.repo.place import Place, find_place
from orion_tui.core.repo.refusal import Refusal, conflicting, in_the_way
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.squash import Squash, messages, plan_squash, tag_names
from orion_tui.core.repo.transfer import copy_trees
from orion_tui.core.repo.workspace import Workspace, inspect
from orion_tui.core.repo.worktree import WorkTree


@attrs.frozen(kw_only=True)
class PromotionRequest:
    """What a session asks to be promoted."""

    session_id: str
    goal: str
    role: str
    model: str = ""
    #: The user's commit that the work started from.
    base_commit: str
    #: The commit in Orion's repository that holds the uncommitted changes it started from; None without.
    snapshot: str | None = None
    #: Short name of the branch that was checked out then; "" when HEAD was detached.
    base_branch: str = ""
    #: The tree, in Orion's repository, of what was accepted.
    accepted_tree: str
    #: Short name of another branch, when the user names one.
    target: str = ""

    @property
    def trailers(self) -> dict[str, str]:
        """What ends each commit message."""
        return {"Orion-Session": self.session_id, "Orion-Role": self.role, "Orion-Model": self.model}


@attrs.frozen(kw_only=True)
class Preview:
    """What a promotion would do now. Nothing of the user's was written to find out."""

    place: Place
    #: The tree of the merge commit; None when there are conflicts.
    merged_tree: str | None
    squash: Squash | None
    #: What changes on the branch; with conflicts, what would change.
    changes: tuple[PathChange, ...]
    drift: Drift
    conflicts: tuple[Conflict, ...]
    obstacles: tuple[Obstacle, ...]
    #: Every reason against it; empty when it can be done.
    refusals: tuple[Refusal, ...]
    #: Set when committing the user's own files first would clear the way.
    offer: CommitFirst | None = None
    #: Who the commits will be by, and whether they will be signed.
    author: CleanText
    signed: bool
    message: CleanText
    #: Short names: before, after.
    tags: tuple[str, str]
    #: Every file version that would enter the repository, squashed commit included: what a scan has to read.
    entering: tuple[tuple[str, Entry], ...]


def preview(repo: SessionRepo, path: Path, request: PromotionRequest) -> Preview:
    """Look at everything, write nothing of the user's.

    Raises WorkspaceError when there is no repository or branch to speak of, GitError when git fails; every other
    reason against it is in `refusals`.
    """
    return preview_in(repo, inspect(path), request)


def preview_in(repo: SessionRepo, workspace: Workspace, request: PromotionRequest) -> Preview:
    """`preview` of a workspace that was looked at already."""
    place = find_place(workspace, named=request.target, started_on=request.base_branch)
    base_tree = repo.tree_of(request.snapshot or request.base_commit)
    tip_tree = place.git.text("rev-parse", "--verify", f"{place.tip}^{{tree}}")
    accepted = request.accepted_tree
    copy_trees(place.git, repo.git, [tip_tree])
    merge = merge_trees(repo.git, base=base_tree, ours=tip_tree, theirs=accepted)
    changes = tree_changes(repo.git, tip_tree, merge.partial)
    squash, entering = None, ()
    if merge.tree is not None:
        squash = plan_squash(
            repo, place, base_commit=request.base_commit, base_tree=base_tree, accepted=accepted, merged=merge.tree
        )
        entering = _entering(repo, place, changes, squash)
    obstacles = obstacles_at(place, changes)
    author, unknown = author_of(place)
    refusals = [
        *_nothing_to_do(place, accepted, base_tree, merge.tree, tip_tree),
        *standing_refusals(place),
        *unknown,
        *([conflicting(merge.conflicts)] if merge.conflicts else []),
        *([in_the_way(obstacles)] if obstacles else []),
    ]
    return Preview(
        place=place,
        merged_tree=merge.tree,
        squash=squash,
        changes=changes,
        drift=drift(
            repo,
            workspace,
            place,
            base_tree=base_tree,
            work_tree=accepted,
            snapshot=request.snapshot is not None,
        ),
        conflicts=merge.conflicts,
        obstacles=obstacles,
        refusals=tuple(refusals),
        offer=find_offer(
            repo,
            place,
            base_commit=request.base_commit,
            snapshot=request.snapshot,
            paths=[item.path for item in (*merge.conflicts, *obstacles)],
        ),
        author=author,
        signed=signs(place.git),
        message=CleanText(messages(request.goal, request.session_id, request.trailers)[1]),
        tags=tag_names(place, request.session_id),
        entering=entering,
    )


def obstacles_at(place: Place, changes: tuple[PathChange, ...]) -> tuple[Obstacle, ...]:
    """What of the user's is in the way of `changes`; nothing where the branch is not checked out."""
    if not place.checked_out or not changes:
        return ()
    with WorkTree(place.root) as tree:
        return survey(place.git, tree, changes).obstacles


def author_of(place: Place) -> tuple[CleanText, tuple[Refusal, ...]]:
    """Who commits will be by, as `Name <mail>`; or the reason why nobody can tell."""
    try:
        who = committer(place.git)
    except WorkspaceError as error:
        return CleanText(""), (Refusal(error=WorkspaceError, text=clean(error.message), hint=error.hint),)
    return clean(who[: who.rfind(b">") + 1], keep_newlines=False), ()


def standing_refusals(place: Place) -> tuple[Refusal, ...]:
    """Reasons that lie in the branch and its work tree, whatever is to change."""
    found = [
        Refusal(error=WorkspaceError, text=text, hint="finish or end that first, or choose another branch")
        for text in place.held_by
    ]
    lock = place.git_dir / "index.lock"
    if place.checked_out and lock.exists():
        error = held(lock)
        found.append(Refusal(error=Busy, text=clean(error.message), hint=error.hint))
    return tuple(found)


def _nothing_to_do(place: Place, accepted: str, base_tree: str, merged: str | None, tip_tree: str) -> list[Refusal]:
    if accepted == base_tree:
        text = "nothing was accepted: the result is what the work started from"
    elif merged == tip_tree:
        text = f"branch {place.branch} has all of this work already"
    else:
        return []
    return [Refusal(error=StateError, text=clean(text, keep_newlines=False))]


def _entering(
    repo: SessionRepo, place: Place, changes: tuple[PathChange, ...], squash: Squash
) -> tuple[tuple[str, Entry], ...]:
    # The squashed commit may hold versions of its own, where the merge combined both sides.
    if squash.parent != place.tip:
        parent_tree = place.git.text("rev-parse", "--verify", f"{squash.parent}^{{tree}}")
        copy_trees(place.git, repo.git, [parent_tree])
        changes = (*changes, *tree_changes(repo.git, parent_tree, squash.tree))
    found = dict.fromkeys((change.path, change.new) for change in changes)
    return tuple((path, entry) for path, entry in found if entry is not None)
