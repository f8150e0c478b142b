"""The port: exactly what screens need of the engine, and the values that come back.

`Reads` serves the reading thread and is cheap to import; `Commands` may load anything, for it is made on first use in
a thread of its own. The tests' fake and the real engine both fit.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import attrs

from orion_tui.bridge.ask_port import AskCommands
from orion_tui.bridge.copies_port import CopiesCommands
from orion_tui.bridge.diff_port import DiffCommands
from orion_tui.bridge.finding_port import FindingCommands
from orion_tui.bridge.goal_port import GoalCommands
from orion_tui.bridge.models_port import ModelsCommands
from orion_tui.bridge.pages_port import EventPages, SessionPages
from orion_tui.bridge.plan_port import PlanCommands
from orion_tui.bridge.promotion_port import PromotionCommands
from orion_tui.bridge.settings_port import SettingsCommands
from orion_tui.bridge.timeline_port import TimelineCommands
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.events import Event
from orion_tui.core.models.meters import Used
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.models.sessions import Answers, Approval, Session, SessionState, TaskRow
from orion_tui.core.models.steps import Step
from orion_tui.core.store.tally import Pace, Tally


class Reads(EventPages, SessionPages, Protocol):
    """What is read again whenever the store changed, and by the page. Used by one thread."""

    def changed(self) -> int:
        """A number that differs when something was committed since."""
        ...

    def last_seq(self) -> int:
        """The newest event's position."""
        ...

    def sessions(self, *, limit: int, states: Sequence[SessionState] | None = None) -> list[Session]:
        """Newest first."""
        ...

    def counts(self) -> dict[SessionState, int]:
        """Sessions by state."""
        ...

    def with_work(self, states: Sequence[SessionState]) -> int:
        """How many sessions in these states have work to look at."""
        ...

    def session(self, session_id: str) -> Session:
        """By id or unique prefix; NotFound, UsageError."""
        ...

    def tasks(self, session_id: str) -> list[TaskRow]:
        """In the plan's order."""
        ...

    def task_seconds(self, session_id: str) -> dict[str, float]:
        """How long the work on each task took that ended, by its id; waiting for a person left out."""
        ...

    def pending(self) -> list[Approval]:
        """What waits for an answer, oldest first."""
        ...

    def answers_to(self, alike: str) -> Answers:
        """How questions of that likeness were answered before."""
        ...

    def events_after(self, cursor: int, *, session_id: str | None, limit: int) -> list[Event]:
        """Oldest first."""
        ...

    def events_latest(self, *, session_id: str | None, limit: int) -> list[Event]:
        """The newest, oldest of them first."""
        ...

    def checkpoints(self, session_id: str) -> list[Checkpoint]:
        """Oldest first."""
        ...

    def promotion(self, session_id: str) -> Promotion | None:
        """The latest."""
        ...

    def policy(self, policy_hash: str) -> dict[str, Any]:
        """The frozen policy's JSON."""
        ...

    def last_look(self) -> tuple[int, float] | None:
        """Cursor and time of the person's last look; None before the first."""
        ...

    def spent(self, after: int, since: float) -> float:
        """Dollars that models cost, by events behind `after` and not before `since`."""
        ...

    def tally(self, after: int, upto: int) -> Tally:
        """What happened behind one event, up to and with another."""
        ...

    def pace(self, after: int, upto: int) -> Pace:
        """Actions and dollars of the events behind one, up to and with another."""
        ...

    def first_since(self, at: float) -> int:
        """The first event not before `at` (seconds since the epoch); one above the newest where there is none."""
        ...

    def close(self) -> None:
        """Let the store go."""
        ...


@attrs.frozen(kw_only=True)
class Said:
    """What a model is saying at this moment, or a command printing."""

    #: The step that waits for the whole.
    step: int
    text: str
    #: There was more before it.
    cut: bool = False


class Commands(
    AskCommands,
    DiffCommands,
    GoalCommands,
    PlanCommands,
    PromotionCommands,
    SettingsCommands,
    TimelineCommands,
    CopiesCommands,
    FindingCommands,
    ModelsCommands,
    Protocol,
):
    """What changes something or takes its time. Raises OrionError with what happened and what to do."""

    def answer(self, approval_id: str, text: str) -> None:
        """Answer what the agent asked."""
        ...

    def hint(self, session_id: str, text: str) -> None:
        """Words for the agent, put into its conversation before its next question."""
        ...

    def raise_budget(self, session_id: str, *, cost_usd: float | None, tokens: int | None, hours: float | None) -> None:
        """Another limit for what is given; None leaves it."""
        ...

    def retry(self, session_id: str, task_id: str | None) -> None:
        """Try a failed task again; None for all that failed."""
        ...

    def words(self, session_id: str) -> Said | None:
        """What its model says now; None where it says nothing."""
        ...

    def printing(self, session_id: str) -> Said | None:
        """What its command in flight prints, the end of it; None where nothing runs, or nothing was printed yet."""
        ...

    def meters(self, session_id: str) -> Used | None:
        """What its sandbox uses now; None where none stands, or nothing can be told of it."""
        ...

    def approve(self, approval_id: str) -> None:
        """Once, exactly what was shown."""
        ...

    def reject_approval(self, approval_id: str, reason: str) -> None:
        """The agent is told why."""
        ...

    def cancel(self, session_id: str) -> None:
        """Stop it."""
        ...

    def pause(self, session_id: str) -> None:
        """After the current step."""
        ...

    def resume(self, session_id: str) -> None:
        """Go on."""
        ...

    def reject(self, session_id: str, reason: str) -> None:
        """Refuse finished work."""
        ...

    def step(self, session_id: str, n: int) -> Step | None:
        """One step whole: exact input and output."""
        ...

    def looked(self, seq: int) -> None:
        """The person has seen everything up to `seq`."""
        ...

    def wake(self) -> str:
        """Start the supervisor where work waits for one; what it did, for people ("" for nothing).

        Called again later it starts one only where the last went without a good-bye. Raises StateError when there is a
        supervisor that does not answer.
        """
        ...

    def close(self) -> None:
        """Let everything go."""
        ...
