"""The unit file: what systemd itself makes of it, and whether an edit shows."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from orion_tui.base.errors import UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core.service import unit
from orion_tui.core.service.unit import Found

pytestmark = pytest.mark.unit


def written(home: OrionHome, folder: Path) -> Path:
    path = folder / unit.name_of(home)
    path.write_text(unit.text(home))
    return path


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("name", ["plain", "with space", "100%n", '$HOME "q"', "back\\slash", "ümlaut"])
def test_systemd_accepts_it_for_any_place(tmp_path: Path, name: str) -> None:
    home = OrionHome(tmp_path / name)
    home.prepare()
    path = written(home, tmp_path)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}

    def complaints() -> str:
        done = subprocess.run(
            ["systemd-analyze", "verify", "--user", "--man=no", str(path)],
            env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if path.name in line)

    assert complaints() == ""
    # And it does look: a setting that it does not know is named.
    path.write_text(path.read_text().replace("KillMode=mixed", "KillMode=nonsense"))
    assert "kill mode" in complaints()


def test_it_names_this_interpreter_the_home_and_how_to_end(tmp_path: Path) -> None:
    home = OrionHome(tmp_path / "a b%")
    text = unit.text(home, {"PATH": "/opt/bin:relative:/usr/bin"}, "/opt/py$thon")
    assert 'ExecStart="/opt/py$$thon" "-P" "-m" "orion_tui.server.daemon" "--service"' in text
    assert f'Environment="ORION_HOME={tmp_path}/a b%%"' in text
    assert 'Environment="PATH=/opt/bin:/usr/bin"' in text
    for setting in ("KillMode=mixed", "TimeoutStopSec=90", "Restart=on-failure", "OOMPolicy=continue", "UMask=0077"):
        assert f"\n{setting}\n" in text
    settings = [line for line in text.splitlines() if not line.startswith("#")]
    assert not [
        s for s in settings if s.startswith(("NoNewPrivileges", "Protect", "Restrict", "Private", "SystemCall"))
    ]


def test_the_container_engine_of_the_shell_comes_along(tmp_path: Path) -> None:
    text = unit.text(OrionHome(tmp_path), {"DOCKER_HOST": "unix:///run/x.sock", "SECRET_KEY": "no", "DOCKER_TLS": ""})
    assert 'Environment="DOCKER_HOST=unix:///run/x.sock"\n' in text
    assert "SECRET_KEY" not in text
    assert "DOCKER_TLS" not in text


def test_a_place_that_a_unit_cannot_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unit file"):
        unit.text(OrionHome(tmp_path / "two\nlines"))


def test_an_edit_shows(tmp_path: Path) -> None:
    home = OrionHome(tmp_path / "home")
    path = tmp_path / unit.name_of(home)
    assert unit.look(path) is Found.NOTHING
    written(home, tmp_path)
    assert unit.look(path) is Found.OURS
    path.write_text(path.read_text().replace("TimeoutStopSec=90", "TimeoutStopSec=5"))
    assert unit.look(path) is Found.EDITED
    path.write_text("[Service]\nExecStart=/bin/true\n")
    assert unit.look(path) is Found.FOREIGN
    path.write_bytes(b"\xff\xfe")
    assert unit.look(path) is Found.FOREIGN


def test_every_home_has_a_unit_of_its_own(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    assert unit.name_of(OrionHome(tmp_path / ".orion"), environ) == "orion-supervisor.service"
    names = {unit.name_of(OrionHome(tmp_path / name), environ) for name in ("one", "two", ".orion")}
    assert len(names) == 3
    assert unit.path_of(OrionHome(tmp_path / ".orion"), environ).parent == tmp_path / ".config/systemd/user"
    relative = {**environ, "XDG_CONFIG_HOME": "not/absolute"}
    assert unit.path_of(OrionHome(tmp_path / ".orion"), relative).parent == tmp_path / ".config/systemd/user"
