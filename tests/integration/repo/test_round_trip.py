"""Any legal tree goes into a sandbox and comes out as the same tree, bit for bit."""

import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orion_tui.base.errors import WorkspaceError
from orion_tui.base.paths import OrionHome
from orion_tui.core.boundary.change import Change
from orion_tui.core.boundary.collisions import FoldIndex
from orion_tui.core.boundary.harvest import harvest
from orion_tui.core.boundary.intake import check_fits, describe_carried, entries, survey
from orion_tui.core.boundary.links import check_target
from orion_tui.core.boundary.manifest import Manifest, baseline
from orion_tui.core.boundary.names import check_path
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.ignore import IgnoreRules, ignored
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.workspace import inspect
from orion_tui.core.sandbox.base import Backend, EntryKind, Limits, Sandbox, SandboxSpec, TreeEntry
from orion_tui.core.sandbox.fake import FakeBackend

pytestmark = pytest.mark.unit

EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
FILE, EXECUTABLE, SYMLINK = EntryKind.FILE, EntryKind.EXECUTABLE, EntryKind.SYMLINK
ID = "0123456789ab"


def run(repo: Path, *args: str, input: bytes | None = None) -> str:
    done = subprocess.run(["git", *args], cwd=repo, capture_output=True, check=True, input=input)
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def make(path: Path) -> Path:
    path.mkdir()
    run(path, "init", "-q", "-b", "main")
    run(path, "commit", "-q", "--allow-empty", "-m", "base")
    return path


def new_repo(home: OrionHome, work: Path) -> SessionRepo:
    return session_repo.create(home, os.urandom(6).hex(), inspect(work))


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> SessionRepo:
    home = OrionHome(tmp_path_factory.mktemp("home"))
    home.prepare()
    return new_repo(home, make(tmp_path_factory.mktemp("parent") / "work"))


# -- trees that any file system here holds and no rule refuses

_PARTS = st.one_of(
    st.sampled_from([b"a", b"src", b"x.py", b"new\nline", b"sp ace", b"caf\xe9", b'quo"te', b"-x", b"\x1b[2J", b":x"]),
    st.binary(min_size=1, max_size=12).map(lambda part: part.replace(b"/", b"_").replace(b"\0", b"_")),
    st.text(min_size=1, max_size=6).map(lambda text: text.encode("utf-8", "ignore").replace(b"/", b"_")),
)
_PATHS = st.lists(_PARTS, min_size=1, max_size=4).map(b"/".join)
_ENTRIES = st.tuples(st.sampled_from([FILE, FILE, EXECUTABLE, SYMLINK]), st.binary(max_size=300))


def _legal(found: dict[bytes, tuple[EntryKind, bytes]]) -> list[TreeEntry]:
    """Of arbitrary entries, those that may stand together in one tree."""
    names = FoldIndex(())
    taken: list[TreeEntry] = []
    for path, (kind, data) in found.items():
        if check_path(path) is not None or path.startswith(b".orion") or names.clash(path) is not None:
            continue
        if any(e.path == path or e.path.startswith(path + b"/") or path.startswith(e.path + b"/") for e in taken):
            continue
        content = (data.replace(b"\0", b"") or b"target") if kind is SYMLINK else data
        if kind is SYMLINK and check_target(path, content) is not None:
            continue
        names.add(path)
        taken.append(TreeEntry(path=path, kind=kind, data=content))
    return taken


_TREES = st.dictionaries(_PATHS, _ENTRIES, max_size=12).map(_legal)


def anything_goes(change: Change) -> str | None:
    del change
    return None


