"""The engine's diffs as the screens look at them."""

from orion_tui.base.text import display_path
from orion_tui.bridge.diff_port import DiffView, FileChange, FileDiff, Sides
from orion_tui.core.repo import diff as diffs
from orion_tui.core.repo.hunks import MAX_BYTES, MAX_LINES


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
        added=None if file.binary or not file.counted else file.added,
        removed=None if file.binary or not file.counted else file.removed,
        counted=file.counted,
        binary=file.binary,
        special=file.special_reason,
        mode=f"{file.old_mode} to {file.new_mode}" if modes else "",
        content=f"{file.old_mode}:{file.old_oid}:{file.new_mode}:{file.new_oid}",
    )


def file_view(file: diffs.FileDiff, key: str, *, blanks: bool = True) -> FileDiff:
    """One file's hunks, or why there are none. Without `blanks`, lines that differ in blanks only count as equal."""
    hunks = file.hunks if blanks else file.hunks_but_blanks
    remark = "" if hunks and not file.huge else _remark(file, blanks=blanks)
    return FileDiff(key=key, hunks=hunks, remark=remark, blanks=blanks)


def sides_view(file: diffs.FileDiff, key: str) -> Sides | None:
    """All lines of a file, for colouring; None where it stays plain."""
    sides = file.sides()
    return Sides(key=key, path=file.path, old=sides[0], new=sides[1]) if sides is not None else None


def _remark(file: diffs.FileDiff, *, blanks: bool) -> str:
    if file.binary:
        before, after = file.sizes()
        what = "too large to compare" if max(before, after) > MAX_BYTES else "binary"
        return f"{what}: {before:,} bytes before, {after:,} bytes after"
    if file.huge:
        return f"{file.added + file.removed:,} lines changed: only the first {MAX_LINES:,} are shown."
    if not blanks and file.old_oid != file.new_oid and (file.added or file.removed):
        return "only blanks differ; they are left out now"
    if "160000" in {file.old_mode, file.new_mode}:
        return f"a submodule: {file.old_oid[:12] or 'none'} before, {file.new_oid[:12] or 'none'} after"
    if file.status == "R":
        return "renamed; the content is the same"
    if file.old_mode != file.new_mode and file.old_mode and file.new_mode:
        return f"only the mode changes: {file.old_mode} to {file.new_mode}{_means(file)}"
    if file.status in "AD":
        return "an empty file"
    return "the content is the same"


def _means(file: diffs.FileDiff) -> str:
    """What a change of mode does to a file, in a word."""
    if file.new_mode == "100755":
        return ": it becomes executable"
    return ": it is not executable any more" if file.old_mode == "100755" else ""
