"""A session: one goal being worked on, and everything that is recorded of it."""

from enum import StrEnum
from typing import Any

import attrs

from orion_tui.base.kinds import Tier
from orion_tui.core.models.halt import Halt
from orion_tui.core.models.task_status import TaskStatus


class SessionState(StrEnum):
    """Where a session stands (RUN-1). `core.session.machine` holds the one table of legal transitions."""

    CREATED = "created"
    PLANNING = "planning"
    AWAITING_PLAN = "awaiting_plan_approval"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    UNRECOVERABLE = "unrecoverable"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PROMOTED = "promoted"
    UNDONE = "undone"
    REJECTED = "rejected"
    ARCHIVED = "archived"

    @property
    def words(self) -> str:
        """The state in the middle of a sentence: `session 4f1e is ...`."""
        return "waiting for your word on its plan" if self is SessionState.AWAITING_PLAN else self.value


class ApprovalStatus(StrEnum):
    """Life of an approval: single use, bound to exactly what was shown."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    USED = "used"
    LAPSED = "lapsed"
    #: Its inputs changed after it was asked; a new one took its place.
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


@attrs.frozen(kw_only=True)
class Session:
    """One row of `sessions`."""

    id: str
    #: Absolute path of the user's work tree, as `os.fsdecode` text.
    workspace: str
    goal: str
    role: str
    #: Hash of the frozen policy; `policies` holds its text.
    policy: str
    state: SessionState
    #: Why it is in this state, for people: the stop reason, what it waits for.
    reason: str = ""
    #: The user's commit that the work started from (40 hex) and the branch it was on ("" when detached).
    base_commit: str
    base_branch: str = ""
    #: Set when uncommitted changes came along: the snapshot commit that the work really started from.
    snapshot: str | None = None
    #: Sandbox backend that ran it last, and what that backend lacks here.
    backend: str = ""
    backend_lacks: str = ""
    #: Bytes of memory that its sandbox gets, once that was raised after something ran out of it; 0 as its role says.
    memory_bytes: int = 0
    #: Seconds since the epoch.
    created_at: float
    updated_at: float
    started_at: float | None = None
    finished_at: float | None = None
    #: Seconds of running time used (not waiting or paused).
    running_seconds: float = 0.0
    cost_usd: float = 0.0
    tokens: int = 0
    tasks_total: int = 0
    tasks_done: int = 0
    #: Where the person last said to go on after failures: what ended up to this event counts for no stop (RUN-3).
    counted_from: int = 0
    #: Language models by what they are asked for (`plan`, `work`, and `review` where
    #: another one than that which plans thinks its plan over), as `provider/name`; empty for a playbook.
    models: dict[str, str] = attrs.field(factory=dict[str, str])
    #: What the person set in place of the role's limits: `cost_usd` (None for no limit), `tokens`, `hours`.
    budget: dict[str, float | None] = attrs.field(factory=dict[str, float | None])
    #: Whether nothing is done before the person has seen the plan.
    review_plan: bool = False
    #: Which warnings of the budget were given, comma-separated: `cost`, `tokens`.
    warned: str = ""
    #: What the user asked of a live session: "", "pause", "cancel".
    control: str = ""
    #: Id of the worker that holds the lease, "" when none does, and the fencing token it got.
    lease_owner: str = ""
    lease_until: float = 0.0
    #: When it goes on by itself, in seconds since the epoch: working hours, a model that is asked again; 0 for at once.
    due_at: float = 0.0
    fence: int = 0
    #: What it lacks, where Orion let it stand still.
    halt: Halt = Halt.NONE

    @property
    def delayed(self) -> bool:
        """Whether it stands still and goes on by itself at its `due_at`."""
        return self.state in {SessionState.WAITING, SessionState.INTERRUPTED} and self.due_at > 0


@attrs.frozen(kw_only=True)
class TaskRow:
    """A task as it stands: one row of `tasks`."""

    session_id: str
    id: str
    position: int
    title: str
    description: str = ""
    kind: str
    tier: Tier
    needs: tuple[str, ...]
    confidence: float
    estimate_seconds: float | None = None
    status: TaskStatus
    #: Why it failed, is blocked or waits.
    reason: str = ""
    #: "passed", "failed" or "" when the plan agreed on no check.
    checked: str = ""
    attempt: int = 0
    started_at: float | None = None
    finished_at: float | None = None
    #: What language models have used for it.
    tokens: int = 0
    cost_usd: float = 0.0


@attrs.frozen(kw_only=True)
class Approval:
    """A question to a person: one row of `approvals`."""

    id: str
    session_id: str
    task_id: str
    #: Index of the action within the task.
    index: int
    status: ApprovalStatus
    #: SHA-256 over action, argv, content of the named paths and policy: what runs is what was shown.
    binding: str
    #: What the person is shown: see `core.session.card`.
    card: dict[str, Any]
    created_at: float
    answered_at: float | None = None
    #: Given, it lapses at this time unless used (24 h).
    lapses_at: float | None = None
    answer_reason: str = ""
    used_at: float | None = None
    #: Whether the person said no, whatever became of the question later.
    refused: bool = False
    #: Kind and shape of what is asked: the same for the like (`core.session.likeness`).
    alike: str = ""

    @property
    def conditions(self) -> tuple[tuple[str, str], ...]:
        """What its words and its content do not say and yet are no approval without: where a command runs, with which
        environment, and whether a file becomes executable."""
        details = ((str(name), str(value)) for name, value in self.card.get("details", ()))
        return tuple(
            (name, value)
            for name, value in details
            if name in {"environment", "mode"} or (name == "directory" and value != ".")
        )


@attrs.frozen(kw_only=True)
class Answers:
    """How questions of one likeness were answered before."""

    approved: int = 0
    refused: int = 0
    #: The last reason that was given with a refusal; "" where none was.
    last_reason: str = ""
