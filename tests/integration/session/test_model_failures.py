"""Every way in which a model may give no answer, over real HTTP, and what becomes of the session (RUN-6)."""

import json
import re
import socket
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from orion_tui.base.clock import Clock
from orion_tui.base.errors import LeaseLost, StateError
from orion_tui.core.agent.live_settings import LiveSettings
from orion_tui.core.agent.model import ModelFacts, ModelRef, Question, Reply, StopFlag
from orion_tui.core.agent.port import open_port, supervisor_keys
from orion_tui.core.engine import Engine
from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import leases
from tests.support.agent import (
    CHAT,
    KEY_NAME,
    MESSAGES,
    Timed,
    call,
    does,
    finish,
    finishes,
    plans,
    submit,
    task,
    use,
)
from tests.support.bench import git
from tests.support.model_server import Act, Answer, Call, Cut, Fail, Hang, Raw, Truncated
from tests.support.models import KEYS

ENDS = (SessionState.FAILED, SessionState.WAITING, SessionState.PAUSED)
FORMATS = pytest.mark.parametrize("model", [CHAT, MESSAGES])

#: What passes, in the order of the ladder. The 429 here says nothing about when.
PASSING: tuple[Act, ...] = (
    Fail(500),
    Fail(429),
    Fail(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    Fail(408),
    Fail(503, b"<html>down</html>"),
    Cut(Answer(text="a long answer that breaks off in the middle of it"), events=3),
    Truncated(Answer(text="a long answer that breaks off in the middle of it"), events=3),
    Answer(text=""),
    Raw([b"this is no stream of events"], content_type="text/plain"),
    Raw([b"data: {nonsense\n\n", b"data: [1, 2]\n\n"]),
)
LADDER = (30.0, 60.0, 300.0, *[900.0] * (len(PASSING) - 3))


@FORMATS
def test_failures_that_may_pass_are_waited_for_on_the_ladder_and_the_same_question_goes_on(
    timed: Timed, model: str
) -> None:
    timed.server.script(*PASSING, plans(task("one")))
    with timed.supervisor():
        session = submit(timed.bench, model=model, review_plan=True)
        for number, seconds in enumerate(LADDER, 1):
            event = timed.fails(session, number)
            waiting = timed.bench.engine.session(session.id)
            assert (waiting.state, waiting.halt) == (SessionState.WAITING, Halt.MODEL), waiting.reason
            assert timed.waits(event) == pytest.approx(seconds, abs=2), event.data  # pyright: ignore[reportUnknownMemberType]
            assert re.search(r"asks again at (\w{3} \d+ \w{3} )?\d\d:\d\d$", waiting.reason), waiting.reason
            timed.later(event)
        ended = timed.bench.wait(session, SessionState.AWAITING_PLAN, SessionState.FAILED)
    assert ended.state is SessionState.AWAITING_PLAN, ended.reason
    bodies = [json.dumps(asked.body) for asked in timed.server.asked]
    assert len(bodies) == len(PASSING) + 1
    assert len(set(bodies)) == 1, "it is the same question each time"


def test_it_is_not_asked_before_its_time(timed: Timed) -> None:
    timed.server.script(Fail(500), Answer(text=""))
    with timed.supervisor():
        event = timed.fails(session := submit(timed.bench), 1)
        timed.clock.advance(25)
        timed.bench.until(lambda: timed.clock.now() > event.at + 25.5 or None)
        assert len(timed.server.asked) == 1
        timed.clock.advance(6)
        timed.fails(session, 2)
    assert len(timed.server.asked) == 2


def test_where_nobody_listens_it_waits(timed: Timed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    use(timed.bench.home, timed.server, f"  gone:\n    base_url: http://127.0.0.1:{port}/v1\n")
    with timed.supervisor():
        event = timed.fails(session := submit(timed.bench, model="gone/any"), 1)
    assert timed.bench.engine.session(session.id).state is SessionState.WAITING
    assert timed.waits(event) == pytest.approx(30, abs=2)  # pyright: ignore[reportUnknownMemberType]


@attrs.frozen
class Impatient:
    """Real models that get a moment to answer instead of minutes."""

    models: Any
    seconds: float = 0.5

    def ask(
        self, question: Question, *, heard: Callable[[str], None] | None = None, stop: StopFlag | None = None
    ) -> Reply:
        return self.models.ask(attrs.evolve(question, timeout=self.seconds), heard=heard, stop=stop)

    def facts(self, model: ModelRef, *, tokens: int = 1_000) -> ModelFacts:
        return self.models.facts(model, tokens=tokens)

    def close(self) -> None:
        self.models.close()


def impatient(timed: Timed, clock: Clock) -> Impatient:
    keys = supervisor_keys(timed.bench.home, {KEY_NAME: KEYS[KEY_NAME]})
    port = open_port(clock, keys, LiveSettings(timed.bench.home))
    port.prepare(ModelRef.parse(CHAT))
    port.prepare(ModelRef.parse(MESSAGES))
    return Impatient(port)


@FORMATS
@pytest.mark.parametrize("events", [0, 2])
def test_a_server_that_hangs_is_a_failure_that_may_pass(timed: Timed, model: str, events: int) -> None:
    timed.server.script(Hang(Answer(text="never whole") if events else None, events=events))
    with timed.supervisor(models=impatient(timed, timed.clock)):
        event = timed.fails(session := submit(timed.bench, model=model), 1)
    assert event.data["failure"] == "TimedOut"
    assert timed.waits(event) == pytest.approx(30, abs=2)  # pyright: ignore[reportUnknownMemberType]
    assert timed.bench.engine.session(session.id).state is SessionState.WAITING


def test_a_limit_with_a_reset_time_is_slept_through_once_and_then_counts_like_any_failure(timed: Timed) -> None:
    too_many = Fail(429, headers={"retry-after": "7"})
    timed.server.script(too_many, too_many, too_many, plans(task("one")))
    with timed.supervisor():
        session = submit(timed.bench, review_plan=True)
        waits: list[float] = []
        for number in (1, 2, 3):
            event = timed.fails(session, number)
            waits.append(timed.waits(event))
            assert event.data["reset_at"] == pytest.approx(event.at + 7, abs=2)  # pyright: ignore[reportUnknownMemberType]
            timed.later(event)
        timed.bench.wait(session, SessionState.AWAITING_PLAN)
    assert waits == pytest.approx([7, 60, 300], abs=2)  # pyright: ignore[reportUnknownMemberType]


def test_a_reset_time_that_nobody_would_wait_for_is_not_believed(timed: Timed) -> None:
    timed.server.script(Fail(429, headers={"retry-after": str(20 * 86_400)}))
    with timed.supervisor():
        event = timed.fails(submit(timed.bench), 1)
    assert timed.waits(event) == pytest.approx(86_400, abs=2)  # pyright: ignore[reportUnknownMemberType]


@FORMATS
@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (401, {"error": {"message": "bad key", "type": "authentication_error"}}, "orion model login"),
        (403, {"error": {"message": "no", "type": "permission_error"}}, "orion model login"),
        (402, {"error": {"message": "pay first", "type": "billing_error"}}, "top it up"),
        (404, {"error": {"message": "no such model", "type": "not_found_error"}}, "check the name"),
        (429, {"error": {"message": "quota", "type": "insufficient_quota", "code": "insufficient_quota"}}, "top it up"),
    ],
)
def test_what_only_a_person_can_mend_pauses_with_the_fix_and_resume_goes_on(
    timed: Timed, model: str, status: int, body: dict[str, Any], hint: str
) -> None:
    if status == 429 and model == MESSAGES:
        pytest.skip("that word is OpenAI's alone")
    timed.server.script(Fail(status, body), plans(task("one")))
    with timed.supervisor():
        session = submit(timed.bench, model=model, review_plan=True)
        paused = timed.bench.wait(session, SessionState.PAUSED, SessionState.WAITING, SessionState.FAILED)
        assert paused.state is SessionState.PAUSED, paused.reason
        assert hint in paused.reason
        assert f"orion resume {session.id}" in paused.reason
        assert len(timed.server.asked) == 1
        timed.bench.engine.resume(session.id)
        timed.bench.wait(session, SessionState.AWAITING_PLAN)
    assert len(timed.server.asked) == 2


