"""The JSON form of what the command line reads. Keys are a promise: docs/cli.md lists them, tests hold them."""

from typing import TYPE_CHECKING, Any

from orion_tui.base.clock import iso
from orion_tui.base.text import display_path
from orion_tui.core.models.checkpoints import Checkpoint, checkpoint_name
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import Answers, Approval, Session, TaskRow

if TYPE_CHECKING:
    from orion_tui.core.models.so_far import SoFar
    from orion_tui.core.models.trash import TrashEntry
    from orion_tui.core.repo.diff import DiffSet
    from orion_tui.core.timeline.beyond import Beyond
    from orion_tui.core.timeline.reading import Moment


def _time(at: float | None) -> str | None:
    return None if at is None else iso(at)


def session_record(session: Session) -> dict[str, Any]:
    """One session."""
    return {
        "id": session.id,
        "state": str(session.state),
        "reason": session.reason,
        "goal": session.goal,
        "role": session.role,
        "workspace": display_path(session.workspace),
        "base_commit": session.base_commit,
        "base_branch": session.base_branch,
        "snapshot": session.snapshot,
        "backend": session.backend,
        "backend_lacks": session.backend_lacks,
        "policy": session.policy,
        "tasks_total": session.tasks_total,
        "tasks_done": session.tasks_done,
        "running_seconds": round(session.running_seconds, 3),
        "cost_usd": session.cost_usd,
        "tokens": session.tokens,
        "models": session.models,
        "budget": session.budget,
        "review_plan": session.review_plan,
        "created_at": _time(session.created_at),
        "updated_at": _time(session.updated_at),
        "started_at": _time(session.started_at),
        "finished_at": _time(session.finished_at),
    }


def task_record(task: TaskRow) -> dict[str, Any]:
    """One task of a session."""
    return {
        "id": task.id,
        "title": task.title,
        "kind": task.kind,
        "tier": str(task.tier),
        "status": str(task.status),
        "reason": task.reason,
        "checked": task.checked,
        "needs": list(task.needs),
        "confidence": task.confidence,
        "estimate_seconds": task.estimate_seconds,
        "attempt": task.attempt,
        "tokens": task.tokens,
        "cost_usd": task.cost_usd,
        "started_at": _time(task.started_at),
        "finished_at": _time(task.finished_at),
    }


def approval_record(approval: Approval) -> dict[str, Any]:
    """One question to a person; `card` is what the application shows."""
    return {
        "id": approval.id,
        "session": approval.session_id,
        "task": approval.task_id,
        "status": str(approval.status),
        "alike": approval.alike,
        "card": approval.card,
        "created_at": _time(approval.created_at),
        "answered_at": _time(approval.answered_at),
        "answer_reason": approval.answer_reason,
        "lapses_at": _time(approval.lapses_at),
    }


def answers_record(answers: Answers) -> dict[str, Any]:
    """How the like was answered before."""
    return {"approved": answers.approved, "refused": answers.refused, "last_reason": answers.last_reason}


def checkpoint_record(checkpoint: Checkpoint) -> dict[str, Any]:
    """One checkpoint."""
    return {
        "name": checkpoint.name,
        "commit": checkpoint.commit,
        "task": checkpoint.task_id,
        "reason": checkpoint.reason,
        "created_at": _time(checkpoint.created_at),
        "inside_task": checkpoint.partial,
    }


def moment_record(moment: "Moment") -> dict[str, Any]:
    """One checkpoint with what it changed since the one before."""
    changed = moment.changed
    counts = {"files": len(changed.files), "added": changed.added, "removed": changed.removed}
    return {
        **checkpoint_record(moment.checkpoint),
        "task_title": moment.task_title,
        **counts,
        "so_far": _so_far_record(moment.so_far),
    }


def _so_far_record(used: "SoFar | None") -> dict[str, Any] | None:
    if used is None:
        return None
    return {
        "worked_seconds": round(used.worked, 3),
        "tokens": used.tokens,
        "cost_usd": used.cost_usd,
        "unpriced": used.unpriced,
    }


def trash_record(entry: "TrashEntry") -> dict[str, Any]:
    """One thing in the trash."""
    return {
        "number": entry.id,
        "name": entry.name,
        "session": entry.session_id,
        "kind": str(entry.kind),
        "summary": entry.summary,
        "commit": entry.commit,
        "checkpoint": checkpoint_name(entry.checkpoint),
        "created_at": _time(entry.created_at),
        "kept_until": _time(entry.until),
    }


def returns_record(beyond: "Beyond") -> dict[str, Any]:
    """What a rollback takes back, files aside."""
    return {
        "tasks": [
            {
                "id": task.id,
                "title": task.title,
                "from": str(task.before),
                "to": str(task.after),
                "steps_kept": task.kept,
                "steps_undone": task.undone,
            }
            for task in beyond.tasks
        ],
        "steps": beyond.steps,
        "checkpoints": [made.name for made in beyond.checkpoints],
        "approvals": [approval.id for approval in beyond.approvals],
    }


def files_record(changed: "DiffSet") -> list[dict[str, Any]]:
    """The files that differ."""
    return [
        {
            "path": display_path(file.path),
            "old_path": display_path(file.old_path),
            "status": file.status,
            "added": file.added,
            "removed": file.removed,
            "binary": file.binary,
        }
        for file in changed.files
    ]


def event_record(event: Event) -> dict[str, Any]:
    """One line of history."""
    return {
        "seq": event.seq,
        "at": iso(event.at),
        "session": event.session_id,
        "type": event.type,
        "actor": event.actor,
        "policy": event.policy,
        "data": event.data,
    }
