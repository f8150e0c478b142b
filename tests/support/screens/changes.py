"""What the night's sessions changed: every kind of file change once."""

from collections.abc import Iterable

from orion_tui.base.text import CleanText
from orion_tui.bridge.diff_port import DiffView, FileChange, FileDiff
from orion_tui.core.models.hunks import DiffLine, Hunk
from tests.support.screens.rows import GONE, RETRY, SHOP
from tests.support.screens.world import World


def hunk(old: int, new: int, heading: str, unified: Iterable[str]) -> Hunk:
    """A hunk from lines of unified text."""
    lines: list[DiffLine] = []
    a, b = old, new
    for raw in unified:
        kind, body = raw[0], raw[1:]
        lines.append(
            DiffLine(
                kind=kind, old_no=a if kind != "+" else None, new_no=b if kind != "-" else None, text=CleanText(body)
            )
        )
        a += kind != "+"
        b += kind != "-"
    return Hunk(
        old_start=old,
        old_count=a - old,
        new_start=new,
        new_count=b - new,
        heading=CleanText(heading),
        lines=tuple(lines),
    )


_RETRY_HUNKS = (
    hunk(
        1,
        1,
        "",
        (
            ' """Retry of requests that may be repeated."""',
            " ",
            "+import random",
            " import time",
            "-from typing import Callable",
            "+from collections.abc import Callable",
            " ",
            " from client.errors import Transient",
        ),
    ),
    hunk(
        14,
        15,
        "def call(",
        (
            " def call(send: Callable[[], Response], attempts: int = 3) -> Response:",
            '-    """Send, and send again at once when the server stumbles."""',
            "-    for attempt in range(attempts):",
            '+    """Send, and send again after 1, 2, 4 ... seconds when the server stumbles."""',
            "+    for attempt in range(1, attempts + 1):",
            "         try:",
            "             return send()",
            "         except Transient:",
            "-            pass",
            "+            if attempt == attempts:",
            "+                raise",
            "+            time.sleep(delay(attempt))   ",
            "     raise Exhausted(attempts)",
        ),
    ),
    hunk(
        31,
        37,
        "class Exhausted(Exception):",
        (
            " class Exhausted(Exception):",
            '     """Every attempt failed."""',
            "+",
            "+",
            "+def delay(attempt: int, *, base: float = 1.0, spread: float = 0.1) -> float:",
            '+    """Seconds before the next attempt: doubled each time, a little apart from everyone else\'s."""',
            "+    return base * 2 ** (attempt - 1) * random.uniform(1 - spread, 1 + spread)",
        ),
    ),
)


def add_changes(world: World) -> None:
    files = (
        FileChange(path="client/retry.py", key="client/retry.py", status="M", added=14, removed=4),
        FileChange(path="client/session.py", key="client/session.py", status="M", added=3, removed=1),
        FileChange(path="docs/retry policy.md", key="docs/retry policy.md", status="A", added=41, removed=0),
        FileChange(path="client/old_retry.py", key="client/old_retry.py", status="D", added=0, removed=22),
        FileChange(
            path="tests/test_retry.py",
            key="tests/test_retry.py",
            old_path="tests/test_again.py",
            status="R",
            added=38,
            removed=6,
        ),
        FileChange(
            path="scripts/bench",
            key="scripts/bench",
            status="M",
            added=0,
            removed=0,
            mode="100644 → 100755",
            special="becomes executable",
        ),
        FileChange(path="docs/retry.png", key="docs/retry.png", status="A", added=None, removed=None, binary=True),
    )
    hunks = {
        "client/retry.py": FileDiff(key="client/retry.py", hunks=_RETRY_HUNKS),
        "client/session.py": FileDiff(
            key="client/session.py",
            hunks=(
                hunk(
                    8,
                    8,
                    "class Session:",
                    (
                        "     def get(self, path: str) -> Response:",
                        '-        return self._send("GET", path)',
                        "+        return call(",
                        '+            lambda: self._send("GET", path), attempts=self.attempts',
                        "+        )",
                        " ",
                    ),
                ),
            ),
        ),
        "docs/retry policy.md": FileDiff(
            key="docs/retry policy.md",
            hunks=(
                hunk(
                    0,
                    1,
                    "",
                    tuple(
                        f"+{line}"
                        for line in ("# Retry", "", "Requests that may be repeated are sent again", *("...",) * 38)
                    ),
                ),
            ),
        ),
        "client/old_retry.py": FileDiff(
            key="client/old_retry.py", hunks=(hunk(1, 0, "", tuple(f"-line {n}" for n in range(22))),)
        ),
        "tests/test_retry.py": FileDiff(
            key="tests/test_retry.py",
            hunks=(
                hunk(
                    1,
                    1,
                    "",
                    (
                        " import unittest",
                        "-from client import again",
                        "+from client import retry",
                    ),
                ),
            ),
        ),
        "scripts/bench": FileDiff(key="scripts/bench", hunks=(), remark="only the mode changes: 100644 → 100755"),
        "docs/retry.png": FileDiff(key="docs/retry.png", hunks=(), remark="binary: 0 bytes before, 18,204 bytes after"),
    }
    for ident in (RETRY, SHOP, GONE):
        world.diffs[ident] = (
            DiffView(session_id=ident, base="4f1e2a9c" * 5, tip="3e5d0c4b" * 5, files=files),
            hunks,
        )
