"""The user's work tree: file operations that never follow a link on the way and never overwrite.

Every path is walked from the root by directory handles that refuse symbolic links, so a parent that was swapped for a
link leads nowhere. A file is *taken* (moved away whole, whatever it is by then) before another is *put* in its place,
and putting fails when something stands there: whoever writes at the same moment loses nothing.
"""

import contextlib
import errno
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Self

from orion_tui.core.repo import files
from orion_tui.core.repo.changes import ancestors
from orion_tui.core.repo.files import DIRECTORY, READ, Kind, Seen


class WorkTree:
    """The user's files, by path relative to the top of the work tree. A context manager: it holds one handle."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def look(self, path: str) -> Seen:
        """What stands at `path`, without following a link anywhere on the way."""
        for above in reversed(ancestors(path)):
            seen = self._look(above)
            if seen.kind is Kind.ABSENT:
                return seen
            if seen.kind is not Kind.DIRECTORY:
                return Seen(kind=Kind.BLOCKED, at=above)
            if self._look(f"{above}/.git").kind is not Kind.ABSENT:
                return Seen(kind=Kind.FOREIGN, at=above)
        return self._look(path)

    def _look(self, path: str) -> Seen:
        try:
            with self._parent(path) as (directory, name):
                return files.seen_at(name, directory)
        except (FileNotFoundError, NotADirectoryError):
            return Seen(kind=Kind.ABSENT)

    @contextlib.contextmanager
    def open(self, path: str) -> Generator[int]:
        """A descriptor to read a regular file with. OSError when it is not one."""
        with self._parent(path) as (directory, name):
            handle = os.open(name, READ, dir_fd=directory)
        try:
            yield handle
        finally:
            os.close(handle)

    def target(self, path: str) -> bytes:
        """Where a symbolic link points, as it is written."""
        with self._parent(path) as (directory, name):
            return files.link_target(name, directory)

    def digest(self, path: str) -> str:
        """SHA-256 of a file's bytes, or of where a link points; empty for anything else."""
        try:
            with self._parent(path) as (directory, name):
                return files.digest_at(name, directory)
        except (FileNotFoundError, NotADirectoryError):
            return ""

    def below(self, path: str) -> Iterator[str]:
        """Every file, link and empty directory below a directory; the last with a final slash."""
        handle = self._open_directory(path)
        try:
            with os.scandir(handle) as listing:
                entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in listing)
        finally:
            os.close(handle)
        if not entries:
            yield f"{path}/"
        for name, is_directory in entries:
            if is_directory:
                yield from self.below(f"{path}/{name}")
            else:
                yield f"{path}/{name}"

    def take(self, path: str, into: Path) -> None:
        """Move whatever stands at `path` to `into`, which must not exist."""
        with self._parent(path) as (directory, name):
            files.move(name, directory, into, None)

    def put(self, path: str, source: Path, *, aside: str) -> None:
        """Make `path` the file or link that `source` is. FileExistsError when something stands there already.

        `aside` is a name that nobody uses, for a copy that grows beside it where there are no hard links.
        """
        with self._parent(path) as (directory, name):
            files.place(source, name, directory, aside=aside)

    def remove(self, path: str) -> None:
        """Remove a file or link if it is there."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), self._parent(path) as (directory, name):
            os.unlink(name, dir_fd=directory)

    def make_directory(self, path: str, mode: int | None = None) -> None:
        """Make one directory unless it is there. Its parent must exist. With `mode`, exactly these permission bits."""
        with self._parent(path) as (directory, name):
            try:
                os.mkdir(name, dir_fd=directory)
            except FileExistsError:
                return
            if mode is not None:
                handle = os.open(name, DIRECTORY, dir_fd=directory)
                try:
                    os.fchmod(handle, mode)
                finally:
                    os.close(handle)

    def remove_directory(self, path: str) -> None:
        """Remove a directory if it is there and empty."""
        try:
            with self._parent(path) as (directory, name):
                os.rmdir(name, dir_fd=directory)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY}:
                raise

    def sync(self, directory: str) -> None:
        """Make the names in a directory survive a power cut; nothing where it is gone."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            handle = self._open_directory(directory)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    @contextlib.contextmanager
    def _parent(self, path: str) -> Generator[tuple[int, str]]:
        above, _, name = path.rpartition("/")
        handle = self._open_directory(above)
        try:
            yield handle, name
        finally:
            os.close(handle)

    def _open_directory(self, path: str) -> int:
        handle = os.dup(self._handle)
        for part in path.split("/") if path else ():
            try:
                below = os.open(part, DIRECTORY, dir_fd=handle)
            except OSError as error:
                if error.errno == errno.ELOOP:  # what some systems say of a link where Linux says ENOTDIR
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from error
                raise
            finally:
                os.close(handle)
            handle = below
        return handle
