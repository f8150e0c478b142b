"""One bubblewrap process, from its start to the proof that nothing of it is left."""

import base64
import contextlib
import json
import os
import platform
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

from orion_tui.base.errors import ChannelClosed, SandboxUnavailable
from orion_tui.base.text import clean
from orion_tui.core.sandbox import attest, cgroup, gauges, scope, seccomp, startup
from orion_tui.core.sandbox.arguments import ENVIRONMENT, ETC, Shape, arguments
from orion_tui.core.sandbox.base import MIB, Attestation, CommandResult, Limits
from orion_tui.core.sandbox.cgroup import Cgroup
from orion_tui.core.sandbox.channel import Channel
from orion_tui.core.sandbox.gauges import Gauges
from orion_tui.core.sandbox.identity import INSIDE_UID, Identity
from orion_tui.core.sandbox.remote import RemoteSandbox
from orion_tui.core.sandbox.spawner import spawn

NAME = "bubblewrap"

#: Seconds that a sandbox may take to come up.
_START = 20.0
#: Seconds that its end may take once the channel is closed, before it is killed.
_END = 2.0
#: Bytes of what bubblewrap and the server say of themselves that are kept.
_STDERR = 16 * 1024


def resources(limits: Limits, cgroup: Cgroup) -> dict[str, int]:
    """Resource limits, soft and hard alike, by the names of the `resource` module."""
    values = {
        "NPROC": limits.processes,
        # A little more than any place holds, so that what is told is "no space left" and not a signal.
        "FSIZE": max(limits.workspace_bytes, limits.scratch_bytes) + MIB,
        "CORE": 0,
        "NOFILE": 4096,
        "MEMLOCK": 64 * 1024,
        "MSGQUEUE": 64 * 1024,
    }
    if not cgroup.bounds_memory:
        # A bound for each process, at least; it counts what is reserved to be written, touched or not.
        values["DATA"] = limits.memory_bytes
    return values


def configuration(python: str, shape: Shape, limits: Limits, cgroup: Cgroup) -> dict[str, Any]:
    """What the server inside is told to enforce."""
    program = seccomp.program(platform.machine())
    if program is None:
        raise SandboxUnavailable(f"there is no system call filter for {platform.machine()} machines")
    return {
        "command": startup.command(python),
        "answers": 0,
        "holder": None,
        "mounts": shape.mounts,
        "uid": INSIDE_UID,
        "gid": INSIDE_UID,
        "workspace": {"bytes": limits.workspace_bytes, "entries": limits.workspace_entries},
        "scratch": {"bytes": limits.scratch_bytes, "entries": limits.workspace_entries},
        "tmp": {"bytes": limits.tmp_bytes, "entries": limits.workspace_entries},
        "shared": {"bytes": limits.tmp_bytes, "entries": 1024},
        "directories": ["/home/agent/tmp", "/home/agent/.cache"],
        "limits": resources(limits, cgroup),
        "watch_memory": 0 if cgroup.bounds_memory else limits.memory_bytes,
        "output_bytes": limits.output_bytes,
        "environment": dict(ENVIRONMENT),
        "filter": base64.b64encode(program).decode("ascii"),
    }


def start(program: str, python: str, shape: Shape, limits: Limits) -> RemoteSandbox:
    """A sandbox that answers. SandboxUnavailable with what bubblewrap or the server said where none comes up."""
    jail = _Jail(python, shape, limits)
    if jail.cgroup.directories or not (launcher := scope.launcher(limits)):
        return _bring_up(jail, program, ())
    try:
        return _bring_up(jail, program, launcher)
    except SandboxUnavailable:
        return _bring_up(_Jail(python, shape, limits), program, ())


def _bring_up(jail: "_Jail", program: str, launcher: tuple[str, ...]) -> RemoteSandbox:
    channel = Channel(jail.connection, jail.explain_end)
    try:
        jail.launch(program, launcher)
        jail.adopt()
        channel.send_raw(startup.messages(jail.configuration()), timeout=_START)
        channel.receive_ready(timeout=_START)
    except (OSError, subprocess.SubprocessError) as error:
        channel.close()
        jail.end()
        raise SandboxUnavailable(f"bubblewrap could not be started: {error}") from error
    except ChannelClosed as error:
        raise SandboxUnavailable(error.message) from error
    except BaseException:
        channel.close()
        jail.end()
        raise
    return RemoteSandbox(jail, channel, jail.limits)


