"""P6: what one supervisor weighs with a hundred sessions at work, and whether all of them get on."""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from measure import LEAST_ROUNDS, Report
from p4_step import prepared, workspace
from scripted_model import ScriptedModel

from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.sandbox import select
from orion_tui.core.session import status
from orion_tui.core.session.embedded import EmbeddedSupervisor
from orion_tui.core.session.submit import SubmitRequest

SESSIONS = 100
SECONDS = 8.0

METHOD = f"""\
{SESSIONS} sessions on {SESSIONS} repositories under one supervisor (a process of its own that does nothing else), each
in a bubblewrap sandbox of its own, each asking the scripted model and running one short command a step. Once all of
them have begun their task, {LEAST_ROUNDS} rounds of {SECONDS:g} s: memory of the supervisor (its proportional share,
sandboxes not included) at the end of each, and the steps that each session finished in it."""


def main() -> None:
    """Measure, and print the section."""
    os.environ.setdefault("ORION_SANDBOX", "bubblewrap")
    report = Report(id="P6", title="A hundred sessions", method=METHOD)
    with tempfile.TemporaryDirectory() as folder, ScriptedModel(steps=10_000) as model:
        home = prepared(Path(folder), model.origin)
        engine = Engine.open(home, wake=lambda: None)
        models = {"plan": "box/scripted", "work": "box/scripted"}
        ids = [
            engine.submit(
                SubmitRequest(workspace=workspace(Path(folder), f"w{n}"), goal="m", role="bench", models=models)
            ).id
            for n in range(SESSIONS)
        ]
        supervisor = os.fork()
        if supervisor == 0:
            os.execv(sys.executable, [sys.executable, __file__, "--supervise", str(home.root)])
        try:
            memory, fairness, speed = measured(engine, ids, supervisor)
        finally:
            os.kill(supervisor, 15)
            os.waitpid(supervisor, 0)
        engine.close()
    report.target("memory, MiB", report.add("memory of the supervisor", "MiB", memory).median, at_most=300.0)
    fair = report.add("most steps of a session / fewest", "ratio", fairness)
    report.add("steps of all sessions", "1/s", speed)
    report.target("fairness", fair.median, at_most=1.5)
    report.finish(Path(tempfile.gettempdir()))


def measured(engine: Engine, ids: list[str], pid: int) -> tuple[list[float], list[float], list[float]]:
    """Memory (MiB), fairness and steps a second of each round."""
    deadline = time.monotonic() + 300
    while min(counts(engine, ids)) < 3:
        if time.monotonic() > deadline:
            states = {engine.session(id).state for id in ids}
            raise SystemExit(f"not all of them began: {states}, {min(counts(engine, ids))} steps")
        time.sleep(0.5)
    memory: list[float] = []
    fairness: list[float] = []
    speed: list[float] = []
    for _ in range(LEAST_ROUNDS):
        before, start = counts(engine, ids), time.monotonic()
        time.sleep(SECONDS)
        made = [after - was for after, was in zip(counts(engine, ids), before, strict=True)]
        speed.append(sum(made) / (time.monotonic() - start))
        fairness.append(max(made) / max(1, min(made)))
        weighed = status.memory(pid)
        memory.append(weighed[0] / 2**20 if weighed else float("nan"))
    if any(engine.session(id).state is not SessionState.RUNNING for id in ids):
        raise SystemExit("a session ended in the middle of it")
    return memory, fairness, speed


def counts(engine: Engine, ids: list[str]) -> list[int]:
    """Finished steps of each session."""
    rows = engine.store.reader().rows(
        "SELECT s.session_id, count(*) FROM steps s JOIN step_results r ON r.step = s.key GROUP BY s.session_id"
    )
    found = {str(session): int(count) for session, count in rows}
    return [found.get(id, 0) for id in ids]


def supervise(home: OrionHome) -> None:
    """The supervisor's process, until it is ended."""
    import signal

    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: over.set())
    with EmbeddedSupervisor(home, SystemClock(), select.choose, max_running=SESSIONS):
        over.wait()


if __name__ == "__main__":
    if "--supervise" in sys.argv:
        supervise(OrionHome(Path(sys.argv[-1])))
    else:
        main()
