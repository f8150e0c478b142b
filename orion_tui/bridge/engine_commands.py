"""`Commands` over the real engine. Imported, like everything below it, in the thread that first needs it."""

from typing import TYPE_CHECKING

from orion_tui.base.errors import OrionError, StateError, VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.ask_commands import AskHand
from orion_tui.bridge.copies_commands import CopiesHand
from orion_tui.bridge.diff_commands import DiffHand
from orion_tui.bridge.finding_commands import FindingHand
from orion_tui.bridge.goal_commands import GoalHand
from orion_tui.bridge.models_commands import ModelsHand
from orion_tui.bridge.plan_commands import PlanHand
from orion_tui.bridge.promotion_port import AuthView, Promoted, PromotionView, Undone, UndoView
from orion_tui.bridge.settings_commands import SettingsHand
from orion_tui.bridge.store_reads import LAST_LOOK, parse_look
from orion_tui.bridge.timeline_port import ReturnView, TimelineView
from orion_tui.core.auth.vault import MACHINE_KEY_WARNING, VaultChoice
from orion_tui.core.engine import Engine
from orion_tui.core.models.steps import Step
from orion_tui.core.session import heartbeat, launch
from orion_tui.core.store import Transaction, leases, meta, steps

if TYPE_CHECKING:
    from orion_tui.core.repo.undo import UndoPreview
    from orion_tui.core.shipping.promotion import PromotionPreview
    from orion_tui.core.timeline.rollback import RollbackPreview

#: Seconds that a lane waits for a supervisor of an older version to finish its step.
_REPLACING = 2.0


