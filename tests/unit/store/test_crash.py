"""kill -9 at any instant: nothing acknowledged is lost, nothing is half there (RUN-7)."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from orion_tui.core.models.steps import StepStatus
from orion_tui.core.store import Store, events, steps

pytestmark = pytest.mark.unit

# Each worker reports a change only after it was acknowledged; one write to a pipe is whole or absent.
PROGRAM = textwrap.dedent(
    """
    import os, sys, threading
    from pathlib import Path
    from orion_tui.core.models.sessions import Session, SessionState
    from orion_tui.core.models.steps import Step, StepStatus
    from orion_tui.core.store import Store, events, leases, sessions, steps

    store = Store.open(Path(sys.argv[1]))
    if sys.argv[2] == "grouped":
        store.start_writer()

    def worker(name):
        def begin(tx):
            sessions.save_policy(tx, "p", "{}")
            sessions.insert(tx, Session(
                id=name, workspace="/" + name, goal="g", role="r", policy="p", state=SessionState.RUNNING,
                base_commit="0" * 40, created_at=0.0, updated_at=0.0,
            ))
            return leases.claim(tx, owner=name, now=1.0, ttl=1e9, session_id=name).fence
        fence = store.transact(begin)
        n = 0
        while True:
            n += 1
            def start(tx):
                steps.start(tx, Step(
                    session_id=name, n=n, task_id="t", attempt=1, index=0, status=StepStatus.STARTED,
                    action={"n": n}, decision={}, started_at=0.0,
                ), fence)
                events.append(tx, name, "action.started", "agent", {"step": n})
            def finish(tx):
                steps.finish(tx, name, n, fence, {"n": n}, bytes([n % 256]) * (n * 37 % 9000))
                events.append(tx, name, "action.done", "agent", {"step": n})
            store.transact(start)
            os.write(1, f"{name} started {n}\\n".encode())
            store.transact(finish)
            os.write(1, f"{name} done {n}\\n".encode())

    for number in range(int(sys.argv[3])):
        threading.Thread(target=worker, args=(f"{number:012x}",), daemon=True).start()
    threading.Event().wait()
    """
)


def run_and_kill(path: Path, mode: str, workers: int, after: int) -> list[tuple[str, str, int]]:
    """What was acknowledged by a child that was killed soon after its `after`-th acknowledgement."""
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), mode, str(workers)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(after)]
    os.kill(child.pid, signal.SIGKILL)
    rest, _ = child.communicate(timeout=60)
    acknowledged = [line.split() for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")]
    assert child.returncode == -signal.SIGKILL
    assert len(acknowledged) >= after
    return [(name, what, int(n)) for name, what, n in acknowledged]


@pytest.mark.parametrize(
    ("mode", "workers", "after"),
    [("grouped", 8, after) for after in (1, 40, 173, 400)] + [("grouped", 1, 25), ("direct", 1, 60), ("direct", 3, 90)],
)
def test_a_killed_writer_loses_nothing_acknowledged_and_leaves_nothing_half(
    path: Path, mode: str, workers: int, after: int
) -> None:
    acknowledged = run_and_kill(path, mode, workers, after)
    with Store.open(path) as store:
        store.quick_check()
        reader = store.reader()
        told = events.after(reader, 0, limit=1_000_000)
        assert [event.seq for event in told] == list(range(1, len(told) + 1))
        for name in {name for name, _, _ in acknowledged}:
            log = steps.all(reader, name)
            # Every step is there with its event, every result with its own, and nothing else.
            own = [(event.type, event.data.get("step")) for event in told if event.session_id == name]
            expected: list[tuple[str, int | None]] = [("session.created", None)]
            for step in log:
                expected.append(("action.started", step.n))
                if step.status is StepStatus.DONE:
                    expected.append(("action.done", step.n))
                    assert step.result == {"n": step.n}
                    assert step.delta == bytes([step.n % 256]) * (step.n * 37 % 9000)
            assert own == expected
            assert [step.status for step in log[:-1]] == [StepStatus.DONE] * (len(log) - 1)
            for _, what, n in [one for one in acknowledged if one[0] == name]:
                assert len(log) >= n
                assert what == "started" or log[n - 1].status is StepStatus.DONE


def test_a_store_goes_on_after_many_kills(path: Path) -> None:
    seen = 0
    for round_ in range(5):
        # Sessions of the round before exist: the child fails on them, which is a crash of another kind; so new names.
        with Store.open(path) as store:
            with store.transaction() as tx:
                tx.run("DELETE FROM sessions")
            store.quick_check()
            seen = events.last_seq(store.reader())
        run_and_kill(path, "grouped", 4, 30 + 17 * round_)
        with Store.open(path) as store:
            store.quick_check()
            assert events.last_seq(store.reader()) >= seen + 30
