"""A sandbox as the rest of Orion sees it, over a channel to the server inside. Backends say how it is started and
ended; everything in between is here."""

import contextlib
import json
import math
import shlex
from collections.abc import Callable, Generator, Iterable, Iterator
from types import TracebackType
from typing import Any, Protocol, Self

import attrs

from orion_tui.base.errors import AttestationFailed, BoundaryViolation, ChannelClosed, SandboxError
from orion_tui.base.text import clean
from orion_tui.core.sandbox import startup, treestream
from orion_tui.core.sandbox.agent import frames
from orion_tui.core.sandbox.base import MIB, Attestation, CommandResult, Limits, Property, StatEntry, TreeEntry
from orion_tui.core.sandbox.channel import GRACE, Channel
from orion_tui.core.sandbox.gauges import Gauges

#: Content that one fetch request may bring; more is asked for in further ones, so memory stays bounded.
_FETCH = 8 * MIB
#: A scan's records of a whole workspace: as many names as one may have, and their stamps.
_SCAN = 64 * MIB
_SEARCH_SECONDS = 10.0
_LOAD_SECONDS = 300.0
KILL = 9


class Contained(Protocol):
    """The process that holds a sandbox together, as its backend started it."""

    @property
    def backend(self) -> str:
        """`bubblewrap`, `docker` or `fake`."""
        ...

    @property
    def python(self) -> str:
        """The interpreter inside."""
        ...

    def memory_kills(self) -> int:
        """How often the kernel has killed something inside for memory; 0 where that cannot be told."""
        ...

    def gauges(self) -> Gauges | None:
        """See `base.Sandbox`."""
        ...

    def attest(self, run: Callable[[tuple[str, ...]], CommandResult]) -> Attestation:
        """What holds, measured from inside with `run` and from the host."""
        ...

    def end(self) -> None:
        """Kill everything and wait for it. May be called again, and from any thread."""
        ...


