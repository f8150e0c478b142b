"""Which of two versions of this program is the older one."""

import re

_VERSION = re.compile(r"(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?(?:\+.*)?")
_FINAL = 3
_STAGES = {"a": 0, "b": 1, "rc": 2}

Key = tuple[tuple[int, ...], int, int, int, float]


def older(one: str, other: str) -> bool:
    """Whether version `one` came before `other` (PEP 440); False when either cannot be read as a version."""
    first, second = _key(one), _key(other)
    return first is not None and second is not None and first < second


def _key(text: str) -> Key | None:
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        return None
    release, stage, number, post, dev = found.groups()
    parts = tuple(int(part) for part in release.split("."))
    while len(parts) > 1 and parts[-1] == 0:
        parts = parts[:-1]
    # A development version comes before what it leads to: before every stage when it names none.
    before = _STAGES[stage] if stage else (-1 if dev and not post else _FINAL)
    return parts, before, int(number or 0), int(post or -1), float(dev) if dev else float("inf")
