"""Differences between trees, read from git's machine output."""

import os
import subprocess
from pathlib import Path

import pytest

from orion_tui.core.repo import diff as differ
from orion_tui.core.repo import hunks
from orion_tui.core.repo.diff import FileDiff, diff, patch_text
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.tree_writer import Deletion, empty_tree, write_tree
from orion_tui.core.sandbox.base import EntryKind, TreeEntry

pytestmark = pytest.mark.unit

FILE, EXECUTABLE, SYMLINK = EntryKind.FILE, EntryKind.EXECUTABLE, EntryKind.SYMLINK


@pytest.fixture
def git(tmp_path: Path) -> Git:
    path = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", path], check=True)
    git = Git.owned(path)
    empty_tree(git)
    return git


def tree(git: Git, files: dict[str, bytes], base: str | None = None, gone: tuple[str, ...] = ()) -> str:
    changes = [TreeEntry(path=os.fsencode(name), kind=FILE, data=data) for name, data in files.items()]
    return write_tree(git, base or empty_tree(git), [*changes, *(Deletion(path=os.fsencode(name)) for name in gone)])


def shape(file: FileDiff) -> list[tuple[str, int | None, int | None, str]]:
    return [(line.kind, line.old_no, line.new_no, line.text) for hunk in file.hunks for line in hunk.lines]


def numbered(count: int, **changes: str) -> bytes:
    return b"".join(changes.get(f"l{n}", f"line {n}").encode() + b"\n" for n in range(1, count + 1))


def test_added_deleted_and_changed_files(git: Git) -> None:
    old = tree(git, {"changed": b"a\nb\n", "deleted": b"x\n", "same": b"s\n"})
    new = tree(git, {"changed": b"a\nc\n", "added": b"one\ntwo\n"}, old, gone=("deleted",))
    found = diff(git, old, new)
    assert [(f.path, f.status, f.added, f.removed) for f in found.files] == [
        ("added", "A", 2, 0),
        ("changed", "M", 1, 1),
        ("deleted", "D", 0, 1),
    ]
    assert (found.added, found.removed) == (3, 2)
    added, changed, deleted = found.files
    assert shape(added) == [("+", None, 1, "one"), ("+", None, 2, "two")]
    assert shape(changed) == [(" ", 1, 1, "a"), ("-", 2, None, "b"), ("+", None, 2, "c")]
    assert shape(deleted) == [("-", 1, None, "x")]
    assert (added.old_mode, added.new_mode, deleted.new_mode) == ("", "100644", "")
    assert found.file("deleted") == deleted
    assert found.file("same") is None


def test_nothing_differs(git: Git) -> None:
    same = tree(git, {"a": b"x"})
    assert diff(git, same, same).files == ()
    assert patch_text(git, same, same) == ""


def test_hunks_have_three_lines_around_them_and_a_heading(git: Git) -> None:
    indented = numbered(30).replace(b"line", b"    line")
    body = b"def first():\n" + indented + b"def second():\n" + indented
    old = tree(git, {"a.py": body})
    new = tree(git, {"a.py": body.replace(b"line 10\n", b"ten\n", 1).replace(b"line 29\ndef", b"line 29\nx\ndef")}, old)
    (file,) = diff(git, old, new).files
    (first, *_) = file.hunks
    assert (first.old_start, first.old_count, first.new_start, first.new_count) == (8, 7, 8, 7)
    assert first.heading == "def first():"
    assert [line.kind for line in first.lines] == [" ", " ", " ", "-", "+", " ", " ", " "]


def test_a_rename_is_one_file(git: Git) -> None:
    old = tree(git, {"old name": numbered(40)})
    new = tree(git, {"new name": numbered(40, l5="five")}, old, gone=("old name",))
    (file,) = diff(git, old, new).files
    assert (file.status, file.old_path, file.path) == ("R", "old name", "new name")
    assert (file.added, file.removed) == (1, 1)
    assert file.display == "old name → new name"
    assert ("-", 5, None, "line 5") in shape(file)
    patch = patch_text(git, old, new, "new name")
    assert "rename from old name" in patch


def test_a_pure_rename_has_no_hunks(git: Git) -> None:
    old = tree(git, {"a": numbered(10)})
    new = tree(git, {"b": numbered(10)}, old, gone=("a",))
    (file,) = diff(git, old, new).files
    assert (file.status, file.hunks) == ("R", ())


def test_a_file_that_becomes_a_link_and_one_that_becomes_executable(git: Git) -> None:
    old = tree(git, {"a": b"text\n", "run": b"x\n"})
    new = write_tree(
        git,
        old,
        [TreeEntry(path=b"a", kind=SYMLINK, data=b"run"), TreeEntry(path=b"run", kind=EXECUTABLE, data=b"x\n")],
    )
    link, run = diff(git, old, new).files
    assert (link.status, link.new_mode, link.special_reason) == ("T", "120000", "a symbolic link")
    assert (run.status, run.old_mode, run.new_mode) == ("M", "100644", "100755")
    assert run.special
    assert run.hunks == ()


