"""A question about the plan that comes to nothing: the plan in force stays, and what was sent back is the person's."""

import pytest

from orion_tui.core.models.sessions import Session, SessionState
from tests.support.agent import Roles, call, does, finishes, gives_up, keeps, plans, revises, submit, task
from tests.support.bench import Bench
from tests.support.model_server import Act, Fail, ModelServer

pytestmark = pytest.mark.bubblewrap

S = SessionState


def told(bench: Bench, session: Session, type: str) -> list[dict[str, object]]:
    return [event.data for event in bench.events(session) if event.type == type]


def nonsense() -> Act:
    return does(call("revise_plan", reason="", tasks=[]))


@pytest.mark.parametrize("refusal", [Fail(400), nonsense()], ids=["not taken", "never a plan"])
def test_the_plan_in_force_goes_on_when_a_failure_cannot_be_thought_over(
    bench: Bench, server: ModelServer, refusal: Act
) -> None:
    server.script(Roles([plans(task("a"), task("b"))], [refusal], [gives_up(), finishes()]))
    with bench.supervisor():
        ended = bench.wait(submit(bench), S.FAILED, S.COMPLETED)
    assert bench.statuses(ended) == {"a": "failed", "b": "flagged"}
    assert "no plan" not in ended.reason
    (refused,) = told(bench, ended, "plan.refused")
    assert refused["reason"]


def test_a_question_that_was_not_taken_comes_again_at_the_next_interval_only(bench: Bench, server: ModelServer) -> None:
    every = 5
    names = [f"t{number}" for number in range(2 * every + 1)]
    server.script(Roles([plans(*map(task, names))], [Fail(400), keeps()], [finishes()]))
    with bench.supervisor():
        ended = bench.wait(submit(bench), S.FAILED, S.COMPLETED)
    assert ended.state is S.COMPLETED, ended.reason
    asked = [data for data in told(bench, ended, "model.asked") if data["purpose"] == "replan"]
    assert len(asked) == 2
    assert bench.types(ended).count("plan.kept") == 1


def test_without_a_plan_in_force_a_question_that_is_not_taken_ends_the_session(
    bench: Bench, server: ModelServer
) -> None:
    server.script(Fail(400))
    with bench.supervisor():
        ended = bench.wait(submit(bench), S.FAILED, S.COMPLETED)
    assert ended.reason.startswith("no plan: ")
    server.script(Roles([plans(task("a"))], [keeps()], [finishes()]))
    bench.engine.retry(ended.id)
    with bench.supervisor():
        assert bench.wait(ended, S.FAILED, S.COMPLETED).state is S.COMPLETED


@pytest.mark.parametrize("answer", [plans(task("a")), Fail(500)], ids=["answered", "failed"])
def test_a_provider_that_is_gone_from_the_settings_pauses_the_session(
    bench: Bench, server: ModelServer, answer: Act
) -> None:
    settings = bench.home.root / "settings.yaml"

    def last(asked: object) -> Act:
        settings.write_text("providers: {}\n")
        return answer

    server.script(last, finishes())
    with bench.supervisor():
        paused = bench.wait(submit(bench), S.FAILED, S.PAUSED, S.COMPLETED)
    assert paused.state is S.PAUSED, paused.reason
    assert "orion settings set providers" in paused.reason
    assert f"orion resume {paused.id}" in paused.reason


def test_a_revision_that_was_sent_back_in_vain_is_before_the_person_again(bench: Bench, server: ModelServer) -> None:
    dear = revises(task("dep", kind="add_dependency"))
    server.script(Roles([plans(task("a"), task("b"))], [dear, nonsense()], [gives_up(), finishes()]))
    session = submit(bench)
    with bench.supervisor():
        bench.wait(session, S.AWAITING_PLAN)
        first = bench.engine.plan_review(session.id)
        bench.engine.send_back_plan(session.id, "without that", version=first.version)
        bench.until(lambda: "plan.refused" in bench.types(session) or None)
        again = bench.wait(session, S.AWAITING_PLAN, S.RUNNING)
    assert again.state is S.AWAITING_PLAN
    assert "made no other plan of your comment" in again.reason
    assert bench.engine.plan_review(session.id).version == first.version
    assert bench.statuses(session)["b"] == "queued"
    bench.engine.keep_plan(session.id, version=first.version)
    with bench.supervisor():
        ended = bench.wait(session, S.FAILED, S.COMPLETED)
    assert bench.statuses(ended) == {"a": "failed", "b": "flagged"}


def test_a_first_plan_that_was_sent_back_in_vain_can_still_be_approved(bench: Bench, server: ModelServer) -> None:
    server.script(Roles([plans(task("a")), Fail(400)], [keeps()], [finishes()]))
    session = submit(bench, review_plan=True)
    with bench.supervisor():
        bench.wait(session, S.AWAITING_PLAN)
        version = bench.engine.plan_review(session.id).version
        bench.engine.send_back_plan(session.id, "smaller", version=version)
        bench.until(lambda: "plan.refused" in bench.types(session) or None)
        bench.wait(session, S.AWAITING_PLAN)
        bench.engine.approve_plan(session.id, version=version)
        assert bench.wait(session, S.FAILED, S.COMPLETED).state is S.COMPLETED
