"""Take a session back to a checkpoint: files, tasks and approvals, with everything later kept in the trash (SAVE-2).

In this order: a reference that holds the later work; one transaction in the store, which is the rollback; then the
branch follows. A process that dies before the transaction has changed nothing but for that spare reference; one that
dies after it has rolled back, and the branch follows when it is next needed.
"""

from typing import Any

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import Busy, ConflictError, StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.models.trash import TrashEntry, TrashKind
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.diff import DiffSet, diff
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.session import machine, reach
from orion_tui.core.session.plan_in_force import put_in_force
from orion_tui.core.store import (
    Reader,
    Store,
    Transaction,
    approvals,
    checkpoints,
    events,
    hints,
    plans,
    promotions,
    ref_moves,
    sessions,
    steps,
    trash,
)
from orion_tui.core.timeline import names
from orion_tui.core.timeline.beyond import Beyond, beyond
from orion_tui.core.timeline.refs import carry_out, settle


@attrs.frozen(kw_only=True)
class RollbackPreview:
    """What a rollback would do, exactly; `rollback` does this or refuses."""

    session: Session
    target: Checkpoint
    beyond: Beyond
    #: What later work did to the files: all of it is taken back.
    lost: DiffSet
    #: Where the branch goes; not the target itself where that stands inside a task.
    branch_commit: str


@attrs.frozen(kw_only=True)
class RolledBack:
    """What was done, and where the later work lies."""

    session_id: str
    target: Checkpoint
    beyond: Beyond
    entry: TrashEntry


@attrs.frozen(kw_only=True)
class Rollback:
    """Rollbacks of one person's sessions."""

    home: OrionHome
    store: Store
    clock: Clock

    def preview(self, session_id: str, number: int) -> RollbackPreview:
        """Look, and change nothing.

        Raises NotFound when there is no such checkpoint, StateError when the session is at work or over for good.
        """
        reader = self.store.reader()
        session = sessions.get(reader, session_id)
        check_still(reader, session)
        target, found = self._look(reader, session_id, number)
        repo = session_repo.open(self.home, session_id)
        return RollbackPreview(
            session=session,
            target=target,
            beyond=found,
            lost=diff(repo, target.commit, newest_commit(reader, session)),
            branch_commit=target.branch_commit,
        )

    def rollback(self, approved: RollbackPreview) -> RolledBack:
        """Do what the preview shows, or nothing.

        Raises as `preview`, StateError when there is nothing to take back, and ConflictError when the session moved on
        since the preview.
        """
        session_id, target = approved.session.id, approved.target
        if approved.beyond.nothing:
            raise StateError(f"session {session_id} stands at {target.name} already; there is nothing to take back")
        settle(self.home, self.store, session_id)
        repo = session_repo.open(self.home, session_id)
        tip = branch_tip(self.store.reader(), approved.session)
        newest = approved.beyond.checkpoints[-1].name if approved.beyond.checkpoints else target.name
        name = names.free(repo, trash.names(self.store.reader(), session_id), self.clock.now(), newest)
        was = repo.ref(repo.branch_ref) or ""
        entry = TrashEntry(
            id=0, session_id=session_id, kind=TrashKind.ROLLBACK, name=name, commit=tip, checkpoint=target.number,
            step=target.step, line={}, summary=summary(approved.beyond), created_at=self.clock.now(),
        )  # fmt: skip
        repo.set_ref(entry.ref, tip, old=None)

        def change(tx: Transaction) -> tuple[TrashEntry, ref_moves.RefMove]:
            session = sessions.get(tx, session_id)
            check_still(tx, session)
            if self._look(tx, session_id, target.number)[1] != approved.beyond:
                raise moved_on(session_id)
            kept = throw_away(tx, session, approved.beyond, entry)
            if approved.beyond.plan is not None:
                put_in_force(tx, session_id, approved.beyond.plan)
            for task_id, progress in approved.beyond.progress.items():
                plans.set_progress(tx, session_id, task_id, progress)
            hints.settle(tx, session_id)
            data = {
                "checkpoint": target.name,
                "trash": kept.id,
                "name": kept.name,
                "tasks": [task.id for task in approved.beyond.tasks],
                "steps": approved.beyond.steps,
                "checkpoints": [made.name for made in approved.beyond.checkpoints],
            }
            events.append(tx, session_id, "session.rolled_back", "user", data)
            stand_still(tx, session, f"rolled back to {target.name}; resume goes on from there")
            return kept, ref_moves.begin(tx, session_id, repo.branch_ref, was, approved.branch_commit)

        kept, move = self.store.transact(change)
        carry_out(self.home, self.store, move)
        return RolledBack(session_id=session_id, target=target, beyond=approved.beyond, entry=kept)

    def _look(self, reader: Reader, session_id: str, number: int) -> tuple[Checkpoint, Beyond]:
        target = checkpoints.named(reader, session_id, number)
        then = checkpoints.tasks_at(reader, session_id, number)
        if then is None:
            raise StateError(
                f"{target.name} was made by an older Orion, which did not keep how the tasks stood",
                hint="its files can still be seen: orion diff --to " + target.name,
            )
        return target, beyond(reader, target, then)


