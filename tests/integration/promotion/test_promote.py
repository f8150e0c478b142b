"""Promotion of one session: what the user's repository is like afterwards."""

import attrs
import pytest

from orion_tui.base.errors import ConflictError, PolicyError, StateError, WorkspaceError
from orion_tui.core.repo.journal import MoveState
from tests.support.promotion import GOAL, ID, Scene, commit_all, contents, file, git, gone, write

pytestmark = pytest.mark.unit


def test_a_promotion_is_one_merge_of_one_squashed_commit(scene: Scene) -> None:
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "rejected attempt\n"))
    scene.work_off(file("a.txt", "ONE\n"), file("new/d.txt", "four\n"), gone("b.txt"))

    promoted = scene.promote(model="demo")

    assert scene.tip == promoted.merge_commit
    parents = scene.git("log", "-1", "--format=%P").split()
    assert parents == [scene.base, promoted.squash_commit]
    assert scene.git("log", "-1", "--format=%P", promoted.squash_commit) == scene.base
    assert scene.git("rev-parse", f"{promoted.squash_commit}^{{tree}}") == scene.request().accepted_tree
    assert scene.git("log", "-1", "--format=%s|%an <%ae>|%cn <%ce>") == (
        f"orion(ara): {GOAL}|Ada Lovelace <ada@example.org>|Ada Lovelace <ada@example.org>"
    )
    trailers = scene.git("log", "-1", "--format=%(trailers)").strip().splitlines()
    assert trailers == [f"Orion-Session: {ID}", "Orion-Role: software-engineer", "Orion-Model: demo"]
    assert scene.git("status", "--porcelain") == ""
    assert (scene.work / "a.txt").read_text() == "ONE\n"
    assert (scene.work / "new/d.txt").read_text() == "four\n"
    assert not (scene.work / "b.txt").exists()
    assert [record.state for record in scene.journal.records] == [MoveState.COMMITTED]


def test_nothing_but_accepted_objects_enters_the_repository(scene: Scene) -> None:
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "rejected attempt\n"), file("rejected.txt", "never\n"))
    scene.work_off(file("a.txt", "ONE\n"), gone("rejected.txt"))
    before = set(scene.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split())
    scene.promote()
    after = set(scene.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)").splitlines())
    new = sorted(line.split()[0] for line in after if line.split()[1] not in before)
    # One blob, its one tree, the squashed and the merge commit, both tags.
    assert new == ["blob", "commit", "commit", "tag", "tag", "tree"]


def test_annotated_tags_stand_before_and_after(scene: Scene) -> None:
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"))
    promoted = scene.promote()

    assert promoted.tags == (f"orion-pre-promote/{ID}", f"orion-post-promote/{ID}")
    for name, commit in zip(promoted.tags, (scene.base, promoted.merge_commit), strict=True):
        assert scene.git("cat-file", "-t", f"refs/tags/{name}") == "tag"
        assert scene.git("rev-parse", f"{name}^{{commit}}") == commit
    assert scene.git("reflog", "-1", "--format=%gs", "main") == f"orion promote {ID}"
    assert scene.git("reflog", "-1", "--format=%gs", "HEAD") == f"orion promote {ID}"


def test_later_commits_of_the_user_are_merged_with(scene: Scene) -> None:
    scene.make({"a.txt": "".join(f"{n}\n" for n in range(20)), "b.txt": "b\n"})
    scene.start()
    scene.work_off(file("a.txt", "agent\n" + "".join(f"{n}\n" for n in range(1, 20))))
    scene.write({"a.txt": "".join(f"{n}\n" for n in range(19)) + "user\n", "c.txt": "c\n"})
    tip = scene.commit()

    plan = scene.preview()
    promoted = scene.promote(approved=plan)

    assert plan.drift.level == "high"
    assert scene.git("log", "-1", "--format=%P").split() == [tip, promoted.squash_commit]
    assert (scene.work / "a.txt").read_text() == "agent\n" + "".join(f"{n}\n" for n in range(1, 19)) + "user\n"
    assert (scene.work / "c.txt").read_text() == "c\n"
    # The squashed commit holds what was accepted, not what the user did since.
    assert scene.git("show", f"{promoted.squash_commit}:a.txt").endswith("18\n19")


