"""What a live session shows of its events: their newest, whole, however long it goes on."""

from typing import Any

import pytest

from orion_tui.bridge import entries
from orion_tui.bridge.entries import Entries
from orion_tui.bridge.entry_views import ActionState, ActionView, Note
from orion_tui.core.models.events import Event

pytestmark = pytest.mark.unit


def _event(seq: int, type: str, **data: Any) -> Event:
    return Event(seq=seq, at=float(seq), session_id="s", type=type, actor="agent", data=data)


def test_a_session_that_goes_on_for_days_keeps_its_newest_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "KEEP", 20)
    fold = Entries()
    fold.feed(_event(1, "action.started", task="t", index=0, text="run long"))
    for n in range(2, 23):
        fold.feed(_event(n, "action.started", task="t", index=n, text=f"run {n}"))
    assert len(fold.view) == 22
    for n in range(23, 200):
        fold.feed(_event(n, "action.started", task="t", index=n, text=f"run {n}"))
        assert len(fold.view) <= 25
    first = fold.view[0]
    assert isinstance(first, Note)
    assert "in the log" in first.text
    fold.feed(_event(200, "action.done", task="t", index=199, summary="ok"))
    last = fold.view[-1]
    assert isinstance(last, ActionView)
    assert (last.text, last.state) == ("run 199", ActionState.DONE), "what is held finds its end after others went"
    fold.feed(_event(201, "action.done", task="t", index=0, summary="ok"))
    assert isinstance(fold.view[-1], ActionView), "what was let go is told anew"


def test_what_is_not_read_of_a_session_is_said() -> None:
    whole, cut = Entries(), Entries()
    events = [_event(n, "agent.noted", text=f"note {n}") for n in range(5, 9)]
    whole.begin(events, cut=False)
    cut.begin(events, cut=True)
    assert len(whole.view) + 1 == len(cut.view)
    assert isinstance(cut.view[0], Note)
    assert cut.cursor == whole.cursor == 8
