"""`orion doctor`: the report, and the one command that it may run."""

from pathlib import Path

import attrs
import pytest

from orion_tui.core import doctor
from orion_tui.core.sandbox import select
from orion_tui.core.sandbox.base import Availability
from tests.support.command_line import Orion

pytestmark = pytest.mark.unit


def test_the_report_of_the_command_has_the_documented_keys(orion: Orion) -> None:
    arguments = [part for name in doctor.NAMES if name != "sandbox" for part in ("--only", name)]
    report = orion("doctor", *arguments, "--json").json()
    assert report.keys() == {"healthy", "checks"}
    assert report["healthy"] is True
    assert {frozenset(check) for check in report["checks"]} == {
        frozenset({"name", "title", "outcome", "value", "fix", "command", "details"})
    }


def test_a_fault_is_exit_code_1_and_quiet_says_it_still(orion: Orion, monkeypatch: pytest.MonkeyPatch) -> None:
    assert orion("doctor", "--only", "state", "--quiet").out == ""
    monkeypatch.setenv("ORION_HOME", "/proc/nowhere")
    done = orion("doctor", "--only", "state", "--quiet")
    assert done.code == 1
    assert "set ORION_HOME" in done.out


def test_nothing_is_installed_without_a_yes(orion: Orion, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    missing = Availability(backend="bubblewrap", available=False, detail="not installed", install=("touch", str(ran)))
    monkeypatch.setattr(select, "backends", lambda: [missing])
    done = orion("doctor", "--only", "sandbox", "--install")
    assert done.code == 1
    assert f"touch {ran}" in done.out
    assert not ran.exists()
    monkeypatch.setenv("ORION_YES", "1")
    done = orion("doctor", "--only", "sandbox", "--install")
    assert ran.exists()
    assert done.code == 1, "what is still missing after the command is still a fault"


def test_what_is_well_is_a_line_and_only_verbose_shows_all_of_it(orion: Orion, monkeypatch: pytest.MonkeyPatch) -> None:
    holds = doctor.Detail(name="network", promised="none", measured="none", verdict="holds")
    lacks = doctor.Detail(name="memory", promised="a limit", measured="none", verdict="lacking")
    well = doctor.Check(
        name="sandbox", title="Sandbox", outcome=doctor.Outcome.OK, value="w" * 120, details=(holds, holds)
    )
    unwell = attrs.evolve(well, outcome=doctor.Outcome.WARNING, value="some words " * 20, details=(holds, lacks))

    def examine(*_: object, **__: object) -> list[doctor.Check]:
        return [well, unwell]

    monkeypatch.setattr("orion_tui.cli.doctor.examine", examine)
    lines = orion("doctor").out.splitlines()
    assert lines[0].startswith("✓ Sandbox: www")
    assert lines[1].startswith("! Sandbox")
    assert all(len(line) <= 80 for line in lines)
    assert "memory" in lines[-1]
    assert not any("network" in line for line in lines)
    assert orion("doctor", "--verbose").out.count("network") == 3
