"""Copies in files: `~/.orion/clipboard`, the newest of them, readable by their owner alone."""

import os
import re
from pathlib import Path

from orion_tui.base.errors import StoreError
from orion_tui.base.paths import OrionHome

#: Copies that stay.
KEPT = 20

_NAME = re.compile(r"copy-(\d{1,9})\.txt")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class CopiesHand:
    """The part of the lanes' hold on the engine that keeps copies."""

    _home: OrionHome

    def keep_copy(self, text: str) -> str:
        """See CopiesCommands."""
        folder = self._home.clipboard
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            number = max(_numbers(folder), default=0) + 1
            while (path := folder / f"copy-{number}.txt").exists():  # somebody else copies at this moment
                number += 1
            descriptor = os.open(path, _NEW, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as stream:
                stream.write(text)
            for old in sorted(_numbers(folder))[:-KEPT]:
                (folder / f"copy-{old}.txt").unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"the copy cannot be kept in {folder}: {error.strerror}") from error
        return _short(path)


def _numbers(folder: Path) -> list[int]:
    return [int(found[1]) for path in folder.iterdir() if (found := _NAME.fullmatch(path.name))]


def _short(path: Path) -> str:
    """As people write it: with `~` for their home."""
    home = os.environ.get("HOME", "")
    return f"~/{path.relative_to(home)}" if home and path.is_relative_to(home) else str(path)
