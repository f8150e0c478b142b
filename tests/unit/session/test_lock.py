"""One supervisor a user; the lock dies with its holder and cannot be taken twice (THREATS 19)."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from orion_tui.base.errors import Busy
from orion_tui.core.session import lock

pytestmark = pytest.mark.unit

HOLD = """
import sys, time
from pathlib import Path
from orion_tui.core.session import lock
with lock.hold(Path(sys.argv[1]), "9.9"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder_process(path: Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def end(child: "subprocess.Popen[str]") -> None:
    child.kill()
    child.communicate()


def test_a_second_process_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = holder_process(path)
    try:
        with pytest.raises(Busy, match=f"process {child.pid}"), lock.hold(path, "1"):
            pass
    finally:
        end(child)


def test_the_lock_is_free_after_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = holder_process(path)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert lock.holder(path) is None
    with lock.hold(path, "1") as me:
        assert me.pid == os.getpid()


def test_a_lock_whose_file_was_removed_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock.hold(path, "1") as held:
        assert held.keep()
        path.unlink()
        assert held.keep()
        seen = lock.holder(path)
        assert seen is not None
        assert seen.pid == os.getpid()
        with pytest.raises(Busy), lock.hold(path, "2"):
            pass
    assert lock.holder(path) is None


def test_a_holder_whose_file_was_replaced_learns_that_it_is_not_alone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock.hold(path, "1") as first:
        path.unlink()
        child = holder_process(path)
        try:
            assert not first.keep(), "two would believe to be the one"
        finally:
            end(child)


def test_a_signal_reaches_its_process_and_never_a_later_one_of_that_number(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = holder_process(path)
    seen = lock.holder(path)
    assert seen is not None
    assert not lock.signal_to(attrs.evolve(seen, started=seen.started + 1), signal.SIGKILL)
    assert not lock.signal_to(attrs.evolve(seen, boot="another boot"), signal.SIGKILL)
    assert child.poll() is None
    assert lock.signal_to(seen, signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert not lock.signal_to(seen, signal.SIGKILL)


def test_looking_does_not_take_it_from_a_starting_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for _ in range(50):
        assert lock.holder(path) is None
        with lock.hold(path, "1"):
            pass


def test_the_holder_is_told_from_a_later_process_with_its_pid(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = holder_process(path)
    try:
        seen = lock.holder(path)
        assert seen is not None
        assert seen.pid == child.pid
        assert lock.alive(seen.pid, seen.started, seen.boot)
        assert not lock.alive(seen.pid, seen.started + 1, seen.boot)
        assert not lock.alive(seen.pid, seen.started, "another boot")
    finally:
        end(child)
    assert not lock.alive(seen.pid, seen.started, seen.boot)


def test_garbage_in_a_held_lock_file_is_a_nameless_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = holder_process(path)
    try:
        path.write_text("{]")
        seen = lock.holder(path)
        assert seen is not None
        assert seen.pid == 0
        path.write_text(json.dumps({"pid": 1, "surprise": 2}))
        seen = lock.holder(path)
        assert seen is not None
        assert seen.pid == 0
    finally:
        end(child)


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / "lock").symlink_to(target)
    with pytest.raises(OSError, match="symbolic link"), lock.hold(tmp_path / "lock", "1"):
        pass
    assert target.read_text() == "mine"


def test_a_killed_holder_is_gone_only_when_its_lock_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = holder_process(path)
    seen = lock.holder(path)
    assert seen is not None
    assert not lock.gone(path, seen)
    # A thread that outlives the first one holds the file as long: here a descriptor that was passed on.
    keeper = os.open(path, os.O_RDWR)
    end(child)
    fcntl.flock(keeper, fcntl.LOCK_EX)
    os.pwrite(keeper, json.dumps(attrs.asdict(seen)).encode(), 0)
    assert not lock.alive(seen.pid, seen.started, seen.boot)
    assert not lock.gone(path, seen), "its lock is still held in its name"
    os.close(keeper)
    assert lock.gone(path, seen)
