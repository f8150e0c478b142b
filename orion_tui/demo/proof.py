"""Proof that work survives its supervisor: one is killed with -9 in the middle of a step, and nothing is lost.

Real processes, the real sandbox, the demonstration's repository, all in a directory of its own that is gone afterwards.
A second session does the same work undisturbed; at the end both must have made the same files.
"""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import attrs

from orion_tui.base.errors import OrionError, StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.repo import session_repo
from orion_tui.core.session import launch, lock, machine
from orion_tui.core.session.status import LOCK
from orion_tui.core.session.submit import SubmitRequest
from orion_tui.demo import ROLE, prepare

PLAYBOOK = Path(__file__).with_name("proof.yaml")

#: What the work leaves in `proof.txt`, each exactly once, however often a step was begun.
LINES = ("first", "second", "third")
#: The step that is cut off, by what it runs.
CUT = "test_second"
#: Seconds that anything may take.
PATIENCE = 60.0

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Line:
    """One thing that was looked at."""

    name: str
    title: str
    holds: bool
    #: What was measured.
    measured: str


Tell = Callable[[Line], object]


def prove(tell: Tell, broken_off: Callable[[], bool] = lambda: False) -> bool:
    """Do it, telling each line as it is known; whether all of it holds. Raises the error of whatever is missing here.

    Everything it started has ended and everything it made is removed when this returns or raises. `broken_off` is
    asked all the time and ends it with KeyboardInterrupt; a signal that raised by itself could strike while a
    supervisor is being started, which nobody would then know of.
    """
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="orion-proof-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        undisturbed = stack.enter_context(_trial(OrionHome(folder / "left-alone")))
        if broken_off():
            raise KeyboardInterrupt
        # Last: from here on it is looked at without a pause.
        disturbed = stack.enter_context(_trial(OrionHome(folder / "killed")))
        proof = _Proof(disturbed=disturbed, undisturbed=undisturbed, tell=tell, broken_off=broken_off)
        proof.run()
    left = [name for name, there in (("directory", folder.exists()), *proof.survivors()) if there]
    measured = f"left behind: {', '.join(left)}" if left else f"nothing left behind, {time.monotonic() - began:.1f} s"
    proof.say("cleanup", "Everything it made is gone again", not left, measured)
    return proof.holds


@attrs.frozen(kw_only=True)
class _Trial:
    """One state directory with its session, worked on by a supervisor process of its own."""

    home: OrionHome
    engine: Engine
    session: Session

    def now(self) -> Session:
        return self.engine.session(self.session.id)

    def steps(self) -> list[Step]:
        return self.engine.steps(self.session.id)

    def tree(self) -> str:
        """The id of the tree that the session's branch ends with."""
        repo = session_repo.open(self.home, self.session.id)
        return str(repo.git.text("rev-parse", f"{repo.branch_ref}^{{tree}}"))

    def log(self) -> list[str]:
        """The lines that the work left."""
        repo = session_repo.open(self.home, self.session.id)
        return str(repo.git.text("cat-file", "blob", f"{repo.branch_ref}:proof.txt")).split()


@contextmanager
def _trial(home: OrionHome) -> Generator[_Trial]:
    demo = prepare(home)
    engine = Engine.open(home, wake=lambda: launch.ensure(home))
    try:
        request = SubmitRequest(workspace=demo.workspace, goal="Leave one line a step", role=ROLE, plan_file=PLAYBOOK)
        yield _Trial(home=home, engine=engine, session=engine.submit(request))
    finally:
        engine.close()
        # Whatever happened, no supervisor outlives this; its sandboxes die with it.
        with contextlib.suppress(OrionError):
            launch.stop(home, kill=True)


