"""The session's own repository: a whole copy of the base, and trees written from streams."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from orion_tui.base.errors import BoundaryViolation, ConflictError, GitError, StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.tree_writer import Deletion
from orion_tui.core.repo.workspace import inspect
from orion_tui.core.sandbox.base import EntryKind, TreeEntry

pytestmark = pytest.mark.unit

ID = "0123456789ab"
WHEN = 1_750_000_000.0


def run(repo: Path, *args: str, check: bool = True, **env: str) -> str:
    done = subprocess.run(["git", *args], cwd=repo, capture_output=True, check=check, env={**os.environ, **env})
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def commit_all(repo: Path, message: str = "work") -> str:
    run(repo, "add", "-A")
    run(repo, "commit", "-q", "--allow-empty", "-m", message)
    return run(repo, "rev-parse", "HEAD")


def make(path: Path, *options: str) -> Path:
    path.mkdir(parents=True)
    run(path, "init", "-q", "-b", "main", *options)
    run(path, "config", "user.name", "Ada")
    run(path, "config", "user.email", "ada@example.org")
    (path / "a.txt").write_text("one\n")
    (path / "sub" / "deep").mkdir(parents=True)
    (path / "sub" / "b.txt").write_text("two\n")
    (path / "sub" / "deep" / "c.txt").write_text("three\n")
    (path / "run.sh").write_text("#!/bin/sh\n")
    (path / "run.sh").chmod(0o755)
    (path / "link").symlink_to("a.txt")
    commit_all(path, "first")
    return path


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return make(tmp_path / "work")


@pytest.fixture
def repo(orion_home: OrionHome, work: Path) -> SessionRepo:
    workspace = inspect(work)
    made = session_repo.create(orion_home, ID, workspace)
    made.import_base(workspace, workspace.head)
    return made


def file(path: str, data: bytes = b"new\n", kind: EntryKind = EntryKind.FILE) -> TreeEntry:
    return TreeEntry(path=os.fsencode(path), kind=kind, data=data)


def listing(repo: SessionRepo, tree: str) -> dict[bytes, tuple[str, bytes]]:
    items = [item for item in repo.entries(tree) if item.size >= 0]
    blobs = repo.blobs(item.oid for item in items)
    return {item.path: (item.mode, data) for item, (_, data) in zip(items, blobs, strict=True)}


def test_the_copy_survives_the_users_repository(repo: SessionRepo, work: Path) -> None:
    head = run(work, "rev-parse", "HEAD")
    shutil.rmtree(work)
    assert repo.git.text("fsck", "--strict", "--connectivity-only", head) == ""
    assert listing(repo, head)[b"sub/deep/c.txt"] == ("100644", b"three\n")
    assert not (repo.path / "objects" / "info" / "alternates").exists()


def test_history_stays_behind(orion_home: OrionHome, work: Path) -> None:
    first = run(work, "rev-parse", "HEAD")
    (work / "a.txt").write_text("second version\n")
    second = commit_all(work, "second")
    workspace = inspect(work)
    repo = session_repo.create(orion_home, ID, workspace)
    repo.import_base(workspace, second)
    assert repo.git.text("log", "--format=%H", second) == second
    assert repo.git.status("cat-file", "-e", first)[0] != 0
    assert repo.git.text("rev-parse", f"{second}:a.txt") == run(work, "rev-parse", "HEAD:a.txt")


def test_importing_twice_is_one_import(repo: SessionRepo, work: Path) -> None:
    packs = sorted((repo.path / "objects" / "pack").iterdir())
    workspace = inspect(work)
    repo.import_base(workspace, workspace.head)
    assert sorted((repo.path / "objects" / "pack").iterdir()) == packs


@pytest.mark.parametrize("setting", ["packed", "loose", "alternate", "shallow", "linked"])
def test_any_kind_of_repository_is_copied_whole(
    orion_home: OrionHome, work: Path, tmp_path: Path, setting: str
) -> None:
    source = work
    if setting == "packed":
        for n in range(5):
            (work / "a.txt").write_text("\n".join(str(i * n) for i in range(1000)))
            commit_all(work)
        run(work, "gc", "-q", "--aggressive")
    elif setting == "alternate":
        run(tmp_path, "clone", "-q", "--shared", str(work), "other")
        source = tmp_path / "other"
    elif setting == "shallow":
        commit_all(work, "second")
        run(tmp_path, "clone", "-q", "--depth", "1", f"file://{work}", "other")
        source = tmp_path / "other"
    elif setting == "linked":
        run(work, "worktree", "add", "-q", "--detach", str(tmp_path / "other"))
        source = tmp_path / "other"
    workspace = inspect(source)
    repo = session_repo.create(orion_home, ID, workspace)
    repo.import_base(workspace, workspace.head)
    expected = run(source, "ls-tree", "-r", "HEAD")
    shutil.rmtree(work)
    shutil.rmtree(source, ignore_errors=True)
    assert repo.git.text("ls-tree", "-r", workspace.head) == expected
    assert repo.git.text("fsck", "--full", workspace.head) == ""


def test_sha256_repositories_are_copied(orion_home: OrionHome, tmp_path: Path) -> None:
    work = make(tmp_path / "wide", "--object-format=sha256")
    workspace = inspect(work)
    repo = session_repo.create(orion_home, ID, workspace)
    repo.import_base(workspace, workspace.head)
    base = repo.tree_of(workspace.head)
    tree = repo.write_tree(base, [file("new.txt")])
    assert len(tree) == 64
    assert listing(repo, tree)[b"new.txt"] == ("100644", b"new\n")


def test_replaced_objects_are_copied_as_they_really_are(orion_home: OrionHome, work: Path) -> None:
    blob = run(work, "rev-parse", "HEAD:a.txt")
    other = run(work, "rev-parse", "HEAD:sub/b.txt")
    run(work, "replace", blob, other)
    assert run(work, "cat-file", "-p", blob) == "two"
    workspace = inspect(work)
    repo = session_repo.create(orion_home, ID, workspace)
    repo.import_base(workspace, workspace.head)
    assert repo.read_blob(blob) == b"one\n"


def test_a_missing_object_is_an_error_and_nothing_is_marked_whole(orion_home: OrionHome, work: Path) -> None:
    workspace = inspect(work)
    blob = run(work, "rev-parse", "HEAD:a.txt")
    (work / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    repo = session_repo.create(orion_home, ID, workspace)
    with pytest.raises(GitError, match="pack-objects"):
        repo.import_base(workspace, workspace.head)
    assert not (repo.path / "shallow").exists()


def test_submodules_do_not_hinder(orion_home: OrionHome, work: Path, tmp_path: Path) -> None:
    library = make(tmp_path / "library")
    run(work, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "lib")
    head = commit_all(work)
    workspace = inspect(work)
    repo = session_repo.create(orion_home, ID, workspace)
    repo.import_base(workspace, head)
    assert [item.path for item in repo.entries(head) if item.size < 0] == [b"lib"]


def test_a_tree_is_its_base_and_the_changes(repo: SessionRepo, work: Path) -> None:
    base = repo.tree_of(run(work, "rev-parse", "HEAD"))
    before = listing(repo, base)
    tree = repo.write_tree(
        base,
        [
            file("a.txt", b"changed\n"),
            file("brand/new.sh", b"x", EntryKind.EXECUTABLE),
            file("brand/link", b"new.sh", EntryKind.SYMLINK),
            Deletion(path=b"sub/b.txt"),
        ],
    )
    del before[b"sub/b.txt"]
    assert listing(repo, tree) == before | {
        b"a.txt": ("100644", b"changed\n"),
        b"brand/new.sh": ("100755", b"x"),
        b"brand/link": ("120000", b"new.sh"),
    }
    assert repo.git.text("for-each-ref") == ""
    assert repo.git.text("fsck", "--strict", "--no-dangling") == ""


@pytest.mark.parametrize(
    "name",
    [
        b"new\nline",
        b'quo"te',
        b"back\\slash",
        b"sp ace",
        b"tab\t",
        b"caf\xe9",
        b"\x1b[31m",
        b"-x",
        b'"',
        "日本".encode(),
    ],
)
def test_any_legal_name_is_written_as_it_is(repo: SessionRepo, work: Path, name: bytes) -> None:
    base = repo.tree_of(run(work, "rev-parse", "HEAD"))
    path = b"dir/" + name
    tree = repo.write_tree(base, [TreeEntry(path=path, kind=EntryKind.FILE, data=b"\0binary\n")])
    assert listing(repo, tree)[path] == ("100644", b"\0binary\n")
    assert repo.write_tree(tree, [Deletion(path=path)]) == base
    assert repo.entries_at(tree, [path, b"nowhere"])[path].size == 8


def test_a_directory_becomes_a_file_and_back(repo: SessionRepo, work: Path) -> None:
    base = repo.tree_of(run(work, "rev-parse", "HEAD"))
    flat = repo.write_tree(base, [file("sub"), Deletion(path=b"sub/b.txt"), Deletion(path=b"sub/deep/c.txt")])
    assert listing(repo, flat)[b"sub"] == ("100644", b"new\n")
    again = repo.write_tree(
        flat, [file("sub/b.txt", b"two\n"), file("sub/deep/c.txt", b"three\n"), Deletion(path=b"sub")]
    )
    assert again == base


def test_no_change_is_the_same_tree(repo: SessionRepo, work: Path) -> None:
    base = repo.tree_of(run(work, "rev-parse", "HEAD"))
    assert repo.write_tree(base, []) == base
    assert repo.write_tree(base, [file("a.txt", b"one\n")]) == base


def test_everything_deleted_is_the_empty_tree(repo: SessionRepo, work: Path) -> None:
    base = repo.tree_of(run(work, "rev-parse", "HEAD"))
    tree = repo.write_tree(base, [Deletion(path=item.path) for item in repo.entries(base)])
    assert tree == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    assert listing(repo, repo.write_tree(tree, [file("x")])) == {b"x": ("100644", b"new\n")}


@pytest.mark.parametrize("name", [".git/config", "../x", "a/../b", "git~1/x", "/etc/x", ".GIT/hooks/post-checkout", ""])
def test_names_that_git_would_take_are_refused_before_anything_is_written(
    repo: SessionRepo, work: Path, name: str
) -> None:
    base = repo.tree_of(run(work, "rev-parse", "HEAD"))
    packs = sorted((repo.path / "objects" / "pack").iterdir())
    with pytest.raises(BoundaryViolation) as caught:
        repo.write_tree(base, [file("fine.txt"), file(name)])
    assert len(caught.value.problems) == 1
    assert sorted((repo.path / "objects" / "pack").iterdir()) == packs


def test_git_itself_would_take_such_a_name(repo: SessionRepo) -> None:
    stream = b"commit refs/heads/x\ncommitter A <a@b> 0 +0000\ndata 0\n\nM 100644 inline .git/config\ndata 1\nx\n\n"
    repo.git.text("fast-import", "--quiet", input=stream)
    assert repo.git.text("ls-tree", "-r", "--name-only", "refs/heads/x") == ".git/config"


def test_a_failed_stream_says_why_and_leaves_no_report(repo: SessionRepo) -> None:
    with pytest.raises(GitError, match="fast-import"):
        repo.write_tree("1" * 40, [file("x")])
    assert not list(repo.path.glob("fast_import_crash_*"))


def test_commits_and_references(repo: SessionRepo, work: Path) -> None:
    head = run(work, "rev-parse", "HEAD")
    tree = repo.write_tree(repo.tree_of(head), [file("x")])
    commit = repo.commit_tree(tree, [head], "cp-0001: first task\n", when=WHEN)
    assert repo.branch_ref == f"refs/heads/orion-ara/{ID}"
    assert repo.ref(repo.branch_ref) is None
    repo.set_ref(repo.branch_ref, commit, old=None)
    assert repo.ref(repo.branch_ref) == commit
    shown = repo.git.text("log", "-1", "--format=%an|%ae|%cn|%at|%s|%P", commit)
    assert shown == f"Orion|orion@localhost|Orion|1750000000|cp-0001: first task|{head}"


def test_a_reference_that_moved_is_left_alone(repo: SessionRepo, work: Path) -> None:
    head = run(work, "rev-parse", "HEAD")
    repo.set_ref(repo.branch_ref, head, old=None)
    other = repo.commit_tree(repo.tree_of(head), [head], "other", when=WHEN)
    with pytest.raises(ConflictError):
        repo.set_ref(repo.branch_ref, other, old=None)
    with pytest.raises(ConflictError):
        repo.set_ref(repo.branch_ref, other, old=other)
    assert repo.ref(repo.branch_ref) == head


def test_a_session_has_one_repository(orion_home: OrionHome, work: Path, repo: SessionRepo) -> None:
    with pytest.raises(StateError, match="already"):
        session_repo.create(orion_home, ID, inspect(work))
    assert session_repo.open(orion_home, ID).path == repo.path
    with pytest.raises(StateError, match="no repository"):
        session_repo.open(orion_home, "f" * 12)
    with pytest.raises(StateError, match="no session id"):
        session_repo.open(orion_home, "../../etc")


def test_nobody_else_can_read_it(repo: SessionRepo) -> None:
    assert repo.path.stat().st_mode & 0o077 == 0


def test_attributes_that_an_agent_wrote_decide_nothing(repo: SessionRepo, work: Path, tmp_path: Path) -> None:
    """`merge=union` in the tree would resolve every conflict in silence; `binary` would hide a diff."""
    head = run(work, "rev-parse", "HEAD")
    base = repo.write_tree(repo.tree_of(head), [file(".gitattributes", b"[attr]sly merge=union -diff\n* sly\n")])
    commits = {
        name: repo.commit_tree(
            repo.write_tree(base, [file("a.txt", name.encode())]),
            [repo.commit_tree(base, [head], "base", when=WHEN)],
            name,
            when=WHEN,
        )
        for name in ("ours", "theirs")
    }
    control = tmp_path / "control.git"
    shutil.copytree(repo.path, control)
    (control / "info" / "attributes").unlink()
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / ".gitattributes").write_bytes(repo.git.bytes("cat-file", "blob", f"{base}:.gitattributes"))
    merge = (f"--work-tree={tree}", "-C", str(tree), "merge-tree", "--write-tree", commits["ours"], commits["theirs"])
    assert subprocess.run(["git", f"--git-dir={control}", *merge], capture_output=True, check=False).returncode == 0
    assert repo.git.status(*merge)[0] == 1
    assert "+theirs" in repo.git.text("diff-tree", "-p", commits["ours"], commits["theirs"])


# -- snapshots


def state(work: Path) -> dict[str, tuple[int, bytes]]:
    """Names, times and bytes of everything that is the user's."""
    return {
        str(path.relative_to(work)): (
            # git marks an object that it found as recently used.
            0 if "objects" in path.parts else path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(work.rglob("*"))
        if not path.is_symlink()
    }


def test_a_snapshot_holds_the_work_tree_and_touches_nothing(orion_home: OrionHome, work: Path) -> None:
    (work / ".gitignore").write_text("*.log\n")
    head = commit_all(work)
    (work / "a.txt").write_text("edited\n")
    (work / "staged.txt").write_text("staged\n")
    run(work, "add", "staged.txt")
    (work / "staged.txt").write_text("staged, then edited\n")
    (work / "sub" / "b.txt").unlink()
    (work / "untracked").write_text("new\n")
    (work / "debug.log").write_text("ignored\n")
    workspace = inspect(work)
    repo = session_repo.create(orion_home, ID, workspace)
    before = state(work)
    commit = repo.import_snapshot(workspace, when=WHEN)
    assert state(work) == before
    found = listing(repo, commit)
    assert found[b"a.txt"] == ("100644", b"edited\n")
    assert found[b"staged.txt"] == ("100644", b"staged, then edited\n")
    assert found[b"untracked"] == ("100644", b"new\n")
    assert b"sub/b.txt" not in found
    assert b"debug.log" not in found
    assert repo.git.bytes("cat-file", "commit", commit).splitlines()[1] == f"parent {head}".encode()
    assert run(work, "cat-file", "-t", commit, check=False) == ""
    shutil.rmtree(work)
    assert repo.git.text("fsck", "--full", commit) == ""


def test_a_snapshot_of_a_clean_tree_is_head(orion_home: OrionHome, work: Path) -> None:
    workspace = inspect(work)
    repo = session_repo.create(orion_home, ID, workspace)
    assert repo.import_snapshot(workspace, when=WHEN) == workspace.head
    assert listing(repo, workspace.head)[b"a.txt"] == ("100644", b"one\n")


def test_a_snapshot_invents_no_submodule(orion_home: OrionHome, work: Path) -> None:
    make(work / "nested")
    (work / "new").write_text("x")
    workspace = inspect(work)
    repo = session_repo.create(orion_home, ID, workspace)
    commit = repo.import_snapshot(workspace, when=WHEN)
    assert [item.path for item in repo.entries(commit) if item.path.startswith(b"ne")] == [b"new"]


def test_a_snapshot_cleans_as_git_add_would(orion_home: OrionHome, work: Path) -> None:
    (work / ".gitattributes").write_text("*.txt text\n")
    commit_all(work)
    (work / "dos.txt").write_bytes(b"one\r\ntwo\r\n")
    workspace = inspect(work)
    repo = session_repo.create(orion_home, ID, workspace)
    commit = repo.import_snapshot(workspace, when=WHEN)
    assert listing(repo, commit)[b"dos.txt"] == ("100644", b"one\ntwo\n")
