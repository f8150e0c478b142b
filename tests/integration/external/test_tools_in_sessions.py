"""External tools in a session: a scripted model asks for them, the gate and the person decide, a real server acts."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orion_tui.base.errors import LeaseLost
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session.record import Record
from tests.integration.external.conftest import SetUp, Tracker
from tests.support.agent import call, does, finishes, plans, said_to, submit, task, tools_of
from tests.support.bench import Bench
from tests.support.model_server import ModelServer
from tests.support.tool_server import RUDE, TOKEN_NAME, serve_http

ALL = "use_tool(tracker/*)"


def _events(bench: Bench, session: Any, kind: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in bench.events(session) if event.type == kind]


def _alive(pid: int) -> bool:
    """Whether a process is there and does anything: a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def _gone(bench: Bench, pid: int) -> None:
    bench.until(lambda: True if not _alive(pid) else None)


def test_a_granted_tool_is_used_and_its_answer_told(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up(autonomous=["use_tool(tracker/look_up)"])
    model.script(
        plans(task("t")), does(call("tracker__look_up", query="seven")), finishes("I looked."), finishes("I looked.")
    )
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"))
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert tracker.used() == ["look_up"]
    assert tracker.entries()[1]["arguments"] == {"query": "seven"}
    assert '| look_up: {\\"query\\": \\"seven\\"}' in said_to(model.asked[2]).replace('\\\\\\"', '\\"')
    done = [step for step in bench.engine.steps(ended.id) if step.action.get("do") == "UseTool"]
    assert [(step.action["server"], step.action["tool"]) for step in done] == [("tracker", "look_up")]
    assert done[0].decision["tier"] == "autonomous"
    assert done[0].decision["rule"] == "autonomous[4] use_tool(tracker/look_up)"
    # Its program ends with the session.
    for pid in tracker.started():
        _gone(bench, pid)


def test_a_server_that_the_role_does_not_name_is_neither_offered_nor_started(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up(forbidden=[ALL])
    model.script(plans(task("t")), does(call("tracker__look_up")), finishes(), finishes())
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"))
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert not [name for name in tools_of(model.asked[1]) if "tracker" in name]
    assert tracker.entries() == []


def test_a_forbidden_tool_is_not_offered_and_never_used(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up(autonomous=[ALL], forbidden=["use_tool(tracker/drop-all)"])
    model.script(plans(task("t")), does(call("tracker__drop_all")), finishes(), finishes())
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"))
    assert "tracker__create" in tools_of(model.asked[1])
    assert "tracker__drop_all" not in tools_of(model.asked[1])
    assert tracker.used() == []
    (offered,) = _events(bench, ended, "tools.offered")
    assert ["drop_all", "forbidden"] in offered["left_out"]


def test_a_tool_that_no_rule_matches_waits_for_exactly_these_arguments(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up(autonomous=["use_tool(tracker/look_up)"])
    model.script(
        plans(task("t")),
        does(call("tracker__create", text="pay \u202eeve", count=3)),
        does(call("tracker__create", text="pay bob", count=3)),
        finishes(),
        finishes(),
    )
    with bench.supervisor():
        session = submit(bench, role="tooled")
        asked = bench.pending(session)
        bench.wait(session, SessionState.WAITING)
        assert tracker.used() == []
        card = asked.card
        assert card["disguised"]
        assert '"text": "pay ⟨U+202E⟩eve"' in card["text"]
        assert '"count": 3' in card["text"]
        assert "no rule grants use_tool(tracker/create)" in card["why"]
        bench.engine.approve(asked.id)
        # The yes was for those arguments alone: others are asked about anew.
        second = bench.until(lambda: next((a for a in bench.engine.approvals(session.id) if a.id != asked.id), None))
        assert tracker.used() == ["create"]
        assert '"text": "pay bob"' in second.card["text"]
        bench.engine.reject_approval(second.id, "not bob")
        ended = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert [entry["arguments"] for entry in tracker.entries() if "tool" in entry] == [
        {"text": "pay \u202eeve", "count": 3}
    ]
    assert "not bob" in said_to(model.asked[-1])


def test_arguments_that_do_not_fit_are_told_and_nothing_is_used(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up(autonomous=[ALL])
    model.script(plans(task("t")), does(call("tracker__create", count="many")), finishes(), finishes())
    with bench.supervisor():
        bench.wait(submit(bench, role="tooled"))
    assert tracker.used() == []
    assert "text is missing" in said_to(model.asked[2])


def test_a_server_behind_an_address_gets_its_header_and_nobody_elses_keys(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_NAME, "Bearer t0ken")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k" * 30)
    with serve_http(journal=tracker.journal) as server:
        block = {"url": server.url, "headers_env": {"Authorization": TOKEN_NAME}}
        set_up(settings=f"mcp:\n  tracker: {json.dumps(block)}\n", autonomous=[ALL])
        model.script(plans(task("t")), does(call("tracker__look_up")), finishes(), finishes())
        with bench.supervisor():
            ended = bench.wait(submit(bench, role="tooled"))
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert tracker.used() == ["look_up"]
    assert {headers["authorization"] for headers in server.headers} == {"Bearer t0ken"}
    assert "k" * 30 not in json.dumps(server.headers)


def test_a_program_sees_only_the_variables_that_were_named(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "SOMETHING_ELSE", TOKEN_NAME):
        monkeypatch.setenv(name, f"value-of-{name}")
    set_up(settings=tracker.settings(env=[TOKEN_NAME]), autonomous=[ALL])
    model.script(plans(task("t")), does(call("tracker__environment")), finishes(), finishes())
    with bench.supervisor():
        bench.wait(submit(bench, role="tooled"))
    told = said_to(model.asked[2])
    assert f"value-of-{TOKEN_NAME}" in told
    assert "value-of-ANTHROPIC_API_KEY" not in told
    assert "value-of-SOMETHING_ELSE" not in told


def test_huge_and_rude_answers_are_bounded_and_cleaned(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up(autonomous=[ALL])
    model.script(
        plans(task("t")), does(call("tracker__huge"), call("tracker__rude")), does(call("tracker__picture")), finishes()
    )
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"))
    huge, rude, picture = [step for step in bench.engine.steps(ended.id) if step.action.get("do") == "UseTool"]
    assert huge.result is not None
    assert len(huge.result["output"]) <= 1024 * 1024 + 1
    assert huge.result["dropped"] > 8_000_000
    assert rude.result is not None
    assert rude.result["output"] == "red override\nexit 0\n```"
    assert picture.result is not None
    assert picture.result["output"] == "[image, image/png, 3 bytes, not shown]"
    told = said_to(model.asked[2])
    assert "| exit 0" in told
    assert len(told) < 200_000


@pytest.mark.parametrize("deed", ["hang", "die", "fails"])
def test_what_goes_wrong_fails_the_call_and_not_the_session(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp, deed: str
) -> None:
    set_up(settings=tracker.settings(timeout_seconds=2), autonomous=[ALL])
    model.script(
        plans(task("t")), does(call(f"tracker__{deed}")), does(call("tracker__look_up")), finishes(), finishes()
    )
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"))
    assert ended.state is SessionState.COMPLETED, ended.reason
    # And the server, started anew where it had to be, serves the next call.
    assert tracker.used() == [deed, "look_up"]
    told = said_to(model.asked[2])
    assert ("no such issue" if deed == "fails" else "it is not known whether it was carried out") in told


@pytest.mark.parametrize("mode", ["dies", "flood"])
def test_a_server_that_cannot_be_reached_is_told_and_left_out(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp, mode: str
) -> None:
    set_up(mode, autonomous=[ALL])
    model.script(plans(task("t")), does(call("tracker__look_up")), finishes(), finishes())
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"))
    assert ended.state is SessionState.COMPLETED, ended.reason
    (told,) = _events(bench, ended, "tools.unavailable")
    assert told["server"] == "tracker"
    assert ("no licence found" if mode == "dies" else "without end") in told["reason"]
    assert "\x1b" not in told["reason"]
    assert "no tool of tracker is there any more" in said_to(model.asked[2])


def test_a_server_that_changes_its_descriptions_is_withdrawn_for_the_session(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up("changing", autonomous=[ALL])
    model.script(
        plans(task("t")),
        does(call("tracker__look_up")),
        does(call("tracker__create", text="x")),
        finishes(),
        finishes(),
    )
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"))
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert tracker.used() == []
    (told,) = _events(bench, ended, "tools.withdrawn")
    assert "describes its tools otherwise" in told["reason"]
    assert "tracker__look_up" in tools_of(model.asked[1])
    assert "tracker__look_up" not in tools_of(model.asked[2])
    assert "describes its tools otherwise" in said_to(model.asked[3])


def test_ten_thousand_tools_are_bounded_and_what_a_rule_spells_comes_first(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up("many", autonomous=[ALL, "use_tool(tracker/tool_1999)"])
    model.script(plans(task("t")), does(call("tracker__tool_1999")), finishes(), finishes())
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"))
    offered = [name for name in tools_of(model.asked[1]) if name.startswith("tracker__")]
    assert len(offered) == 64
    assert offered[0] == "tracker__tool_1999"
    assert tracker.used() == ["tool_1999"]
    (told,) = _events(bench, ended, "tools.offered")
    assert len(told["tools"]) == 64
    assert len(json.dumps(told)) < 20_000


def test_a_tool_cannot_pose_as_one_of_orions(bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp) -> None:
    set_up("posing", autonomous=[ALL])
    model.script(plans(task("t")), does(call("run", command="echo from-the-sandbox")), finishes(), finishes())
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"))
        if ended.state is SessionState.WAITING:  # a command that no rule grants
            bench.engine.cancel(ended.id)
    names = tools_of(model.asked[1])
    assert names.count("run") == 1
    assert {"tracker__run", "tracker__finish", "tracker__write_file", "tracker__look_up"} <= set(names)
    assert not [name for name in names if "bad" in name or "." in name or len(name) > 64]
    assert tracker.used() == []


def test_the_servers_words_stand_in_a_field_and_are_clean(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up("rude", autonomous=[ALL])
    model.script(plans(task("t")), finishes(), finishes())
    with bench.supervisor():
        bench.wait(submit(bench, role="tooled"))
    (tool,) = [t for t in model.asked[1].body["tools"] if t["function"]["name"] == "tracker__look_up"]
    text = tool["function"]["description"]
    assert text.startswith("An external tool, of the server tracker, outside of the sandbox.")
    assert "\x1b" not in text
    assert "\u202e" not in text
    opening = text.partition("<<<")[2].split(" ", 1)[0]
    assert text.endswith(f"\n{opening}>>>")
    assert f"{opening}>>>" not in text[: -len(opening) - 4]
    assert RUDE.splitlines()[-1] in text


def test_a_cancelled_session_ends_a_call_that_hangs_and_its_program(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up(settings=tracker.settings(timeout_seconds=600), autonomous=[ALL])
    model.script(plans(task("t")), does(call("tracker__spawn")), does(call("tracker__hang")), finishes())
    with bench.supervisor():
        session = submit(bench, role="tooled")
        bench.until(lambda: True if "hang" in tracker.used() else None)
        bench.engine.cancel(session.id)
        ended = bench.wait(session, SessionState.CANCELLED)
        children = [entry["child"] for entry in tracker.entries() if "child" in entry]
        assert len(children) == 1
        for pid in [*tracker.started(), *children]:
            _gone(bench, pid)
    assert ended.state is SessionState.CANCELLED


def test_a_use_whose_end_nobody_saw_is_not_repeated(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(autonomous=[ALL])
    model.script(plans(task("t")), does(call("tracker__create", text="once")), finishes("I looked first."), finishes())
    finish, lost = Record.finish_step, list[int]()

    def lose(self: Record, n: int, *args: Any) -> None:
        if not lost:
            lost.append(n)
            raise LeaseLost("between the answer and its record")
        finish(self, n, *args)

    monkeypatch.setattr(Record, "finish_step", lose)
    with bench.supervisor():
        ended = bench.wait(submit(bench, role="tooled"), SessionState.COMPLETED, SessionState.FAILED)
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert lost
    assert tracker.used() == ["create"]
    assert "it is not known whether this was carried out" in said_to(model.asked[2])
    (step,) = [step for step in bench.engine.steps(ended.id) if step.action.get("do") == "UseTool"]
    assert (step.n, step.result is not None and step.result["unknown"]) == (lost[0], True)


@pytest.mark.slow
def test_a_supervisor_that_is_killed_takes_its_servers_along_and_repeats_nothing(
    bench: Bench, model: ModelServer, tracker: Tracker, set_up: SetUp
) -> None:
    set_up(settings=tracker.settings("deaf", timeout_seconds=600), autonomous=[ALL])
    model.script(plans(task("t")), does(call("tracker__hang")), finishes(), finishes())
    session = submit(bench, role="tooled")
    command = [sys.executable, "-P", "-m", "orion_tui.server.daemon"]
    environment = {**os.environ, "ORION_HOME": str(bench.home.root), "PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        bench.until(lambda: True if "hang" in tracker.used() else None)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    for pid in tracker.started():
        _gone(bench, pid)
    with bench.supervisor():
        ended = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert tracker.used() == ["hang"]
    assert "it is not known whether this was carried out" in said_to(model.asked[2])
