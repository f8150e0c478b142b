"""P4: what one step of a model's work costs beside the model and the command: question, gate, sandbox, record."""

import itertools
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from measure import Report, percentile
from scripted_model import ScriptedModel, settings

from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.sandbox import select
from orion_tui.core.sandbox.base import SandboxSpec
from orion_tui.core.session.embedded import EmbeddedSupervisor
from orion_tui.core.session.submit import SubmitRequest

ROUNDS = 7
TASKS = 2
STEPS = 50

METHOD = f"""\
A session of {TASKS} tasks with {STEPS} commands each (`echo N`), one command an answer: the model is asked over HTTP
(streamed chat completions, a server in a process of its own that answers at once), the answer recorded, the call
judged, the command run in a bubblewrap sandbox, its changes taken over, the result recorded; each record synced. A step
is the time from one question to the next. The server measures its own share of each request, which is taken off. The
same command through the bare channel, with nothing around it, is shown beside it."""

ROLE = """\
name: bench
display_name: Bench
scope: coding
competencies: [measuring]
authority:
  autonomous: [read_files, "run(echo *)"]
  requires_approval: [push]
  forbidden: [deploy]
limits: {max_steps_per_task: 1000, replan_interval_tasks: 100}
"""


def main() -> None:
    """Measure, and print the section."""
    os.environ.setdefault("ORION_SANDBOX", "bubblewrap")
    report = Report(id="P4", title="One step of a model's work", method=METHOD)
    with tempfile.TemporaryDirectory() as folder, ScriptedModel(tasks=TASKS, steps=STEPS) as model:
        home = prepared(Path(folder), model.origin)
        medians: list[float] = []
        p99s: list[float] = []
        served: list[float] = []
        engine = Engine.open(home, wake=lambda: None)
        with EmbeddedSupervisor(home, SystemClock(), select.choose):
            one_session(engine, workspace(Path(folder), "warm"))
            seen = len(model.requests())
            for n in range(ROUNDS):
                steps = one_session(engine, workspace(Path(folder), f"w{n}"))
                requests = model.requests()
                own = statistics.fmean(request["own"] for request in requests[seen:]) * 1_000
                seen = len(requests)
                medians.append(percentile(steps, 0.5) - own)
                p99s.append(percentile(steps, 0.99) - own)
                served.append(own)
        engine.close()
        channel = bare()
    step = report.add("a step, p50, without the server's share", "ms", medians)
    report.add("a step, p99, without the server's share", "ms", p99s)
    report.add("the server's share of a request (taken off)", "ms", served)
    report.add("the same command through the bare channel, p50", "ms", channel)
    report.target("a step, p50, ms", step.median, at_most=6.0)
    report.finish(Path(tempfile.gettempdir()))


def prepared(folder: Path, origin: str) -> OrionHome:
    """A home with the role and the settings."""
    home = OrionHome(folder / "home")
    home.prepare()
    (home.root / "settings.yaml").write_text(settings(origin))
    (home.root / "settings.yaml").chmod(0o600)
    (home.roles / "bench.yaml").write_text(ROLE)
    return home


def workspace(folder: Path, name: str) -> Path:
    """A repository of a few files."""
    path = folder / name
    path.mkdir()
    for n in range(20):
        (path / f"f{n}.py").write_text(f"VALUE = {n}\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "base"]):
        identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid"]
        subprocess.run(["git", *identity, *command], cwd=path, check=True, capture_output=True)
    return path


def one_session(engine: Engine, path: Path) -> list[float]:
    """Milliseconds from each question of the work to the next one of the same task."""
    models = {"plan": "box/scripted", "work": "box/scripted"}
    session = engine.submit(SubmitRequest(workspace=path, goal="measure", role="bench", models=models))
    while engine.session(session.id).state is not SessionState.COMPLETED:
        if engine.session(session.id).state in {SessionState.FAILED, SessionState.PAUSED}:
            raise SystemExit(engine.session(session.id).reason)
        time.sleep(0.05)
    asked: list[Event] = [
        event
        for event in engine.events(session_id=session.id, limit=100_000)
        if event.type == "model.asked" and event.data["purpose"] == "work"
    ]
    return [
        (after.at - before.at) * 1_000
        for before, after in itertools.pairwise(asked)
        if before.data["task"] == after.data["task"]
    ]


def bare() -> list[float]:
    """Medians of the same command through the channel alone."""
    medians: list[float] = []
    with select.choose().open(SandboxSpec(session_id="bench00000p4")) as sandbox:
        sandbox.attest()
        for _ in range(ROUNDS):
            took: list[float] = []
            for n in range(100):
                start = time.perf_counter()
                sandbox.run(("sh", "-c", f"echo {n}"))
                took.append((time.perf_counter() - start) * 1_000)
            medians.append(percentile(took, 0.5))
    return medians


if __name__ == "__main__":
    main()
