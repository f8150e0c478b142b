"""What the diff reads and how it shows a line: counts in the background, colours, blanks, wrapped lines."""

import attrs
import pytest

from orion_tui.base.text import CleanText
from orion_tui.bridge.diff_port import DiffView, FileChange, FileDiff, Sides
from orion_tui.core.models.hunks import DiffLine, Hunk
from orion_tui.screens.diff import DiffScreen
from orion_tui.screens.diff_reading import COUNTED_AT_ONCE
from orion_tui.widgets.diff_pane import DiffPane
from orion_tui.widgets.file_list import FileList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import SHOP
from tests.support.screens.world import World

pytestmark = pytest.mark.unit


def _hunks(drive: Drive) -> DiffPane:
    return drive.widget("#hunks", DiffPane)


def _code(drive: Drive) -> str:
    """The text of a unified diff without blanks, its wrapped lines joined."""
    return "".join(line[12:79].strip("│ ") for line in drive.lines).replace(" ", "")


def _many(count: int) -> World:
    world = night()
    files = tuple(
        FileChange(path=f"f{n:04d}.py", key=f"f{n:04d}.py", status="M", added=None, removed=None, counted=False)
        for n in range(count)
    )
    line = DiffLine(kind="+", old_no=None, new_no=1, text=CleanText("x = 1"))
    hunk = Hunk(old_start=0, old_count=0, new_start=1, new_count=1, heading=CleanText(""), lines=(line,))
    diffs = {file.key: FileDiff(key=file.key, hunks=(hunk,)) for file in files}
    world.diffs[SHOP] = (DiffView(session_id=SHOP, base="a" * 40, tip="b" * 40, files=files), diffs)
    return world


def _one(*lines: tuple[str, str], path: str = "a.py") -> World:
    world = night()
    old = new = 0
    body: list[DiffLine] = []
    for kind, text in lines:
        old += kind != "+"
        new += kind != "-"
        numbers = (None if kind == "+" else old, None if kind == "-" else new)
        body.append(DiffLine(kind=kind, old_no=numbers[0], new_no=numbers[1], text=CleanText(text)))
    hunk = Hunk(old_start=1, old_count=old, new_start=1, new_count=new, heading=CleanText(""), lines=tuple(body))
    file = FileChange(path=path, key=path, status="M", added=1, removed=1)
    world.diffs[SHOP] = (
        DiffView(session_id=SHOP, base="a" * 40, tip="b" * 40, files=(file,)),
        {path: FileDiff(key=path, hunks=(hunk,))},
    )
    world.sides[path] = Sides(
        key=path,
        path=path,
        old=tuple(text for kind, text in lines if kind != "+"),
        new=tuple(text for kind, text in lines if kind != "-"),
    )
    return world


async def test_a_thousand_files_are_counted_a_few_at_a_time_and_none_is_read_for_it() -> None:
    async with orion(_many(1_000)) as drive:
        drive.app.open_diff(SHOP)
        await drive.shows("x = 1")
        files = drive.widget("#files", FileList)
        await drive.until(lambda: all(file.counted for file in files.rows))
        counted = [call[2:] for call in drive.world.calls if call[0] == "counts"]
        assert max(map(len, counted)) <= COUNTED_AT_ONCE
        assert sorted(key for keys in counted for key in keys) == [f"f{n:04d}.py" for n in range(1_000)]
        assert "f0000.py" in counted[0]
        assert [call[2] for call in drive.world.calls if call[0] == "file_diff"] == ["f0000.py"]
        await drive.shows("+7,000  -2,000")


async def test_what_is_looked_at_is_counted_before_the_rest() -> None:
    async with orion(_many(500)) as drive:
        drive.app.open_diff(SHOP)
        await drive.until(
            lambda: isinstance(drive.screen, DiffScreen) and drive.screen.stands and bool(drive.screen.files.rows)
        )
        drive.widget("#files", FileList).go(400)
        await drive.until(lambda: drive.widget("#files", FileList).rows[400].counted)
        counted = [call[2:] for call in drive.world.calls if call[0] == "counts"]
        place = next(n for n, keys in enumerate(counted) if "f0400.py" in keys)
        assert place < len(range(0, 500, COUNTED_AT_ONCE)) - 3


async def test_code_is_coloured_by_a_process_of_its_own() -> None:
    world = _one((" ", "def work() -> None:"), ("-", '    return "old"'), ("+", '    return "new"'))
    async with orion(world) as drive:
        drive.app.open_diff(SHOP)
        await drive.shows("def work")
        await drive.until(lambda: _hunks(drive).tints is not None, "colours")
        strip = next(strip for strip in drive.strips if "def work" in strip.text)
        styles = {segment.text.strip(): segment.style for segment in strip if segment.text.strip()}
        assert styles["def"] is not None
        assert styles["work"] is not None
        assert styles["def"].color != styles["work"].color
        added = next(strip for strip in drive.strips if '"new"' in strip.text)
        word = next(segment.style for segment in added if segment.text.strip() == '"new"' or segment.text == "new")
        assert word is not None
        assert word.bgcolor != styles["def"].bgcolor


async def test_a_file_that_is_too_large_for_colours_stays_plain() -> None:
    world = _one((" ", "def work() -> None:"))
    world.sides.clear()
    async with orion(world) as drive:
        drive.app.open_diff(SHOP)
        await drive.shows("def work")
        await drive.called("sides", SHOP, "a.py")
        assert _hunks(drive).tints is None


async def test_blanks_are_left_out_with_a_key_and_the_header_says_so() -> None:
    async with orion(night()) as drive:
        drive.app.open_diff(SHOP)
        await drive.shows("Retry of requests that may be repeated")
        assert "without blanks" not in drive.lines[1]
        await drive.press("b")
        await drive.called("file_diff", SHOP, "client/retry.py", "no blanks")
        assert "without blanks" in drive.lines[1]
        await drive.press("b")
        assert "without blanks" not in drive.lines[1]


async def test_long_lines_are_wrapped_with_a_key_and_the_place_is_kept() -> None:
    long = "value = " + " + ".join(f"number_{n}" for n in range(40))
    world = _one(*((" ", f"line {n}") for n in range(30)), ("+", long), (" ", "end"))
    async with orion(world, size=(80, 24)) as drive:
        drive.app.open_diff(SHOP)
        await drive.shows("line 0")
        pane = _hunks(drive)
        pane.focus()
        pane.go(31)
        await drive.press("z")
        assert pane.selected is not None
        assert pane.selected.text == long
        place = pane.at
        await drive.press("end")
        assert long.replace(" ", "") in _code(drive)
        pane.go(place + 2)
        await drive.press("z")
        assert long.replace(" ", "") not in _code(drive)
        assert pane.selected.text == long


async def test_beside_each_other_wrapped_lines_stay_level() -> None:
    world = _one(("-", "a" * 200), ("+", "b"), (" ", "end"))
    async with orion(world, size=(160, 30)) as drive:
        drive.app.open_diff(SHOP)
        await drive.press("z")
        await drive.until(lambda: sum("aaaa" in line for line in drive.lines) >= 4)
        rows = [line for line in drive.lines if "end" in line]
        assert len(rows) == 1
        assert rows[0].count("end") == 2


async def test_an_empty_diff_says_what_would_stand_there() -> None:
    world = night()
    view, hunks = world.diffs[SHOP]
    world.diffs[SHOP] = (attrs.evolve(view, files=()), hunks)
    async with orion(world) as drive:
        drive.app.open_diff(SHOP)
        await drive.shows("Nothing changed.")
        assert "l in the session" in drive.text
