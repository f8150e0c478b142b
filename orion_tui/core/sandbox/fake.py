"""A sandbox that contains nothing: a directory of the host's, with commands answered by a function.

For tests of what stands on the port. Files behave as in a real one, since the same code handles them.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from orion_tui.base.errors import AttestationFailed, BoundaryViolation, ChannelClosed, SandboxError
from orion_tui.core.sandbox import treestream
from orion_tui.core.sandbox.agent import files, scan, search, tree
from orion_tui.core.sandbox.agent.paths import Root
from orion_tui.core.sandbox.agent.stamps import classify, stamp
from orion_tui.core.sandbox.base import (
    MIB,
    Attestation,
    Availability,
    CommandResult,
    Property,
    SandboxSpec,
    StatEntry,
    TreeEntry,
)

NAME = "fake"


@attrs.frozen(kw_only=True)
class FakeCommand:
    """What a test's function is asked to answer."""

    argv: tuple[str, ...]
    cwd: str
    timeout: float
    env: tuple[tuple[str, str], ...]
    #: The workspace as a directory of the host's, to read and write as the command would.
    workspace: Path
    #: Where it can print while it runs; None where nobody watches.
    watch: Callable[[bytes, int], None] | None = None


Script = Callable[[FakeCommand], CommandResult]


def succeed(command: FakeCommand) -> CommandResult:
    """Exit 0 and print nothing, whatever the command."""
    del command
    return CommandResult(exit_code=0)


class FakeBackend:
    """Implements `base.Backend`. `opened` keeps every sandbox it handed out, in order."""

    def __init__(
        self, script: Script = succeed, *, properties: tuple[Property, ...] = (), available: bool = True
    ) -> None:
        self._script = script
        self._properties = properties
        self._available = available
        self.opened: list[FakeSandbox] = []

    @property
    def name(self) -> str:
        """`fake`."""
        return NAME

    def availability(self) -> Availability:
        """As the test says."""
        return Availability(backend=NAME, available=self._available, detail="for tests; contains nothing")

    def open(self, spec: SandboxSpec) -> "FakeSandbox":
        """A new, empty workspace."""
        sandbox = FakeSandbox(spec, self._script, self._properties)
        self.opened.append(sandbox)
        return sandbox


class FakeSandbox:
    """Implements `base.Sandbox`. `commands` keeps every command it was asked to run, in order."""

    def __init__(self, spec: SandboxSpec, script: Script = succeed, properties: tuple[Property, ...] = ()) -> None:
        self.spec = spec
        self.workspace = Path(tempfile.mkdtemp(prefix="orion-fake-"))
        self.commands: list[FakeCommand] = []
        self._script = script
        self._properties = properties
        self._root = Root(str(self.workspace))
        self._closed = False

    @property
    def backend(self) -> str:
        """`fake`."""
        return NAME

    def attest(self) -> Attestation:
        """The properties that the test gave; AttestationFailed where one of them does not hold."""
        self._open()
        attestation = Attestation(backend=NAME, properties=self._properties)
        if attestation.failures:
            self.close()
            raise AttestationFailed(
                "the sandbox is not what was promised", problems=tuple(p.name for p in attestation.failures)
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
        """What the test's function answers."""
        self._open()
        command = FakeCommand(argv=argv, cwd=cwd, timeout=timeout, env=env, workspace=self.workspace, watch=watch)
        self.commands.append(command)
        return self._script(command)

    def read(self, path: str, *, limit: int = 16 * MIB) -> bytes:
        """A regular file's bytes, symbolic links not followed."""
        self._open()
        return b"".join(files.read(self._root, os.fsencode(path), limit))

    def stat(self, path: str) -> StatEntry | None:
        """The entry itself, links not followed; None where nothing is."""
        self._open()
        status = files.status(self._root, os.fsencode(path))
        if status is None:
            return None
        kind, what = classify(status)
        return treestream.stat_entry(
            path,
            {
                "kind": kind.decode(),
                "what": what,
                "size": status.st_size,
                "links": status.st_nlink,
                "stamp": stamp(status),
            },
        )

    def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        """Create or replace a regular file, parents included, whole or not at all."""
        self._open()
        files.write(self._root, os.fsencode(path), iter((data,)), executable)

    def delete(self, path: str) -> None:
        """Remove a file or link, and directories that this leaves empty."""
        self._open()
        files.delete(self._root, os.fsencode(path))

    def list(self, path: str = "", *, limit: int = 10_000) -> tuple[str, ...]:
        """Names of files below a directory, sorted."""
        self._open()
        return tuple(os.fsdecode(name) for name in files.names(self._root, os.fsencode(path), limit))

    def search(self, pattern: str, path: str = "", *, limit: int = 500) -> tuple[tuple[str, int, str], ...]:
        """(path, line number, line) for each match; without the deadline of a real one."""
        self._open()
        found = search.matches(self._root, search.compile_pattern(pattern), os.fsencode(path), limit)
        return tuple((os.fsdecode(name), number, line) for name, number, line in found)

    def load(self, entries: Iterable[TreeEntry]) -> None:
        """Empty the workspace and fill it with exactly these entries."""
        self._open()
        pieces = treestream.encode(entries)
        rest = b""

        def read(count: int) -> bytes:
            nonlocal rest
            if not rest:
                rest = next(pieces, b"")
            data, rest = rest[:count], rest[count:]
            return data

        with _boundary():
            try:
                tree.load(self._root, read)
            except OSError as error:
                raise SandboxError(f"the tree does not fit the sandbox's workspace: {error.strerror}") from error

    def scan(self) -> tuple[StatEntry, ...]:
        """Every entry of the workspace but directories and the top-level `.git`, sorted by path bytes."""
        self._open()
        with _boundary():
            data = b"".join(scan.scan(self._root, scan.Known(), self.spec.limits.workspace_entries))
        entries = [entry for _, entry in treestream.decode_stats(data) if entry is not None]
        return tuple(sorted(entries, key=lambda entry: entry.path))

    def fetch(self, paths: Iterable[bytes], *, limit: int) -> Iterator[TreeEntry]:
        """The named entries' content, in order."""
        left = limit
        for path in paths:
            self._open()
            with _boundary():
                (entry,) = treestream.decode(b"".join(tree.fetch(self._root, [path], 1)))
            left -= len(entry.data)
            if left < 0:
                raise BoundaryViolation(f"the changed files come to more than {limit} bytes")
            yield entry

    def git_init(self, *, branch: str, message: str, name: str, email: str) -> None:
        """Nothing: there is no git in here."""
        del branch, message, name, email
        self._open()

    def gauges(self) -> None:
        """It bounds nothing, and nothing is measured."""

    def alive(self) -> bool:
        """Whether it has not been closed."""
        return not self._closed

    def close(self) -> None:
        """Remove the workspace."""
        if not self._closed:
            self._closed = True
            os.close(self._root.descriptor)
            shutil.rmtree(self.workspace, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        if self._closed:
            raise ChannelClosed("the sandbox is gone")


@contextlib.contextmanager
def _boundary() -> Generator[None]:
    try:
        yield
    except tree.Refused as error:
        raise BoundaryViolation(str(error)) from error
