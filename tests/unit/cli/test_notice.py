"""The one line that mentions finished work."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.cli.notice import notice
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.task_status import TaskStatus
from tests.support.command_line import Orion
from tests.support.records import Records

pytestmark = pytest.mark.unit

A, B = "a" * 12, "b" * 12
_DONE = (TaskStatus.DONE, TaskStatus.FLAGGED, TaskStatus.DONE)


def _line(home: OrionHome) -> str:
    return notice({"ORION_HOME": str(home.root)})


def test_without_finished_work_there_is_no_line(orion_home: OrionHome) -> None:
    assert _line(orion_home) == ""
    Records(orion_home).session(A, SessionState.RUNNING)
    assert _line(orion_home) == ""


def test_one_finished_session_is_named_with_what_to_do(orion_home: OrionHome) -> None:
    Records(orion_home).session(A, SessionState.COMPLETED, tasks=_DONE)
    assert _line(orion_home) == f"Orion completed 3 tasks for “Retry with back-off”; review it: orion diff {A}"


def test_several_are_counted(orion_home: OrionHome) -> None:
    records = Records(orion_home)
    records.session(A, SessionState.COMPLETED, tasks=_DONE)
    records.session(B, SessionState.COMPLETED, tasks=_DONE)
    assert _line(orion_home) == "Orion completed 6 tasks in 2 sessions; review them: orion status"


def test_it_makes_no_state_and_hides_no_error_behind_itself(tmp_path: Path) -> None:
    assert notice({"ORION_HOME": str(tmp_path / "none")}) == ""
    assert not (tmp_path / "none").exists()
    assert notice({}) == ""
    (tmp_path / "orion.db").write_bytes(b"not a database at all")
    assert notice({"ORION_HOME": str(tmp_path)}) == ""


def test_scripts_do_not_see_it(orion: Orion, orion_home: OrionHome) -> None:
    Records(orion_home).session(A, SessionState.COMPLETED, tasks=_DONE)
    assert orion("role", "list").err == ""


def test_a_person_sees_it_after_any_command(orion_home: OrionHome) -> None:
    Records(orion_home).session(A, SessionState.COMPLETED, tasks=_DONE)
    control, terminal = pty.openpty()
    command = [sys.executable, "-m", "orion_tui.cli.main", "role", "list"]
    done = subprocess.run(command, stdin=terminal, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    said = os.read(control, 4096)
    os.close(control)
    assert b"Orion completed 3 tasks" in said
    assert b"Orion completed" not in done.stdout
