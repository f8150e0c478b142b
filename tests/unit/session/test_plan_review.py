"""What a person may do with a plan that waits for them (PLAN-2, PLAN-3, PLAN-5)."""

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import Blocked, ConflictError, NotFound, StateError, UsageError
from orion_tui.base.ids import new_id
from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.plan_diff import Change
from orion_tui.core.engine import Engine
from orion_tui.core.models.actions import WriteFile
from orion_tui.core.models.outcomes import TaskOutcome
from orion_tui.core.models.plans import PlannedAction
from orion_tui.core.models.sessions import Approval, ApprovalStatus, SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session.plan_edits import AddTask, ChangeTask, MoveTask, RemoveTask, ReplacePlan, SetNeeds
from orion_tui.core.store import approvals, events, outcomes, plans
from tests.support.drafts import MODEL, SESSION, Drafts, plan, task

pytestmark = pytest.mark.unit

S, T = SessionState, TaskStatus


class Woken:
    """Counts how often a supervisor was called for."""

    count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def engine(tmp_path: Path, woken: Woken) -> Iterator[Engine]:
    opened = Engine.open(OrionHome(tmp_path / "home"), clock=FixedClock(), wake=woken)
    yield opened
    opened.close()


@pytest.fixture
def drafts(engine: Engine) -> Drafts:
    return Drafts(engine=engine)


@pytest.fixture
def proposed(drafts: Drafts) -> int:
    """The version of a plan `a`, `b` after `a`, `c` after `b` that waits for the person."""
    drafts.session()
    return drafts.propose(plan(task("a"), task("b", "a"), task("c", "b")))


def ids(engine: Engine) -> list[str]:
    return [one.id for one in engine.plan_review(SESSION).plan.tasks]


def types(engine: Engine) -> list[str]:
    return [event.type for event in engine.events(session_id=SESSION)]


def test_a_review_says_everything_about_the_draft(engine: Engine, proposed: int) -> None:
    seen = engine.plan_review(SESSION)
    assert (seen.version, seen.base, seen.author) == (proposed, 0, MODEL)
    assert seen.in_force is None
    assert seen.changes == ()
    assert seen.problems == ()
    assert seen.estimate == (3 * 600.0, 3 * 1200.0)
    assert round(seen.lowest_confidence, 9) == 0.9
    assert not seen.can_undo
    assert seen.waits
    assert all(one.tier is Tier.AUTONOMOUS for one in seen.plan.tasks)


def test_without_a_draft_there_is_nothing_to_review(engine: Engine, drafts: Drafts) -> None:
    drafts.session()
    with pytest.raises(StateError, match="no plan"):
        engine.plan_review(SESSION)


def test_an_added_task_gets_an_id_a_tier_and_an_estimate(engine: Engine, proposed: int) -> None:
    wanted = AddTask(
        title="Write the docs, too!",
        kind="write_docs",
        needs=("a",),
        accept=("test -f docs/a.md",),
        estimate_minutes=5,
        after="a",
    )
    seen = engine.edit_plan(SESSION, wanted, version=proposed)
    assert ids(engine) == ["a", "write-the-docs-too", "b", "c"]
    added = seen.plan.task("write-the-docs-too")
    assert added.agent
    assert added.needs == ("a",)
    assert added.estimate_seconds == 300
    assert added.estimate is not None
    assert added.estimate.most == 600
    assert added.accept[0].expect.exit_code == 0
    assert (seen.author, seen.note) == ("user", "added task write-the-docs-too: Write the docs, too!")
    assert seen.can_undo
    assert seen.version == proposed + 1


