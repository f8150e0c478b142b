"""Every state a user's repository may be found in: what is refused, with which words, and what is only noted."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from orion_tui.base.errors import WorkspaceError
from orion_tui.core.repo.workspace import head_summary, inspect

pytestmark = pytest.mark.unit


def run(repo: Path, *args: str, check: bool = True) -> str:
    done = subprocess.run(["git", *args], cwd=repo, capture_output=True, check=check)
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def commit_all(repo: Path, message: str = "work") -> str:
    run(repo, "add", "-A")
    run(repo, "commit", "-q", "--allow-empty", "-m", message)
    return run(repo, "rev-parse", "HEAD")


def make(path: Path) -> Path:
    path.mkdir(parents=True)
    run(path, "init", "-q", "-b", "main")
    run(path, "config", "user.name", "Ada")
    run(path, "config", "user.email", "ada@example.org")
    return path


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = make(tmp_path / "work")
    (path / "a.txt").write_text("one\n")
    (path / "sub").mkdir()
    (path / "sub" / "b.txt").write_text("two\n")
    commit_all(path, "first")
    return path


def refused(path: Path) -> WorkspaceError:
    with pytest.raises(WorkspaceError) as caught:
        inspect(path)
    assert caught.value.hint
    assert caught.value.exit_code == 5
    return caught.value


def conflict(repo: Path) -> None:
    run(repo, "checkout", "-q", "-b", "other")
    (repo / "a.txt").write_text("theirs\n")
    commit_all(repo)
    run(repo, "checkout", "-q", "main")
    (repo / "a.txt").write_text("ours\n")
    commit_all(repo)


def test_a_clean_repository_is_found_whole(repo: Path) -> None:
    found = inspect(repo)
    assert found.root == repo
    assert found.branch == "main"
    assert found.head == run(repo, "rev-parse", "HEAD")
    assert found.git_dir == found.common_dir == repo / ".git"
    assert (found.dirty, found.untracked, found.notes) == ((), (), ())
    assert found.uncommitted(snapshot=False) == found.uncommitted(snapshot=True) == ()
    assert head_summary(found) == f"{found.head[:7]} first"


def test_a_sub_directory_means_the_whole_repository(repo: Path) -> None:
    found = inspect(repo / "sub")
    assert found.root == repo
    assert f"using the whole repository at {repo}" in found.notes


def test_names_with_newlines_are_found(tmp_path: Path) -> None:
    path = make(tmp_path / "new\nline")
    (path / "a").write_text("x")
    commit_all(path)
    assert inspect(path).root == path


def test_a_missing_path(tmp_path: Path) -> None:
    assert "does not exist" in str(refused(tmp_path / "nowhere"))


def test_a_file(repo: Path) -> None:
    assert "is a file" in str(refused(repo / "a.txt"))


def test_a_directory_that_may_not_be_read(repo: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    repo.chmod(0)
    try:
        assert "cannot be read" in str(refused(repo))
    finally:
        repo.chmod(0o755)


def test_no_repository(tmp_path: Path) -> None:
    assert "not in a git repository" in str(refused(tmp_path))


def test_a_bare_repository(repo: Path, tmp_path: Path) -> None:
    run(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    assert "bare" in str(refused(tmp_path / "bare.git"))


def test_the_git_directory_itself(repo: Path) -> None:
    assert "inside a git directory" in str(refused(repo / ".git"))


def test_a_bare_repository_that_lies_in_the_tree_is_not_entered(repo: Path, tmp_path: Path) -> None:
    """Its configuration was written by whoever wrote the tree."""
    mark = tmp_path / "executed"
    run(repo, "init", "-q", "--bare", "fixtures")
    run(repo / "fixtures", "config", "core.fsmonitor", f"touch {mark}; false")
    run(repo / "fixtures", "config", "core.bare", "false")
    run(repo / "fixtures", "config", "core.worktree", str(repo))
    run(repo / "fixtures", "status", check=False)
    assert mark.exists()
    mark.unlink()
    assert "bare" in str(refused(repo / "fixtures"))
    assert not mark.exists()


def test_no_commit_yet(tmp_path: Path) -> None:
    assert "no commit yet" in str(refused(make(tmp_path / "new")))


def test_a_merge_in_progress(repo: Path) -> None:
    conflict(repo)
    run(repo, "merge", "other", check=False)
    error = refused(repo)
    assert "a merge is in progress" in str(error)
    assert "git merge --abort" in error.hint


def test_a_rebase_in_progress(repo: Path) -> None:
    conflict(repo)
    run(repo, "rebase", "other", check=False)
    assert "a rebase is in progress" in str(refused(repo))


def test_a_cherry_pick_in_progress(repo: Path) -> None:
    conflict(repo)
    run(repo, "cherry-pick", "other", check=False)
    assert "a cherry-pick is in progress" in str(refused(repo))


def test_a_revert_in_progress(repo: Path) -> None:
    conflict(repo)
    run(repo, "revert", "--no-edit", "HEAD~1", check=False)
    assert "a revert is in progress" in str(refused(repo))


def test_a_bisection_in_progress(repo: Path) -> None:
    conflict(repo)
    run(repo, "bisect", "start")
    assert "a bisection is in progress" in str(refused(repo))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("sudo", [False, True])
def test_somebody_elses_repository(repo: Path, monkeypatch: pytest.MonkeyPatch, sudo: bool) -> None:
    for path in [repo, *repo.rglob("*")]:
        os.lchown(path, 54321, 54321)
    if sudo:
        monkeypatch.setenv("SUDO_UID", "54321")
        run(repo, "status")  # plain git lets it pass
    error = refused(repo)
    assert "belongs to another user" in str(error)
    assert "safe.directory" in error.hint
    home = repo.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    run(home, "config", "--global", "--add", "safe.directory", str(repo))
    assert inspect(repo).branch == "main"


def test_a_damaged_head(repo: Path) -> None:
    (repo / ".git" / "HEAD").write_text("nonsense\n")
    assert "damaged" in str(refused(repo))


def test_a_branch_that_holds_nonsense(repo: Path) -> None:
    (repo / ".git" / "refs" / "heads" / "main").write_text("nonsense\n")
    assert "damaged" in str(refused(repo))


def test_a_missing_commit(repo: Path) -> None:
    head = run(repo, "rev-parse", "HEAD")
    (repo / ".git" / "objects" / head[:2] / head[2:]).unlink()
    assert "damaged" in str(refused(repo))


def test_a_missing_tree(repo: Path) -> None:
    tree = run(repo, "rev-parse", "HEAD:sub")
    (repo / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    assert "damaged" in str(refused(repo))


def test_a_damaged_index(repo: Path) -> None:
    (repo / ".git" / "index").write_bytes(b"DIRC nonsense")
    assert "damaged" in str(refused(repo))


def test_a_damaged_repository_inside_another_is_not_taken_for_the_outer_one(repo: Path) -> None:
    inner = repo / "sub" / "inner"
    (inner / ".git").mkdir(parents=True)
    (inner / ".git" / "HEAD").write_text("nonsense\n")
    assert run(inner, "rev-parse", "--show-toplevel") == str(repo)
    assert f"{inner} is damaged" in str(refused(inner))


def test_a_detached_head_is_noted(repo: Path) -> None:
    run(repo, "checkout", "-q", "--detach")
    found = inspect(repo)
    assert found.branch == ""
    assert any("--onto BRANCH" in note for note in found.notes)


def test_uncommitted_changes_are_named_and_stay_out(repo: Path) -> None:
    (repo / "a.txt").write_text("changed\n")
    (repo / "staged.txt").write_text("new\n")
    run(repo, "add", "staged.txt")
    (repo / "new dir").mkdir()
    (repo / "new dir" / "x").write_text("y")
    (repo / "esc\x1b[31m").write_text("z")
    found = inspect(repo)
    assert found.dirty == ("a.txt", "staged.txt")
    assert found.untracked == ("esc\x1b[31m", "new dir/")
    (note,) = found.uncommitted(snapshot=False)
    assert "stay out of the work" in note
    assert "--snapshot" in note
    (along,) = found.uncommitted(snapshot=True)
    assert "come along" in along
    assert "\x1b" not in note + along
    with pytest.raises(WorkspaceError, match="uncommitted changes"):
        inspect(repo, allow_dirty=False)


def test_looking_changes_nothing(repo: Path) -> None:
    (repo / "a.txt").write_text("one\n")  # same content, new time: git would refresh its index
    before = {path: path.stat().st_mtime_ns for path in (repo / ".git").rglob("*")}
    inspect(repo)
    assert {path: path.stat().st_mtime_ns for path in (repo / ".git").rglob("*")} == before


def test_looking_runs_no_filter(repo: Path, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    (repo / ".gitattributes").write_text("*.txt filter=evil\n")
    commit_all(repo)
    run(repo, "config", "filter.evil.clean", f"touch {mark}; cat")
    run(repo, "config", "filter.evil.required", "true")
    (repo / "a.txt").write_text("eno\n")
    run(repo, "status")
    assert mark.exists()
    mark.unlink()
    assert inspect(repo).dirty == ("a.txt",)
    assert not mark.exists()


def test_an_unchanged_lfs_file_is_not_called_changed(repo: Path) -> None:
    content = b"large file\n"
    oid = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"
    (repo / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (repo / "big.bin").write_text(pointer)
    commit_all(repo)
    (repo / "big.bin").write_bytes(content)  # as smudged on checkout
    found = inspect(repo)
    assert found.lfs
    assert found.dirty == ()
    assert any("pointers" in note for note in found.notes)
    (repo / "big.bin").write_bytes(b"LARGE FILE\n")
    assert inspect(repo).dirty == ("big.bin",)


def test_submodules_are_named(repo: Path, tmp_path: Path) -> None:
    library = make(tmp_path / "library")
    commit_all(library)
    run(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "lib")
    commit_all(repo)
    found = inspect(repo)
    assert found.submodules == ("lib",)
    assert any("submodules" in note for note in found.notes)


def test_a_hostile_submodule_runs_nothing(repo: Path, tmp_path: Path) -> None:
    library = make(tmp_path / "library")
    (library / "x").write_text("x")
    (library / ".gitattributes").write_text("x filter=evil\n")
    commit_all(library)
    run(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "lib")
    commit_all(repo)
    mark = tmp_path / "executed"
    run(repo / "lib", "config", "filter.evil.clean", f"touch {mark}; cat")
    (repo / "lib" / "x").write_text("y")
    run(repo, "status")
    assert mark.exists()
    mark.unlink()
    inspect(repo)
    assert not mark.exists()


def test_a_shallow_clone_is_noted(repo: Path, tmp_path: Path) -> None:
    commit_all(repo, "second")
    run(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    found = inspect(tmp_path / "shallow")
    assert found.shallow
    assert any("shallow" in note for note in found.notes)


def test_a_linked_work_tree_is_noted(repo: Path, tmp_path: Path) -> None:
    run(repo, "worktree", "add", "-q", "-b", "feature", str(tmp_path / "linked"))
    found = inspect(tmp_path / "linked")
    assert found.linked
    assert found.branch == "feature"
    assert found.root == tmp_path / "linked"
    assert found.common_dir == repo / ".git"


def test_an_operation_in_another_work_tree_does_not_matter(repo: Path, tmp_path: Path) -> None:
    conflict(repo)
    run(repo, "worktree", "add", "-q", "-b", "feature", str(tmp_path / "linked"))
    run(repo, "merge", "other", check=False)
    assert inspect(tmp_path / "linked").branch == "feature"


def test_a_sparse_checkout_is_noted(repo: Path) -> None:
    run(repo, "sparse-checkout", "set", "sub")
    found = inspect(repo)
    assert found.sparse
    assert found.dirty == ()


def test_converting_attributes_are_noted(repo: Path) -> None:
    (repo / "sub" / ".gitattributes").write_text("*.txt export-ignore\n")
    commit_all(repo)
    found = inspect(repo)
    assert found.converting
    assert any("byte for byte" in note for note in found.notes)


def test_sha256_repositories_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "wide"
    path.mkdir()
    run(path, "init", "-q", "-b", "main", "--object-format=sha256")
    run(path, "config", "user.name", "Ada")
    run(path, "config", "user.email", "ada@example.org")
    commit_all(path)
    found = inspect(path)
    assert found.object_format == "sha256"
    assert len(found.head) == 64
