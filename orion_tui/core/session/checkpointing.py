"""Checkpoints of a session at work: the commit first, then the row that says what it stands for (SAVE-1)."""

import attrs

from orion_tui.core.models.checkpoints import Checkpoint, checkpoint_name
from orion_tui.core.session.run import Run
from orion_tui.core.session.work_copy import WorkCopy
from orion_tui.core.store import checkpoints, steps
from orion_tui.core.timeline.refs import checkpoint_ref

#: Why a checkpoint is made when a session is paused.
PAUSED = "paused"


@attrs.define(kw_only=True)
class Checkpointing:
    """Makes the checkpoints of one run, over the files of one sandbox."""

    run: Run
    files: WorkCopy
    #: When the last one was made, on the monotonic clock.
    _made: float = attrs.field(
        default=attrs.Factory(lambda self: self.run.clock.monotonic(), takes_self=True), init=False
    )

    def make(self, task_id: str, reason: str, *, inside: bool = False) -> None:
        """One of everything taken over; `inside` a task, beside the branch."""
        self.run.record.checkpoint(self.commit(task_id, reason, inside=inside))
        self.files.publish()

    def timed(self, task_id: str, title: str) -> None:
        """One inside a long task, when the role's interval has passed since the last one."""
        interval = self.run.policy.role.limits.checkpoint_interval_minutes * 60
        if self.run.clock.monotonic() - self._made >= interval:
            self.make(task_id, f"during {title}", inside=True)

    def standing(self, reason: str) -> None:
        """One of what the task in hand has done so far, for it may stand for long; none where nothing is new."""
        if self.files.tree() != self.files.checkpoint():
            self.make("", reason, inside=True)

    def paused(self) -> None:
        """As `standing`; where no file is new, the last commit once more, for how the tasks stand."""
        if self.files.tree() != self.files.checkpoint():
            self.make("", PAUSED, inside=True)
        else:
            self.run.record.write(lambda tx: checkpoints.again(tx, self.run.session.id, PAUSED))

    def commit(self, task_id: str, reason: str, *, inside: bool = False) -> Checkpoint:
        """The commit of a checkpoint, and what is to be recorded of it."""
        reader, session_id, onto = self.run.store.reader(), self.run.session.id, ""
        number = checkpoints.next_number(reader, session_id)
        name = checkpoint_name(number)
        if inside:
            commit, tree, onto = self.files.commit_aside(f"{name} {reason}", checkpoint_ref(name))
        else:
            commit, tree = self.files.commit(f"{name} {reason}")
        self._made = self.run.clock.monotonic()
        return Checkpoint(
            session_id=session_id,
            number=number,
            commit=commit,
            tree=tree,
            step=steps.next_n(reader, session_id) - 1,
            task_id=task_id,
            reason=reason,
            created_at=self.run.clock.now(),
            onto=onto,
        )
