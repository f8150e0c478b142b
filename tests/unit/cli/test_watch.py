"""`orion watch --once`, the words it uses, and where it begins."""

import io
import sys
from datetime import datetime

import pytest

from orion_tui.base.errors import StateError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.cli import watching
from orion_tui.cli.since import cursor_at, moment_of
from orion_tui.cli.spoken import STATES
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.store import Store, events, plans, sessions
from tests.support.command_line import Orion
from tests.support.records import Records

pytestmark = pytest.mark.unit

A, B, C = "a" * 12, "b" * 12, "c" * 12

_SIGNS = "●◐◌✓⚑✗■⏸↺»✎±·"


@pytest.fixture
def records(orion_home: OrionHome) -> Records:
    return Records(orion_home)


def test_what_waits_is_said_first_with_the_commands_that_answer_it(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING, workspace="/srv/shop")
    records.session(B, SessionState.COMPLETED, workspace="/srv/api-client")
    records.session(C, SessionState.AWAITING_PLAN, workspace="/srv/docs")
    records.approval("d" * 12, A)
    lines = orion("watch", "--once").out.splitlines()
    assert lines[0] == "3 things wait for you."
    assert lines[1].startswith("shop aaaaaaaa: wants leave to run pip install httpx; because requires_approval[0]")
    assert lines[1].endswith(
        "Look: orion approvals show dddddddddddd. Approve: orion approvals approve dddddddddddd."
        " Reject: orion approvals reject dddddddddddd --reason ..."
    )
    assert lines[2] == (
        f"docs cccccccc: its plan waits for you. Look: orion plan {C}. Approve: orion plan {C} --approve"
    )
    assert lines[3].startswith("api-client bbbbbbbb: finished work to review, it is complete, 1 of 2 tasks done. ")
    assert f"orion promote {B}" in lines[3]
    assert lines[4] == "Sessions: 1 awaiting plan approval, 1 completed, 1 waiting."
    assert lines[5].startswith("docs cccccccc waits for you to look at its plan; 1 of 2 tasks done; its goal: ")


def test_nothing_is_told_by_a_sign_alone(orion: Orion, records: Records) -> None:
    for number, state in enumerate(SessionState):
        records.session(f"{number:012x}", state)
    records.event("task.done", f"{0:012x}", task="t1", title="Begin", seconds=1)
    records.event("budget.raised", f"{0:012x}", before={"hours": 8}, after={"hours": 12})
    out = orion("watch", "--once", "--from", "0").out
    assert not set(_SIGNS + "→…⏎") & set(out)
    assert "done: task t1: Begin" in out
    assert "limits set: hours 8 to 12" in out
    for state in sessions.ACTIVE:
        assert STATES[state] in out


def test_what_happened_since_is_told_from_a_cursor_and_from_a_moment(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.event("budget.warning", A, what="cost", share=0.8)
    records.event("task.started", A, task="task-1", title="Write tests")
    told = [
        line["seq"]
        for line in orion("watch", "--once", "--json", "--from", "0").json_lines()
        if "watch." not in line["type"]
    ]
    assert told == [1, 2, 3, 4]
    out = orion("watch", "--once", "--from", "2").out
    assert "warning: 80% of the limit of cost is used" in out
    assert "begins task task-1: Write tests" in out
    assert "plan of 2 tasks" not in out
    assert "begins task" in orion("watch", "--once", "--since", "1h").out
    assert "begins task" not in orion("watch", "--once").out


def test_each_json_line_has_the_documented_keys(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval("d" * 12, A)
    lines = orion("watch", "--once", "--json", "--from", "0").json_lines()
    assert all(line.keys() == {"seq", "at", "session", "type", "actor", "policy", "data", "text"} for line in lines)
    assert [line["type"] for line in lines] == [
        "watch.waiting", "watch.waits", "watch.counts", "watch.session",
        "session.created", "plan.accepted", "approval.asked",
    ]  # fmt: skip
    assert lines[1]["data"] == {
        "kind": "approval",
        "new": False,
        "approval": "d" * 12,
        "commands": {
            "look": "orion approvals show dddddddddddd",
            "approve": "orion approvals approve dddddddddddd",
            "reject": "orion approvals reject dddddddddddd --reason ...",
        },
    }


def test_what_a_task_has_used_is_told_at_its_end(orion: Orion, records: Records, orion_home: OrionHome) -> None:
    records.session(A, SessionState.WAITING, tasks=(TaskStatus.DONE, TaskStatus.QUEUED))
    with Store.open(orion_home.database) as store, store.transaction() as tx:
        plans.spend(tx, A, "task-0", 12_340, 0.25)
        sessions.spend(tx, A, 20_000, 0.5)
        events.append(tx, A, "task.done", "orion", {"task": "task-0", "title": "Do part 0", "seconds": 70})
    out = orion("watch", A, "--once", "--from", "2").out
    assert (
        "done: task task-0: Do part 0 (1m 10s);"
        " it used $0.25 and 12,340 tokens, the session so far $0.50 and 20,000 tokens"
    ) in out


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (SessionState.COMPLETED, 0), (SessionState.FAILED, 20), (SessionState.CANCELLED, 21),
        (SessionState.WAITING, 22), (SessionState.PAUSED, 23), (SessionState.UNRECOVERABLE, 24),
        (SessionState.AWAITING_PLAN, 25),
    ],
)  # fmt: skip
def test_the_exit_code_tells_how_the_session_stands(
    orion: Orion, records: Records, state: SessionState, code: int
) -> None:
    records.session(A, state)
    assert orion("watch", "aaaa", "--once").code == code
    if state in watching.ENDED:
        # Without --once it ends by itself, and does not say twice how the session stands.
        ended = orion("watch", "aaaa")
        assert ended.code == code
        assert ended.out.count(STATES[state]) == 1


