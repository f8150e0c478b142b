"""The lanes' hold on diffs: names first, counts and hunks of what is looked at."""

from collections.abc import Sequence

from orion_tui.base.errors import NotFound, StateError
from orion_tui.bridge.diff_port import WHOLE, DiffView, FileChange, FileDiff, Sides, Span
from orion_tui.bridge.diff_views import change_view, diff_view, file_view, sides_view
from orion_tui.core.engine import Engine
from orion_tui.core.repo import diff as diffs
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.hunks import MAX_LINES

#: Diffs that stay at hand, so that a file's hunks are read from the set its name came from.
_KEPT = 4
#: Up to so many files the counts come with the names; a person would have to wait for those of more.
_COUNTED = 200


class DiffHand:
    """The part of `Commands` that looks at what a session changed."""

    _engine: Engine
    _diffs: dict[tuple[str, Span], diffs.DiffSet]

    def _begin_diffs(self) -> None:
        self._diffs = {}

    def diff(self, session_id: str, span: Span = WHOLE) -> DiffView:
        """See Commands."""
        session = self._engine.session(session_id)
        if not self._engine.checkpoints(session.id):
            raise StateError("nothing to show yet: the session has no checkpoint", hint="one is made after each task")
        if span == WHOLE:
            found = self._engine.diff(session.id, count=False)
        else:
            found = diffs.diff(session_repo.open(self._engine.home, session.id), *span, count=False)
        if len(found.files) <= _COUNTED:
            found = found.count(file.path for file in found.files)
        self._keep(session.id, span, found)
        return diff_view(session_id, found)

    def _keep(self, session_id: str, span: Span, found: diffs.DiffSet) -> None:
        self._diffs.pop((session_id, span), None)
        self._diffs[session_id, span] = found
        while len(self._diffs) > _KEPT:
            del self._diffs[next(iter(self._diffs))]

    def counts(self, session_id: str, keys: Sequence[str], span: Span = WHOLE) -> tuple[FileChange, ...]:
        """See Commands."""
        session = self._engine.session(session_id)
        if (session.id, span) not in self._diffs:
            self.diff(session_id, span)
        found = self._diffs[session.id, span].count(keys)
        self._keep(session.id, span, found)
        wanted = set(keys)
        return tuple(change_view(file) for file in found.files if file.path in wanted)

    def file_diff(self, session_id: str, key: str, span: Span = WHOLE, *, blanks: bool = True) -> FileDiff:
        """See Commands."""
        file = self._file(session_id, key, span)
        # What git shows lines of needs no counting first, which would double the wait for it.
        if not file.counted and (file.status in "AD" or not file.hunks or _many(file)):
            self.counts(session_id, (key,), span)
            file = self._file(session_id, key, span)
        return file_view(file, key, blanks=blanks)

    def sides(self, session_id: str, key: str, span: Span = WHOLE) -> Sides | None:
        """See Commands."""
        return sides_view(self._file(session_id, key, span), key)

    def _file(self, session_id: str, key: str, span: Span) -> diffs.FileDiff:
        """One file of the diff on show."""
        session = self._engine.session(session_id)
        if (session.id, span) not in self._diffs:
            self.diff(session_id, span)
        file = self._diffs[session.id, span].file(key)
        if file is None:
            raise NotFound("that file is not changed any more")
        return file


def _many(file: diffs.FileDiff) -> bool:
    """Whether there may be more hunks than were read."""
    return sum(len(hunk.lines) for hunk in file.hunks) >= MAX_LINES
