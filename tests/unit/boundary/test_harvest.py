"""What comes out of a sandbox: taken over, held, or refused by name with the rest intact.

The sandbox here is a stand-in that says whatever a hostile one could say; git is real.
"""

import os
import subprocess
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orion_tui.base.errors import BoundaryViolation
from orion_tui.base.paths import OrionHome
from orion_tui.core.boundary.caps import Caps
from orion_tui.core.boundary.change import Change
from orion_tui.core.boundary.harvest import Harvest, harvest, special
from orion_tui.core.boundary.intake import entries, survey
from orion_tui.core.boundary.manifest import Manifest, baseline
from orion_tui.core.boundary.names import check_path
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.ignore import IgnoreRules
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.workspace import inspect
from orion_tui.core.sandbox.base import EntryKind, StatEntry, TreeEntry

pytestmark = pytest.mark.unit

FILE, EXECUTABLE, SYMLINK = EntryKind.FILE, EntryKind.EXECUTABLE, EntryKind.SYMLINK


class Box:
    """A workspace in memory, which an agent may fill with anything."""

    def __init__(self) -> None:
        self.stats: dict[bytes, StatEntry] = {}
        self.data: dict[bytes, bytes] = {}
        self.fetched: list[bytes] = []
        self._time = 0

    def load(self, loaded: Iterable[TreeEntry]) -> None:
        for entry in loaded:
            self.put(entry.path, entry.data, entry.kind)

    def put(self, path: bytes, data: bytes, kind: EntryKind = FILE, *, links: int = 1) -> None:
        self._time += 1
        self.data[path] = data
        self.stats[path] = StatEntry(path=path, kind=kind, size=len(data), stamp=str(self._time), links=links)

    def odd(self, path: bytes, what: str) -> None:
        self._time += 1
        self.stats[path] = StatEntry(path=path, kind=None, size=0, stamp=str(self._time), what=what)

    def remove(self, path: bytes) -> None:
        del self.stats[path]
        self.data.pop(path, None)

    def scan(self) -> Iterable[StatEntry]:
        return tuple(self.stats[path] for path in sorted(self.stats))

    def stat(self, path: str) -> StatEntry | None:
        return self.stats.get(os.fsencode(path))

    def fetch(self, paths: Iterable[bytes], *, limit: int) -> Iterator[TreeEntry]:
        spent = 0
        for path in paths:
            self.fetched.append(path)
            kind = self.stats[path].kind
            if kind is None:
                raise BoundaryViolation("not a file or link any more")
            spent += len(self.data[path])
            if spent > limit:
                raise BoundaryViolation("more than was asked for")
            yield TreeEntry(path=path, kind=kind, data=self.data[path])


class Scene:
    """A repository, its session, and the box that was loaded from it."""

    def __init__(self, home: OrionHome, work: Path, files: dict[str, bytes]) -> None:
        work.mkdir()
        self.work = work
        self.git("init", "-q", "-b", "main")
        for name, data in files.items():
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "--allow-empty", "-m", "base")
        self.open(home)

    def git(self, *args: str) -> str:
        return subprocess.run(["git", *args], cwd=self.work, capture_output=True, check=True, text=True).stdout.strip()

    def open(self, home: OrionHome) -> None:
        workspace = inspect(self.work)
        self.repo: SessionRepo = session_repo.create(home, os.urandom(6).hex(), workspace)
        self.repo.import_base(workspace, workspace.head)
        self.base = survey(self.repo, self.repo.tree_of(workspace.head))
        self.box = Box()
        self.box.load(entries(self.repo, self.base))
        self.manifest: Manifest = baseline(self.box, self.base, self.base)
        self.rules = IgnoreRules(self.repo, self.base.tree)

    def harvest(
        self,
        caps: Caps | None = None,
        approved: Iterable[tuple[bytes, str]] = (),
        exempt: Iterable[bytes] = (),
        judge: Callable[[Change], str | None] | None = None,
        only: Iterable[bytes] | None = None,
        ask: Callable[[Change], str | None] = special,
    ) -> Harvest:
        return harvest(
            self.box,
            self.repo,
            self.manifest,
            rules=self.rules,
            caps=caps,
            approved=frozenset(approved),
            exempt=frozenset(exempt),
            judge=judge,
            ask=ask,
            only=frozenset(only) if only is not None else None,
        )

    def files(self, tree: str) -> dict[bytes, tuple[str, bytes]]:
        items = [item for item in self.repo.entries(tree) if item.size >= 0]
        blobs = self.repo.blobs(item.oid for item in items)
        return {item.path: (item.mode, data) for item, (_, data) in zip(items, blobs, strict=True)}