class RemoteSandbox:
    """Implements `base.Sandbox`."""

    def __init__(
        self,
        contained: Contained,
        channel: Channel,
        limits: Limits,
        *,
        files: Channel | None = None,
        lacks: tuple[Property, ...] = (),
    ) -> None:
        """`channel` runs commands. `files` answers for the tree, where somebody else than those commands' server does.

        `lacks` is told by `attest` too: what is known to be missing before anything is measured.
        """
        self._contained = contained
        self._channel = channel
        self._files = files or channel
        self._limits = limits
        self._lacks = lacks
        self._known: dict[bytes, StatEntry] = {}
        self._sorted: tuple[StatEntry, ...] = ()
        self._generation = 0

    @property
    def backend(self) -> str:
        """`bubblewrap` or `docker`."""
        return self._contained.backend

    @property
    def contained(self) -> Contained:
        """What holds it together, as its backend started it."""
        return self._contained

    def gauges(self) -> Gauges | None:
        """Where the host can read what it uses."""
        return self._contained.gauges()

    def attest(self) -> Attestation:
        """Measure what was promised, from inside and from the host. On a mismatch it is closed: AttestationFailed."""
        attestation = self._contained.attest(lambda argv: self.run(argv, timeout=30.0))
        attestation = attrs.evolve(attestation, properties=(*attestation.properties, *self._lacks))
        if attestation.failures:
            self.close()
            raise AttestationFailed(
                "the sandbox is not what was promised, so no work is started in it",
                problems=tuple(
                    f"{p.name} ({p.seen_from}): promised {p.promised}; found {p.measured}" for p in attestation.failures
                ),
            )
        return attestation

    def run(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str = "",
        timeout: float = 180.0,
        env: tuple[tuple[str, str], ...] = (),
        watch: Callable[[bytes, int], None] | None = None,
    ) -> CommandResult:
        """Run to its end; whatever it left running is killed before this returns."""
        if not argv:
            raise ValueError("a command needs a program")
        if not math.isfinite(timeout) or timeout <= 0:
            raise ValueError("the timeout must be a number of seconds above 0")
        kills = self._contained.memory_kills()
        meta, output = self._channel.call(
            "run",
            {"argv": list(argv), "cwd": cwd, "timeout": timeout, "env": dict(env), "watch": watch is not None},
            timeout=timeout + GRACE,
            limit=self._limits.output_bytes,
            partial=watch,
        )
        with self._in_order():
            return _command_result(meta, output, memory_killed=self._contained.memory_kills() > kills)

    def read(self, path: str, *, limit: int = 16 * MIB) -> bytes:
        """A regular file's bytes, symbolic links not followed."""
        return self._files.call("read", {"path": path, "limit": limit}, limit=limit)[1]

    def stat(self, path: str) -> StatEntry | None:
        """The entry itself, links not followed; None where nothing is."""
        meta, _ = self._files.call("stat", {"path": path})
        with self._in_order():
            return treestream.stat_entry(path, meta) if meta else None

    def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        """Create or replace a regular file, parents included, whole or not at all."""
        self._files.call("write", {"path": path, "executable": executable}, [data])

    def delete(self, path: str) -> None:
        """Remove a file or link, and directories that this leaves empty."""
        self._files.call("delete", {"path": path})

    def list(self, path: str = "", *, limit: int = 10_000) -> tuple[str, ...]:
        """Names of files below a directory, sorted."""
        _, data = self._files.call("list", {"path": path, "limit": limit}, limit=limit * 4096)
        return tuple(treestream.name(part) for part in data.split(b"\0")[:-1])

    def search(self, pattern: str, path: str = "", *, limit: int = 500) -> tuple[tuple[str, int, str], ...]:
        """(path, line number, line) for each match. TimeoutError where the pattern takes too long."""
        _, data = self._files.call(
            "search",
            {"pattern": pattern, "path": path, "limit": limit, "seconds": _SEARCH_SECONDS},
            timeout=_SEARCH_SECONDS + GRACE,
            limit=8 * MIB,
        )
        with self._in_order():
            return tuple(_match(line) for line in data.split(b"\n")[:-1])

    def load(self, entries: Iterable[TreeEntry]) -> None:
        """Empty the workspace and fill it with exactly these entries."""
        self._forget()
        try:
            self._files.call("load", {}, treestream.encode(entries), timeout=_LOAD_SECONDS)
        except OSError as error:
            raise SandboxError(
                f"the tree does not fit the sandbox's workspace: {error.strerror}",
                hint=f"it has room for {self._limits.workspace_bytes // MIB} MiB in {self._limits.workspace_entries:,} "
                "files; a role with a heavier sandbox profile has more",
            ) from error

    def scan(self) -> tuple[StatEntry, ...]:
        """Every entry of the workspace but directories and the top-level `.git`, sorted by path bytes."""
        meta, data = self._files.call("scan", {"since": self._generation}, timeout=120.0, limit=_SCAN)
        with self._in_order():
            changes = dict(treestream.decode_stats(data))
            if meta["whole"]:
                self._known = {}
            for path, entry in changes.items():
                if entry is None:
                    del self._known[path]
                else:
                    self._known[path] = entry
            if meta["entries"] != len(self._known):
                raise frames.Malformed("the scan does not add up")
            self._generation = int(meta["generation"])
        if changes or meta["whole"]:
            self._sorted = tuple(self._known[path] for path in sorted(self._known))
        return self._sorted

    def fetch(self, paths: Iterable[bytes], *, limit: int) -> Iterator[TreeEntry]:
        """The named entries' content, in order."""
        waiting = list(paths)
        left = limit
        while waiting:
            _, data = self._files.call(
                "fetch",
                {"budget": min(_FETCH, max(left, 1))},
                [b"".join(path + b"\0" for path in waiting)],
                timeout=120.0,
                limit=self._limits.workspace_bytes + _FETCH + len(waiting) * 8192,
            )
            with self._in_order():
                entries = treestream.decode(data)
                if not entries or [entry.path for entry in entries] != waiting[: len(entries)]:
                    raise frames.Malformed("other entries than were asked for")
            for entry in entries:
                left -= len(entry.data)
                if left < 0:
                    raise BoundaryViolation(f"the changed files come to more than {limit} bytes")
            del waiting[: len(entries)]
            yield from entries

    def git_init(self, *, branch: str, message: str, name: str, email: str) -> None:
        """Make the sandbox's own repository with everything that is loaded as its base commit."""
        git = ("git", "-c", "gc.auto=0", "-c", "core.hooksPath=/dev/null", "-c", "core.fsync=none")
        writer = startup.base_commit(self._contained.python, branch, message, name, email)
        importing = shlex.join((*git, "fast-import", "--quiet", "--done"))
        for arguments in (
            (*git, "init", "--quiet", f"--initial-branch={branch}"),
            (*git, "config", "user.name", name),
            (*git, "config", "user.email", email),
            ("sh", "-c", f'"$@" | {importing}', "sh", *writer),
            # The index, with the files' times in it, so that git does not read them all again.
            (*git, "reset", "--quiet", "--refresh"),
        ):
            result = self.run(arguments, timeout=_LOAD_SECONDS)
            if result.error and "init" in arguments:
                return
            if result.exit_code != 0:
                raise SandboxError(
                    "the repository inside the sandbox could not be made: "
                    + (result.error or result.output.decode("utf-8", "replace")[-2000:]),
                    hint=f"the workspace has room for {self._limits.workspace_bytes // MIB} MiB in "
                    f"{self._limits.workspace_entries:,} files, its repository included; "
                    "a role with a heavier sandbox profile has more",
                )

    def alive(self) -> bool:
        """Whether the channel still answers."""
        try:
            for channel in {self._channel, self._files}:
                channel.call("ping", timeout=5.0)
        except ChannelClosed:
            return False
        return True

    def close(self) -> None:
        """End everything inside and wait for it."""
        self._channel.close()
        self._files.close()
        self._contained.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add_lack(self, lack: Property) -> None:
        """One more thing that `attest` is to tell as lacking."""
        self._lacks = (*self._lacks, lack)

    def _forget(self) -> None:
        self._known, self._sorted, self._generation = {}, (), 0

    @contextlib.contextmanager
    def _in_order(self) -> Generator[None]:
        """Reading an answer: one that makes no sense ends the sandbox, like a frame that is none."""
        try:
            yield
        except (frames.Malformed, ValueError, KeyError, TypeError) as error:
            self.close()
            raise ChannelClosed(f"the sandbox was ended: its answer makes no sense ({error})") from error


