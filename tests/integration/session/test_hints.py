"""What a person says to the agent is heard: at the end of a task, and again where the work is done again."""

from collections.abc import Callable

import attrs
import pytest

from orion_tui.base.errors import StateError
from orion_tui.core.codec import to_json
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session.machine import ACTIVE
from orion_tui.core.session.plan_in_force import plan_of
from orion_tui.core.session.plan_take_over import take_over
from orion_tui.core.session.run import Run
from orion_tui.core.store import Transaction, events, hints, plan_versions
from tests.support.agent import call, does, finishes, gives_up, plans, said_to, submit, task
from tests.support.bench import Bench
from tests.support.model_server import Act, Answer, Asked, ModelServer

pytestmark = pytest.mark.bubblewrap

SAID = "use seven, not two"
CHECK = [{"run": "true"}]


def said_during(answer: Answer, bench: Bench) -> Callable[[Asked], Act]:
    """The person says something while the model writes this answer."""

    def act(_: Asked) -> Act:
        bench.engine.hint(bench.engine.sessions()[0].id, SAID)
        return answer

    return act


def ended(bench: Bench, session: Session) -> Session:
    return bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)


def waiting(bench: Bench, session: Session) -> list[str]:
    return [hint.text for hint in hints.waiting(bench.engine.store.reader(), session.id)]


@pytest.mark.parametrize("outcome", ["done", "impossible"])
def test_no_task_ends_before_the_agent_has_heard_what_was_said(bench: Bench, server: ModelServer, outcome: str) -> None:
    server.script(
        plans(task("value", accept=CHECK)), said_during(finishes(outcome=outcome), bench), finishes("Seven it is.")
    )
    with bench.supervisor():
        session = ended(bench, submit(bench))
    assert session.state is SessionState.COMPLETED, session.reason
    assert SAID in said_to(server.asked[-1])
    assert [event.data["summary"] for event in bench.events(session) if event.type == "agent.finished"][-1] == (
        "Seven it is."
    )


def test_a_task_that_is_tried_again_is_told_again(bench: Bench, server: ModelServer) -> None:
    server.script(
        plans(task("value")),
        said_during(does(call("list_files")), bench),
        finishes("no way", outcome="impossible"),
        finishes("Seven it is."),
    )
    with bench.supervisor():
        session = ended(bench, submit(bench))
        assert session.state is SessionState.FAILED
        assert waiting(bench, session) == []
        bench.engine.retry(session.id)
        bench.wait(session, SessionState.COMPLETED)
    assert SAID in said_to(server.asked[-1])
    assert bench.types(session).count("hint.taken") == 2


def test_what_was_rolled_back_was_not_heard_and_what_is_restored_was(bench: Bench, server: ModelServer) -> None:
    server.script(plans(task("value")), said_during(does(call("list_files")), bench), finishes())
    with bench.supervisor():
        session = ended(bench, submit(bench))
    assert waiting(bench, session) == []
    bench.engine.rollback(bench.engine.preview_rollback(session.id, 0))
    assert waiting(bench, session) == [SAID]
    bench.engine.trash.restore(bench.engine.in_trash(session.id)[0].id)
    assert waiting(bench, session) == []


def test_a_task_that_is_planned_anew_is_told_again(bench: Bench, server: ModelServer) -> None:
    server.script(plans(task("value")), said_during(does(call("list_files")), bench), gives_up())
    with bench.supervisor():
        session = ended(bench, submit(bench))
    assert waiting(bench, session) == []

    def anew(tx: Transaction) -> None:
        (planned,) = plan_of(tx, session.id, 1).tasks
        other = attrs.evolve(plan_of(tx, session.id, 1), tasks=(attrs.evolve(planned, title="Find another way"),))
        version = plan_versions.add(tx, session.id, to_json(other), parent=1, author="user", note="").version
        take_over(tx, session.id, version)
        events.append(tx, session.id, "plan.approved", "user", {}, session.policy)

    bench.engine.store.transact(anew)
    assert waiting(bench, session) == [SAID]


def test_a_hint_that_comes_with_the_last_step_takes_no_work_away(bench: Bench, server: ModelServer) -> None:
    numbers = iter(range(100))

    def writes(count: int) -> Answer:
        return does(*(call("write_file", path=f"made/{next(numbers)}.txt", content="x") for _ in range(count)))

    task_ends = said_during(finishes(), bench)
    server.script(plans(task("value", accept=CHECK)), writes(32), writes(27), task_ends)
    with bench.supervisor():
        session = ended(bench, submit(bench))
    assert session.state is SessionState.COMPLETED, session.reason
    assert bench.types(session).count("hint.given") == 1
    assert waiting(bench, session) == [SAID]
    assert session.reason.endswith("; a hint came too late to be read")


@pytest.mark.parametrize("outcome", ["done", "impossible"])
def test_a_hint_at_the_very_end_is_told_of_and_read_when_it_is_tried_again(
    bench: Bench, server: ModelServer, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    # Between the last look at hints and the transaction that ends the session: then nobody is there to read it.
    end, late = Run.end, iter([True])

    def ends(run: Run, state: SessionState, reason: str) -> None:
        if state not in ACTIVE and next(late, False):
            bench.engine.hint(run.session.id, SAID)
        end(run, state, reason)

    monkeypatch.setattr(Run, "end", ends)
    server.script(plans(task("value")), finishes("no way", outcome=outcome), finishes("Seven it is."))
    with bench.supervisor():
        session = ended(bench, submit(bench))
        assert session.reason.endswith("; a hint came too late to be read")
        told = [event for event in bench.events(session) if event.type == "hint.unread"]
        assert [event.data["text"] for event in told] == [SAID]
        assert bench.types(session).index("hint.given") < bench.types(session).index("hint.unread")
        with pytest.raises(StateError):
            bench.engine.hint(session.id, "and later still")
        if session.state is SessionState.FAILED:
            bench.engine.retry(session.id)
            bench.wait(session, SessionState.COMPLETED)
            assert SAID in said_to(server.asked[-1])
            assert waiting(bench, session) == []
