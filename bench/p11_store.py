"""P11: what one durable step costs beside one bare fsync, and how 40 workers share the disk."""

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from measure import Report, percentile

from orion_tui.base.clock import SystemClock
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.store import Store, Transaction, events, leases, sessions, steps

ROUNDS = 7
CALLS = 400
BLOCK = 20
THREADS = 40
SECONDS = 1.5

METHOD = f"""\
A durable step is one change of the step log as a worker makes it: fence asserted, step row written (start with action
and decision, or finish with result and 2 KiB of delta), its event, in one transaction under `synchronous=FULL`; about
1 KiB of JSON a change. A bare fsync is `pwrite` of 4 KiB into an allocated file plus `fsync`. {CALLS} of each a round,
alternating in blocks of {BLOCK}. Then {THREADS} threads, each with its own session, do the same for {SECONDS} s a
round, through the writer's group commit and, for comparison, each with a commit of its own. Same disk."""

ACTION = {"do": "RunCommand", "argv": ["python3", "-m", "unittest", "-q"], "shell": None, "cwd": "", "timeout": 180.0}
DECISION = {
    "tier": "autonomous",
    "layer": "role",
    "rule": "autonomous[3] run_tests",
    "reason": "the role allows it " * 4,
}
RESULT = {"ok": True, "exit_code": 0, "seconds": 1.25, "output": "Ran 42 tests in 1.203s\n\nOK\n" * 12}
DELTA = b"\0" * 2048
EVENT = {"task": "baseline", "index": 0, "step": 1, "text": "python3 -m unittest -q", "ok": True, "summary": "exit 0"}


