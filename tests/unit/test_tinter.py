"""Colours of code come from a process of their own, which is ended where it takes too long or says nonsense."""

import sys
import threading

import pytest

from orion_tui.bridge.diff_port import Sides
from orion_tui.bridge.tint_worker import tint
from orion_tui.bridge.tinter import Tinter
from orion_tui.bridge.tints import Tints
from orion_tui.syntax import SYNTAX
from orion_tui.themes import THEMES

pytestmark = pytest.mark.unit


def _sides(key: str, *lines: str) -> Sides:
    return Sides(key=key, path=key, old=(), new=lines)


class _Heard:
    def __init__(self) -> None:
        self.found: list[Tints] = []
        self._came = threading.Event()

    def __call__(self, tints: Tints) -> None:
        self.found.append(tints)
        self._came.set()

    def wait(self) -> Tints:
        assert self._came.wait(30)
        self._came.clear()
        return self.found[-1]


def test_the_parts_of_a_line_are_found_across_lines() -> None:
    found = tint("a.py", (), ('x = """one', 'two"""', "def f(): pass"))
    assert found is not None
    assert found["new"][0][-1] == (4, 10, 2)
    assert found["new"][1] == [(0, 6, 2)]
    assert (0, 3, 1) in found["new"][2]


def test_a_language_that_nobody_knows_has_no_colours() -> None:
    assert tint("a.no-such-language", (), ("x",)) is None


def test_colours_come_for_the_newest_wish_and_the_process_stays() -> None:
    heard = _Heard()
    tinter = Tinter(heard)
    try:
        tinter.ask(_sides("a.py", "def f(): pass"))
        assert heard.wait().of(old_no=None, new_no=1)[0] == (0, 3, "keyword")
        tinter.ask(_sides("b.py", "# said"))
        assert heard.wait().of(old_no=None, new_no=1) == ((0, 6, "comment"),)
    finally:
        tinter.close()


@pytest.mark.parametrize(
    "does", ["import time; time.sleep(600)", "print('nonsense', flush=True); input()", "raise SystemExit(1)"]
)
def test_a_process_that_fails_leaves_the_file_plain_and_the_next_gets_another(does: str) -> None:
    heard = _Heard()
    ended = threading.Event()

    class Watched(Tinter):
        def _end(self) -> None:
            super()._end()
            ended.set()

    bad = Watched(heard, command=(sys.executable, "-c", does), patience=0.3)
    try:
        bad.ask(_sides("a.py", "x"))
        assert ended.wait(30)
        assert heard.found == []
        ended.clear()
        bad.ask(_sides("b.py", "x"))
        assert ended.wait(30)
    finally:
        bad.close()


def _light(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", list(SYNTAX))
def test_code_is_readable_on_every_ground_of_a_diff(name: str) -> None:
    theme = THEMES[name]
    grounds = (theme.background, theme.added, theme.removed, theme.selection)
    for kind in ("comment", "keyword", "string", "number", "name", "type"):
        color = getattr(SYNTAX[name], kind)
        for ground in grounds:
            light, dark = sorted((_light(color), _light(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (kind, color, ground)
