"""The engine's promotion preview as the dialog shows it."""

from collections.abc import Mapping, Sequence

import attrs

from orion_tui.base.text import clean, display_path
from orion_tui.bridge.diff_port import FileChange
from orion_tui.bridge.promotion_port import Check, PromotionView, UndoView
from orion_tui.core.boundary.special import special_reason
from orion_tui.core.models.actions import FileChange as Change
from orion_tui.core.models.sessions import Session, TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.repo.changes import EXECUTABLE, SYMLINK, PathChange
from orion_tui.core.repo.refusal import Refusal
from orion_tui.core.repo.undo import UndoPreview
from orion_tui.core.shipping.promotion import PromotionPreview


def promotion_view(
    shown: PromotionPreview, allow: tuple[str, ...], tasks: Sequence[TaskRow], compared: Sequence[FileChange] = ()
) -> PromotionView:
    """Every check of the gate and every refusal of the merge, together.

    `compared` are the session's own changes, whose lines were counted: a promotion that changes the same file in the
    same way has its figures from there. On a branch that has moved it may not, and then none are shown.
    """
    plan = shown.plan
    known = {(file.key, file.content): file for file in compared}
    checks = [
        Check(name=check.name, passed=check.passed, details=check.problems or (check.covered,))
        for check in shown.gate.checks
    ]
    checks.append(Check(name="merge", passed=not plan.refusals, details=() if plan.refusals else ("no conflict",)))
    waiting = {path for path, _ in shown.special}
    special = [(path, str(display_path(path)), reason, False) for path, reason in shown.special]
    special += [(path, str(display_path(path)), "allowed by you", True) for path in allow if path not in waiting]
    notes = [f"by {plan.author}" + (", signed" if plan.signed else "")]
    if plan.drift.level != "none":
        notes.append(f"the branch has moved since the work began ({plan.drift.level} drift)")
    return PromotionView(
        session_id=shown.session.id,
        goal=shown.session.goal,
        approved=shown.ready,
        checks=tuple(checks),
        target=plan.place.ref,
        tip=plan.place.tip,
        files=tuple(_counted(_file(change), change, known) for change in plan.changes),
        tags=plan.tags,
        problems=_lines(plan.refusals),
        special=tuple(special),
        flagged=tuple(
            str(clean(f"{task.title}: {task.reason}", keep_newlines=False))
            for task in tasks
            if task.status is TaskStatus.FLAGGED
        ),
        notes=tuple(notes),
        method=shown.method.value,
    )


def undo_view(session: Session, merge_commit: str, shown: UndoPreview) -> UndoView:
    """What would be taken back, and every refusal."""
    return UndoView(
        session_id=session.id,
        goal=session.goal,
        merge_commit=merge_commit,
        target=shown.place.ref,
        tip=shown.place.tip,
        files=tuple(map(_file, shown.changes)),
        problems=_lines(shown.refusals),
    )


def _lines(refusals: tuple[Refusal, ...]) -> tuple[str, ...]:
    return tuple(
        line
        for refusal in refusals
        for line in (refusal.text, *refusal.problems, *((refusal.hint,) if refusal.hint else ()))
    )


def _counted(file: FileChange, change: PathChange, known: Mapping[tuple[str, str], FileChange]) -> FileChange:
    """With the lines that were added and removed, where exactly this change was counted."""
    old, new = change.old, change.new
    sides = (old.mode if old else "", old.oid if old else "", new.mode if new else "", new.oid if new else "")
    same = known.get((change.path, ":".join(sides)))
    if same is None or not same.counted:
        return file
    return attrs.evolve(file, added=same.added, removed=same.removed, binary=same.binary, mode=same.mode, counted=True)


def _file(change: PathChange) -> FileChange:
    old, new = change.old, change.new
    whole = Change(
        path=change.path,
        before=b"" if old else None,
        after=b"" if new else None,
        was_executable=old is not None and old.mode == EXECUTABLE,
        executable=new is not None and new.mode == EXECUTABLE,
        is_symlink=SYMLINK in {old.mode if old else "", new.mode if new else ""},
    )
    return FileChange(
        path=str(display_path(change.path)),
        key=change.path,
        status=change.status,
        added=None,
        removed=None,
        counted=False,
        special=special_reason(change.path, whole) or "",
    )
