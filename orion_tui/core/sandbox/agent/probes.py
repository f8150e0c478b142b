"""Tries, from where commands run, what must not work, and prints what happened as JSON. Started like any command."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import re
import resource
import signal
import socket
import stat
import sys
from collections.abc import Callable
from typing import Any

#: Given by who sends this file: the canary's number, and what to try.
CONFIG: dict[str, Any] = json.loads(sys.argv[1]) if __name__ == "__main__" else {}

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWUSER = 0x10000000
_PTRACE_SEIZE = 0x4206
_MS_BIND = 4096


def _status() -> dict[str, str]:
    with open("/proc/self/status") as file:
        return {key: value.strip() for key, _, value in (line.partition(":") for line in file)}


def _tried(result: int) -> str:
    """`done`, or the name of the error."""
    if result >= 0:
        return "done"
    number = ctypes.get_errno()
    return errno.errorcode.get(number, str(number))


def _attempt(action: Callable[[], object]) -> str:
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.errno))
    return "done"


def capabilities() -> dict[str, str]:
    """The five capability sets."""
    return {key: value for key, value in _status().items() if key.startswith("Cap")}


def privileges() -> list[str]:
    """No new privileges, seccomp's mode, and the canary."""
    _libc.syscall(ctypes.c_long(CONFIG["canary"]))
    canary = str(ctypes.get_errno())
    status = _status()
    return [status.get("NoNewPrivs", ""), status.get("Seccomp", ""), canary]


def identity() -> list[Any]:
    """Real, effective and saved uid and gid, and groups."""
    return [list(os.getresuid()), list(os.getresgid()), sorted(os.getgroups())]


def interfaces() -> list[str]:
    """Names of network interfaces."""
    return sorted(name for _, name in socket.if_nameindex())


def connections() -> dict[str, str]:
    """Whether anything out there is reached; and, so that the question means something, one's own listener."""
    found: dict[str, str] = {}
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with socket.socket() as client:
            client.settimeout(2)
            found["own"] = _attempt(lambda: client.connect(listener.getsockname()))
    for family, address in (
        (socket.AF_INET, "192.0.2.1"),
        (socket.AF_INET, "8.8.8.8"),
        (socket.AF_INET6, "2001:db8::1"),
    ):
        with socket.socket(family) as client:
            client.settimeout(2)
            found[address] = _attempt(lambda client=client, address=address: client.connect((address, 53)))
    return found


def writable() -> list[str]:
    """Directories outside its own places where a file could be made; kernel files that could be opened to write."""
    found: list[str] = []
    for directory in CONFIG["directories"]:
        path = os.path.join(directory, ".orion-probe")
        if _attempt(lambda path=path: os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))) == "done":
            os.unlink(path)
            found.append(directory)
    settings = [os.path.join(place, name) for place, _, names in os.walk("/proc/sys") for name in names]
    for path in [*CONFIG["kernel_files"], *settings]:
        if _attempt(lambda path=path: os.close(os.open(path, os.O_WRONLY))) == "done":
            found.append(path)
    return found


def visible() -> list[str]:
    """What stands at the top, and below /home."""
    return sorted(os.listdir("/")) + sorted("home/" + name for name in os.listdir("/home"))