class TestAPlaybook:
    """No model works on the session."""

    @pytest.fixture
    def written(self, drafts: Drafts) -> int:
        drafts.session(models={})
        return drafts.propose(plan(attrs.evolve(task("a"), agent=False)), author="user")

    @pytest.mark.parametrize(
        "wanted", [AddTask(title="More", kind="write_docs"), ReplacePlan(plan=plan(task("b")))], ids=["add", "replace"]
    )
    def test_a_task_for_a_model_is_refused_with_what_to_do(
        self, engine: Engine, written: int, wanted: AddTask | ReplacePlan
    ) -> None:
        with pytest.raises(StateError, match="has no model") as refused:
            engine.edit_plan(SESSION, wanted, version=written)
        assert "actions" in refused.value.hint
        assert engine.plan_review(SESSION).version == written

    def test_a_task_with_actions_is_carried_out_as_written(self, engine: Engine, written: int) -> None:
        action = PlannedAction(action=WriteFile(path="docs/a.md", content=b"a"))
        seen = engine.edit_plan(SESSION, AddTask(title="More", kind="write_docs", actions=(action,)), version=written)
        added = seen.plan.task("more")
        assert added.actions == (action,)
        assert not added.agent


def test_two_tasks_of_one_title_get_two_ids(engine: Engine, proposed: int) -> None:
    wanted = AddTask(title="Größe prüfen", kind="run_tests")
    seen = engine.edit_plan(SESSION, wanted, version=proposed)
    seen = engine.edit_plan(SESSION, wanted, version=seen.version)
    assert ids(engine)[-2:] == ["groe-prufen", "groe-prufen-2"]


def test_removing_a_task_frees_what_needed_it_and_says_so(engine: Engine, proposed: int) -> None:
    seen = engine.edit_plan(SESSION, RemoveTask(id="a"), version=proposed)
    assert seen.plan.task("b").needs == ()
    assert seen.note == "removed task a: Do a; no longer needed by b"


def test_moving_and_needs(engine: Engine, proposed: int) -> None:
    with pytest.raises(UsageError, match="no task stands before one that it needs"):
        engine.edit_plan(SESSION, MoveTask(id="b", to=0), version=proposed)
    seen = engine.edit_plan(SESSION, SetNeeds(id="c", needs=()), version=proposed)
    seen = engine.edit_plan(SESSION, MoveTask(id="c", to=0), version=seen.version)
    assert ids(engine) == ["c", "a", "b"]
    seen = engine.edit_plan(SESSION, SetNeeds(id="c", needs=("a", "b")), version=seen.version)
    assert seen.plan.task("c").needs == ("a", "b")
    assert seen.note == "task c needs a, b"
    assert ids(engine) == ["a", "b", "c"], "the list follows the order of the work"


def test_only_what_is_given_of_a_task_changes(engine: Engine, proposed: int) -> None:
    before = engine.plan_review(SESSION).plan.task("b")
    seen = engine.edit_plan(SESSION, ChangeTask(id="b", title="Another\ntitle", confidence=0.6), version=proposed)
    assert seen.plan.task("b") == attrs.evolve(before, title="Another title", confidence=0.6)
    assert seen.note == "changed task b: title, confidence"
    assert round(seen.lowest_confidence, 9) == 0.6


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (SetNeeds(id="a", needs=("c",)), "circle"),
        (SetNeeds(id="b", needs=("nowhere",)), "not in the plan"),
        (AddTask(title="x", kind="run", id="a"), "duplicate id"),
        (AddTask(title="x", kind="run", id="No Name"), "cannot be an id"),
        (AddTask(title="x", kind="make_coffee"), "unknown kind"),
        (AddTask(title=" ", kind="run"), "empty"),
        (ChangeTask(id="a", confidence=1.5), "at most 1"),
        (ChangeTask(id="a", estimate_minutes=float("nan")), "must be a number"),
        (ChangeTask(id="a", accept=("echo \x1b[2J",)), "control characters"),
        (ReplacePlan(plan=plan()), "at least one task"),
    ],
)
def test_an_edit_that_breaks_the_plan_changes_nothing(
    engine: Engine, proposed: int, wanted: ChangeTask | AddTask | SetNeeds | ReplacePlan, said: str
) -> None:
    before = engine.plan_review(SESSION)
    with pytest.raises(UsageError) as refused:
        engine.edit_plan(SESSION, wanted, version=proposed)
    assert any(said in problem for problem in refused.value.problems)
    assert engine.plan_review(SESSION) == before
    assert len(engine.plan_versions(SESSION)) == 1