class Worker:
    """One session being worked on, step after step."""

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        now = store.clock.now()
        session = Session(
            id=name,
            workspace=f"/{name}",
            goal="retry with back-off",
            role="software-engineer",
            policy="p",
            state=SessionState.RUNNING,
            base_commit="0" * 40,
            created_at=now,
            updated_at=now,
        )
        with store.transaction() as tx:
            sessions.save_policy(tx, "p", "{}")
            sessions.insert(tx, session)
            claimed = leases.claim(tx, owner="bench", now=now, ttl=3600, session_id=name)
        if claimed is None:
            raise RuntimeError("the session could not be claimed")
        self.id, self.fence = name, claimed.fence
        self.changes = 0

    def change(self) -> None:
        """One durable step: odd ones start, even ones finish."""
        self.changes += 1
        self.store.transact(self._start if self.changes % 2 else self._finish)

    def _start(self, tx: Transaction) -> None:
        step = Step(
            session_id=self.id,
            n=self.changes // 2 + 1,
            task_id="baseline",
            attempt=1,
            index=0,
            status=StepStatus.STARTED,
            action=ACTION,
            decision=DECISION,
            started_at=tx.now,
        )
        steps.start(tx, step, self.fence)
        events.append(tx, self.id, "action.started", "agent", EVENT)

    def _finish(self, tx: Transaction) -> None:
        steps.finish(tx, self.id, self.changes // 2, self.fence, RESULT, DELTA)
        events.append(tx, self.id, "action.done", "agent", EVENT)


class BareFile:
    """A file that is written and synced without any database."""

    def __init__(self, path: Path) -> None:
        self.block = os.urandom(4096)
        self.calls = 0
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.write(self.descriptor, self.block * CALLS)
        os.fsync(self.descriptor)

    def sync(self) -> None:
        """Overwrite one block and wait until it is on disk."""
        os.pwrite(self.descriptor, self.block, self.calls % CALLS * len(self.block))
        os.fsync(self.descriptor)
        self.calls += 1


def timed(call: Callable[[], None]) -> list[float]:
    """Microseconds of each of `BLOCK` calls."""
    taken: list[float] = []
    for _ in range(BLOCK):
        begin = time.perf_counter()
        call()
        taken.append((time.perf_counter() - begin) * 1e6)
    return taken


def alternate(store: Store, worker: Worker, bare: BareFile) -> dict[str, list[float]]:
    """Microseconds of `CALLS` bare syncs, steps with their own commit, and steps through the writer, in turn."""
    taken: dict[str, list[float]] = {"bare": [], "own": [], "writer": []}
    for _ in range(CALLS // BLOCK):
        taken["bare"] += timed(bare.sync)
        taken["own"] += timed(worker.change)
        store.start_writer()
        taken["writer"] += timed(worker.change)
        store.stop_writer()
    return taken


def crowd(workers: list[Worker]) -> list[int]:
    """Durable steps that each of the workers made in `SECONDS`, all at once."""
    made = [0] * len(workers)
    ready = threading.Barrier(len(workers) + 1)
    over = threading.Event()

    def work(place: int) -> None:
        ready.wait()
        while not over.is_set():
            workers[place].change()
            made[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(workers))]
    for thread in threads:
        thread.start()
    ready.wait()
    time.sleep(SECONDS)
    counted = list(made)
    over.set()
    for thread in threads:
        thread.join()
    return counted


def main() -> None:
    """Measure and tell."""
    report = Report(id="P11", title="Store: durable steps", method=METHOD)
    # Beside this file: a temporary directory of the system may be in memory, where a sync costs nothing.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix=".p11-") as name:
        directory = Path(name)
        with Store.open(directory / "orion.db", clock=SystemClock()) as store:
            found = rounds(store, BareFile(directory / "bare"))
        report.add("bare fsync, p50", "us", found["bare p50"])
        report.add("bare fsync, p99", "us", found["bare p99"])
        report.add("durable step, own commit, p50", "us", found["own p50"])
        report.add("durable step, own commit, p99", "us", found["own p99"])
        report.add("durable step through the writer, p50", "us", found["writer p50"])
        report.add("durable step through the writer, p99", "us", found["writer p99"])
        own = report.add("own commit / bare fsync, p50", "x", found["own ratio"])
        writer = report.add("through the writer / bare fsync, p50", "x", found["writer ratio"])
        rate = report.add(f"{THREADS} threads, group commit", "steps/s", found["rate"])
        fair = report.add(f"{THREADS} threads, group commit: max/min", "x", found["fair"])
        report.add(f"{THREADS} threads, a commit each", "steps/s", found["rate apart"])
        report.add(f"{THREADS} threads, a commit each: max/min", "x", found["fair apart"])
        report.target("durable step with its own commit against a bare fsync, p50", own.median, at_most=2)
        report.target("durable step through the writer against a bare fsync, p50", writer.median, at_most=2)
        report.target(f"{THREADS} threads by group commit, steps/s", rate.median, at_least=10_000)
        report.target("fairness, most steps of a thread / fewest", fair.median, at_most=2)
        report.finish(directory)


def rounds(store: Store, bare: BareFile) -> dict[str, list[float]]:
    """Every figure, a value a round; the first round, while files grow and caches fill, is not counted."""
    alone = Worker(store, "a" * 12)
    many = [Worker(store, f"{place:012x}") for place in range(THREADS)]
    found: dict[str, list[float]] = {}
    for round_ in range(ROUNDS + 1):
        taken = alternate(store, alone, bare)
        store.start_writer()
        together = crowd(many)
        store.stop_writer()
        apart = crowd(many)
        if round_ == 0:
            continue
        values = {f"{side} p50": percentile(taken[side], 0.5) for side in taken}
        values |= {f"{side} p99": percentile(taken[side], 0.99) for side in taken}
        values |= {f"{side} ratio": values[f"{side} p50"] / values["bare p50"] for side in taken}
        values |= {"rate": sum(together) / SECONDS, "fair": max(together) / max(1, min(together))}
        values |= {"rate apart": sum(apart) / SECONDS, "fair apart": max(apart) / max(1, min(apart))}
        for what, value in values.items():
            found.setdefault(what, []).append(value)
    return found


if __name__ == "__main__":
    main()
