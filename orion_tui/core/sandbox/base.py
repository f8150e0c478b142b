"""The port to everything that can contain work: Docker, bubblewrap, and the fake of the tests.

A backend opens one sandbox a session and hands out one `Sandbox`: a workspace directory in a bounded place, reached
over one long-lived channel. Paths are workspace-relative, as in `core.models.actions`. All calls block; one thread at a
time uses a sandbox.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import attrs

if TYPE_CHECKING:
    from orion_tui.core.sandbox.gauges import Gauges

MIB = 1024 * 1024


class EntryKind(StrEnum):
    """What may cross the boundary; git's modes for it."""

    FILE = "100644"
    EXECUTABLE = "100755"
    SYMLINK = "120000"


@attrs.frozen(kw_only=True)
class TreeEntry:
    """One file on its way through the boundary. For a symbolic link `data` is its target."""

    path: bytes
    kind: EntryKind
    data: bytes


@attrs.frozen(kw_only=True)
class StatEntry:
    """One workspace entry as the sandbox saw it: enough to tell whether it changed.

    `kind` is None for what may never cross (fifo, socket, device, setuid); `what` then says what it is.
    """

    path: bytes
    kind: EntryKind | None
    size: int
    #: Changes whenever content, mode or identity may have: mtime, ctime, inode and size, as one opaque text.
    stamp: str
    what: str = ""
    #: Hard links beyond the first: two names for one file cannot be carried as one.
    links: int = 1


@attrs.frozen(kw_only=True)
class Limits:
    """What a sandbox may use. Defaults are the `light` profile (BOX-1)."""

    memory_bytes: int = 512 * MIB
    cpus: float = 2.0
    processes: int = 128
    workspace_bytes: int = 256 * MIB
    workspace_entries: int = 65_536
    tmp_bytes: int = 64 * MIB
    #: `/home/agent`: the one place outside the workspace from which programs may be executed.
    scratch_bytes: int = 256 * MIB
    #: Bytes of output kept of one command, head and tail together.
    output_bytes: int = 1 * MIB


@attrs.frozen(kw_only=True)
class SandboxSpec:
    """What a session asks of a backend."""

    session_id: str
    limits: Limits = attrs.field(factory=Limits)
    #: The backend that the role asks for; empty for the best that serves.
    backend: str = ""
    #: The image that the role names; empty takes what fits.
    image: str = ""
    #: What the workspace is made with (`python`, `node`, `go`, `rust`); empty where that is not known.
    stack: str = ""


@attrs.frozen(kw_only=True)
class CommandResult:
    """What came back from one command. Exit status, signal or timeout: exactly one is told apart by the fields."""

    #: Exit status 0 to 255; None when a signal or the timeout ended it.
    exit_code: int | None
    signal: int | None = None
    timed_out: bool = False
    #: Why it could not be started at all ("no such file"); empty when it ran.
    error: str = ""
    #: Standard output and error interleaved as they came; head and tail where it was too much.
    output: bytes = b""
    #: Bytes left out between head and tail.
    dropped: int = 0
    seconds: float = 0.0
    out_of_memory: bool = False
    #: Processes that were still there when the command ended and were killed with it.
    killed: int = 0


@attrs.frozen(kw_only=True)
class Property:
    """One promised property as measured: by trying from inside, or from the host's view."""

    name: str
    promised: str
    measured: str
    holds: bool
    #: "inside", "host", or "engine": what a container engine says of it.
    seen_from: str
    #: The backend cannot give it here; known and shown, not a mismatch.
    lacking: bool = False


@attrs.frozen(kw_only=True)
class Attestation:
    """Everything measured of one sandbox before its first task."""

    backend: str
    properties: tuple[Property, ...]

    @property
    def failures(self) -> tuple[Property, ...]:
        """Promised and not so: work must not start."""
        return tuple(p for p in self.properties if not p.holds and not p.lacking)

    @property
    def lacks(self) -> tuple[Property, ...]:
        """What this backend cannot give on this machine."""
        return tuple(p for p in self.properties if p.lacking and not p.holds)


