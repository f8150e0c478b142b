"""Hints, budgets, answers and another try: what a person says to work that goes on, or ended (RUN-1, RUN-3, RUN-8)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import Busy, NotFound, StateError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core.aegis import policy as policies
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import Approval, ApprovalStatus, SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session import stops
from orion_tui.core.store import approvals, events, hints, sessions
from tests.support.drafts import SESSION, Drafts, plan, task

pytestmark = pytest.mark.unit

S, T = SessionState, TaskStatus
OTHER = "00000000beef"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def engine(tmp_path: Path, clock: FixedClock) -> Iterator[Engine]:
    home = OrionHome(tmp_path / "home")
    opened = Engine.open(home, clock=clock, wake=lambda: None)
    place = home.session_repo(SESSION)
    place.mkdir(parents=True)
    (place / "HEAD").write_text("ref: refs/heads/x\n")
    yield opened
    opened.close()


@pytest.fixture
def drafts(engine: Engine) -> Drafts:
    made = Drafts(engine=engine)
    made.session()
    return made


def ask(engine: Engine, task_id: str, card: dict[str, object], *, id: str = "a" * 12) -> str:
    approval = Approval(
        id=id, session_id=SESSION, task_id=task_id, index=0, status=ApprovalStatus.PENDING, binding="b", card=card,
        created_at=0.0,
    )  # fmt: skip
    with engine.store.transaction() as tx:
        approvals.insert(tx, approval)
        events.append(tx, SESSION, "approval.asked", "aegis", {})
    return id


def statuses(engine: Engine) -> dict[str, str]:
    return {row.id: row.status.value for row in engine.tasks(SESSION)}


def spend(engine: Engine, *, cost_usd: float = 0.0, tokens: int = 0, running_seconds: float = 0.0) -> None:
    with engine.store.transaction() as tx:
        sessions.update(tx, SESSION, cost_usd=cost_usd, tokens=tokens, running_seconds=running_seconds)
        events.append(tx, SESSION, "spent", "orion", {})


def stop(engine: Engine) -> stops.Stop | None:
    session = engine.session(SESSION)
    role = policies.from_json(sessions.policy(engine.store.reader(), session.policy)).role
    return stops.reached(role, session, stops.ends(engine.store.reader(), session), session.running_seconds)


# --- hints ------------------------------------------------------------------------------------------------------------


def test_a_hint_is_kept_clean_for_the_agent(engine: Engine, drafts: Drafts) -> None:
    number = engine.hint(SESSION, "  look at \x1b[31mapp.py\n")
    waiting = hints.waiting(engine.store.reader(), SESSION)
    assert [(hint.id, hint.text) for hint in waiting] == [(number, "look at app.py")]
    told = engine.latest_events(SESSION)[-1]
    assert (told.type, told.data) == ("hint.given", {"hint": number, "text": "look at app.py"})


@pytest.mark.parametrize("text", ["", " \n\t", "\x1b[2J", "x" * 4_001])
def test_a_hint_says_something_and_is_short(engine: Engine, drafts: Drafts, text: str) -> None:
    with pytest.raises(UsageError):
        engine.hint(SESSION, text)


def test_nobody_reads_a_hint_when_work_has_ended_or_no_model_works(engine: Engine, drafts: Drafts) -> None:
    drafts.session(id=OTHER, models={}, workspace="/srv/other")
    with pytest.raises(StateError, match="playbook"):
        engine.hint(OTHER, "look")
    drafts.state(S.FAILED)
    with pytest.raises(StateError, match="failed"):
        engine.hint(SESSION, "look")


# --- budgets ----------------------------------------------------------------------------------------------------------


def test_a_raised_budget_counts_at_once_and_says_before_and_after(engine: Engine, drafts: Drafts) -> None:
    drafts.force(plan(task("a")))
    spend(engine, cost_usd=5.5)
    assert stop(engine) is not None
    after = engine.raise_budget(SESSION, cost_usd=20.0, hours=12)
    assert (after.cost_usd, after.hours, after.spent_usd) == (20.0, 12.0, 5.5)
    assert stop(engine) is None
    told = engine.latest_events(SESSION)[-1]
    assert told.type == "budget.raised"
    assert told.data["before"] == {"cost_usd": 5.0, "tokens": 2_000_000, "hours": 8.0}
    assert told.data["after"] == {"cost_usd": 20.0, "tokens": 2_000_000, "hours": 12.0}


def test_a_new_limit_is_warned_of_anew(engine: Engine, drafts: Drafts) -> None:
    with engine.store.transaction() as tx:
        sessions.update(tx, SESSION, warned="cost,tokens")
        events.append(tx, SESSION, "budget.warning", "orion", {})
    engine.raise_budget(SESSION, cost_usd=50.0)
    assert engine.session(SESSION).warned == "tokens"


def test_no_limit_is_a_limit_of_its_own(engine: Engine, drafts: Drafts) -> None:
    assert engine.raise_budget(SESSION, cost_usd=None).cost_usd is None
    assert engine.raise_budget(SESSION, tokens=9).cost_usd is None
    assert engine.budget(SESSION).tokens == 9


def test_a_limit_may_be_lowered_but_not_below_what_is_used(engine: Engine, drafts: Drafts) -> None:
    spend(engine, cost_usd=1.0, tokens=100, running_seconds=3600)
    assert engine.raise_budget(SESSION, cost_usd=1.5, tokens=101, hours=1.5).cost_usd == 1.5
    with pytest.raises(UsageError) as refused:
        engine.raise_budget(SESSION, cost_usd=1.0, tokens=100, hours=1)
    assert len(refused.value.problems) == 3
    assert "orion cancel" in refused.value.hint
    assert engine.budget(SESSION).cost_usd == 1.5


@pytest.mark.parametrize(
    "wrong",
    [{"cost_usd": -1.0}, {"cost_usd": float("nan")}, {"cost_usd": float("inf")}, {"tokens": -1}, {"hours": 24.5}, {}],
)
def test_what_is_no_budget_is_refused(engine: Engine, drafts: Drafts, wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        engine.raise_budget(SESSION, **wrong)  # pyright: ignore[reportArgumentType]
    assert engine.session(SESSION).budget == {}


def test_what_is_over_for_good_has_no_budget(engine: Engine, drafts: Drafts) -> None:
    drafts.state(S.REJECTED)
    with pytest.raises(StateError):
        engine.raise_budget(SESSION, cost_usd=20.0)


# --- another try ------------------------------------------------------------------------------------------------------


def test_failed_tasks_and_what_they_held_up_are_queued_again(engine: Engine, drafts: Drafts) -> None:
    drafts.force(plan(task("a"), task("b"), task("c", "b"), task("d", "c")))
    drafts.status({"a": T.DONE, "b": T.FAILED, "c": T.BLOCKED, "d": T.BLOCKED})
    drafts.state(S.FAILED)
    assert engine.retry(SESSION) == ("b", "c", "d")
    assert statuses(engine) == {"a": "done", "b": "queued", "c": "queued", "d": "queued"}
    rows = {row.id: row for row in engine.tasks(SESSION)}
    assert (rows["b"].attempt, rows["c"].attempt) == (1, 0)
    assert rows["b"].finished_at is None
    session = engine.session(SESSION)
    assert (session.state, session.finished_at) == (S.RUNNING, None)


def test_one_task_takes_only_what_waited_for_it_along(engine: Engine, drafts: Drafts) -> None:
    drafts.force(plan(task("a"), task("b", "a"), task("x"), task("y", "x")))
    drafts.status({"a": T.FAILED, "b": T.BLOCKED, "x": T.FAILED, "y": T.BLOCKED})
    drafts.state(S.FAILED)
    assert engine.retry(SESSION, "a") == ("a", "b")
    assert statuses(engine) == {"a": "queued", "b": "queued", "x": "failed", "y": "blocked"}


def test_a_task_may_be_tried_again_while_others_are_at_work(engine: Engine, drafts: Drafts) -> None:
    drafts.force(plan(task("a"), task("b")))
    drafts.status({"a": T.FAILED, "b": T.WAITING})
    drafts.state(S.WAITING)
    engine.retry(SESSION, "a")
    assert engine.session(SESSION).state is S.RUNNING
    drafts.status({"a": T.FAILED})
    drafts.state(S.PAUSED)
    engine.retry(SESSION, "a")
    assert engine.session(SESSION).state is S.PAUSED


@pytest.mark.parametrize(("wanted", "said"), [("a", "a is done"), ("c", "did not fail by itself"), (None, None)])
def test_only_what_failed_is_tried_again(engine: Engine, drafts: Drafts, wanted: str | None, said: str | None) -> None:
    drafts.force(plan(task("a"), task("b"), task("c", "b")))
    drafts.status({"a": T.DONE, "b": T.FAILED, "c": T.BLOCKED})
    drafts.state(S.FAILED)
    if said is None:
        drafts.status({"b": T.DONE, "c": T.DONE})
        said = "nothing to try again"
    with pytest.raises(StateError, match=said):
        engine.retry(SESSION, wanted)
    assert engine.session(SESSION).state is S.FAILED


def test_a_task_that_is_not_there_cannot_be_tried_again(engine: Engine, drafts: Drafts) -> None:
    drafts.force(plan(task("a")), state=S.FAILED)
    with pytest.raises(NotFound):
        engine.retry(SESSION, "zzz")


def test_five_failures_in_a_row_do_not_stop_the_next_try(engine: Engine, drafts: Drafts, clock: FixedClock) -> None:
    names = [f"t{n}" for n in range(7)]
    drafts.force(plan(*(task(name) for name in names)))
    for name in names[:6]:
        clock.advance(1)
        drafts.status({name: T.FAILED})
    assert stop(engine) is not None
    drafts.state(S.FAILED)
    engine.retry(SESSION, "t0")
    assert stop(engine) is None
    # What fails from now on counts.
    for name in ["t0", *names[1:5]]:
        clock.advance(1)
        drafts.status({name: T.FAILED})
    assert stop(engine) is not None


def test_doubtful_tasks_do_not_stop_the_next_try(engine: Engine, drafts: Drafts, clock: FixedClock) -> None:
    names = [f"t{n}" for n in range(5)]
    drafts.force(plan(*(task(name, confidence=0.4) for name in names)))
    for name in names[:3]:
        clock.advance(1)
        drafts.status({name: T.DONE})
    assert stop(engine) is not None
    drafts.state(S.FAILED)
    assert engine.retry(SESSION) == ()
    assert stop(engine) is None
    assert engine.session(SESSION).state is S.RUNNING


def test_at_a_limit_it_goes_on_only_after_that_was_raised(engine: Engine, drafts: Drafts) -> None:
    drafts.force(plan(task("a")))
    spend(engine, cost_usd=5.0)
    drafts.state(S.FAILED)
    with pytest.raises(StateError, match="cost limit") as refused:
        engine.retry(SESSION)
    assert "orion budget" in refused.value.hint
    engine.raise_budget(SESSION, cost_usd=10.0)
    engine.retry(SESSION)
    assert engine.session(SESSION).state is S.RUNNING


def test_what_never_had_a_plan_is_planned_again(engine: Engine, drafts: Drafts) -> None:
    drafts.state(S.FAILED)
    engine.retry(SESSION)
    assert engine.session(SESSION).state is S.PLANNING


def test_a_plan_that_waited_when_the_session_was_cancelled_waits_again(engine: Engine, drafts: Drafts) -> None:
    version = drafts.propose(plan(task("a")))
    engine.cancel(SESSION)
    engine.retry(SESSION)
    assert engine.session(SESSION).state is S.AWAITING_PLAN
    assert engine.approve_plan(SESSION, version=version).state is S.RUNNING


def test_another_session_on_the_workspace_goes_first(engine: Engine, drafts: Drafts) -> None:
    drafts.force(plan(task("a")), state=S.FAILED)
    drafts.session(id=OTHER)
    with pytest.raises(Busy, match=OTHER):
        engine.retry(SESSION)
    assert engine.session(SESSION).state is S.FAILED


def test_what_was_refused_is_asked_again(engine: Engine, drafts: Drafts) -> None:
    drafts.force(plan(task("a")))
    asked = ask(engine, "a", {})
    engine.reject_approval(asked, "not now")
    drafts.status({"a": T.FAILED})
    drafts.state(S.FAILED)
    engine.retry(SESSION)
    assert engine.approval(asked).status is ApprovalStatus.SUPERSEDED


def test_work_whose_repository_is_gone_cannot_be_tried_again(engine: Engine, drafts: Drafts) -> None:
    drafts.force(plan(task("a")), state=S.FAILED)
    (engine.home.session_repo(SESSION) / "HEAD").unlink()
    with pytest.raises(StateError, match="no repository"):
        engine.retry(SESSION)


# --- questions --------------------------------------------------------------------------------------------------------


def test_a_question_is_answered_in_words_that_do_not_lapse(engine: Engine, drafts: Drafts) -> None:
    asked = ask(engine, "a", {"question": "Which port?"})
    answered = engine.answer(asked, " 80\x1b[0m80 ")
    assert (answered.status, answered.answer_reason, answered.lapses_at) == (ApprovalStatus.APPROVED, "8080", None)
    with pytest.raises(StateError):
        engine.answer(asked, "8081")


def test_a_bare_yes_is_no_answer(engine: Engine, drafts: Drafts) -> None:
    asked = ask(engine, "a", {"question": "Which port?"})
    with pytest.raises(UsageError) as refused:
        engine.approve(asked)
    assert f"orion approvals answer {asked}" in refused.value.hint
    assert engine.approval(asked).status is ApprovalStatus.PENDING
    assert engine.approve(asked, reason="8080").answer_reason == "8080"


def test_a_question_may_stay_without_an_answer(engine: Engine, drafts: Drafts) -> None:
    asked = ask(engine, "a", {"question": "Which port?"})
    assert engine.reject_approval(asked, "find out").status is ApprovalStatus.REJECTED


def test_words_are_no_leave(engine: Engine, drafts: Drafts) -> None:
    asked = ask(engine, "a", {"title": "run make"})
    with pytest.raises(UsageError, match="leave"):
        engine.answer(asked, "yes")
    assert engine.approval(asked).status is ApprovalStatus.PENDING
