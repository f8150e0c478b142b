"""P5: how long it takes from a submitted goal to the first question that reaches the model, warm and cold."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import Report
from p4_step import prepared, workspace
from scripted_model import ScriptedModel

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import launch
from orion_tui.core.session.submit import SubmitRequest

ROUNDS = 7

METHOD = """\
From the call of `Engine.submit` (all checks, the base copied into a repository of Orion's own, the session stored) to
the moment at which the scripted server, a process of its own, has read the whole first question; its clock is the
machine's monotonic one. Warm: the supervisor process runs and has asked a model before. Cold: no supervisor runs; the
submission starts one, which loads the model libraries. The repository has 20 files."""


def main() -> None:
    """Measure, and print the section."""
    os.environ.setdefault("ORION_SANDBOX", "bubblewrap")
    report = Report(id="P5", title="From a goal to the first question", method=METHOD)
    with tempfile.TemporaryDirectory() as folder, ScriptedModel(steps=1) as model:
        home = prepared(Path(folder), model.origin)
        names = (f"w{n}" for n in range(1000))

        def once() -> float:
            return first_question(home, workspace(Path(folder), next(names)), model)

        try:
            once()
            warm = rounds(once)
            cold: list[float] = []
            for _ in range(ROUNDS):
                launch.stop(home)
                cold.append(once())
        finally:
            launch.stop(home)
    report.target("warm, ms", report.add("warm", "ms", warm).median, at_most=80.0)
    report.target("cold, ms", report.add("cold", "ms", cold).median, at_most=1_500.0)
    report.finish(Path(tempfile.gettempdir()))


def rounds(once: Callable[[], float]) -> list[float]:
    """Values of all rounds."""
    return [once() for _ in range(ROUNDS)]


def first_question(home: OrionHome, path: Path, model: ScriptedModel) -> float:
    """Milliseconds from submission to the question; the session is let end before this returns."""
    seen = len(model.requests())
    engine = Engine.open(home)
    start = time.perf_counter()
    models = {"plan": "box/scripted", "work": "box/scripted"}
    session = engine.submit(SubmitRequest(workspace=path, goal="measure", role="bench", models=models))
    while (state := engine.session(session.id).state) is not SessionState.COMPLETED:
        if state in {SessionState.FAILED, SessionState.PAUSED}:
            raise SystemExit(engine.session(session.id).reason)
        time.sleep(0.05)
    engine.close()
    return (model.requests()[seen]["at"] - start) * 1_000


if __name__ == "__main__":
    main()
