"""Sandboxes by bubblewrap: namespaces of an unprivileged user, no daemon, no image."""

import base64
import contextlib
import json
import os
import platform
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from typing import Any

from orion_tui.base.errors import ChannelClosed, SandboxError, SandboxUnavailable
from orion_tui.base.text import clean
from orion_tui.core.sandbox import seccomp, startup
from orion_tui.core.sandbox.arguments import ENVIRONMENT, ETC, FULL, PLAIN, Shape, arguments
from orion_tui.core.sandbox.base import MIB, Attestation, Availability, CommandResult, Limits, SandboxSpec
from orion_tui.core.sandbox.channel import Channel
from orion_tui.core.sandbox.identity import INSIDE_UID, Identity
from orion_tui.core.sandbox.interpreter import candidates
from orion_tui.core.sandbox.remote import RemoteSandbox
from orion_tui.core.sandbox.spawner import spawn

#: Seconds that a sandbox may take to come up.
_START = 20.0
#: Seconds that its end may take once the channel is closed, before it is killed.
_END = 2.0
#: Bytes of what bubblewrap and the server say of themselves that are kept.
_STDERR = 16 * 1024

NAME = "bubblewrap"


class Bubblewrap:
    """Implements `base.Backend`."""

    def __init__(self, program: str = "bwrap") -> None:
        self._program = program
        self._shape: Shape | None = None
        self._python: str | None = None

    @property
    def name(self) -> str:
        """`bubblewrap`."""
        return NAME

    def availability(self) -> Availability:
        """Whether it can serve here, found out by starting one."""
        try:
            with self.open(SandboxSpec(session_id="availability", limits=Limits(workspace_bytes=MIB))):
                pass
        except SandboxError as error:
            return Availability(backend=NAME, available=False, detail=str(error))
        version = subprocess.run([self._program, "--version"], capture_output=True, text=True, check=False, cwd="/")
        return Availability(backend=NAME, available=True, detail=version.stdout.strip())

    def open(self, spec: SandboxSpec) -> RemoteSandbox:
        """Start a sandbox. SandboxUnavailable or SandboxError with the reason."""
        program = shutil.which(self._program)
        if program is None:
            raise SandboxUnavailable("bubblewrap is not installed")
        found = (self._python,) if self._python else candidates()
        if not found:
            raise SandboxUnavailable("no Python 3.9 or later is installed in /usr")
        problems: list[str] = []
        for shape in (self._shape,) if self._shape else (FULL, PLAIN):
            for python in found:
                try:
                    sandbox = _start(program, python, shape, spec.limits)
                except SandboxUnavailable as error:
                    problems.append(f"{shape.name}, {python}: {error.message}")
                    continue
                self._shape, self._python = shape, python
                return sandbox
        raise SandboxUnavailable("bubblewrap cannot start a sandbox here", problems=tuple(problems))


def configuration(shape: Shape, limits: Limits) -> dict[str, Any]:
    """What the server inside is told to enforce."""
    program = seccomp.program(platform.machine())
    if program is None:
        raise SandboxUnavailable(f"there is no system call filter for {platform.machine()} machines")
    return {
        "mounts": shape.mounts,
        "uid": INSIDE_UID,
        "gid": INSIDE_UID,
        "workspace": {"bytes": limits.workspace_bytes, "entries": limits.workspace_entries},
        "scratch": {"bytes": limits.scratch_bytes, "entries": limits.workspace_entries},
        "tmp": {"bytes": limits.tmp_bytes, "entries": limits.workspace_entries},
        "shared": {"bytes": limits.tmp_bytes, "entries": 1024},
        "directories": ["/home/agent/tmp", "/home/agent/.cache"],
        "limits": {
            "NPROC": limits.processes,
            "FSIZE": max(limits.workspace_bytes, limits.scratch_bytes),
            "CORE": 0,
            "NOFILE": 4096,
            "MEMLOCK": 64 * 1024,
            "DATA": limits.memory_bytes,
        },
        "watch_memory": limits.memory_bytes,
        "output_bytes": limits.output_bytes,
        "environment": dict(ENVIRONMENT),
        "filter": base64.b64encode(program).decode("ascii"),
    }


def _start(program: str, python: str, shape: Shape, limits: Limits) -> RemoteSandbox:
    identity = Identity.claim()
    host, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    info_reader, info_writer = os.pipe()
    try:
        with inside, _data_files() as data, os.fdopen(info_writer, "wb"):
            argv = arguments(
                program,
                shape=shape,
                limits=limits,
                data=data,
                info=info_writer,
                command=(python, "-I", "-S", "-B", "-X", "utf8", "-c", startup.bootstrap()),
            )
            process = spawn(lambda: _popen(argv, inside, (*data.values(), info_writer), identity))
    except (OSError, subprocess.SubprocessError) as error:
        os.close(info_reader)
        host.close()
        identity.release()
        raise SandboxUnavailable(f"bubblewrap could not be started: {error}") from error
    contained = _Contained(process, host, identity)
    channel = Channel(host, contained.explain_end)
    try:
        contained.child = _child_pid(info_reader)
        channel.send_raw(startup.message(configuration(shape, limits)), timeout=_START)
        channel.receive_ready(timeout=_START)
    except (ChannelClosed, SandboxError) as error:
        contained.end()
        raise SandboxUnavailable(error.message) from error
    return RemoteSandbox(contained, channel, limits)


def _popen(
    argv: list[str], inside: socket.socket, descriptors: tuple[int, ...], identity: Identity
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        argv,
        stdin=inside.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=descriptors,
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        start_new_session=True,
        user=identity.uid if identity.dropped else None,
        group=identity.gid if identity.dropped else None,
        extra_groups=[] if identity.dropped else None,
    )


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


def _child_pid(reader: int) -> int | None:
    """PID 1 of the sandbox as the host numbers it, from bubblewrap; None when it ended without telling."""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    text = b""
    deadline = time.monotonic() + _START
    with os.fdopen(reader, "rb", buffering=0) as file:
        while poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            piece = file.read(4096)
            if not piece:
                break
            text += piece
    try:
        pid = json.loads(text)["child-pid"]
    except (ValueError, KeyError, TypeError):
        return None
    return pid if isinstance(pid, int) else None


class _Contained:
    """One bubblewrap process and what lives under it."""

    backend = NAME

    def __init__(self, process: "subprocess.Popen[bytes]", connection: socket.socket, identity: Identity) -> None:
        self._process = process
        self._connection = connection
        self._identity = identity
        self.child: int | None = None

    def memory_kills(self) -> int:
        return 0

    def attest(self, run: Callable[[tuple[str, ...]], CommandResult]) -> Attestation:
        del run
        return Attestation(backend=NAME, properties=())

    def explain_end(self, reason: str) -> str:
        """End it; what it said on its standard error."""
        del reason
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END)
        said = b""
        stream = self._process.stderr
        if stream is not None and not stream.closed:
            os.set_blocking(stream.fileno(), False)
            with contextlib.suppress(BlockingIOError, ValueError):
                said = stream.read(_STDERR) or b""
        self.end()
        return clean(said).strip()

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._connection.close()
        self._identity.release()