def round_trip(repo: SessionRepo, open_sandbox: Callable[[], Sandbox], tree_entries: list[TreeEntry]) -> None:
    tree = repo.write_tree(EMPTY, tree_entries)
    loaded = survey(repo, tree)
    assert loaded.carried == ()
    with open_sandbox() as sandbox:
        sandbox.load(entries(repo, loaded))
        known = baseline(sandbox, loaded, loaded)
        same = harvest(sandbox, repo, known, rules=IgnoreRules(repo, tree))
        assert (same.tree, same.changes, same.refused, same.special) == (tree, (), (), ())
        # The same again, with nothing known: every byte has to come out of the sandbox.
        nothing = survey(repo, EMPTY)
        unknown = Manifest(nothing, nothing, {})
        fresh = harvest(sandbox, repo, unknown, rules=IgnoreRules(repo, EMPTY), ask=anything_goes)
        assert (fresh.tree, fresh.refused) == (tree, ())


def opener(backend: Backend) -> Callable[[], Sandbox]:
    return lambda: backend.open(SandboxSpec(session_id=ID))


@given(tree_entries=_TREES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_legal_tree_in_is_the_same_tree_out(repo: SessionRepo, tree_entries: list[TreeEntry]) -> None:
    round_trip(repo, opener(FakeBackend()), tree_entries)


@pytest.mark.bubblewrap
def test_any_legal_tree_makes_the_trip_through_a_real_sandbox(repo: SessionRepo) -> None:
    from orion_tui.core.sandbox.bubblewrap import Bubblewrap

    backend = Bubblewrap()
    with backend.open(SandboxSpec(session_id=ID)) as sandbox:

        @given(tree_entries=_TREES)
        @settings(max_examples=60)
        def property(tree_entries: list[TreeEntry]) -> None:
            tree = repo.write_tree(EMPTY, tree_entries)
            loaded = survey(repo, tree)
            sandbox.load(entries(repo, loaded))
            assert baseline(sandbox, loaded, loaded).tree == tree
            nothing = survey(repo, EMPTY)
            unknown = Manifest(nothing, nothing, {})
            fresh = harvest(sandbox, repo, unknown, rules=IgnoreRules(repo, EMPTY), ask=anything_goes)
            assert (fresh.tree, fresh.refused) == (tree, ())

        property()


# -- what attributes would change, and what cannot enter


def import_all(home: OrionHome, work: Path) -> tuple[SessionRepo, str]:
    workspace = inspect(work)
    repo = session_repo.create(home, os.urandom(6).hex(), workspace)
    repo.import_base(workspace, workspace.head)
    return repo, repo.tree_of(workspace.head)


def loaded(repo: SessionRepo, tree: str) -> dict[bytes, bytes]:
    return {entry.path: entry.data for entry in entries(repo, survey(repo, tree))}


def test_attributes_change_no_byte_and_hide_no_file(orion_home: OrionHome, tmp_path: Path) -> None:
    work = make(tmp_path / "work")
    mark = tmp_path / "executed"
    run(work, "config", "filter.evil.smudge", f"touch {mark}; tr a-z A-Z")
    (work / "hidden.txt").write_bytes(b"not archived\n")
    (work / "version.txt").write_bytes(b"$Format:%H$ $Id$\n")
    (work / "dos.txt").write_bytes(b"one\n")
    (work / "smudged.txt").write_bytes(b"lower\n")
    (work / ".gitattributes").write_bytes(
        b"hidden.txt export-ignore\nversion.txt export-subst ident\ndos.txt text eol=crlf\nsmudged.txt filter=evil\n"
    )
    run(work, "add", "-A")
    run(work, "commit", "-q", "-m", "x")
    archived = subprocess.run(
        ["sh", "-c", "git archive HEAD | tar -tf -"], cwd=work, capture_output=True, check=True
    ).stdout.split()
    assert b"hidden.txt" not in archived
    assert mark.exists()
    mark.unlink()
    found = loaded(*import_all(orion_home, work))
    assert not mark.exists()
    assert found[b"hidden.txt"] == b"not archived\n"
    assert found[b"version.txt"] == b"$Format:%H$ $Id$\n"
    assert found[b"dos.txt"] == b"one\n"
    assert found[b"smudged.txt"] == b"lower\n"


def test_lfs_pointers_stay_pointers(orion_home: OrionHome, tmp_path: Path) -> None:
    work = make(tmp_path / "work")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 5\n"
    (work / ".gitattributes").write_bytes(b"*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (work / "big.bin").write_bytes(pointer)
    run(work, "add", "-A")
    run(work, "commit", "-q", "-m", "x")
    repo, tree = import_all(orion_home, work)
    assert loaded(repo, tree)[b"big.bin"] == pointer
    round_trip(repo, opener(FakeBackend()), list(entries(repo, survey(repo, tree))))


def index_only(work: Path, lines: Iterable[bytes]) -> None:
    """A commit with entries that no work tree has to hold."""
    run(work, "-c", "core.protectNTFS=false", "-c", "core.protectHFS=false", "update-index", "--index-info",
        input=b"".join(lines))  # fmt: skip
    tree = run(work, "-c", "core.protectNTFS=false", "write-tree")
    run(work, "update-ref", "HEAD", run(work, "commit-tree", tree, "-p", "HEAD", "-m", "odd"))


def test_what_cannot_enter_is_carried_with_its_reason(orion_home: OrionHome, tmp_path: Path) -> None:
    work = make(tmp_path / "work")
    blob = run(work, "hash-object", "-w", "--stdin", input=b"data").encode()
    nothing = run(work, "hash-object", "-w", "--stdin", input=b"").encode()
    nul = run(work, "hash-object", "-w", "--stdin", input=b"a\0b").encode()
    head = run(work, "rev-parse", "HEAD").encode()
    index_only(
        work,
        [
            b"160000 " + head + b"\tmodule\n",
            b"100644 " + blob + b"\tsub/GIT~1/config\n",
            b"100644 " + blob + b"\t" + b"d/" * 120 + b"deep\n",
            b"120000 " + nothing + b"\tempty-link\n",
            b"120000 " + nul + b"\tnul-link\n",
            b"120000 " + blob + b"\tlink\n",
            b"100644 " + blob + b"\tfine\n",
        ],
    )
    repo, tree = import_all(orion_home, work)
    surveyed = survey(repo, tree, max_file=100)
    assert {entry.path.split(b"/")[0]: entry.reason for entry in surveyed.carried} == {
        b"module": "a submodule",
        b"sub": "a name that some file systems take for .git",
        b"d": "a path more than 100 levels deep",
        b"empty-link": "a link to nowhere",
        b"nul-link": "a link whose target has a NUL byte",
    }
    assert set(surveyed.items) == {b"fine", b"link"}
    assert surveyed.size == 8
    assert "module: a submodule, read-only" in describe_carried(surveyed)
    with FakeBackend().open(SandboxSpec(session_id=ID)) as sandbox:
        sandbox.load(entries(repo, surveyed))
        known = baseline(sandbox, surveyed, surveyed)
        sandbox.write("fine", b"changed")
        result = harvest(sandbox, repo, known, rules=IgnoreRules(repo, tree))
    before = {(item.path, item.mode, item.oid) for item in repo.entries(tree)}
    after = {(item.path, item.mode, item.oid) for item in repo.entries(result.tree)}
    assert {path for path, _, _ in before ^ after} == {b"fine"}


def test_files_too_large_to_enter_are_carried(repo: SessionRepo) -> None:
    tree = repo.write_tree(EMPTY, [TreeEntry(path=b"big", kind=FILE, data=b"x" * 2_000)])
    surveyed = survey(repo, tree, max_file=1_000)
    assert [(entry.path, entry.reason) for entry in surveyed.carried] == [(b"big", "a file of 2,000 bytes")]


def test_a_tree_without_room_is_refused_with_the_numbers(repo: SessionRepo) -> None:
    tree = repo.write_tree(EMPTY, [TreeEntry(path=b"a", kind=FILE, data=b"x" * 2_000_000)])
    surveyed = survey(repo, tree)
    check_fits(surveyed, Limits())
    with pytest.raises(WorkspaceError, match="takes 2 MiB, and the sandbox has 1 MiB"):
        check_fits(surveyed, Limits(workspace_bytes=1_048_576))
    with pytest.raises(WorkspaceError, match="1 files and directories, and the sandbox room for 1"):
        check_fits(surveyed, Limits(workspace_entries=1))


def test_what_small_files_and_directories_take_counts(repo: SessionRepo) -> None:
    tree = repo.write_tree(EMPTY, [TreeEntry(path=b"d%d/f" % n, kind=FILE, data=b"x") for n in range(300)])
    surveyed = survey(repo, tree)
    check_fits(surveyed, Limits(workspace_bytes=300 * 4096, workspace_entries=601))
    with pytest.raises(WorkspaceError, match="takes 1 MiB"):
        check_fits(surveyed, Limits(workspace_bytes=299 * 4096))
    with pytest.raises(WorkspaceError, match="600 files and directories"):
        check_fits(surveyed, Limits(workspace_entries=600))


@pytest.mark.slow
def test_a_tree_of_fifty_thousand_files_enters_whole(orion_home: OrionHome, tmp_path: Path) -> None:
    count = 50_000
    repo = new_repo(orion_home, make(tmp_path / "work"))
    tree = repo.write_tree(
        EMPTY,
        (
            TreeEntry(path=b"d%02d/e%02d/f%d" % (n % 50, n // 50 % 40, n), kind=FILE, data=b"%d\n" % n)
            for n in range(count)
        ),
    )
    surveyed = survey(repo, tree)
    assert len(surveyed.items) == count
    seen = 0
    for entry in entries(repo, surveyed):
        assert entry.data == entry.path.rpartition(b"f")[2] + b"\n"
        seen += 1
    assert seen == count


# -- ignore rules


def rules(repo: SessionRepo, files: dict[str, bytes]) -> str:
    return repo.write_tree(
        EMPTY, [TreeEntry(path=os.fsencode(name), kind=FILE, data=data) for name, data in files.items()]
    )


def test_ignore_rules_are_those_of_git(repo: SessionRepo) -> None:
    tree = rules(
        repo,
        {
            ".gitignore": b"*.log\n/build/\ncache/\n!keep.log\n\\#odd\n",
            "sub/.gitignore": b"local\n!debug.log\n",
            "x": b"",
        },
    )
    paths = [
        b"a.log", b"keep.log", b"sub/a.log", b"sub/debug.log", b"build/x", b"sub/build/x", b"deep/cache/x/y",
        b"sub/local", b"local", b"build", b"new\nline.log", b"caf\xe9.log", b":!x.log", b"#odd", b"-n.log", b"src/x.py",
    ]  # fmt: skip
    assert ignored(repo, tree, paths) == {
        b"a.log", b"sub/a.log", b"build/x", b"deep/cache/x/y", b"sub/local", b"new\nline.log", b"caf\xe9.log",
        b":!x.log",
        b"#odd", b"-n.log",
    }  # fmt: skip


def test_a_tree_without_rules_ignores_nothing(repo: SessionRepo) -> None:
    assert ignored(repo, rules(repo, {"a": b"x"}), [b"x.log", b"node_modules/x"]) == frozenset()


def test_rules_are_asked_once_for_each_path(repo: SessionRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = rules(repo, {".gitignore": b"*.log\n"})
    known = IgnoreRules(repo, tree)
    assert known.ignored([b"a.log", b"b"]) == {b"a.log"}

    def refuse(*args: object, **more: object) -> bytes:
        raise AssertionError("asked again")

    monkeypatch.setattr(repo.git, "bytes", refuse)
    assert known.ignored([b"a.log", b"b"]) == {b"a.log"}


def test_a_link_in_place_of_the_rules_is_no_rule(repo: SessionRepo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("*\n")
    tree = repo.write_tree(EMPTY, [TreeEntry(path=b".gitignore", kind=SYMLINK, data=os.fsencode(outside))])
    assert ignored(repo, tree, [b"x"]) == frozenset()
