"""What a diff asks of the engine, and the values that come back."""

from collections.abc import Sequence
from typing import Protocol

import attrs

from orion_tui.core.models.hunks import Hunk


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


class DiffCommands(Protocol):
    """What a session changed, looked at."""

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
