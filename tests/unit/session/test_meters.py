"""Where a sandbox is read: written while it stands, believed only while its very process lives."""

import os
import subprocess
from collections.abc import Iterator

import attrs
import pytest

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.core.sandbox import gauges
from orion_tui.core.sandbox.base import Limits, SandboxSpec
from orion_tui.core.sandbox.cgroup import Cgroup
from orion_tui.core.sandbox.fake import FakeBackend, FakeSandbox
from orion_tui.core.session import meters
from tests.support.metered import Gauged, sleeping

pytestmark = pytest.mark.unit

SESSION = "0123456789ab"


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    with sleeping() as running:
        yield running


def _show(home: OrionHome, pid: int) -> meters.Shown:
    where = gauges.gauges(pid, Cgroup.none(), Limits())
    assert where is not None
    shown = meters.show(home, SESSION, Gauged(where))
    assert shown is not None
    return shown


def test_it_is_there_for_the_owner_alone_and_gone_after(
    orion_home: OrionHome, process: "subprocess.Popen[bytes]"
) -> None:
    assert meters.of(orion_home, SESSION, 1.0) is None
    shown = _show(orion_home, process.pid)
    assert shown.path == orion_home.run / "meters" / SESSION
    assert shown.path.stat().st_mode & 0o777 == 0o600
    assert shown.path.parent.stat().st_mode & 0o777 == 0o700
    used = meters.of(orion_home, SESSION, 1.0)
    assert used is not None
    assert (used.at, used.processes, used.processes_limit, used.memory_limit) == (1.0, 1, 128, Limits().memory_bytes)
    # It runs on the machine itself, whose directory of that name, where there is one, is nobody's workspace.
    assert used.workspace is None
    shown.remove()
    assert meters.of(orion_home, SESSION, 1.0) is None
    assert list(shown.path.parent.iterdir()) == []


def test_one_that_ended_with_its_supervisor_says_nothing(
    orion_home: OrionHome, process: "subprocess.Popen[bytes]"
) -> None:
    shown = _show(orion_home, process.pid)
    process.kill()
    process.wait()
    assert shown.path.exists()
    assert meters.of(orion_home, SESSION, 1.0) is None


def test_a_number_that_another_process_has_by_now_is_not_taken_for_it(orion_home: OrionHome) -> None:
    where = gauges.gauges(os.getpid(), Cgroup.none(), Limits())
    assert where is not None
    meters.show(orion_home, SESSION, Gauged(attrs.evolve(where, started=where.started - 1)))
    assert meters.of(orion_home, SESSION, 1.0) is None


def test_the_file_of_the_next_sandbox_is_left(orion_home: OrionHome, process: "subprocess.Popen[bytes]") -> None:
    older = _show(orion_home, process.pid)
    _show(orion_home, os.getpid())
    older.remove()
    assert meters.of(orion_home, SESSION, 1.0) is not None


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"pid": "x"}', b"\xff" * 90_000])
def test_a_damaged_file_says_nothing(orion_home: OrionHome, text: bytes) -> None:
    shown = _show(orion_home, os.getpid())
    shown.path.write_bytes(text)
    assert meters.of(orion_home, SESSION, 1.0) is None


def test_a_link_in_its_place_is_not_written_through(orion_home: OrionHome) -> None:
    other = orion_home.root / "other"
    other.write_text("mine")
    (orion_home.run / "meters").mkdir()
    (orion_home.run / "meters" / SESSION).symlink_to(other)
    (orion_home.run / "meters" / f"{SESSION}.new").symlink_to(other)
    _show(orion_home, os.getpid())
    assert other.read_text() == "mine"


def test_a_sandbox_that_cannot_be_measured_leaves_no_file(orion_home: OrionHome) -> None:
    with FakeBackend().open(SandboxSpec(session_id=SESSION)) as sandbox:
        assert isinstance(sandbox, FakeSandbox)
        assert meters.show(orion_home, SESSION, sandbox) is None
    assert not (orion_home.run / "meters").exists()


def test_what_is_no_session_is_refused(orion_home: OrionHome) -> None:
    with pytest.raises(OrionError, match="no session's id"):
        meters.of(orion_home, "../x", 1.0)
