"""The few kernel calls that Python's standard library does not offer."""

from __future__ import annotations

import ctypes
import os

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384

CLONE_NEWUSER = 0x10000000

#: Each of these four, set and locked: being uid 0 or changing uid grants nothing, ever.
_SECUREBITS = 0x01 | 0x02 | 0x04 | 0x08 | 0x20 | 0x40 | 0x80
_CAPABILITY_VERSION_3 = 0x20080522

_KEYCTL = {"x86_64": 250, "aarch64": 219}
_KEYCTL_JOIN_SESSION_KEYRING = 1

_libc = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Data(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _prctl(option: int, *arguments: int) -> int:
    padded = [*arguments, 0, 0, 0, 0][:4]
    return _libc.prctl(option, *(ctypes.c_ulong(value) for value in padded))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2). Raises OSError."""
    result = _libc.mount(
        source.encode() or None,
        target.encode(),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    _check(result, f"mount {target}")


def unshare(flags: int) -> None:
    """unshare(2). Raises OSError."""
    _check(_libc.unshare(flags), "unshare")


def inotify_init() -> int:
    """A descriptor that tells what happens to files; reading it never blocks. Raises OSError."""
    descriptor: int = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    _check(descriptor, "inotify")
    return descriptor


def inotify_add_watch(descriptor: int, path: bytes, mask: int) -> int:
    """The number of a watch on `path`. Raises OSError."""
    number: int = _libc.inotify_add_watch(descriptor, path, ctypes.c_uint32(mask))
    _check(number, "inotify watch")
    return number


def die_with_parent(signal_number: int) -> None:
    """Be killed when the process that started this one ends."""
    _check(_prctl(PR_SET_PDEATHSIG, signal_number), "die with parent")


def hide_from_peers() -> None:
    """Make this process's memory, descriptors and `/proc` entries out of reach for others of its uid."""
    _check(_prctl(PR_SET_DUMPABLE, 0), "not dumpable")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, as PID 1 is anyway."""
    _check(_prctl(PR_SET_CHILD_SUBREAPER, 1), "child subreaper")


def drop_capabilities() -> None:
    """Empty every capability set and lock the ways back."""
    _prctl(PR_SET_SECUREBITS, _SECUREBITS)  # needs CAP_SETPCAP: refused where there is nothing to lock
    for capability in range(64):
        _prctl(PR_CAPBSET_DROP, capability)  # likewise; those above the kernel's last are refused as well
    _check(_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL), "ambient capabilities")
    _check(_libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), (_Data * 2)()), "capset")


def leave_keyring() -> None:
    """Stand in a new, empty session keyring instead of the one that was inherited; where there are keyrings."""
    number = _KEYCTL.get(os.uname().machine)
    if number is not None:
        _libc.syscall(ctypes.c_long(number), ctypes.c_long(_KEYCTL_JOIN_SESSION_KEYRING), None)


def load_filter(program: bytes) -> None:
    """Bind this process and all it starts to a seccomp filter (an array of `struct sock_filter`)."""
    _check(_prctl(PR_SET_NO_NEW_PRIVS, 1), "no new privileges")
    buffer = ctypes.create_string_buffer(program, len(program))
    filter_program = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    result = _libc.prctl(
        PR_SET_SECCOMP,
        ctypes.c_ulong(SECCOMP_MODE_FILTER),
        ctypes.byref(filter_program),
        ctypes.c_ulong(0),
        ctypes.c_ulong(0),
    )
    _check(result, "seccomp")
