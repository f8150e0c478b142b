"""Limits by the user's systemd: asked for where it runs, believed only where the kernel's files say so."""

import os
import shutil
from pathlib import Path

import pytest

from orion_tui.core.sandbox import cgroup, scope
from orion_tui.core.sandbox.base import Limits

pytestmark = pytest.mark.unit


def machine(root: Path, monkeypatch: pytest.MonkeyPatch, *, uid: int = 1000) -> None:
    def which(name: str) -> str:
        return f"/usr/bin/{name}"

    monkeypatch.setattr(shutil, "which", which)
    monkeypatch.setattr(os, "getuid", lambda: uid)
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    (root / "run/systemd/system").mkdir(parents=True)
    (root / f"run/user/{uid}/systemd").mkdir(parents=True)
    (root / f"run/user/{uid}/systemd/private").touch()


def test_every_limit_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(tmp_path, monkeypatch)
    limits = Limits()
    argv = scope.launcher(limits, tmp_path)
    assert argv[:3] == ("/usr/bin/systemd-run", "--user", "--scope")
    assert argv[-1] == "--"
    assert {f"MemoryMax={cgroup.total_memory(limits)}", "MemorySwapMax=0", "TasksMax=128", "CPUQuota=200%"} <= set(argv)
    assert scope.launcher(limits, tmp_path) != argv  # each sandbox is a unit of its own


@pytest.mark.parametrize("missing", ["run/systemd/system", "run/user/1000/systemd/private"])
def test_where_no_systemd_runs_none_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    machine(tmp_path, monkeypatch)
    path = tmp_path / missing
    path.rmdir() if path.is_dir() else path.unlink()
    assert scope.launcher(Limits(), tmp_path) == ()


def test_root_needs_no_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(tmp_path, monkeypatch, uid=0)
    assert scope.launcher(Limits(), tmp_path) == ()


def started(root: Path, *files: str, name: str = "orion-sandbox-5-0.scope") -> None:
    (root / "proc/7").mkdir(parents=True)
    (root / "proc/7/cgroup").write_text(f"1:name=systemd:/x\n0::/user.slice/{name}\n")
    directory = root / "sys/fs/cgroup/user.slice" / name
    directory.mkdir(parents=True)
    (directory / "cgroup.procs").write_text("7\n")
    for file in files:
        (directory / file).write_text("100\n")


def test_only_what_the_kernel_bounds_counts(tmp_path: Path) -> None:
    started(tmp_path, "memory.max", "pids.max")
    found = scope.found(7, tmp_path)
    assert set(found.directories) == {"memory", "pids"}
    assert found.holds(7) == {"memory", "pids"}
    assert found.limit("memory") == "100"
    found.remove()
    assert found.directories["memory"].exists()


def test_a_process_in_no_scope_of_ours_has_no_bounds(tmp_path: Path) -> None:
    started(tmp_path, "memory.max", name="session-3.scope")
    assert scope.found(7, tmp_path).directories == {}
