"""The doctor: every line a check that really looked, with what it measured and what mends it."""

import shutil
import sqlite3
from pathlib import Path

import attrs
import pytest

from orion_tui.base.errors import SandboxUnavailable
from orion_tui.base.paths import OrionHome
from orion_tui.core import doctor
from orion_tui.core.doctor import Check, Outcome
from orion_tui.core.repo import git as git_module
from orion_tui.core.sandbox import select
from orion_tui.core.sandbox.base import Attestation, Availability, Property
from orion_tui.core.store import Store

pytestmark = pytest.mark.unit


def _check(name: str, home: OrionHome | None) -> Check:
    (check,) = doctor.examine(home, only=frozenset({name}))
    assert check.name == name
    return check


def test_python_and_git_are_named_with_their_versions(orion_home: OrionHome) -> None:
    python, git = _check("python", orion_home), _check("git", orion_home)
    assert (python.outcome, git.outcome) == (Outcome.OK, Outcome.OK)
    assert python.value.startswith("CPython 3.")
    assert ".".join(map(str, git_module.git_version())) in git.value


def test_a_missing_git_is_a_fault_with_its_fix(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    git_module.git_executable.cache_clear()
    git_module.git_version.cache_clear()
    try:
        check = _check("git", orion_home)
    finally:
        monkeypatch.undo()
        git_module.git_executable.cache_clear()
        git_module.git_version.cache_clear()
    assert check.outcome is Outcome.FAULT
    assert "install git 2.38" in check.fix


@pytest.mark.bubblewrap
def test_the_sandbox_is_opened_and_measured(orion_home: OrionHome) -> None:
    check = _check("sandbox", orion_home)
    assert check.outcome is not Outcome.FAULT, check
    assert "properties measured" in check.value
    assert len([detail for detail in check.details if detail.name.startswith("bubblewrap: ")]) > 10
    assert {detail.verdict for detail in check.details} <= {"holds", "lacking"}


@pytest.mark.docker
def test_docker_is_measured_where_it_is_and_serves_unless_told_otherwise(
    orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORION_SANDBOX", "auto")
    check = _check("sandbox", orion_home)
    assert check.outcome is not Outcome.FAULT, check
    assert check.value.startswith("Docker ")
    assert len([detail for detail in check.details if detail.name.startswith("docker: ")]) > 50


def test_a_backend_that_is_there_and_does_not_serve_is_worth_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    spare = Availability(backend="docker", available=False, detail="no image; make it: orion sandbox build")
    check = _with_properties(monkeypatch, _property("user", holds=True), spare=spare)
    assert check.outcome is Outcome.WARNING
    assert "orion sandbox build" in check.fix
    assert check.details[-1].name == "docker: serves"


def test_without_a_sandbox_the_command_that_brings_one_is_named(
    orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Availability(
        backend="bubblewrap", available=False, detail="not installed", install=("sudo", "apt-get", "install", "bwrap")
    )
    monkeypatch.setattr(select, "backends", lambda: [missing])
    check = _check("sandbox", orion_home)
    assert check.outcome is Outcome.FAULT
    assert check.fix == "sudo apt-get install bwrap"
    assert check.command == missing.install


@attrs.frozen
class _Sandbox:
    """Answers the attestation that a test gives it."""

    properties: tuple[Property, ...]

    def open(self, spec: object) -> "_Sandbox":
        return self

    def attest(self) -> Attestation:
        return Attestation(backend="bubblewrap", properties=self.properties)

    def __enter__(self) -> "_Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _property(name: str, *, holds: bool, lacking: bool = False) -> Property:
    return Property(name=name, promised="yes", measured="no", holds=holds, seen_from="inside", lacking=lacking)


def _with_properties(
    monkeypatch: pytest.MonkeyPatch, *properties: Property, spare: Availability | None = None
) -> Check:
    def choose(preferred: str | None = None) -> _Sandbox:
        return _Sandbox(properties)

    found = Availability(backend="bubblewrap", available=True, detail="bubblewrap 0.8.0")
    monkeypatch.setattr(select, "backends", lambda: [found, spare] if spare else [found])
    monkeypatch.setattr(select, "choose", choose)
    return _check("sandbox", None)


def test_a_broken_promise_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    check = _with_properties(monkeypatch, _property("seccomp", holds=False), _property("user", holds=True))
    assert check.outcome is Outcome.FAULT
    assert "seccomp" in check.fix
    assert [detail.verdict for detail in check.details] == ["fails", "holds"]


def test_what_a_backend_cannot_give_here_is_said_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    check = _with_properties(monkeypatch, _property("cgroup", holds=False, lacking=True))
    assert check.outcome is Outcome.WARNING
    assert "lacks: cgroup" in check.value


def test_a_sandbox_that_measured_nothing_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _with_properties(monkeypatch).outcome is Outcome.FAULT


def test_a_sandbox_that_does_not_start_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(preferred: str | None = None) -> _Sandbox:
        raise SandboxUnavailable("it went away", problems=("first\n  second",))

    found = Availability(backend="bubblewrap", available=True, detail="bubblewrap 0.8.0")
    monkeypatch.setattr(select, "backends", lambda: [found])
    monkeypatch.setattr(select, "choose", choose)
    check = _check("sandbox", None)
    assert check.outcome is Outcome.FAULT
    assert check.value == "it went away; first second"


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    home = OrionHome(tmp_path / "later")
    checks = doctor.examine(home, only=frozenset(doctor.NAMES) - {"sandbox"})
    assert [check.name for check in checks if check.outcome is Outcome.FAULT] == []
    assert not home.root.exists()


def test_without_a_home_variable_only_that_is_a_fault() -> None:
    checks = doctor.examine(None, only=frozenset(doctor.NAMES) - {"sandbox"})
    assert [check.name for check in checks if check.outcome is Outcome.FAULT] == ["state"]


def test_a_home_that_others_can_read_is_a_warning_with_its_command(orion_home: OrionHome) -> None:
    orion_home.root.chmod(0o755)
    check = _check("state", orion_home)
    assert check.outcome is Outcome.WARNING
    assert check.command == ("chmod", "700", str(orion_home.root))


def test_a_file_in_place_of_the_home_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert _check("state", OrionHome(tmp_path / "file")).outcome is Outcome.FAULT


def test_a_home_that_cannot_be_made_is_a_fault() -> None:
    check = _check("state", OrionHome(Path("/proc/nowhere/at/all")))
    assert check.outcome is Outcome.FAULT
    assert "/proc cannot be written" in check.value


def test_a_read_only_home_is_a_fault() -> None:
    # Owned by whoever looks at it, and closed to everybody, root included.
    check = _check("state", OrionHome(Path("/proc/self")))
    assert check.outcome is Outcome.FAULT
    assert "cannot be written" in check.value


def test_a_whole_store_is_checked_page_by_page(orion_home: OrionHome) -> None:
    assert _check("store", orion_home).value == "no store yet"
    Store.open(orion_home.database).close()
    check = _check("store", orion_home)
    assert check.outcome is Outcome.OK
    assert "0 sessions" in check.value


def test_a_damaged_store_is_a_fault(orion_home: OrionHome) -> None:
    Store.open(orion_home.database).close()
    connection = sqlite3.connect(orion_home.database)
    connection.execute("CREATE TABLE filler (text)")
    connection.executemany("INSERT INTO filler VALUES (?)", [("x" * 900,)] * 500)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with orion_home.database.open("r+b") as file:
        file.seek(orion_home.database.stat().st_size // 2)
        file.write(b"\xff" * 8192)
    assert _check("store", orion_home).outcome is Outcome.FAULT


def test_too_little_room_is_a_fault(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch) -> None:
    def usage(path: object) -> object:
        return attrs.make_class("Usage", ["total", "free"])(10**10, 10**7)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert _check("disk", orion_home).outcome is Outcome.FAULT
