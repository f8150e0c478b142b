"""One supervisor a user; the lock dies with its holder and cannot be taken twice (THREATS 19)."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

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


def test_a_file_put_in_place_of_the_lock_does_not_make_a_second_holder_pass_unseen(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock.hold(path, "1"):
        path.unlink()
        # The path is free now; whoever comes next holds *its* file, and says so there.
        with lock.hold(path, "2"):
            seen = lock.holder(path)
            assert seen is None or seen.version == "2"


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
