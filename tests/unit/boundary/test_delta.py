"""A step's changes as bytes: exact both ways, and nothing else is taken for one."""

import contextlib
import os
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.base.errors import ConflictError, StoreError
from orion_tui.base.paths import OrionHome
from orion_tui.core.boundary import delta
from orion_tui.core.boundary.change import Before, Change
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.oid import blob_id
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.workspace import inspect
from orion_tui.core.sandbox.base import EntryKind, TreeEntry

pytestmark = pytest.mark.unit

FILE, EXECUTABLE, SYMLINK = EntryKind.FILE, EntryKind.EXECUTABLE, EntryKind.SYMLINK


def change(path: bytes, before: bytes | None, after: bytes | None, kind: EntryKind = FILE) -> Change:
    return Change(
        path=path,
        before=Before(kind=FILE, oid=blob_id(before, "sha1")) if before is not None else None,
        after=TreeEntry(path=path, kind=kind, data=after) if after is not None else None,
        oid=blob_id(after, "sha1") if after is not None else "",
    )


_KINDS = st.sampled_from(list(EntryKind))
_CHANGES = st.builds(
    change,
    st.binary(min_size=1, max_size=60),
    st.binary(max_size=20),
    st.one_of(st.none(), st.binary(max_size=400)),
    _KINDS,
) | st.builds(change, st.binary(min_size=1, max_size=60), st.none(), st.binary(max_size=400), _KINDS)


@given(st.lists(_CHANGES, max_size=12))
def test_what_was_encoded_is_what_is_decoded(changes: list[Change]) -> None:
    assert delta.decode(delta.encode(changes), "sha1") == tuple(changes)


@given(st.lists(_CHANGES, min_size=1, max_size=4), st.data())
def test_a_damaged_delta_is_refused_or_unchanged(changes: list[Change], data: st.DataObject) -> None:
    whole = delta.encode(changes)
    position = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[position] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(StoreError):
        assert delta.decode(bytes(flipped), "sha1") == tuple(changes)


def repacked(body: bytes, size: int | None = None) -> bytes:
    return b"ODL1" + struct.pack(">Q", len(body) if size is None else size) + zlib.compress(body)


_ONE = struct.pack(">I", 1)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"ODL1",
        b"XXXX" + delta.encode([])[4:],
        delta.encode([]) + b"x",
        delta.encode([])[:-1],
        repacked(b"\0\0\0\0extra"),
        repacked(b"\0\0\0\0", size=5),
        repacked(b"\0\0\0\0", size=3),
        repacked(b"\0\0\0\0", size=1 << 40),
        repacked(_ONE),
        repacked(_ONE + struct.pack(">HBBBQ", 0, 0, 0, 1, 0)),
        repacked(_ONE + struct.pack(">HBBBQ", 1, 9, 0, 1, 0) + b"p"),
        repacked(_ONE + struct.pack(">HBBBQ", 1, 0, 0, 9, 0) + b"p"),
        repacked(_ONE + struct.pack(">HBBBQ", 1, 0, 0, 0, 0) + b"p"),
        repacked(_ONE + struct.pack(">HBBBQ", 1, 1, 3, 1, 0) + b"pabc"),
        repacked(_ONE + struct.pack(">HBBBQ", 1, 0, 20, 1, 0) + b"p" + b"i" * 20),
        repacked(_ONE + struct.pack(">HBBBQ", 1, 1, 20, 0, 1) + b"p" + b"i" * 20 + b"d"),
        repacked(_ONE + struct.pack(">HBBBQ", 1, 0, 0, 1, 1 << 60) + b"p"),
        repacked(_ONE + struct.pack(">HBBBQ", 60_000, 0, 0, 1, 0) + b"p" * 60_000),
    ],
)
def test_what_encode_did_not_write_is_refused(damaged: bytes) -> None:
    with pytest.raises(StoreError, match="damaged"):
        delta.decode(damaged, "sha1")


def test_a_bomb_is_refused_without_being_expanded() -> None:
    bomb = b"ODL1" + struct.pack(">Q", 4) + zlib.compress(b"\0" * 50_000_000)
    with pytest.raises(StoreError):
        delta.decode(bomb, "sha1")


@pytest.fixture
def repo(orion_home: OrionHome, tmp_path: Path) -> tuple[SessionRepo, str]:
    work = tmp_path / "work"
    work.mkdir()
    subprocess.run(["git", "init", "-q", work], check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "base"], cwd=work, check=True)
    made = session_repo.create(orion_home, os.urandom(6).hex(), inspect(work))
    tree = made.write_tree(
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        [
            TreeEntry(path=b"a", kind=FILE, data=b"one"),
            TreeEntry(path=b"d/x", kind=FILE, data=b"two"),
            TreeEntry(path=b"new\nline", kind=FILE, data=b"three"),
        ],
    )
    return made, tree


def test_applying_makes_the_tree_that_was_recorded(repo: tuple[SessionRepo, str]) -> None:
    made, tree = repo
    changes = [
        change(b"a", b"one", b"changed", EXECUTABLE),
        change(b"new\nline", b"three", None),
        change(b"brand/new", None, b"x", SYMLINK),
        change(b"d/x", b"two", None),
        change(b"d", None, b"a file now"),
    ]
    after = delta.apply(made, tree, delta.decode(delta.encode(changes), "sha1"))
    found = {item.path: item.mode for item in made.entries(after)}
    assert found == {b"a": "100755", b"brand/new": "120000", b"d": "100644"}
    back = [
        change(b"d", b"a file now", None),
        change(b"d/x", None, b"two"),
        change(b"new\nline", None, b"three"),
        Change(path=b"brand/new", before=Before(kind=SYMLINK, oid=blob_id(b"x", "sha1")), after=None),
        Change(
            path=b"a",
            before=Before(kind=EXECUTABLE, oid=blob_id(b"changed", "sha1")),
            after=TreeEntry(path=b"a", kind=FILE, data=b"one"),
            oid=blob_id(b"one", "sha1"),
        ),
    ]
    assert delta.apply(made, after, back) == tree


@pytest.mark.parametrize(
    "wrong",
    [
        change(b"a", b"another", b"x"),
        change(b"a", None, b"x"),
        change(b"a", b"another", None),
        change(b"nowhere", b"one", b"x"),
        Change(path=b"a", before=Before(kind=EXECUTABLE, oid=blob_id(b"one", "sha1")), after=None),
    ],
)
def test_a_step_that_found_something_else_is_refused_by_name(repo: tuple[SessionRepo, str], wrong: Change) -> None:
    made, tree = repo
    with pytest.raises(ConflictError) as caught:
        delta.apply(made, tree, [change(b"fine", None, b"x"), wrong])
    assert caught.value.problems == (f"{wrong.path.decode()} is not what the step found",)
