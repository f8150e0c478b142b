"""Promotion and undo of one session, from preview to the journalled transaction in the user's repository.

Order of a promotion: gate (all checks, all failures listed), trial merge, authentication, then the transaction. The
preview that a person said yes to is bound: a branch, a result or a special path that changed since is refused.
"""

from collections.abc import Collection
from pathlib import Path

import attrs

from orion_tui.base.errors import OrionError, StateError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import display_path
from orion_tui.core import gate
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.secrets import ScanItem, ScanReport, load_allowlist, scan
from orion_tui.core.auth.authenticator import Authenticator
from orion_tui.core.gate import GateReport
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.repo import promote as merging
from orion_tui.core.repo import session_repo, undo
from orion_tui.core.repo.changes import GITLINK
from orion_tui.core.repo.journal import Move, MoveKind, MoveState
from orion_tui.core.repo.preview import Preview, PromotionRequest, preview
from orion_tui.core.repo.promote import Promoted
from orion_tui.core.repo.recover import Recovered, recover
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.store_journal import StoreJournal, unfinished
from orion_tui.core.repo.undo import Undone, UndoPreview, UndoRequest
from orion_tui.core.session import machine
from orion_tui.core.session.work_copy import role_caps
from orion_tui.core.shipping.net import forbidden, net_changes, over_limits, unapproved_special
from orion_tui.core.store import Store, Transaction, checkpoints, events, promotions, sessions, steps
from orion_tui.roles.schema import AuthMethod


@attrs.frozen(kw_only=True)
class PromotionPreview:
    """What promoting would do now, and every reason against it."""

    session: Session
    plan: Preview
    gate: GateReport
    #: How the person proves who they are.
    method: AuthMethod
    #: (path, reason) of special paths that must be allowed by name, now.
    special: tuple[tuple[str, str], ...]

    @property
    def ready(self) -> bool:
        """Whether only the credential is missing."""
        return self.gate.approved and not self.plan.refusals


