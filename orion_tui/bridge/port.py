"""The port: exactly what screens need of the engine, and the values that come back.

`Reads` serves the reading thread and is cheap to import; `Commands` may load anything, for it is made on first use in
a thread of its own. The tests' fake and the real engine both fit.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import attrs

from orion_tui.bridge.ask_port import AskCommands
from orion_tui.bridge.copies_port import CopiesCommands
from orion_tui.bridge.finding_port import FindingCommands
from orion_tui.bridge.goal_port import GoalCommands
from orion_tui.bridge.pages_port import EventPages, SessionPages
from orion_tui.bridge.plan_port import PlanCommands
from orion_tui.bridge.settings_port import SettingsCommands
from orion_tui.core.models.meters import Used
from orion_tui.core.models.sessions import (
    Answers,
    Approval,
    Checkpoint,
    Event,
    Promotion,
    Session,
    SessionState,
    Step,
    TaskRow,
)
from orion_tui.core.models.so_far import SoFar
from orion_tui.core.models.task_status import TaskStatus
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
class DiffLine:
    """One line of a hunk, cleaned."""

    #: " ", "+" or "-".
    kind: str
    old_no: int | None
    new_no: int | None
    text: str
    #: False for a last line without a newline at its end.
    newline: bool = True


@attrs.frozen(kw_only=True)
class Hunk:
    """A run of changed lines with their surroundings."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    heading: str
    lines: tuple[DiffLine, ...]


@attrs.frozen(kw_only=True)
class FileChange:
    """One changed file."""

    #: Cleaned for show; `key` names it to the engine.
    path: str
    key: str
    old_path: str = ""
    #: A, M, D, R or T.
    status: str
    added: int | None
    removed: int | None
    binary: bool = False
    #: Why it needs attention by name (CI, hooks, symbolic link ...); "" for an ordinary file.
    special: str = ""
    #: `100644 → 100755`, where the mode changed.
    mode: str = ""
    #: False while nobody has looked how many lines changed (`Commands.counts`).
    counted: bool = True
    #: What it was and became, as one word: another where either is another.
    content: str = ""


#: Two commits to compare; empty for the base, and for the branch as it is.
Span = tuple[str, str]
WHOLE: Span = ("", "")


@attrs.frozen(kw_only=True)
class DiffView:
    """What a session changed."""

    session_id: str
    base: str
    tip: str
    files: tuple[FileChange, ...]

    @property
    def added(self) -> int:
        """Lines added."""
        return sum(file.added or 0 for file in self.files)

    @property
    def removed(self) -> int:
        """Lines removed."""
        return sum(file.removed or 0 for file in self.files)


@attrs.frozen(kw_only=True)
class FileDiff:
    """One file's hunks, read when it is looked at."""

    key: str
    hunks: tuple[Hunk, ...]
    #: Said instead of hunks, or after them: binary, too large, only a mode change.
    remark: str = ""
    #: False where lines that differ in blanks only were left out.
    blanks: bool = True


@attrs.frozen(kw_only=True)
class Sides:
    """All lines of one changed file, cleaned as those of its hunks: what their colours are found out from."""

    key: str
    #: Its name, from which its language is known. Not cleaned.
    path: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Check:
    """One check of the gate."""

    name: str
    passed: bool
    details: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class PromotionView:
    """What promoting would do, and what stands against it."""

    session_id: str
    goal: str
    approved: bool
    checks: tuple[Check, ...]
    #: `refs/heads/main` and the commit it points at.
    target: str
    tip: str
    files: tuple[FileChange, ...]
    tags: tuple[str, ...]
    #: Paths that stand in the way, each with its reason.
    problems: tuple[str, ...] = ()
    #: Special paths that the person has to allow by name: key, path as shown, reason, whether that was done.
    special: tuple[tuple[str, str, str, bool], ...] = ()
    #: Tasks that are worth a second look, and why each is.
    flagged: tuple[str, ...] = ()
    #: Plain facts worth knowing: drift without overlap, dirty files that stay as they are.
    notes: tuple[str, ...] = ()
    #: "pin" or "totp".
    method: str = "pin"


@attrs.frozen(kw_only=True)
class UndoView:
    """What taking a promotion back would do, and what stands against it."""

    session_id: str
    goal: str
    #: The merge commit that is taken back, the branch it stands on, and where that points now.
    merge_commit: str
    target: str
    tip: str
    #: How the files change, from what they are now.
    files: tuple[FileChange, ...]
    problems: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class AuthView:
    """Which credentials exist."""

    methods: tuple[str, ...]
    #: Seconds since the epoch until which attempts are refused; None when they are not.
    locked_until: float | None
    #: Where a credential is or would be kept: "keychain", "file", or "" where a choice is needed.
    vault: str
    #: The ways that can be chosen where no keychain serves: name and plain words.
    choices: tuple[tuple[str, str], ...] = ()
    #: A passphrase must come along with the credential.
    needs_passphrase: bool = False


