"""Pages of events: together they are the log, in either direction, and none reads more than its share."""

from collections.abc import Generator
from pathlib import Path

import pytest

from orion_tui.core.models.events import Event
from orion_tui.core.store import Store, event_pages, events
from orion_tui.core.store.connection import Reader, connect
from orion_tui.core.store.event_pages import Which
from tests.support.million import Counted, CountingReader

pytestmark = pytest.mark.unit

EVENTS = 3_000
RARE = "5" * 12
#: Every kind of log: all, one session's that has many, one's that has few, by type, by state, behind a place.
LOGS = {
    "all": Which(),
    "behind": Which(after=2_900),
    "session": Which(session_id="0" * 12),
    "rare": Which(session_id=RARE),
    "blocked": Which(types=("action.blocked",)),
    "failed": Which(types=("session.state",), states=("failed",)),
    "both": Which(session_id="0" * 12, types=("action.blocked",), after=50),
}


def _belongs(which: Which, event: Event) -> bool:
    return (
        event.seq > which.after
        and which.session_id in {None, event.session_id}
        and (not which.types or event.type in which.types)
        and (not which.states or event.data.get("to") in which.states)
    )


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Generator[Reader, None, None]:
    path = tmp_path_factory.mktemp("pages") / "orion.db"
    with Store.open(path) as store:
        with store.transaction() as tx:
            for n in range(1, EVENTS + 1):
                session = RARE if n % 700 == 0 else f"{n % 3:012x}"
                if n % 11 == 0:
                    events.record(tx, session, "session.state", "orion", {"to": "failed" if n % 2 else "running"})
                else:
                    kind = "action.blocked" if n % 97 == 0 else "action.started"
                    events.append(tx, session, kind, "orion", {"text": f'say "Grüß Gott" {n}'})
        yield store.reader()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that reach no further than four blocks, so that a small log has many."""
    monkeypatch.setattr(event_pages, "SPAN", 1_024)
    monkeypatch.setattr(event_pages, "_BLOCKS", 4)


@pytest.mark.parametrize("limit", [1, 7, 200])
@pytest.mark.parametrize("log", LOGS)
@pytest.mark.usefixtures("short")
def test_pages_in_either_direction_are_the_log(reader: Reader, log: str, limit: int) -> None:
    which = LOGS[log]
    wanted = [e.seq for e in events.after(reader, 0, limit=EVENTS) if _belongs(which, e)]
    onward: list[int] = []
    cursor, ended = 0, False
    while not ended:
        page = event_pages.onward(reader, which, cursor, limit)
        assert len(page.events) <= limit
        onward += [event.seq for event in page.events]
        cursor, ended = page.reached, page.ended
    assert onward == wanted
    back: list[int] = []
    cursor, ended = 1 << 62, False
    while not ended:
        page = event_pages.back(reader, which, cursor, limit)
        back[:0] = [event.seq for event in page.events]
        cursor, ended = page.reached, page.ended
    assert back == wanted


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.usefixtures("short")
def test_what_came_behind_a_place_is_counted(reader: Reader, log: str) -> None:
    which = LOGS[log]
    found, at = 0, which.after
    while at < EVENTS:
        more, at = event_pages.count(reader, which, at)
        found += more
    assert found == sum(_belongs(which, e) for e in events.after(reader, 0, limit=EVENTS))


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("term", ["grüß", "GOTT", '"GR', "running", "no such thing", "session failed"])
@pytest.mark.usefixtures("short")
def test_a_search_finds_what_an_event_says_whatever_its_case(reader: Reader, term: str, direction: int) -> None:
    def says(event: Event) -> str:
        return f"session {event.data['to']}" if "to" in event.data else event.data["text"]

    matches = [e.seq for e in events.after(reader, 0, limit=EVENTS) if term.lower() in says(e).lower()]
    start = 1_500
    beyond = [seq for seq in matches[::direction] if (seq - start) * direction > 0]
    cursor = start
    while True:
        result = event_pages.find(reader, Which(), term, cursor, direction, says, ("session.state",))
        if result.found is not None or result.ended:
            break
        cursor = result.reached
    assert (result.found.seq if result.found is not None else None) == (beyond[0] if beyond else None)


def test_a_session_that_is_spread_thin_costs_one_walk(tmp_path: Path) -> None:
    path = tmp_path / "orion.db"
    with Store.open(path) as store, store.transaction() as tx:
        for n in range(20_000):
            events.append(tx, RARE if n % 1_000 == 0 else "other", "action.started", "orion", {})
    counted = Counted()
    reader = CountingReader(connect(path), path, counted)
    assert len(events.after(reader, 0, session_id=RARE, limit=500)) == 20
    walked = counted.steps
    counted.forget()
    assert len(event_pages.onward(reader, Which(session_id=RARE), 0, 200).events) == 20
    # 20 blocks of 256 events, some tens of steps each; walking from the cursor for every block takes ten times as many.
    assert max(walked, counted.steps) < 1_200
    reader.close()


def test_the_first_event_of_a_day_is_found_in_a_few_looks(tmp_path: Path) -> None:
    path = tmp_path / "orion.db"
    with Store.open(path) as store:
        assert events.first_since(store.reader(), 5.0) == 1
        with store.transaction() as tx:
            for _ in range(5_000):
                events.append(tx, "", "agent.noted", "orion", {})
            tx.run("UPDATE events SET at = seq * 10.0")
    counted = Counted()
    reader = CountingReader(connect(path), path, counted)
    assert [events.first_since(reader, at) for at in (0.0, 10.0, 12_345.0, 50_000.0, 50_001.0)] == [
        1,
        1,
        1_235,
        5_000,
        5_001,
    ]
    assert counted.statements < 5 * 16
    reader.close()
