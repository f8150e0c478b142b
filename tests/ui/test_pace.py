"""The last twelve hours on mission control: counted once, drawn where there is room, in signs that the terminal has."""

from pathlib import Path

import pytest

from orion_tui.bridge.pacing import STRETCH, STRETCHES, Pacer
from orion_tui.core.store import events, tally
from orion_tui.core.store.database import Store
from orion_tui.core.store.tally import Pace
from orion_tui.themes.glyphs import ASCII, UNICODE
from orion_tui.widgets.spark import spark
from tests.support.screens.drive import orion
from tests.support.screens.fake_engine import FakeReads
from tests.support.screens.night import empty, night
from tests.support.screens.rows import HOUR, NOW, RETRY
from tests.support.screens.world import World

pytestmark = pytest.mark.unit


def _worked() -> World:
    world = empty()
    for hours, cost in ((13, 9.0), (3, 0.5), (3, 0.25)):
        world.event(RETRY, "action.done", NOW - hours * HOUR)
        world.event(RETRY, "model.answered", NOW - hours * HOUR, cost_usd=cost)
    return world


def test_each_half_hour_has_its_own_and_what_is_older_has_none() -> None:
    world = _worked()
    pacer = Pacer(FakeReads(world), lambda: NOW)
    pace = pacer.upto(len(world.events))
    assert len(pace) == STRETCHES
    assert [part for part in pace if part != Pace()] == [Pace(actions=2, cost_usd=0.75)]
    assert pace.index(Pace(actions=2, cost_usd=0.75)) == STRETCHES - 1 - 3 * HOUR // STRETCH


def test_only_what_is_new_is_read_again() -> None:
    world = _worked()
    asked: list[tuple[int, int]] = []

    class Noting(FakeReads):
        def pace(self, after: int, upto: int) -> Pace:
            asked.append((after, upto))
            return super().pace(after, upto)

    pacer = Pacer(Noting(world), lambda: NOW)
    pacer.upto(6)
    asked.clear()
    world.event(RETRY, "action.blocked", NOW)
    assert pacer.upto(7)[-1] == Pace(actions=1)
    assert pacer.upto(7)[-1] == Pace(actions=1)
    assert asked == [(6, 7)]


def test_actions_and_dollars_are_counted_from_events(tmp_path: Path) -> None:
    with Store.open(tmp_path / "orion.db") as store:
        with store.transaction() as tx:
            for kind, data in (
                ("action.done", {}),
                ("action.started", {}),
                ("action.failed", {}),
                ("model.answered", {"cost_usd": 0.5}),
                ("model.answered", {"cost_usd": None}),
                ("action.blocked", {}),
            ):
                events.append(tx, "", kind, "orion", data)
        assert tally.pace(store.reader(), 0, 5) == Pace(actions=2, cost_usd=0.5)
        assert tally.pace(store.reader(), 5, 6) == Pace(actions=1)
        assert tally.pace(store.reader(), 6, 9) == Pace()


@pytest.mark.parametrize(("glyphs", "drawn"), [(UNICODE, "▁▂▄█"), (ASCII, ".:=%")])
def test_little_is_told_from_nothing(glyphs: object, drawn: str) -> None:
    assert "".join(text for text, _ in spark((0, 0.01, 40, 100), glyphs)) == drawn  # type: ignore[arg-type]


@pytest.mark.parametrize(("size", "shown"), [((80, 24), False), ((120, 40), True), ((200, 60), True)])
async def test_it_stands_where_there_is_room(size: tuple[int, int], shown: bool) -> None:
    async with orion(night(), size=size) as drive:
        assert ("last 12 h" in drive.text) is shown


async def test_who_did_nothing_is_shown_no_line() -> None:
    async with orion(empty()) as drive:
        assert "last 12 h" not in drive.text
