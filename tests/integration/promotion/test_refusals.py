"""What stands in the way: named, and the repository left byte for byte as it was."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orion_tui.base.errors import Busy, ConflictError, OrionError, WorkspaceError
from orion_tui.core.repo import transaction
from orion_tui.core.repo.staging import Staging
from tests.support.promotion import Change, Scene, file, git, gone, symlink

pytestmark = pytest.mark.unit

TREE: dict[str, str | bytes] = {
    ".gitignore": "*.log\nbuild/\n",
    "a.txt": "one\n",
    "sub/c.txt": "three\n",
    "d/x.txt": "x\n",
    "d/y.txt": "y\n",
    "plain": "file\n",
}


def _edit(scene: Scene) -> None:
    scene.write({"a.txt": "mine\n"})


def _stage(scene: Scene) -> None:
    scene.write({"a.txt": "mine\n"})
    scene.git("add", "a.txt")


def _stage_and_revert_on_disk(scene: Scene) -> None:
    _stage(scene)
    scene.write({"a.txt": "one\n"})


def _stage_the_very_same(scene: Scene) -> None:
    scene.write({"a.txt": "agent\n"})
    scene.git("add", "a.txt")


def _remove(scene: Scene) -> None:
    (scene.work / "a.txt").unlink()


def _remove_and_stage(scene: Scene) -> None:
    scene.git("rm", "-q", "--cached", "a.txt")


def _make_executable(scene: Scene) -> None:
    (scene.work / "a.txt").chmod(0o755)


def _make_a_link(scene: Scene) -> None:
    (scene.work / "a.txt").unlink()
    (scene.work / "a.txt").symlink_to("sub/c.txt")


def _hide_an_edit(scene: Scene) -> None:
    scene.git("update-index", "--assume-unchanged", "a.txt")
    _edit(scene)


def _keep_a_local_version(scene: Scene) -> None:
    scene.git("update-index", "--skip-worktree", "a.txt")
    _edit(scene)


def _untracked(scene: Scene) -> None:
    scene.write({"new.txt": "mine\n"})


def _the_same_untracked(scene: Scene) -> None:
    scene.write({"new.txt": "agent\n"})


def _ignored(scene: Scene) -> None:
    scene.write({"new.log": "precious\n"})


def _ignored_directory(scene: Scene) -> None:
    scene.write({"build/out.txt": "precious\n"})


def _untracked_file_where_a_directory_comes(scene: Scene) -> None:
    scene.write({"pkg": "mine\n"})


def _link_where_a_directory_comes(scene: Scene) -> None:
    outside = scene.tmp / "outside"
    outside.mkdir()
    (scene.work / "pkg").symlink_to(outside)


def _nested_repository(scene: Scene) -> None:
    (scene.work / "pkg").mkdir()
    git(scene.work / "pkg", "init", "-q")


def _intent_to_add(scene: Scene) -> None:
    scene.write({"new.txt": "mine\n"})
    scene.git("add", "-N", "new.txt")


def _staged_new_file(scene: Scene) -> None:
    scene.write({"new.txt": "mine\n"})
    scene.git("add", "new.txt")
    (scene.work / "new.txt").unlink()


def _untracked_in_the_directory(scene: Scene) -> None:
    scene.write({"d/mine.txt": "mine\n"})


def _ignored_in_the_directory(scene: Scene) -> None:
    scene.write({"d/deep/mine.log": "mine\n"})


def _empty_directory_in_it(scene: Scene) -> None:
    (scene.work / "d/empty").mkdir()


def _staged_in_the_directory(scene: Scene) -> None:
    scene.write({"d/mine.txt": "mine\n"})
    scene.git("add", "d/mine.txt")
    (scene.work / "d/mine.txt").unlink()


def _directory_instead_of_the_file(scene: Scene) -> None:
    (scene.work / "plain").unlink()
    scene.write({"plain/mine.txt": "mine\n"})


def _parent_replaced_by_a_link(scene: Scene) -> None:
    outside = scene.tmp / "elsewhere"
    (scene.work / "sub").rename(outside)
    (scene.work / "sub").symlink_to(outside)


CHANGE_A = (file("a.txt", "agent\n"),)
NEW = (file("new.txt", "agent\n"),)
IN_PKG = (file("pkg/mod.py", "agent\n"),)
D_BECOMES_A_FILE = (gone("d/x.txt"), gone("d/y.txt"), file("d", "agent\n"))
PLAIN_BECOMES_A_DIRECTORY = (gone("plain"), file("plain/p.txt", "agent\n"))

OVERLAPS: list[tuple[Callable[[Scene], None], tuple[Change, ...], str]] = [
    (_edit, CHANGE_A, "a.txt has uncommitted edits"),
    (_edit, (gone("a.txt"),), "a.txt has uncommitted edits"),
    (_edit, (symlink("a.txt", "plain"),), "a.txt has uncommitted edits"),
    (_edit, (file("a.txt", "one\n", executable=True),), "a.txt has uncommitted edits"),
    (_stage, CHANGE_A, "a.txt has staged changes"),
    (_stage_and_revert_on_disk, CHANGE_A, "a.txt has staged changes"),
    (_stage_the_very_same, CHANGE_A, "a.txt has staged changes"),
    (_remove, CHANGE_A, "a.txt was deleted without a commit"),
    (_remove, (gone("a.txt"),), "a.txt was deleted without a commit"),
    (_remove_and_stage, CHANGE_A, "a.txt has staged changes"),
    (_make_executable, CHANGE_A, "a.txt has uncommitted edits"),
    (_make_a_link, CHANGE_A, "a.txt has uncommitted edits"),
    (_hide_an_edit, CHANGE_A, "a.txt has uncommitted edits"),
    (_hide_an_edit, (gone("a.txt"),), "a.txt has uncommitted edits"),
    (_keep_a_local_version, CHANGE_A, "a.txt has uncommitted edits"),
    (_untracked, NEW, "new.txt is an untracked file in the way"),
    (_the_same_untracked, NEW, "new.txt is an untracked file in the way"),
    (_ignored, (file("new.log", "agent\n"),), "new.log is an ignored file in the way"),
    (_ignored_directory, (file("build/out.txt", "agent\n"),), "build/out.txt is an ignored file in the way"),
    (_ignored_directory, (file("build", "agent\n"),), "build/out.txt is an ignored file in the way"),
    (_untracked_file_where_a_directory_comes, IN_PKG, "pkg is an untracked file in the way"),
    (_link_where_a_directory_comes, IN_PKG, "pkg is an untracked file in the way"),
    (_nested_repository, IN_PKG, "pkg/mod.py is inside another repository"),
    (_intent_to_add, NEW, "new.txt has staged changes"),
    (_staged_new_file, NEW, "new.txt has staged changes"),
    (_untracked_in_the_directory, D_BECOMES_A_FILE, "d/mine.txt is an untracked file in the way"),
    (_ignored_in_the_directory, D_BECOMES_A_FILE, "d/deep/mine.log is an ignored file in the way"),
    (_empty_directory_in_it, D_BECOMES_A_FILE, "d/empty/ is an untracked file in the way"),
    (_staged_in_the_directory, D_BECOMES_A_FILE, "d/mine.txt has staged changes"),
    (_directory_instead_of_the_file, PLAIN_BECOMES_A_DIRECTORY, "plain has uncommitted edits"),
    (_parent_replaced_by_a_link, (file("sub/c.txt", "agent\n"),), "sub/c.txt has uncommitted edits"),
    (_parent_replaced_by_a_link, (file("sub/new.txt", "agent\n"),), "sub is an untracked file in the way"),
]


@pytest.mark.parametrize(("user", "work", "said"), OVERLAPS, ids=[f"{n}-{one[2]}" for n, one in enumerate(OVERLAPS)])
def test_the_users_files_in_the_way_are_named_and_not_touched(
    scene: Scene, user: Callable[[Scene], None], work: tuple[Change, ...], said: str
) -> None:
    scene.make(TREE)
    scene.start()
    # Something free, too: the whole promotion is refused, not the one file.
    scene.work_off(*work, file("free.txt", "agent\n"))
    user(scene)
    before = scene.everything()

    plan = scene.preview()
    assert [item.text for item in plan.obstacles] == [said]
    with pytest.raises(ConflictError) as refused:
        scene.promote()

    assert refused.value.problems == (said,)
    assert scene.everything() == before
    assert scene.journal.records == []


@pytest.mark.parametrize(("user", "work", "said"), OVERLAPS, ids=[f"{n}-{one[2]}" for n, one in enumerate(OVERLAPS)])
def test_what_appears_after_the_preview_is_found_under_the_locks(
    scene: Scene, user: Callable[[Scene], None], work: tuple[Change, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*work, file("free.txt", "agent\n"))
    stage, after = transaction.stage, list[object]()

    def act_in_between(*args: Any) -> Staging:
        # The first look was clean; the user acts just before the locks are taken (later their git could not).
        user(scene)
        after.append(scene.everything())
        return stage(*args)

    monkeypatch.setattr(transaction, "stage", act_in_between)
    with pytest.raises(ConflictError) as refused:
        scene.promote()
    assert refused.value.problems == (said,)
    assert [scene.everything()] == after
    assert [record.state for record in scene.journal.records] == ["aborted"]


CONFLICTS: list[tuple[dict[str, str | None], tuple[Change, ...], list[str]]] = [
    ({"a.txt": "user\n"}, CHANGE_A, ["a.txt (contents)"]),
    ({"a.txt": None}, CHANGE_A, ["a.txt (modify/delete)"]),
    ({"a.txt": "user\n"}, (gone("a.txt"),), ["a.txt (modify/delete)"]),
    ({"new.txt": "user\n"}, NEW, ["new.txt (contents)"]),
    (
        {"a.txt": "user\n", "plain": "user\n"},
        (*CHANGE_A, file("plain", "agent\n")),
        ["a.txt (contents)", "plain (contents)"],
    ),
]


@pytest.mark.parametrize(
    ("user", "work", "said"), CONFLICTS, ids=[one[2][0] + str(n) for n, one in enumerate(CONFLICTS)]
)
def test_a_conflict_names_the_files_and_changes_nothing(
    scene: Scene, user: dict[str, str | None], work: tuple[Change, ...], said: list[str]
) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*work)
    for name, content in user.items():
        if content is None:
            (scene.work / name).unlink()
        else:
            scene.write({name: content})
    scene.commit()
    before = scene.everything()

    plan = scene.preview()
    assert plan.merged_tree is None
    assert plan.drift.level == "high"
    with pytest.raises(ConflictError) as refused:
        scene.promote()

    assert list(refused.value.problems) == said
    assert scene.everything() == before


def test_a_directory_against_a_file_is_a_conflict_too(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(file("pkg/mod.py", "agent\n"))
    scene.write({"pkg": "user\n"})
    scene.commit()
    before = scene.everything()
    with pytest.raises(ConflictError) as refused:
        scene.promote()
    assert "pkg" in str(refused.value)
    assert scene.everything() == before


def test_a_commit_between_preview_and_promotion_is_refused(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    plan = scene.preview()
    scene.write({"later.txt": "user\n"})
    scene.commit()
    before = scene.everything()
    with pytest.raises(ConflictError, match="moved in the meantime"):
        scene.promote(approved=plan)
    assert scene.everything() == before
    # Looked at again, it goes through, on top of the user's commit.
    promoted = scene.promote(approved=scene.preview())
    assert scene.git("show", f"{promoted.merge_commit}:later.txt") == "user"


def test_a_commit_while_the_check_runs_is_refused(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    seen: list[object] = []

    def check(tree: str) -> None:
        scene.write({"later.txt": "user\n"})
        scene.commit()
        seen.append(scene.everything())

    with pytest.raises(ConflictError, match="moved in the meantime"):
        scene.promote(check=check)
    assert [scene.everything()] == seen
    assert [record.state for record in scene.journal.records] == ["aborted"]


def test_work_accepted_after_the_preview_is_not_what_was_approved(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    plan = scene.preview()
    scene.work_off(file("sneaked-in.txt", "agent\n"))
    before = scene.everything()
    with pytest.raises(ConflictError, match="not the one that was approved"):
        scene.promote(approved=plan)
    assert scene.everything() == before


def test_git_at_work_is_left_alone(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    (scene.git_dir / "index.lock").write_text("")
    before = scene.everything()
    with pytest.raises(Busy, match=r"index\.lock"):
        scene.promote()
    assert scene.everything() == before


@pytest.mark.parametrize("name", ["HEAD.lock", "refs/heads/main.lock"])
def test_a_locked_reference_is_left_alone(scene: Scene, name: str) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    scene.git("config", "core.filesRefLockTimeout", "0")
    (scene.git_dir / name).write_text("")
    before = scene.everything()
    with pytest.raises(Busy, match="holds a reference"):
        scene.promote()
    assert scene.everything() == before


def test_a_tag_in_the_way_of_our_tags_is_refused(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    scene.git("tag", "orion-pre-promote")
    before = scene.everything()
    with pytest.raises(ConflictError, match="in the way"):
        scene.promote()
    assert scene.everything() == before


def test_two_promotions_at_once_take_turns(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)

    def check(tree: str) -> None:
        scene.promote()

    before = scene.everything()
    with pytest.raises(Busy, match="another promotion"):
        scene.promote(check=check)
    assert scene.everything() == before


def _detached(scene: Scene) -> None:
    scene.git("switch", "-q", "--detach")


def _branch_gone(scene: Scene) -> None:
    scene.git("switch", "-q", "-c", "other")
    scene.git("branch", "-q", "-D", "main")


def _elsewhere(scene: Scene) -> None:
    scene.git("switch", "-q", "-c", "other")
    scene.git("worktree", "add", "-q", str(scene.tmp / "elsewhere"), "main")


def _merging(scene: Scene) -> None:
    scene.git("switch", "-q", "-c", "other")
    scene.write({"sub/c.txt": "other\n"})
    scene.commit()
    scene.git("switch", "-q", "main")
    scene.write({"sub/c.txt": "main\n"})
    scene.commit()
    scene.git("merge", "other", check=False)


def _rebasing(scene: Scene) -> None:
    scene.git("switch", "-q", "-c", "other")
    scene.write({"sub/c.txt": "other\n"})
    scene.commit()
    scene.git("switch", "-q", "main")
    scene.write({"sub/c.txt": "main\n"})
    scene.commit()
    scene.git("rebase", "other", check=False)


def _rebasing_elsewhere(scene: Scene) -> None:
    _elsewhere(scene)
    there = scene.tmp / "elsewhere"
    scene.write({"sub/c.txt": "other\n"})
    scene.commit()
    (there / "sub/c.txt").write_text("main\n")
    git(there, "commit", "-q", "-a", "-m", "main")
    git(there, "rebase", "other", check=False)


def _bisecting_elsewhere(scene: Scene) -> None:
    _elsewhere(scene)
    there = scene.tmp / "elsewhere"
    for message in ("1", "2", "3"):
        git(there, "commit", "-q", "--allow-empty", "-m", message)
    git(there, "bisect", "start", "-q", "main", scene.base)


def _alias(scene: Scene) -> None:
    scene.git("branch", "-q", "real")
    scene.git("switch", "-q", "real")
    scene.git("symbolic-ref", "refs/heads/main", "refs/heads/real")


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (_detached, "HEAD is detached"),
        (_branch_gone, "there is no branch main any more"),
        (_elsewhere, "checked out in another work tree"),
        (_merging, "a merge is in progress"),
        (_rebasing, "a rebase is in progress"),
        (_rebasing_elsewhere, "a rebase of branch main is in progress"),
        (_bisecting_elsewhere, "a bisection of branch main is in progress"),
        (_alias, "main is an alias of another branch"),
    ],
)
def test_a_branch_that_may_not_move_now(scene: Scene, user: Callable[[Scene], None], said: str) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    user(scene)
    before = scene.everything()
    with pytest.raises(WorkspaceError) as refused:
        scene.promote()
    assert said in str(refused.value)
    assert refused.value.hint
    assert scene.everything() == before


def test_who_has_no_branch_checked_out_is_told_how_to_name_one(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    _detached(scene)
    with pytest.raises(WorkspaceError) as refused:
        scene.promote()
    assert "orion promote --onto BRANCH" in refused.value.hint


def test_a_branch_that_was_named_and_never_was_is_not_gone(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    with pytest.raises(WorkspaceError) as refused:
        scene.promote(target="mian")
    assert refused.value.message == "there is no branch mian"


def test_a_detached_head_is_no_matter_when_the_branch_is_named(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    _detached(scene)
    head = scene.git("rev-parse", "HEAD")
    promoted = scene.promote(target="main")
    assert scene.git("rev-parse", "main") == promoted.merge_commit
    assert scene.git("rev-parse", "HEAD") == head
    assert scene.git("status", "--porcelain") == ""


@pytest.mark.parametrize("name", ["-x", "a..b", "refs/heads/", "x.lock", "sp ace", "new\nline", "a@{1}"])
def test_a_name_that_is_no_branch_is_refused(scene: Scene, name: str) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    before = scene.everything()
    with pytest.raises(OrionError):
        scene.promote(target=name)
    assert scene.everything() == before


def test_a_signature_that_cannot_be_made_stops_before_anything_moves(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    gpg = scene.tmp / "gpg"
    gpg.write_text("#!/bin/sh\necho 'gpg: signing failed: Inappropriate ioctl for device' >&2\nexit 2\n")
    gpg.chmod(0o755)
    scene.git("config", "commit.gpgSign", "true")
    scene.git("config", "gpg.program", str(gpg))
    before = scene.everything()
    assert scene.preview().signed is True
    with pytest.raises(WorkspaceError, match="could not be signed") as refused:
        scene.promote()
    assert "failed to sign" in str(refused.value)
    assert "unlock your key" in refused.value.hint
    assert scene.everything() == before
    assert scene.journal.records == []


def test_commits_are_signed_as_the_configuration_says(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*CHANGE_A)
    key = scene.tmp / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    allowed = scene.tmp / "allowed"
    allowed.write_text(f"ada@example.org {Path(f'{key}.pub').read_text()}")
    for name, value in (
        ("commit.gpgSign", "true"),
        ("gpg.format", "ssh"),
        ("user.signingKey", str(key)),
        ("gpg.ssh.allowedSignersFile", str(allowed)),
    ):
        scene.git("config", name, value)
    promoted = scene.promote()
    undone = scene.undo(promoted)
    for commit in (promoted.merge_commit, promoted.squash_commit, undone.revert_commit):
        assert scene.git("log", "-1", "--format=%G?", commit) == "G"