def test_a_file_in_the_place_of_a_directory(git: Git) -> None:
    old = tree(git, {"a/b": b"in it\n", "a/c": b"also\n"})
    new = tree(git, {"a": b"file\n"}, old, gone=("a/b", "a/c"))
    found = diff(git, old, new)
    assert [(f.path, f.status) for f in found.files] == [("a", "A"), ("a/b", "D"), ("a/c", "D")]
    file = found.file("a")
    assert file is not None
    assert shape(file) == [("+", None, 1, "file")]


def test_special_paths_are_marked(git: Git) -> None:
    old = tree(git, {"x": b"x\n", "moved": numbered(20)})
    new = tree(git, {"x": b"y\n", ".github/ci.yml": numbered(20)}, old, gone=("moved",))
    assert {f.path: f.special for f in diff(git, old, new).files} == {"x": False, ".github/ci.yml": True}


def test_binary_files_have_no_hunks(git: Git) -> None:
    old = tree(git, {"image": b"\0\1\2"})
    new = tree(git, {"image": b"\0\1\3", "new": b"\0"}, old)
    changed, added = diff(git, old, new).files
    for file in (changed, added):
        assert (file.binary, file.added, file.removed, file.hunks) == (True, 0, 0, ())


@pytest.mark.parametrize(
    "name", [b"new\nline", b"tab\there", b"caf\xe9", b'quo"te', b"\x1b[31mred", b":(magic)", b"-x"]
)
def test_any_name_comes_through(git: Git, name: bytes) -> None:
    path = os.fsdecode(name)
    old = tree(git, {path: b"a\n"})
    new = tree(git, {path: b"b\n"}, old)
    (file,) = diff(git, old, new).files
    assert os.fsencode(file.path) == name
    assert "\x1b" not in file.display
    assert "\n" not in file.display
    assert shape(file) == [("-", 1, None, "a"), ("+", None, 1, "b")]
    assert patch_text(git, old, new, path) == patch_text(git, old, new) != ""


def test_text_is_safe_to_show_and_hides_nothing(git: Git) -> None:
    old = tree(git, {"a": b"x\n"})
    new = tree(git, {"a": b"\x1b]52;c;AAAA\x07\n" + "user\u202etxt.exe\u200b".encode() + b"\n\xff\xfe\n\ttab\n"}, old)
    (file,) = diff(git, old, new).files
    assert [text for kind, _, _, text in shape(file) if kind == "+"] == [
        "⟨U+001B⟩]52;c;AAAA⟨U+0007⟩",
        "user⟨U+202E⟩txt.exe⟨U+200B⟩",
        "\\xff\\xfe",
        "    tab",
    ]


def test_a_change_of_line_ends_is_seen(git: Git) -> None:
    old = tree(git, {"a": b"one\n"})
    new = tree(git, {"a": b"one\r\n"}, old)
    assert shape(diff(git, old, new).files[0]) == [("-", 1, None, "one"), ("+", None, 1, "one␍")]


def test_a_missing_last_newline_is_told(git: Git) -> None:
    old = tree(git, {"a": b"one\ntwo"})
    new = tree(git, {"a": b"one\ntwo\n", "b": b"x"}, old)
    first, second = diff(git, old, new).files
    assert [(line.kind, line.newline) for line in first.hunks[0].lines] == [(" ", True), ("-", False), ("+", True)]
    assert [line.newline for line in second.hunks[0].lines] == [False]


def test_lines_that_look_like_headers_are_lines(git: Git) -> None:
    old = tree(git, {"a": b"-- old\n@@ -1 +1 @@\n"})
    new = tree(git, {"a": b"++ new\n@@ -1 +1 @@\ndiff --git a/x b/x\n"}, old)
    assert shape(diff(git, old, new).files[0]) == [
        ("-", 1, None, "-- old"),
        ("+", None, 1, "++ new"),
        (" ", 2, 2, "@@ -1 +1 @@"),
        ("+", None, 3, "diff --git a/x b/x"),
    ]


def test_huge_files_and_lines_are_cut_and_say_so(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hunks, "MAX_LINES", 100)
    monkeypatch.setattr(hunks, "MAX_WIDTH", 20)
    old = tree(git, {"a": numbered(60_000), "wide": b"x\n"})
    new = tree(
        git, {"a": numbered(60_000).replace(b"line", b"row"), "b": numbered(200), "wide": b"y" * 50 + b"\n"}, old
    )
    a, b, wide = diff(git, old, new).files
    assert a.huge
    assert b.huge
    assert sum(len(hunk.lines) for hunk in a.hunks) == 100
    assert len(b.hunks[0].lines) == 100
    assert shape(wide)[1][3] == "y" * 20 + " ⟨30 characters more⟩"


