"""Undo: a revert commit that keeps what came later, or a refusal that names why not; and promoting again after it."""

import pytest

from orion_tui.base.errors import ConflictError, StateError
from tests.support.promotion import GOAL, ID, Scene, contents, file, gone

pytestmark = pytest.mark.unit

LINES = [f"{n}\n" for n in range(20)]
TREE: dict[str, str | bytes] = {"a.txt": "".join(LINES), "b.txt": "b\n", "c.txt": "c\n"}


def _promoted(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(file("a.txt", "".join(["agent\n", *LINES[1:]])), file("new/n.txt", "n\n"), gone("b.txt"))


def test_an_undo_is_one_commit_that_says_what_it_reverts(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    undone = scene.undo(promoted)
    assert scene.tip == undone.revert_commit
    assert scene.git("log", "-1", "--format=%P") == promoted.merge_commit
    assert scene.git("log", "-1", "--format=%s") == f'Revert "orion(ara): {GOAL}"'
    assert f"This reverts commit {promoted.merge_commit}" in scene.git("log", "-1", "--format=%b")
    assert f"Orion-Session: {ID}" in scene.git("log", "-1", "--format=%(trailers)")
    assert scene.git("log", "-1", "--format=%an <%ae>") == "Ada Lovelace <ada@example.org>"
    assert contents(scene.work) == {name: ("file", False, str(content).encode()) for name, content in TREE.items()}
    assert not (scene.work / "new").exists()
    assert scene.git("reflog", "-1", "--format=%gs") == f"orion undo {ID}"


def test_later_commits_stay(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    text = (scene.work / "a.txt").read_text()
    scene.write({"a.txt": text.replace("19\n", "user\n"), "later.txt": "later\n", "new/mine.txt": "mine\n"})
    later = scene.commit("later")

    scene.undo(promoted)

    assert (scene.work / "a.txt").read_text() == "".join([*LINES[:-1], "user\n"])
    assert (scene.work / "later.txt").read_text() == "later\n"
    assert (scene.work / "new/mine.txt").read_text() == "mine\n"
    assert not (scene.work / "new/n.txt").exists()
    assert (scene.work / "b.txt").read_text() == "b\n"
    assert later in scene.git("rev-list", "HEAD").split()


def test_an_undo_works_after_garbage_collection(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    scene.write({"later.txt": "later\n"})
    scene.commit("later")
    scene.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    scene.git("gc", "-q", "--prune=now", "--aggressive")
    scene.undo(promoted)
    assert (scene.work / "b.txt").read_text() == "b\n"
    assert (scene.work / "later.txt").exists()
    scene.git("fsck", "--strict")


def test_what_was_promoted_survives_garbage_collection_even_off_the_branch(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    scene.git("reset", "-q", "--hard", "HEAD~1")
    scene.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    scene.git("gc", "-q", "--prune=now")
    # The tag keeps it.
    assert scene.git("rev-parse", f"orion-post-promote/{ID}^{{commit}}") == promoted.merge_commit
    before = scene.everything()
    with pytest.raises(StateError, match="does not contain the promotion"):
        scene.undo(promoted)
    assert scene.everything() == before


def test_a_second_undo_is_refused(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    scene.undo(promoted)
    scene.write({"later.txt": "later\n"})
    scene.commit()
    before = scene.everything()
    with pytest.raises(StateError, match="undone already"):
        scene.undo(promoted)
    assert scene.everything() == before


def test_changes_on_top_of_the_same_lines_are_a_conflict(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    scene.write({"a.txt": "".join(["agent, and then me\n", *LINES[1:]]), "new/n.txt": "mine now\n"})
    scene.commit()
    before = scene.everything()
    with pytest.raises(ConflictError) as refused:
        scene.undo(promoted)
    assert refused.value.problems == ("a.txt (contents)", "new/n.txt (modify/delete)")
    assert scene.everything() == before


def test_uncommitted_work_on_the_same_files_is_named_and_kept(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    scene.write({"a.txt": "mine\n", "b.txt": "back by hand, untracked\n"})
    before = scene.everything()
    with pytest.raises(ConflictError) as refused:
        scene.undo(promoted)
    assert refused.value.problems == ("a.txt has uncommitted edits", "b.txt is an untracked file in the way")
    assert scene.everything() == before


def test_an_untracked_file_beside_promoted_ones_keeps_its_directory(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    scene.write({"new/mine.txt": "mine\n"})
    scene.undo(promoted)
    assert sorted(path.name for path in (scene.work / "new").iterdir()) == ["mine.txt"]


def test_undo_of_another_branch_touches_no_file(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    scene.git("switch", "-q", "-c", "other")
    scene.write({"a.txt": "dirty\n"})
    before = contents(scene.work)
    undone = scene.undo(promoted)
    assert scene.git("rev-parse", "main") == undone.revert_commit
    assert contents(scene.work) == before
    assert scene.git("rev-parse", "main^{tree}") == scene.git("rev-parse", f"{scene.base}^{{tree}}")


def test_promoting_again_brings_the_work_back_whole(scene: Scene) -> None:
    _promoted(scene)
    promoted = scene.promote()
    whole = contents(scene.work)
    scene.undo(promoted)
    scene.write({"later.txt": "later\n"})
    scene.commit()

    again = scene.promote()

    assert contents(scene.work) == {**whole, "later.txt": ("file", False, b"later\n")}
    assert again.tags == (f"orion-pre-promote/{ID}.2", f"orion-post-promote/{ID}.2")
    # The first tags stay where they were.
    assert scene.git("rev-parse", f"{promoted.tags[1]}^{{commit}}") == promoted.merge_commit
    # Positive control: git's own merge of the same squashed commit would say that it is merged already.
    scene.undo(again)
    assert "Already up to date" in scene.git("merge", promoted.squash_commit)
    third = scene.promote()
    assert third.tags[0].endswith(".3")
    assert contents(scene.work) == {**whole, "later.txt": ("file", False, b"later\n")}


def test_only_the_latest_promotion_can_be_undone_once_it_was_repeated(scene: Scene) -> None:
    _promoted(scene)
    first = scene.promote()
    scene.undo(first)
    second = scene.promote()
    scene.undo(second)
    before = scene.everything()
    for promoted in (first, second):
        with pytest.raises(StateError):
            scene.undo(promoted)
    assert scene.everything() == before


def test_two_sessions_are_undone_one_without_the_other(scene: Scene) -> None:
    _promoted(scene)
    first = scene.promote()
    # Another session's promotion on top, as git sees it: another merge.
    scene.git("switch", "-q", "-c", "topic", scene.base)
    scene.write({"c.txt": "other session\n"})
    scene.commit("other work")
    scene.git("switch", "-q", "main")
    scene.git("merge", "-q", "--no-ff", "-m", "other session", "topic")
    scene.undo(first)
    assert (scene.work / "c.txt").read_text() == "other session\n"
    assert (scene.work / "b.txt").exists()