BASE = {
    "a.txt": b"one\n",
    "src/main.py": b"print()\n",
    "src/util.py": b"pass\n",
    ".gitignore": b"*.log\nbuild/\n/node_modules\n",
    "kept.log": b"tracked although ignored\n",
}


@pytest.fixture
def scene(orion_home: OrionHome, tmp_path: Path) -> Scene:
    return Scene(orion_home, tmp_path / "work", BASE)


def reasons(result: Harvest) -> dict[bytes, str]:
    return {refusal.path: refusal.reason for refusal in result.refused}


def test_nothing_changed_is_the_same_tree(scene: Scene) -> None:
    result = scene.harvest()
    assert result.tree == scene.base.tree
    assert (result.changes, result.refused, result.special) == ((), (), ())
    assert scene.box.fetched == []


def test_changes_creations_and_deletions_come_out(scene: Scene) -> None:
    scene.box.put(b"a.txt", b"changed\n")
    scene.box.put(b"new/file.py", b"new\n")
    scene.box.remove(b"src/util.py")
    result = scene.harvest()
    found = scene.files(result.tree)
    assert found[b"a.txt"] == ("100644", b"changed\n")
    assert found[b"new/file.py"] == ("100644", b"new\n")
    assert b"src/util.py" not in found
    assert found[b"src/main.py"] == ("100644", b"print()\n")
    assert {change.path: (change.before is None, change.after is None) for change in result.changes} == {
        b"a.txt": (False, False),
        b"new/file.py": (True, False),
        b"src/util.py": (False, True),
    }
    assert result.refused == ()


def test_only_what_changed_is_fetched(scene: Scene) -> None:
    scene.box.put(b"a.txt", b"changed\n")
    first = scene.harvest()
    assert scene.box.fetched == [b"a.txt"]
    scene.box.put(b"src/main.py", b"more\n")
    second = scene.harvest()
    assert scene.box.fetched == [b"a.txt", b"src/main.py"]
    assert [change.path for change in second.changes] == [b"src/main.py"]
    assert scene.files(second.tree)[b"a.txt"] == scene.files(first.tree)[b"a.txt"] == ("100644", b"changed\n")


def test_a_touched_file_is_no_change(scene: Scene) -> None:
    scene.box.put(b"a.txt", b"one\n")
    assert scene.harvest().changes == ()
    scene.harvest()
    assert scene.box.fetched == [b"a.txt"]


@pytest.mark.parametrize("what", ["a fifo", "a socket", "a device", "a set-uid file"])
def test_what_is_no_file_is_refused_by_name(scene: Scene, what: str) -> None:
    scene.box.odd(b"odd", what)
    scene.box.put(b"fine", b"x")
    result = scene.harvest()
    assert reasons(result) == {b"odd": what}
    assert b"fine" in scene.files(result.tree)


def test_a_file_replaced_by_a_fifo_keeps_its_place_in_the_tree(scene: Scene) -> None:
    scene.box.odd(b"a.txt", "a fifo")
    result = scene.harvest()
    assert result.tree == scene.base.tree
    assert reasons(result) == {b"a.txt": "a fifo"}


def test_hard_links_are_refused(scene: Scene) -> None:
    scene.box.put(b"one", b"x", links=2)
    scene.box.put(b"two", b"x", links=2)
    result = scene.harvest()
    assert set(reasons(result)) == {b"one", b"two"}
    assert result.tree == scene.base.tree