def test_without_a_key_nothing_is_asked_and_the_fix_is_said_at_once(timed: Timed) -> None:
    with timed.supervisor(environ={}):
        session = submit(timed.bench, model=MESSAGES)
        paused = timed.bench.wait(session, SessionState.PAUSED, SessionState.WAITING, SessionState.FAILED)
    assert paused.state is SessionState.PAUSED
    assert KEY_NAME in paused.reason or "orion model login" in paused.reason
    assert timed.server.asked == []


@pytest.mark.bubblewrap
def test_a_provider_that_leaves_the_settings_in_the_middle_pauses_with_the_fix(timed: Timed) -> None:
    def gone(_: object) -> Act:
        settings = timed.bench.home.root / "settings.yaml"
        settings.write_text("providers: {}\n")
        return plans(task("one"))

    timed.server.script(gone)
    with timed.supervisor():
        paused = timed.bench.wait(submit(timed.bench))
    assert paused.state is SessionState.PAUSED, paused.reason
    assert "no plan" not in paused.reason
    assert "no provider is called 'box'" in paused.reason


@pytest.mark.bubblewrap
@FORMATS
def test_in_the_middle_of_a_task_nothing_is_done_or_paid_twice(timed: Timed, model: str) -> None:
    timed.server.script(
        plans(task("one")),
        does(call("write_file", path="new.py", content="A = 1\n"), call("read_file", path="new.py")),
        Fail(500),
        Cut(does(finish()), events=3),
        Fail(401),
        finishes(),
    )
    with timed.supervisor():
        session = submit(timed.bench, model=model)
        for number in (1, 2):
            timed.later(timed.fails(session, number))
        timed.bench.wait(session, SessionState.PAUSED)
        timed.bench.engine.resume(session.id)
        ended = timed.bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert ended.state is SessionState.COMPLETED, ended.reason
    bodies = [json.dumps(asked.body) for asked in timed.server.asked]
    assert len(bodies) == 6
    assert len(set(bodies[2:])) == 1, "the question after the failures is the one before them"
    types = timed.bench.types(session)
    assert types.count("action.started") == 1
    done = [event for event in timed.bench.events(session) if event.type == "model.answered"]
    assert len(done) == 3
    charged = sum(int((step.result or {}).get("tokens", 0)) for step in timed.bench.engine.steps(session.id))
    assert ended.tokens == charged
    assert timed.bench.file(session, "new.py") == "A = 1"


