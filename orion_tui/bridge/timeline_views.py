"""The engine's timeline, rollbacks and restores as the screens look at them."""

from orion_tui.base.text import clean
from orion_tui.bridge.diff_views import change_view
from orion_tui.bridge.timeline_port import MomentView, ReturnView, TaskReturn, TimelineView, TrashView
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.timeline.reading import Moment, Thrown, Timeline
from orion_tui.core.timeline.restore import RestorePreview
from orion_tui.core.timeline.rollback import RollbackPreview


def timeline_view(found: Timeline) -> TimelineView:
    """All of it, newest first."""
    return TimelineView(
        session_id=found.session.id,
        newest=found.newest,
        moments=tuple(_moment(moment) for moment in reversed(found.moments)),
        trash=tuple(_thrown(thrown) for thrown in reversed(found.trash)),
    )


def _moment(moment: Moment) -> MomentView:
    made = moment.checkpoint
    return MomentView(
        number=made.number,
        name=made.name,
        commit=made.commit,
        before=moment.changed.old,
        at=made.created_at,
        reason=made.reason,
        task=moment.task_title,
        inside=made.partial,
        files=tuple(map(change_view, moment.changed.files)),
        so_far=moment.so_far,
    )


def _thrown(thrown: Thrown) -> TrashView:
    entry = thrown.entry
    return TrashView(
        number=entry.id,
        name=entry.name,
        summary=entry.summary,
        commit=entry.newest_commit,
        before=thrown.changed.old,
        at=entry.created_at,
        until=entry.until,
        files=tuple(map(change_view, thrown.changed.files)),
    )


def rollback_view(preview: RollbackPreview) -> ReturnView:
    """What going back will do."""
    beyond = preview.beyond
    return ReturnView(
        session_id=preview.session.id,
        name=preview.target.name,
        reason=preview.target.reason,
        tasks=tuple(
            TaskReturn(title=task.title, before=task.before, after=task.after, kept=task.kept) for task in beyond.tasks
        ),
        steps=beyond.steps,
        checkpoints=tuple(made.name for made in beyond.checkpoints),
        questions=tuple(str(clean(str(approval.card.get("title", approval.id)))) for approval in beyond.approvals),
        files=tuple(map(change_view, preview.lost.files)),
        state=SessionState.PAUSED,
    )


def restore_view(preview: RestorePreview) -> ReturnView:
    """What bringing something back will do."""
    return ReturnView(
        session_id=preview.session.id,
        name=preview.entry.name,
        reason=preview.entry.summary,
        steps=preview.beyond.steps,
        checkpoints=tuple(made.name for made in preview.beyond.checkpoints),
        files=tuple(map(change_view, preview.diff.files)),
        state=preview.state,
    )
