"""What a command prints while it runs: bounded, cleaned, and gone when it has ended."""

import time

import pytest

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.core.session import printing
from orion_tui.core.session.printing import Printing, being_printed

pytestmark = pytest.mark.unit

SESSION = "0123456789ab"


def test_it_is_there_while_the_command_runs_and_gone_after(orion_home: OrionHome) -> None:
    assert being_printed(orion_home, SESSION) is None
    with Printing(orion_home, SESSION, 4) as pen:
        assert being_printed(orion_home, SESSION) is None
        pen.printed(b"collecting\n", 0)
        pen.printed(b"5 passed\n", 0)
        found = being_printed(orion_home, SESSION)
        assert found is not None
        assert (found.step, found.text, found.cut) == (4, "collecting\n5 passed\n", False)
    assert being_printed(orion_home, SESSION) is None


def test_what_was_left_out_is_said_in_its_place(orion_home: OrionHome) -> None:
    with Printing(orion_home, SESSION, 1) as pen:
        pen.printed(b"a\n", 0)
        pen.printed(b"z\n", 12_345)
        found = being_printed(orion_home, SESSION)
        assert found is not None
        assert found.text.split("\n") == ["a", "", "[12,345 bytes are not shown while it runs]", "z", ""]


def test_without_end_it_stays_small_and_shows_the_end(orion_home: OrionHome) -> None:
    with Printing(orion_home, SESSION, 1) as pen:
        for number in range(200):
            pen.printed(b"%d\n" % number + b"y\n" * 8_000, 0)
            assert (orion_home.run / "printing" / SESSION).stat().st_size <= printing.MOST + 32_768
        found = being_printed(orion_home, SESSION)
        assert found is not None
        assert found.cut
        assert len(found.text) <= printing.SHOWN
        assert found.text.endswith("y\n")


def test_a_bar_of_progress_shows_where_it_stands(orion_home: OrionHome) -> None:
    with Printing(orion_home, SESSION, 1) as pen:
        pen.printed(b"get\r\n 10%\r 50%\r 90%", 0)
        found = being_printed(orion_home, SESSION)
        assert found is not None
        assert found.text == "get\n 90%"


def test_a_line_without_an_end_takes_no_longer_than_lines_do(orion_home: OrionHome) -> None:
    # A look at it is taken eight times a second, in a thread of the application that no key is read beside.
    def spent(data: bytes) -> float:
        with Printing(orion_home, SESSION, 1) as pen:
            pen.printed(data, 0)
            begun = time.process_time()
            for _ in range(3):
                assert being_printed(orion_home, SESSION) is not None
            return time.process_time() - begun

    lines = spent(b"a b c\n" * 6_000)
    for line in (b"A" * 40_000, b"A\r" * 20_000, b"\r" * 40_000, b"A" * 20_000 + b"\r" * 20_000):
        assert spent(line) < 5 * lines + 0.1


def test_nothing_that_moves_a_cursor_comes_through(orion_home: OrionHome) -> None:
    with Printing(orion_home, SESSION, 1) as pen:
        pen.printed(b"\x1b]52;c;aGk=\x07\x1b[2Jred \x9b31m\xe2\x80\xaetxt\n", 0)
        found = being_printed(orion_home, SESSION)
        assert found is not None
        assert found.text.isprintable() or found.text.replace("\n", "").isprintable()
        assert "\x1b" not in found.text
        assert "\u202e" not in found.text


def test_a_link_in_its_place_is_not_written_through(orion_home: OrionHome) -> None:
    other = orion_home.root / "other"
    other.write_text("mine")
    (orion_home.run / "printing").mkdir()
    (orion_home.run / "printing" / SESSION).symlink_to(other)
    with Printing(orion_home, SESSION, 1) as pen:
        pen.printed(b"x\n", 0)
    assert other.read_text() == "mine"


def test_a_disk_that_fails_costs_the_view_only(orion_home: OrionHome) -> None:
    (orion_home.run / "printing").write_text("a file in the way")
    with Printing(orion_home, SESSION, 1) as pen:
        pen.printed(b"x\n", 0)
    with pytest.raises(OrionError):
        being_printed(orion_home, "../x")
