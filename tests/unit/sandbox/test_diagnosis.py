"""Where no sandbox can be started, a person is told why, and the one command that mends it."""

import os
import shutil
from pathlib import Path

import pytest

from orion_tui.base.errors import SandboxUnavailable, UsageError
from orion_tui.core.sandbox import bubblewrap, diagnosis, select
from orion_tui.core.sandbox.base import SandboxSpec
from orion_tui.core.sandbox.bubblewrap import Bubblewrap

pytestmark = pytest.mark.unit


def only(monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    def which(name: str) -> str | None:
        return f"/usr/bin/{name}" if name in programs else None

    monkeypatch.setattr(shutil, "which", which)


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", ("apt-get", "install", "-y", "bubblewrap")),
        ("dnf", ("dnf", "install", "-y", "bubblewrap")),
        ("pacman", ("pacman", "-S", "--noconfirm", "bubblewrap")),
        ("zypper", ("zypper", "--non-interactive", "install", "bubblewrap")),
        ("apk", ("apk", "add", "bubblewrap")),
    ],
)
def test_the_command_is_the_systems_own(
    monkeypatch: pytest.MonkeyPatch, manager: str, command: tuple[str, ...]
) -> None:
    only(monkeypatch, manager)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert diagnosis.install_command("bubblewrap") == command
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert diagnosis.install_command("bubblewrap") == ("sudo", *command)


def test_an_unknown_system_gets_no_made_up_command(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    assert diagnosis.install_command("bubblewrap") == ()
    assert "package manager" in diagnosis.install_hint("bubblewrap")


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("proc/sys/kernel/unprivileged_userns_clone", "0\n", "kernel.unprivileged_userns_clone=1"),
        ("proc/sys/user/max_user_namespaces", "0\n", "user.max_user_namespaces"),
        ("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "AppArmor"),
        (".dockerenv", "", "container"),
        ("run/.containerenv", "", "container"),
    ],
)
def test_what_the_system_forbids_is_named(tmp_path: Path, path: str, content: str, expected: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(content)
    assert expected in diagnosis.explain(tmp_path)


def test_a_system_that_forbids_nothing_is_not_blamed(tmp_path: Path) -> None:
    (tmp_path / "proc/sys/kernel").mkdir(parents=True)
    (tmp_path / "proc/sys/kernel/unprivileged_userns_clone").write_text("1\n")
    (tmp_path / "proc/sys/kernel/apparmor_restrict_unprivileged_userns").write_text("0\n")
    assert diagnosis.explain(tmp_path) == ""


def test_without_bubblewrap_nothing_starts_and_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "apt-get")
    found = Bubblewrap().availability()
    assert not found.available
    assert found.install[-3:] == ("install", "-y", "bubblewrap")
    with pytest.raises(SandboxUnavailable, match="not installed"):
        Bubblewrap().open(SandboxSpec(session_id="x"))
    with pytest.raises(SandboxUnavailable, match="apt-get install -y bubblewrap"):
        select.choose()


def test_without_a_python_in_usr_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "bwrap", "dnf")
    monkeypatch.setattr(bubblewrap, "candidates", lambda: ())
    found = Bubblewrap().availability()
    assert "Python 3.9" in found.detail
    assert found.install[-1] == "python3"


def test_a_backend_that_does_not_exist_is_the_requests_fault() -> None:
    with pytest.raises(UsageError, match="chroot"):
        select.choose("chroot")
