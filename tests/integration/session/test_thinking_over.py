"""When a plan is thought over: after every failure, whatever became of the ones before (PLAN-5)."""

import pytest

from orion_tui.core.models.sessions import SessionState
from tests.support.agent import call, does, finish, finishes, plans, submit, task, use
from tests.support.bench import Bench
from tests.support.model_server import Answer, ModelServer


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
    assert bench.statuses(ended) == {"third": "done"}
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
    assert bench.statuses(ended) == {"first": "failed", "second": "done"}
    assert len(server.asked) == 4
