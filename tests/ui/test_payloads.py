"""Whatever stands in a text, in every field of every screen: it is shown as text, and columns stay columns (HOME-4)."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

import orion_tui.screens
from orion_tui.screens.dialogs import Dialog
from tests.support.screens.drive import Drive, orion
from tests.support.screens.hostile import COMPOSITES, forbidden_in
from tests.support.screens.night import night
from tests.support.screens.terminal import TerminalRun, left_on
from tests.support.screens.walk import walk

pytestmark = pytest.mark.unit


def check(drive: Drive, place: str) -> None:
    """Nothing but text, and every line exactly as wide as the screen."""
    for strip in drive.strips:
        assert not forbidden_in(strip.text), (place, forbidden_in(strip.text))
        assert strip.cell_length == drive.app.size.width, (place, strip.text)
        for segment in strip:
            assert segment.control is None, place
            if segment.style is not None:
                assert not segment.style.link, place
                assert "@click" not in segment.style.meta, place


@pytest.mark.parametrize("name", COMPOSITES)
async def test_no_payload_acts_in_any_screen(name: str) -> None:
    seen: set[type[Screen[Any]]] = set()
    async with orion(night(), size=(160, 48) if name == "everything" else (80, 24)) as drive:

        async def look(place: str) -> None:
            seen.add(type(drive.screen))
            check(drive, f"{name} in {place}")

        await walk(drive, COMPOSITES[name], look)
        assert drive.app.is_running
    assert {kind.__name__ for kind in every_screen()} <= {kind.__name__ for kind in seen}


def every_screen() -> Iterator[type[Screen[Any]]]:
    """Every screen of the application that others are not made of."""
    for module in pkgutil.iter_modules(orion_tui.screens.__path__):
        importlib.import_module(f"orion_tui.screens.{module.name}")

    def below(kind: type[Screen[Any]]) -> Iterator[type[Screen[Any]]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    for kind in below(Screen):
        if kind.__module__.startswith("orion_tui.") and kind is not Dialog and not kind.__subclasses__():
            yield kind


#: A sequence to a terminal, and what its figures and titles may be.
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|[ -/]*[0-~])|[\x80-\x9f][^\x1b]*"
)
_OWN_TITLE = re.compile(r"\x1b\]2;Orion(?: - [\w ,]+)?\x07")


def tour(name: str, tmp_path: Path, **unlike: str) -> bytes:
    """All that a walk through every screen writes to a real terminal."""
    calls = tmp_path / "calls.json"
    with TerminalRun(
        home=None, module="tests.support.screens.stage", arguments=(name, str(calls)), size=(100, 30), unlike=unlike
    ) as run:
        assert run.wait(100) == 0, run.text[-3000:]
        assert left_on(run.raw) == set()
        return run.raw


def kinds(raw: bytes) -> set[str]:
    """The kinds of sequences in it: figures taken out, our own title by itself."""
    text = _OWN_TITLE.sub("", raw.decode("utf-8", "surrogateescape"))
    return {re.sub(r"[\d;]+", "#", found.group()) for found in _SEQUENCE.finditer(text)}


def letters(raw: bytes) -> set[str]:
    """What stands between the sequences and no terminal should be shown; a line ends in carriage return, newline."""
    text = _SEQUENCE.sub("", _OWN_TITLE.sub("", raw.decode("utf-8", "surrogateescape")))
    return forbidden_in(text.replace("\r\n", ""))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The kinds of sequences that the application writes with nothing in it but plain words."""
    raw = tour("clean", tmp_path_factory.mktemp("clean"))
    # A bell is a control character that rings by right; it is not part of any line.
    assert letters(raw) <= {"\x07"}
    return kinds(raw)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["everything", "bare"])
def test_what_reaches_a_real_terminal_is_what_plain_words_make(name: str, own: set[str], tmp_path: Path) -> None:
    raw = tour(name, tmp_path)
    assert kinds(raw) <= own
    assert letters(raw) <= {"\x07"}


@pytest.mark.slow
def test_a_forgotten_call_of_the_sanitiser_is_seen(own: set[str], tmp_path: Path) -> None:
    """The positive control of the test above."""
    raw = tour("everything", tmp_path, STAGE_UNSAFE="1")
    assert kinds(raw) - own
    assert letters(raw) - {"\x07"}