class EngineCommands(AskHand, DiffHand, GoalHand, PlanHand, SettingsHand, CopiesHand, FindingHand, ModelsHand):
    """The lanes' hold on the engine. Both use the same one: what one has shown the other carries out."""

    def __init__(self, home: OrionHome, engine: Engine | None = None) -> None:
        """`engine` takes the place of one that is opened here and starts supervisors by itself."""
        AskHand.__init__(self)
        # A person waits: a supervisor of an older version is replaced behind their back.
        self._home = home
        self._engine = engine or Engine.open(home, wake=lambda: launch.ensure(home, wait=_REPLACING))
        self._auth = self._engine.auth
        self._begin_diffs()
        self._looked = False
        #: What was shown last of each session's rollback.
        self._returns: dict[str, RollbackPreview] = {}
        #: What was shown last of each session's promotion: the thing that a credential says yes to.
        self._shown: dict[str, tuple[PromotionPreview, tuple[str, ...]]] = {}
        #: The same of undoing it.
        self._undoing: dict[str, UndoPreview] = {}

    def approve(self, approval_id: str) -> None:
        """See Commands."""
        self._engine.approve(approval_id)

    def reject_approval(self, approval_id: str, reason: str) -> None:
        """See Commands."""
        self._engine.reject_approval(approval_id, reason)

    def cancel(self, session_id: str) -> None:
        """See Commands."""
        self._engine.cancel(session_id)

    def pause(self, session_id: str) -> None:
        """See Commands."""
        self._engine.pause(session_id)

    def resume(self, session_id: str) -> None:
        """See Commands."""
        self._engine.bring_keys(session_id)
        self._engine.resume(session_id)

    def reject(self, session_id: str, reason: str) -> None:
        """See Commands."""
        self._engine.reject(session_id, reason)

    def step(self, session_id: str, n: int) -> Step | None:
        """See Commands."""
        found = steps.after(self._engine.store.reader(), session_id, n - 1)
        return found[0] if found and found[0].n == n else None

    def timeline(self, session_id: str) -> TimelineView:
        """See Commands."""
        from orion_tui.bridge.timeline_views import timeline_view

        return timeline_view(self._engine.timeline(self._engine.session(session_id).id))

    def preview_rollback(self, session_id: str, number: int) -> ReturnView:
        """See Commands."""
        from orion_tui.bridge.timeline_views import rollback_view

        shown = self._engine.preview_rollback(session_id, number)
        if shown.beyond.nothing:
            raise StateError(f"nothing came after {shown.target.name}: the session stands there")
        self._returns[session_id] = shown
        return rollback_view(shown)

    def rollback(self, session_id: str) -> int:
        """See Commands."""
        shown = self._returns.pop(session_id, None)
        if shown is None:
            raise StateError("look at what would be taken back first")
        return self._engine.rollback(shown).entry.id

    def preview_restore(self, number: int) -> ReturnView:
        """See Commands."""
        from orion_tui.bridge.timeline_views import restore_view

        return restore_view(self._engine.trash.preview(number))

    def restore(self, number: int) -> None:
        """See Commands."""
        self._engine.trash.restore(number)

    def preview(self, session_id: str, allow: tuple[str, ...] = ()) -> PromotionView:
        """See Commands."""
        from orion_tui.bridge.promotion_views import promotion_view

        shown = self._engine.preview_promotion(session_id, allow=allow)
        self._shown[session_id] = (shown, allow)
        return promotion_view(shown, allow, self._engine.tasks(session_id), self.diff(session_id).files)

    def promote(self, session_id: str, secret: str) -> Promoted:
        """See Commands."""
        if session_id not in self._shown:
            raise StateError("look at what would be promoted first")
        shown, allow = self._shown[session_id]
        done = self._engine.promote(shown, secret, allow=allow)
        return Promoted(
            session_id=session_id,
            commit=done.merge_commit,
            target=done.target_ref,
            tags=done.tags,
            notes=tuple(done.notes),
        )

    def preview_undo(self, session_id: str) -> UndoView:
        """See Commands."""
        from orion_tui.bridge.promotion_views import undo_view

        shown = self._engine.preview_undo(session_id)
        self._undoing[session_id] = shown
        promotion = self._engine.promotion(session_id)
        return undo_view(self._engine.session(session_id), promotion.merge_commit if promotion else "", shown)

    def undo(self, session_id: str, secret: str) -> Undone:
        """See Commands."""
        if session_id not in self._undoing:
            raise StateError("look at what would be taken back first")
        done = self._engine.undo_promotion(session_id, secret, self._undoing[session_id])
        return Undone(session_id=session_id, commit=done.revert_commit, notes=tuple(done.notes))

    def auth(self) -> AuthView:
        """See Commands."""
        status = self._auth.status()
        vault = status.vault.value if status.vault is not None else ""
        if not vault and _keychain_serves():
            vault = VaultChoice.KEYCHAIN.value
        return AuthView(
            methods=tuple(method.value for method in status.methods),
            locked_until=status.locked_until,
            vault=vault,
            choices=(
                (VaultChoice.PASSPHRASE.value, "An encrypted file; its passphrase is asked for after every start."),
                (VaultChoice.MACHINE_KEY.value, f"An encrypted file without a question. {MACHINE_KEY_WARNING}"),
            ),
            needs_passphrase=status.needs_passphrase,
        )

    def enroll(self, pin: str, vault: str, passphrase: str) -> None:
        """See Commands."""
        choice = VaultChoice(vault)
        if passphrase:
            self._auth.unlock(passphrase, choice)
        self._auth.enroll_pin(pin, current=None, vault=choice)

    def unlock(self, passphrase: str) -> None:
        """See Commands."""
        self._auth.unlock(passphrase)

    def looked(self, seq: int) -> None:
        """See Commands: the look only ever moves on, whoever looks at the same time."""
        now = self._engine.clock.now()

        def change(tx: Transaction) -> None:
            known = parse_look(meta.get(tx, LAST_LOOK))
            if known is None or seq >= known[0]:
                meta.put(tx, LAST_LOOK, f"{seq}@{now:.3f}")

        self._engine.store.transact(change)

    def wake(self) -> str:
        """See Commands."""
        first, self._looked = not self._looked, True
        now = self._engine.supervisor()
        if now.trouble:
            raise StateError(now.trouble, hint=now.remedy)
        if now.running and (now.leaving or not now.outdated):
            return ""
        if not now.running and not (first or self._vanished()):
            return ""  # somebody ended it
        if not leases.has_work(self._engine.store.reader()):
            return ""
        self._engine.wake()
        if self._engine.supervisor().outdated:
            return f"The supervisor of version {now.version} is replaced when its step is done."
        return "A supervisor was started, and takes up the work that was left."

    def _vanished(self) -> bool:
        """Whether the last supervisor went without a good-bye."""
        beat = heartbeat.last(self._engine.store.reader())
        return beat is None or not beat.ended

    def close(self) -> None:
        """See Commands."""
        self._engine.close()


def _keychain_serves() -> bool:
    """Whether the system's keychain can keep a credential."""
    from orion_tui.core.auth.keychain import find_backend

    try:
        find_backend()
    except VaultError:
        return False
    except OrionError:
        return False
    return True
