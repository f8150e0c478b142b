"""One person's Orion for a test: an engine, a repository, and a supervisor in a thread of the test."""

import subprocess
import textwrap
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import attrs

from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import Approval, Session, SessionState
from orion_tui.core.sandbox import select
from orion_tui.core.sandbox.base import Backend
from orion_tui.core.session import machine
from orion_tui.core.session.embedded import EmbeddedSupervisor
from orion_tui.core.session.submit import SubmitRequest

T = TypeVar("T")

#: The PIN of tests that promote.
PIN = "274905"

#: Seconds after which a session that does not move is a failure.
PATIENCE = 110.0

SETTLED = (set(SessionState) - machine.ACTIVE) | {SessionState.WAITING, SessionState.PAUSED}


def git(path: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(path), *args], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@attrs.define(kw_only=True)
class Bench:
    """One person's Orion and one repository of theirs."""

    engine: Engine
    home: OrionHome
    repo: Path
    choose: Callable[[], Backend] = select.choose

    def submit(
        self, plan: str, *, role: str = "software-engineer", goal: str = "do it", snapshot: bool = False
    ) -> Session:
        path = self.home.root / "plan.yaml"
        path.write_text("playbook: 1\ntitle: t\ntasks:\n" + textwrap.indent(textwrap.dedent(plan), "  "))
        return self.engine.submit(
            SubmitRequest(workspace=self.repo, goal=goal, role=role, plan_file=path, snapshot=snapshot)
        )

    @contextmanager
    def supervisor(self) -> Generator[None]:
        with EmbeddedSupervisor(self.home, SystemClock(), self.choose):
            yield

    def wait(self, session: Session, *states: SessionState) -> Session:
        """Until the session is in one of the states (any settled one when none is given)."""
        wanted = set(states) or SETTLED
        return self.until(lambda: ((s := self.engine.session(session.id)).state in wanted and s) or None)

    def until(self, condition: Callable[[], T | None]) -> T:
        deadline = time.monotonic() + PATIENCE
        tick = threading.Event()
        while time.monotonic() < deadline:
            if (found := condition()) is not None:
                return found
            tick.wait(0.02)
        raise AssertionError("it did not come to that in time")

    def pending(self, session: Session) -> Approval:
        return self.until(lambda: next(iter(self.engine.approvals(session.id)), None))

    def events(self, session: Session) -> list[Event]:
        return self.engine.events(session_id=session.id, limit=10_000)

    def reopen(self) -> "Bench":
        """The same with a new front end."""
        self.engine = Engine.open(self.home, wake=lambda: None)
        return self

    def types(self, session: Session) -> list[str]:
        return [event.type for event in self.events(session)]

    def statuses(self, session: Session) -> dict[str, str]:
        return {row.id: row.status.value for row in self.engine.tasks(session.id)}

    def file(self, session: Session, path: str) -> str:
        """A file as the session's branch has it."""
        repo = self.home.session_repo(session.id)
        return git(repo, "show", f"orion-ara/{session.id}:{path}")

    def files(self, session: Session) -> list[str]:
        """Paths that the session's branch changed."""
        return [file.path for file in self.engine.diff(session.id).files]
