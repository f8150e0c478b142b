"""What the reading thread hands to the screens: frozen, whole, and replaced rather than changed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from orion_tui.core.models.sessions import Answers, Approval, Session, SessionState, TaskRow

if TYPE_CHECKING:
    from orion_tui.bridge.live_view import Live
    from orion_tui.core.store.tally import Pace

#: Finished work that a person has not decided about yet.
REVIEWABLE = (SessionState.COMPLETED, SessionState.FAILED, SessionState.CANCELLED)
#: A session that will go on, or could.
ACTIVE = (
    SessionState.CREATED,
    SessionState.PLANNING,
    SessionState.AWAITING_PLAN,
    SessionState.RUNNING,
    SessionState.WAITING,
    SessionState.PAUSED,
    SessionState.INTERRUPTED,
)
#: States in which `P` makes sense; undone work may be brought back.
PROMOTABLE = (*REVIEWABLE, SessionState.UNDONE)


class NeedKind(StrEnum):
    """Why something waits for the person."""

    APPROVE = "approve"
    #: The agent asks something.
    QUESTION = "question"
    #: A plan wants to be seen before work starts, or goes on.
    PLAN = "plan"
    #: It was paused because it lacks something that only a person can mend, such as a key.
    STUCK = "stuck"
    REVIEW = "review"


def question_of(approval: Approval) -> str:
    """What the agent asks; "" where it asks leave for an action."""
    asked = approval.card.get("question", "")
    return asked if isinstance(asked, str) else ""


@attrs.frozen(kw_only=True)
class Need:
    """One thing that waits for the person."""

    kind: NeedKind
    session: Session
    approval: Approval | None = None

    @property
    def key(self) -> str:
        """The same for the same thing."""
        return self.approval.id if self.approval is not None else f"{self.session.id}:{self.session.state}"

    @property
    def since(self) -> float:
        """When it began to wait (seconds since the epoch)."""
        if self.approval is not None:
            return self.approval.created_at
        if self.kind in {NeedKind.PLAN, NeedKind.STUCK}:
            return self.session.updated_at
        return self.session.finished_at or self.session.updated_at


@attrs.frozen(kw_only=True)
class Since:
    """What happened since the person last looked, counted from events."""

    #: Time and cursor of the last look; None on the first visit.
    looked_at: float | None
    seq: int
    tasks_done: int = 0
    finished: int = 0
    failed: int = 0
    blocked: int = 0
    asked: int = 0
    #: Sessions that were interrupted, or lost.
    interrupted: int = 0
    #: Dollars that models cost.
    spent: float = 0.0
    #: Not all of it is counted yet: the figures are lower bounds.
    more: bool = False

    @property
    def quiet(self) -> bool:
        """Whether nothing of it happened."""
        counted = (self.tasks_done, self.finished, self.failed, self.blocked, self.asked, self.interrupted, self.spent)
        return not any(counted)


@attrs.frozen(kw_only=True)
class Limits:
    """What the session's role lets it use; None where there is no limit."""

    hours: float | None = None
    cost_usd: float | None = None
    tokens: int | None = None


def in_force(limits: Limits, session: Session) -> Limits:
    """The role's limits with what the person set in their place."""
    budget = session.budget
    if not budget:
        return limits
    tokens = budget.get("tokens", limits.tokens)
    return Limits(
        hours=budget.get("hours", limits.hours),
        cost_usd=budget.get("cost_usd", limits.cost_usd),
        tokens=int(tokens) if tokens is not None else None,
    )


@attrs.frozen(kw_only=True)
class Glance:
    """The selected session: enough for the detail pane."""

    session: Session
    tasks: tuple[TaskRow, ...]
    limits: Limits
    #: How long the work on tasks took, by id.
    seconds: Mapping[str, float] = attrs.field(factory=dict[str, float])


@attrs.frozen(kw_only=True)
class Snapshot:
    """Everything on show, read at one moment."""

    needs: tuple[Need, ...]
    sessions: tuple[Session, ...]
    counts: dict[SessionState, int]
    since: Since
    #: The newest session that runs or ran: where the header's sandbox words come from.
    newest: Session | None
    glance: Glance | None = None
    live: "Live | None" = None
    #: Why there is no `live` although one was asked for: no such session, or several.
    missing: str = ""
    #: The likeness that was asked about, and how the like was answered before.
    alike: str = ""
    answers: Answers = attrs.field(factory=Answers)
    #: Newest event read.
    seq: int = 0
    #: Dollars that models cost since midnight.
    spent_today: float = 0.0
    #: What was done and spent in the last twelve hours, half hour by half hour, the oldest first.
    pace: "tuple[Pace, ...]" = ()
    #: How many sessions wait for review: ended, with work that could be taken.
    reviews: int = 0

    @property
    def known(self) -> tuple[Session, ...]:
        """Every session of which this snapshot holds the row, in no order."""
        single = [found.session for found in (self.glance, self.live) if found is not None]
        return (*single, *self.sessions, *(need.session for need in self.needs))

    @property
    def approvals(self) -> int:
        """How many approvals wait, questions of agents included."""
        return sum(1 for need in self.needs if need.approval is not None)

    @property
    def plans(self) -> int:
        """How many plans wait to be seen."""
        return sum(1 for need in self.needs if need.kind is NeedKind.PLAN)

    @property
    def stuck(self) -> int:
        """How many sessions cannot go on before the person has mended something."""
        return sum(1 for need in self.needs if need.kind is NeedKind.STUCK)

    @property
    def delayed(self) -> tuple[Session, ...]:
        """Sessions that stand still and go on by themselves at their `due_at`: `reason` says in words why and when.

        A model, a sandbox or room on the disk is waited for, or working hours are; `resume` tries at once.
        """
        halted = {SessionState.WAITING, SessionState.INTERRUPTED}
        return tuple(session for session in self.sessions if session.state in halted and session.due_at > 0)

    @property
    def total(self) -> int:
        """How many sessions there are."""
        return sum(self.counts.values())


@attrs.frozen(kw_only=True)
class Interest:
    """What the screen in front wants read beside what is always read."""

    #: Session whose detail is on show.
    selected: str = ""
    #: Likeness of the approval whose card is on show.
    alike: str = ""
    #: Session that is on show whole.
    live: str = ""
