"""Bring work back from the trash, or let go of it for good."""

from collections.abc import Collection

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.models.checkpoints import Checkpoint, checkpoint_name
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.models.trash import Gone, TrashEntry, TrashKind
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.diff import DiffSet, diff
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.session import machine
from orion_tui.core.session.plan_in_force import put_in_force
from orion_tui.core.store import (
    Reader,
    Store,
    Transaction,
    checkpoints,
    events,
    hints,
    plans,
    ref_moves,
    sessions,
    steps,
    trash,
)
from orion_tui.core.timeline import names
from orion_tui.core.timeline.beyond import Beyond, beyond
from orion_tui.core.timeline.refs import carry_out, checkpoint_ref, settle
from orion_tui.core.timeline.rollback import (
    branch_tip,
    check_still,
    moved_on,
    newest_commit,
    released,
    stand_still,
    summary,
    throw_away,
)


@attrs.frozen(kw_only=True)
class RestorePreview:
    """What bringing an entry back would do."""

    session: Session
    entry: TrashEntry
    #: What was done since, and goes to the trash in its place.
    beyond: Beyond
    #: What changes in the files, from now to then.
    diff: DiffSet
    #: The state that the session will be in.
    state: SessionState


@attrs.frozen(kw_only=True)
class Restored:
    """What came back, and where what was in its place lies now (None where nothing was)."""

    session_id: str
    entry: TrashEntry
    state: SessionState
    replaced: TrashEntry | None