@attrs.frozen(kw_only=True)
class Shipping:
    """Everything that leads into and out of the user's repository."""

    home: OrionHome
    store: Store
    authenticator: Authenticator

    def preview(self, session_id: str, *, allow: Collection[str] = (), target: str = "") -> PromotionPreview:
        """Look at everything, write nothing of the user's.

        `allow` names special paths that the person agrees to; `target` another branch than the one that work started
        on. Raises StateError when the session has nothing to promote, UsageError when the work does not change a path
        that is named, WorkspaceError when its repository is gone.
        """
        session = sessions.get(self.store.reader(), session_id)
        if session.state not in machine.REVIEWABLE:
            raise StateError(
                f"session {session_id} is {session.state.words}, so there is nothing to promote",
                hint="work can be promoted when it has ended, and again after an undo",
            )
        repo = session_repo.open(self.home, session_id)
        request = self._request(session, repo, target)
        plan = preview(repo, Path(session.workspace), request)
        policy = policies.from_json(sessions.policy(self.store.reader(), session.policy))
        changes = net_changes(repo, session.snapshot or session.base_commit, request.accepted_tree)
        if unknown := set(allow) - {net.entry.path for net in changes}:
            named = ", ".join(display_path(path) for path in sorted(unknown))
            raise UsageError(
                f"the work does not change {named}, so there is nothing to allow",
                hint=f"orion diff {session_id} --stat lists what it changes",
            )
        special = unapproved_special(changes, steps.counted(self.store.reader(), session_id), allow, repo.object_format)
        report = gate.evaluate(
            scan=self._scan(session, repo, plan),
            over_limits=over_limits(changes, role_caps(policy)),
            out_of_scope=forbidden(changes, policy),
            special=tuple(f"{display_path(path)}: {reason}" for path, reason in special),
            authentication=self.authenticator.obstacles(policy.role.auth_method),
        )
        return PromotionPreview(
            session=session, plan=plan, gate=report, method=policy.role.auth_method, special=special
        )

    def promote(self, approved: PromotionPreview, secret: str, *, allow: Collection[str] = ()) -> Promoted:
        """Do what `approved` shows: all of it, or nothing.

        Raises Blocked with every failing check, AuthError, ConflictError, Busy, StateError, WorkspaceError, GitError.
        """
        session = approved.session
        now = self.preview(session.id, allow=allow, target=approved.plan.place.branch)
        if not now.gate.approved:
            self._refused(session, now.gate.problems)
            now.gate.refuse(hint="orion diff shows the work")
        self.authenticator.verify(approved.method, secret)
        repo = session_repo.open(self.home, session.id)
        request = self._request(session, repo, approved.plan.place.branch)
        self.store.transact(lambda tx: checkpoints.again(tx, session.id, "before promotion"))
        try:
            return merging.promote(
                repo,
                Path(session.workspace),
                request,
                StoreJournal(self.store, at_end=settle_session),
                locks=self.home.run,
                approved=approved.plan,
            )
        except OrionError as error:
            self._refused(session, (error.message, *error.problems))
            raise

    def preview_undo(self, session_id: str) -> UndoPreview:
        """What taking a promotion back would do now, and every reason against it; writes nothing of the user's.

        Raises StateError when there is none in effect, WorkspaceError when its repository is gone.
        """
        session, promotion = self._promoted(session_id)
        repo = session_repo.open(self.home, session_id)
        return undo.preview_undo(repo, Path(session.workspace), _undo_request(session, promotion))

    def undo(self, session_id: str, secret: str, approved: UndoPreview | None = None) -> Undone:
        """Take a promotion back with a revert commit; later commits stay.

        With `approved` it does what that shows, or nothing. Raises StateError when there is none in effect, AuthError,
        ConflictError (named files), and as `promote`.
        """
        session, promotion = self._promoted(session_id)
        repo = session_repo.open(self.home, session_id)
        path, request = Path(session.workspace), _undo_request(session, promotion)
        approved = approved or undo.preview_undo(repo, path, request)
        policy = policies.from_json(sessions.policy(self.store.reader(), session.policy))
        self.authenticator.verify(policy.role.auth_method, secret)
        journal = StoreJournal(self.store, undoing=promotion, at_end=settle_session)
        return undo.undo(repo, path, request, journal, locks=self.home.run, approved=approved)

    def _promoted(self, session_id: str) -> tuple[Session, Promotion]:
        session = sessions.get(self.store.reader(), session_id)
        promotion = promotions.latest(self.store.reader(), session_id)
        if session.state is not SessionState.PROMOTED or promotion is None:
            raise StateError(f"session {session_id} is {session.state.words}: there is no promotion to take back")
        return session, promotion

    def _request(self, session: Session, repo: SessionRepo, target: str) -> PromotionRequest:
        last = checkpoints.latest(self.store.reader(), session.id)
        if last is None:
            raise StateError(f"session {session.id} has no checkpoint, so there is nothing to promote")
        return PromotionRequest(
            session_id=session.id,
            goal=session.goal,
            role=session.role,
            base_commit=session.base_commit,
            snapshot=session.snapshot,
            base_branch=session.base_branch,
            accepted_tree=repo.tree_of(last.branch_commit),
            target=target,
        )

    def _scan(self, session: Session, repo: SessionRepo, plan: Preview) -> ScanReport:
        """Everything that would enter the user's repository: file versions, names, and messages."""
        return scan(
            _items(repo, plan),
            cache=self.home.cache,
            messages=(("commit message", str(plan.message)), ("goal", session.goal)),
            names=(plan.place.branch, *plan.tags),
            allowlist=load_allowlist(self.home.root / "secrets_allowlist.yaml"),
        )

    def _refused(self, session: Session, problems: tuple[str, ...]) -> None:
        data = {"problems": [str(problem) for problem in problems]}
        self.store.transact(lambda tx: events.append(tx, session.id, "promotion.refused", "aegis", data))


def recover_promotions(home: OrionHome, store: Store) -> tuple[Recovered, ...]:
    """Complete or take back every promotion and undo that was cut short; safe at every start."""
    return recover(unfinished(store, store.reader(), at_end=settle_session), locks=home.run)


def settle_session(tx: Transaction, move: Move, end: MoveState) -> None:
    """Move the session on in the transaction that ends its promotion or undo."""
    if end is not MoveState.COMMITTED or move.kind is MoveKind.COMMIT_FIRST:
        return
    to = SessionState.PROMOTED if move.kind is MoveKind.PROMOTE else SessionState.UNDONE
    branch = move.target_ref.removeprefix("refs/heads/")
    verb = "merged into" if to is SessionState.PROMOTED else "taken back from"
    sessions.set_state(
        tx, move.session_id, machine.sources(to), to, f"{verb} {branch} as {move.new_tip[:12]}", actor="user"
    )


def _items(repo: SessionRepo, plan: Preview) -> list[ScanItem]:
    """Every file version that would enter the user's repository."""
    entering = [(path, entry) for path, entry in plan.entering if entry.mode != GITLINK]
    blobs = dict(repo.blobs(sorted({entry.oid for _, entry in entering})))
    return [ScanItem(name=path, oid=entry.oid, data=blobs[entry.oid]) for path, entry in entering]


def _undo_request(session: Session, promotion: Promotion) -> UndoRequest:
    return UndoRequest(
        session_id=session.id,
        goal=session.goal,
        role=session.role,
        merge_commit=promotion.merge_commit,
        target_ref=promotion.target_ref,
    )
