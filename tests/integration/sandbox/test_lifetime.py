"""A sandbox ends when it should, whole, and not before (THREATS 10)."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from orion_tui.base.errors import ChannelClosed, SandboxUnavailable
from orion_tui.core.sandbox import identity, jail, scope
from orion_tui.core.sandbox.arguments import FULL, Shape
from orion_tui.core.sandbox.base import Limits, SandboxSpec
from orion_tui.core.sandbox.bubblewrap import Bubblewrap
from orion_tui.core.sandbox.interpreter import candidates
from orion_tui.core.sandbox.remote import RemoteSandbox
from tests.integration.sandbox.conftest import SMALL, Open, init_of, start

pytestmark = pytest.mark.bubblewrap


def ended(handle: int, seconds: float = 20.0) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def descendants(pid: int) -> list[int]:
    """Processes below `pid`, as the host numbers them."""
    parents: dict[int, int] = {}
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit():
            try:
                fields = (directory / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(directory.name)] = int(fields[1])
    found = [child for child, parent in parents.items() if parent == pid]
    for child in found:
        found += [below for below, parent in parents.items() if parent == child]
    return found


def busy(sandbox: RemoteSandbox) -> threading.Thread:
    """A thread that is in the middle of a command, which has started one more."""

    def work() -> None:
        with pytest.raises(ChannelClosed):
            sandbox.run(("sh", "-c", "touch /workspace/started; setsid sleep 600 & sleep 600"), timeout=600)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def wait_until_busy(init: int, count: int = 3) -> list[int]:
    deadline = time.monotonic() + 20
    while len(found := descendants(init)) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(found) >= count
    return found


def test_closing_ends_everything_in_the_middle_of_a_command(shape: Shape) -> None:
    sandbox = start(shape=shape)
    init = init_of(sandbox)
    thread = busy(sandbox)
    handles = [os.pidfd_open(pid) for pid in (init, *wait_until_busy(init))]
    sandbox.close()
    assert all(ended(handle, 0) for handle in handles)
    thread.join(20)
    assert not thread.is_alive()
    with pytest.raises(ChannelClosed):
        sandbox.run(("true",))
    assert not sandbox.alive()
    sandbox.close()
    for handle in handles:
        os.close(handle)


SUPERVISOR = """
import sys, threading, time
from tests.integration.sandbox.conftest import init_of, start
sandbox = start()
print(init_of(sandbox), flush=True)
sandbox.run(("sh", "-c", "setsid sleep 600 & sleep 600"), timeout=600)
"""


def test_a_supervisor_that_is_killed_takes_its_sandbox_along() -> None:
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, text=True, cwd=root, env=environment
    ) as supervisor:
        assert supervisor.stdout is not None
        init = int(supervisor.stdout.readline())
        handles = [os.pidfd_open(pid) for pid in (init, *wait_until_busy(init))]
        assert not ended(handles[0], 0)
        supervisor.send_signal(signal.SIGKILL)
        assert all(ended(handle) for handle in handles)
    for handle in handles:
        os.close(handle)


def test_a_sandbox_outlives_the_thread_that_opened_it(open_sandbox: Open) -> None:
    opened: list[RemoteSandbox] = []
    thread = threading.Thread(target=lambda: opened.append(open_sandbox()))
    thread.start()
    thread.join(30)
    assert opened[0].run(("sh", "-c", "sleep 0.2; echo here")).output == b"here\n"


def test_a_sandbox_whose_first_process_is_killed_is_gone_and_says_so(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    os.kill(init_of(sandbox), signal.SIGKILL)
    with pytest.raises(ChannelClosed, match="went away"):
        sandbox.run(("true",))
    assert not sandbox.alive()


def test_nothing_is_left_of_a_sandbox_that_was_closed() -> None:
    before = set(descendants(os.getpid()))
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with start() as sandbox:
            assert sandbox.alive()
    assert set(descendants(os.getpid())) <= before
    assert len(list(Path("/proc/self/fd").iterdir())) <= open_files + 1  # the spawner's own comes with the first
    name = f"orion-sandbox-{os.getpid()}-"
    assert list(Path("/sys/fs/cgroup").rglob(f"{name}*")) == []


def test_a_start_that_fails_says_why_and_leaves_nothing() -> None:
    before = set(descendants(os.getpid()))
    with pytest.raises(SandboxUnavailable, match="No such file"):
        jail.start("bwrap", "/usr/bin/no-python", FULL, SMALL)
    with pytest.raises(SandboxUnavailable, match="could not be started"):
        jail.start("/usr/bin/no-bwrap", candidates()[0], FULL, SMALL)
    with pytest.raises(SandboxUnavailable, match="hung up"):
        jail.start("true", candidates()[0], FULL, SMALL)
    assert set(descendants(os.getpid())) == before


def test_where_capabilities_are_taken_away_the_plain_shape_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As AppArmor's profile for bubblewrap does."""
    real = jail.start

    def without_capabilities(program: str, python: str, shape: Shape, limits: object) -> RemoteSandbox:
        if shape.mounts:
            raise SandboxUnavailable("mount /workspace: Operation not permitted")
        return real(program, python, shape, SMALL)

    monkeypatch.setattr("orion_tui.core.sandbox.bubblewrap.start", without_capabilities)
    backend = Bubblewrap()
    found = backend.availability()
    assert found.available
    assert "plain" in found.detail
    with backend.open(SandboxSpec(session_id="x", limits=SMALL)) as sandbox:
        assert {lack.name for lack in sandbox.attest().lacks} >= {"entries", "noexec /tmp"}


def test_where_nothing_serves_every_attempt_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(program: str, python: str, shape: Shape, limits: object) -> RemoteSandbox:
        raise SandboxUnavailable("setting up uid map: Permission denied")

    monkeypatch.setattr("orion_tui.core.sandbox.bubblewrap.start", forbidden)
    found = Bubblewrap().availability()
    assert not found.available
    assert "full" in found.detail
    assert "plain" in found.detail
    assert "uid map: Permission denied" in found.detail


def test_no_sandbox_runs_as_root_and_roots_each_as_a_user_of_its_own(open_sandbox: Open) -> None:
    uids: list[int] = []
    for _ in range(3):
        status = Path(f"/proc/{init_of(open_sandbox())}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("Uid:")]
        (uid,) = {int(field) for field in line.split()[1:]}
        uids.append(uid)
    if os.geteuid() == 0:
        assert len(set(uids)) == 3
        assert min(uids) >= identity.FIRST_UID
    else:
        assert set(uids) == {os.getuid()}


def launch_through(monkeypatch: pytest.MonkeyPatch, *argv: str) -> None:
    def launcher(limits: Limits) -> tuple[str, ...]:
        del limits
        return argv

    monkeypatch.setattr(scope, "launcher", launcher)


@pytest.mark.usefixtures("no_cgroup")
def test_a_scope_that_cannot_be_had_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    launch_through(monkeypatch, "/bin/sh", "-c", "echo 'Failed to connect to bus' >&2; exit 1", "--")
    with start() as sandbox:
        assert sandbox.run(("echo", "here")).output == b"here\n"


@pytest.mark.usefixtures("no_cgroup")
def test_a_scope_that_bounds_nothing_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    launch_through(monkeypatch, "/usr/bin/env", "SCOPE=1")
    with start() as sandbox:
        assert [p.name for p in sandbox.attest().lacks] == ["cgroup memory", "cgroup pids", "cgroup cpu"]
