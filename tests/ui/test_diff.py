"""The diff: files, hunks, blanks and disguises as they are; read when looked at, whatever its size."""

import attrs
import pytest
from rich.style import Style
from textual.strip import Strip

from orion_tui.base.errors import StateError
from orion_tui.base.text import CleanText
from orion_tui.bridge.diff_port import DiffView, FileChange, FileDiff
from orion_tui.core.models.hunks import DiffLine, Hunk
from orion_tui.screens.dialogs import ErrorDialog
from orion_tui.screens.promote import PromoteScreen
from orion_tui.widgets.diff_pane import DiffPane
from orion_tui.widgets.diff_rows import DiffRow, DiffRows
from orion_tui.widgets.file_list import FileList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import SHOP
from tests.support.screens.world import World

pytestmark = pytest.mark.unit


async def _open(drive: Drive) -> None:
    drive.app.open_diff(SHOP)
    await drive.shows("Retry of requests that may be repeated")


def _files(drive: Drive) -> FileList:
    return drive.widget("#files", FileList)


def _hunks(drive: Drive) -> DiffPane:
    return drive.widget("#hunks", DiffPane)


async def test_files_show_what_happened_how_much_and_what_needs_a_name() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        listed = [line.split("│")[1].strip("▌ ") for line in drive.lines[3:10]]
        assert listed[0].split() == ["M", "client/retry.py", "+14", "-4"]
        assert listed[2].startswith("A docs/retry policy.md")
        assert listed[3].split() == ["D", "client/old_retry.py", "-22"]
        assert listed[4].startswith("R tests/test_retry.py")
        assert listed[5].split() == ["M", "scripts/bench", "⚑", "mode"]
        assert listed[6].split() == ["A", "docs/retry.png", "binary"]
        assert "7 files  +96  -33   ⚑ 1 needs approval by name" in drive.lines[1]


async def test_only_what_is_looked_at_is_read() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("j")
        await drive.shows("class Session")
        read = [call[2] for call in drive.world.calls if call[0] == "file_diff"]
        assert read == ["client/retry.py", "client/session.py"]
        await drive.press("k")
        await drive.shows("import random")
        assert [call[2] for call in drive.world.calls if call[0] == "file_diff"] == read


async def test_hunks_follow_one_another_over_all_files() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        heads: list[str] = []
        for _ in range(4):
            selected = _hunks(drive).selected
            assert selected is not None
            heads.append(selected.heading)
            before = (_files(drive).at, _hunks(drive).at)
            await drive.press("n")
            await drive.until(lambda before=before: (_files(drive).at, _hunks(drive).at) != before)
            await drive.pilot.pause(0.02)
        assert [head.split("@@")[1].strip() for head in heads] == [
            "-1,6 +1,7",
            "-14,8 +15,10",
            "-31,2 +37,7",
            "-8,3 +8,5",
        ]
        await drive.press("N")
        await drive.until(lambda: _files(drive).at == 1)


async def test_going_back_over_a_file_lands_on_its_last_hunk() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("right_square_bracket")
        await drive.shows("class Session")
        await drive.press("N")
        await drive.until(lambda: _files(drive).at == 0)
        await drive.until(lambda: (row := _hunks(drive).selected) is not None and "-31,2" in row.heading)


async def test_side_by_side_from_a_hundred_and_forty_columns() -> None:
    async with orion(night(), size=(160, 40)) as drive:
        await _open(drive)
        line = next(line for line in drive.lines if "from typing import Callable" in line)
        assert "from collections.abc import Callable" in line
        await drive.press("s")
        line = next(line for line in drive.lines if "from typing import Callable" in line)
        assert "collections" not in line


async def test_narrow_is_unified_and_can_be_turned() -> None:
    async with orion(night(), size=(100, 30)) as drive:
        await _open(drive)
        assert not _hunks(drive).beside
        await drive.press("s")
        assert _hunks(drive).beside