@pytest.mark.bubblewrap
def test_what_was_done_so_far_can_be_seen_while_the_model_is_waited_for(timed: Timed) -> None:
    timed.server.script(plans(task("one")), does(call("write_file", path="new.py", content="A = 1\n")), Fail(500))
    with timed.supervisor():
        timed.fails(session := submit(timed.bench), 1)
    last = timed.bench.engine.checkpoints(session.id)[-1]
    assert last.reason == "the model cannot be asked"
    assert git(timed.bench.home.session_repo(session.id), "show", f"{last.commit}:new.py") == "A = 1"
    # It is seen, and no part of the work yet.
    assert timed.bench.files(session) == []


def test_a_session_that_waits_for_its_model_holds_no_place(timed: Timed, tmp_path_factory: Any) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    (other / "a.txt").write_text("a\n")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "base")
    timed.server.script(Fail(500), plans(task("one")))
    with timed.supervisor(max_running=1):
        timed.fails(first := submit(timed.bench), 1)
        second = submit(attrs.evolve(timed.bench, repo=other), review_plan=True)
        timed.bench.wait(second, SessionState.AWAITING_PLAN)
        assert timed.bench.engine.session(first.id).state is SessionState.WAITING


@pytest.mark.bubblewrap
def test_what_was_approved_meanwhile_is_done_before_the_model_is_back(timed: Timed) -> None:
    timed.server.script(
        plans(task("asks"), task("other")),
        does(call("delete_file", path="test_app.py")),
        Fail(500),
        finishes(),
    )
    with timed.supervisor():
        session = submit(timed.bench)
        event = timed.fails(session, 1)
        timed.bench.engine.approve(timed.bench.pending(session).id)
        timed.bench.until(lambda: "action.done" in timed.bench.types(session) or None)
        timed.fails(session, 1)
        waiting = timed.bench.engine.session(session.id)
        assert waiting.state is SessionState.WAITING
        assert len(timed.server.asked) == 3, "nobody asked before its time"
        assert len(timed.failures(session)) == 1, "and no rung of the ladder was lost"
        timed.later(event)
        ended = timed.bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert timed.bench.types(session).count("action.started") == 1
    assert timed.bench.files(session) == ["test_app.py"]


