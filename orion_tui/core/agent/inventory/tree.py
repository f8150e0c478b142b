"""A directory tree in few lines: broad before deep, with counts where it is not unfolded."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import attrs

from orion_tui.base.text import display_path

#: Levels that may be unfolded; below them only counts.
MAX_DEPTH: Final = 8
#: Entries of one directory that are named.
MAX_ENTRIES: Final = 60
_LONGEST_NAME: Final = 120


@attrs.define
class _Folder:
    name: str
    depth: int
    files: list[str] = attrs.field(factory=list[str])
    folders: dict[str, "_Folder"] = attrs.field(factory=dict[str, "_Folder"])
    #: Files at any depth.
    count: int = 0
    open: bool = False

    def line(self) -> str:
        noun = "file" if self.count == 1 else "files"
        return f"{'  ' * self.depth}{_shown(self.name)}/" + ("" if self.open else f"  ({self.count:,} {noun})")


def draw(paths: Iterable[str], room: int, *, closed: Callable[[str], bool]) -> str:
    """The tree in at most `room` bytes of UTF-8; empty where not even the top fits.

    Directories for whose name (in lower case) `closed` is true stay folded.
    """
    root = _grow(paths)
    left = room - _cost(root)
    if left < 0:
        return ""
    root.open = True
    waiting = deque(_unfoldable(root, closed))
    while waiting:
        folder = waiting.popleft()
        # Unfolded, its own line loses the count: what that frees is kept as a reserve.
        cost = _cost(folder)
        if cost <= left:
            left -= cost
            folder.open = True
            waiting.extend(_unfoldable(folder, closed))
    return "\n".join(_lines(root))


def _grow(paths: Iterable[str]) -> _Folder:
    root = _Folder("", -1)
    for path in paths:
        *names, name = path.split("/", MAX_DEPTH)
        root.count += 1
        folder = root
        for depth, part in enumerate(names):
            below = folder.folders.get(part)
            if below is None:
                below = folder.folders[part] = _Folder(part, depth)
            below.count += 1
            folder = below
        # What lies deeper than the tree goes counts as one entry by its first folder.
        folder.files.append(name if "/" not in name else f"{name.partition('/')[0]}/…")
    return root


def _unfoldable(folder: _Folder, closed: Callable[[str], bool]) -> list[_Folder]:
    return [below for below in _named_folders(folder) if not closed(below.name.lower())]


def _named_folders(folder: _Folder) -> list[_Folder]:
    return [folder.folders[name] for name in sorted(folder.folders)[:MAX_ENTRIES]]


def _entries(folder: _Folder) -> tuple[list[_Folder], list[str], str]:
    """Folders and files that are named, and a line about the others."""
    folders = _named_folders(folder)
    files = sorted(set(folder.files))
    named = files[: max(0, MAX_ENTRIES - len(folders))]
    others = len(folder.folders) - len(folders) + len(files) - len(named)
    indent = "  " * (folder.depth + 1)
    return folders, [f"{indent}{_shown(name)}" for name in named], f"{indent}… and {others:,} more" if others else ""


def _cost(folder: _Folder) -> int:
    folders, files, more = _entries(folder)
    lines = [*(below.line() for below in folders), *files, *([more] if more else [])]
    return sum(len(line.encode("utf-8")) + 1 for line in lines)


def _lines(folder: _Folder) -> list[str]:
    folders, files, more = _entries(folder)
    lines: list[str] = []
    for below in folders:
        lines.append(below.line())
        if below.open:
            lines += _lines(below)
    return [*lines, *files, *([more] if more else [])]


def _shown(name: str) -> str:
    shown = display_path(name)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
