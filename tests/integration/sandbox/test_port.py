"""The port's promises on a real sandbox: files, commands, trees."""

import signal
from pathlib import Path

import pytest

from orion_tui.base.errors import BoundaryViolation, SandboxError
from orion_tui.core.repo.oid import blob_id
from orion_tui.core.sandbox.agent import frames
from orion_tui.core.sandbox.base import EntryKind, Sandbox, TreeEntry
from orion_tui.core.sandbox.remote import RemoteSandbox
from tests.integration.sandbox.conftest import Open


def python(sandbox: RemoteSandbox, code: str) -> bytes:
    result = sandbox.run(("python3", "-I", "-S", "-c", code))
    assert result.exit_code == 0, result
    return result.output


def test_it_is_a_sandbox(sandbox: RemoteSandbox, kind: str) -> None:
    port: Sandbox = sandbox
    assert port.backend == ("docker" if kind == "docker" else "bubblewrap")
    assert port.alive()


def test_exit_status_signal_timeout_and_failure_to_start_are_told_apart(sandbox: RemoteSandbox) -> None:
    done = sandbox.run(("sh", "-c", "exit 7"))
    assert (done.exit_code, done.signal, done.timed_out, done.error) == (7, None, False, "")
    killed = sandbox.run(("sh", "-c", "kill -TERM $$"))
    assert (killed.exit_code, killed.signal) == (None, signal.SIGTERM)
    late = sandbox.run(("sleep", "60"), timeout=0.1)
    assert (late.exit_code, late.signal, late.timed_out) == (None, None, True)
    missing = sandbox.run(("no-such-program",))
    assert missing.exit_code is None
    assert "no such program" in missing.error


@pytest.mark.parametrize(
    ("argv", "cwd", "env", "said"),
    [
        (("/usr",), "", (), "Permission denied"),
        (("",), "", (), "no such program"),
        (("a\0b",), "", (), "null"),
        (("sh", "a\0b"), "", (), "null"),
        (("sh",), "none", (), "No such file"),
        (("sh",), "../..", (), "plain path"),
        (("sh",), "/etc", (), "plain path"),
        (("sh",), "", (("A=B", "x"),), "environment"),
        (("echo", "x" * 200_000), "", (), "Argument list too long"),
    ],
)
def test_whatever_cannot_be_started_is_an_answer_and_no_failure(
    sandbox: RemoteSandbox, argv: tuple[str, ...], cwd: str, env: tuple[tuple[str, str], ...], said: str
) -> None:
    result = sandbox.run(argv, cwd=cwd, env=env)
    assert result.exit_code is None
    assert said in result.error


def test_both_streams_come_in_the_order_in_which_they_were_written(sandbox: RemoteSandbox) -> None:
    assert sandbox.run(("sh", "-c", "echo a; echo b >&2; echo c")).output == b"a\nb\nc\n"


def test_what_a_command_prints_is_told_while_it_runs(sandbox: RemoteSandbox) -> None:
    heard: list[bytes] = []
    done = sandbox.run(("sh", "-c", "echo first; sleep 1; echo second"), watch=lambda data, _: heard.append(data))
    assert heard[0] == b"first\n"
    assert done.output == b"first\nsecond\n"


def test_a_command_that_ends_at_once_tells_nothing_before_it_has_ended(sandbox: RemoteSandbox) -> None:
    heard: list[bytes] = []
    assert sandbox.run(("echo", "a"), watch=lambda data, _: heard.append(data)).output == b"a\n"
    assert heard == []


def test_a_command_that_prints_without_end_is_told_in_bounds(sandbox: RemoteSandbox) -> None:
    heard: list[tuple[bytes, int]] = []
    done = sandbox.run(("yes",), timeout=1.5, watch=lambda data, dropped: heard.append((data, dropped)))
    assert done.timed_out
    assert 0 < len(heard) <= 1.5 / frames.PARTIAL_INTERVAL
    assert all(len(data) <= frames.MAX_PARTIAL for data, _ in heard)
    assert any(dropped for _, dropped in heard)
    assert set(b"".join(data for data, _ in heard)) == set(b"y\n")


def test_output_is_any_bytes(sandbox: RemoteSandbox) -> None:
    code = "import os; os.write(1, bytes(range(256)))"
    assert python(sandbox, code) == bytes(range(256))


def test_input_is_empty(sandbox: RemoteSandbox) -> None:
    assert sandbox.run(("cat",), timeout=10).exit_code == 0


