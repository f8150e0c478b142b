"""Which Python of the system runs the server inside: one that a sandbox sees, so never the application's own."""

import re
from collections.abc import Iterable
from pathlib import Path

_NAME = re.compile(r"python3(?:\.(\d+))?")
_OLDEST = 9
_PLACES = ("usr/bin", "usr/local/bin")


def candidates(root: Path = Path("/")) -> tuple[str, ...]:
    """Interpreters below `/usr`, the distribution's own first. Their versions are known only once they run."""
    found: list[str] = []
    for place in _PLACES:
        found += _in(root / place, place)
    return tuple(found)


def _in(directory: Path, place: str) -> Iterable[str]:
    names: list[tuple[bool, int, str]] = []
    try:
        entries = [entry.name for entry in directory.iterdir()]
    except OSError:
        return []
    for name in entries:
        match = _NAME.fullmatch(name)
        if not match:
            continue
        minor = int(match[1]) if match[1] else 0
        # `python3` is what the distribution stands on; without a number, its target tells.
        if not minor:
            target = _NAME.fullmatch((directory / name).resolve().name)
            minor = int(target[1]) if target and target[1] else _OLDEST
            names.append((False, -minor, name))
        else:
            names.append((True, -minor, name))
    return [f"/{place}/{name}" for _, minor, name in sorted(names) if -minor >= _OLDEST]