def test_hunks_are_read_only_when_asked_for_and_once(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tree(git, {f"f{n}": b"a\n" for n in range(50)})
    new = tree(git, {f"f{n}": b"b\n" for n in range(50)}, old)
    started: list[str] = []
    real = differ.Git.process

    def counted(self: Git, *args: str, **more: object) -> object:
        started.extend(word for word in args if word == "diff")
        return real(self, *args)

    monkeypatch.setattr(differ.Git, "process", counted)
    found = diff(git, old, new)
    assert started == []
    assert found.files[7].hunks == found.files[7].hunks
    assert started == ["diff"]


def test_attributes_and_drivers_have_no_say(git: Git, tmp_path: Path) -> None:
    """The tree says that nothing may be seen of a file; the user's configuration has a converter for it."""
    work = tmp_path / "work"
    subprocess.run(["git", "init", "-q", work], check=True)
    mark = tmp_path / "executed"
    for key, value in {
        "diff.sly.textconv": f"touch {mark}; true",
        "diff.noprefix": "true",
        "diff.suppressBlankEmpty": "true",
        "color.ui": "always",
        "diff.external": f"touch {mark}; true",
    }.items():
        subprocess.run(["git", "config", key, value], cwd=work, check=True)
    (work / ".gitattributes").write_text("a diff=sly\n")
    user = Git.user(work)
    trees: list[str] = []
    for text in ("one", "two"):
        (work / "a").write_text(f"{text}\n\nlast\n")
        user.text("add", "--all")
        trees.append(user.text("write-tree"))
    old, new = trees
    subprocess.run(["git", "diff", old, new], cwd=work, check=False, capture_output=True)
    assert mark.exists()
    mark.unlink()
    (file,) = diff(user, old, new).files
    assert shape(file) == [("-", 1, None, "one"), ("+", None, 1, "two"), (" ", 2, 2, ""), (" ", 3, 3, "last")]
    assert "a/a b/a" in patch_text(user, old, new)
    assert not mark.exists()


def test_a_patch_applies_and_gives_the_same_tree(git: Git, tmp_path: Path) -> None:
    old = tree(git, {"caf\udce9": b"\xff\xfe\n", "bin": bytes(range(256)), "move": numbered(30), "gone": b"x\n"})
    new = write_tree(
        git,
        tree(
            git,
            {"caf\udce9": b"\xfe\n", "bin": bytes(range(255, -1, -1)), "moved": numbered(30, l3="x")},
            old,
            ("move", "gone"),
        ),
        [TreeEntry(path=b"run", kind=EXECUTABLE, data=b"#!/bin/sh"), TreeEntry(path=b"ln", kind=SYMLINK, data=b"run")],
    )
    patch = os.fsencode(patch_text(git, old, new))
    index = {"GIT_INDEX_FILE": str(tmp_path / "index")}
    git.text("read-tree", old, env=index)
    git.text("apply", "--cached", "-", input=patch, env=index)
    assert git.text("write-tree", env=index) == new


def test_without_counting_the_names_are_there_and_counts_come_when_asked_for(git: Git) -> None:
    old = tree(git, {"a": b"1\n2\n", "b": b"1\n", "bin": b"\0a", "old name": numbered(30)})
    new = tree(git, {"a": b"1\n3\n4\n", "b": b"2\n", "bin": b"\0b", "new name": numbered(30) + b"x\n"})
    found = diff(git, old, new, count=False)
    assert [(file.path, file.status, file.counted) for file in found.files] == [
        ("a", "M", False), ("b", "M", False), ("bin", "M", False), ("new name", "R", False),
    ]  # fmt: skip
    some = found.count(["a", "new name"])
    assert [(f.path, f.added, f.removed) for f in some.files if f.counted] == [("a", 2, 1), ("new name", 1, 0)]
    assert some.count(["b", "bin"]) == diff(git, old, new)


def test_of_a_file_that_was_not_counted_git_says_whether_it_is_text(git: Git) -> None:
    old, new = tree(git, {"a": b"1\n", "bin": b"\0a\n"}), tree(git, {"a": b"2\n", "bin": b"\0b\n"})
    text, binary = diff(git, old, new, count=False).files
    assert len(text.hunks) == 1
    assert binary.hunks == ()


def test_what_is_too_large_is_not_compared_and_its_size_is_known(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differ, "BIG_FILES", ("-c", "core.bigFileThreshold=1000"))
    old, new = tree(git, {"big": numbered(500)}), tree(git, {"big": numbered(501)})
    (big,) = diff(git, old, new).files
    assert big.binary
    assert big.hunks == ()
    assert big.sizes() == (len(numbered(500)), len(numbered(501)))


def test_lines_that_differ_in_blanks_only_can_be_left_out(git: Git) -> None:
    old, new = tree(git, {"a": b"x\ny\n"}), tree(git, {"a": b"  x\nz\n"})
    (file,) = diff(git, old, new).files
    assert sum(line.kind == "-" for line in file.hunks[0].lines) == 2
    assert [line.text for line in file.hunks_but_blanks[0].lines if line.kind == "-"] == ["y"]


def test_all_lines_are_there_for_colours_unless_there_are_too_many(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = tree(git, {"a": b"x\n\ty"}), tree(git, {"a": b"x\n"})
    (file,) = diff(git, old, new).files
    assert file.sides() == (("x", "    y"), ("x",))
    monkeypatch.setattr(hunks, "COLORED_BYTES", 3)
    assert file.sides() is None