def _command_result(meta: dict[str, Any], output: bytes, *, memory_killed: bool) -> CommandResult:
    """Raises Malformed unless exactly one way of ending is told."""
    exit_code, signal = _number(meta, "exit", 255), _number(meta, "signal", 64)
    timed_out, out_of_memory = meta.get("timed_out") is True, meta.get("out_of_memory") is True
    error, seconds = meta.get("error", ""), meta.get("seconds", 0.0)
    ways = (exit_code is not None, signal is not None, timed_out, out_of_memory, bool(error))
    if sum(ways) != 1 or not isinstance(error, str) or not isinstance(seconds, int | float):
        raise frames.Malformed("not a command's result")
    return CommandResult(
        exit_code=exit_code,
        # The watch kills like the kernel does.
        signal=KILL if out_of_memory else signal,
        timed_out=timed_out,
        error=clean(error, keep_newlines=False),
        output=output,
        dropped=_number(meta, "dropped", 1 << 62) or 0,
        seconds=float(seconds),
        out_of_memory=out_of_memory or memory_killed,
        killed=_number(meta, "killed", 1 << 31) or 0,
    )


def _number(meta: dict[str, Any], key: str, high: int) -> int | None:
    value = meta.get(key)
    if value is not None and not (type(value) is int and 0 <= value <= high):
        raise frames.Malformed(f"{key} is not a number")
    return value


def _match(line: bytes) -> tuple[str, int, str]:
    path, number, text = json.loads(line)
    return str(path), int(number), str(text)
