"""What a session is stopped by holds whatever the model does to get around it: failures, steps, tokens (RUN-3)."""

import itertools
from collections.abc import Callable

import attrs
import pytest

from orion_tui.base.errors import LeaseLost
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session.record import Record
from orion_tui.core.store import events, spent, steps
from tests.support.agent import MESSAGES, Timed, call, does, finish, finishes, plans, submit, task, tools_of
from tests.support.bench import Bench
from tests.support.model_server import Answer, Asked, Cut, Fail, Hang, ModelServer

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


# --- steps ------------------------------------------------------------------------------------------------------------


def writes(count: int) -> Answer:
    return does(*(call("write_file", path=f"made/{next(NUMBERS)}.txt", content="x") for _ in range(count)))


NUMBERS = itertools.count()


def test_an_answer_with_many_calls_does_not_pass_the_ceiling_of_steps(bench: Bench, server: ModelServer) -> None:
    server.script(plans(task("a")), writes(32), writes(27), writes(32), finishes())
    with bench.supervisor():
        ended = bench.wait(submit(bench))
    assert ended.state is SessionState.FAILED
    assert "its 60 steps are used up" in ended.reason
    assert bench.types(ended).count("action.done") == 60
    told = [event.data["summary"] for event in bench.events(ended) if event.type == "action.failed"]
    assert told == ["the 60 steps of this task are used up, so this was not carried out"] * 31


def test_looks_count_as_steps_too(bench: Bench, server: ModelServer) -> None:
    looks = [call("search", pattern=f"{number}") for number in range(20)]
    server.script(plans(task("a")), writes(32), writes(20), does(*looks), finishes())
    with bench.supervisor():
        ended = bench.wait(submit(bench))
    assert "its 60 steps are used up" in ended.reason
    assert bench.types(ended).count("action.done") == 60


# --- questions without an answer --------------------------------------------------------------------------------------


CUT = Cut(plans(task("a")), events=3)


def test_a_stream_that_is_cut_again_and_again_comes_to_a_ceiling(timed: Timed) -> None:
    def over(session: Session) -> bool:
        return timed.bench.engine.session(session.id).state is SessionState.FAILED

    timed.server.script(CUT)
    with timed.supervisor():
        session = submit(timed.bench, budget={"tokens": 20_000})
        for number in range(1, 50):
            timed.bench.until(lambda number=number: over(session) or len(timed.failures(session)) >= number or None)
            if over(session):
                break
            timed.later(timed.fails(session, number))
        ended = timed.bench.wait(session, SessionState.FAILED)
    assert "the limit of 20,000 tokens leaves" in ended.reason
    told = [event.data for event in timed.failures(session)]
    assert all(data["estimated"] and data["tokens"] > 500 for data in told)
    assert ended.tokens == sum(data["tokens"] for data in told) <= 20_000


def test_what_a_cut_answer_cost_is_the_question_and_what_was_heard(timed: Timed) -> None:
    timed.server.script(Cut(Answer(text="word " * 700, piece=3_500), events=2))
    with timed.supervisor():
        session = submit(timed.bench, model=MESSAGES)
        [cut] = [timed.fails(session, 1)]
    asked = timed.bench.engine.store.reader()
    [step] = steps.all(asked, session.id)
    at_most, tokens = step.action["at_most"], cut.data["tokens"]
    assert cut.data["estimated"]
    assert 0 < tokens < at_most
    assert 0 < cut.data["cost_usd"] < step.action["at_most_usd"]
    spent_today = spent.between(asked, 0, 0.0)
    assert spent_today == pytest.approx(timed.bench.engine.session(session.id).cost_usd)  # pyright: ignore[reportUnknownMemberType]
    assert spent_today == cut.data["cost_usd"]


@pytest.mark.parametrize("act", [Fail(401), Fail(404), Fail(429), Fail(500)])
def test_a_question_that_was_refused_costs_nothing(timed: Timed, act: Fail) -> None:
    timed.server.script(act)
    with timed.supervisor():
        session = submit(timed.bench)
        told = timed.fails(session, 1).data
    assert (told["tokens"], "estimated" in told) == (0, False)
    assert timed.bench.engine.session(session.id).tokens == 0


def test_an_answer_that_the_person_stopped_is_counted(bench: Bench, server: ModelServer) -> None:
    server.script(plans(task("a")), Hang(finishes("x" * 400), events=20))
    session = submit(bench)
    with bench.supervisor():
        bench.until(lambda: len(server.asked) > 1 or None)
        before = bench.engine.session(session.id).tokens
        bench.engine.cancel(session.id)
        ended = bench.wait(session, SessionState.CANCELLED)
    [told] = [event.data for event in bench.events(session) if event.type == "model.stopped"]
    assert told["estimated"]
    assert ended.tokens - before == told["tokens"] > 500


def test_an_answer_without_figures_is_counted_by_estimate(bench: Bench, server: ModelServer) -> None:
    server.script(attrs.evolve(plans(task("a")), input_tokens=0, output_tokens=0))
    with bench.supervisor():
        waiting = bench.wait(submit(bench, review_plan=True), SessionState.AWAITING_PLAN)
    [told] = [event.data for event in bench.events(waiting) if event.type == "model.answered"]
    assert told["estimated"]
    assert waiting.tokens == told["tokens"] > 500


def test_a_question_that_was_lost_counts_though_its_step_was_rolled_back(
    bench: Bench, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise LeaseLost("killed here")

    server.script(plans(task("a")), does(call("write_file", path="x", content="1")), Hang())
    session = submit(bench)
    with monkeypatch.context() as patched, bench.supervisor():
        bench.until(lambda: len(server.asked) > 2 or None)
        patched.setattr(Record, "finish_asking", killed)
        bench.engine.pause(session.id)
    with bench.engine.store.transaction() as tx:
        tx.run(
            "UPDATE sessions SET lease_owner = '', lease_until = 0, control = '', state = 'paused' WHERE id = ?",
            (session.id,),
        )
        events.append(tx, session.id, "session.noted", "orion", {"notes": ["as after a crash and a pause"]})
    before = bench.engine.session(session.id).tokens
    bench.engine.rollback(bench.engine.preview_rollback(session.id, 0))
    server.script(finishes())
    bench.engine.resume(session.id)
    with bench.supervisor():
        ended = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    [lost] = [event.data for event in bench.events(session) if event.type == "model.failed"]
    assert lost["estimated"]
    assert ended.tokens == before + lost["tokens"] + 18
    assert lost["tokens"] > 8_192