async def test_trailing_blanks_are_seen() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        assert "time.sleep(delay(attempt))···" in drive.text


async def test_leading_blanks_are_kept() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        assert "+             if attempt == attempts:" in drive.text


async def test_long_lines_scroll_sideways_and_say_that_they_go_on() -> None:
    async with orion(night(), size=(80, 24)) as drive:
        await _open(drive)
        await drive.press("enter", "end")
        assert "1 + spread)" not in drive.text
        cut = next(line for line in drive.lines if "return base" in line)
        assert cut.rstrip("│ ").endswith("…")
        await drive.press("right", "right")
        await drive.shows("uniform(1 - spread, 1 + spread)")
        await drive.press("left", "left")
        await drive.shows("return base")


async def test_binary_and_mode_only_files_say_what_they_are() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        _files(drive).go(6)
        await drive.shows("binary: 0 bytes before, 18,204 bytes after")
        _files(drive).go(5)
        await drive.shows("only the mode changes: 100644 → 100755")
        assert "becomes executable" in drive.text


async def test_marks_stay_whichever_way_leads_to_the_diff() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("space", "space")
        assert "seen 2 of 7" in drive.text
        await drive.press("escape")
        await _open(drive)
        assert "seen 2 of 7" in drive.text
        await drive.press("P")
        await drive.until(lambda: isinstance(drive.screen, PromoteScreen))
        await drive.settle()
        await drive.press("d")
        await drive.shows("seen 2 of 7")
        await drive.press("space")
        await drive.shows("seen 1 of 7")
        await drive.press("escape", "escape")
        await drive.until(lambda: drive.view.VIEW == "diff" and "seen 1 of 7" in drive.text)


async def test_a_file_that_changed_since_is_to_be_seen_again() -> None:
    world = night()
    async with orion(world) as drive:
        await _open(drive)
        await drive.press("space", "space", "escape")
        view, hunks = world.diffs[SHOP]
        first, *others = view.files
        files = (attrs.evolve(first, content="another"), *others)
        world.diffs[SHOP] = (attrs.evolve(view, files=files, tip="f" * 40), hunks)
        await _open(drive)
        assert "seen 1 of 7" in drive.text
        assert _files(drive).seen == {others[0].key}


async def test_space_marks_a_file_seen_and_goes_on() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("space")
        assert _files(drive).at == 1
        assert "seen 1 of 7" in drive.text
        await drive.press("k", "space")
        assert "seen 0 of 7" in drive.text


async def test_a_search_is_entered_on_one_line_above_its_own_keys() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        before = _hunks(drive).size.height
        await drive.press("slash", *"call")
        assert _hunks(drive).size.height == before - 1
        *_, entered, keys = drive.text.splitlines()
        assert entered.strip() == "call"
        assert keys.split() == ["Enter", "search", "Esc", "close"]
        await drive.press("escape")
        assert _hunks(drive).size.height == before
        assert "next file" in drive.text.splitlines()[-1]


async def test_the_only_match_says_that_it_is() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("enter", "slash", *"collections.abc", "enter")
        at = _hunks(drive).at
        await drive.press("n")
        assert _hunks(drive).at == at
        assert "The only match of 'collections.abc' here." in drive.text


async def test_search_finds_in_the_text_and_esc_ends_it_before_it_leaves() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("enter", "slash", *"attempt", "enter")
        first = _hunks(drive).at
        await drive.press("n")
        assert _hunks(drive).at > first
        await drive.press("N")
        assert _hunks(drive).at == first
        await drive.press("escape")
        assert not _hunks(drive).term
        await drive.press("escape")
        assert drive.screen.focused is _files(drive)
        await drive.press("escape")
        await drive.until(lambda: drive.view.VIEW == "mission")


async def test_promotion_starts_from_the_diff() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        await drive.press("P")
        await drive.until(lambda: isinstance(drive.screen, PromoteScreen))