def test_another_branch_than_the_one_checked_out_moves_without_touching_any_file(scene: Scene) -> None:
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"))
    scene.git("switch", "-q", "-c", "feature/x")
    scene.write({"a.txt": "mine, uncommitted\n", "new.txt": "untracked\n"})
    before, head = contents(scene.work), scene.git("rev-parse", "HEAD")
    index = (scene.git_dir / "index").read_bytes()

    promoted = scene.promote()

    assert promoted.target_ref == "refs/heads/main"
    assert scene.git("rev-parse", "main") == promoted.merge_commit
    assert scene.git("show", "main:a.txt") == "ONE"
    assert contents(scene.work) == before
    assert (scene.git_dir / "index").read_bytes() == index
    assert scene.git("rev-parse", "HEAD") == head


def test_a_named_branch_gains_nothing_of_the_branch_that_the_work_started_on(scene: Scene) -> None:
    scene.make()
    scene.git("branch", "release/1.0")
    scene.write({"only-on-main.txt": "x\n"})
    scene.commit()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"))

    promoted = scene.promote(target="release/1.0")

    assert promoted.target_ref == "refs/heads/release/1.0"
    assert scene.git("ls-tree", "--name-only", "-r", "release/1.0").split() == ["a.txt", "b.txt", "sub/c.txt"]
    # History must not say that main's commit is merged, or a later merge of main would lose it.
    assert scene.git("merge-base", "--is-ancestor", scene.base, "release/1.0", check=False) == ""
    assert scene.base not in scene.git("rev-list", "release/1.0").split()
    scene.git("switch", "-q", "release/1.0")
    scene.git("merge", "-q", "--no-edit", "main")
    assert (scene.work / "only-on-main.txt").exists()
    assert (scene.work / "a.txt").read_text() == "ONE\n"


def test_a_rewritten_base_still_takes_the_work(scene: Scene) -> None:
    scene.make()
    scene.write({"d.txt": "d\n"})
    scene.commit()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"))
    scene.write({"d.txt": "amended\n"})
    scene.git("commit", "-q", "-a", "--amend", "-m", "amended")
    scene.git("reflog", "expire", "--expire=now", "--all")
    scene.git("gc", "-q", "--prune=now")
    assert scene.git("cat-file", "-t", scene.base, check=False) == ""

    scene.promote()

    assert scene.base not in scene.git("rev-list", "HEAD").split()
    assert (scene.work / "a.txt").read_text() == "ONE\n"
    assert (scene.work / "d.txt").read_text() == "amended\n"
    scene.git("fsck", "--strict")


def test_the_check_sees_the_merged_tree_before_anything_is_written(scene: Scene) -> None:
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"))
    scene.write({"b.txt": "user\n"})
    scene.commit()
    before = scene.everything()
    seen: list[str] = []

    def check(tree: str) -> None:
        seen.append(scene.repo.git.text("cat-file", "blob", f"{tree}:a.txt"))
        seen.append(scene.repo.git.text("cat-file", "blob", f"{tree}:b.txt"))
        assert scene.everything() == before
        raise PolicyError("the tests of the role do not pass")

    with pytest.raises(PolicyError):
        scene.promote(check=check)
    assert seen == ["ONE", "user"]
    assert scene.everything() == before
    assert scene.journal.records == []


def test_a_preview_writes_nothing(scene: Scene) -> None:
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"), file("n.txt", "new\n"))
    scene.write({"b.txt": "edited\n"})
    before = scene.everything()
    objects = scene.git("count-objects", "-v")

    plan = scene.preview()

    assert scene.everything() == before
    assert scene.git("count-objects", "-v") == objects
    assert [(change.path, change.status) for change in plan.changes] == [("a.txt", "M"), ("n.txt", "A")]
    assert plan.author == "Ada Lovelace <ada@example.org>"
    assert plan.signed is False
    assert plan.refusals == ()
    assert {path for path, _ in plan.entering} == {"a.txt", "n.txt"}


