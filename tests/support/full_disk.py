"""A session on a disk of its own that its second command fills: run as a program, prints what became of it as JSON.

    python -m tests.support.full_disk DISK REPOSITORY

The sandbox is the fake one: this is about the disk.
"""

import errno
import json
import sys
import time
from pathlib import Path

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.sandbox.base import CommandResult
from orion_tui.core.sandbox.fake import FakeBackend, FakeCommand
from orion_tui.core.session import submit, worker
from tests.support.bench import Bench

PLAN = """
- id: one
  title: Write
  kind: write_docs
  actions: [{write: {path: docs/one.md, content: one}}]
- id: two
  title: Run
  kind: run_tests
  needs: [one]
  actions:
    - write: {path: test_two.py, content: "two = 2"}
    - run: python3 -m unittest -q test_two
    - write: {path: docs/two.md, content: two}
"""


def main() -> None:
    disk, repo = Path(sys.argv[1]), Path(sys.argv[2])
    filler = disk / "filler"
    runs: list[float] = []

    def fill(command: FakeCommand) -> CommandResult:
        if command.argv[0] == "git":
            return CommandResult(exit_code=0)
        runs.append(time.monotonic())
        if len(runs) == 1:
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
        return CommandResult(exit_code=0)

    backend = FakeBackend(fill)
    setattr(worker, "LOOK_AGAIN", 0.3)  # noqa: B010 - a constant of the module
    # Where this runs, in a namespace of its own, no real sandbox can be had: submitting looks for one.
    setattr(submit.submit, "__defaults__", (lambda: backend,))  # noqa: B010
    home = OrionHome(disk / "home")
    engine = Engine.open(home, wake=lambda: None)
    bench = Bench(engine=engine, home=home, repo=repo, choose=lambda: backend)
    session = bench.submit(PLAN)
    with bench.supervisor():
        kept = (home.run / "reserve").exists()
        if kept:
            interrupted = bench.wait(session, SessionState.INTERRUPTED, SessionState.FAILED, SessionState.COMPLETED)
        else:
            bench.until(lambda: True if runs else None)
            time.sleep(1.5)  # long enough for the worker to have found the disk full; nothing can be recorded
            interrupted = engine.session(session.id)
        filler.unlink()
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    story = {
        "reserve": kept,
        "interrupted": [interrupted.state, interrupted.reason],
        "done": [done.state, done.reason],
        "files": bench.files(session),
        "started": [e.data["step"] for e in bench.events(session) if e.type == "action.started"],
        "runs": len(runs),
    }
    engine.close()
    print(json.dumps(story))


if __name__ == "__main__":
    main()
