"""What a promotion and its way back ask of the engine, and the values that come back."""

from typing import Protocol

import attrs

from orion_tui.bridge.diff_port import FileChange


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


class PromotionCommands(Protocol):
    """Bringing work in and taking it back, and the credential for it."""

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
