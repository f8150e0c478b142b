"""What a sandbox uses, as the host reads it while something runs inside."""

import contextlib
import os
import threading
import time
from collections.abc import Callable

import attrs
import pytest

from orion_tui.base.errors import ChannelClosed
from orion_tui.core.models.meters import Used
from orion_tui.core.sandbox import gauges
from orion_tui.core.sandbox.base import MIB
from orion_tui.core.sandbox.gauges import Gauges
from orion_tui.core.sandbox.remote import RemoteSandbox
from tests.integration.sandbox.conftest import SMALL, Open

HELD = 50 * MIB
#: Holds memory and a processor, with a second process beside it, until the sandbox is closed.
WORK = f"""
import subprocess
held = b"x" * {HELD}
other = subprocess.Popen(["sleep", "60"])
print("holds", flush=True)
while True:
    sum(range(100_000))
"""


def _where(sandbox: RemoteSandbox) -> Gauges:
    where = sandbox.gauges()
    assert where is not None
    return where


def _read(where: Gauges) -> Used:
    used = gauges.read(where, 0.0)
    assert used is not None
    return used


def _until(holds: Callable[[], bool], running: threading.Thread) -> None:
    while not holds():
        assert running.is_alive(), "the command ended before it was seen"
        time.sleep(0.02)


def test_memory_processes_and_processor_time_of_what_runs_inside_show(open_sandbox: Open) -> None:
    with open_sandbox() as sandbox:
        where = _where(sandbox)
        before = _read(where)
        began = threading.Event()

        def work() -> None:
            with contextlib.suppress(ChannelClosed):
                sandbox.run(("python3", "-c", WORK), timeout=60, watch=lambda _data, _dropped: began.set())

        running = threading.Thread(target=work, daemon=True)
        running.start()
        assert began.wait(30)
        _until(lambda: (_read(where).memory or 0) - (before.memory or 0) > HELD * 0.9, running)
        _until(lambda: (_read(where).processes or 0) >= (before.processes or 0) + 2, running)
        _until(lambda: (_read(where).cpu_seconds or 0) > (before.cpu_seconds or 0) + 0.1, running)
        during = _read(where)
        assert during.memory is not None
        assert during.memory_limit is not None
        assert during.memory < during.memory_limit
        assert during.processes_limit == SMALL.processes
        assert during.cpus == SMALL.cpus
        sandbox.close()
        running.join(30)
        assert gauges.read(where, 0.0) is None


def test_the_workspace_shows_where_this_user_may_look_through_the_first_process(open_sandbox: Open) -> None:
    with open_sandbox() as sandbox:
        where = _where(sandbox)
        before = _read(where)
        if os.geteuid() != 0 and before.workspace is None:
            return  # left out where the system keeps a user from looking into another's file systems
        assert before.workspace is not None
        sandbox.write("big", b"x" * 3 * MIB)
        after = _read(where)
        assert after.workspace is not None
        assert after.workspace - before.workspace >= 3 * MIB
        assert after.workspace_limit == SMALL.workspace_bytes
        # Whatever is larger than what was promised is some other file system.
        assert _read(attrs.evolve(where, workspace_bytes=4 * MIB)).workspace is None


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("no_cgroup")
def test_without_a_cgroup_its_processes_are_counted_one_by_one(open_sandbox: Open) -> None:
    with open_sandbox() as sandbox:
        where = _where(sandbox)
        assert not where.directories
        used = _read(where)
        assert used.memory_limit == where.memory_bytes
        assert used.processes is not None
        assert used.processes >= 1
        assert used.memory
        assert used.cpu_seconds is not None
