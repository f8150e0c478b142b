"""What the approval screens ask of the engine beyond one yes or no, and the values that come back."""

from collections.abc import Sequence
from typing import Protocol

import attrs

from orion_tui.core.models.sessions import Approval


@attrs.frozen(kw_only=True)
class Seen:
    """One question as it was on the screen."""

    id: str
    binding: str


@attrs.frozen(kw_only=True)
class BatchView:
    """What came of answering many at once."""

    answered: int
    #: Title and why, of each that was not answered with the others.
    left_out: tuple[tuple[str, str], ...] = ()


@attrs.frozen(kw_only=True)
class EditView:
    """A question with what a person made of it, judged by the gate; not approved yet."""

    #: The question with the card that it would have.
    approval: Approval
    instead_of: str
    #: What the gate says of it, with its reason.
    tier: str
    reason: str


@attrs.frozen(kw_only=True)
class PastView:
    """A past action that a rule would have let through."""

    text: str
    at: float
    refused: bool = False
    reason: str = ""


@attrs.frozen(kw_only=True)
class ReachView:
    """What allowing something beyond once would mean."""

    rules: tuple[str, ...] = ()
    #: Beside each rule the directory that it holds in, `.` for the workspace's root; "" where it names none of its own.
    places: tuple[str, ...] = ()
    #: Why it cannot be; "" where it can.
    problem: str = ""
    exact: tuple[str, ...] = ()
    wider: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    matched: tuple[PastView, ...] = ()
    looked: int = 0


@attrs.frozen(kw_only=True)
class AllowedView:
    """A rule that a session is allowed beyond its role."""

    number: int
    rule: str
    #: The directory that it holds in, as `ReachView.places`.
    place: str = ""


class AskCommands(Protocol):
    """Answers that cover more than one question, or change it."""

    def answer_all(self, seen: Sequence[Seen], *, approve: bool, reason: str = "") -> BatchView:
        """Approve or reject exactly what was seen; what is something else by now is left out and named."""
        ...

    def text_to_edit(self, approval_id: str) -> str:
        """What a person may change of it: a command, a file's content."""
        ...

    def preview_edit(self, approval_id: str, text: str) -> EditView:
        """What `text` makes of it, judged. `approve_edited` approves what was shown last. Blocked where forbidden."""
        ...

    def approve_edited(self, approval_id: str) -> None:
        """Once, as it was shown."""
        ...

    def preview_reach(self, approval_id: str, rules: Sequence[str] | None, *, whole_role: bool) -> ReachView:
        """What these rules (None: exactly this) would mean. `allow_reach` allows what was shown last."""
        ...

    def allow_reach(self, approval_id: str, secret: str | None) -> None:
        """For this session, or with the credential for its role."""
        ...

    def reaches(self, session_id: str) -> tuple[AllowedView, ...]:
        """What a session is allowed beyond its role."""
        ...

    def revoke_reach(self, session_id: str, number: int, seen: str) -> None:
        """Take one back."""
        ...