def test_all_problems_of_an_edit_are_told_at_once(engine: Engine, proposed: int) -> None:
    broken = plan(task("a", "b"), task("b", "a"), task("c"), task("c"), task("x", "y"))
    with pytest.raises(UsageError) as refused:
        engine.edit_plan(SESSION, ReplacePlan(plan=broken), version=proposed)
    assert len(refused.value.problems) == 3


def test_the_last_task_cannot_be_removed(engine: Engine, drafts: Drafts) -> None:
    drafts.session()
    version = drafts.propose(plan(task("only")))
    with pytest.raises(UsageError):
        engine.edit_plan(SESSION, RemoveTask(id="only"), version=version)


def test_an_unknown_task_is_named(engine: Engine, proposed: int) -> None:
    with pytest.raises(NotFound, match="zzz"):
        engine.edit_plan(SESSION, RemoveTask(id="zzz"), version=proposed)


def test_an_edit_that_changes_nothing_makes_no_version(engine: Engine, proposed: int) -> None:
    assert engine.edit_plan(SESSION, MoveTask(id="a", to=0), version=proposed).version == proposed


def test_of_two_terminals_the_second_edit_is_refused(engine: Engine, proposed: int) -> None:
    engine.edit_plan(SESSION, RemoveTask(id="c"), version=proposed)
    with pytest.raises(ConflictError, match="edited elsewhere"):
        engine.edit_plan(SESSION, RemoveTask(id="b"), version=proposed)
    with pytest.raises(ConflictError):
        engine.approve_plan(SESSION, version=proposed)
    assert ids(engine) == ["a", "b"]


def test_undo_goes_back_to_what_was_proposed_and_no_further(engine: Engine, proposed: int) -> None:
    first = engine.plan_review(SESSION)
    second = engine.edit_plan(SESSION, RemoveTask(id="c"), version=proposed)
    third = engine.edit_plan(SESSION, RemoveTask(id="b"), version=second.version)
    assert engine.undo_plan_edit(SESSION, version=third.version).plan == second.plan
    assert engine.undo_plan_edit(SESSION, version=second.version).plan == first.plan
    with pytest.raises(StateError, match="nothing to undo"):
        engine.undo_plan_edit(SESSION, version=first.version)


def test_undo_works_in_another_process(engine: Engine, proposed: int) -> None:
    edited = engine.edit_plan(SESSION, RemoveTask(id="c"), version=proposed)
    other = Engine.open(engine.home, wake=lambda: None)
    assert [one.id for one in other.undo_plan_edit(SESSION, version=edited.version).plan.tasks] == ["a", "b", "c"]
    other.close()


def test_an_edit_is_judged_anew(engine: Engine, drafts: Drafts, proposed: int) -> None:
    with engine.store.transaction() as tx:
        for n in range(5):
            outcome = TaskOutcome(
                session_id=SESSION, task_id=f"old-{n}", role="software-engineer", kind="write_docs", status=T.DONE,
                confidence=0.9, estimated_seconds=100.0, actual_seconds=300.0, tokens=0, cost_usd=0.0,
                accepted=n > 0, created_at=0.0,
            )  # fmt: skip
            outcomes.insert(tx, outcome)
            events.append(tx, SESSION, "outcome", "orion", {})
    seen = engine.edit_plan(SESSION, ChangeTask(id="b", kind="write_docs"), version=proposed)
    judged = seen.plan.task("b")
    assert judged.approval_rate == 0.8
    assert round(judged.sureness, 9) == 0.72
    assert judged.estimate is not None
    assert round(judged.estimate.least, 9) == 1800
    assert round(seen.lowest_confidence, 9) == 0.72
    assert seen.plan.task("a").approval_rate is None


