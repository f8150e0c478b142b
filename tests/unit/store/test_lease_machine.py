"""Whatever workers, clocks and crashes do: never two live holders, and a stale fence never writes."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, rule

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import LeaseLost, StateError
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.store import Store, events, leases, sessions, steps

pytestmark = pytest.mark.unit

TTL = 120.0
IDS = [f"{number:012x}" for number in range(3)]


class LeaseMachine(RuleBasedStateMachine):
    """Workers claim, beat, write, give back, vanish; the wall clock runs and steps; the store is reopened."""

    #: (session, owner, fence) of every claim ever made: each may be used again at any time, as a late worker would.
    claims: Bundle[tuple[str, str, int]] = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = FixedClock()
        self.store = Store.open(self.folder / "orion.db", self.clock)
        with self.store.transaction() as tx:
            sessions.save_policy(tx, "p", "{}")
            for id in IDS:
                session = Session(
                    id=id,
                    workspace=f"/{id}",
                    goal="g",
                    role="r",
                    policy="p",
                    state=SessionState.RUNNING,
                    base_commit="0" * 40,
                    created_at=self.clock.now(),
                    updated_at=self.clock.now(),
                )
                sessions.insert(tx, session)
        #: The model: who holds each session by the newest claim, and until when.
        self.holder: dict[str, tuple[str, int, float] | None] = dict.fromkeys(IDS)
        self.fences = dict.fromkeys(IDS, 0)
        self.written: dict[str, list[int]] = {id: [] for id in IDS}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def live(self, id: str) -> bool:
        held = self.holder[id]
        return held is not None and held[2] >= self.clock.now()

    def holds(self, id: str, owner: str, fence: int) -> bool:
        held = self.holder[id]
        return held is not None and held[:2] == (owner, fence)

    @rule(target=claims, owner=st.sampled_from(["w1", "w2"]), id=st.none() | st.sampled_from(IDS))
    def claim(self, owner: str, id: str | None) -> tuple[str, str, int] | MultipleResults[tuple[str, str, int]]:
        now = self.clock.now()
        found = self.store.transact(lambda tx: leases.claim(tx, owner=owner, now=now, ttl=TTL, session_id=id))
        free = [one for one in IDS if (id is None or one == id) and not self.live(one)]
        if found is None:
            assert not free
            nothing: MultipleResults[tuple[str, str, int]] = multiple()
            return nothing
        assert found.id == free[0]
        assert found.fence == self.fences[found.id] + 1
        self.fences[found.id] = found.fence
        self.holder[found.id] = (owner, found.fence, now + TTL)
        return (found.id, owner, found.fence)

    @rule(claim=claims)
    def renew(self, claim: tuple[str, str, int]) -> None:
        id, owner, fence = claim
        now = self.clock.now()
        try:
            self.store.transact(lambda tx: leases.renew(tx, id, owner, fence, now, TTL))
        except LeaseLost:
            assert not self.holds(id, owner, fence)
        else:
            assert self.holds(id, owner, fence)
            self.holder[id] = (owner, fence, now + TTL)

    @rule(claim=claims)
    def release(self, claim: tuple[str, str, int]) -> None:
        id, owner, fence = claim
        try:
            self.store.transact(lambda tx: leases.release(tx, id, owner, fence))
        except LeaseLost:
            assert not self.holds(id, owner, fence)
        else:
            assert self.holds(id, owner, fence)
            self.holder[id] = None

    @rule(claim=claims)
    def step(self, claim: tuple[str, str, int]) -> None:
        id, owner, fence = claim
        n = steps.next_n(self.store.reader(), id)
        step = Step(
            session_id=id,
            n=n,
            task_id="t",
            attempt=1,
            index=0,
            status=StepStatus.STARTED,
            action={"fence": fence},
            decision={},
            started_at=self.clock.now(),
        )
        try:
            self.store.transact(
                lambda tx: (steps.start(tx, step, fence), events.append(tx, id, "action.started", "agent", {}))
            )
        except LeaseLost:
            assert not self.holds(id, owner, fence)
        else:
            assert self.holds(id, owner, fence)
            self.written[id].append(fence)

    @rule(claim=claims)
    def finish(self, claim: tuple[str, str, int]) -> None:
        id, owner, fence = claim
        log = steps.all(self.store.reader(), id)
        if not log:
            return
        last = log[-1]
        try:
            self.store.transact(
                lambda tx: (
                    steps.finish(tx, id, last.n, fence, {"fence": fence}),
                    events.append(tx, id, "action.done", "agent", {}),
                )
            )
        except LeaseLost:
            assert not self.holds(id, owner, fence)
        except StateError:
            assert self.holds(id, owner, fence)
            assert last.status is StepStatus.DONE
        else:
            assert self.holds(id, owner, fence)
            assert last.status is StepStatus.STARTED

    @rule(seconds=st.sampled_from([1.0, TTL - 1, TTL, TTL + 1]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-3600.0, -TTL, TTL + 1, 3600.0]))
    def step_clock(self, seconds: float) -> None:
        self.clock.step_wall(seconds)

    @rule()
    def supervisor_starts_again(self) -> None:
        self.store.close()
        self.store = Store.open(self.folder / "orion.db", self.clock)
        self.store.transact(leases.end_all)
        self.holder = dict.fromkeys(IDS)

    @rule(grouped=st.booleans())
    def change_mode(self, grouped: bool) -> None:
        if grouped:
            self.store.start_writer()
        else:
            self.store.stop_writer()

    @invariant()
    def the_store_agrees_on_the_holders(self) -> None:
        for id in IDS:
            session = sessions.get(self.store.reader(), id)
            held = self.holder[id]
            assert (session.lease_owner, session.fence) == (held[0] if held else "", self.fences[id])

    @invariant()
    def steps_were_written_under_rising_fences_only(self) -> None:
        for id in IDS:
            assert [step.action["fence"] for step in steps.all(self.store.reader(), id)] == self.written[id]
            assert self.written[id] == sorted(self.written[id])


TestLeases = LeaseMachine.TestCase
# Without shrinking, which would replay hundreds of runs on a real disk: a failure is told as it was found.
TestLeases.settings = settings(max_examples=40, stateful_step_count=30, deadline=None, phases=[Phase.generate])
