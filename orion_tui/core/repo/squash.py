"""The shape that promoted work has in history: one squashed commit, merged by another (SHIP-3).

What was rejected, and every checkpoint, stays out: the squashed commit's tree is what was accepted, its parent is the
commit that the work started from.
"""

from collections.abc import Mapping

import attrs

from orion_tui.core.repo import refs
from orion_tui.core.repo.commits import message, subject_and_body
from orion_tui.core.repo.merge import merge_trees
from orion_tui.core.repo.place import Place
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.transfer import copy_trees


@attrs.frozen(kw_only=True)
class Squash:
    """The second parent of the merge."""

    tree: str
    parent: str


def plan_squash(
    repo: SessionRepo, place: Place, *, base_commit: str, base_tree: str, accepted: str, merged: str
) -> Squash:
    """Where the squashed commit stands, and with which tree.

    On the base commit, with exactly what was accepted. Where the session started from uncommitted changes, those are
    the user's and stay out: only what the work added to them goes onto the base commit. Where that cannot be told
    apart, or where the branch does not descend from the base (it was rewritten, or is another one), the squashed
    commit stands on the branch's tip: history must not gain commits that the branch never had.
    """
    on_tip = Squash(tree=merged, parent=place.tip)
    git = place.git
    if git.status("merge-base", "--is-ancestor", base_commit, place.tip)[0] != 0:
        return on_tip
    commit_tree = git.text("rev-parse", "--verify", f"{base_commit}^{{tree}}")
    if commit_tree == base_tree:
        return Squash(tree=accepted, parent=base_commit)
    copy_trees(git, repo.git, [commit_tree])
    merge = merge_trees(repo.git, base=base_tree, ours=commit_tree, theirs=accepted)
    return on_tip if merge.tree is None or merge.tree == commit_tree else Squash(tree=merge.tree, parent=base_commit)


def messages(goal: str, session_id: str, trailers: Mapping[str, str]) -> tuple[str, str]:
    """Messages of the squashed commit and of the merge commit."""
    subject, body = subject_and_body(goal)
    subject = subject or f"work of session {session_id}"
    return message(subject, body, trailers), message(f"orion(ara): {subject}", body, trailers)


def tag_names(place: Place, session_id: str) -> tuple[str, str]:
    """Short names of the tags before and after. A later promotion of the same session appends `.2`, `.3` ...

    Tags are never moved: the ones of an earlier promotion keep what it made reachable, so that it can be told apart
    and undone.
    """
    number = 1
    while True:
        suffix = "" if number == 1 else f".{number}"
        names = (f"orion-pre-promote/{session_id}{suffix}", f"orion-post-promote/{session_id}{suffix}")
        if not any(refs.value(place.git, f"refs/tags/{name}") for name in names):
            return names
        number += 1
