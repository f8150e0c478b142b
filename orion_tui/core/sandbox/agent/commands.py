"""Running a command, and ending everything that it started before the answer goes out.

This process inherits every orphan among its descendants, as PID 1 or because it asked for it. So when `wait` says that
there are no children left, nothing of the command is left; `population` looks for what might be anybody else's.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import stat
import time
from typing import Any, Callable

from orion_tui.core.sandbox.agent.frames import MAX_PARTIAL, PARTIAL_INTERVAL
from orion_tui.core.sandbox.agent.memory import MemoryWatch
from orion_tui.core.sandbox.agent.output import Output
from orion_tui.core.sandbox.agent.paths import Root, components, open_directory
from orion_tui.core.sandbox.agent.population import Population

#: A command must find them as every program does: Python ignores two, and whoever was started in the background of a
#: shell, or by `nohup`, has been told to ignore others.
_RESET = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})

#: What a hangup of the channel shows as, beside POLLERR and POLLHUP.
_HANGUP = getattr(select, "POLLRDHUP", 0x2000)


class Commands:
    """Starts commands as this process's children and stays until the last of their descendants is gone."""

    def __init__(
        self,
        *,
        root: Root,
        channel: int,
        environment: dict[str, str],
        output_limit: int,
        adjust: int | None,
        watch: MemoryWatch | None,
        population: Population,
    ) -> None:
        self._root = root
        self._channel = channel
        self._environment = environment
        self._output = Output(output_limit)
        #: Descriptor of this process's own oom_score_adj: commands are to be killed for memory first, never PID 1.
        self._adjust = adjust
        self._watch = watch
        self._population = population

    def run(
        self,
        argv: list[str],
        cwd: bytes,
        timeout: float,
        extra: dict[str, str],
        watcher: Callable[[bytes, int], None] | None = None,
    ) -> tuple[dict[str, Any], bytes]:
        """How it ended, or why it could not be started, and its output.

        `watcher` is told a few times a second what it printed last, and how many bytes of it were left out.
        """
        try:
            directory = open_directory(self._root, components(cwd))
        except (OSError, ValueError) as error:
            return {"error": f"working directory: {getattr(error, 'strerror', None) or error}"}, b""
        try:
            os.fchdir(directory)
            return self._run(argv, timeout, {**self._environment, **extra}, watcher)
        finally:
            os.close(directory)
            os.fchdir(self._root.descriptor)

    def _run(
        self,
        argv: list[str],
        timeout: float,
        environment: dict[str, str],
        watcher: Callable[[bytes, int], None] | None,
    ) -> tuple[dict[str, Any], bytes]:
        started = time.monotonic()
        reader, writer = os.pipe()
        try:
            os.set_blocking(reader, False)
            try:
                pid = self._spawn(argv, environment, writer)
            except (OSError, ValueError) as error:
                return {"error": _explain(argv[0], error), "seconds": time.monotonic() - started}, b""
            finally:
                os.close(writer)
            output = self._output
            output.reset()
            try:
                reason = self._follow(pid, reader, output, started + timeout, watcher)
                status, killed = self._end_all(pid)
            except OSError:
                self._population.leave()  # no answer goes out while something of the command may be left
            _drain(reader, output)
        finally:
            os.close(reader)
        data, dropped = output.result()
        result: dict[str, Any] = {"seconds": time.monotonic() - started, "dropped": dropped, "killed": killed}
        if reason:
            result[reason] = True
        elif status is not None and os.WIFSIGNALED(status):
            result["signal"] = os.WTERMSIG(status)
        elif status is not None:
            result["exit"] = os.WEXITSTATUS(status)
        return result, data

    def _spawn(self, argv: list[str], environment: dict[str, str], writer: int) -> int:
        program = _find(argv[0], environment.get("PATH", ""))
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, writer, 1),
            (os.POSIX_SPAWN_DUP2, writer, 2),
        ]
        self._set_adjust(b"500")
        try:
            return os.posix_spawn(
                program, argv, environment, file_actions=actions, setsid=True, setsigmask=[], setsigdef=_RESET
            )
        finally:
            self._set_adjust(b"0")

    def _set_adjust(self, value: bytes) -> None:
        if self._adjust is not None:
            os.pwrite(self._adjust, value, 0)

    def _follow(
        self, pid: int, reader: int, output: Output, deadline: float, watcher: Callable[[bytes, int], None] | None
    ) -> str:
        """Collect output until the command itself ends: "" then, else why it must be ended."""
        ended = os.pidfd_open(pid)
        try:
            poll = select.poll()
            poll.register(reader, select.POLLIN)
            poll.register(ended, select.POLLIN)
            poll.register(self._channel, _HANGUP)
            # A command that is over by then has nobody watching it, and costs nothing more.
            due = time.monotonic() + PARTIAL_INTERVAL
            while True:
                now = time.monotonic()
                left = deadline - now
                if left <= 0:
                    return "timed_out"
                if watcher is not None and output.untold:
                    if now >= due:
                        watcher(*output.latest(MAX_PARTIAL))
                        due = now + PARTIAL_INTERVAL
                    else:
                        left = min(left, due - now)
                if self._watch is not None:
                    if self._watch.exceeded():
                        return "out_of_memory"
                    left = min(left, self._watch.interval)
                ready = {descriptor for descriptor, _ in poll.poll(left * 1000)}
                if self._channel in ready:
                    self._population.leave()  # nobody is left to answer to
                if reader in ready:
                    with contextlib.suppress(BlockingIOError):
                        if not output.read_from(reader):
                            poll.unregister(reader)
                if ended in ready:
                    return ""
        finally:
            os.close(ended)

    def _end_all(self, pid: int) -> tuple[int | None, int]:
        """Kill what is left and reap everything: the wait status of `pid`, and how many had to be killed beside it."""
        result: int | None = None
        killed = 0
        ended = False
        while True:
            try:
                child, status = os.waitpid(-1, 0 if ended else os.WNOHANG)
            except ChildProcessError:
                return result, killed + self._population.end()
            if child == pid:
                result = status
            elif child == 0:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
                ended = True
            elif ended and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
                killed += 1


def _drain(reader: int, output: Output) -> None:
    """What was still in the pipe. Its writers are gone: it holds no more than a pipe does."""
    with contextlib.suppress(BlockingIOError):
        while output.read_from(reader):
            pass


def _find(name: str, path: str) -> str:
    if "/" in name:
        return name
    if not name:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    found: str | None = None
    for directory in path.split(":"):
        candidate = (directory or ".") + "/" + name
        try:
            mode = os.stat(candidate).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode):
            if os.access(candidate, os.X_OK):
                return candidate
            found = candidate
    if found is not None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _explain(name: str, error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return f"{name}: {error}"
    if error.errno == errno.ENOENT:
        return f"{name}: no such program"
    if error.errno == errno.ENOEXEC:
        return f"{name}: not a program that this machine can run"
    return f"{name}: {os.strerror(error.errno or 0)}"
