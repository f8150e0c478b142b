"""Cgroups of both versions, made in a directory that looks like the kernel's."""

import os
import subprocess
from pathlib import Path

import pytest

from orion_tui.core.sandbox import cgroup
from orion_tui.core.sandbox.base import MIB, Limits

pytestmark = pytest.mark.unit

LIMITS = Limits()


def proc(tmp_path: Path, cgroups: str, mounts: str) -> Path:
    directory = tmp_path / "proc"
    directory.mkdir()
    (directory / "cgroup").write_text(cgroups)
    (directory / "mountinfo").write_text(mounts)
    return directory


def second(tmp_path: Path, *, controllers: str = "cpuset cpu io memory pids") -> Path:
    """A version 2 hierarchy with one delegated cgroup, `/service`."""
    mount = tmp_path / "cgroup"
    service = mount / "service"
    service.mkdir(parents=True)
    for directory in (mount, service):
        (directory / "cgroup.controllers").write_text(controllers)
        (directory / "cgroup.subtree_control").write_text(controllers)
        (directory / "cgroup.procs").write_text(f"{os.getpid()}\n")
    return mount


MOUNT = "29 22 0:26 / {mount} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def test_a_root_supervisor_makes_one_below_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    mount = second(tmp_path)
    (mount / "orion").mkdir()
    (mount / "orion" / "cgroup.controllers").write_text("cpu memory pids")
    (mount / "orion" / "cgroup.subtree_control").write_text("cpu memory pids")
    made = cgroup.make(LIMITS, proc(tmp_path, "0::/service\n", MOUNT.format(mount=mount)))
    assert made.version == 2
    assert set(made.directories) == {"memory", "pids", "cpu"}
    (directory,) = set(made.directories.values())
    assert directory.parent == mount / "orion"
    assert (directory / "memory.max").read_text() == str(cgroup.total_memory(LIMITS))
    assert (directory / "memory.swap.max").read_text() == "0"
    assert (directory / "pids.max").read_text() == "128"
    assert (directory / "cpu.max").read_text() == "200000 100000"
    assert made.limit("memory") == str(cgroup.total_memory(LIMITS))


def test_a_delegated_cgroup_is_left_for_a_leaf_before_controllers_are_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    mount = second(tmp_path)
    made = cgroup.make(LIMITS, proc(tmp_path, "0::/service\n", MOUNT.format(mount=mount)))
    leaf = mount / "service" / "orion-sandbox-supervisor"
    assert (leaf / "cgroup.procs").read_text() == str(os.getpid())
    (directory,) = set(made.directories.values())
    assert directory.parent == mount / "service"


def test_from_its_leaf_it_finds_the_delegated_cgroup_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    mount = second(tmp_path)
    own = "0::/service/orion-sandbox-supervisor\n"
    (mount / "service" / "orion-sandbox-supervisor").mkdir()
    made = cgroup.make(LIMITS, proc(tmp_path, own, MOUNT.format(mount=mount)))
    (directory,) = set(made.directories.values())
    assert directory.parent == mount / "service"


def test_a_cgroup_that_others_stand_in_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A login session's: moving a person's shell about is not ours to do."""
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    mount = second(tmp_path)
    (mount / "service" / "cgroup.procs").write_text(f"1\n{os.getpid()}\n")
    made = cgroup.make(LIMITS, proc(tmp_path, "0::/service\n", MOUNT.format(mount=mount)))
    assert made.directories == {}
    assert not (mount / "service" / "orion-sandbox-supervisor").exists()


def test_a_controller_that_is_not_handed_on_is_missing_not_pretended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    mount = second(tmp_path, controllers="pids")
    made = cgroup.make(LIMITS, proc(tmp_path, "0::/service\n", MOUNT.format(mount=mount)))
    assert set(made.directories) == {"pids"}
    assert not made.bounds_memory
    assert made.limit("memory") == ""


FIRST = (
    "33 32 0:29 / {mount}/memory rw - cgroup cgroup rw,memory\n"
    "34 32 0:30 / {mount}/pids rw - cgroup cgroup rw,pids\n"
    "35 32 0:31 / {mount}/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
)


def first(tmp_path: Path) -> tuple[Path, Path]:
    mount = tmp_path / "cgroup"
    for name in ("memory", "pids", "cpu,cpuacct"):
        (mount / name / "own").mkdir(parents=True)
    own = "3:cpu,cpuacct:/own\n2:pids:/own\n1:memory:/own\n0::/\n"
    return mount, proc(tmp_path, own, FIRST.format(mount=mount))


def test_version_1_gets_a_directory_in_each_hierarchy(tmp_path: Path) -> None:
    mount, process = first(tmp_path)
    made = cgroup.make(LIMITS, process)
    assert made.version == 1
    assert {name: path.parent for name, path in made.directories.items()} == {
        "memory": mount / "memory" / "own",
        "pids": mount / "pids" / "own",
        "cpu": mount / "cpu,cpuacct" / "own",
    }
    assert made.limit("memory") == str(cgroup.total_memory(LIMITS))
    assert made.limit("pids") == "128"
    assert made.limit("cpu") == "200000"


def test_kills_are_counted_as_the_kernel_tells_them(tmp_path: Path) -> None:
    _, process = first(tmp_path)
    directory = cgroup.make(LIMITS, process).directories["memory"]
    (directory / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    made = cgroup.Cgroup(directories={"memory": directory}, version=1)
    assert made.memory_kills() == 3
    (directory / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 12\n")
    assert made.memory_kills() == 12


def test_where_there_is_nothing_it_bounds_nothing(tmp_path: Path) -> None:
    made = cgroup.make(LIMITS, proc(tmp_path, "0::/\n", "1 1 0:1 / /proc rw - proc proc rw\n"))
    assert made.directories == {}
    assert (made.bounds_memory, made.memory_kills(), made.limit("pids")) == (False, 0, "")
    made.remove()


def test_what_a_dead_supervisor_left_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    mount, process = first(tmp_path)
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = mount / "memory" / "own" / f"orion-sandbox-{gone.pid}-0"
    kept = mount / "memory" / "own" / f"orion-sandbox-{os.getppid()}-0"
    left.mkdir()
    kept.mkdir()
    cgroup.make(LIMITS, process)
    assert not left.exists()
    assert kept.exists()


def test_files_in_memory_count_as_memory() -> None:
    more = Limits(workspace_bytes=LIMITS.workspace_bytes + 100 * MIB)
    assert cgroup.total_memory(more) - cgroup.total_memory(LIMITS) == 100 * MIB