def test_hostile_titles_stay_one_clean_line(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING, goal="a\nb\x1b]52;c;aGk=\x07\u202e[red]c[/]", workspace="/srv/x\x1b[2J\ny")
    records.event("agent.said", A, text="one\ntwo\x1b[31m" + "w" * 5_000)
    out = orion("watch", "--once", "--from", "0").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]c[/]" in out
    assert len([line for line in out.splitlines() if "agent says" in line]) == 1


def test_more_than_ten_things_are_counted(orion: Orion, records: Records) -> None:
    for number in range(13):
        records.session(f"{number:012x}", SessionState.COMPLETED)
    lines = orion("watch", "--once").out.splitlines()
    assert lines[0] == "13 things wait for you."
    assert lines[11] == "And 3 more: orion status"


def test_an_unknown_session_and_two_beginnings_are_refused(orion: Orion, records: Records) -> None:
    records.session(A)
    assert orion("watch", "ffff").code == 3
    assert orion("watch", " ").code == 2
    assert orion("watch", "--from", "1", "--since", "1h").code == 2
    assert orion("watch", "--since", "soon").code == 2


def test_moments_are_read_as_people_write_them() -> None:
    now = datetime(2026, 11, 23, 3, 12).timestamp()
    assert moment_of("90s", now) == now - 90
    assert moment_of(" 2h ", now) == now - 7200
    assert moment_of("1d", now) == now - 86_400
    assert moment_of("03:00", now) == datetime(2026, 11, 23, 3, 0).timestamp()
    assert moment_of("22:41:30", now) == datetime(2026, 11, 22, 22, 41, 30).timestamp()
    assert moment_of("2026-11-22 22:41", now) == datetime(2026, 11, 22, 22, 41).timestamp()
    for wrong in ("", "yesterday", "-1h", "25:00", "9999999h"):
        with pytest.raises(UsageError):
            moment_of(wrong, now)


def test_the_cursor_of_a_moment_is_the_last_event_before_it(orion_home: OrionHome, records: Records) -> None:
    records.session(A)
    engine = Engine.open(orion_home, wake=lambda: None)
    try:
        first = engine.events(limit=1)[0]
        assert cursor_at(engine, first.at) == 0
        assert cursor_at(engine, first.at + 3600) == 2
    finally:
        engine.close()


def test_the_bell_rings_when_something_new_waits_and_there_is_a_terminal(
    orion_home: OrionHome, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    records.session(A, SessionState.WAITING)
    records.approval("d" * 12, A)
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    engine = Engine.open(orion_home, wake=lambda: None)
    try:
        watch = watching.Watching(engine, None, 0, bell=True)
        watch.run(once=True)
        assert "\a" not in out.getvalue()
        records.approval("e" * 12, A)
        watch.run(once=True)
        assert out.getvalue().count("\a") == 1
    finally:
        engine.close()


def test_trouble_with_the_supervisor_is_told_once_and_the_watch_goes_on(
    orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    engine = Engine.open(orion_home, wake=lambda: None)

    def fails(_: Engine) -> bool:
        raise StateError("no supervisor comes up", hint="see its log")

    try:
        care = watching.Care(engine, said.append)
        with monkeypatch.context() as patched:
            patched.setattr(Engine, "tend", fails)
            care.tend()
            care.tend()
        care.tend()
    finally:
        engine.close()
    assert said == ["no supervisor comes up; see its log", "the supervisor is well again"]
