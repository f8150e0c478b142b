"""What a step of a model's work costs, in things that can be counted: it costs the same however long the task is."""

import itertools
import json
import sqlite3
import threading
from pathlib import Path

import pytest

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import database
from tests.support.agent import call, does, finishes, plans, submit, task
from tests.support.bench import Bench
from tests.support.model_server import ModelServer

pytestmark = pytest.mark.bubblewrap

STEPS = 24

_WRITERS = ("session-", "store-writer")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that a session gives to the database from here on, itself or through the writer's thread."""
    made: list[str] = []
    connect = database.connect

    def traced(path: Path) -> sqlite3.Connection:
        connection = connect(path)

        def note(sql: str) -> None:
            # What a trigger does is told again under the statement that set it off.
            if threading.current_thread().name.startswith(_WRITERS) and sql != (made or [""])[-1]:
                made.append(sql)

        connection.set_trace_callback(note)
        return connection

    monkeypatch.setattr(database, "connect", traced)
    return made


def test_a_step_costs_the_same_in_the_end_as_in_the_beginning(
    bench: Bench, server: ModelServer, statements: list[str]
) -> None:
    commands = [does(call("run", command=f"echo {number}")) for number in range(100, 100 + STEPS)]
    server.script(plans(task("echo", kind="run")), *commands, finishes())
    with bench.supervisor():
        ended = bench.wait(submit(bench))
    assert ended.state is SessionState.COMPLETED, ended.reason

    asked = [at for at, sql in enumerate(statements) if "'model.asked'" in sql and "INSERT" in sql]
    steps = [statements[a:b] for a, b in itertools.pairwise(asked[1:])]
    assert len(steps) == STEPS
    # Now and then something of the supervisor's, or of the writer's, is among them: what a step needs is the least.
    counts = [sum(sql.lstrip().startswith(("SELECT", "INSERT", "UPDATE")) for sql in step) for step in steps]
    assert min(counts[STEPS // 2 :]) == min(counts[: STEPS // 2]) <= 30
    # The question, its answer, the command's start, its result: each durable before what comes after it.
    assert min(step.count("COMMIT") for step in steps) == 4

    sizes = [len(json.dumps(one.body)) for one in server.asked[1:]]
    more = [b - a for a, b in itertools.pairwise(sizes)]
    assert max(more) - min(more) <= 32  # each question has one turn more than the last
    assert server.connected == 1