def test_what_is_left_costs_what_like_tasks_cost_and_says_for_how_many(engine: Engine, drafts: Drafts) -> None:
    drafts.session()
    with engine.store.transaction() as tx:
        for n in range(5):
            outcome = TaskOutcome(
                session_id=SESSION, task_id=f"old-{n}", role="software-engineer", kind="write_docs", status=T.DONE,
                confidence=0.9, estimated_seconds=None, actual_seconds=300.0, tokens=10, cost_usd=0.25, created_at=0.0,
            )  # fmt: skip
            outcomes.insert(tx, outcome)
            events.append(tx, SESSION, "outcome", "orion", {})
    drafts.propose(plan(task("a", kind=ActionKind.WRITE_DOCS), task("b", kind=ActionKind.WRITE_DOCS), task("c")))
    assert engine.plan_review(SESSION).cost == (0.5, 0.5, 2)


def test_what_was_kept_from_the_planner_is_part_of_the_review(engine: Engine, proposed: int) -> None:
    assert engine.plan_review(SESSION).findings == ()
    with engine.store.transaction() as tx:
        events.append(tx, SESSION, "inventory.guarded", "aegis", {"findings": ["AGENTS.md: jailbreak: DAN mode"]})
    assert engine.plan_review(SESSION).findings == ("AGENTS.md: jailbreak: DAN mode",)


def test_a_forbidden_task_blocks_approval_until_it_is_gone(engine: Engine, drafts: Drafts) -> None:
    drafts.session()
    version = drafts.propose(plan(task("a"), task("ship", "a", kind=ActionKind.DEPLOY)))
    seen = engine.plan_review(SESSION)
    assert len(seen.problems) == 1
    assert "ship" in seen.problems[0]
    assert "remove it" in seen.problems[0]
    with pytest.raises(Blocked) as refused:
        engine.approve_plan(SESSION, version=version)
    assert refused.value.problems == seen.problems
    assert engine.session(SESSION).state is S.AWAITING_PLAN
    seen = engine.edit_plan(SESSION, RemoveTask(id="ship"), version=version)
    assert seen.problems == ()
    assert engine.approve_plan(SESSION, version=seen.version).state is S.RUNNING


def test_approving_puts_the_edited_plan_in_force(engine: Engine, proposed: int, woken: Woken) -> None:
    seen = engine.edit_plan(SESSION, RemoveTask(id="c"), version=proposed)
    session = engine.approve_plan(SESSION, version=seen.version)
    assert (session.state, session.tasks_total) == (S.RUNNING, 2)
    assert engine.plan_in_force(SESSION) == seen.plan
    assert [row.id for row in engine.tasks(SESSION)] == ["a", "b"]
    assert "plan.approved" in types(engine)
    assert woken.count == 1
    with pytest.raises(StateError):
        engine.plan_review(SESSION)


def test_a_plan_is_sent_back_with_a_comment(engine: Engine, proposed: int, woken: Woken) -> None:
    with pytest.raises(UsageError, match="comment"):
        engine.send_back_plan(SESSION, " \n", version=proposed)
    engine.send_back_plan(SESSION, "smaller \x1b[31msteps", version=proposed)
    seen = engine.plan_review(SESSION)
    assert (seen.comment, seen.version, seen.session.state) == ("smaller steps", proposed, S.PLANNING)
    assert not seen.waits
    assert woken.count == 1
    with pytest.raises(StateError, match="not up for review"):
        engine.edit_plan(SESSION, RemoveTask(id="c"), version=proposed)


def test_undo_does_not_reach_behind_a_plan_that_was_sent_back(engine: Engine, drafts: Drafts, proposed: int) -> None:
    seen = engine.edit_plan(SESSION, RemoveTask(id="c"), version=proposed)
    engine.send_back_plan(SESSION, "smaller", version=seen.version)
    drafts.propose(plan(task("x")))
    assert not engine.plan_review(SESSION).can_undo


def test_a_plan_that_no_model_made_cannot_be_sent_back(engine: Engine, drafts: Drafts) -> None:
    drafts.session(models={})
    version = drafts.propose(plan(task("a")), author="user")
    with pytest.raises(StateError, match="no model plans"):
        engine.send_back_plan(SESSION, "smaller", version=version)


