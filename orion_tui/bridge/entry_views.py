"""What a session's events tell, as entries of its screen."""

from enum import StrEnum

import attrs


class ActionState(StrEnum):
    """How far one action got."""

    DECIDED = "decided"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    #: Blocked, and that is what the plan wanted to show.
    PROVEN = "proven"


@attrs.frozen(kw_only=True)
class ActionView:
    """One action's way through gate and sandbox, as its events tell it."""

    #: Position of the first event that told of it: its identity.
    seq: int
    at: float
    task: str
    index: int
    #: `run pytest -q`, `write src/app.py`.
    text: str
    state: ActionState
    tier: str = ""
    layer: str = ""
    rule: str = ""
    reason: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    flagged: bool = False
    step: int | None = None
    approval: str = ""
    #: What came back.
    summary: str = ""
    exit_code: int | None = None
    seconds: float | None = None
    output: str = ""
    changed: tuple[str, ...] = ()
    finished_at: float | None = None

    @property
    def notable(self) -> bool:
        """Whether `n` stops here: it was stopped, failed, asked about or flagged."""
        return self.flagged or self.state in {
            ActionState.WAITING,
            ActionState.FAILED,
            ActionState.BLOCKED,
            ActionState.PROVEN,
        }


class TurnState(StrEnum):
    """How far one question to a model got."""

    ASKING = "asking"
    ANSWERED = "answered"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class ModelTurn:
    """One question to a model, and what it said, as its events tell it."""

    #: Position of the event that began it: its identity.
    seq: int
    at: float
    task: str
    #: `plan`, `work`, `replan`, `compact`.
    purpose: str
    #: `provider/name`.
    model: str
    state: TurnState
    step: int | None = None
    #: How the answer begins.
    text: str = ""
    tokens: int = 0
    #: Dollars; None where nobody knows the model's price.
    cost_usd: float | None = None
    seconds: float | None = None
    #: Why it failed, and when it is tried again (seconds since the epoch).
    reason: str = ""
    again: float | None = None

    @property
    def notable(self) -> bool:
        """Whether `n` stops here."""
        return self.state is TurnState.FAILED


@attrs.frozen(kw_only=True)
class TaskHead:
    """A task begins: the heading of the actions below it."""

    seq: int
    at: float
    task: str
    title: str


@attrs.frozen(kw_only=True)
class Note:
    """Something that happened to the session as a whole."""

    seq: int
    at: float
    #: Status word: `done`, `failed`, `blocked`, `waiting`, `running`, `paused` or `plain`.
    mood: str
    text: str


Entry = ActionView | ModelTurn | TaskHead | Note