@attrs.define(kw_only=True)
class _Proof:
    disturbed: _Trial
    undisturbed: _Trial
    tell: Tell
    broken_off: Callable[[], bool]
    holds: bool = True
    _seen: list[lock.Holder] = attrs.field(factory=list[lock.Holder], init=False)

    def say(self, name: str, title: str, holds: bool, measured: str) -> None:
        self.holds &= holds
        self.tell(Line(name=name, title=title, holds=holds, measured=measured))

    def run(self) -> None:
        trial = self.disturbed
        first = self._holder()
        apart = os.getsid(first.pid) != os.getsid(0)
        self.say(
            "apart", "A supervisor of its own works, apart from this terminal", apart,
            f"process {first.pid}, session id {os.getsid(first.pid)} (here: {os.getsid(0)})",
        )  # fmt: skip
        step = self._until(lambda: self._in_flight(trial), "a step in flight")
        finished = [s.n for s in trial.steps() if s.status is StepStatus.DONE]
        self.say(
            "in-flight", "A step is in flight", True,
            f"step {step.n} runs {CUT}; {len(finished)} steps are finished",
        )  # fmt: skip
        self._kill(trial, first)
        self._recover(trial, first)
        self._count(trial, step)
        self._compare()

    def survivors(self) -> list[tuple[str, bool]]:
        """Supervisors that were seen, and whether they still live."""
        return [(f"process {h.pid}", lock.alive(h.pid, h.started, h.boot)) for h in self._seen]

    def _holder(self) -> lock.Holder:
        def named() -> lock.Holder | None:
            holder = lock.holder(self.disturbed.home.run / LOCK)
            return holder if holder is not None and holder.pid else None

        found = self._until(named, "a supervisor")
        self._seen.append(found)
        return found

    def _in_flight(self, trial: _Trial) -> Step | None:
        if trial.now().state not in machine.ACTIVE:
            raise StateError(f"the session ended too early: {trial.now().reason}")
        return next((s for s in trial.steps() if s.status is StepStatus.STARTED and CUT in str(s.action)), None)

    def _kill(self, trial: _Trial, holder: lock.Holder) -> None:
        # Past its own line in the log: what is cut off has done something that must not count.
        time.sleep(0.5)
        contained = _descendants(holder.pid)
        struck = time.monotonic()
        lock.signal_to(holder, signal.SIGKILL)
        self._until(lambda: lock.gone(trial.home.run / LOCK, holder) or None, "its end")
        gone = (time.monotonic() - struck) * 1000
        free = lock.holder(trial.home.run / LOCK) is None
        self.say("killed", "It is killed with -9", free, f"gone after {gone:.0f} ms, its lock is free")
        left = self._until(
            lambda: not any(lock.process_start(pid) == began for pid, began in contained) or None, "an end"
        )
        self.say("contained", "What it had started ended with it", left, f"{len(contained)} processes of its sandbox")
        state = trial.now().state
        begun = any(s.status is StepStatus.STARTED for s in trial.steps())
        self.say(
            "nobody", "The store keeps the step in flight, and nobody works on it", begun and state == "running",
            f"session {state}, its last step started and not finished",
        )  # fmt: skip

    def _recover(self, trial: _Trial, first: lock.Holder) -> None:
        began = time.monotonic()
        launch.ensure(trial.home)
        second = self._holder()
        self.say("restarted", "Another supervisor takes over", second.pid != first.pid, f"process {second.pid}")
        ended = self._until(
            lambda: ((s := trial.now()).state not in machine.ACTIVE and s) or None, "the end of the session"
        )
        changes = [str(e.data.get("to")) for e in self._events(trial, "session.state")]
        self.say(
            "interrupted", "The session was interrupted, and went on", "interrupted" in changes, " > ".join(changes)
        )
        done = ended.state is SessionState.COMPLETED
        measured = (
            f"{ended.state} after {time.monotonic() - began:.1f} s, {ended.tasks_done} of {ended.tasks_total} tasks"
        )
        self.say("finished", "It finished its work", done, measured if done else f"{measured}: {ended.reason}")

    def _count(self, trial: _Trial, cut: Step) -> None:
        # By what is done, not by number: a step that was forgotten would come back under another one.
        started = Counter(_action(e) for e in self._events(trial, "action.started"))
        done = Counter(_action(e) for e in self._events(trial, "action.done"))
        again = (cut.task_id, cut.index)
        once = all(times == (2 if action == again else 1) for action, times in started.items())
        self.say(
            "once", "No finished step ran twice: the step log",
            once and started[again] == 2 and set(done) == set(started) and set(done.values()) == {1},
            f"{len(done)} steps, finished {max(done.values(), default=0)} time at the most; begun more than once: "
            + (", ".join(f"{task} {times} times" for (task, _), times in started.items() if times > 1) or "none"),
        )  # fmt: skip
        lines = trial.log()
        self.say(
            "lines",
            "No step counted twice: the work's own lines",
            lines == list(LINES),
            f"proof.txt: {' '.join(lines)}",
        )

    def _compare(self) -> None:
        other = self.undisturbed
        self._until(lambda: other.now().state not in machine.ACTIVE or None, "the end of the undisturbed session")
        one, two = self.disturbed.tree(), other.tree()
        self.say("same", "The result equals that of an undisturbed run", one == two, f"tree {one[:12]} and {two[:12]}")
        self.disturbed.engine.store.quick_check()
        self.say("store", "The store is whole", True, "checked page by page")

    def _until(self, look: Callable[[], T | None], what: str) -> T:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.broken_off():
                raise KeyboardInterrupt
            if found := look():
                return found
            time.sleep(0.02)
        raise StateError(f"it did not come to {what} within {PATIENCE:.0f} s")

    def _events(self, trial: _Trial, kind: str) -> list[Event]:
        return [e for e in trial.engine.events(session_id=trial.session.id, limit=10_000) if e.type == kind]


def _action(event: Event) -> tuple[str, int]:
    """Task and place in it of the action that an event is about."""
    return str(event.data["task"]), int(event.data["index"])


def _descendants(pid: int) -> list[tuple[int, int]]:
    """Every process that this one started, and they in turn, each with the moment it began."""
    found = [pid]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found.extend(int(child) for child in children.read_text("ascii").split())
    return [(child, lock.process_start(child)) for child in found[1:]]
