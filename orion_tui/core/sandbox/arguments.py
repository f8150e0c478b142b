"""bubblewrap's command line: what a sandbox can see of the machine, and nothing more."""

from collections.abc import Mapping
from pathlib import Path

import attrs

from orion_tui.core.sandbox.base import Limits
from orion_tui.core.sandbox.identity import INSIDE_UID

#: Of the host's `/etc`, what programs need to start and nothing that tells about the machine's owner.
_ETC = (
    "alternatives",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "mime.types",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "pki/tls/openssl.cnf",
)
_TOP_LEVEL = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")

#: Files of a generated `/etc`.
ETC: Mapping[str, str] = {
    "/etc/passwd": (
        f"root:x:0:0:root:/:/usr/sbin/nologin\nagent:x:{INSIDE_UID}:{INSIDE_UID}:agent:/home/agent:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"
    ),
    "/etc/group": f"root:x:0:\nagent:x:{INSIDE_UID}:\nnogroup:x:65534:\n",
    "/etc/hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "/etc/hostname": "sandbox\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files\n",
}

#: All that a command finds in its environment.
ENVIRONMENT: Mapping[str, str] = {
    "HOME": "/home/agent",
    "LANG": "C.UTF-8",
    "LOGNAME": "agent",
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    # Byte code is trusted by source size and whole seconds: an edit in the second of a run would go unnoticed.
    "PYTHONDONTWRITEBYTECODE": "1",
    "SHELL": "/bin/sh",
    "TERM": "dumb",
    "TMPDIR": "/home/agent/tmp",
    "TZ": "UTC",
    "USER": "agent",
    "XDG_CACHE_HOME": "/home/agent/.cache",
}

#: The namespaces that every sandbox has to itself.
NAMESPACES = ("user", "pid", "net", "ipc", "uts", "mnt")


@attrs.frozen(kw_only=True)
class Shape:
    """How much of the confinement PID 1 can do itself.

    With `mounts` it gets CAP_SYS_ADMIN in its own user namespace and mounts the bounded places, as `agent.confine`
    says. Some systems (AppArmor's profile for bubblewrap) take capabilities from all that bubblewrap starts; then
    bubblewrap mounts, which bounds bytes but not entries, and /tmp can be executed from.
    """

    mounts: bool

    @property
    def name(self) -> str:
        """For people."""
        return "full" if self.mounts else "plain"


FULL = Shape(mounts=True)
PLAIN = Shape(mounts=False)


def arguments(
    program: str,
    *,
    shape: Shape,
    limits: Limits,
    data: Mapping[str, int],
    info: int,
    command: tuple[str, ...],
    root: Path = Path("/"),
) -> list[str]:
    """The whole argv. `data` maps paths to descriptors that hold their content; `info` is written the child's pid."""
    argv = [program]
    for name in ("user", "pid", "net", "ipc", "uts"):
        argv.append(f"--unshare-{name}")
    argv += ["--unshare-cgroup-try", "--hostname", "sandbox"]
    argv += ["--die-with-parent", "--new-session", "--as-pid-1", "--clearenv", "--info-fd", str(info)]
    for name in ("PATH", "LANG"):
        argv += ["--setenv", name, ENVIRONMENT[name]]
    argv += ["--ro-bind", "/usr", "/usr"]
    for name in _TOP_LEVEL:
        argv += _top_level(root / name, f"/{name}")
    argv += ["--proc", "/proc", "--dev", "/dev", "--dir", "/etc"]
    for name in _ETC:
        if (root / "etc" / name).exists():
            argv += ["--ro-bind", f"/etc/{name}", f"/etc/{name}"]
    for path, descriptor in data.items():
        argv += ["--perms", "0444", "--ro-bind-data", str(descriptor), path]
    argv += _mounts(shape, limits)
    return [*argv, "--chdir", "/", "--", *command]


def _top_level(path: Path, inside: str) -> list[str]:
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), inside]
    return ["--ro-bind", inside, inside] if path.is_dir() else []


def _mounts(shape: Shape, limits: Limits) -> list[str]:
    if shape.mounts:
        argv = ["--uid", "0", "--gid", "0"]
        for name in ("CAP_SYS_ADMIN", "CAP_SYS_RESOURCE", "CAP_SETPCAP", "CAP_SETFCAP"):
            argv += ["--cap-add", name]
        for path in ("/workspace", "/home/agent", "/tmp"):
            argv += ["--dir", path]
        return argv
    argv = ["--uid", str(INSIDE_UID), "--gid", str(INSIDE_UID), "--disable-userns"]
    for path, size in (
        ("/workspace", limits.workspace_bytes),
        ("/home/agent", limits.scratch_bytes),
        ("/tmp", limits.tmp_bytes),
        ("/dev/shm", limits.tmp_bytes),
    ):
        argv += ["--size", str(size), "--tmpfs", path]
    # Some settings of a namespace belong to its user: without this, work could write those.
    argv += ["--ro-bind", "/proc/sys", "/proc/sys"]
    return [*argv, "--remount-ro", "/dev", "--remount-ro", "/"]