def check_still(reader: Reader, session: Session) -> None:
    """Raise StateError, with what to do, unless nobody works on the session and its work may still change."""
    state, said = session.state, f"session {session.id} is {session.state.words}"
    if state in {SessionState.RUNNING, SessionState.PLANNING} or session.lease_owner:
        raise StateError(f"{said}: it has to stand still first", hint=f"orion pause {session.id}, then again")
    if state is SessionState.PROMOTED:
        raise StateError(
            f"{said}: its work is in your repository, where nothing may be taken back behind your back",
            hint=f"orion undo-promote {session.id}, then again",
        )
    if SessionState.PAUSED not in machine.LEGAL[state] and state is not SessionState.PAUSED:
        raise StateError(f"{said}, which is final", hint="start new work on what you need of it: orion diff shows it")
    if any(promotion.session_id == session.id for promotion in promotions.unfinished(reader)):
        raise Busy(f"session {session.id} is being promoted at this moment", hint="let that end, then again")


def branch_tip(reader: Reader, session: Session) -> str:
    """The commit that a session's branch is on, or is about to be: the store decides, the branch follows."""
    latest = checkpoints.latest(reader, session.id)
    return latest.branch_commit if latest is not None else session.snapshot or session.base_commit


def newest_commit(reader: Reader, session: Session) -> str:
    """The newest commit with work of the session in it, a checkpoint inside a task included."""
    latest = checkpoints.latest(reader, session.id)
    return latest.commit if latest is not None else session.snapshot or session.base_commit


def throw_away(tx: Transaction, session: Session, found: Beyond, entry: TrashEntry) -> TrashEntry:
    """Put what lies beyond a checkpoint into the trash, in a transaction of the caller's; the entry as recorded."""
    line: dict[str, Any] = {
        "session": {"state": session.state.value, "reason": session.reason, "finished_at": session.finished_at},
        "tasks": plans.progress(tx, session.id),
        "plan": plans.version_in_force(tx, session.id),
        "checkpoints": [
            {
                "checkpoint": attrs.asdict(made),
                "tasks": checkpoints.tasks_at(tx, session.id, made.number),
                "plan": checkpoints.plan_at(tx, session.id, made.number),
            }
            for made in found.checkpoints
        ],
    }
    entry = attrs.evolve(entry, line=line)
    entry = attrs.evolve(entry, id=trash.insert(tx, entry))
    checkpoints.delete(tx, session.id, (made.number for made in found.checkpoints))
    for first, last in found.stretches:
        steps.void(tx, session.id, first, last, entry.id)
    for approval in found.approvals:
        approvals.withdraw(tx, approval.id, "what it was asked for was taken back")
    return entry


def stand_still(tx: Transaction, session: Session, reason: str, to: SessionState = SessionState.PAUSED) -> None:
    """Leave the session in a state in which nobody works on it, with its counts as its tasks now are.

    What failed before counts for no stop any more: the person has looked at it, and goes on from somewhere else.
    """
    if to in machine.ACTIVE:
        reach.end_with(tx, session)
    done = sum(row.status.succeeded for row in plans.all(tx, session.id))
    finished = None if to is SessionState.PAUSED else session.finished_at or tx.now
    sessions.set_state(
        tx, session.id, {session.state}, to, reason, actor="user", control="", finished_at=finished, tasks_done=done,
        counted_from=events.last_seq(tx),
    )  # fmt: skip


def summary(found: Beyond) -> str:
    """`2 tasks, 5 steps, cp-0003 to cp-0004`."""
    parts: list[str] = []
    if found.tasks:
        parts.append(f"{len(found.tasks)} task{'s' if len(found.tasks) != 1 else ''}")
    if found.steps:
        parts.append(f"{found.steps} step{'s' if found.steps != 1 else ''}")
    if found.checkpoints:
        first, last = found.checkpoints[0].name, found.checkpoints[-1].name
        parts.append(first if first == last else f"{first} to {last}")
    return ", ".join(parts) or "nothing but questions"


def moved_on(session_id: str) -> ConflictError:
    """The refusal when a session is not what was shown any more."""
    return ConflictError(f"session {session_id} moved on in the meantime; nothing was changed", hint="look again")


def released(repo: SessionRepo, entry: TrashEntry) -> None:
    """Let go of what an entry held; git may collect it then."""
    now = repo.ref(entry.ref)
    if now is not None:
        repo.delete_ref(entry.ref, old=now)
