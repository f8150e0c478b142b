"""The engine's diffs as the screens look at them."""

from orion_tui.base.text import display_path
from orion_tui.bridge.port import DiffLine, DiffView, FileChange, FileDiff, Hunk
from orion_tui.core.repo import diff as diffs


def diff_view(session_id: str, found: diffs.DiffSet) -> DiffView:
    """Names and counts; no hunk is read for it."""
    return DiffView(session_id=session_id, base=found.old, tip=found.new, files=tuple(map(change_view, found.files)))


def change_view(file: diffs.FileDiff) -> FileChange:
    """One file's line in a list."""
    path, old = display_path(file.path), display_path(file.old_path)
    modes = file.old_mode and file.new_mode and file.old_mode != file.new_mode
    return FileChange(
        path=path,
        key=file.path,
        old_path=old if old != path else "",
        status=file.status,
        added=None if file.binary else file.added,
        removed=None if file.binary else file.removed,
        binary=file.binary,
        special=file.special_reason,
        mode=f"{file.old_mode} to {file.new_mode}" if modes else "",
    )


def file_view(file: diffs.FileDiff, key: str) -> FileDiff:
    """One file's hunks, or why there are none."""
    hunks = tuple(
        Hunk(
            old_start=hunk.old_start,
            old_count=hunk.old_count,
            new_start=hunk.new_start,
            new_count=hunk.new_count,
            heading=hunk.heading,
            lines=tuple(
                DiffLine(kind=line.kind, old_no=line.old_no, new_no=line.new_no, text=line.text, newline=line.newline)
                for line in hunk.lines
            ),
        )
        for hunk in file.hunks
    )
    return FileDiff(key=key, hunks=hunks, remark="" if hunks and not file.huge else _remark(file))


def _remark(file: diffs.FileDiff) -> str:
    if file.binary:
        return "A binary file: its content is not shown."
    if file.huge:
        return f"{file.added + file.removed:,} lines changed: only the first {diffs.MAX_LINES:,} are shown."
    if file.status == "R":
        return "Renamed; the content is the same."
    if file.old_mode != file.new_mode and file.old_mode and file.new_mode:
        return f"Only the mode changes: {file.old_mode} to {file.new_mode}."
    return "The content is the same."
