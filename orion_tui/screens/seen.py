"""Files of diffs that the person marked as seen: kept while the application runs, whichever way leads to the diff."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orion_tui.bridge.diff_port import FileChange, Span

#: Diffs whose marks are kept, the latest.
KEPT = 200


class SeenFiles:
    """Marks by session and span. A file whose content is another than the one that was seen is not seen."""

    def __init__(self) -> None:
        self._marks: dict[tuple[str, Span], dict[str, str]] = {}

    def among(self, session_id: str, span: "Span", files: "Iterable[FileChange]") -> set[str]:
        """Keys of those that were seen as they are now."""
        marks = self._marks.get((session_id, span), {})
        return {file.key for file in files if marks.get(file.key) == file.content}

    def keep(self, session_id: str, span: "Span", file: "FileChange", *, seen: bool) -> None:
        """Mark it as it is now, or take the mark away."""
        marks = self._marks.pop((session_id, span), {})
        marks.pop(file.key, None)
        if seen:
            marks[file.key] = file.content
        self._marks[session_id, span] = marks
        while len(self._marks) > KEPT:
            del self._marks[next(iter(self._marks))]