def resume(engine: Engine, session_id: str) -> None:
    engine.resume(session_id)


def pause_and_resume(engine: Engine, session_id: str) -> None:
    engine.pause(session_id)
    engine.resume(session_id)


def retry_the_failed_task(engine: Engine, session_id: str) -> None:
    engine.retry(session_id, "one")


@pytest.mark.bubblewrap
def test_who_tries_again_ends_a_wait_though_nothing_failed(timed: Timed) -> None:
    timed.server.script(Fail(429, headers={"retry-after": "3600"}), plans(task("one")), finishes())
    session = submit(timed.bench)
    with timed.supervisor():
        timed.bench.wait(session, SessionState.WAITING)
        timed.bench.engine.retry(session.id)
        ended = timed.bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert ended.state is SessionState.COMPLETED, ended.reason


@pytest.mark.bubblewrap
@pytest.mark.parametrize("go_on", [resume, pause_and_resume, retry_the_failed_task])
def test_who_goes_on_by_hand_need_not_wait(timed: Timed, go_on: Callable[[Engine, str], None]) -> None:
    timed.server.script(
        plans(task("one"), task("two")),
        finishes("no way", outcome="impossible"),
        does(call("keep_plan", reason="it is good")),
        Fail(429, headers={"retry-after": "7200"}),
        finishes(),
        finishes(),
    )
    with timed.supervisor():
        timed.fails(session := submit(timed.bench), 1)
        assert timed.bench.engine.session(session.id).state is SessionState.WAITING
        go_on(timed.bench.engine, session.id)
        ended = timed.bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert timed.bench.statuses(ended)["two"] == "flagged", ended.reason


def test_who_waits_for_an_answer_is_not_resumed(timed: Timed) -> None:
    timed.server.script(plans(task("asks", confidence=0.6)))
    with timed.supervisor():
        timed.bench.pending(session := submit(timed.bench))
        timed.bench.wait(session, SessionState.WAITING)
        with pytest.raises(StateError, match="waiting, not paused") as refused:
            timed.bench.engine.resume(session.id)
    assert "orion approvals" in refused.value.hint


def test_the_time_of_the_next_try_outlives_the_supervisor(timed: Timed, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*arguments: object) -> None:
        raise LeaseLost("killed before the lease was given back")

    timed.server.script(Fail(429, headers={"retry-after": "7200"}), plans(task("one")))
    with monkeypatch.context() as patched, timed.supervisor():
        patched.setattr(leases, "release", killed)
        session = submit(timed.bench, review_plan=True)
        timed.bench.wait(session, SessionState.WAITING)
    assert timed.bench.engine.session(session.id).lease_owner, "nobody gave it back"
    assert timed.bench.engine.store.transact(leases.end_all) == 1
    due = leases.next_due(timed.bench.engine.store.reader(), timed.clock.now())
    assert due == timed.failures(session)[0].data["again"]


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("model", "act"),
    [
        (CHAT, Answer(refusal="I will not")),
        (CHAT, Answer(text="no", finish="content_filter")),
        (MESSAGES, Answer(text="no", finish="refusal")),
        (CHAT, Fail(400, {"error": {"message": "content policy violation", "code": "content_filter"}})),
        (CHAT, Fail(400, {"error": {"message": "this parameter is wrong", "type": "invalid_request_error"}})),
    ],
)
def test_a_refusal_fails_the_task_with_the_reason_and_the_others_go_on(timed: Timed, model: str, act: Act) -> None:
    timed.server.script(
        plans(task("one"), task("two")),
        act,
        does(call("keep_plan", reason="the rest still makes sense")),
        finishes(),
    )
    with timed.supervisor():
        session = submit(timed.bench, model=model)
        ended = timed.bench.wait(session)
    assert ended.state is SessionState.FAILED
    assert timed.bench.statuses(session) == {"one": "failed", "two": "flagged"}
    (row,) = [row for row in timed.bench.engine.tasks(session.id) if row.id == "one"]
    assert "declines" in row.reason or "will not have" in row.reason or "refused" in row.reason