class _Jail:
    """bubblewrap's process, PID 1 below it, and what was claimed for them. Implements `remote.Contained`."""

    backend = NAME

    def __init__(self, python: str, shape: Shape, limits: Limits) -> None:
        self.python = python
        self._shape = shape
        self.limits = limits
        self._lock = threading.Lock()
        self._ended = False
        self._process: subprocess.Popen[bytes] | None = None
        self._scoped = False
        self._child = 0
        #: Follows PID 1 whatever becomes of its number.
        self._child_handle = -1
        self._identity = Identity.claim()
        self.cgroup = cgroup.make(limits)
        self.connection, self._inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)

    def configuration(self) -> dict[str, Any]:
        """What the server inside is told."""
        return configuration(self.python, self._shape, self.limits, self.cgroup)

    def launch(self, program: str, launcher: tuple[str, ...]) -> None:
        """Start bubblewrap, through `launcher`, and learn who PID 1 is. Raises OSError and SubprocessError."""
        self._scoped = bool(launcher)
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb", buffering=0) as info:
            with self._inside, _data_files() as data, os.fdopen(writer, "wb"):
                argv = arguments(
                    program,
                    shape=self._shape,
                    limits=self.limits,
                    data=data,
                    info=writer,
                    command=startup.command(self.python),
                )
                self._process = spawn(lambda: self._popen([*launcher, *argv], (*data.values(), writer)))
            self._child = _child_pid(info.fileno())
        if self._child:
            with contextlib.suppress(ProcessLookupError):
                self._child_handle = os.pidfd_open(self._child)

    def _popen(self, argv: list[str], descriptors: tuple[int, ...]) -> "subprocess.Popen[bytes]":
        dropped = self._identity.dropped
        return subprocess.Popen(
            argv,
            stdin=self._inside.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=descriptors,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", **(scope.environment() if self._scoped else {})},
            start_new_session=True,
            user=self._identity.uid if dropped else None,
            group=self._identity.gid if dropped else None,
            extra_groups=[] if dropped else None,
        )

    def adopt(self) -> None:
        """Put PID 1 under the cgroup's bounds. It waits for its start message meanwhile."""
        if not self._child:
            return
        if self._scoped:
            self.cgroup = scope.found(self._child)
            return
        try:
            self.cgroup.adopt(self._child)
        except OSError:
            self.cgroup.remove()
            self.cgroup = Cgroup.none()

    def memory_kills(self) -> int:
        """How often the kernel has killed something inside for memory."""
        return self.cgroup.memory_kills()

    def gauges(self) -> Gauges | None:
        """See `base.Sandbox`."""
        return gauges.gauges(self._child, self.cgroup, self.limits)

    def attest(self, run: Callable[[tuple[str, ...]], CommandResult]) -> Attestation:
        """Everything that was promised, measured."""
        assert self._process is not None
        promise = attest.Promise(
            limits=self.limits,
            shape=self._shape,
            cgroup=self.cgroup,
            child=self._child,
            parent=self._process.pid,
            uid=self._identity.uid,
            python=self.python,
            resources=resources(self.limits, self.cgroup),
        )
        return Attestation(backend=NAME, properties=attest.measure(run, promise))

    def explain_end(self) -> str:
        """End it; what it had said on its standard error."""
        with self._lock:
            said = self._end()
        return clean(said).strip()

    def end(self) -> None:
        """Kill everything and wait for it. May be called again, and from any thread."""
        with self._lock:
            self._end()

    def _end(self) -> bytes:
        if self._ended:
            return b""
        self._ended = True
        said = b""
        # PID 1 leaves when its host hangs up, and the kernel ends everything with it before it counts as gone.
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self._inside.close()
        if self._child_handle >= 0:
            if not _gone(self._child_handle, _END):
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._child_handle, signal.SIGKILL)
                _gone(self._child_handle, _END)
            os.close(self._child_handle)
        if self._process is not None:
            try:
                self._process.wait(_END)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            assert self._process.stderr is not None
            with self._process.stderr as stream:
                os.set_blocking(stream.fileno(), False)
                with contextlib.suppress(BlockingIOError):
                    said = os.read(stream.fileno(), _STDERR)
        self.cgroup.remove()
        self._identity.release()
        return said


@contextlib.contextmanager
def _data_files() -> Generator[dict[str, int]]:
    """Descriptors that hold the generated files of `/etc`, read once each by bubblewrap."""
    with contextlib.ExitStack() as stack:
        result: dict[str, int] = {}
        for path, text in ETC.items():
            file = stack.enter_context(os.fdopen(os.memfd_create("etc"), "wb"))
            file.write(text.encode())
            file.flush()
            file.seek(0)
            result[path] = file.fileno()
        yield result


def _child_pid(info: int) -> int:
    """PID 1 of the sandbox as the host numbers it, from bubblewrap; 0 when that ended without telling."""
    poll = select.poll()
    poll.register(info, select.POLLIN)
    text = b""
    deadline = time.monotonic() + _START
    while poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        piece = os.read(info, 4096)
        if not piece:
            break
        text += piece
    try:
        pid = json.loads(text)["child-pid"]
    except (ValueError, KeyError, TypeError):
        return 0
    return pid if isinstance(pid, int) else 0


def _gone(handle: int, seconds: float) -> bool:
    """Whether the process ends within that time."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