def test_what_was_not_accepted_is_not_named_as_entering(scene: Scene) -> None:
    scene.make({"a.txt": "".join(f"{n}\n" for n in range(20))})
    scene.start()
    scene.work_off(file("a.txt", "agent\n" + "".join(f"{n}\n" for n in range(1, 20))))
    scene.write({"a.txt": "".join(f"{n}\n" for n in range(19)) + "user\n"})
    scene.commit()
    entering = scene.preview().entering
    # The merged version, and the squashed commit's own: a scan has to read both.
    texts = sorted(scene.repo.git.text("cat-file", "blob", entry.oid) for path, entry in entering if path == "a.txt")
    assert [text.splitlines()[-1] for text in texts] == ["19", "user"]


def test_the_message_is_one_line_and_the_whole_goal(scene: Scene) -> None:
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"))
    request = attrs.evolve(scene.request(), goal="Fix it\x1b[31m\n\nOrion-Session: forged\nmore", role="a\nb")
    scene.promote(goal=request.goal, role=request.role)
    assert scene.git("log", "-1", "--format=%s") == "orion(ara): Fix it"
    assert scene.git("log", "-1", "--format=%(trailers)").strip().splitlines() == [
        f"Orion-Session: {ID}",
        "Orion-Role: a b",
    ]
    assert "forged" in scene.git("log", "-1", "--format=%b")
    assert "\x1b" not in scene.git("log", "-1", "--format=%B")


def test_nothing_accepted_is_refused(scene: Scene) -> None:
    scene.make()
    scene.start()
    before = scene.everything()
    with pytest.raises(StateError, match="nothing was accepted"):
        scene.promote()
    assert scene.everything() == before


def test_work_that_the_branch_has_already_is_refused(scene: Scene) -> None:
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"))
    scene.promote()
    before = scene.everything()
    with pytest.raises(StateError, match="has all of this work already"):
        scene.promote()
    assert scene.everything() == before


def test_a_user_without_a_name_is_told_what_to_set(scene: Scene) -> None:
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"))
    scene.git("config", "user.useConfigOnly", "true")
    scene.git("config", "user.name", "")
    scene.git("config", "user.email", "")
    before = scene.everything()
    with pytest.raises(WorkspaceError, match="does not know who you are") as refused:
        scene.promote()
    assert "git config --global user.name" in refused.value.hint
    assert scene.everything() == before


def test_every_reason_is_listed_not_the_first(scene: Scene) -> None:
    scene.make({"a.txt": "one\n", "b.txt": "two\n", "c.txt": "three\n"})
    scene.start()
    scene.work_off(file("a.txt", "agent\n"), file("b.txt", "agent\n"), file("new.txt", "agent\n"))
    scene.write({"b.txt": "edited\n", "new.txt": "untracked\n"})
    (scene.git_dir / "index.lock").touch()
    scene.git("config", "user.useConfigOnly", "true")
    scene.git("config", "user.name", "")
    with pytest.raises((ConflictError, WorkspaceError)) as refused:
        scene.promote()
    said = str(refused.value)
    for part in ("index.lock", "who you are", "b.txt has uncommitted edits", "new.txt is an untracked file"):
        assert part in said


def test_a_sha256_repository_works_the_same(scene: Scene) -> None:
    scene.make(None, "--object-format=sha256")
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"), gone("b.txt"), file("n/m.txt", "m\n"))
    scene.write({"sub/c.txt": "mine\n"})
    promoted = scene.promote()
    assert len(promoted.merge_commit) == 64
    scene.undo(promoted)
    assert contents(scene.work) == {
        "a.txt": ("file", False, b"one\n"),
        "b.txt": ("file", False, b"two\n"),
        "sub/c.txt": ("file", False, b"mine\n"),
    }
    assert scene.git("status", "--porcelain") == " M sub/c.txt"


def test_a_large_tree_transfers_only_what_is_new(scene: Scene) -> None:
    scene.make({f"d{n // 50}/f{n}.txt": f"{n}\n" for n in range(1500)})
    scene.start()
    scene.work_off(file("d3/f150.txt", "changed\n"))
    before = int(scene.git("count-objects", "-v").splitlines()[0].split()[1])
    scene.promote()
    lines = dict(line.split(": ") for line in scene.git("count-objects", "-v").splitlines())
    # blob, subtree, root in a pack; two commits and two tags loose.
    assert int(lines["in-pack"]) == 3
    assert int(lines["count"]) - before == 4


