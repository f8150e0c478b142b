"""How a person lets an answer reach further than once, sees what is allowed so, and takes it back.

The part of `core.engine.Engine` that changes what a session, or a role, may do.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from orion_tui.base.errors import ConflictError, NotFound, OrionError, StateError, UsageError
from orion_tui.core.answering import APPROVAL_LAPSES, Answering
from orion_tui.core.models.sessions import Approval, ApprovalStatus, Session
from orion_tui.core.store import Transaction, approvals, events, leases, role_reach, sessions
from orion_tui.core.store.role_reach import RoleReach

if TYPE_CHECKING:
    from orion_tui.core.auth.authenticator import Authenticator
    from orion_tui.core.session.reach import ReachPreview
    from orion_tui.roles.schema import Role


@attrs.frozen(kw_only=True)
class Allowed:
    """One rule that is allowed beyond what a role says."""

    #: `session` or `role`.
    scope: str
    #: The session's id, or the role's name.
    of: str
    #: What `revoke` takes: the rule's place in the session's reach, or the number of what was allowed to the role.
    number: int
    rule: str
    #: The directory that a command has to stand in for it, `.` for the workspace's root; "" for rules of other kinds.
    where: str = ""
    #: Whether it has any effect: a role's authority may have changed since, a session may have ended.
    holds: bool = True


class Reaching(Answering):
    """One person's Orion, as far as it lets more through. Safe to use from any thread."""

    @property
    def auth(self) -> "Authenticator":
        """See Engine."""
        raise NotImplementedError

    def preview_reach(
        self, approval_id: str, rules: Sequence[str] | None = None, *, whole_role: bool = False
    ) -> "ReachPreview":
        """What allowing these rules (None: exactly what is asked) would mean, and what of the past they match.

        UsageError for rules that are none or cover too much; StateError for a question that does not wait.
        """
        from orion_tui.core.session import reach

        reader = self.store.reader()
        approval = approvals.get(reader, approval_id)
        if approval.status is not ApprovalStatus.PENDING:
            raise StateError(f"approval {approval_id} is {approval.status}; nothing is allowed by it any more")
        policy = reach.policy_of(reader, approval.session_id)
        return reach.preview(reader, approval, policy, rules, whole_role=whole_role)

    def allow_for_session(self, shown: "ReachPreview") -> Approval:
        """Approve what is asked, and let the session do what the rules say without asking, until it ends."""
        return self._allow(shown, None)

    def allow_for_role(self, shown: "ReachPreview", secret: str) -> Approval:
        """The same, and for every session of the role that begins from now on, after its credential was verified.

        Raises what `Authenticator.verify` raises; ConflictError where the role's authority is not the one any more
        that this session began under.
        """
        from orion_tui.core.session import reach

        reader = self.store.reader()
        session = sessions.get(reader, shown.approval.session_id)
        frozen = reach.policy_of(reader, session.id).role
        current = self._role(frozen.name)
        if current is None or reach.basis(current) != reach.basis(frozen):
            raise ConflictError(
                f"role {frozen.name} says something else now than when this session began",
                hint="allow it for this session, or change the role",
            )
        # Of the two the one in force: a file that was edited outside must not choose how the person is asked.
        self.auth.verify(frozen.auth_method, secret)
        return self._allow(shown, frozen)

    def _allow(self, shown: "ReachPreview", role: "Role | None") -> Approval:
        from orion_tui.core.session import reach

        if shown.problem or not shown.rules:
            raise UsageError(f"this cannot be allowed beyond once: {shown.problem or 'there is no rule'}")
        now, approval_id = self.clock.now(), shown.approval.id

        def change(tx: Transaction) -> Approval:
            if approvals.get(tx, approval_id).binding != shown.approval.binding:
                raise ConflictError(f"approval {approval_id} asks for something else by now", hint="look at it again")
            reach.allow_for_session(tx, approval_id, shown.rules, by="role" if role is not None else "session")
            if role is not None:
                reach.allow_for_role(tx, shown.approval, role, shown.rules)
            answered = approvals.answer(tx, approval_id, ApprovalStatus.APPROVED, "", now, now + APPROVAL_LAPSES)
            leases.hurry(tx, answered.session_id)
            return answered

        answered = self.store.transact(change)
        self.wake()
        return answered

    def reaches(self) -> list[Allowed]:
        """Everything that is allowed beyond what roles say: of sessions that are not over, and of roles."""
        from orion_tui.core.session import machine, reach

        reader = self.store.reader()
        found: list[Allowed] = []
        for session in sessions.page(reader, states=machine.ACTIVE, limit=10_000):
            found += self.reach_of(session)
        for one in role_reach.in_force(reader):
            holds = reach.counts(one, self._role(one.role))
            found += [
                Allowed(scope="role", of=one.role, number=one.id, rule=rule, where=_where(rule), holds=holds)
                for rule in one.rules
            ]
        return found

    def reach_of(self, session: Session) -> list[Allowed]:
        """What is allowed to one session."""
        from orion_tui.core.aegis.reach import where
        from orion_tui.core.session import reach

        try:
            rules = reach.policy_of(self.store.reader(), session.id).reach
        except OrionError:
            return []  # a policy of another version: its own worker says so
        return [
            Allowed(scope="session", of=session.id, number=index, rule=rule.text, where=where(rule))
            for index, rule in enumerate(rules)
        ]

    def revoke_reach(self, session_id: str, number: int | None = None, seen: str = "") -> tuple[str, ...]:
        """Take back what a session is allowed (None: all of it), from its next action on; the rules.

        StateError where that number is none, or no longer the rule that was `seen` under it.
        """
        from orion_tui.core.session import reach

        return self.store.transact(lambda tx: reach.take_back(tx, session_id, number, seen))

    def revoke_role_reach(self, number: int) -> RoleReach:
        """Take back what a role is allowed: for sessions that begin from now on. Taking away needs no credential."""

        def change(tx: Transaction) -> RoleReach:
            gone = role_reach.revoke(tx, number)
            data = {"role": gone.role, "rules": list(gone.rules), "number": number}
            events.append(tx, "", "reach.revoked_from_role", "user", data)
            return gone

        return self.store.transact(change)

    def _role(self, name: str) -> "Role | None":
        from orion_tui.roles.library import Library

        try:
            return Library(self.home.roles).read(name).role
        except (NotFound, OrionError):
            return None


def _where(text: str) -> str:
    from orion_tui.core.aegis.reach import parse_reach, where
    from orion_tui.roles.rules import RuleError

    try:
        return where(parse_reach((text,))[0])
    except RuleError:
        return ""  # of another version of Orion: it is not in force either
