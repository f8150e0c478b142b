"""Trees go in and come out byte-exact; what may not cross is named; nothing is followed."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.sandbox import treestream
from orion_tui.core.sandbox.agent import frames, tree, wire
from orion_tui.core.sandbox.agent import scan as scans
from orion_tui.core.sandbox.agent.paths import Root
from orion_tui.core.sandbox.base import EntryKind, SandboxSpec, StatEntry, TreeEntry
from orion_tui.core.sandbox.fake import FakeSandbox

pytestmark = pytest.mark.unit

_name = st.binary(min_size=1, max_size=12).filter(
    lambda name: name not in {b".", b".."} and b"/" not in name and b"\0" not in name
)
_data = st.binary(max_size=50)
_entry = st.one_of(
    st.tuples(st.sampled_from([EntryKind.FILE, EntryKind.EXECUTABLE]), _data),
    st.tuples(st.just(EntryKind.SYMLINK), st.binary(min_size=1, max_size=30).filter(lambda data: b"\0" not in data)),
)


def legal(tree_of: dict[tuple[bytes, ...], tuple[EntryKind, bytes]]) -> list[TreeEntry]:
    """Without entries that lie below another entry."""
    return [
        TreeEntry(path=b"/".join(parts), kind=kind, data=data)
        for parts, (kind, data) in sorted(tree_of.items())
        if not any(parts[:depth] in tree_of for depth in range(1, len(parts))) and parts[0] != b".git"
    ]


@given(st.dictionaries(st.lists(_name, min_size=1, max_size=4).map(tuple), _entry, max_size=8).map(legal))
def test_any_legal_tree_comes_out_as_it_went_in(entries: list[TreeEntry]) -> None:
    with FakeSandbox(SandboxSpec(session_id="x")) as sandbox:
        sandbox.load(entries)
        stats = sandbox.scan()
        expected = sorted(entries, key=lambda entry: entry.path)
        assert [(s.path, s.kind, s.size) for s in stats] == [(e.path, e.kind, len(e.data)) for e in expected]
        assert list(sandbox.fetch((s.path for s in stats), limit=10_000)) == expected


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    (tmp_path / "w").mkdir()
    root = Root(str(tmp_path / "w"))
    yield root
    os.close(root.descriptor)


def load(root: Root, *entries: TreeEntry) -> int:
    stream = b"".join(treestream.encode(entries))
    position = 0

    def read(count: int) -> bytes:
        nonlocal position
        piece = stream[position : position + min(count, 3)]  # in the smallest pieces
        position += len(piece)
        return piece

    return tree.load(root, read)


def file(path: bytes, data: bytes = b"x") -> TreeEntry:
    return TreeEntry(path=path, kind=EntryKind.FILE, data=data)


def scan(root: Root, known: scans.Known | None = None, limit: int = 1000) -> dict[bytes, StatEntry | None]:
    return dict(treestream.decode_stats(b"".join(scans.scan(root, known or scans.Known(), limit))))


@pytest.mark.parametrize(
    "path", [b"", b"/etc/x", b"../x", b"a/../x", b"a//b", b"./a", b"a/.", b"a/", b"a\0b", b"a" * 5000, b".."]
)
def test_paths_that_are_not_plain_are_refused(root: Root, path: bytes) -> None:
    with pytest.raises(tree.Refused):
        load(root, file(path))


def test_a_directory_that_has_been_made_does_not_excuse_the_name_in_it(root: Root) -> None:
    for path in (b"a/..", b"a/.", b"a/"):
        with pytest.raises(tree.Refused):
            load(root, file(b"a/b"), file(path))


@pytest.mark.parametrize("pair", [(b"a", b"a"), (b"a", b"a/b"), (b"a/b", b"a")])
def test_an_entry_cannot_come_twice_or_lie_below_another(root: Root, pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(tree.Refused):
        load(root, *(file(path) for path in pair))


def test_nothing_is_written_through_a_link_that_came_along(root: Root, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    link = TreeEntry(path=b"a", kind=EntryKind.SYMLINK, data=os.fsencode(tmp_path / "outside"))
    with pytest.raises(tree.Refused):
        load(root, link, file(b"a/b"))
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_stream_that_stops_in_the_middle_is_refused(root: Root) -> None:
    stream = b"".join(treestream.encode([file(b"a", b"12345")]))
    for length in range(1, len(stream)):
        pieces = iter([stream[:length]])
        rest = b""

        def read(count: int, pieces: Iterator[bytes] = pieces) -> bytes:
            nonlocal rest
            rest = rest or next(pieces, b"")
            data, rest = rest[:count], rest[count:]
            return data

        with pytest.raises(tree.Refused):
            tree.load(root, read)
        rest = b""


def test_filling_begins_by_emptying_whatever_was_there(root: Root) -> None:
    base = Path(os.fsdecode(root.path))
    deep = base
    for _ in range(40):
        deep /= "d"
        deep.mkdir()
    (deep / "file").write_text("x")
    (base / "locked").mkdir()
    (base / "locked" / "inner").mkdir()
    (base / "locked" / "inner" / "file").touch()
    (base / "locked" / "inner").chmod(0)
    (base / "locked").chmod(0)
    (base / ".git").mkdir()
    (base / "link").symlink_to("/etc")
    os.mkfifo(base / "fifo")
    (base / ".orion-empty-1").touch()
    assert load(root, file(b"only")) == 1
    assert [path.name for path in base.iterdir()] == ["only"]


def test_a_directory_too_deep_for_a_path_is_emptied(root: Root) -> None:
    here = os.dup(root.descriptor)
    for _ in range(60):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = scan(root)
    assert [entry.what for entry in found.values() if entry] == ["path too long"]
    tree.empty(root)
    assert list(Path(os.fsdecode(root.path)).iterdir()) == []


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(".", os.O_RDONLY)
        os.chdir(path.parent)  # the name of a socket may not be long
        try:
            listener.bind(path.name)
        finally:
            os.fchdir(here)
            os.close(here)


def _setuid(path: Path) -> None:
    path.touch()
    path.chmod(0o4755)


@pytest.mark.parametrize(
    ("make", "what"),
    [(os.mkfifo, "fifo"), (_socket, "socket"), (_setuid, "setuid or setgid file")],
)
def test_what_may_not_cross_is_named_and_never_fetched(root: Root, make: Callable[[Path], None], what: str) -> None:
    make(Path(os.fsdecode(root.path)) / "it")
    entry = scan(root)[b"it"]
    assert entry is not None
    assert (entry.kind, entry.what) == (None, what)
    with pytest.raises(tree.Refused, match=what):
        list(tree.fetch(root, [b"it"], 1000))


def test_hard_links_are_counted(root: Root) -> None:
    base = Path(os.fsdecode(root.path))
    (base / "a").write_text("x")
    (base / "b").hardlink_to(base / "a")
    found = scan(root)
    assert [entry.links for entry in found.values() if entry] == [2, 2]


def test_a_scan_tells_only_what_changed(root: Root) -> None:
    base = Path(os.fsdecode(root.path))
    load(root, file(b"a/same"), file(b"a/edited"), file(b"a/chmodded"), file(b"gone"))
    known = scans.Known()
    assert set(scan(root, known)) == {b"a/same", b"a/edited", b"a/chmodded", b"gone"}
    assert scan(root, known) == {}
    (base / "a/edited").write_text("y")
    (base / "a/chmodded").chmod(0o755)
    (base / "gone").unlink()
    (base / "new").touch()
    changed = scan(root, known)
    assert changed.pop(b"gone") is None
    assert set(changed) == {b"a/edited", b"a/chmodded", b"new"}
    entry = changed[b"a/chmodded"]
    assert entry is not None
    assert entry.kind is EntryKind.EXECUTABLE


def test_an_edit_that_keeps_size_and_mtime_is_seen(root: Root) -> None:
    base = Path(os.fsdecode(root.path))
    load(root, file(b"a", b"one"))
    known = scans.Known()
    scan(root, known)
    before = (base / "a").stat()
    (base / "a").write_bytes(b"two")
    os.utime(base / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert set(scan(root, known)) == {b"a"}


def test_the_sandboxs_own_repository_is_passed_over_at_the_top_only(root: Root) -> None:
    base = Path(os.fsdecode(root.path))
    for directory in (base / ".git", base / "sub" / ".git"):
        directory.mkdir(parents=True)
        (directory / "config").touch()
    assert set(scan(root)) == {b"sub/.git/config"}


def test_too_many_entries_are_refused_before_they_are_collected(root: Root) -> None:
    load(root, *(file(b"d%d/f" % number) for number in range(6)))
    assert len(scan(root, limit=12)) == 6
    with pytest.raises(tree.Refused, match="more than 11"):
        scan(root, limit=11)


def test_directories_that_were_locked_are_scanned_all_the_same(root: Root) -> None:
    base = Path(os.fsdecode(root.path))
    load(root, file(b"shut/a"), file(b"blind/b"))
    (base / "shut").chmod(0)
    (base / "blind").chmod(0o600)
    assert set(scan(root)) == {b"shut/a", b"blind/b"}


def test_a_file_its_owner_may_not_read_is_fetched_and_left_as_it_was(root: Root) -> None:
    base = Path(os.fsdecode(root.path))
    load(root, file(b"a", b"data"))
    (base / "a").chmod(0)
    assert treestream.decode(b"".join(tree.fetch(root, [b"a"], 100))) == [file(b"a", b"data")]
    assert stat.S_IMODE((base / "a").stat().st_mode) == 0


def test_fetch_stops_at_its_budget_but_gives_at_least_one(root: Root) -> None:
    load(root, file(b"a", b"x" * 100), file(b"b", b"x" * 100), file(b"c", b"x" * 100))
    names = [b"a", b"b", b"c"]
    for budget, count in ((1, 1), (199, 1), (200, 2), (1000, 3)):
        assert len(treestream.decode(b"".join(tree.fetch(root, names, budget)))) == count


@pytest.mark.parametrize("path", [b"none", b"none/below", b"a/below"])
def test_what_is_gone_is_refused(root: Root, path: bytes) -> None:
    load(root, file(b"a"))
    with pytest.raises(tree.Refused):
        list(tree.fetch(root, [path], 100))


@pytest.mark.parametrize("path", [b"", b"../w/a", b"/etc/passwd", b"a/../a"])
def test_fetch_takes_plain_paths_only(root: Root, path: bytes) -> None:
    load(root, file(b"a"))
    with pytest.raises((tree.Refused, ValueError)):
        list(tree.fetch(root, [path], 100))


def test_fetch_follows_no_link_in_any_component(root: Root, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("secret")
    base = Path(os.fsdecode(root.path))
    (base / "dir").symlink_to(tmp_path / "secret")
    (base / "key").symlink_to(tmp_path / "secret" / "key")
    with pytest.raises(tree.Refused):
        list(tree.fetch(root, [b"dir/key"], 100))
    (entry,) = treestream.decode(b"".join(tree.fetch(root, [b"key"], 100)))
    assert entry.kind is EntryKind.SYMLINK
    assert b"secret/key" in entry.data


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        wire.ENTRY.pack(b"f", 5, 5) + b"short",
        wire.ENTRY.pack(b"o", 1, 0) + b"a",
        wire.ENTRY.pack(b"f", 1, 1 << 60) + b"a",
    ],
)
def test_entries_that_do_not_add_up_are_malformed(data: bytes) -> None:
    with pytest.raises(frames.Malformed):
        treestream.decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 5,
        wire.STAT.pack(b"f", 1, 1, 0, 0, 0),
        wire.STAT.pack(b"f", 1, 1, 9, 0, 0) + b"a",
        wire.STAT.pack(b"?", 1, 1, 1, 0, 0) + b"a",
        wire.STAT.pack(b"f", 1, 1, 5000, 0, 0) + b"a" * 5000,
    ],
)
def test_records_that_do_not_add_up_are_malformed(data: bytes) -> None:
    with pytest.raises(frames.Malformed):
        list(treestream.decode_stats(data))