@attrs.frozen(kw_only=True)
class Availability:
    """Whether a backend can serve on this machine."""

    backend: str
    available: bool
    #: Version and shape when available, else what is missing.
    detail: str
    #: The one command that installs what is missing, where that is known.
    install: tuple[str, ...] = ()


class Sandbox(Protocol):
    """A running sandbox. Leaving the `with` block ends it and everything in it.

    Every method raises ChannelClosed once the sandbox is gone.
    """

    @property
    def backend(self) -> str:
        """`bubblewrap`, `docker` or `fake`."""
        ...

    def attest(self) -> Attestation:
        """Measure what was promised (BOX-2): from inside by trying, and from the host where it can see.

        On a mismatch the sandbox is closed and AttestationFailed names each property: work cannot start in it.
        """
        ...

    def run(
        self,
        argv: tuple[str, ...],
        *,
        cwd: str = "",
        timeout: float = 180.0,
        env: tuple[tuple[str, str], ...] = (),
        watch: Callable[[bytes, int], None] | None = None,
    ) -> CommandResult:
        """Run to its end; whatever it left running is killed before this returns.

        `watch` is called in this thread, a few times a second, with the last of what was printed since (16 KiB at the
        most) and the count of bytes left out before that; not at all for a command that ends at once.
        """
        ...

    def read(self, path: str, *, limit: int = 16 * MIB) -> bytes:
        """A regular file's bytes, symbolic links not followed. FileNotFoundError, IsADirectoryError, or ValueError
        when it is larger than `limit` or not a regular file."""
        ...

    def stat(self, path: str) -> StatEntry | None:
        """The entry itself, links not followed; None where nothing is. A directory has `what="directory"`."""
        ...

    def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        """Create or replace a regular file, parents included, whole or not at all. Never through a symbolic link."""
        ...

    def delete(self, path: str) -> None:
        """Remove a file or link, and directories that this leaves empty."""
        ...

    def list(self, path: str = "", *, limit: int = 10_000) -> tuple[str, ...]:
        """Names of files below a directory, sorted; `.git` is not shown. At most `limit`."""
        ...

    def search(self, pattern: str, path: str = "", *, limit: int = 500) -> tuple[tuple[str, int, str], ...]:
        """(path, line number from 1, line) for each match of a regular expression in text files; at most `limit`."""
        ...

    def load(self, entries: Iterable[TreeEntry]) -> None:
        """Empty the workspace and fill it with exactly these entries, modes and link targets byte-exact."""
        ...

    def scan(self) -> tuple[StatEntry, ...]:
        """Every entry of the workspace but directories and the top-level `.git`, sorted by path bytes."""
        ...

    def fetch(self, paths: Iterable[bytes], *, limit: int) -> Iterator[TreeEntry]:
        """The named entries' content, in order. BoundaryViolation when one is not a file or link any more, or when
        they come to more than `limit` bytes in all."""
        ...

    def git_init(self, *, branch: str, message: str, name: str, email: str) -> None:
        """Make the sandbox's own repository with everything that is loaded as its base commit; a no-op where the
        sandbox has no git. Nothing of it is ever harvested."""
        ...

    def alive(self) -> bool:
        """Whether the channel still answers."""
        ...

    def gauges(self) -> "Gauges | None":
        """Where the host can read what it uses; None where it runs on another machine, or that cannot be told."""
        ...

    def close(self) -> None:
        """End everything inside and wait for it. The one call that any thread may make at any time: one that is under
        way in another thread then raises ChannelClosed."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Backend(Protocol):
    """A way to contain work on this machine."""

    @property
    def name(self) -> str:
        """`bubblewrap`, `docker` or `fake`."""
        ...

    def availability(self) -> Availability:
        """Whether it can serve here; tries it rather than looking for a file."""
        ...

    def open(self, spec: SandboxSpec) -> Sandbox:
        """Start a sandbox. SandboxUnavailable or SandboxError with the reason."""
        ...