TOO_LONG = Fail(400, {"error": {"message": "prompt is too long: context length exceeded", "type": "invalid_request"}})


@pytest.mark.bubblewrap
@FORMATS
def test_a_question_that_is_too_long_is_made_shorter_and_goes_on(timed: Timed, model: str) -> None:
    (timed.bench.repo / "long.txt").write_text("".join(f"line {n} of a long file\n" for n in range(6_000)))
    git(timed.bench.repo, "add", "-A")
    git(timed.bench.repo, "commit", "-qm", "long")
    reads = [does(call("read_file", path="long.txt", first_line=1 + 40 * n)) for n in range(12)]
    timed.server.script(plans(task("one")), *reads, TOO_LONG, finishes("it fits now"))
    with timed.supervisor():
        session = submit(timed.bench, model=model)
        ended = timed.bench.wait(session)
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert "conversation.compacted" in timed.bench.types(session)
    sizes = [len(json.dumps(asked.body)) for asked in timed.server.asked]
    assert sizes[-1] < max(sizes) * 0.9


@pytest.mark.bubblewrap
def test_a_server_that_finds_everything_too_long_ends_the_task_and_not_in_a_loop(timed: Timed) -> None:
    timed.server.script(plans(task("one")), TOO_LONG)
    with timed.supervisor():
        session = submit(timed.bench)
        ended = timed.bench.wait(session)
    assert ended.state is SessionState.FAILED
    assert len(timed.server.asked) < 20


# --- what an answer may hold ----------------------------------------------------------------------------------------


def calls_of(timed: Timed, session_id: str) -> list[dict[str, Any]]:
    return [dict(step.action) for step in timed.bench.engine.steps(session_id) if step.call]


@pytest.mark.bubblewrap
@FORMATS
def test_calls_that_make_no_sense_are_answered_and_the_work_goes_on(timed: Timed, model: str) -> None:
    timed.server.script(
        plans(task("one")),
        does(call("no_such_tool", path="x"), call("read_file", path=7), call("read_file"), call("finish", outcome="x")),
        does(Call(name="read_file", arguments="[1]" if model == CHAT else "{}", id="bad_1")),
        finishes(),
    )
    with timed.supervisor():
        session = submit(timed.bench, model=model)
        ended = timed.bench.wait(session)
    assert ended.state is SessionState.COMPLETED, ended.reason
    done = calls_of(timed, session.id)
    assert [one["do"] for one in done] == ["BadCall"] * 5 + ["Finish"]
    assert "no_such_tool" in done[0]["problem"]
    assert "action.started" not in timed.bench.types(session)


@pytest.mark.bubblewrap
@FORMATS
def test_of_forty_calls_in_one_answer_the_first_are_done_and_the_others_told_so(timed: Timed, model: str) -> None:
    timed.server.script(
        plans(task("one")),
        does(*(call("search", pattern=f"p{n}") for n in range(40))),
        finishes(),
    )
    with timed.supervisor():
        session = submit(timed.bench, model=model)
        ended = timed.bench.wait(session)
    assert ended.state is SessionState.COMPLETED, ended.reason
    kinds = [one["do"] for one in calls_of(timed, session.id)]
    assert kinds == ["SearchFiles"] * 32 + ["BadCall"] * 8 + ["Finish"]


