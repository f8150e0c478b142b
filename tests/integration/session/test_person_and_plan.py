"""What a person says holds while a model is asked about the plan: a stop is not lost, and a refusal is not undone."""

from typing import Any

import pytest

from orion_tui.base.errors import LeaseLost
from orion_tui.core.agent.planner import Rejection
from orion_tui.core.models.sessions import SessionState, TaskRow
from orion_tui.core.models.steps import Step
from orion_tui.core.session import plan_progress, plan_tiers
from orion_tui.core.session.planning import Planning
from orion_tui.core.session.record import Observed, Record
from orion_tui.core.store import rejections
from tests.support.agent import Roles, Timed, aborts, finishes, gives_up, keeps, plans, revises, said_to, submit, task
from tests.support.bench import Bench
from tests.support.model_server import Act, Fail, ModelServer

pytestmark = pytest.mark.bubblewrap

S = SessionState


@pytest.fixture
def at_the_last_moment(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is called once a plan has come, before what came of it is written down."""
    calls: list[Any] = []
    judged = plan_tiers.judged

    def late(*given: Any) -> Any:
        if calls:
            calls.pop()()
        return judged(*given)

    monkeypatch.setattr(plan_tiers, "judged", late)
    return calls


def test_a_cancel_in_the_moment_of_the_plan_is_carried_out(
    bench: Bench, server: ModelServer, at_the_last_moment: list[Any]
) -> None:
    server.script(Roles([plans(task("a"))], [keeps()], [finishes()]))
    session = submit(bench, review_plan=True)
    at_the_last_moment.append(lambda: bench.engine.cancel(session.id))
    with bench.supervisor():
        ended = bench.wait(session, S.AWAITING_PLAN, S.CANCELLED)
    assert (ended.state, ended.control) == (S.CANCELLED, "")
    assert ended.finished_at is not None


def test_after_a_pause_in_the_moment_of_the_plan_it_waits_for_the_person(
    bench: Bench, server: ModelServer, at_the_last_moment: list[Any]
) -> None:
    server.script(Roles([plans(task("a"))], [keeps()], [finishes()]))
    session = submit(bench, review_plan=True)
    at_the_last_moment.append(lambda: bench.engine.pause(session.id))
    with bench.supervisor():
        assert bench.wait(session, S.AWAITING_PLAN, S.PAUSED).state is S.PAUSED
        bench.engine.resume(session.id)
        assert bench.engine.session(session.id).state is S.AWAITING_PLAN
        bench.engine.approve_plan(session.id, version=bench.engine.plan_review(session.id).version)
        assert bench.wait(session, S.COMPLETED, S.FAILED).state is S.COMPLETED
    assert len([one for one in server.asked if "submit_plan" in said_to(one)]) == 1


def test_a_pause_before_the_plan_is_thought_over_stops_with_a_checkpoint(
    bench: Bench, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = Planning.due

    def late(planning: Planning, rows: list[TaskRow]) -> bool:
        if found := due(planning, rows):
            bench.engine.pause(planning.session.id)
        return found

    monkeypatch.setattr(Planning, "due", late)
    server.script(Roles([plans(task("a"), task("b"))], [keeps()], [gives_up(), finishes()]))
    session = submit(bench)
    with bench.supervisor():
        bench.wait(session, S.PAUSED)
        bench.until(lambda: not bench.engine.session(session.id).lease_owner or None)
    assert bench.statuses(session) == {"a": "failed", "b": "queued"}
    assert bench.engine.checkpoints(session.id)[-1].reason == "paused"


def test_a_model_that_gives_up_has_ended_the_session_even_if_its_worker_dies_then(
    bench: Bench, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    observed = Record.observed

    def dies(record: Record, task_id: str, attempt: int, first: int, made: list[Observed]) -> list[Step]:
        done = observed(record, task_id, attempt, first, made)
        if made[0].action.get("outcome") == "abort":
            raise LeaseLost("killed")
        return done

    monkeypatch.setattr(Record, "observed", dies)
    server.script(Roles([plans(task("a"), task("b"))], [aborts("It would do harm.")], [gives_up(), finishes()]))
    session = submit(bench)
    with bench.supervisor():
        bench.until(lambda: "plan.aborted" in bench.types(session) or None)
        ended = bench.engine.session(session.id)
    assert ended.state is S.FAILED
    assert ended.reason == "the model sees no way to the goal: It would do harm."
    assert bench.statuses(session)["b"] == "queued"


def test_a_revision_after_a_refusal_to_start_waits_for_the_person(bench: Bench, server: ModelServer) -> None:
    again = revises(task("a2", "Rewrite everything", confidence=0.99), task("z"))
    unsure = task("a", "Rewrite everything", confidence=0.6)
    server.script(Roles([plans(unsure, task("z", needs=["a"]))], [again], [finishes()]))
    session = submit(bench)
    with bench.supervisor():
        bench.engine.reject_approval(bench.pending(session).id, "never do that")
        waits = bench.wait(session, S.AWAITING_PLAN, S.COMPLETED, S.FAILED)
        assert waits.state is S.AWAITING_PLAN, waits.reason
        assert "you refused to start Rewrite everything" in waits.reason
        asked = next(one for one in server.asked if "revise_plan" in said_to(one))
        assert "start Rewrite everything: never do that" in said_to(asked)
        bench.engine.keep_plan(session.id, version=bench.engine.plan_review(session.id).version)
        ended = bench.wait(session, S.COMPLETED, S.FAILED)
    assert bench.statuses(ended) == {"a": "failed", "z": "blocked"}


def test_a_task_that_the_person_had_tried_again_is_refused_no_more_and_the_planner_still_hears_of_it(
    bench: Bench, server: ModelServer
) -> None:
    server.script(Roles([plans(task("a", "Rewrite everything", confidence=0.6))], [keeps()], [finishes()]))
    session = submit(bench)
    with bench.supervisor():
        bench.engine.reject_approval(bench.pending(session).id, "never do that")
        bench.wait(session, S.FAILED)
        reader = bench.engine.store.reader()
        assert len(rejections.starts(reader, session.id)) == 1
        bench.engine.retry(session.id, "a")
        assert rejections.starts(reader, session.id) == []
    told = plan_progress.told(rejections.latest(reader, session.role))
    assert told == [Rejection(what="start Rewrite everything", reason="never do that")]


def test_the_time_that_planning_takes_counts(timed: Timed) -> None:
    bench, server = timed.bench, timed.server

    def slow(asked: object) -> Act:
        timed.clock.advance(3600)
        return plans(task("a"))

    server.script(slow)
    session = submit(bench, review_plan=True, budget={"hours": 0.5})
    with timed.supervisor():
        waits = bench.wait(session, S.AWAITING_PLAN)
        assert waits.running_seconds >= 3600
        bench.engine.send_back_plan(session.id, "faster", version=bench.engine.plan_review(session.id).version)
        ended = bench.wait(session, S.FAILED, S.AWAITING_PLAN)
    assert ended.state is S.FAILED
    assert "time limit" in ended.reason
    assert len(server.asked) == 1


def test_who_tries_again_while_a_plan_waits_for_its_model_goes_on_at_the_plan(
    bench: Bench, server: ModelServer
) -> None:
    again = revises(task("a2", "Rewrite everything", confidence=0.99), task("z"))
    unsure, full = task("a", "Rewrite everything", confidence=0.6), Fail(429, headers={"retry-after": "3600"})
    server.script(Roles([plans(unsure, task("z", needs=["a"])), full], [again, full], [finishes()]))
    session = submit(bench)
    with bench.supervisor():
        bench.engine.reject_approval(bench.pending(session).id, "never do that")
        bench.wait(session, S.AWAITING_PLAN)
        bench.engine.send_back_plan(session.id, "less", version=bench.engine.plan_review(session.id).version)
        bench.wait(session, S.WAITING)
        asked = len(server.asked)
        bench.engine.retry(session.id)
        bench.until(lambda: len(server.asked) > asked or bench.engine.session(session.id).state is S.FAILED or None)
        now = bench.wait(session, S.WAITING, S.FAILED)
    assert now.state is S.WAITING, now.reason
