"""Making sure that what was written is still there after a power cut.

git syncs the files it writes (`core.fsync`), not the directories that name them.
"""

import os
from pathlib import Path


def sync_directory(path: Path) -> None:
    """Write a directory's names to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_objects(repository: Path) -> None:
    """Write the names of a repository's objects and packs to the disk."""
    for name in ("objects/pack", "objects"):
        sync_directory(repository / name)


def write_durably(path: Path, text: str) -> None:
    """Replace a small ASCII file whole or not at all."""
    partial = path.with_name(path.name + ".new")
    with partial.open("w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    sync_directory(path.parent)
