"""Whatever is edited and undone, in any order: the plan is valid, and undo restores exactly (PLAN-3)."""

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import StateError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent import plan_rules
from orion_tui.core.engine import Engine
from orion_tui.core.models.plans import Plan
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session.plan_edits import AddTask, ChangeTask, MoveTask, PlanEdit, RemoveTask, SetNeeds
from tests.support.drafts import SESSION, Drafts, plan, task

pytestmark = pytest.mark.unit

_IDS = st.sampled_from(["done", "a", "b", "c", "new", "new-2", "nowhere"])
_NEEDS = st.lists(_IDS, max_size=3).map(tuple)
_KINDS = st.sampled_from(["write_code", "run_tests", "deploy", "make_coffee"])
_TEXTS = st.sampled_from(["new", "Other words", "", "\x1b[31mred"])
_EDITS: st.SearchStrategy[PlanEdit] = st.one_of(
    st.builds(AddTask, title=_TEXTS, kind=_KINDS, needs=_NEEDS, after=st.none() | _IDS),
    st.builds(
        ChangeTask, id=_IDS, title=st.none() | _TEXTS, kind=st.none() | _KINDS, confidence=st.none() | st.floats()
    ),
    st.builds(RemoveTask, id=_IDS),
    st.builds(MoveTask, id=_IDS, to=st.integers(-1, 6)),
    st.builds(SetNeeds, id=_IDS, needs=_NEEDS),
)


class Edits(RuleBasedStateMachine):
    """A person who edits at random; `history` is what undo has to bring back."""

    def __init__(self) -> None:
        super().__init__()
        self._place = tempfile.TemporaryDirectory()
        self.engine = Engine.open(OrionHome(Path(self._place.name) / "home"), clock=FixedClock(), wake=lambda: None)
        drafts = Drafts(engine=self.engine)
        drafts.session()
        drafts.force(plan(task("done"), task("a", "done")))
        drafts.status({"done": TaskStatus.DONE})
        drafts.propose(plan(task("done"), task("a", "done"), task("b", "a"), task("c")))
        self.history: list[Plan] = [self.now]

    @property
    def now(self) -> Plan:
        return self.engine.plan_review(SESSION).plan

    @property
    def version(self) -> int:
        return self.engine.plan_review(SESSION).version

    @rule(edit=_EDITS)
    def edited(self, edit: PlanEdit) -> None:
        version = self.version
        with contextlib.suppress(UsageError, StateError):
            seen = self.engine.edit_plan(SESSION, edit, version=version)
            if seen.version != version:
                self.history.append(seen.plan)
        assert self.now == self.history[-1]

    @rule()
    def undone(self) -> None:
        if len(self.history) == 1:
            with pytest.raises(StateError):
                self.engine.undo_plan_edit(SESSION, version=self.version)
            return
        self.history.pop()
        assert self.engine.undo_plan_edit(SESSION, version=self.version).plan == self.history[-1]

    @rule()
    def another_process(self) -> None:
        home = self.engine.home
        self.engine.close()
        self.engine = Engine.open(home, clock=FixedClock(), wake=lambda: None)

    @invariant()
    def the_plan_is_valid_and_keeps_what_is_done(self) -> None:
        assert plan_rules.plan_problems(self.now) == []
        assert self.now.task("done").title == "Do done"

    def teardown(self) -> None:
        self.engine.close()
        self._place.cleanup()


TestEdits = Edits.TestCase
TestEdits.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
