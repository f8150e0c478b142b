"""The workspace as one commit, in the form that `git fast-import` reads: a program of its own, run inside.

`git add` would store each file as a loose object: a page and an inode again for every file, which a large tree has no
room for, and converted as attributes say. This makes one pack of the bytes as they are.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from typing import BinaryIO

_PIECE = 256 * 1024


def main(out: BinaryIO, branch: str, message: str, name: str, email: str) -> None:
    """Write the whole stream; its last line tells a whole one from one that was cut."""
    said = os.fsencode(message)
    head = f"commit refs/heads/{branch}\ncommitter {name} <{email}> {int(time.time())} +0000\n"
    out.write(os.fsencode(head) + b"data %d\n%s\n" % (len(said), said))
    for path, status in _entries(b""):
        if stat.S_ISLNK(status.st_mode):
            _put(out, b"120000", path, os.readlink(path))
        else:
            _copy(out, b"100755" if status.st_mode & 0o100 else b"100644", path)
    out.write(b"done\n")
    out.flush()


def _entries(directory: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    with os.scandir(directory or b".") as entries:
        for entry in entries:
            path = directory + b"/" + entry.name if directory else entry.name
            if entry.is_dir(follow_symlinks=False):
                if path != b".git":
                    yield from _entries(path)
            elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
                yield path, entry.stat(follow_symlinks=False)


def _copy(out: BinaryIO, mode: bytes, path: bytes) -> None:
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        out.write(b"M %s inline %s\ndata %d\n" % (mode, _quoted(path), size))
        while size and (piece := file.read(min(size, _PIECE))):
            size -= len(piece)
            out.write(piece)
    out.write(b"\n")


def _put(out: BinaryIO, mode: bytes, path: bytes, data: bytes) -> None:
    out.write(b"M %s inline %s\ndata %d\n%s\n" % (mode, _quoted(path), len(data), data))


def _quoted(path: bytes) -> bytes:
    return b'"' + path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'


if __name__ == "__main__":
    main(sys.stdout.buffer, *sys.argv[1:])