def devices() -> list[str]:
    """Device files anywhere below /dev."""
    found: list[str] = []
    for directory, _, names in os.walk("/dev"):
        for name in names:
            path = os.path.join(directory, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
                found.append(path)
    return sorted(found)


def calls() -> dict[str, str]:
    """Kernel calls that must be refused; made in a child, since one that is not would change what comes after."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reader)
            with os.fdopen(writer, "w") as file:
                json.dump(_calls(), file)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    os.waitpid(child, 0)
    found: dict[str, str] = json.loads(text)
    return found


def _calls() -> dict[str, str]:
    numbers: dict[str, int] = CONFIG["calls"]
    found = {
        "unshare": _tried(_libc.unshare(_CLONE_NEWUSER)),
        "mount": _tried(_libc.mount(b"/usr", b"/workspace", None, ctypes.c_ulong(_MS_BIND), None)),
        "ptrace": _tried(_libc.ptrace(ctypes.c_long(_PTRACE_SEIZE), ctypes.c_long(1), None, None)),
        "setns": _tried(_libc.setns(0, 0)),
        "chroot": _attempt(lambda: os.chroot("/workspace")),
        "socket AF_VSOCK": _attempt(lambda: socket.socket(40, socket.SOCK_STREAM).close()),
        "socket AF_PACKET": _attempt(lambda: socket.socket(17, socket.SOCK_RAW).close()),
        "socket AF_ALG": _attempt(lambda: socket.socket(38, socket.SOCK_SEQPACKET).close()),
    }
    for name, number in numbers.items():
        zero = ctypes.c_long(0)
        found[name] = _tried(_libc.syscall(ctypes.c_long(number), zero, zero, zero, zero, zero))
    return found


def init() -> dict[str, str]:
    """PID 1, and the server that started this process: their memory, their descriptors, the life of PID 1."""
    for number in (signal.SIGKILL, signal.SIGINT):
        _attempt(lambda number=number: os.kill(1, number))
    found: dict[str, str] = {}
    for name, pid in {"init": 1, "server": os.getppid()}.items():
        for what in ("mem", "environ"):
            path = "/proc/%d/%s" % (pid, what)
            found[name + " " + what] = _attempt(lambda path=path: os.close(os.open(path, os.O_RDONLY)))
        for what in ("fd", "root/"):
            found[name + " " + what] = _attempt(lambda path="/proc/%d/%s" % (pid, what): os.listdir(path))
    return found


def processes() -> dict[str, str]:
    """Who else can be seen, and under which uid."""
    own = {str(os.getpid()), str(os.getppid()), "1"}
    found: dict[str, str] = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and name not in own:
            try:
                with open("/proc/" + name + "/status") as file:
                    found[name] = next(line.split()[1] for line in file if line.startswith("Uid:"))
            except OSError:
                pass  # it has just ended
    return found


def root() -> list[str]:
    """How the root is mounted."""
    with open("/proc/self/mounts") as file:
        options = [line.split(" ")[3].split(",") for line in file if line.split(" ")[1] == "/"]
    return options[-1] if options else []


def control_sockets() -> list[str]:
    """Sockets of container engines, at their usual places."""
    return [path for path in CONFIG["sockets"] if os.path.lexists(path)]


def forks() -> int:
    """How many processes can be started at once; stops a little above the limit."""
    children: list[int] = []
    reader, writer = os.pipe()
    try:
        while len(children) < CONFIG["processes"] + 8:
            child = os.fork()
            if not child:
                os.close(writer)
                os.read(reader, 1)
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    finally:
        os.close(writer)
        os.close(reader)
        for child in children:
            os.waitpid(child, 0)
    return len(children)


def mounts() -> dict[str, list[Any]]:
    """Bytes, entries and options of each place that may be written."""
    options: dict[str, str] = {}
    with open("/proc/self/mounts") as file:
        for line in file:
            _, place, _, text = line.split(" ")[:4]
            options[place] = text
    found: dict[str, list[Any]] = {}
    for place in CONFIG["places"]:
        status = os.statvfs(place)
        found[place] = [status.f_blocks * status.f_frsize, status.f_files, options.get(place, "").split(",")]
    return found


def limits() -> dict[str, int]:
    """Hard resource limits."""
    return {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name))[1] for name in CONFIG["limits"]}


def environment() -> dict[str, str]:
    """All of it, as the kernel handed it over: the interpreter adds to its own copy."""
    with open("/proc/self/environ", "rb") as file:
        pairs = [item.decode("utf-8", "replace").partition("=") for item in file.read().split(b"\0") if item]
    return {name: value for name, _, value in pairs}


def descriptors() -> dict[str, str]:
    """What is open at the start, with the ids of pipes taken out."""
    found: dict[str, str] = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink("/proc/self/fd/" + name)
        except FileNotFoundError:
            continue  # the listing's own
        found[name] = re.sub(r"\[\d+\]", "", target)
    return found


def main() -> None:
    """Descriptors first, before anything is opened; the fork probe last."""
    found: dict[str, Any] = {}
    for probe in (
        descriptors,
        environment,
        capabilities,
        privileges,
        identity,
        interfaces,
        connections,
        writable,
        visible,
        devices,
        calls,
        init,
        processes,
        root,
        control_sockets,
        mounts,
        limits,
        forks,
    ):
        try:
            found[probe.__name__] = probe()
        except OSError as error:
            found[probe.__name__] = "failed: " + str(error)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