class TestARevision:
    """A plan is in force, `a` is done, and the model wants another one."""

    @pytest.fixture
    def revised(self, drafts: Drafts) -> int:
        drafts.session()
        drafts.force(plan(task("a"), task("b", "a"), task("c", "b"), task("d")))
        drafts.status({"a": T.DONE, "b": T.FAILED, "c": T.BLOCKED, "d": T.FAILED})
        return drafts.propose(
            plan(task("a"), attrs.evolve(task("b"), title="Do b otherwise"), task("c", "b"), task("d"))
        )

    def test_it_is_shown_as_a_difference(self, engine: Engine, revised: int) -> None:
        seen = engine.plan_review(SESSION)
        assert seen.in_force is not None
        assert seen.base == 1
        assert seen.done == {"a"}
        assert (Change.CHANGED, "b") in [(change.change, change.task_id) for change in seen.changes]
        assert seen.estimate == (3 * 600.0, 3 * 1200.0)

    @pytest.mark.parametrize(
        "wanted",
        [
            RemoveTask(id="a"),
            ChangeTask(id="a", title="x"),
            SetNeeds(id="a", needs=("d",)),
            ReplacePlan(plan=plan(task("b"))),
            ReplacePlan(plan=plan(attrs.evolve(task("a"), title="x"), task("b"))),
        ],
    )
    def test_what_is_done_cannot_be_planned_differently(
        self, engine: Engine, revised: int, wanted: RemoveTask | ChangeTask | SetNeeds | ReplacePlan
    ) -> None:
        with pytest.raises(StateError):
            engine.edit_plan(SESSION, wanted, version=revised)
        assert engine.plan_review(SESSION).version == revised

    def test_approved_it_keeps_what_is_done_and_begins_changed_tasks_anew(self, engine: Engine, revised: int) -> None:
        engine.approve_plan(SESSION, version=revised)
        rows = {row.id: row for row in engine.tasks(SESSION)}
        assert rows["a"].status is T.DONE
        assert (rows["b"].status, rows["b"].attempt, rows["b"].finished_at) == (T.QUEUED, 1, None)
        assert rows["c"].status is T.QUEUED
        assert rows["d"].status is T.FAILED

    def test_questions_about_what_is_no_longer_planned_are_withdrawn(self, engine: Engine, revised: int) -> None:
        asked: dict[str, str] = {}
        for id in ("b", "d"):
            approval = Approval(
                id=new_id(), session_id=SESSION, task_id=id, index=0, status=ApprovalStatus.PENDING, binding="b",
                card={}, created_at=0.0,
            )  # fmt: skip
            asked[id] = approval.id
            with engine.store.transaction() as tx:
                approvals.insert(tx, approval)
                events.append(tx, SESSION, "approval.asked", "aegis", {})
        engine.approve_plan(SESSION, version=revised)
        assert [approval.id for approval in engine.approvals(SESSION)] == [asked["d"]]

    def test_turned_down_the_plan_in_force_goes_on(self, engine: Engine, revised: int, woken: Woken) -> None:
        engine.keep_plan(SESSION, version=revised, comment="no need")
        assert engine.session(SESSION).state is S.RUNNING
        assert plans.version_in_force(engine.store.reader(), SESSION) == 1
        told = next(event for event in engine.events(session_id=SESSION) if event.type == "plan.kept")
        assert told.data == {"version": 1, "refused": revised, "comment": "no need"}
        assert woken.count == 1


def test_a_first_plan_cannot_be_turned_down_for_another(engine: Engine, proposed: int) -> None:
    with pytest.raises(StateError, match="no earlier plan"):
        engine.keep_plan(SESSION, version=proposed)


def test_a_session_whose_plan_waits_can_be_cancelled_and_taken_up_again(engine: Engine, proposed: int) -> None:
    engine.cancel(SESSION)
    assert engine.session(SESSION).state is S.CANCELLED
    with pytest.raises(StateError):
        engine.approve_plan(SESSION, version=proposed)
