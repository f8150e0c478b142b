"""P11: what one durable step costs beside one bare fsync, and how 40 workers share the disk."""

import os
import tempfile
import threading
import time
from pathlib import Path

from measure import Report, percentile

from orion_tui.base.clock import SystemClock
from orion_tui.core.models.sessions import Session, SessionState, Step, StepStatus
from orion_tui.core.store import Store, Transaction, events, leases, sessions, steps

ROUNDS = 7
CALLS = 400
THREADS = 40
SECONDS = 1.5

METHOD = f"""\
A durable step is one change of the step log as a worker makes it: fence asserted, step row written (start with action
and decision, or finish with result and 2 KiB of delta), its event, in one transaction under `synchronous=FULL`; about
1 KiB of JSON a change. A bare fsync is `pwrite` of 4 KiB into an allocated file plus `fsync`. They alternate in blocks
of {CALLS} calls. Then {THREADS} threads, each with its own session, do the same for {SECONDS} s a round, through the
writer's group commit and, for comparison, each with a commit of its own. Same directory, same disk."""

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


def fsyncs(directory: Path) -> list[float]:
    """Seconds of each of `CALLS` bare fsyncs."""
    path = directory / "fsync.bin"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        block = os.urandom(4096)
        if path.stat().st_size == 0:
            os.write(descriptor, block * CALLS)
            os.fsync(descriptor)
        taken: list[float] = []
        for call in range(CALLS):
            begin = time.perf_counter()
            os.pwrite(descriptor, block, call * len(block))
            os.fsync(descriptor)
            taken.append(time.perf_counter() - begin)
        return taken
    finally:
        os.close(descriptor)


def changes(worker: Worker) -> list[float]:
    """Seconds of each of `CALLS` durable steps."""
    taken: list[float] = []
    for _ in range(CALLS):
        begin = time.perf_counter()
        worker.change()
        taken.append(time.perf_counter() - begin)
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
            alone = Worker(store, "a" * 12)
            many = [Worker(store, f"{place:012x}") for place in range(THREADS)]
            figures: dict[str, list[float]] = {}

            def note(what: str, value: float) -> None:
                figures.setdefault(what, []).append(value)

            for round_ in range(ROUNDS + 1):
                bare = fsyncs(directory)
                direct = changes(alone)
                store.start_writer()
                grouped = changes(alone)
                together = crowd(many)
                store.stop_writer()
                apart = crowd(many)
                if round_ == 0:
                    continue  # files grow, caches fill
                note("fsync", percentile(bare, 0.5) * 1e6)
                note("fsync99", percentile(bare, 0.99) * 1e6)
                note("direct", percentile(direct, 0.5) * 1e6)
                note("direct99", percentile(direct, 0.99) * 1e6)
                note("grouped", percentile(grouped, 0.5) * 1e6)
                note("grouped99", percentile(grouped, 0.99) * 1e6)
                note("ratio direct", percentile(direct, 0.5) / percentile(bare, 0.5))
                note("ratio grouped", percentile(grouped, 0.5) / percentile(bare, 0.5))
                note("rate", sum(together) / SECONDS)
                note("fair", max(together) / max(1, min(together)))
                note("rate apart", sum(apart) / SECONDS)
                note("fair apart", max(apart) / max(1, min(apart)))
        report.add("bare fsync, p50", "us", figures["fsync"])
        report.add("bare fsync, p99", "us", figures["fsync99"])
        report.add("durable step, own commit, p50", "us", figures["direct"])
        report.add("durable step, own commit, p99", "us", figures["direct99"])
        report.add("durable step through the writer, p50", "us", figures["grouped"])
        report.add("durable step through the writer, p99", "us", figures["grouped99"])
        direct_ratio = report.add("own commit / bare fsync", "x", figures["ratio direct"])
        grouped_ratio = report.add("through the writer / bare fsync", "x", figures["ratio grouped"])
        rate = report.add(f"{THREADS} threads, group commit", "steps/s", figures["rate"])
        fair = report.add(f"{THREADS} threads, group commit: max/min", "x", figures["fair"])
        report.add(f"{THREADS} threads, a commit each", "steps/s", figures["rate apart"])
        report.add(f"{THREADS} threads, a commit each: max/min", "x", figures["fair apart"])
        report.target("durable step with its own commit against a bare fsync, p50", direct_ratio.median, at_most=2)
        report.target("durable step through the writer against a bare fsync, p50", grouped_ratio.median, at_most=2)
        report.target(f"{THREADS} threads by group commit, steps/s", rate.median, at_least=10_000)
        report.target("fairness, most steps of a thread / fewest", fair.median, at_most=2)
        report.finish(directory)


if __name__ == "__main__":
    main()