async def test_a_session_that_moved_on_is_read_again() -> None:
    async with orion(night()) as drive:
        await _open(drive)
        view, hunks = drive.world.diffs[SHOP]
        drive.world.diffs[SHOP] = (attrs.evolve(view, tip="f" * 40, files=view.files[:2]), hunks)
        drive.world.sessions = [attrs.evolve(s, tasks_done=7) if s.id == SHOP else s for s in drive.world.sessions]
        drive.world.touch()
        await drive.shows("2 files")


async def test_no_diff_yet_says_why() -> None:
    world = night()
    world.errors["diff"] = StateError("nothing to show yet", hint="a checkpoint is made after each task")
    async with orion(world) as drive:
        drive.app.open_diff(SHOP)
        await drive.until(lambda: isinstance(drive.screen, ErrorDialog))
        await drive.shows("a checkpoint is made after each task")


def _huge(lines: int) -> World:
    world = night()
    body = tuple(DiffLine(kind="+", old_no=None, new_no=n, text=CleanText(f"line {n}")) for n in range(1, lines + 1))
    hunk = Hunk(old_start=0, old_count=0, new_start=1, new_count=lines, heading=CleanText(""), lines=body)
    file = FileChange(path="big.txt", key="big.txt", status="A", added=lines, removed=0)
    world.diffs[SHOP] = (
        DiffView(session_id=SHOP, base="a" * 40, tip="b" * 40, files=(file,)),
        {"big.txt": FileDiff(key="big.txt", hunks=(hunk,), remark="200,000 lines changed: only some are shown.")},
    )
    return world


async def test_a_huge_file_draws_only_what_is_in_view() -> None:
    async with orion(_huge(100_000)) as drive:
        drive.app.open_diff(SHOP)
        await drive.shows("line 1")
        pane = _hunks(drive)
        drawn: list[int] = []
        real = pane.draw

        def draw(row: DiffRow, index: int, width: int, base: Style) -> Strip:
            drawn.append(index)
            return real(row, index, width, base)

        pane.draw = draw  # type: ignore[method-assign]
        await drive.press("enter", "end")
        await drive.shows("only some are shown")
        assert "line 100000" in drive.text
        assert len(drawn) < 200


def test_rows_of_hunks_that_nobody_looks_at_are_not_laid_out() -> None:
    def hunk(start: int) -> Hunk:
        lines = tuple(DiffLine(kind=" ", old_no=start + n, new_no=start + n, text=CleanText("x")) for n in range(10))
        return Hunk(old_start=start, old_count=10, new_start=start, new_count=10, heading=CleanText(""), lines=lines)

    diff = FileDiff(key="f", hunks=tuple(hunk(100 * n) for n in range(1_000)))
    rows = DiffRows(diff, beside=False)
    assert len(rows) == 11_000
    assert rows[5_500].heading.startswith("@@ -50000,10")
    assert rows.laid == 1


def test_side_by_side_puts_removed_beside_added_and_keeps_the_rest() -> None:
    lines = (
        DiffLine(kind=" ", old_no=1, new_no=1, text=CleanText("same")),
        DiffLine(kind="-", old_no=2, new_no=None, text=CleanText("old 1")),
        DiffLine(kind="-", old_no=3, new_no=None, text=CleanText("old 2")),
        DiffLine(kind="+", old_no=None, new_no=2, text=CleanText("new 1")),
        DiffLine(kind=" ", old_no=4, new_no=3, text=CleanText("end")),
        DiffLine(kind="+", old_no=None, new_no=4, text=CleanText("more")),
    )
    hunk = Hunk(old_start=1, old_count=4, new_start=1, new_count=4, heading=CleanText(""), lines=lines)
    rows = DiffRows(FileDiff(key="f", hunks=(hunk,)), beside=True)
    pairs = [(row.left and row.left.text, row.right and row.right.text) for row in rows][1:]
    assert pairs == [("same", "same"), ("old 1", "new 1"), ("old 2", None), ("end", "end"), (None, "more")]
