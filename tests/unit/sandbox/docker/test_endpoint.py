"""The engine is looked for where Docker's own client looks, in its order."""

import hashlib
import json
import socket
from pathlib import Path

import pytest

from orion_tui.base.errors import UsageError
from orion_tui.core.sandbox.docker.endpoint import find
from orion_tui.core.session import launch

pytestmark = pytest.mark.unit


def listening(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
    return path


def context(home: Path, name: str, host: str, *, current: bool) -> None:
    folder = home / ".docker/contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    (home / ".docker/config.json").write_text(json.dumps({"currentContext": name if current else "default"}))


def test_what_the_environment_names_comes_first(tmp_path: Path) -> None:
    context(tmp_path, "far", "ssh://far", current=True)
    found = find({"DOCKER_HOST": "tcp://engine:2375", "HOME": str(tmp_path)}, listening(tmp_path / "s"))
    assert found is not None
    assert (found.url, found.certificates, found.socket) == ("tcp://engine:2375", None, None)


def test_certificates_are_taken_along(tmp_path: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://engine:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    found = find(environ)
    assert found is not None
    assert (found.certificates, found.verify) == (tmp_path, True)


def test_a_context_comes_before_the_systems_socket(tmp_path: Path) -> None:
    system = listening(tmp_path / "s")
    context(tmp_path, "far", "ssh://far", current=True)
    found = find({"HOME": str(tmp_path)}, system)
    assert found is not None
    assert (found.url, found.source) == ("ssh://far", "context far")
    named = find({"HOME": str(tmp_path), "DOCKER_CONTEXT": "default"}, system)
    assert named is not None
    assert named.url == f"unix://{system}"


def test_a_context_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'gone'"):
        find({"HOME": str(tmp_path), "DOCKER_CONTEXT": "gone"})


def test_the_systems_engine_comes_before_ones_own(tmp_path: Path) -> None:
    own = listening(tmp_path / "run/docker.sock")
    environ = {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
    found = find(environ, tmp_path / "none")
    assert found is not None
    assert (found.socket, found.source) == (own, "the user's own engine")
    system = find(environ, listening(tmp_path / "s"))
    assert system is not None
    assert system.source == "the system's engine"


def test_without_a_sign_of_one_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "docker.sock").write_text("a file is no socket")
    assert find({"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}, tmp_path / "docker.sock") is None


def test_a_damaged_configuration_is_none(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text("[1, 2")
    assert find({"HOME": str(tmp_path)}, tmp_path / "none") is None


def test_the_supervisor_is_told_which_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from orion_tui.core.sandbox.docker.endpoint import VARIABLES

    assert set(VARIABLES) <= set(launch.INHERITED)
    assert not [name for name in launch.INHERITED if "KEY" in name or "TOKEN" in name or "PROXY" in name]
