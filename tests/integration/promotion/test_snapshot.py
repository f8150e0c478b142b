"""Work that started from uncommitted changes: those stay the user's, and may be committed first as their own."""

import pytest

from orion_tui.base.errors import ConflictError
from orion_tui.core.repo.commit_first import UncommittedSnapshot, commit_first
from orion_tui.core.repo.preview import Preview
from tests.support.promotion import Scene, contents, file, gone, status

pytestmark = pytest.mark.unit

LINES = "".join(f"{n}\n" for n in range(20))


def _start(scene: Scene) -> None:
    """Base: a, b, gone. Uncommitted then: a edited, gone deleted, new untracked, staged added."""
    scene.make({"a.txt": LINES, "b.txt": "b\n", "gone.txt": "gone\n"})
    scene.write({"a.txt": LINES + "mine\n", "new.txt": "new\n", "staged.txt": "staged\n"})
    scene.git("add", "staged.txt")
    (scene.work / "gone.txt").unlink()
    scene.start(snapshot=True)


def _commit(scene: Scene, plan: Preview) -> str:
    assert plan.offer is not None
    return commit_first(
        scene.repo, scene.work, plan.offer, "My own work", scene.journal, branch="main", locks=scene.home.run
    )


def test_work_beside_the_uncommitted_changes_leaves_them_uncommitted(scene: Scene) -> None:
    _start(scene)
    scene.work_off(file("b.txt", "agent\n"), file("agent.txt", "agent\n"))
    before, seen = contents(scene.work), status(scene.work)

    promoted = scene.promote()

    assert status(scene.work) == seen
    assert contents(scene.work) == {
        **before,
        "b.txt": ("file", False, b"agent\n"),
        "agent.txt": ("file", False, b"agent\n"),
    }
    for commit in (promoted.merge_commit, promoted.squash_commit):
        assert scene.git("ls-tree", "-r", "--name-only", commit).split() == ["a.txt", "agent.txt", "b.txt", "gone.txt"]
        assert scene.git("show", f"{commit}:a.txt") == LINES.rstrip("\n")
    assert scene.git("log", "-1", "--format=%P", promoted.squash_commit) == scene.base


def test_work_on_the_uncommitted_changes_offers_to_commit_them_first(scene: Scene) -> None:
    _start(scene)
    scene.work_off(
        file("a.txt", "agent\n" + LINES + "mine\n"), file("new.txt", "new\nagent\n"), file("agent.txt", "x\n")
    )
    before = scene.everything()

    plan = scene.preview()
    with pytest.raises(UncommittedSnapshot) as refused:
        scene.promote()

    assert refused.value.offer.paths == ("a.txt", "new.txt")
    assert refused.value.problems == ("a.txt", "new.txt")
    assert isinstance(refused.value, ConflictError)
    assert plan.offer == refused.value.offer
    assert scene.everything() == before


def test_committed_first_they_are_the_users_and_the_work_goes_through(scene: Scene) -> None:
    _start(scene)
    scene.work_off(file("a.txt", "agent\n" + LINES + "mine\n"), file("new.txt", "new\nagent\n"))
    before = contents(scene.work)

    commit = _commit(scene, scene.preview())

    assert scene.tip == commit
    assert contents(scene.work) == before
    assert scene.git("log", "-1", "--format=%s|%an|%(trailers)") == "My own work|Ada Lovelace|"
    assert scene.git("diff-tree", "--no-commit-id", "--name-only", "-r", "HEAD").split() == ["a.txt", "new.txt"]
    # What else was uncommitted still is, staged as it was.
    assert status(scene.work) == " D gone.txt\0A  staged.txt\0"

    scene.promote()
    assert (scene.work / "a.txt").read_text() == "agent\n" + LINES + "mine\n"
    assert (scene.work / "new.txt").read_text() == "new\nagent\n"
    assert status(scene.work) == " D gone.txt\0A  staged.txt\0"
    assert scene.git("log", "-1", "--format=%s", "HEAD^1") == "My own work"


def test_the_user_may_commit_everything_themselves(scene: Scene) -> None:
    _start(scene)
    scene.work_off(file("a.txt", "agent\n" + LINES + "mine\n"), file("staged.txt", "staged, changed\n"))
    scene.commit("all of it")
    scene.promote()
    assert scene.git("status", "--porcelain") == ""
    assert (scene.work / "staged.txt").read_text() == "staged, changed\n"
    assert not (scene.work / "gone.txt").exists()


def test_a_deletion_of_theirs_is_committed_first_too(scene: Scene) -> None:
    _start(scene)
    scene.work_off(file("gone.txt", "brought back by the agent\n"))
    plan = scene.preview()
    assert plan.offer is not None
    assert plan.offer.paths == ("gone.txt",)
    _commit(scene, plan)
    assert not (scene.work / "gone.txt").exists()
    scene.promote()
    assert (scene.work / "gone.txt").read_text() == "brought back by the agent\n"


def test_nothing_is_offered_once_they_were_edited_again(scene: Scene) -> None:
    _start(scene)
    scene.work_off(file("a.txt", "agent\n" + LINES + "mine\n"))
    scene.write({"a.txt": LINES + "mine, later\n"})
    before = scene.everything()
    assert scene.preview().offer is None
    with pytest.raises(ConflictError) as refused:
        scene.promote()
    assert not isinstance(refused.value, UncommittedSnapshot)
    assert scene.everything() == before


def test_nothing_is_offered_for_files_that_were_clean_then(scene: Scene) -> None:
    _start(scene)
    scene.work_off(file("a.txt", "agent\n" + LINES + "mine\n"), file("b.txt", "agent\n"))
    scene.write({"b.txt": "edited since\n"})
    assert scene.preview().offer is None


def test_nothing_is_offered_for_another_version_in_the_index(scene: Scene) -> None:
    _start(scene)
    scene.work_off(file("staged.txt", "agent\n"))
    scene.write({"staged.txt": "other\n"})
    scene.git("add", "staged.txt")
    scene.write({"staged.txt": "staged\n"})
    assert scene.preview().offer is None


def test_an_offer_that_no_longer_holds_is_refused(scene: Scene) -> None:
    _start(scene)
    scene.work_off(file("a.txt", "agent\n" + LINES + "mine\n"))
    plan = scene.preview()
    scene.write({"a.txt": "edited while the question stood\n"})
    before = scene.everything()
    with pytest.raises(ConflictError, match="not what was offered"):
        _commit(scene, plan)
    assert scene.everything() == before


def test_a_snapshot_without_any_change_is_the_base_itself(scene: Scene) -> None:
    scene.make({"a.txt": "a\n"})
    scene.start(snapshot=True)
    scene.work_off(file("a.txt", "A\n"), gone("nothing"))
    promoted = scene.promote()
    assert scene.git("log", "-1", "--format=%P", promoted.squash_commit) == scene.base
