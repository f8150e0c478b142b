"""`Reads` over the real store: summaries by columns, nothing rebuilt that nobody looks at, nothing heavy imported."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import Answers, Approval, Session, SessionState, TaskRow
from orion_tui.core.store import (
    Store,
    approvals,
    changes,
    events,
    meta,
    outcomes,
    plans,
    sessions,
    spent,
    tally,
)
from orion_tui.core.store.migrate import UpgradeWaits

if TYPE_CHECKING:
    from orion_tui.core.models.checkpoints import Checkpoint
    from orion_tui.core.models.events import Event
    from orion_tui.core.models.promotions import Promotion
    from orion_tui.core.store.event_pages import Search, Stretch, Which
    from orion_tui.core.store.session_pages import SessionFilter, SessionPage
    from orion_tui.core.store.tally import Pace, Tally

#: Where the cursor and time of the person's last look are kept.
LAST_LOOK = "app.last_look"


class StoreReads:
    """One thread's read side. Opening makes and migrates the store: StoreError when it cannot be used."""

    def __init__(self, home: OrionHome, *, store: Store | None = None) -> None:
        """`store` takes the place of the one that is opened here, and is closed with this."""
        if store is None:
            home.prepare()
            store = _opened(home)
        self._store = store
        self._reader = self._store.reader()

    def changed(self) -> int:
        """See Reads. A file that was taken away would stand still for ever: that is an error instead."""
        self._store.check_place()
        return changes.data_version(self._reader)

    def last_seq(self) -> int:
        """See Reads."""
        return events.last_seq(self._reader)

    def sessions(self, *, limit: int, states: Sequence[SessionState] | None = None) -> list[Session]:
        """See Reads."""
        return sessions.page(self._reader, states=states, limit=limit)

    def counts(self) -> dict[SessionState, int]:
        """See Reads."""
        return sessions.counts_by_state(self._reader)

    def with_work(self, states: Sequence[SessionState]) -> int:
        """See Reads."""
        return sessions.count_with_work(self._reader, states)

    def session(self, session_id: str) -> Session:
        """See Reads."""
        return sessions.find(self._reader, session_id)

    def tasks(self, session_id: str) -> list[TaskRow]:
        """See Reads."""
        return plans.all(self._reader, session_id)

    def task_seconds(self, session_id: str) -> dict[str, float]:
        """See Reads."""
        return outcomes.seconds(self._reader, session_id)

    def pending(self) -> list[Approval]:
        """See Reads."""
        return approvals.pending(self._reader)

    def answers_to(self, alike: str) -> Answers:
        """See Reads."""
        return approvals.answers_to(self._reader, alike)

    def events_after(self, cursor: int, *, session_id: str | None, limit: int) -> "list[Event]":
        """See Reads."""
        return events.after(self._reader, cursor, session_id=session_id, limit=limit)

    def events_latest(self, *, session_id: str | None, limit: int) -> "list[Event]":
        """See Reads."""
        return events.latest(self._reader, session_id, limit)

    def events_onward(self, which: "Which", cursor: int, limit: int) -> "Stretch":
        """See EventPages."""
        from orion_tui.core.store import event_pages

        return event_pages.onward(self._reader, which, cursor, limit)

    def events_back(self, which: "Which", cursor: int, limit: int) -> "Stretch":
        """See EventPages."""
        from orion_tui.core.store import event_pages

        return event_pages.back(self._reader, which, cursor, limit)

    def events_count(self, which: "Which", after: int) -> tuple[int, int]:
        """See EventPages."""
        from orion_tui.core.store import event_pages

        return event_pages.count(self._reader, which, after)

    def events_first(self, which: "Which") -> int:
        """See EventPages."""
        from orion_tui.core.store import event_pages

        return event_pages.first(self._reader, which)

    def events_find(
        self, which: "Which", term: str, cursor: int, direction: int, says: "Callable[[Event], str]"
    ) -> "Search":
        """See EventPages."""
        from orion_tui.bridge.notes import worded
        from orion_tui.core.store import event_pages

        return event_pages.find(self._reader, which, term, cursor, direction, says, worded(term))

    def checkpoints(self, session_id: str) -> "list[Checkpoint]":
        """See Reads."""
        from orion_tui.core.store import checkpoints

        return checkpoints.all(self._reader, session_id)

    def promotion(self, session_id: str) -> "Promotion | None":
        """See Reads."""
        from orion_tui.core.store import promotions

        return promotions.latest(self._reader, session_id)

    def policy(self, policy_hash: str) -> dict[str, Any]:
        """See Reads."""
        data: Any = json.loads(sessions.policy(self._reader, policy_hash))
        return cast("dict[str, Any]", data) if isinstance(data, dict) else {}

    def last_look(self) -> tuple[int, float] | None:
        """See Reads."""
        return parse_look(meta.get(self._reader, LAST_LOOK))

    def spent(self, after: int, since: float) -> float:
        """See Reads."""
        return spent.between(self._reader, after, since)

    def session_page(self, which: "SessionFilter", offset: int, limit: int) -> "SessionPage":
        """See SessionPages."""
        from orion_tui.core.store import session_pages

        return session_pages.page(self._reader, which, offset, limit)

    def tally(self, after: int, upto: int) -> "Tally":
        """See Reads."""
        return tally.between(self._reader, after, upto)

    def pace(self, after: int, upto: int) -> "Pace":
        """See Reads."""
        return tally.pace(self._reader, after, upto)

    def first_since(self, at: float) -> int:
        """See Reads."""
        return events.first_since(self._reader, at)

    def close(self) -> None:
        """See Reads."""
        self._store.close()


def _opened(home: OrionHome) -> Store:
    try:
        return Store.open(home.database)
    except UpgradeWaits:
        # Only now: what replaces a supervisor is not loaded before the first paint without need.
        from orion_tui.core.session.upgrade import open_store

        return open_store(home)


def parse_look(text: str | None) -> tuple[int, float] | None:
    """Cursor and time of a look as it was kept; None where there is none that can be read."""
    seq, _, at = (text or "").partition("@")
    try:
        return int(seq), float(at)
    except ValueError:
        return None
