"""What the fake store holds."""

import threading
from typing import Any

import attrs

from orion_tui.base.errors import OrionError
from orion_tui.bridge.ask_port import AllowedView, ReachView
from orion_tui.bridge.diff_port import DiffView, FileDiff, Sides
from orion_tui.bridge.goal_port import FieldProblem, GoalForm
from orion_tui.bridge.plan_port import PlanView
from orion_tui.bridge.port import Said
from orion_tui.bridge.promotion_port import AuthView
from orion_tui.bridge.timeline_port import TimelineView
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.events import Event
from orion_tui.core.models.meters import Used
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.models.sessions import Answers, Approval, Session, SessionState, TaskRow
from orion_tui.core.models.steps import Step
from tests.support.screens.rows import NOW, POLICY


@attrs.define
class World:
    """What the fake store holds. Change it, then `touch`."""

    sessions: list[Session] = attrs.Factory(list[Session])
    tasks: dict[str, list[TaskRow]] = attrs.Factory(dict[str, "list[TaskRow]"])
    #: How long the work on tasks took, by session and task.
    seconds: dict[str, dict[str, float]] = attrs.Factory(dict[str, "dict[str, float]"])
    approvals: list[Approval] = attrs.Factory(list[Approval])
    events: list[Event] = attrs.Factory(list[Event])
    checkpoints: dict[str, list[Checkpoint]] = attrs.Factory(dict[str, "list[Checkpoint]"])
    promotions: dict[str, Promotion] = attrs.Factory(dict[str, Promotion])
    steps: dict[tuple[str, int], Step] = attrs.Factory(dict[tuple[str, int], Step])
    #: Whole files by key, for their colours.
    sides: dict[str, Sides] = attrs.Factory(dict[str, Sides])
    diffs: dict[str, tuple[DiffView, dict[str, FileDiff]]] = attrs.Factory(
        dict[str, "tuple[DiffView, dict[str, FileDiff]]"]
    )
    timelines: dict[str, TimelineView] = attrs.Factory(dict[str, TimelineView])
    #: What the form of a new goal begins with, and the problems that submitting it finds.
    form: GoalForm | None = None
    problems: tuple[FieldProblem, ...] = ()
    #: What opens the vault that holds a model's key; "" where none has to be opened.
    passphrase: str = ""
    #: Plans under review by session, what undo leads back to, and what models say at the moment.
    plans: dict[str, PlanView] = attrs.Factory(dict[str, PlanView])
    undo: dict[str, list[PlanView]] = attrs.Factory(dict[str, "list[PlanView]"])
    said: dict[str, str] = attrs.Factory(dict[str, str])
    #: What commands in flight print, by session.
    printed: dict[str, Said] = attrs.Factory(dict[str, Said])
    #: What sandboxes use, by session.
    meters: dict[str, Used] = attrs.Factory(dict[str, Used])
    #: How often meters were read.
    readings: int = 0
    #: What the settings file says.
    settings: dict[str, str] = attrs.Factory(dict[str, str])
    #: How the like was answered before, by likeness.
    answers: dict[str, Answers] = attrs.Factory(dict[str, Answers])
    #: What allowing beyond once would mean, and what is allowed so.
    reach: ReachView = attrs.Factory(lambda: ReachView(rules=("run(pip install a)",), exact=("run(pip install a)",)))
    allowed: tuple[AllowedView, ...] = ()
    look: tuple[int, float] | None = None
    auth: AuthView = attrs.Factory(lambda: AuthView(methods=("pin",), locked_until=None, vault="keychain"))
    pin: str = "271828"
    wrong: int = 0
    blocked: bool = False
    #: Special paths that promotion needs allowed by name.
    special: tuple[str, ...] = ()
    version: int = 0
    #: Every command the screens gave, in order.
    calls: list[tuple[Any, ...]] = attrs.Factory(list[tuple[Any, ...]])
    #: Errors to raise, by name of command.
    errors: dict[str, OrionError] = attrs.Factory(dict[str, OrionError])
    #: What stands in every text of a role beside its own words.
    role_text: str = ""
    #: Models that some server lists.
    model_names: tuple[str, ...] = ()
    lock: threading.RLock = attrs.Factory(threading.RLock)

    def become(self, other: "World") -> None:
        """Hold what another world holds; calls are forgotten."""
        with self.lock:
            for field in attrs.fields(World):
                if field.name not in {"version", "lock"}:
                    setattr(self, field.name, getattr(other, field.name))
            self.touch()

    def first_action(self, session_id: str) -> int:
        """Position of the first decided action."""
        return next(e.seq for e in self.events if e.session_id == session_id and e.type == "action.decided")

    def touch(self) -> None:
        """Something was committed."""
        with self.lock:
            self.version += 1

    def event(self, session_id: str, kind: str, at: float, actor: str = "orion", **data: Any) -> None:
        """One more line of history."""
        with self.lock:
            seq = len(self.events) + 1
            self.events.append(
                Event(seq=seq, at=at, session_id=session_id, type=kind, actor=actor, data=data, policy=POLICY)
            )

    def set_state(self, session_id: str, state: SessionState, **changes: Any) -> None:
        """Move a session on."""
        with self.lock:
            self.sessions = [
                attrs.evolve(s, state=state, **changes) if s.id == session_id else s for s in self.sessions
            ]
            self.event(session_id, "session.state", NOW, to=str(state), reason="")
            self.touch()
