"""A file action against the workspace as it is: what it would do, or why it cannot."""

from collections.abc import Iterator

import pytest

from orion_tui.base.errors import ActionError
from orion_tui.core.models.actions import DeleteFile, EditFile, FileAction, FileChange, WriteFile
from orion_tui.core.sandbox.base import EntryKind, SandboxSpec, TreeEntry
from orion_tui.core.sandbox.fake import FakeSandbox
from orion_tui.core.session.resolve import resolve

pytestmark = pytest.mark.unit


@pytest.fixture
def sandbox() -> Iterator[FakeSandbox]:
    with FakeSandbox(SandboxSpec(session_id="s")) as opened:
        opened.load(
            [
                TreeEntry(path=b"a.txt", kind=EntryKind.FILE, data=b"one two two\n"),
                TreeEntry(path=b"dir/run.sh", kind=EntryKind.EXECUTABLE, data=b"#!/bin/sh\n"),
                TreeEntry(path=b"link", kind=EntryKind.SYMLINK, data=b"a.txt"),
                TreeEntry(path=b"odd\xff", kind=EntryKind.FILE, data=b"\xff\x00"),
            ]
        )
        yield opened


def test_writing_a_new_file(sandbox: FakeSandbox) -> None:
    change = resolve(WriteFile(path="new.txt", content=b"x", executable=True), sandbox)
    assert change == FileChange(path="new.txt", before=None, after=b"x", executable=True)


def test_replacing_a_file_tells_what_was_there(sandbox: FakeSandbox) -> None:
    change = resolve(WriteFile(path="dir/run.sh", content=b"x"), sandbox)
    assert (change.before, change.after) == (b"#!/bin/sh\n", b"x")
    assert change.was_executable
    assert not change.executable


def test_an_edit_keeps_the_mode_and_replaces_the_one_place(sandbox: FakeSandbox) -> None:
    change = resolve(EditFile(path="a.txt", old="one", new="1"), sandbox)
    assert change.after == b"1 two two\n"
    assert resolve(EditFile(path="dir/run.sh", old="/bin/sh", new="/bin/ash"), sandbox).executable


def test_an_edit_of_undecodable_bytes_round_trips(sandbox: FakeSandbox) -> None:
    change = resolve(EditFile(path="odd\udcff", old="\udcff", new="\udcfe"), sandbox)
    assert change.after == b"\xfe\x00"


def test_a_deletion_has_no_after(sandbox: FakeSandbox) -> None:
    assert resolve(DeleteFile(path="a.txt"), sandbox).after is None


def test_a_link_is_judged_where_it_stands_and_its_target_is_not_read(sandbox: FakeSandbox) -> None:
    change = resolve(WriteFile(path="link", content=b"x"), sandbox)
    assert change.is_symlink
    assert change.before == b""


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (EditFile(path="a.txt", old="two", new="2"), "stands 2 times"),
        (EditFile(path="a.txt", old="three", new="3"), "is not in a.txt"),
        (EditFile(path="a.txt", old="", new="3"), "is empty"),
        (EditFile(path="none", old="a", new="b"), "does not exist"),
        (EditFile(path="link", old="one", new="b"), "symbolic link"),
        (DeleteFile(path="none"), "does not exist"),
        (WriteFile(path="dir", content=b""), "is a directory"),
        (DeleteFile(path="dir"), "is a directory"),
    ],
)
def test_what_cannot_be_done_is_said(sandbox: FakeSandbox, action: FileAction, said: str) -> None:
    with pytest.raises(ActionError, match=said):
        resolve(action, sandbox)
