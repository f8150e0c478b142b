"""`orion daemon install` and `uninstall` against a systemd that notes what it is asked (HOME-5)."""

from pathlib import Path

import pytest

from orion_tui.base.errors import ConflictError, StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.service import install as service
from orion_tui.core.service import systemd, unit
from orion_tui.core.service.systemd import Lingering
from tests.support.command_line import Orion, in_process
from tests.support.fake_systemd import FakeSystemd

pytestmark = pytest.mark.unit


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystemd:
    found = FakeSystemd.at(tmp_path / "systemd")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def orion(
    fake: FakeSystemd, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Orion:
    return in_process(monkeypatch, capsys)


def path_of(home: OrionHome) -> Path:
    return unit.path_of(home)


def test_it_writes_enables_and_starts_and_explains_lingering(
    orion: Orion, fake: FakeSystemd, orion_home: OrionHome
) -> None:
    done = orion("daemon", "install")
    path = path_of(orion_home)
    assert done.code == 0, done.err
    assert fake.calls() == [
        "systemctl --user daemon-reload",
        f"systemctl --user enable {path.name}",
        f"systemctl --user restart {path.name}",
    ]
    assert path.is_relative_to(fake.config)
    assert unit.look(path) is unit.Found.OURS
    assert f"loginctl enable-linger {systemd.user_name()}" in done.out
    assert "log out" not in done.out.splitlines()[0]


def test_with_lingering_on_no_command_is_named(orion: Orion, fake: FakeSystemd) -> None:
    fake.says(linger="Linger=yes")
    done = orion("daemon", "install")
    assert "Lingering is on" in done.out
    assert "enable-linger" not in done.out


def test_a_second_time_changes_nothing_and_interrupts_nothing(
    orion: Orion, fake: FakeSystemd, orion_home: OrionHome
) -> None:
    orion("daemon", "install")
    fake.calls()
    before = path_of(orion_home).stat()
    done = orion("daemon", "install")
    assert done.code == 0
    assert "already" in done.out
    assert path_of(orion_home).stat().st_mtime_ns == before.st_mtime_ns
    name = path_of(orion_home).name
    assert fake.calls() == [f"systemctl --user enable {name}", f"systemctl --user start {name}"]


def test_a_unit_of_an_earlier_interpreter_is_renewed(fake: FakeSystemd, orion_home: OrionHome) -> None:
    path = path_of(orion_home)
    path.parent.mkdir(parents=True)
    path.write_text(unit.text(orion_home, interpreter="/gone/python"))
    assert service.install(orion_home, fake.environment).file == "replaced"
    assert "/gone/python" not in path.read_text()


@pytest.mark.parametrize("content", ["edited", "foreign"])
def test_a_unit_that_somebody_wrote_or_edited_is_not_overwritten_unsaid(
    fake: FakeSystemd, orion_home: OrionHome, content: str
) -> None:
    path = path_of(orion_home)
    path.parent.mkdir(parents=True)
    theirs = unit.text(orion_home) + "Nice=5\n" if content == "edited" else "[Service]\nExecStart=/bin/true\n"
    path.write_text(theirs)
    for act in (service.install, service.uninstall):
        with pytest.raises(ConflictError, match=r"edited|not written") as caught:
            act(orion_home, fake.environment)
        assert "--replace" in caught.value.hint
    assert path.read_text() == theirs
    assert fake.calls() == []
    done = service.install(orion_home, fake.environment, replace=True)
    assert done.aside is not None
    assert done.aside.read_text() == theirs
    assert unit.look(path) is unit.Found.OURS


def test_uninstall_takes_away_exactly_what_install_made(orion: Orion, fake: FakeSystemd, orion_home: OrionHome) -> None:
    fake.says(linger="Linger=yes")
    drop_in = path_of(orion_home).with_name(path_of(orion_home).name + ".d") / "mine.conf"
    other = path_of(orion_home).with_name("other.service")
    orion("daemon", "install")
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nNice=5\n")
    other.write_text("theirs")
    fake.calls()
    done = orion("daemon", "uninstall")
    name = path_of(orion_home).name
    assert done.code == 0
    assert fake.calls() == [f"systemctl --user disable --now {name}", "systemctl --user daemon-reload"]
    assert sorted(p.name for p in path_of(orion_home).parent.iterdir()) == [drop_in.parent.name, "other.service"]
    assert str(drop_in.parent) in done.out
    assert "disable-linger" in done.out, "it is the user's to decide; Orion did not switch it on"
    again = orion("daemon", "uninstall")
    assert again.code == 0
    assert "no service was installed" in again.out
    assert fake.calls() == []


@pytest.mark.parametrize("state", ["offline", "", "unknown"])
def test_without_a_systemd_of_the_users_it_says_so_and_what_else_there_is(
    orion: Orion, fake: FakeSystemd, orion_home: OrionHome, state: str
) -> None:
    fake.says(state=state)
    done = orion("daemon", "install")
    assert done.code == StateError.exit_code
    assert "no service can be installed" in done.err
    assert "on demand" in done.err
    assert "@reboot env ORION_HOME=" in done.err
    assert not path_of(orion_home).exists()
    assert fake.calls() == []


def test_without_systemctl_at_all_too(fake: FakeSystemd, orion_home: OrionHome) -> None:
    with pytest.raises(StateError, match="systemctl is not there"):
        service.install(orion_home, {**fake.environment, "PATH": "/nonexistent"})
    assert not path_of(orion_home).exists()


def test_a_start_that_fails_is_told_with_what_systemd_said(orion: Orion, fake: FakeSystemd) -> None:
    fake.says(broken="")
    done = orion("daemon", "install")
    assert done.code == StateError.exit_code
    assert "Job failed." in done.err


def test_the_crontab_line_survives_a_percent_sign(tmp_path: Path) -> None:
    line = service.reboot_line(OrionHome(tmp_path / "100% mine"))
    assert "100\\% mine" in line
    assert line.startswith("@reboot env ")


@pytest.mark.parametrize(("answer", "mark", "expected"), [
    ("Linger=yes", False, Lingering.ON),
    ("Linger=no", True, Lingering.OFF),
    ("Failed to get user: not logged in", True, Lingering.ON),
    ("Failed to get user: not logged in", False, Lingering.OFF),
])  # fmt: skip
def test_lingering_is_what_logind_says_or_else_its_mark(
    fake: FakeSystemd, tmp_path: Path, answer: str, mark: bool, expected: Lingering
) -> None:
    fake.says(linger=answer)
    marks = tmp_path / "linger"
    marks.mkdir()
    if mark:
        (marks / systemd.user_name()).touch()
    assert systemd.lingering(fake.environment, marks) is expected
    assert systemd.lingering({"PATH": "/nonexistent"}, tmp_path / "none") is Lingering.UNKNOWN


def test_the_status_tells_of_the_service(orion: Orion, fake: FakeSystemd, orion_home: OrionHome) -> None:
    assert orion("daemon", "status", "--json").json()["service"] is None
    orion("daemon", "install")
    found = orion("daemon", "status", "--json").json()["service"]
    assert found == {
        "unit": path_of(orion_home).name,
        "path": str(path_of(orion_home)),
        "edited": False,
        "active": True,
        "lingering": "off",
    }
