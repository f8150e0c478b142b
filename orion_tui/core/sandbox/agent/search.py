"""A regular expression over the text files below a directory, in a child that a deadline ends."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from orion_tui.core.sandbox.agent import files
from orion_tui.core.sandbox.agent.paths import Root, components, open_directory

#: Larger files are not text that anyone reads.
_MAX_FILE = 8 * 1024 * 1024
#: Characters of one matching line that are shown.
_MAX_LINE = 500
_MAX_PATTERN = 10_000


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Raises ValueError with what is wrong with it."""
    if len(pattern) > _MAX_PATTERN:
        raise ValueError(f"a pattern of more than {_MAX_PATTERN} characters")
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error


def matches(root: Root, pattern: re.Pattern[str], path: bytes, limit: int) -> Iterator[tuple[bytes, int, str]]:
    """Path, line number from 1, line: for each match, at most `limit`. Binary and very large files are passed over."""
    count = 0
    for name in files.names(root, path, 1 << 30):
        text = _text(root, name)
        if text is None:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if pattern.search(line):
                yield name, number, line[:_MAX_LINE].rstrip("\r")
                count += 1
                if count >= limit:
                    return


def _text(root: Root, path: bytes) -> str | None:
    parts = components(path)
    try:
        parent = open_directory(root, parts[:-1])
    except OSError:
        return None
    try:
        descriptor = files.open_regular(parent, parts[-1])
    except (OSError, ValueError):
        return None
    finally:
        os.close(parent)
    with os.fdopen(descriptor, "rb") as file:
        head = file.read(8192)
        if b"\0" in head or os.fstat(descriptor).st_size > _MAX_FILE:
            return None
        return (head + file.read()).decode("utf-8", "replace")