def test_directory_and_environment_are_the_commands_own(sandbox: RemoteSandbox) -> None:
    sandbox.write("sub/dir/x", b"")
    assert sandbox.run(("pwd",), cwd="sub/dir").output == b"/workspace/sub/dir\n"
    assert sandbox.run(("pwd",)).output == b"/workspace\n"
    assert sandbox.run(("sh", "-c", "echo $GREETING"), env=(("GREETING", "hi"),)).output == b"hi\n"
    assert sandbox.run(("sh", "-c", "echo $GREETING")).output == b"\n"


def test_a_path_of_the_commands_own_is_searched(sandbox: RemoteSandbox) -> None:
    sandbox.write("bin/tool", b"#!/bin/sh\necho ours\n", executable=True)
    assert sandbox.run(("tool",), env=(("PATH", "/workspace/bin"),)).output == b"ours\n"
    assert sandbox.run(("./bin/tool",)).output == b"ours\n"


def test_a_command_finds_signals_as_every_program_does(open_sandbox: Open, kind: str) -> None:
    # As one has them that was started in the background, or by nohup.
    ignored_here = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored_here}
    try:
        sandbox = open_sandbox(kind=kind)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    found = sandbox.run(("sh", "-c", "exec grep -E 'Sig(Blk|Ign)' /proc/self/status")).output.split()
    blocked, ignored = int(found[1], 16), int(found[3], 16)
    assert blocked == 0
    assert ignored & ~(0b11 << 31) == 0  # 32 and 33 are the C library's own


def test_names_that_are_not_text_make_the_round_trip(sandbox: RemoteSandbox) -> None:
    name = "\udcff \n\u202e'$(x)"
    sandbox.write(name, b"x")
    assert sandbox.read(name) == b"x"
    assert name in sandbox.list()
    sandbox.delete(name)
    assert sandbox.stat(name) is None


def test_what_a_command_writes_is_read_and_the_other_way_round(sandbox: RemoteSandbox) -> None:
    sandbox.write("in", b"data", executable=True)
    assert sandbox.run(("sh", "-c", "cat in; test -x in; echo new > out")).output == b"data"
    assert sandbox.read("out") == b"new\n"


def test_large_files_travel_whole(sandbox: RemoteSandbox) -> None:
    data = bytes(range(256)) * 4096 * 5
    sandbox.write("large", data)
    assert sandbox.read("large") == data
    with pytest.raises(ValueError, match="larger"):
        sandbox.read("large", limit=len(data) - 1)
    sandbox.delete("large")


def test_errors_inside_come_out_as_what_they_are(sandbox: RemoteSandbox) -> None:
    sandbox.run(("sh", "-c", "mkdir -p d; ln -s d l; mkfifo f"))
    with pytest.raises(FileNotFoundError):
        sandbox.read("none")
    with pytest.raises(IsADirectoryError):
        sandbox.read("d")
    with pytest.raises(NotADirectoryError):
        sandbox.write("l/x", b"")
    with pytest.raises(ValueError, match="regular"):
        sandbox.read("f")
    with pytest.raises(FileNotFoundError):
        sandbox.delete("none")
    assert sandbox.alive()


def test_a_write_that_does_not_fit_leaves_what_was_there(sandbox: RemoteSandbox) -> None:
    sandbox.write("kept", b"before")
    with pytest.raises(OSError, match="No space"):
        sandbox.write("kept", b"x" * (17 * 1024 * 1024))
    assert sandbox.read("kept") == b"before"
    assert not [name for name in sandbox.list() if "orion" in name]


def tree(*names: str) -> list[TreeEntry]:
    return [TreeEntry(path=name.encode(), kind=EntryKind.FILE, data=name.encode()) for name in names]