@pytest.mark.parametrize("target", [b"/etc/passwd", b"../outside", b"src/../../x", b".git/config"])
def test_links_that_lead_outside_are_refused(scene: Scene, target: bytes) -> None:
    scene.box.put(b"link", target, SYMLINK)
    result = scene.harvest(approved=[(b"link", "anything")])
    assert b"link" in reasons(result)
    assert result.special == ()
    assert result.tree == scene.base.tree


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (b".git/hooks/pre-commit", b".git"),
        (b"sub/.git/config", b"sub/.git"),
        (b"sub/.git", b"sub/.git"),
        (b"sub/.GIT/config", b"sub/.GIT/config"),
        (b"sub/git~1/config", b"sub/git~1/config"),
        ("sub/.g\u200cit/config".encode(), "sub/.g\u200cit/config".encode()),
        (b"d" * 300, b"d" * 300),
        (b"/".join([b"d"] * 200), b"/".join([b"d"] * 200)),
        (b".orion/roles/x.yaml", b".orion/roles/x.yaml"),
        (b".Orion/roles/x.yaml", b".Orion/roles/x.yaml"),
    ],
)
def test_names_that_may_not_be_are_refused(scene: Scene, path: bytes, shown: bytes) -> None:
    scene.box.put(path, b"evil")
    scene.box.put(b"fine", b"x")
    result = scene.harvest()
    assert set(reasons(result)) == {shown}
    assert set(scene.files(result.tree)) == set(scene.files(scene.base.tree)) | {b"fine"}


def test_a_nested_repository_is_refused_once_and_its_files_come_out(scene: Scene) -> None:
    for name in (b"HEAD", b"config", b"hooks/x", b"objects/ab/cd"):
        scene.box.put(b"vendor/lib/.git/" + name, b"x")
    scene.box.put(b"vendor/lib/code.c", b"int x;\n")
    result = scene.harvest()
    assert set(reasons(result)) == {b"vendor/lib/.git"}
    assert b"vendor/lib/code.c" in scene.files(result.tree)


@pytest.mark.parametrize("path", [b"A.TXT", b"a.txt.", b"SRC/other.py", b"Src", "a.t\u200cxt".encode(), b"src/MAIN.py"])
def test_names_that_are_another_elsewhere_are_refused(scene: Scene, path: bytes) -> None:
    scene.box.put(path, b"x")
    result = scene.harvest()
    assert "take it for" in reasons(result)[path]
    assert result.tree == scene.base.tree


def test_two_new_names_that_are_one_cannot_both_come(scene: Scene) -> None:
    scene.box.put(b"Readme", b"x")
    scene.box.put(b"README", b"y")
    result = scene.harvest()
    assert set(reasons(result)) == {b"Readme"}
    assert b"README" in scene.files(result.tree)


def test_a_rename_to_another_case_is_a_rename(scene: Scene) -> None:
    scene.box.remove(b"a.txt")
    scene.box.put(b"A.txt", b"one\n")
    result = scene.harvest()
    assert result.refused == ()
    assert b"A.txt" in scene.files(result.tree)
    scene.box.put(b"a.txt", b"again\n")
    assert set(reasons(scene.harvest())) == {b"a.txt"}


@pytest.mark.parametrize("name", [b"new\nline", b"\x1b[31m", b"-rf", b"caf\xe9", b"sp ace", b'"', b"\\"])
def test_odd_but_legal_names_come_out_as_they_are(scene: Scene, name: bytes) -> None:
    scene.box.put(b"d/" + name, b"x")
    result = scene.harvest()
    assert result.refused == ()
    assert b"d/" + name in scene.files(result.tree)


