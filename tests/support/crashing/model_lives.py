"""The lives of supervisors over one session that a scripted model plans and works on."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import attrs

from orion_tui.base.errors import StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import launch, machine
from tests.support.crashing.lives import PATIENCE
from tests.support.crashing.model_verdict import ModelDeaths
from tests.support.crashing.nursery import Child, Nursery
from tests.support.crashing.scripted import COLOUR, QUESTION, Mind, Strike

T = TypeVar("T")


@attrs.define(kw_only=True)
class ModelLives:
    """A home with one session, the model that works on it, and the supervisors that have asked that model."""

    home: OrionHome
    session_id: str
    backend: str
    mind: Mind
    nursery: Nursery
    deaths: ModelDeaths
    environment: Mapping[str, str] = attrs.field(factory=dict[str, str])
    #: Whether the person answers what the session waits for; a test may keep silent for a while.
    answering: bool = True
    born: list[Child] = attrs.field(factory=list[Child])

    def begin(self, wanted: str = "", nth: int = 1) -> Child:
        """A supervisor that dies at the nth instant of that name; one that lives without a name."""
        self.born.append(self.nursery.begin(self.home, self.backend, wanted, nth, self.environment))
        return self.born[-1]

    def watch(self, until: Callable[[Engine], T | None]) -> T:
        """Answer what is asked of the person, until the condition holds."""
        engine = Engine.open(self.home, wake=lambda: None)
        try:
            deadline = time.monotonic() + PATIENCE
            tick = threading.Event()
            while time.monotonic() < deadline:
                if (found := until(engine)) is not None:
                    return found
                if self.answering:
                    self.answer(engine)
                tick.wait(0.02)
            raise AssertionError(f"{engine.session(self.session_id)}\n{self.said()}")
        finally:
            engine.close()

    def answer(self, engine: Engine) -> None:
        """Approve the plan that waits, and answer with a yes, or the colour, what is asked."""
        match engine.session(self.session_id).state:
            case SessionState.AWAITING_PLAN:
                engine.approve_plan(self.session_id, version=engine.plan_review(self.session_id).version)
            case SessionState.WAITING:
                for asked in engine.approvals(self.session_id):
                    try:
                        engine.approve(asked.id, reason=COLOUR if asked.card.get("question") == QUESTION else "")
                    except StateError:
                        continue  # withdrawn in that moment
            case _:
                pass

    def until_dead(self, child: Child) -> None:
        """Until the supervisor is dead, or its session has ended without coming to its instant."""
        self.watch(lambda engine: True if child.poll() is not None else self.ended(engine))
        assert child.poll() == -signal.SIGKILL, f"it did not die there: {child.poll()}\n{self.said()}"
        self.mourn()

    def kill(self, child: Child) -> None:
        """Kill it as it is now."""
        os.kill(child.pid, signal.SIGKILL)
        self.watch(lambda _: child.poll())
        self.mourn()

    def mourn(self) -> None:
        """After a death: what was on record then may not change, and may not be asked again."""
        self.mind.deaths += 1
        self.deaths.look(self.home, self.session_id)

    def die_at(self, wanted: str, nth: int = 1) -> None:
        """A life that ends at that instant; `server sent work` and `server half work` are the model's own."""
        if wanted.startswith("server "):
            _, at, purpose = wanted.split()
            self.mind.strike = Strike(at=at, purpose=purpose, nth=nth)
            child = self.begin()
            self.mind.victim = lambda: child.pid
        else:
            child = self.begin(wanted, nth)
        self.until_dead(child)

    def ended(self, engine: Engine) -> bool | None:
        """True once the session is over and nobody holds it."""
        session = engine.session(self.session_id)
        return True if session.state not in machine.ACTIVE and not session.lease_owner else None

    def finish(self) -> None:
        """A sound supervisor, to the end of the session and its own."""
        child = self.begin()
        self.watch(lambda _: True if launch.status(self.home).pid == child.pid else None)
        self.watch(self.ended)
        self.stop()

    def stop(self) -> None:
        """Ask it to end; nothing of it stays."""
        child = self.born[-1]
        launch.stop(self.home)
        self.watch(lambda _: True if child.poll() is not None else None)

    def instants(self) -> list[str]:
        """What the supervisors of this home have passed, in order."""
        return (self.home.root / "instants").read_text().splitlines()

    def said(self) -> str:
        """The end of what the supervisors had to say."""
        files: list[Path] = [self.home.logs / "orion.log", self.home.root / "supervisor-output"]
        return "\n".join(path.read_text()[-3000:] for path in files if path.exists())

    def close(self) -> None:
        """End what still runs, however it got there."""
        for child in self.born:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                while child.poll() is None:
                    time.sleep(0.01)