def test_a_tree_goes_in_changes_and_comes_out(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    entries = [
        *tree("a/b", "c"),
        TreeEntry(path=b"run", kind=EntryKind.EXECUTABLE, data=b"#!/bin/sh\n"),
        TreeEntry(path=b"to", kind=EntryKind.SYMLINK, data=b"a/b"),
    ]
    sandbox.load(entries)
    before = {entry.path: entry for entry in sandbox.scan()}
    assert list(sandbox.fetch(sorted(before), limit=1000)) == sorted(entries, key=lambda entry: entry.path)
    sandbox.run(("sh", "-c", "echo more >> a/b; rm c; mkdir new; echo x > new/file; mkfifo pipe"))
    after = {entry.path: entry for entry in sandbox.scan()}
    assert set(after) == {b"a/b", b"run", b"to", b"new/file", b"pipe"}
    assert after[b"run"] == before[b"run"]
    assert after[b"a/b"].stamp != before[b"a/b"].stamp
    assert (after[b"pipe"].kind, after[b"pipe"].what) == (None, "fifo")
    assert sandbox.scan() == tuple(sorted(after.values(), key=lambda entry: entry.path))


def test_loading_again_replaces_everything(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    sandbox.load(tree("a", "b"))
    sandbox.scan()
    sandbox.load(tree("b", "c"))
    assert [entry.path for entry in sandbox.scan()] == [b"b", b"c"]


def test_many_large_files_are_fetched_in_bounded_pieces(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    data = b"x" * (3 * 1024 * 1024)
    sandbox.load([TreeEntry(path=b"f%d" % n, kind=EntryKind.FILE, data=data) for n in range(5)])
    fetched = list(sandbox.fetch([b"f%d" % n for n in range(5)], limit=1 << 30))
    assert [entry.data == data for entry in fetched] == [True] * 5
    with pytest.raises(BoundaryViolation):
        list(sandbox.fetch([b"f0", b"f1"], limit=len(data) + 1))
    assert sandbox.alive()


def test_a_fetch_that_is_left_in_the_middle_harms_nothing(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    sandbox.load(tree("a", "b", "c"))
    fetching = sandbox.fetch([b"a", b"b", b"c"], limit=100)
    assert next(fetching).path == b"a"
    del fetching
    assert sandbox.read("b") == b"b"


def test_a_tree_that_does_not_fit_says_so(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    with pytest.raises(SandboxError, match="does not fit"):
        sandbox.load([TreeEntry(path=b"f", kind=EntryKind.FILE, data=b"x" * (17 << 20))])
    with pytest.raises(SandboxError, match="does not fit"):
        sandbox.load(TreeEntry(path=b"f%d" % n, kind=EntryKind.FILE, data=b"") for n in range(3000))
    sandbox.load(tree("small"))
    assert [entry.path for entry in sandbox.scan()] == [b"small"]


def test_what_is_fetched_must_still_be_there(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    sandbox.load(tree("a"))
    sandbox.run(("sh", "-c", "rm a; mkfifo a"))
    with pytest.raises(BoundaryViolation, match="fifo"):
        list(sandbox.fetch([b"a"], limit=100))


def test_git_inside_has_the_loaded_tree_as_its_base(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    entries = [
        *tree("src/a"),
        TreeEntry(path=b".gitignore", kind=EntryKind.FILE, data=b"src\n"),
        TreeEntry(path=b".gitattributes", kind=EntryKind.FILE, data=b"dos text eol=lf\n"),
        TreeEntry(path=b"dos", kind=EntryKind.FILE, data=b"one\r\n"),
        TreeEntry(path=b"empty", kind=EntryKind.FILE, data=b""),
        TreeEntry(path=b"run", kind=EntryKind.EXECUTABLE, data=b"#!/bin/sh\n"),
        TreeEntry(path=b"link", kind=EntryKind.SYMLINK, data=b"src/a"),
        TreeEntry(path=b'odd "\n\\\xff', kind=EntryKind.FILE, data=b"odd"),
    ]
    sandbox.load(entries)
    sandbox.git_init(branch="work", message="Base", name="Ada", email="ada@example.invalid")
    if sandbox.run(("git", "--version")).error:
        assert sandbox.stat(".git") is None
        return
    log = sandbox.run(("git", "log", "--format=%s %an <%ae>", "work"))
    assert log.output == b"Base Ada <ada@example.invalid>\n"
    listed = sandbox.run(("git", "ls-tree", "-r", "-z", "work")).output.split(b"\0")[:-1]
    modes = {EntryKind.FILE: "100644", EntryKind.EXECUTABLE: "100755", EntryKind.SYMLINK: "120000"}
    assert sorted(listed) == sorted(
        f"{modes[entry.kind]} blob {blob_id(entry.data, 'sha1')}\t".encode() + entry.path for entry in entries
    )
    # What attributes would have converted is stored as it is; git then calls it changed, as in the user's own clone.
    assert sandbox.run(("git", "status", "--porcelain", "--", ":!dos")).output == b""
    assert {entry.path for entry in sandbox.scan()} == {entry.path for entry in entries}


def test_the_repository_inside_of_many_small_files_takes_little_room(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    sandbox.load([TreeEntry(path=b"f%d" % n, kind=EntryKind.FILE, data=b"%d" % n) for n in range(2_000)])
    sandbox.git_init(branch="work", message="Base", name="Ada", email="ada@example.invalid")
    made = sandbox.run(("find", ".git", "-type", "f"))
    assert made.error or len(made.output.splitlines()) < 100


def test_a_sandbox_opened_where_its_user_cannot_go(
    open_sandbox: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    monkeypatch.chdir(private)
    assert open_sandbox().run(("pwd",)).output == b"/workspace\n"
