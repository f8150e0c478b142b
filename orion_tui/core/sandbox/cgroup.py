"""Memory, processes and processor time bounded by the kernel's control groups, where the system lets us have one.

Both hierarchies are spoken: version 2 (as root, or in a cgroup that was delegated to the user, such as that of a
systemd service with `Delegate=yes`) and version 1 (as root). Where there is none, `Cgroup.none` bounds nothing.
"""

import contextlib
import itertools
import os
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from orion_tui.core.sandbox.base import MIB, Limits

_PREFIX = "orion-sandbox-"
#: Microseconds over which processor time is counted.
_PERIOD = 100_000
#: Bytes for PID 1 of the sandbox and what the kernel keeps for it.
_OVERHEAD = 48 * MIB
_CONTROLLERS = ("memory", "pids", "cpu")
#: Seconds until a cgroup whose processes have all ended is empty.
_EMPTY = 2.0

_OOM_KILLS = re.compile(rb"^oom_kill (\d+)$", re.MULTILINE)

_serial = itertools.count()


@attrs.frozen(kw_only=True)
class _Place:
    """A mounted hierarchy and where in it this process stands."""

    version: int
    controllers: frozenset[str]
    mount: Path
    own: Path


@attrs.define(kw_only=True)
class Cgroup:
    """The directories of one sandbox's cgroup, by controller; one directory three times in version 2."""

    directories: Mapping[str, Path]
    version: int
    #: Whether the directories are this program's to remove; a systemd scope's go with it.
    ours: bool = True
    #: The kernel's counts of this cgroup, kept open: they are looked at around every command.
    _events: int = attrs.field(init=False, default=-1)

    def __attrs_post_init__(self) -> None:
        if (directory := self.directories.get("memory")) is not None:
            name = "memory.events" if self.version == 2 else "memory.oom_control"
            with contextlib.suppress(OSError):
                self._events = os.open(directory / name, os.O_RDONLY | os.O_CLOEXEC)

    @classmethod
    def none(cls) -> "Cgroup":
        """What there is where the system gives none: bounds nothing."""
        return cls(directories={}, version=0)

    @property
    def bounds_memory(self) -> bool:
        """Whether memory is bounded by the kernel."""
        return "memory" in self.directories

    def adopt(self, pid: int) -> None:
        """Move a process in; what it starts from then on is in as well. Raises OSError."""
        for directory in set(self.directories.values()):
            (directory / "cgroup.procs").write_text(str(pid))

    def holds(self, pid: int) -> frozenset[str]:
        """The controllers whose directories list the process."""
        return frozenset(
            controller
            for controller, directory in self.directories.items()
            if str(pid) in read(directory / "cgroup.procs").split()
        )

    def limit(self, controller: str) -> str:
        """What is in force, as the kernel spells it; empty where there is nothing."""
        directory = self.directories.get(controller)
        if directory is None:
            return ""
        names = {
            "memory": ("memory.limit_in_bytes", "memory.max"),
            "pids": ("pids.max", "pids.max"),
            "cpu": ("cpu.cfs_quota_us", "cpu.max"),
        }
        return read(directory / names[controller][self.version - 1]).strip()

    def memory_kills(self) -> int:
        """How often the kernel has killed a process in here for memory."""
        if self._events < 0:
            return 0
        try:
            match = _OOM_KILLS.search(os.pread(self._events, 4096, 0))
        except OSError:
            return 0
        return int(match[1]) if match else 0

    def remove(self) -> None:
        """Take the directories away, once their processes have ended."""
        if self._events >= 0:
            os.close(self._events)
            self._events = -1
        if not self.ours:
            return
        deadline = time.monotonic() + _EMPTY
        for directory in set(self.directories.values()):
            while True:
                try:
                    directory.rmdir()
                except FileNotFoundError:
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        break  # left to `_sweep`
                    time.sleep(0.002)
                else:
                    break


def total_memory(limits: Limits) -> int:
    """Bytes that a sandbox may hold in all: files in memory are charged like any other memory."""
    return limits.memory_bytes + limits.workspace_bytes + limits.scratch_bytes + 2 * limits.tmp_bytes + _OVERHEAD


def make(limits: Limits, proc: Path = Path("/proc/self")) -> Cgroup:
    """A new cgroup with these limits, out of as many controllers as the system gives; perhaps none."""
    name = f"{_PREFIX}{os.getpid()}-{next(_serial)}"
    places = _places(proc)
    for place in places:
        if place.version == 2 and (cgroup := _make_second(place, name, limits)):
            return cgroup
    directories: dict[str, Path] = {}
    for place in places:
        if place.version == 1:
            directories |= _make_first(place, name, limits)
    return Cgroup(directories=directories, version=1) if directories else Cgroup.none()


def _make_second(place: _Place, name: str, limits: Limits) -> Cgroup | None:
    for parent in _parents(place):
        if not os.access(parent, os.W_OK) or not (enabled := _enable(parent)):
            continue
        _sweep(parent)
        directory = parent / name
        try:
            directory.mkdir()
        except OSError:
            continue
        values = {
            "memory": {"memory.max": str(total_memory(limits)), "memory.swap.max": "0"},
            "pids": {"pids.max": str(limits.processes)},
            "cpu": {"cpu.max": f"{int(limits.cpus * _PERIOD)} {_PERIOD}"},
        }
        given = {c: directory for c in _CONTROLLERS if c in enabled and _write(directory, values[c])}
        if given:
            return Cgroup(directories=given, version=2)
        _remove_directory(directory)
    return None


