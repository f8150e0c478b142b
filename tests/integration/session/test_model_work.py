"""Goals in words: a scripted model over real HTTP, a real sandbox, a real repository."""

from collections.abc import Iterator

import pytest

from orion_tui.core.models.sessions import SessionState
from tests.support.agent import (
    CHAT,
    KEY_NAME,
    MESSAGES,
    call,
    does,
    finishes,
    plans,
    said_to,
    submit,
    task,
    use,
)
from tests.support.bench import Bench
from tests.support.model_server import ModelServer
from tests.support.models import KEYS

CHECK = [{"run": "python3 -m unittest -q"}]


@pytest.fixture
def server(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setenv(KEY_NAME, KEYS[KEY_NAME])
    with ModelServer() as running:
        use(bench.home, running)
        yield running


@pytest.mark.parametrize("model", [CHAT, MESSAGES])
def test_a_goal_becomes_a_plan_and_the_plan_becomes_work(bench: Bench, server: ModelServer, model: str) -> None:
    server.script(
        plans(task("value", "Make the value two", accept=CHECK)),
        does(call("read_file", path="app.py"), call("search", pattern="VALUE")),
        does(call("edit_file", path="app.py", old="VALUE = 1", new="VALUE = 2")),
        finishes("The value is two."),
    )
    with bench.supervisor():
        ended = bench.wait(submit(bench, model=model))
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert bench.file(ended, "app.py") == "VALUE = 2"
    assert bench.statuses(ended) == {"value": "done"}
    assert bench.engine.tasks(ended.id)[0].checked == "passed"
    assert ended.tokens == 4 * (11 + 7)
    assert "make the value two" in said_to(server.asked[0])
    assert "VALUE = 1" in said_to(server.asked[2])


@pytest.mark.bubblewrap
def test_a_task_that_changes_its_own_check_is_flagged_with_the_files(bench: Bench, server: ModelServer) -> None:
    gutted = call("write_file", path="test_app.py", content="import unittest\n")
    server.script(plans(task("value", accept=CHECK)), does(gutted), finishes("The value is two."))
    with bench.supervisor():
        ended = bench.wait(submit(bench))
    assert ended.state is SessionState.COMPLETED, ended.reason
    assert "1 flagged for review" in ended.reason
    [row] = bench.engine.tasks(ended.id)
    assert (row.status.value, row.checked) == ("flagged", "passed")
    assert row.reason == "its check was changed by the same task: test_app.py"
    [done] = [event.data for event in bench.events(ended) if event.type == "task.done"]
    assert (done["flagged"], done["check_changed"]) == (True, ["test_app.py"])


@pytest.mark.bubblewrap
def test_without_a_check_words_alone_are_flagged_and_a_change_is_not(bench: Bench, server: ModelServer) -> None:
    server.script(
        plans(task("notes", "Remove the old notes"), task("value", "Make the value two")),
        does(call("read_file", path="app.py")),
        finishes("The notes are gone."),
        does(call("edit_file", path="app.py", old="VALUE = 1", new="VALUE = 2")),
        finishes("The value is two."),
    )
    with bench.supervisor():
        ended = bench.wait(submit(bench))
    assert ended.state is SessionState.COMPLETED, ended.reason
    words, change = bench.engine.tasks(ended.id)
    assert (words.status.value, words.checked) == ("flagged", "")
    assert words.reason == "nothing was changed, and no check was agreed that proves it"
    assert (change.status.value, change.checked, change.reason) == ("done", "", "")
    assert "1 flagged for review, 2 of 2 without a check" in ended.reason
