"""What a front end may ask: the commands of a person and the reads behind every view.

Plain functions over the store; no threads, no screens. The application, the command line and the tests all stand on
this class, so that none of them grows a copy of what it does.
"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from orion_tui.base.clock import Clock, SystemClock
from orion_tui.base.errors import StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.events import Event
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.models.sessions import Session, SessionState, TaskRow
from orion_tui.core.models.steps import Step
from orion_tui.core.reaching import Reaching
from orion_tui.core.session import machine
from orion_tui.core.session.leaving import Tell, unheard
from orion_tui.core.store import (
    Transaction,
    approvals,
    changes,
    checkpoints,
    events,
    leases,
    plans,
    promotions,
    sessions,
    steps,
)

if TYPE_CHECKING:
    from orion_tui.core.agent.keys import Key
    from orion_tui.core.agent.model import ModelRef
    from orion_tui.core.auth.authenticator import Authenticator
    from orion_tui.core.models.trash import TrashEntry
    from orion_tui.core.repo.diff import DiffSet
    from orion_tui.core.repo.promote import Promoted
    from orion_tui.core.repo.session_repo import SessionRepo
    from orion_tui.core.repo.undo import Undone, UndoPreview
    from orion_tui.core.session.launch import SupervisorStatus
    from orion_tui.core.session.submit import SubmitRequest
    from orion_tui.core.shipping.promotion import PromotionPreview, Shipping
    from orion_tui.core.store.overview import Overview
    from orion_tui.core.timeline.reading import Timeline
    from orion_tui.core.timeline.restore import Trash
    from orion_tui.core.timeline.rollback import Rollback, RollbackPreview, RolledBack
    from orion_tui.roles.library import Library


@attrs.define(kw_only=True)
class Engine(Reaching):
    """One person's Orion. Safe to use from any thread."""

    _auth: "Authenticator | None" = None

    @classmethod
    def open(
        cls,
        home: OrionHome,
        *,
        clock: Clock | None = None,
        wake: Callable[[], object] | None = None,
        tell: Tell = unheard,
    ) -> "Engine":
        """The engine of a state directory, which is made if it is not there.

        `wake` replaces starting the supervisor process, for programs that run one of their own; `tell` is told what is
        waited for when a supervisor of an older version is replaced. Raises StoreError when the directory cannot be
        used.
        """
        from orion_tui.core.session import launch
        from orion_tui.core.session.upgrade import open_store

        home.prepare()
        chosen = clock or SystemClock()
        return cls(
            home=home,
            store=open_store(home, chosen, tell),
            clock=chosen,
            wake=wake or (lambda: launch.ensure(home, tell=tell)),
        )

    def close(self) -> None:
        """Close the store; sessions go on in the supervisor."""
        self.store.close()

    # --- work -----------------------------------------------------------------------------------------------------

    def submit(self, request: "SubmitRequest") -> Session:
        """Check a request, put the session into the store and wake the supervisor.

        Raises the error that names what is wrong with it; nothing is left behind then.
        """
        from orion_tui.core.session import submit

        session = submit.submit(self.home, self.store, self.clock, self.library(request.workspace), request)
        self.wake()
        return session

    def keys_for(
        self,
        models: "Iterable[ModelRef]",
        *,
        environ: Mapping[str, str] = os.environ,
        ask_passphrase: Callable[[], str] | None = None,
        again: bool = False,
    ) -> "dict[str, Key]":
        """The keys that asking those models takes and that the supervisor does not find by itself, by provider.

        What the supervisor was handed before is left out, unless it is to be handed over `again` or stands in `environ`
        too. `ask_passphrase` is called at most once, where a vault has to be opened. Raises NoKey, with what to do,
        where there is no key for one of them; NotFound, ModelUnavailable, InvalidFile.
        """
        from orion_tui.core import settings
        from orion_tui.core.agent.key_check import keys_to_hand_over
        from orion_tui.core.auth import entries
        from orion_tui.core.session import handover

        return keys_to_hand_over(
            self.home,
            models,
            settings=settings.load(self.home),
            environ=environ,
            noted=entries.names(self.store.reader()),
            handed=() if again else handover.handed(self.home),
            ask_passphrase=ask_passphrase,
        )

    def hand_over_keys(self, keys: "Mapping[str, Key]") -> None:
        """Give keys to the supervisor, which is started where none runs; it has them when this returns.

        Raises StateError where it does not take them.
        """
        from orion_tui.core.session import handover

        # The one that runs may be just about to end, and somebody has to start the next.
        for tries_left in (3, 2, 1, 0) if keys else ():
            self.wake()
            try:
                handover.hand_over(self.home, keys, wait=handover.COME_UP / 4)
                break
            except handover.NobodyListens:
                if not tries_left:
                    raise

    def bring_keys(
        self,
        session_id: str,
        *,
        environ: Mapping[str, str] = os.environ,
        ask_passphrase: Callable[[], str] | None = None,
    ) -> None:
        """See that the models of a session that goes on have their keys, as when it was submitted.

        Raises as `keys_for` and `hand_over_keys`: to go on without a key would only stop it again.
        """
        from orion_tui.core.agent.model import ModelRef

        models = [ModelRef.parse(model) for model in self.session(session_id).models.values()]
        if models:
            self.hand_over_keys(self.keys_for(models, environ=environ, ask_passphrase=ask_passphrase))

    def check_models(self, models: "Iterable[ModelRef]", *, environ: Mapping[str, str] = os.environ) -> None:
        """Ask servers of the person's own, 2 s each at the most, whether they have those models.

        Raises ModelUnavailable, with what there is, for one that its server does not list. A server that gives no list
        raises nothing, and providers elsewhere are not asked. No vault is opened for it.
        """
        from orion_tui.core import settings
        from orion_tui.core.agent import model_names
        from orion_tui.core.agent.connections import Connections
        from orion_tui.core.agent.keys import Keys

        found = settings.load(self.home)
        model_names.check(models, found, Connections(found, Keys(self.home, environ)))

    def change_models(
        self,
        session_id: str,
        *,
        work: str = "",
        plan: str = "",
        environ: Mapping[str, str] = os.environ,
        ask_passphrase: Callable[[], str] | None = None,
    ) -> Mapping[str, str]:
        """Let a session that stands still ask other models (`provider/name`) when it goes on; all that it asks then.

        `work` plans, too, unless `plan` says otherwise. Role, limits and plan stay as they are. Checked as when it was
        submitted: raises UsageError, NotFound, NoKey, ModelUnavailable, and StateError while a model works on it.
        Nothing is changed then. `resume` or `retry` lets it go on.
        """
        from orion_tui.core.agent.model import ModelRef
        from orion_tui.core.session import other_models

        wanted = other_models.others(self.session(session_id), work=work, plan=plan)
        models = [ModelRef.parse(model) for model in wanted.values()]
        keys = self.keys_for(models, environ=environ, ask_passphrase=ask_passphrase)
        self.check_models(models, environ=environ)
        self.hand_over_keys(keys)
        return self.store.transact(lambda tx: other_models.change(tx, session_id, work=work, plan=plan))

    def library(self, workspace: Path | None = None) -> "Library":
        """The roles that exist, those of a workspace included."""
        from orion_tui.roles.library import Library

        return Library(self.home.roles, workspace=workspace)

    def pause(self, session_id: str) -> None:
        """Finish the step in flight and stop there. StateError when the session is not at work."""

        def change(tx: Transaction) -> bool:
            session = sessions.get(tx, session_id)
            if session.state not in machine.ACTIVE or SessionState.PAUSED not in machine.LEGAL[session.state]:
                raise StateError(f"session {session_id} is {session.state.words}; only work that goes on can be paused")
            if session.lease_owner:
                # Also before it runs: who has claimed it would set it to running over a pause.
                sessions.set_control(tx, session_id, "pause")
                return True
            sessions.set_state(tx, session_id, {session.state}, SessionState.PAUSED, "paused by the user", actor="user")
            checkpoints.again(tx, session_id, "paused")
            return False

        if self.store.transact(change):
            self.wake()  # where the supervisor was killed, somebody has to carry it out

    def resume(self, session_id: str) -> None:
        """Go on after a pause, or take back one that was asked for and has not come yet; and wait no longer for a time.

        What waits for a model, a sandbox or room on the disk tries again at once; outside its working hours a session
        goes back to waiting for them. StateError when there is nothing of the kind.
        """
        from orion_tui.core.session.plan_in_force import goes_on_at
        from orion_tui.core.timeline.refs import settle

        settle(self.home, self.store, session_id)

        def change(tx: Transaction) -> None:
            session = sessions.get(tx, session_id)
            timed = session.state is SessionState.WAITING and session.due_at > 0
            if session.control == "pause":
                sessions.set_control(tx, session_id, "")
            if session.state is SessionState.PAUSED or timed:
                to = goes_on_at(tx, session_id)
                sessions.set_state(tx, session_id, {session.state}, to, "resumed by the user", actor="user")
            elif session.state is SessionState.INTERRUPTED:  # that one goes on as soon as a supervisor runs
                leases.hurry(tx, session_id)
            elif session.control != "pause":
                raise _not_paused(session)

        self.store.transact(change)
        self.wake()

    def cancel(self, session_id: str) -> None:
        """Abort what runs and end the session; the work up to the last checkpoint stays on its branch.

        StateError when the session has ended already.
        """

        def change(tx: Transaction) -> bool:
            session = sessions.get(tx, session_id)
            if session.state not in machine.ACTIVE:
                raise StateError(
                    f"session {session_id} is {session.state.words}; only work that goes on can be cancelled"
                )
            if session.lease_owner:
                sessions.set_control(tx, session_id, "cancel")
                return True
            self._end(tx, session, SessionState.CANCELLED, "cancelled; the work up to the last checkpoint is kept")
            return False

        if self.store.transact(change):
            self.wake()

    def reject(self, session_id: str, reason: str) -> None:
        """Turn the whole work down. It stays readable; nothing of it can be promoted any more."""

        def change(tx: Transaction) -> None:
            session = sessions.get(tx, session_id)
            if session.state in machine.ACTIVE:
                raise StateError(
                    f"session {session_id} is {session.state.words}; only work that has ended can be rejected",
                    hint=f"end it first: orion cancel {session_id}",
                )
            if session.state is SessionState.PROMOTED:
                raise StateError(
                    f"session {session_id} is promoted; its work is in the repository",
                    hint=f"take it back first: orion undo-promote {session_id}",
                )
            if SessionState.REJECTED not in machine.LEGAL[session.state]:
                raise StateError(f"session {session_id} is {session.state.words} already")
            self._end(tx, session, SessionState.REJECTED, reason or "rejected")

        self.store.transact(change)

    def _end(self, tx: Transaction, session: Session, to: SessionState, reason: str) -> None:
        sessions.set_state(
            tx, session.id, {session.state}, to, reason, actor="user", finished_at=self.clock.now(), control=""
        )
        approvals.cancel_pending(tx, session.id, f"the session is {to}")

    # --- timeline -------------------------------------------------------------------------------------------------

    def preview_rollback(self, session_id: str, number: int) -> "RollbackPreview":
        """What going back to that checkpoint would take back; changes nothing."""
        return self._rollbacks().preview(session_id, number)

    def rollback(self, approved: "RollbackPreview") -> "RolledBack":
        """Do what the preview shows: files, tasks and approvals return, later work goes to the trash."""
        return self._rollbacks().rollback(approved)

    def _rollbacks(self) -> "Rollback":
        from orion_tui.core.timeline.rollback import Rollback

        return Rollback(home=self.home, store=self.store, clock=self.clock)

    @property
    def trash(self) -> "Trash":
        """What was taken back: preview, restore, purge."""
        from orion_tui.core.timeline.restore import Trash

        return Trash(home=self.home, store=self.store, clock=self.clock)

    def timeline(self, session_id: str) -> "Timeline":
        """Every checkpoint with what it changed, and what lies in the trash."""
        from orion_tui.core.timeline.reading import timeline

        return timeline(self.home, self.store, session_id)

    def in_trash(self, session_id: str | None = None) -> "list[TrashEntry]":
        """What lies in the trash, oldest first: of one session or of all."""
        from orion_tui.core.store import trash

        return trash.there(self.store.reader(), session_id)

    # --- promotion ------------------------------------------------------------------------------------------------

    @property
    def auth(self) -> "Authenticator":
        """PINs: set, status, verify. The same object each time, for it holds an unlocked vault."""
        if self._auth is None:
            from orion_tui.core.auth.authenticator import Authenticator

            self._auth = Authenticator(self.home, self.store, self.clock)
        return self._auth

    def preview_promotion(
        self, session_id: str, *, allow: Collection[str] = (), target: str = ""
    ) -> "PromotionPreview":
        """What promoting would do now and every reason against it; nothing of the user's is written.

        `allow` names special paths that the person agrees to; `target` another branch than work started on.
        """
        return self._shipping().preview(session_id, allow=allow, target=target)

    def promote(self, approved: "PromotionPreview", secret: str, *, allow: Collection[str] = ()) -> "Promoted":
        """Do what the preview shows, after the credential was verified: all of it, or nothing."""
        return self._shipping().promote(approved, secret, allow=allow)

    def preview_undo(self, session_id: str) -> "UndoPreview":
        """What taking a promotion back would do now and every reason against it; nothing of the user's is written."""
        return self._shipping().preview_undo(session_id)

    def undo_promotion(self, session_id: str, secret: str, approved: "UndoPreview | None" = None) -> "Undone":
        """Take a promotion back with a revert commit; later commits stay. `approved` binds it to what was shown."""
        return self._shipping().undo(session_id, secret, approved)

    def _shipping(self) -> "Shipping":
        from orion_tui.core.shipping.promotion import Shipping

        return Shipping(home=self.home, store=self.store, authenticator=self.auth)

    # --- reads ----------------------------------------------------------------------------------------------------

    def session(self, prefix: str) -> Session:
        """The session whose id begins with `prefix`. NotFound, or UsageError when several do."""
        return sessions.find(self.store.reader(), prefix)

    def sessions(
        self, *, states: Iterable[SessionState] | None = None, limit: int = 50, before: str | None = None
    ) -> list[Session]:
        """Sessions, newest first; `before` goes on after the last one of the page before."""
        return sessions.page(self.store.reader(), states=states, limit=limit, before=before)

    def tasks(self, session_id: str) -> list[TaskRow]:
        """The tasks as they stand, in the plan's order."""
        return plans.all(self.store.reader(), session_id)

    def plan(self, session_id: str) -> dict[str, Any]:
        """The plan as stored."""
        return plans.get(self.store.reader(), session_id)[1]

    def steps(self, session_id: str) -> list[Step]:
        """Every action that was started, in order, with decision and result."""
        return steps.all(self.store.reader(), session_id)

    def checkpoints(self, session_id: str) -> list[Checkpoint]:
        """Checkpoints, oldest first."""
        return checkpoints.all(self.store.reader(), session_id)

    def events(self, *, after: int = 0, session_id: str | None = None, limit: int = 500) -> list[Event]:
        """Events above the cursor `after`, oldest first."""
        return events.after(self.store.reader(), after, session_id=session_id, limit=limit)

    def latest_events(self, session_id: str | None = None, limit: int = 200) -> list[Event]:
        """The newest events, oldest of them first."""
        return events.latest(self.store.reader(), session_id, limit)

    def overview(self) -> "Overview":
        """Counts over all sessions."""
        from orion_tui.core.store.overview import overview

        return overview(self.store.reader())

    def diff(self, session_id: str, old: int | None = None, new: int | None = None, *, count: bool = True) -> "DiffSet":
        """What the session changed, from its base to its branch; hunks are read when they are asked for.

        `old` and `new` are numbers of checkpoints to compare instead; without `count` the numbers of lines wait until
        they are asked for, too. GitError or StateError when its repository is gone, NotFound when a checkpoint is.
        """
        from orion_tui.core.repo.diff import diff

        repo, base, tip = self._work(session_id, old, new)
        return diff(repo, base, tip, count=count)

    def patch(self, session_id: str, path: str | None = None, *, old: int | None = None, new: int | None = None) -> str:
        """The same as text that `git apply` takes, undecodable bytes in surrogateescape form: for files and pipes."""
        from orion_tui.core.repo.diff import patch_text

        repo, base, tip = self._work(session_id, old, new)
        return patch_text(repo, base, tip, path)

    def _work(self, session_id: str, old: int | None = None, new: int | None = None) -> "tuple[SessionRepo, str, str]":
        from orion_tui.core.repo import session_repo
        from orion_tui.core.timeline.rollback import branch_tip

        reader = self.store.reader()
        session = sessions.get(reader, session_id)
        repo = session_repo.open(self.home, session_id)
        base = session.snapshot or session.base_commit
        start = base if old is None else checkpoints.named(reader, session_id, old).commit
        return (
            repo,
            start,
            branch_tip(reader, session) if new is None else checkpoints.named(reader, session_id, new).commit,
        )

    def promotion(self, session_id: str) -> Promotion | None:
        """The newest promotion of a session."""
        return promotions.latest(self.store.reader(), session_id)

    def changed(self) -> int:
        """A number that changes when another connection has written: what readers poll."""
        return changes.data_version(self.store.reader())

    def supervisor(self) -> "SupervisorStatus":
        """Whether a supervisor runs, and how it is."""
        from orion_tui.core.session import launch

        return launch.status(self.home, self.store.reader(), self.clock)

    def stands_still(self) -> bool:
        """Whether there is work and no supervisor to do it: it was killed, or the machine started again."""
        return leases.has_work(self.store.reader()) and not self.supervisor().running

    def tend(self) -> bool:
        """Wake a supervisor where work stands still; whether it did. StateError when none comes up."""
        if not self.stands_still():
            return False
        self.wake()
        return True


def _not_paused(session: Session) -> StateError:
    hint = f"it waits for your answer: orion approvals list -s {session.id}"
    waits = session.state is SessionState.WAITING
    return StateError(f"session {session.id} is {session.state.words}, not paused", hint=hint if waits else "")
