"""What a session had used at each checkpoint, from its events alone."""

from collections.abc import Callable, Iterator

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.so_far import SoFar
from orion_tui.core.store import Store, checkpoints, events, sessions, so_far
from orion_tui.core.store.connection import Transaction
from tests.support.records import Records

pytestmark = pytest.mark.unit

A, B = "a" * 12, "b" * 12
EVERY = frozenset(SessionState)


class History:
    """Writes what happens to a session, each thing some seconds after the one before."""

    def __init__(self, home: OrionHome) -> None:
        home.prepare()
        for id in (A, B):
            Records(home).session(id, SessionState.CREATED)
        self.clock = FixedClock(1_750_000_100.0)
        self.store = Store.open(home.database, self.clock)

    def after(self, seconds: float, change: Callable[[Transaction], object]) -> None:
        self.clock.advance(seconds)
        with self.store.transaction() as tx:
            change(tx)

    def state(self, seconds: float, to: SessionState) -> None:
        self.after(seconds, lambda tx: sessions.set_state(tx, A, EVERY, to, ""))

    def asked(
        self, seconds: float, tokens: int, cost: float | None, *, type: str = "model.answered", id: str = A
    ) -> None:
        self.after(seconds, lambda tx: events.append(tx, id, type, "agent", {"tokens": tokens, "cost_usd": cost}))

    def checkpoint(self, seconds: float, number: int) -> None:
        self.after(
            seconds,
            lambda tx: checkpoints.insert(
                tx,
                Checkpoint(
                    session_id=A, number=number, commit="c" * 40, tree="d" * 40, step=0, task_id="", reason="after it",
                    created_at=tx.now,
                ),
            ),
        )  # fmt: skip

    @property
    def found(self) -> dict[str, SoFar]:
        return dict(so_far.at_checkpoints(self.store.reader(), A))


@pytest.fixture
def history(orion_home: OrionHome) -> Iterator[History]:
    history = History(orion_home)
    yield history
    history.store.close()


def test_tokens_and_dollars_count_up_to_the_checkpoint_and_of_this_session_alone(history: History) -> None:
    history.asked(1, 1_000, 0.25)
    history.asked(1, 5_000, 9.0, id=B)
    history.checkpoint(1, 0)
    history.asked(1, 500, 0.5, type="model.failed")
    history.asked(1, 200, 0.125, type="model.stopped")
    history.checkpoint(1, 1)
    history.asked(1, 70_000, 3.0)
    first, second = history.found["cp-0000"], history.found["cp-0001"]
    assert (first.tokens, first.cost_usd, first.unpriced) == (1_000, 0.25, False)
    assert (second.tokens, second.cost_usd, second.unpriced) == (1_700, 0.875, False)


def test_tokens_without_a_price_are_told_as_such(history: History) -> None:
    history.asked(1, 1_000, None)
    history.checkpoint(1, 0)
    history.asked(1, 500, 0.5)
    history.checkpoint(1, 1)
    assert history.found["cp-0000"] == SoFar(tokens=1_000, unpriced=True)
    assert history.found["cp-0001"] == SoFar(tokens=1_500, cost_usd=0.5, unpriced=True)


def test_time_counts_while_it_plans_or_runs_and_not_while_it_waits(history: History) -> None:
    history.state(5, SessionState.PLANNING)
    history.state(10, SessionState.AWAITING_PLAN)
    history.state(1_000, SessionState.RUNNING)
    history.checkpoint(20, 0)
    history.state(3, SessionState.WAITING)
    history.state(5_000, SessionState.RUNNING)
    history.state(4, SessionState.PAUSED)
    history.checkpoint(50, 1)
    assert history.found["cp-0000"].worked == 30
    assert history.found["cp-0001"].worked == 37


def test_a_night_between_two_supervisors_is_no_work(history: History) -> None:
    history.state(5, SessionState.RUNNING)
    history.asked(10, 1, 0.0)
    history.state(30_000, SessionState.INTERRUPTED)
    history.state(1, SessionState.RUNNING)
    history.checkpoint(7, 0)
    assert history.found["cp-0000"].worked == 17


def test_without_a_checkpoint_there_is_nothing(history: History) -> None:
    history.asked(1, 1_000, 0.25)
    assert history.found == {}
