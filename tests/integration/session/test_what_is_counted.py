"""What a session is stopped by holds whatever the model does to get around it: failures, steps, tokens (RUN-3)."""

import itertools
from collections.abc import Callable

import pytest

from orion_tui.core.models.sessions import SessionState
from tests.support.agent import call, does, finish, plans, submit, task, tools_of
from tests.support.bench import Bench
from tests.support.model_server import Answer, Asked, ModelServer

pytestmark = pytest.mark.bubblewrap


def always_another_plan() -> Callable[[Asked], Answer]:
    """Every task fails, and all that are left are replaced by new ones after each."""
    ids = itertools.count()

    def act(asked: Asked) -> Answer:
        anew = [task(f"t{next(ids)}") for _ in range(8)]
        if "submit_plan" in tools_of(asked):
            return plans(*anew)
        if "revise_plan" in tools_of(asked):
            return does(call("revise_plan", reason="another way", tasks=anew))
        return does(finish("it cannot be done", outcome="impossible"))

    return act


def test_failures_are_counted_through_all_plans(bench: Bench, server: ModelServer) -> None:
    server.script(always_another_plan())
    with bench.supervisor():
        ended = bench.wait(submit(bench))
    assert (ended.state, ended.reason) == (SessionState.FAILED, "5 tasks failed one after the other")
    told = bench.types(ended)
    assert told.count("task.failed") == 5
    assert told.count("plan.revised") == 4, "who stops anyway does not think the plan over once more"


def test_another_try_begins_a_new_count_of_failures(bench: Bench, server: ModelServer) -> None:
    server.script(always_another_plan())
    with bench.supervisor():
        first = bench.wait(submit(bench))
        bench.engine.retry(first.id)
        again = bench.until(lambda: bench.types(first).count("limit.reached") == 2 or None)
        ended = bench.wait(first, SessionState.FAILED)
    assert again
    assert bench.types(ended).count("task.failed") == 10


def test_what_failed_before_a_rollback_counts_for_no_stop(bench: Bench, server: ModelServer) -> None:
    server.script(always_another_plan())
    with bench.supervisor():
        first = bench.wait(submit(bench))
        bench.until(lambda: not bench.engine.session(first.id).lease_owner or None)
        bench.engine.rollback(bench.engine.preview_rollback(first.id, 0))
        bench.engine.resume(first.id)
        ended = bench.wait(first, SessionState.FAILED)
    assert bench.types(ended).count("task.failed") == 10


def test_what_went_into_replaced_tasks_stays_in_the_session_s_sum(bench: Bench, server: ModelServer) -> None:
    server.script(always_another_plan())
    with bench.supervisor():
        ended = bench.wait(submit(bench))
    told = [event.data["tokens"] for event in bench.events(ended) if event.type == "model.answered"]
    assert ended.tokens == sum(told)
    assert ended.tokens > sum(row.tokens for row in bench.engine.tasks(ended.id))


def test_doubts_are_counted_through_all_plans(bench: Bench, server: ModelServer) -> None:
    ids = itertools.count()

    def act(asked: Asked) -> Answer:
        anew = [task(f"t{next(ids)}") for _ in range(4)]
        if "submit_plan" in tools_of(asked):
            return plans(*anew)
        if "revise_plan" in tools_of(asked):
            return does(call("revise_plan", reason="another way", tasks=anew))
        return does(finish("it cannot be done", outcome="impossible", confidence=0.3))

    server.script(act)
    with bench.supervisor():
        ended = bench.wait(submit(bench))
    assert (ended.state, ended.reason) == (SessionState.FAILED, "3 tasks in a row were below 0.50 confidence")
    assert bench.types(ended).count("task.failed") == 3
