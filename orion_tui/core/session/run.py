"""One run of one session by one worker: what everything in it shares, and the ways in which it ends."""

import contextlib
from collections.abc import Callable, Generator

import attrs

from orion_tui.base.clock import Clock, local_time
from orion_tui.base.errors import PlanRefused, StateError, Unrecoverable
from orion_tui.base.paths import OrionHome
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.agent.model import NEEDS_PERSON, ModelFailure, ModelPort, Stopped
from orion_tui.core.codec import from_json
from orion_tui.core.external.hub import Hub
from orion_tui.core.external.toolbox import Toolbox, named_servers
from orion_tui.core.models.halt import Halt
from orion_tui.core.models.plans import Plan
from orion_tui.core.models.sessions import Session, SessionState, TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.sandbox.base import Backend
from orion_tui.core.session import hours, machine, stuck, wishes
from orion_tui.core.session.allowance import allowance
from orion_tui.core.session.asking import Asking, AskLater, CeilingReached, NeedsPerson
from orion_tui.core.session.planning import Planning
from orion_tui.core.session.record import Record
from orion_tui.core.session.setbacks import Setbacks
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.store import Store, events, plans, sessions

ChooseBackend = Callable[[], Backend]


@attrs.define(kw_only=True)
class Run:
    """What a run knows: everything that lasts is in the store and in the session's repository."""

    home: OrionHome
    store: Store
    clock: Clock
    record: Record
    #: The session as it was claimed; `now` is how it stands.
    session: Session
    policy: Policy
    stop: StopSignal
    choose: ChooseBackend
    models: ModelPort
    #: The way to servers of external tools; None where this supervisor has none.
    hub: Hub | None = None
    setbacks: Setbacks = attrs.field(
        default=attrs.Factory(lambda self: Setbacks(record=self.record), takes_self=True), init=False
    )
    #: When the session may be taken up again, in seconds since the epoch; 0 for at once.
    not_before: float = attrs.field(default=0.0, init=False)
    _toolbox: Toolbox | None = attrs.field(default=None, init=False)
    _began: float = attrs.field(default=attrs.Factory(lambda self: self.clock.monotonic(), takes_self=True), init=False)

    @property
    def now(self) -> Session:
        """The session's row."""
        return sessions.get(self.store.reader(), self.session.id)

    def rows(self) -> list[TaskRow]:
        """The tasks as they stand, in the plan's order."""
        return plans.all(self.store.reader(), self.session.id)

    def plan(self) -> Plan:
        """The plan in force."""
        return from_json(plans.get(self.store.reader(), self.session.id)[1], Plan)

    def repository(self) -> SessionRepo:
        """The session's own repository. Unrecoverable where it is gone."""
        try:
            return session_repo.open(self.home, self.session.id)
        except StateError as error:
            raise Unrecoverable(error.message, hint=error.hint) from error

    def asking(self) -> Asking:
        """The session's way to its models."""
        return Asking(
            home=self.home,
            record=self.record,
            models=self.models,
            clock=self.clock,
            stop=self.stop,
            limits=lambda: allowance(self.policy.role.limits, self.now),
        )

    def planning(self) -> Planning:
        """The session's plans."""
        return Planning(
            record=self.record,
            asking=self.asking(),
            policy=self.policy,
            session=self.now,
            repo=self.repository,
            running_seconds=self.running_seconds,
        )

    def external(self) -> Toolbox | None:
        """The external tools that the role names, connected to by the first task that a model works on in this run."""
        if self._toolbox is None and self.hub is not None and named_servers(self.policy.role):
            reader = self.store.reader()
            seen = events.of_type(reader, self.session.id, "tools.offered")
            gone = events.of_type(reader, self.session.id, "tools.withdrawn")
            self._toolbox = Toolbox(
                hub=self.hub,
                policy=self.policy,
                stop=self.stop,
                tell=self.record.event,
                pinned={str(event.data["server"]): str(event.data["mark"]) for event in reversed(seen)},
                withdrawn={str(event.data["server"]): str(event.data["reason"]) for event in gone},
            )
            self._toolbox.open()
        return self._toolbox

    def close(self) -> None:
        """Let go of what only this run has."""
        if self._toolbox is not None:
            self._toolbox.close()

    # --- how it goes on, or does not ------------------------------------------------------------------------------

    def control(self) -> str:
        """What a person has asked for, to be carried out between two steps: "", "pause" or "cancel"."""
        return sessions.control(self.store.reader(), self.session.id)

    def stopped(self) -> bool:
        """Whether to stop before the next step."""
        return self.stop.is_set() or self.control() != ""

    def controlled(self) -> bool:
        """Whether the user or the supervisor asked for a stop, carried out at this point between steps."""
        match self.control():
            case "cancel":
                self.end(SessionState.CANCELLED, wishes.CANCELLED)
                return True
            case "pause":
                return self.record.pause(wishes.PAUSED, self.running_seconds())
            case _:
                if self.stop.is_set():
                    self.record.columns(running_seconds=self.running_seconds())
                    return True
                return False

    def closed(self) -> bool:
        """Whether it is outside the role's working hours; the session then waits for them."""
        opens = hours.opens_at(self.policy.role.working_hours, self.clock.now())
        if opens is None:
            return False
        self.not_before = opens
        when = local_time(opens, now=self.clock.now())
        self.end(SessionState.WAITING, f"outside working hours; goes on at {when}", Halt.HOURS)
        return True

    def end(self, state: SessionState, reason: str, halt: Halt = Halt.NONE) -> None:
        """Leave the session in a state in which this run has nothing more to do; `halt` is what it lacks."""
        finished = self.clock.now() if state not in machine.ACTIVE else None
        used = self.running_seconds()
        self.record.state(state, reason, running_seconds=used, finished_at=finished, due_at=self.not_before, halt=halt)

    def running_seconds(self) -> float:
        """Running time of the session so far, in seconds."""
        return self.session.running_seconds + self.clock.monotonic() - self._began

    @contextlib.contextmanager
    def troubles(self) -> Generator[None]:
        """What a model may do to a whole session, turned into its state."""
        try:
            yield
        except AskLater as later:
            self._put_down("waits for the model")
            self.not_before = later.again
            self.end(SessionState.WAITING, later.message, Halt.MODEL)
        except (NeedsPerson, *NEEDS_PERSON) as needs:
            self._put_down("waits for the model")
            self.end(SessionState.PAUSED, stuck.reason(needs.message, needs.hint, self.session.id), Halt.PERSON)
        except CeilingReached as reached:
            self._put_down(reached.message)
            self.record.event("limit.reached", {"limit": reached.limit, "reason": reached.message})
            self.end(SessionState.FAILED, reached.message)
        except Stopped:
            # Told to stop in the middle of a question: carried out as it would be between two steps.
            self.controlled()
        except (PlanRefused, ModelFailure) as failure:
            problems = f": {failure.problems[0]}" if failure.problems else ""
            self.end(SessionState.FAILED, f"no plan: {failure.message}{problems}")

    def _put_down(self, reason: str) -> None:
        """The task in hand goes back into the queue; its attempt goes on after the steps that are finished."""
        for row in self.rows():
            if row.status is TaskStatus.RUNNING:
                self.record.task(row.id, TaskStatus.QUEUED, "task.put_down", {"title": row.title, "reason": reason})