def _parents(place: _Place) -> Iterable[Path]:
    """Where a cgroup may be made: as root under the root, as container engines do; else where we were delegated."""
    if os.geteuid() == 0:
        root = place.mount / "orion"
        with contextlib.suppress(OSError):
            if _enable(place.mount):
                root.mkdir(exist_ok=True)
        yield root
    # A process cannot stand in a cgroup that hands controllers on, so the delegated one moves into a leaf first.
    own = place.own
    if own.name == f"{_PREFIX}supervisor":
        yield own.parent
        return
    if os.geteuid() != 0 and os.access(own, os.W_OK) and read(own / "cgroup.procs").split() == [str(os.getpid())]:
        leaf = own / f"{_PREFIX}supervisor"
        with contextlib.suppress(OSError):
            leaf.mkdir(exist_ok=True)
            (leaf / "cgroup.procs").write_text(str(os.getpid()))
            yield own


def _enable(parent: Path) -> frozenset[str]:
    """Hand the controllers on to the cgroups below; those that then are."""
    available = read(parent / "cgroup.controllers").split()
    enabled = read(parent / "cgroup.subtree_control").split()
    for controller in _CONTROLLERS:
        if controller in available and controller not in enabled:
            with contextlib.suppress(OSError):
                (parent / "cgroup.subtree_control").write_text(f"+{controller}")
    return frozenset(read(parent / "cgroup.subtree_control").split()) & frozenset(_CONTROLLERS)


def _make_first(place: _Place, name: str, limits: Limits) -> dict[str, Path]:
    wanted = place.controllers & frozenset(_CONTROLLERS)
    if not wanted or not os.access(place.own, os.W_OK):
        return {}
    _sweep(place.own)
    directory = place.own / name
    try:
        directory.mkdir()
    except OSError:
        return {}
    memory = str(total_memory(limits))
    values = {
        "memory": {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory},
        "pids": {"pids.max": str(limits.processes)},
        "cpu": {"cpu.cfs_period_us": str(_PERIOD), "cpu.cfs_quota_us": str(int(limits.cpus * _PERIOD))},
    }
    given = {controller: directory for controller in wanted if _write(directory, values[controller])}
    if not given:
        _remove_directory(directory)
    return given


def _write(directory: Path, values: Mapping[str, str]) -> bool:
    """Whether the limits could be set. Swap accounting may be missing where there is no swap."""
    for name, value in values.items():
        try:
            (directory / name).write_text(value)
        except OSError:
            if "sw" not in name:
                return False
    return True


def _sweep(parent: Path) -> None:
    """Remove what processes that are gone have left."""
    with contextlib.suppress(OSError):
        for directory in parent.glob(f"{_PREFIX}*-*"):
            owner = directory.name.removeprefix(_PREFIX).partition("-")[0]
            if owner.isdigit() and not Path("/proc", owner).exists():
                _remove_directory(directory)


def _remove_directory(directory: Path) -> None:
    with contextlib.suppress(OSError):
        directory.rmdir()


def of_process(pid: int, proc: Path = Path("/proc")) -> Cgroup:
    """The cgroup that somebody else has put a process into, as this process sees it."""
    directories: dict[str, Path] = {}
    version = 0
    for place in _places(proc / "self", proc / str(pid) / "cgroup"):
        if place.version == 2:
            files = {"memory": "memory.max", "pids": "pids.max", "cpu": "cpu.max"}
            found = {name: place.own for name, file in files.items() if (place.own / file).exists()}
        else:
            found = {name: place.own for name in place.controllers & frozenset(_CONTROLLERS) if place.own.is_dir()}
        # Where both hierarchies are mounted, the first has the controllers and the second none.
        if found and version in {0, place.version}:
            directories |= found
            version = place.version
    return Cgroup(directories=directories, version=version, ours=False) if directories else Cgroup.none()


def _places(proc: Path, membership: Path | None = None) -> list[_Place]:
    own: dict[str, str] = {}
    for line in read(membership or proc / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            own[controller] = path
    places: list[_Place] = []
    for line in read(proc / "mountinfo").splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _, options = rest.split(" ", 2)
        root, mount = fields.split(" ")[3:5]
        if kind == "cgroup2" and "" in own:
            places.append(_place(2, frozenset(), mount, root, own[""]))
        elif kind == "cgroup":
            controllers = frozenset(options.split(",")) & own.keys()
            if controllers:
                places.append(_place(1, controllers, mount, root, own[min(controllers)]))
    return places


def _place(version: int, controllers: frozenset[str], mount: str, root: str, own: str) -> _Place:
    """`own` and `root` are both paths in the hierarchy; what is mounted begins at `root`."""
    inside = own.removeprefix(root) if root != "/" else own
    return _Place(version=version, controllers=controllers, mount=Path(mount), own=Path(mount, inside.lstrip("/")))


def read(path: Path) -> str:
    """A small file of the kernel's; empty where it cannot be read."""
    try:
        return path.read_text()
    except OSError:
        return ""