@attrs.frozen(kw_only=True)
class Promoted:
    """A promotion that happened."""

    session_id: str
    commit: str
    target: str
    tags: tuple[str, ...]
    notes: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Undone:
    """An undo that happened."""

    session_id: str
    commit: str
    notes: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class MomentView:
    """A checkpoint in the timeline."""

    number: int
    name: str
    commit: str
    #: The commit that `files` compare with: the checkpoint before, or the base.
    before: str
    at: float
    reason: str
    task: str
    #: It stands inside a task, whose work up to there is not on the branch.
    inside: bool
    files: tuple[FileChange, ...]
    #: What the session had used up to then; None where that is not known.
    so_far: SoFar | None = None


@attrs.frozen(kw_only=True)
class TrashView:
    """Something in the trash; `files` is what would change if it came back now."""

    number: int
    name: str
    summary: str
    commit: str
    before: str
    at: float
    until: float
    files: tuple[FileChange, ...]


@attrs.frozen(kw_only=True)
class TimelineView:
    """Newest first, both."""

    session_id: str
    #: The newest commit with work of the session in it.
    newest: str
    moments: tuple[MomentView, ...]
    trash: tuple[TrashView, ...]


@attrs.frozen(kw_only=True)
class TaskReturn:
    """A task that goes back."""

    title: str
    before: TaskStatus
    after: TaskStatus
    #: Finished steps after which it goes on.
    kept: int


@attrs.frozen(kw_only=True)
class ReturnView:
    """What a rollback, or bringing something back, will do. Only what it shows is done."""

    session_id: str
    #: `cp-0003`, or what the trash entry holds.
    name: str
    reason: str
    tasks: tuple[TaskReturn, ...] = ()
    #: Steps that no longer count.
    steps: int = 0
    #: Checkpoints that go to the trash.
    checkpoints: tuple[str, ...] = ()
    #: Questions that are withdrawn.
    questions: tuple[str, ...] = ()
    files: tuple[FileChange, ...] = ()
    #: The state that the session will be in.
    state: SessionState


@attrs.frozen(kw_only=True)
class Said:
    """What a model is saying at this moment, or a command printing."""

    #: The step that waits for the whole.
    step: int
    text: str
    #: There was more before it.
    cut: bool = False


class Commands(AskCommands, GoalCommands, PlanCommands, SettingsCommands, CopiesCommands, FindingCommands, Protocol):
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

    def diff(self, session_id: str, span: Span = WHOLE) -> DiffView:
        """Names, and counts unless there are too many files to wait for them."""
        ...

    def counts(self, session_id: str, keys: Sequence[str], span: Span = WHOLE) -> tuple[FileChange, ...]:
        """These files of the diff that was asked for last, with their counts."""
        ...

    def file_diff(self, session_id: str, key: str, span: Span = WHOLE, *, blanks: bool = True) -> FileDiff:
        """One file's hunks; without `blanks`, lines that differ in blanks only count as equal."""
        ...

    def sides(self, session_id: str, key: str, span: Span = WHOLE) -> Sides | None:
        """One file's lines, for colouring; None where it is too large for that, or no text."""
        ...

    def timeline(self, session_id: str) -> TimelineView:
        """What can be gone back to, and what can be had again."""
        ...

    def preview_rollback(self, session_id: str, number: int) -> ReturnView:
        """What going back to a checkpoint will do; `rollback` does what was shown last."""
        ...

    def rollback(self, session_id: str) -> int:
        """Go back; the number in the trash of what came later."""
        ...

    def preview_restore(self, number: int) -> ReturnView:
        """What bringing something back from the trash will do."""
        ...

    def restore(self, number: int) -> None:
        """Bring it back."""
        ...

    def preview(self, session_id: str, allow: tuple[str, ...] = ()) -> PromotionView:
        """Gate and trial merge, with these special paths allowed by name. `promote` does what was shown last."""
        ...

    def promote(self, session_id: str, secret: str) -> Promoted:
        """For real."""
        ...

    def preview_undo(self, session_id: str) -> UndoView:
        """What a revert commit would change. `undo` does what was shown last."""
        ...

    def undo(self, session_id: str, secret: str) -> Undone:
        """A revert commit."""
        ...

    def auth(self) -> AuthView:
        """Which credentials exist."""
        ...

    def enroll(self, pin: str, vault: str, passphrase: str) -> None:
        """Set the first PIN."""
        ...

    def unlock(self, passphrase: str) -> None:
        """Give the passphrase of the vault file for this run."""
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
