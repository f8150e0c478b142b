"""A goal in words from the command line to its end: a scripted model over HTTP, a real sandbox, a real repository."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.engine_commands import EngineCommands
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.sandbox import select
from orion_tui.core.session.embedded import EmbeddedSupervisor
from tests.support.agent import CHAT, call, does, finishes, plans, said_to, task, use
from tests.support.bench import PATIENCE, git
from tests.support.command_line import Orion
from tests.support.model_server import Fail, ModelServer
from tests.support.program import repository

pytestmark = pytest.mark.bubblewrap

CHECK = [{"run": "grep -q 2 a.py"}]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ORION_MODEL", raising=False)
    made = repository(tmp_path / "repo", {"a.py": "a = 1\n"})
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def server(orion_home: OrionHome) -> Iterator[ModelServer]:
    with ModelServer() as running:
        use(orion_home, running)
        with EmbeddedSupervisor(orion_home, SystemClock(), select.choose):
            yield running


def work(orion: Orion, *more: str) -> tuple[int, str]:
    done = orion("work", "make it two", "-r", "software-engineer", "--model", CHAT, "--wait", "--json", *more)
    return done.code, done.json()["id"]


def _until_a_plan_waits(orion: Orion, session: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while orion("status", session, "--json").json()["state"] != "awaiting_plan_approval":
        assert time.monotonic() < deadline, orion("logs", session).out
        time.sleep(0.05)


def test_a_plan_is_sent_back_edited_approved_and_worked_off(orion: Orion, server: ModelServer, repo: Path) -> None:
    server.script(
        plans(task("two", accept=CHECK), task("docs")),
        plans(task("two", accept=CHECK), task("notes"), title="A smaller plan"),
        does(call("edit_file", path="a.py", old="a = 1", new="a = 2")),
        finishes("It is two."),
    )
    code, session = work(orion, "--review")
    assert code == 25
    assert [one["id"] for one in orion("plan", "--json").json()["review"]["plan"]["tasks"]] == ["two", "docs"]
    assert orion("plan", "--send-back", "smaller, please").code == 0
    _until_a_plan_waits(orion, session)
    assert "smaller, please" in said_to(server.asked[1])
    assert "A smaller plan" in orion("plan").out
    assert orion("plan", "--remove", "notes").code == 0
    assert orion("plan", "--approve").code == 0
    followed = orion("logs", "-f", session)
    assert followed.code == 0, followed.out
    assert "✓ you approved version 3 of the plan (1 task)" in followed.out
    assert "says that it is done: It is two." in followed.out
    assert "a = 2" in orion("diff", session).out
    shown = orion("status", session, "--json").json()
    assert shown["tokens"] == shown["tasks"][0]["tokens"] + 2 * 18 > 36
    assert shown["used_beside"]["tokens"] == 2 * 18
    assert "36 tokens of that for plans, and for tasks that the plan no longer has" in orion("status", session).out


def test_what_failed_is_tried_again_and_the_work_is_then_complete(
    orion: Orion, server: ModelServer, repo: Path
) -> None:
    server.script(
        plans(task("two", accept=CHECK), task("after", needs=["two"])),
        finishes("I cannot.", outcome="impossible"),
    )
    code, session = work(orion)
    assert code == 20
    assert [one["status"] for one in orion("plan", "--json").json()["in_force"]["tasks"]] == ["failed", "blocked"]
    server.script(
        does(call("edit_file", path="a.py", old="a = 1", new="a = 2")),
        finishes("It is two."),
        finishes("Nothing was left to do."),
    )
    tried = orion("retry", session, "two", "--wait")
    assert tried.code == 0, tried.out + tried.err
    assert [one["status"] for one in orion("plan", "--json").json()["in_force"]["tasks"]] == ["done", "flagged"]


def test_a_question_ends_the_wait_and_its_answer_goes_on(orion: Orion, server: ModelServer, repo: Path) -> None:
    server.script(
        plans(task("two", accept=CHECK)),
        does(call("ask_person", question="Two or three?")),
        does(call("edit_file", path="a.py", old="a = 1", new="a = 2")),
        finishes("It is two."),
    )
    code, session = work(orion)
    assert code == 22
    (asked,) = orion("approvals", "--json").json()
    assert "Two or three?" in orion("status", session).out
    assert orion("approvals", "approve", asked["id"]).code == 2
    done = orion("approvals", "answer", asked["id"], "Two, as I said", "--wait")
    assert done.code == 0, done.out
    assert "Two, as I said" in said_to(server.asked[2])


def test_a_check_that_its_own_task_changed_is_told_before_a_promotion(
    orion: Orion, server: ModelServer, repo: Path
) -> None:
    (repo / "check.sh").write_text("grep -q 2 a.py\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "a check")
    server.script(
        plans(task("two", accept=[{"run": "sh check.sh"}])),
        does(call("write_file", path="check.sh", content="true\n")),
        finishes("It is two."),
    )
    code, session = work(orion)
    assert code == 22, "a script of the workspace is asked about"
    orion("approvals", "approve", orion("approvals", "--json").json()[0]["id"])
    followed = orion("logs", "-f", session)
    said = "its check was changed by the same task: check.sh"
    assert f"its check passed in the sandbox, flagged for review: {said}" in followed.out
    assert said in orion("status", session).out
    assert said in orion("promote", session, "--dry-run").out


def test_a_task_that_nothing_proves_is_called_not_checked_wherever_it_shows(
    orion: Orion, server: ModelServer, repo: Path
) -> None:
    server.script(
        plans(task("two", "Make it two")),
        does(call("edit_file", path="a.py", old="a = 1", new="a = 2")),
        finishes("It is two."),
    )
    code, session = work(orion)
    assert code == 0
    assert "✓ done, not checked" in orion("status", session).out
    assert "✓ done, not checked" in orion("plan", session).out
    assert "not checked" in next(line for line in orion("logs", session).out.splitlines() if "✓ task two" in line)
    assert "not checked: Make it two" in orion("promote", session, "--dry-run").out


def test_a_misspelt_model_is_refused_before_any_work(orion: Orion, server: ModelServer, repo: Path) -> None:
    server.models = [{"id": "scripted-1"}]
    refused = orion("work", "make it two", "-r", "software-engineer", "--model", "box/scripted-2")
    assert refused.code == 12
    assert "has no model scripted-2 (did you mean 'scripted-1'?)" in refused.err
    assert not server.asked
    assert orion("sessions", "--json").json() == []


def test_a_session_whose_model_is_gone_goes_on_with_another(orion: Orion, server: ModelServer, repo: Path) -> None:
    server.script(Fail(404))
    code, session = work(orion)
    assert code != 0
    stuck = orion("status", session, "--json").json()
    assert stuck["state"] == "paused"
    assert f"orion resume {session} --model provider/name" in stuck["reason"]
    server.models = [{"id": "scripted-2"}]
    assert orion("resume", session, "--model", "box/nope").code == 12
    assert orion("status", session, "--json").json()["models"] == stuck["models"], "nothing was changed"
    server.script(
        plans(task("two", accept=CHECK)),
        does(call("edit_file", path="a.py", old="a = 1", new="a = 2")),
        finishes("It is two."),
    )
    done = orion("resume", session, "--model", "box/scripted-2", "--wait")
    assert done.code == 0, done.out
    now = orion("status", session, "--json").json()
    assert now["models"] == {"plan": "box/scripted-2", "work": "box/scripted-2"}
    assert now["policy"] == stuck["policy"]
    assert server.asked[-1].body["model"] == "scripted-2"
    assert "it asks other models now: plan box/scripted-2, work box/scripted-2" in orion("logs", session).out


def test_the_application_lets_it_go_on_with_one_that_the_server_lists(
    orion: Orion, server: ModelServer, repo: Path, orion_home: OrionHome
) -> None:
    server.script(Fail(404))
    _, session = work(orion)
    server.models = [{"id": "scripted-2"}]
    server.script(
        plans(task("two", accept=CHECK)),
        does(call("edit_file", path="a.py", old="a = 1", new="a = 2")),
        finishes("It is two."),
    )
    with closing(Engine.open(orion_home, wake=lambda: None)) as engine:
        commands = EngineCommands(orion_home, engine)
        assert ("box/scripted-2", "box lists it") in {(one.model, one.found) for one in commands.models_for(session)}
        assert commands.change_model(session, "box/scripted-2").goes_on
        deadline = time.monotonic() + PATIENCE
        while engine.session(session).state is not SessionState.COMPLETED:
            assert time.monotonic() < deadline, engine.session(session)
            time.sleep(0.05)
    assert server.asked[-1].body["model"] == "scripted-2"
