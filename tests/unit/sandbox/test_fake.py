"""The fake keeps the port's promises on files, so that what is built on it works on a real sandbox."""

import os
from pathlib import Path

import pytest

from orion_tui.base.errors import AttestationFailed, BoundaryViolation, ChannelClosed
from orion_tui.core.sandbox.base import CommandResult, EntryKind, Property, Sandbox, SandboxSpec, TreeEntry
from orion_tui.core.sandbox.fake import FakeBackend, FakeCommand, FakeSandbox

pytestmark = pytest.mark.unit


@pytest.fixture
def sandbox() -> FakeSandbox:
    return FakeSandbox(SandboxSpec(session_id="x"))


def test_it_is_a_sandbox(sandbox: FakeSandbox) -> None:
    port: Sandbox = sandbox
    assert port.backend == "fake"
    assert port.alive()


def test_commands_are_answered_by_the_tests_function_in_the_workspace() -> None:
    def script(command: FakeCommand) -> CommandResult:
        (command.workspace / "made").write_text(" ".join(command.argv))
        return CommandResult(exit_code=3, output=b"out")

    backend = FakeBackend(script)
    with backend.open(SandboxSpec(session_id="x")) as sandbox:
        assert sandbox.run(("make", "it"), cwd="sub", timeout=5).exit_code == 3
        assert sandbox.read("made") == b"make it"
    assert backend.opened[0].commands[0].cwd == "sub"


def test_writing_makes_parents_and_replaces_whole(sandbox: FakeSandbox) -> None:
    sandbox.write("a/b/c", b"one")
    sandbox.write("a/b/c", b"two", executable=True)
    entry = sandbox.stat("a/b/c")
    assert entry is not None
    assert (sandbox.read("a/b/c"), entry.kind, entry.size) == (b"two", EntryKind.EXECUTABLE, 3)
    assert sandbox.list() == ("a/b/c",)


def test_writing_over_a_link_replaces_the_link(sandbox: FakeSandbox, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("keep")
    (sandbox.workspace / "link").symlink_to(tmp_path / "target")
    sandbox.write("link", b"new")
    assert (tmp_path / "target").read_text() == "keep"
    assert sandbox.read("link") == b"new"


def test_no_component_that_is_a_link_is_followed(sandbox: FakeSandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("secret")
    (sandbox.workspace / "dir").symlink_to(tmp_path)
    (sandbox.workspace / "link").symlink_to(tmp_path / "file")
    with pytest.raises(NotADirectoryError):
        sandbox.read("dir/file")
    with pytest.raises(NotADirectoryError):
        sandbox.write("dir/new", b"x")
    with pytest.raises(NotADirectoryError):
        sandbox.delete("dir/file")
    with pytest.raises(NotADirectoryError):
        sandbox.list("dir")
    with pytest.raises(ValueError, match="regular"):
        sandbox.read("link")
    assert sandbox.stat("dir/file") is None
    assert sandbox.list() == ("dir", "link")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "", ".", "a//b", "a\0b"])
def test_only_plain_paths_are_taken(sandbox: FakeSandbox, path: str) -> None:
    with pytest.raises((ValueError, IsADirectoryError)):
        sandbox.read(path)
    with pytest.raises((ValueError, IsADirectoryError)):
        sandbox.write(path, b"x")


def test_reading_says_what_is_wrong(sandbox: FakeSandbox) -> None:
    sandbox.write("a/file", b"12345")
    os.mkfifo(sandbox.workspace / "fifo")
    with pytest.raises(FileNotFoundError):
        sandbox.read("none")
    with pytest.raises(IsADirectoryError):
        sandbox.read("a")
    with pytest.raises(ValueError, match="larger"):
        sandbox.read("a/file", limit=4)
    with pytest.raises(ValueError, match="regular"):
        sandbox.read("fifo")


def test_writing_into_the_place_of_a_directory_fails_and_leaves_nothing(sandbox: FakeSandbox) -> None:
    sandbox.write("a/file", b"x")
    with pytest.raises(IsADirectoryError):
        sandbox.write("a", b"x")
    assert sandbox.list() == ("a/file",)


def test_deleting_takes_the_directories_it_leaves_empty(sandbox: FakeSandbox) -> None:
    sandbox.write("a/b/c", b"x")
    sandbox.write("a/d", b"x")
    sandbox.delete("a/b/c")
    assert sandbox.stat("a/b") is None
    sandbox.delete("a/d")
    assert sandbox.stat("a") is None
    with pytest.raises(FileNotFoundError):
        sandbox.delete("a")


def test_stat_tells_a_directory(sandbox: FakeSandbox) -> None:
    sandbox.write("a/b", b"x")
    entry = sandbox.stat("a")
    assert entry is not None
    assert (entry.kind, entry.what) == (None, "directory")
    assert sandbox.stat("a/b/c") is None


def test_listing_is_sorted_bounded_and_without_repositories(sandbox: FakeSandbox) -> None:
    for name in ("b", "a/z", "a/.git/config", ".git/HEAD", "c"):
        sandbox.write(name, b"")
    assert sandbox.list() == ("a/z", "b", "c")
    assert sandbox.list(limit=2) == ("a/z", "b")
    assert sandbox.list("a") == ("a/z",)


def test_searching_finds_lines_by_number(sandbox: FakeSandbox) -> None:
    sandbox.write("a", b"one\ntwo\r\nthree\n")
    sandbox.write("binary", b"\0two")
    assert sandbox.search("^t") == (("a", 2, "two"), ("a", 3, "three"))
    assert sandbox.search("t", limit=1) == (("a", 2, "two"),)
    with pytest.raises(ValueError, match="regular expression"):
        sandbox.search("(")


def test_fetching_more_than_allowed_is_a_violation(sandbox: FakeSandbox) -> None:
    sandbox.load([TreeEntry(path=b"a", kind=EntryKind.FILE, data=b"12345")])
    assert [entry.data for entry in sandbox.fetch([b"a"], limit=5)] == [b"12345"]
    with pytest.raises(BoundaryViolation, match="more than 4"):
        list(sandbox.fetch([b"a"], limit=4))


def test_loading_refuses_what_is_no_tree(sandbox: FakeSandbox) -> None:
    with pytest.raises(BoundaryViolation):
        sandbox.load([TreeEntry(path=b"../a", kind=EntryKind.FILE, data=b"")])


def test_a_broken_promise_closes_it() -> None:
    broken = Property(name="network", promised="none", measured="some", holds=False, seen_from="inside")
    with FakeBackend(properties=(broken,)).open(SandboxSpec(session_id="x")) as sandbox:
        with pytest.raises(AttestationFailed, match="network"):
            sandbox.attest()
        assert not sandbox.alive()


def test_a_lack_is_no_broken_promise() -> None:
    lack = Property(name="cpu", promised="2", measured="no cgroup", holds=False, seen_from="host", lacking=True)
    with FakeBackend(properties=(lack,)).open(SandboxSpec(session_id="x")) as sandbox:
        assert sandbox.attest().lacks == (lack,)


def test_once_closed_everything_says_so(sandbox: FakeSandbox) -> None:
    workspace = sandbox.workspace
    sandbox.close()
    sandbox.close()
    assert not workspace.exists()
    with pytest.raises(ChannelClosed):
        sandbox.read("a")
    with pytest.raises(ChannelClosed):
        sandbox.run(("true",))
