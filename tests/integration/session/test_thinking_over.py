"""When a plan is thought over: after every failure, whatever became of the ones before (PLAN-5)."""

import pytest

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session.submit import SubmitRequest
from tests.support.agent import CHAT, call, does, finish, finishes, plans, submit, task, tools_of, use
from tests.support.bench import Bench
from tests.support.model_server import Answer, Asked, ModelServer


def fails() -> Answer:
    return does(finish("It cannot be done.", outcome="impossible"))


def instead(id: str) -> Answer:
    return does(call("revise_plan", reason="Another way.", tasks=[task(id)]))


@pytest.mark.bubblewrap
def test_the_failure_of_a_task_that_came_instead_of_a_failed_one_is_thought_over_too(bench: Bench) -> None:
    with (
        ModelServer(plans(task("first")), fails(), instead("second"), fails(), instead("third"), finishes()) as server,
        bench.supervisor(),
    ):
        use(bench.home, server)
        ended = bench.wait(submit(bench))
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert bench.statuses(ended) == {"third": "flagged"}
    assert bench.types(ended).count("plan.revised") == 2


@pytest.mark.bubblewrap
def test_a_plan_that_was_kept_after_a_failure_is_not_thought_over_for_it_again(bench: Bench) -> None:
    with (
        ModelServer(
            plans(task("first"), task("second")), fails(), does(call("keep_plan", reason="The rest holds.")), finishes()
        ) as server,
        bench.supervisor(),
    ):
        use(bench.home, server)
        ended = bench.wait(submit(bench))
    assert ended.state is SessionState.FAILED
    assert bench.statuses(ended) == {"first": "failed", "second": "flagged"}
    assert len(server.asked) == 4


@pytest.mark.bubblewrap
def test_another_model_may_think_the_plan_over(bench: Bench) -> None:
    def answer(asked: Asked) -> Answer:
        tools = tools_of(asked)
        if "submit_plan" in tools:
            return plans(task("first"), task("second"))
        return does(call("keep_plan", reason="The rest holds.")) if "revise_plan" in tools else fails()

    models = {"plan": CHAT, "work": CHAT, "review": "box/critic"}
    with ModelServer(answer) as server, bench.supervisor():
        use(bench.home, server)
        request = SubmitRequest(workspace=bench.repo, goal="make it two", role="software-engineer", models=models)
        ended = bench.wait(bench.engine.submit(request))
    asked = {
        (event.data["purpose"], event.data["model"]) for event in bench.events(ended) if event.type == "model.asked"
    }
    assert asked == {("plan", CHAT), ("work", CHAT), ("replan", "box/critic")}
