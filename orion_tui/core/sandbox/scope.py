"""A cgroup from the user's systemd, for ordinary users: it starts bubblewrap in a scope of its own, with limits.

An ordinary user's processes stand in cgroups that only systemd may rearrange. What it then really bounds is read back
from the kernel's files, like every other cgroup's.
"""

import itertools
import os
import shutil
from pathlib import Path

from orion_tui.core.sandbox import cgroup
from orion_tui.core.sandbox.base import Limits
from orion_tui.core.sandbox.cgroup import Cgroup

_FILES = {"memory": "memory.max", "pids": "pids.max", "cpu": "cpu.max"}

_serial = itertools.count()


def launcher(limits: Limits, root: Path = Path("/")) -> tuple[str, ...]:
    """What to put before bubblewrap's command line; empty where no systemd of the user's runs."""
    program = shutil.which("systemd-run")
    runtime = root / f"run/user/{os.getuid()}"
    if (
        program is None
        or os.geteuid() == 0
        or not (root / "run/systemd/system").is_dir()
        or not (runtime / "systemd/private").exists()
    ):
        return ()
    return (
        *(program, "--user", "--scope", "--quiet", "--collect"),
        f"--unit=orion-sandbox-{os.getpid()}-{next(_serial)}",
        *("-p", f"MemoryMax={cgroup.total_memory(limits)}"),
        *("-p", "MemorySwapMax=0"),
        *("-p", f"TasksMax={limits.processes}"),
        *("-p", f"CPUQuota={int(limits.cpus * 100)}%"),
        "--",
    )


def environment() -> dict[str, str]:
    """What systemd-run needs to find the user's systemd."""
    return {"XDG_RUNTIME_DIR": f"/run/user/{os.getuid()}"}


def found(pid: int, root: Path = Path("/")) -> Cgroup:
    """The scope that a process was started in, with the controllers that it really has."""
    for line in cgroup.read(root / f"proc/{pid}/cgroup").splitlines():
        hierarchy, _, path = line.split(":", 2)
        directory = root / "sys/fs/cgroup" / path.lstrip("/")
        if hierarchy == "0" and directory.name.startswith("orion-sandbox-") and directory.suffix == ".scope":
            directories = {name: directory for name, file in _FILES.items() if (directory / file).exists()}
            return Cgroup(directories=directories, version=2, ours=False)
    return Cgroup.none()