def test_one_path_is_looked_at_without_the_others(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.box.odd(b"pipe", "a fifo")
    scene.harvest()
    monkeypatch.setattr(scene.box, "scan", lambda: pytest.fail("looked at everything"))
    scene.box.put(b"a.txt", b"changed\n")
    scene.box.put(b"new.py", b"x\n")
    scene.box.put(b"elsewhere.py", b"x\n")
    scene.box.remove(b"src/util.py")
    result = scene.harvest(only=[b"a.txt", b"new.py", b"src/util.py", b"nowhere"])
    assert {change.path for change in result.changes} == {b"a.txt", b"new.py", b"src/util.py"}
    assert result.refused == ()
    monkeypatch.undo()
    rest = scene.harvest()
    assert {change.path for change in rest.changes} == {b"elsewhere.py"}
    assert [(refusal.path, refusal.new) for refusal in rest.refused] == [(b"pipe", False)]


def test_one_path_is_judged_like_all(scene: Scene) -> None:
    scene.box.put(b"A.TXT", b"x")
    scene.box.put(b".gitattributes", b"x")
    scene.box.put(b".git/config", b"x")
    result = scene.harvest(only=[b"A.TXT", b".gitattributes", b".git/config"])
    assert set(reasons(result)) == {b"A.TXT", b".git"}
    assert [held.change.path for held in result.special] == [b".gitattributes"]
    assert result.tree == scene.base.tree


# -- ignored paths


def test_what_the_base_ignores_stays_in_the_sandbox(scene: Scene) -> None:
    for path in (b"x.log", b"build/out.o", b"node_modules/m/.git/config", b"deep/build/x"):
        scene.box.put(path, b"x")
    scene.box.odd(b"build/pipe", "a fifo")
    result = scene.harvest()
    assert result.tree == scene.base.tree
    assert result.refused == ()
    assert scene.box.fetched == []


def test_tracked_paths_are_harvested_although_ignored(scene: Scene) -> None:
    scene.box.put(b"kept.log", b"changed\n")
    result = scene.harvest()
    assert scene.files(result.tree)[b"kept.log"] == ("100644", b"changed\n")
    scene.box.remove(b"kept.log")
    deleted = scene.harvest()
    assert b"kept.log" not in scene.files(deleted.tree)
    scene.box.put(b"kept.log", b"back\n")
    assert b"kept.log" in scene.files(scene.harvest().tree)


def test_the_agents_own_ignore_file_decides_nothing(scene: Scene) -> None:
    scene.box.put(b".gitignore", b"*\n")
    scene.box.put(b"new.py", b"x\n")
    scene.box.put(b"src/.gitignore", b"*\n!x.log\n")
    scene.box.put(b"src/x.log", b"x\n")
    found = scene.files(scene.harvest().tree)
    assert b"new.py" in found
    assert b"src/x.log" not in found


def test_the_users_own_exclude_files_decide_nothing(
    orion_home: OrionHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(orion_home, tmp_path / "work", BASE)
    excludes = tmp_path / "excludes"
    excludes.write_text("*.py\n")
    (tmp_path / "gitconfig").write_text(f"[core]\n\texcludesFile = {excludes}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text(f"[core]\n\texcludesFile = {excludes}\n")
    scene.box.put(b"new.py", b"x\n")
    assert b"new.py" in scene.files(scene.harvest().tree)


# -- special paths


def test_a_special_path_is_held_until_approved_with_this_content(scene: Scene) -> None:
    scene.box.put(b".gitattributes", b"* text\n")
    scene.box.put(b"fine.py", b"x\n")
    first = scene.harvest()
    assert b".gitattributes" not in scene.files(first.tree)
    assert b"fine.py" in scene.files(first.tree)
    (held,) = first.special
    assert held.change.path == b".gitattributes"
    assert held.reason
    scene.box.put(b".gitattributes", b"* filter=evil\n")
    swapped = scene.harvest(approved=[held.approval])
    assert b".gitattributes" not in scene.files(swapped.tree)
    scene.box.put(b".gitattributes", b"* text\n")
    agreed = scene.harvest(approved=[held.approval])
    assert scene.files(agreed.tree)[b".gitattributes"] == ("100644", b"* text\n")
    assert agreed.special == ()


def test_links_and_executables_are_held(scene: Scene) -> None:
    scene.box.put(b"link", b"a.txt", SYMLINK)
    scene.box.put(b"run.sh", b"#!/bin/sh\n", EXECUTABLE)
    scene.box.put(b"src/main.py", b"print()\n", EXECUTABLE)
    result = scene.harvest()
    assert {held.change.path for held in result.special} == {b"link", b"run.sh", b"src/main.py"}
    assert result.tree == scene.base.tree
    agreed = scene.harvest(approved=[held.approval for held in result.special])
    found = scene.files(agreed.tree)
    assert found[b"link"] == ("120000", b"a.txt")
    assert found[b"src/main.py"] == ("100755", b"print()\n")


def test_what_was_held_is_no_part_of_what_is_agreed_to_later(scene: Scene) -> None:
    """An approved command brings in what it did, not what an earlier one left lying in the sandbox."""
    scene.box.put(b"Makefile", b"all:\n")
    scene.box.put(b"setup.cfg", b"x\n")
    scene.box.remove(b"a.txt")
    first = scene.harvest(ask=lambda change: "asked about")
    assert {held.change.path for held in first.special} == {b"Makefile", b"setup.cfg", b"a.txt"}
    scene.harvest(ask=lambda change: "asked about", only=[b"src/main.py"])  # another path changes nothing
    scene.box.put(b"made.toml", b"by the approved command\n")
    scene.box.put(b"setup.cfg", b"written again by it\n")
    second = scene.harvest(ask=lambda change: None)
    assert {change.path for change in second.changes} == {b"made.toml", b"setup.cfg"}
    assert {held.change.path: held.reason for held in second.special} == {
        b"Makefile": "asked about",
        b"a.txt": "asked about",
    }
    third = scene.harvest(approved=[held.approval for held in second.special])
    assert {change.path for change in third.changes} == {b"Makefile", b"a.txt"}


def test_a_held_deletion_keeps_the_file(orion_home: OrionHome, tmp_path: Path) -> None:
    scene = Scene(orion_home, tmp_path / "work", {".github/workflows/ci.yml": b"on: push\n", "x": b"y"})
    scene.box.remove(b".github/workflows/ci.yml")
    scene.box.put(b".github", b"a file in its place\n")
    result = scene.harvest()
    assert b".github/workflows/ci.yml" in scene.files(result.tree)
    assert b".github" in reasons(result)
    (held,) = result.special
    assert b".github/workflows/ci.yml" not in scene.files(scene.harvest(approved=[held.approval]).tree)


def test_a_judge_refuses_with_its_reason(scene: Scene) -> None:
    scene.box.put(b"src/main.py", b"x\n")
    scene.box.put(b"docs/x.md", b"x\n")
    result = scene.harvest(judge=lambda change: "outside docs" if not change.path.startswith(b"docs/") else None)
    assert reasons(result) == {b"src/main.py": "outside docs"}
    assert b"docs/x.md" in scene.files(result.tree)


# -- caps


def test_files_over_a_cap_are_refused_before_they_are_read(scene: Scene) -> None:
    scene.box.stats[b"huge"] = StatEntry(path=b"huge", kind=FILE, size=1 << 30, stamp="x")
    result = scene.harvest()
    assert "1,073,741,824 bytes" in reasons(result)[b"huge"]
    assert scene.box.fetched == []


def test_a_file_that_grows_between_looking_and_reading_is_refused(scene: Scene) -> None:
    scene.box.put(b"grows", b"x")
    scene.box.data[b"grows"] = b"x" * 1000
    scene.box.put(b"fine", b"x")
    result = scene.harvest()
    assert "changed while it was read" in reasons(result)[b"grows"]
    assert b"fine" in scene.files(result.tree)


def test_lines_are_capped_but_for_exempt_and_already_long_files(orion_home: OrionHome, tmp_path: Path) -> None:
    long = b"x\n" * 5_001
    scene = Scene(orion_home, tmp_path / "work", {"old": long, "short": b"x\n"})
    for path in (b"old", b"short", b"new", b"package-lock.json"):
        scene.box.put(path, long + b"more\n")
    result = scene.harvest(exempt=[b"package-lock.json"])
    assert set(reasons(result)) == {b"short", b"new"}
    assert "5,002 lines" in reasons(result)[b"new"]
    found = scene.files(result.tree)
    assert found[b"old"][1] == long + b"more\n"
    assert found[b"short"][1] == b"x\n"


def test_created_and_modified_files_are_counted_over_the_session(scene: Scene) -> None:
    caps = Caps(created=2, modified=2)
    for n in range(3):
        scene.box.put(b"new%d" % n, b"x")
        scene.harvest(caps)
    scene.box.put(b"a.txt", b"x")
    scene.box.remove(b"src/util.py")
    scene.box.put(b"src/main.py", b"x")
    result = scene.harvest(caps)
    assert set(reasons(result)) == {b"new2", b"src/main.py"}
    assert (result.usage.created, result.usage.modified) == (2, 2)
    scene.box.remove(b"new0")
    scene.box.put(b"a.txt", b"one\n")
    again = scene.harvest(caps)
    assert again.refused == ()
    assert {b"new2", b"src/main.py"} <= {change.path for change in again.changes}
    assert (again.usage.created, again.usage.modified) == (2, 2)


def test_a_refused_deletion_keeps_the_file(scene: Scene) -> None:
    scene.box.remove(b"a.txt")
    result = scene.harvest(Caps(modified=0))
    assert set(reasons(result)) == {b"a.txt"}
    assert result.tree == scene.base.tree


def test_all_bytes_together_are_capped(scene: Scene) -> None:
    caps = Caps(total_bytes=1_000)
    scene.box.put(b"one", b"x" * 600)
    scene.box.put(b"two", b"x" * 600)
    result = scene.harvest(caps)
    assert set(reasons(result)) == {b"two"}
    assert scene.box.fetched == [b"one"]
    scene.box.put(b"one", b"x" * 100)
    assert scene.harvest(caps).usage.total_bytes == 700


def test_a_refusal_is_news_once(scene: Scene) -> None:
    scene.box.odd(b"pipe", "a fifo")
    assert [refusal.new for refusal in scene.harvest().refused] == [True]
    assert [refusal.new for refusal in scene.harvest().refused] == [False]
    scene.box.odd(b"pipe", "a fifo")
    assert [refusal.new for refusal in scene.harvest().refused] == [True]
    scene.box.remove(b"pipe")
    assert scene.harvest().refused == ()


def test_a_flood_of_entries_is_refused_without_being_held(scene: Scene) -> None:
    """10^8 names would be endless: looking stops at the cap, whatever follows."""
    drawn = 0

    class Flood(Box):
        def scan(self) -> Iterator[StatEntry]:
            nonlocal drawn
            for n in range(100_000_000):
                drawn += 1
                yield StatEntry(path=b"%d" % n, kind=FILE, size=1, stamp="x")

    scene.box = Flood()
    before = scene.manifest.tree
    tracemalloc.start()
    with pytest.raises(BoundaryViolation, match="more than 200,000 entries"):
        scene.harvest()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert drawn == 200_001
    assert peak < 300_000_000
    assert scene.manifest.tree == before


def test_a_flood_of_small_files_is_refused_by_count_before_any_is_read(scene: Scene) -> None:
    for n in range(5_000):
        scene.box.put(b"flood/%d" % n, b"x")
    result = scene.harvest()
    assert len(scene.box.fetched) == 100
    assert len(result.refused) == 4_900


# -- what is carried


def test_submodules_and_impossible_names_are_carried_and_read_only(orion_home: OrionHome, tmp_path: Path) -> None:
    scene = Scene(orion_home, tmp_path / "work", BASE)
    head = scene.git("rev-parse", "HEAD")
    blob = scene.git("rev-parse", "HEAD:a.txt")
    entries_ = f"160000 {head}\tlib\n100644 {blob}\tGIT~1/config\n"
    subprocess.run(
        ["git", "-c", "core.protectNTFS=false", "update-index", "--index-info"],
        cwd=scene.work, input=entries_.encode(), check=True,
    )  # fmt: skip
    scene.git("-c", "core.protectNTFS=false", "commit", "-q", "-m", "odd")
    scene.open(orion_home)
    assert {entry.path for entry in scene.base.carried} == {b"lib", b"GIT~1/config"}
    assert b"lib" not in scene.box.stats
    scene.box.put(b"lib/evil.c", b"x")
    scene.box.put(b"lib", b"x")
    scene.box.put(b"a.txt", b"changed\n")
    result = scene.harvest()
    assert set(reasons(result)) == {b"lib", b"lib/evil.c"}
    listed = scene.repo.git.text("ls-tree", "-r", result.tree)
    assert f"160000 commit {head}\tlib" in listed
    assert f"100644 blob {blob}\tGIT~1/config" in listed


def test_a_sandbox_that_does_not_hold_what_was_sent_is_refused(scene: Scene) -> None:
    box = Box()
    box.load(entries(scene.repo, scene.base))
    box.put(b"extra", b"x")
    box.remove(b"a.txt")
    with pytest.raises(BoundaryViolation) as caught:
        baseline(box, scene.base, scene.base)
    assert caught.value.problems == ("extra is not what was sent", "a.txt is missing")


def test_a_sandbox_that_answers_with_other_entries_is_refused(scene: Scene) -> None:
    class Liar(Box):
        def fetch(self, paths: Iterable[bytes], *, limit: int) -> Iterator[TreeEntry]:
            for entry in super().fetch(paths, limit=limit):
                yield attrs.evolve(entry, path=b".git/config")

    liar = Liar()
    liar.load(entries(scene.repo, scene.base))
    scene.box = liar
    scene.manifest = baseline(liar, scene.base, scene.base)
    liar.put(b"new", b"x")
    result = scene.harvest()
    assert set(reasons(result)) == {b"new"}
    assert result.tree == scene.base.tree


def test_a_session_goes_on_from_a_later_tree(scene: Scene) -> None:
    """After a restart the box is filled from a checkpoint; limits still count from the base."""
    scene.box.put(b"a.txt", b"changed\n")
    scene.box.put(b"new", b"x")
    scene.box.remove(b"src/util.py")
    first = scene.harvest()
    loaded = survey(scene.repo, first.tree)
    box = Box()
    box.load(entries(scene.repo, loaded))
    scene.box = box
    scene.manifest = baseline(box, scene.base, loaded)
    assert scene.manifest.usage == first.usage
    box.put(b"src/util.py", b"pass\n")
    result = scene.harvest()
    assert (result.usage.created, result.usage.modified) == (1, 1)
    assert result.refused == ()


# -- any mixture

_ILLEGAL = st.one_of(
    st.sampled_from(
        [b".git/config", b"x/.git/HEAD", b"GIT~1", b"a/../b", b"../x", b"/etc/x", b"a//b", b".orion/x", b"y/.GIT/z"]
    ),
    st.lists(st.sampled_from([b"d", b".git", b"..", b".", b"Git~1 ", b".g\xe2\x80\x8cit"]), min_size=1, max_size=4)
    .map(b"/".join)
    .filter(lambda path: check_path(path) is not None),
    st.sampled_from([b"n" * 256, b"/".join([b"n" * 200] * 30), b"/".join([b"n"] * 3_000)]),
)
_FINE = st.lists(st.sampled_from([b"m", b"n\n", b"o p", b"q\xff"]), min_size=1, max_size=3).map(
    lambda parts: b"fine/" + b"/".join(parts) + b".txt"
)


@given(fine=st.dictionaries(_FINE, st.binary(max_size=50), max_size=5), illegal=st.sets(_ILLEGAL, max_size=6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_illegal_entry_is_refused_by_name_and_the_rest_is_intact(
    scene: Scene, fine: dict[bytes, bytes], illegal: set[bytes]
) -> None:
    box = Box()
    box.load(entries(scene.repo, scene.base))
    scene.box, scene.manifest = box, baseline(box, scene.base, scene.base)
    for path, data in fine.items():
        box.put(path, data)
    for path in illegal:
        box.put(path, b"evil")
    result = scene.harvest()
    assert scene.files(result.tree) == scene.files(scene.base.tree) | {
        path: ("100644", data) for path, data in fine.items()
    }
    refused = set(reasons(result))
    for path in illegal:
        assert any(path == name or path.startswith(name + b"/") for name in refused), path