def test_a_linked_work_tree_promotes_its_own_branch(scene: Scene) -> None:
    scene.make()
    main, linked = scene.work, scene.tmp / "linked"
    git(main, "worktree", "add", "-q", "-b", "side", str(linked))
    write(main, {"a.txt": "main is dirty\n"})
    before = contents(main)
    scene.work, scene.branch = linked, "side"
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"), file("n.txt", "n\n"))
    promoted = scene.promote()
    assert git(linked, "rev-parse", "HEAD") == promoted.merge_commit
    assert git(linked, "status", "--porcelain") == ""
    assert contents(main) == before
    assert git(main, "status", "--porcelain") == " M a.txt"
    scene.undo(promoted)
    assert (linked / "a.txt").read_text() == "one\n"
    assert git(linked, "status", "--porcelain") == ""


def test_work_inside_a_submodule_is_work_in_its_own_repository(scene: Scene) -> None:
    inner = scene.tmp / "inner"
    inner.mkdir()
    git(inner, "init", "-q", "-b", "main")
    write(inner, {"lib.txt": "lib\n", "other.txt": "o\n"})
    commit_all(inner, "lib")
    scene.make()
    scene.git("submodule", "add", "-q", str(inner), "lib")
    scene.commit("submodule")
    outer, scene.work = scene.work, scene.work / "lib"
    scene.git("config", "user.name", "Ada")
    scene.git("config", "user.email", "ada@example.org")
    before = contents(outer)
    scene.start()
    scene.work_off(file("lib.txt", "LIB\n"))
    promoted = scene.promote()
    assert contents(outer) == {**before, "lib/lib.txt": ("file", False, b"LIB\n")}
    assert scene.git("status", "--porcelain") == ""
    scene.undo(promoted)
    assert contents(outer) == before


def test_the_index_remembers_the_new_files(scene: Scene) -> None:
    """Plumbing that does not refresh the index must not call them changed: nobody has to read them again."""
    scene.make()
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"), file("n/m.txt", "m\n"))
    promoted = scene.promote()
    assert scene.git("diff-files", "--name-only") == ""
    scene.undo(promoted)
    assert scene.git("diff-files", "--name-only") == ""


def test_a_shallow_clone_stays_shallow(scene: Scene) -> None:
    scene.make()
    scene.commit("second")
    scene.commit("third")
    git(scene.tmp, "clone", "-q", "--depth=1", f"file://{scene.work}", "shallow")
    scene.work = scene.tmp / "shallow"
    scene.git("config", "user.name", "Ada")
    scene.git("config", "user.email", "ada@example.org")
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"))
    promoted = scene.promote()
    scene.undo(promoted)
    scene.promote()
    assert scene.git("rev-parse", "--is-shallow-repository") == "true"
    assert (scene.work / "a.txt").read_text() == "ONE\n"
    scene.git("fsck", "--strict")


def test_a_submodule_beside_the_work_stays_as_it_is(scene: Scene) -> None:
    inner = scene.tmp / "inner"
    inner.mkdir()
    git(inner, "init", "-q", "-b", "main")
    write(inner, {"lib.txt": "lib\n"})
    commit_all(inner, "lib")
    scene.make()
    scene.git("submodule", "add", "-q", str(inner), "lib")
    scene.commit("submodule")
    scene.start()
    scene.work_off(file("a.txt", "ONE\n"), file("libs.txt", "x\n"))
    write(scene.work / "lib", {"lib.txt": "edited inside\n"})
    before = contents(scene.work / "lib")
    entry = scene.git("ls-tree", "HEAD", "lib")

    promoted = scene.promote()

    assert contents(scene.work / "lib") == before
    assert scene.git("ls-tree", "HEAD", "lib") == entry
    assert scene.git("status", "--porcelain") == " M lib"
    scene.undo(promoted)
    assert scene.git("status", "--porcelain") == " M lib"


def test_replaced_objects_do_not_count(scene: Scene) -> None:
    scene.make()
    scene.write({"a.txt": "replacement\n"})
    other = scene.commit()
    scene.git("reset", "-q", "--hard", "HEAD~1")
    scene.start()
    scene.work_off(file("b.txt", "TWO\n"))
    scene.git("replace", scene.base, other)
    scene.promote()
    assert scene.git("show", "HEAD:a.txt", GIT_NO_REPLACE_OBJECTS="1") == "one"