@pytest.mark.bubblewrap
@FORMATS
@pytest.mark.parametrize("ids", ["same", "", "\u200b", "x" * 5_000, "\x1b[2J\n"])
def test_ids_that_are_no_ids_confuse_nothing(timed: Timed, model: str, ids: str) -> None:
    calls = [
        attrs.evolve(call("write_file", path=f"{name}.py", content=f"{name} = 1\n"), id=ids) for name in ("a", "b")
    ]
    timed.server.script(plans(task("one")), does(*calls), does(attrs.evolve(finish(), id=ids)))
    with timed.supervisor():
        session = submit(timed.bench, model=model)
        ended = timed.bench.wait(session)
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert timed.bench.files(session) == ["a.py", "b.py"]
    assert len(calls_of(timed, session.id)) == 3


@pytest.mark.bubblewrap
def test_a_call_without_an_id_is_never_taken_for_an_acceptance_check(timed: Timed) -> None:
    check = [{"run": "python3 -m unittest -q"}]
    claims = does(*(attrs.evolve(one, id="\u200b") for one in (finish(), call("run", command="true"))))
    timed.server.script(plans(task("one", accept=check)), claims)
    with timed.supervisor():
        session = submit(timed.bench)
        ended = timed.bench.wait(session)
    assert ended.state is SessionState.FAILED, ended.reason
    assert "its check failed" in ended.reason


@pytest.mark.bubblewrap
def test_answers_that_are_cut_off_again_and_again_end_the_task(timed: Timed) -> None:
    timed.server.script(plans(task("one")), Answer(text="and so on and on", finish="length"))
    with timed.supervisor():
        session = submit(timed.bench)
        ended = timed.bench.wait(session)
    assert ended.state is SessionState.FAILED
    assert "circles" in ended.reason
    assert len(timed.server.asked) < 15


@pytest.mark.bubblewrap
@FORMATS
def test_a_call_that_was_cut_off_is_not_carried_out(timed: Timed, model: str) -> None:
    whole = call("write_file", path="a.py", content="A = 1\n")
    half = Call(name="write_file", arguments=whole.arguments[:-9], id="half_1")
    finish_word = "length" if model == CHAT else "max_tokens"
    timed.server.script(
        plans(task("one")),
        attrs.evolve(does(call("list_files"), whole if model != CHAT else half), finish=finish_word),
        finishes(),
    )
    with timed.supervisor():
        session = submit(timed.bench, model=model)
        ended = timed.bench.wait(session)
    assert ended.state is SessionState.COMPLETED, ended.reason
    kinds = [one["do"] for one in calls_of(timed, session.id)]
    assert kinds == ["ListFiles", "BadCall" if model == CHAT else "WriteFile", "Finish"]


@FORMATS
def test_half_a_character_in_an_answer_is_no_error(timed: Timed, model: str) -> None:
    half = "a \ud800 b"
    planned = attrs.evolve(plans(task("one", description=half), title=half), text=half)
    timed.server.script(attrs.evolve(planned, calls=[attrs.evolve(one, id=half) for one in planned.calls]))
    with timed.supervisor():
        ended = timed.bench.wait(submit(timed.bench, model=model, review_plan=True), SessionState.AWAITING_PLAN, *ENDS)
    assert ended.state is SessionState.AWAITING_PLAN, ended.reason


HUGE = 10**30


@pytest.mark.parametrize("count", [HUGE, 2**63 - 1, 2**62])
def test_a_provider_that_counts_nonsense_ends_the_session_at_its_ceiling_and_not_in_an_error(
    timed: Timed, count: int
) -> None:
    timed.server.script(attrs.evolve(plans(task("one")), output_tokens=count, input_tokens=count))
    with timed.supervisor():
        ended = timed.bench.wait(submit(timed.bench))
    assert ended.state is SessionState.FAILED
    assert "internal" not in ended.reason
    assert "tokens" in ended.reason
