"""One file's way from a tree to the next."""

import os

import attrs

from orion_tui.core.models.actions import FileChange
from orion_tui.core.sandbox.base import EntryKind, TreeEntry


@attrs.frozen(kw_only=True)
class Before:
    """What a path held: kind and blob id."""

    kind: EntryKind
    oid: str


@attrs.frozen(kw_only=True)
class Change:
    """A path that differs: created (`before` is None), changed, or deleted (`after` is None)."""

    path: bytes
    before: Before | None
    after: TreeEntry | None
    #: Blob id of `after`; empty for a deletion.
    oid: str = ""

    @property
    def digest(self) -> str:
        """What the path would hold, in one word: an approval of a special path is bound to it."""
        return f"{self.after.kind.value} {self.oid}" if self.after is not None else "deleted"

    def as_file_change(self) -> FileChange:
        """The form that policy judges. Content before is not read again: only whether there was any counts here."""
        before, after = self.before, self.after
        return FileChange(
            path=os.fsdecode(self.path),
            before=b"" if before is not None else None,
            after=after.data if after is not None else None,
            was_executable=before is not None and before.kind is EntryKind.EXECUTABLE,
            executable=after is not None and after.kind is EntryKind.EXECUTABLE,
            is_symlink=EntryKind.SYMLINK in {before and before.kind, after and after.kind},
        )