@attrs.frozen(kw_only=True)
class Trash:
    """The trash of one person's sessions."""

    home: OrionHome
    store: Store
    clock: Clock

    def preview(self, entry_id: int) -> RestorePreview:
        """Look, and change nothing.

        Raises NotFound, and StateError when the entry is gone, stands on work that is in the trash itself, or the
        session is at work or over for good.
        """
        reader = self.store.reader()
        entry = self._there(reader, entry_id)
        session = sessions.get(reader, entry.session_id)
        found = self._replaced(reader, session, entry)
        repo = session_repo.open(self.home, session.id)
        return RestorePreview(
            session=session,
            entry=entry,
            beyond=found,
            diff=diff(repo, newest_commit(reader, session), entry.newest_commit),
            state=_state_after(session, entry),
        )

    def restore(self, entry_id: int) -> Restored:
        """Bring an entry back, whole; what was done since goes to the trash in its place. Raises as `preview`."""
        preview = self.preview(entry_id)
        session, entry = preview.session, preview.entry
        settle(self.home, self.store, session.id)
        repo = session_repo.open(self.home, session.id)
        was = repo.ref(repo.branch_ref) or ""
        away = self._away(repo, session, preview)

        def change(tx: Transaction) -> tuple[TrashEntry | None, ref_moves.RefMove]:
            now = sessions.get(tx, session.id)
            self._there(tx, entry_id)
            if self._replaced(tx, now, entry) != preview.beyond:
                raise moved_on(session.id)
            replaced = throw_away(tx, now, preview.beyond, away) if away is not None else None
            trash.end(tx, entry.id, Gone.RESTORED)
            steps.unvoid(tx, session.id, entry.id)
            for kept in entry.line["checkpoints"]:
                # Entries of older versions name no plan: then there was but one.
                checkpoints.put_back(tx, Checkpoint(**kept["checkpoint"]), kept["tasks"], kept.get("plan") or 1)
            plan = int(entry.line.get("plan") or 0)
            if plan and plan != plans.version_in_force(tx, session.id):
                put_in_force(tx, session.id, plan)
            for task_id, progress in entry.line["tasks"].items():
                plans.set_progress(tx, session.id, task_id, progress)
            hints.settle(tx, session.id)
            data = {"trash": entry.id, "name": entry.name, "replaced": replaced.id if replaced is not None else None}
            events.append(tx, session.id, "trash.restored", "user", data)
            if entry.kind is TrashKind.ROLLBACK:
                stand_still(tx, now, _reason_after(preview.state, entry), preview.state)
            return replaced, ref_moves.begin(tx, session.id, repo.branch_ref, was, entry.commit)

        replaced, move = self.store.transact(change)
        carry_out(self.home, self.store, move)
        released(repo, entry)
        return Restored(session_id=session.id, entry=entry, state=preview.state, replaced=replaced)

    def _away(self, repo: SessionRepo, session: Session, preview: RestorePreview) -> TrashEntry | None:
        """The entry that keeps what was done since, its commit held already; None where nothing was."""
        found = preview.beyond
        if not (found.checkpoints or found.steps):
            return None
        tip = branch_tip(self.store.reader(), session)
        last = found.checkpoints[-1].name if found.checkpoints else checkpoint_name(preview.entry.checkpoint)
        name = names.free(repo, trash.names(self.store.reader(), session.id), self.clock.now(), last)
        entry = TrashEntry(
            id=0, session_id=session.id, kind=TrashKind.ROLLBACK, name=name, commit=tip,
            checkpoint=preview.entry.checkpoint, step=preview.entry.step, line={}, summary=summary(found),
            created_at=self.clock.now(),
        )  # fmt: skip
        repo.set_ref(entry.ref, tip, old=None)
        return entry

    def _there(self, reader: Reader, entry_id: int) -> TrashEntry:
        entry = trash.get(reader, entry_id)
        if entry.gone is not Gone.NOT:
            raise StateError(
                f"number {entry_id} is no longer in the trash: it was {entry.gone}", hint="orion trash list"
            )
        return entry

    def _replaced(self, reader: Reader, session: Session, entry: TrashEntry) -> Beyond:
        """What was done after the place that the entry comes back to."""
        if entry.kind is TrashKind.ROLLBACK:
            check_still(reader, session)
        for other in trash.there(reader, session.id):
            if entry.checkpoint in _numbers(other):
                raise StateError(
                    f"number {entry.id} stands on {checkpoint_name(entry.checkpoint)}, which is in the trash itself",
                    hint=f"bring that back first: orion trash restore {other.id}",
                )
        base = Checkpoint(
            session_id=session.id, number=entry.checkpoint, commit=entry.commit, tree="", step=entry.step, task_id="",
            reason="", created_at=entry.created_at,
        )  # fmt: skip
        return attrs.evolve(beyond(reader, base, entry.line["tasks"]), tasks=(), progress={}, plan=None)

    # Letting go.

    def dependents(self, chosen: Collection[int]) -> list[TrashEntry]:
        """These entries and every other that stands on one of them, which could not come back without it."""
        found = {entry.id: entry for entry in trash.there(self.store.reader()) if entry.id in chosen}
        others = [entry for entry in trash.there(self.store.reader()) if entry.id not in found]
        grown = True
        while grown:
            held = {(entry.session_id, number) for entry in found.values() for number in _numbers(entry)}
            more = [entry for entry in others if (entry.session_id, entry.checkpoint) in held and entry.id not in found]
            found |= {entry.id: entry for entry in more}
            grown = bool(more)
        return sorted(found.values(), key=lambda entry: entry.id)

    def purge(self, entry: TrashEntry, *, actor: str = "user", reason: str = "") -> None:
        """Delete one entry for good. Its steps stay in the history. StateError when it is gone already."""

        def change(tx: Transaction) -> None:
            trash.end(tx, entry.id, Gone.PURGED)
            data = {"trash": entry.id, "name": entry.name, "summary": entry.summary, "reason": reason}
            events.append(tx, entry.session_id, "trash.purged", actor, data)

        # The row first: an entry that is listed can always be restored.
        self.store.transact(change)
        try:
            repo = session_repo.open(self.home, entry.session_id)
        except StateError:
            return
        released(repo, entry)
        for kept in entry.line["checkpoints"]:
            name = Checkpoint(**kept["checkpoint"]).name
            if (held := repo.ref(checkpoint_ref(name))) is not None:
                repo.delete_ref(checkpoint_ref(name), old=held)


def _numbers(entry: TrashEntry) -> set[int]:
    return {int(kept["checkpoint"]["number"]) for kept in entry.line.get("checkpoints", ())}


def _state_after(session: Session, entry: TrashEntry) -> SessionState:
    if entry.kind is TrashKind.SESSION:
        return session.state
    before = SessionState(entry.line["session"]["state"])
    return before if before in machine.RESTORABLE else SessionState.PAUSED


def _reason_after(state: SessionState, entry: TrashEntry) -> str:
    if state is SessionState.PAUSED:
        return "restored from the trash; resume goes on from there"
    return str(entry.line["session"]["reason"])
