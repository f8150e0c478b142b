"""The lives of supervisor processes over one session: started, watched, and ended by the test."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import attrs

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import launch, lock, machine
from tests.support.crashing.mortal import answer_all
from tests.support.program import ROOT

T = TypeVar("T")

#: Whether to die everywhere, and not only at a sample of places: minutes.
SWEEP = "ORION_TEST_CRASH_SWEEP" in os.environ

#: Seconds after which a session that does not move is a failure.
PATIENCE = 90.0


@attrs.define(kw_only=True)
class Lives:
    """A home with one session, and the supervisors that have worked on it."""

    home: OrionHome
    session_id: str
    backend: str
    started: list["subprocess.Popen[bytes]"] = attrs.field(factory=list["subprocess.Popen[bytes]"])

    def begin(self, *fault: str, under: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
        """Start a supervisor, with a fault planted in it (see `support.crashing.supervisor`), or under a program."""
        log = self.home.root / "supervisor-output"
        with log.open("ab") as output:
            child = subprocess.Popen(
                [*under, sys.executable, "-P", "-m", "tests.support.crashing.supervisor", self.backend, *fault],
                cwd=ROOT,
                env={**os.environ, "ORION_HOME": str(self.home.root), "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started.append(child)
        return child

    def watch(self, until: Callable[[Engine], T | None]) -> T:
        """Answer what is asked of the person with yes, until the condition holds."""
        engine = Engine.open(self.home, wake=lambda: None)
        try:
            deadline = time.monotonic() + PATIENCE
            tick = threading.Event()
            while time.monotonic() < deadline:
                if (found := until(engine)) is not None:
                    return found
                if engine.session(self.session_id).state is SessionState.WAITING:
                    answer_all(engine, self.session_id)
                tick.wait(0.02)
            raise AssertionError(f"{engine.session(self.session_id)}\n{self.said()}")
        finally:
            engine.close()

    def until_dead(self, child: "subprocess.Popen[bytes]") -> None:
        """Until the supervisor has died, or its session has ended without coming to the planted fault."""
        self.watch(lambda engine: True if child.poll() is not None else self.ended(engine))
        assert child.poll() == -signal.SIGKILL, f"it did not die there: {child.poll()} {self.said()}"

    def ended(self, engine: Engine) -> bool | None:
        """True once the session is over and nobody holds it."""
        session = engine.session(self.session_id)
        return True if session.state not in machine.ACTIVE and not session.lease_owner else None

    def finish(self) -> None:
        """A sound supervisor, to the end of the session and its own."""
        child = self.begin()
        # The session may be over already: then it is only looked through.
        self.watch(lambda _: True if launch.status(self.home).pid == child.pid else None)
        self.watch(self.ended)
        self.stop(child)

    def stop(self, child: "subprocess.Popen[bytes]") -> None:
        """Ask it to end; nothing of it stays."""
        launch.stop(self.home)
        child.wait(60)

    def remains(self) -> list[int]:
        """Processes that a supervisor had started when its fault came, and that still run."""
        path = self.home.root / "started"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [int(pid) for pid, start in lines if lock.alive(int(pid), int(start), lock.boot_id())]

    def said(self) -> str:
        """The end of what the supervisors had to say."""
        texts = [
            path.read_text()[-3000:]
            for path in (self.home.logs / "orion.log", self.home.root / "supervisor-output")
            if path.exists()
        ]
        return "\n".join(texts)

    def close(self) -> None:
        """End what still runs, however it got there."""
        for child in self.started:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait(60)
