"""How far an approval reaches: once, for this session, or for every session of this role (ASK-1).

A session keeps the policy that it began with; what is allowed for it is an event that puts another policy in force, the
same role with a longer reach, which every later event names by its hash. It ends with the session. What is allowed for
a role is kept beside the role and not in its file: a file can be edited outside of Orion, does not say by whom a rule
was allowed, and has no way to say "in spite of what needs approval". It holds for sessions that begin from then on, for
as long as the role's authority is what it was.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from orion_tui.base.errors import StateError, UsageError
from orion_tui.base.kinds import Tier
from orion_tui.base.text import reveal
from orion_tui.core import codec
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.aegis.reach import exact_rules, narrowed, parse_reach, warning, why_not
from orion_tui.core.models.actions import Classification
from orion_tui.core.models.asked import Asked
from orion_tui.core.models.sessions import Approval, ApprovalStatus, Session
from orion_tui.core.session import machine
from orion_tui.core.session.past import Past, asked_from, past_of
from orion_tui.core.store import Reader, Transaction, approval_actions, approvals, events, role_reach, sessions
from orion_tui.core.store.role_reach import RoleReach
from orion_tui.roles.rules import Rule, RuleError
from orion_tui.roles.schema import Role

#: Rules that a session, or a role, may be allowed in all.
MOST = 50


@attrs.frozen(kw_only=True)
class ReachPreview:
    """What a reach would be: the rules, and exactly what they would have let through before."""

    approval: Approval
    #: The rules as they would be kept; empty where `problem` says why there are none.
    rules: tuple[Rule, ...] = ()
    #: Why this cannot be allowed beyond once; empty where it can.
    problem: str = ""
    #: The narrowest rules, and where there are some a little wider, for the person to choose from.
    exact: tuple[str, ...] = ()
    wider: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    #: Past actions that they would have let through without a question, newest first.
    matched: tuple[Past, ...] = ()
    #: How many past actions were looked at.
    looked: int = 0

    @property
    def refused(self) -> int:
        """How many of those a person had refused."""
        return sum(past.refused for past in self.matched)


def preview(
    reader: Reader, approval: Approval, policy: Policy, texts: Sequence[str] | None, *, whole_role: bool
) -> ReachPreview:
    """What allowing `texts` (None: exactly what is asked) would mean. Nothing is changed.

    `whole_role` looks at the past of all sessions of the role, else of this one. UsageError for rules that are none, or
    that would cover too much.
    """
    asked = _asked(reader, approval)
    if isinstance(asked, str):
        return ReachPreview(approval=approval, problem=asked)
    classification = asked.classification
    decision = decide(classification, policy)
    if problem := why_not(
        decision.tier, asked.layer if decision.tier is Tier.AUTONOMOUS else decision.layer, decision.reason
    ):
        return ReachPreview(approval=approval, problem=problem)
    try:
        exact = _spelled(classification, policy)
        problem = _does_not_cover(classification, policy, exact)
    except RuleError as error:
        exact, problem = (), str(error)
    wider = tuple(narrowed(rule) or rule for rule in exact)
    if texts is None and problem:
        return ReachPreview(approval=approval, problem=problem)
    try:
        rules = parse_reach(texts) if texts is not None else exact
    except RuleError as error:
        raise UsageError(f"this cannot be allowed: {error}", hint="narrow it, or approve once") from error
    if problem := _does_not_cover(classification, policy, rules):
        raise UsageError(f"this rule would not cover what is asked: {problem}", hint="change the rule")
    past = past_of(reader, approval.session_id, policy.role.name if whole_role else None)
    return ReachPreview(
        approval=approval,
        rules=rules,
        exact=tuple(rule.text for rule in exact),
        wider=tuple(rule.text for rule in wider) if wider != exact else (),
        warnings=tuple(filter(None, map(warning, rules))),
        matched=tuple(one for one in past if _lets_through(one.classification, policy, rules)),
        looked=len(past),
    )


def allow_for_session(tx: Transaction, approval_id: str, rules: Sequence[Rule], *, by: str = "session") -> Policy:
    """Put the session's policy with a longer reach in force, and withdraw its questions that this answers.

    StateError where the question does not wait any more; the caller answers the question itself.
    """
    approval = approvals.get(tx, approval_id)
    if approval.status is not ApprovalStatus.PENDING:
        raise StateError(f"approval {approval_id} is {approval.status}; nothing is allowed by it any more")
    before = policy_of(tx, approval.session_id)
    known = {rule.text for rule in before.reach}
    after = _numbered((*before.reach, *(rule for rule in rules if rule.text not in known)))
    if len(after) > MOST:
        raise UsageError(f"more than {MOST} rules are allowed for this session", hint="write a role for it")
    policy = policies.with_reach(before, after)
    data = {"approval": approval_id, "rules": [rule.text for rule in rules], "reach": by, "policy": policy.hash}
    _put_in_force(tx, approval.session_id, policy, "reach.granted", data)
    for other in approvals.pending(tx, approval.session_id):
        asked = _asked(tx, other)
        if other.id == approval_id or isinstance(asked, str) or asked.layer == "confidence":
            continue
        if decide(asked.classification, policy).tier is Tier.AUTONOMOUS:
            approvals.supersede(tx, other.id, f"allowed for this session: {', '.join(rule.text for rule in rules)}")
    return policy


def take_back(tx: Transaction, session_id: str, index: int | None, seen: str = "") -> tuple[str, ...]:
    """Take back one rule of a session's reach (None: all of it); what was taken back. NotFound, StateError.

    `seen` is the rule that the person saw under that number: another one may have gone since, and moved it up.
    """
    before = policy_of(tx, session_id)
    gone = before.reach if index is None else before.reach[index : index + 1]
    if not gone or (seen and [rule.text for rule in gone] != [seen]):
        raise StateError(
            f"nothing of that number is allowed for session {session_id}", hint="orion approvals reach list"
        )
    policy = policies.with_reach(before, _numbered(rule for rule in before.reach if rule not in gone))
    data = {"rules": [rule.text for rule in gone], "policy": policy.hash}
    _put_in_force(tx, session_id, policy, "reach.revoked", data)
    return tuple(rule.text for rule in gone)


def end_with(tx: Transaction, session: Session) -> None:
    """Let a session that had ended, and goes on, go on without what it was allowed until its end.

    What its role is allowed by now stays, as far as the session began with it.
    """
    if session.state in machine.ACTIVE:
        return
    before = policy_of(tx, session.id)
    of_its_role = {rule.text for rule in of_role(tx, before.role)}
    if gone := tuple(rule for rule in before.reach if rule.text not in of_its_role):
        policy = policies.with_reach(before, _numbered(rule for rule in before.reach if rule not in gone))
        data = {"rules": [rule.text for rule in gone], "policy": policy.hash, "reason": "the session had ended"}
        _put_in_force(tx, session.id, policy, "reach.revoked", data)


def allow_for_role(tx: Transaction, approval: Approval, role: Role, rules: Sequence[Rule]) -> int:
    """Keep it for sessions of the role that begin from now on; its number."""
    held = sum(len(one.rules) for one in role_reach.in_force(tx, role.name))
    if held + len(rules) > MOST:
        raise UsageError(f"more than {MOST} rules are allowed for role {role.name}", hint="put them into the role")
    texts = [rule.text for rule in rules]
    number = role_reach.add(tx, role.name, basis(role), texts, approval.session_id)
    data = {"approval": approval.id, "role": role.name, "rules": texts, "number": number}
    events.append(tx, approval.session_id, "reach.granted_to_role", "user", data)
    return number


def of_role(reader: Reader, role: Role) -> tuple[Rule, ...]:
    """What sessions of this role begin with. What was given under another authority of it does not count."""
    now = basis(role)
    texts = [text for one in role_reach.in_force(reader, role.name) if one.basis == now for text in one.rules]
    try:
        return parse_reach(tuple(dict.fromkeys(texts))) if texts else ()
    except RuleError:
        return ()  # a rule of another version of Orion: nothing is allowed that is not understood


def counts(reach: RoleReach, role: Role | None) -> bool:
    """Whether it still holds: the role is there, with the authority that it was given under."""
    return role is not None and reach.basis == basis(role)


def basis(role: Role) -> str:
    """Hash of what a role says about what may be done: whoever changes that has not agreed to what lies on top."""
    # With the credential that it asks for: what a PIN allowed was never allowed by a code.
    parts = (role.authority, role.hard_limits, role.paths, role.sandbox, role.auth_method)
    said = [codec.to_json(part) for part in parts]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def policy_of(reader: Reader, session_id: str) -> Policy:
    """The policy in force for a session."""
    return policies.from_json(sessions.policy(reader, sessions.get(reader, session_id).policy))


def _put_in_force(tx: Transaction, session_id: str, policy: Policy, event: str, data: Mapping[str, Any]) -> None:
    sessions.save_policy(tx, policy.hash, policies.to_json(policy))
    sessions.set_policy(tx, session_id, policy.hash)
    events.append(tx, session_id, event, "user", data, policy.hash)


def _numbered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(attrs.evolve(rule, place=f"reach[{index}]") for index, rule in enumerate(rules))


def _asked(reader: Reader, approval: Approval) -> Asked | str:
    """What the question is about, or why nothing can be allowed beyond once."""
    kept = approval_actions.get(reader, approval.id)
    if kept is None:
        return "only an action can be allowed beyond once"
    if kept.edited is not None:
        return "what a person edited is approved once"
    return asked_from(kept.asked)


def _spelled(classification: Classification, policy: Policy) -> tuple[Rule, ...]:
    """Exact rules for the parts that the role does not let through by itself."""
    parts = sorted({claim.part for claim in classification.claims})
    asked = [part for part in parts if decide(_part(classification, part), policy).tier is not Tier.AUTONOMOUS]
    claims = [claim for claim in classification.claims if claim.part in asked]
    return exact_rules(claims, policy.reach, policy.role.sandbox.egress)


def _part(classification: Classification, part: int) -> Classification:
    return Classification(claims=tuple(claim for claim in classification.claims if claim.part == part))


def _does_not_cover(classification: Classification, policy: Policy, rules: Sequence[Rule]) -> str:
    decision = decide(classification, policies.with_reach(policy, _numbered((*policy.reach, *rules))))
    return "" if decision.tier is Tier.AUTONOMOUS else str(reveal(decision.reason, keep_newlines=False))


def _lets_through(classification: Classification, policy: Policy, rules: Sequence[Rule]) -> bool:
    """Whether these rules, on top of what holds, turn a question into none."""
    if decide(classification, policies.with_reach(policy, ())).tier is not Tier.REQUIRES_APPROVAL:
        return False
    return decide(classification, policies.with_reach(policy, _numbered(rules))).tier is Tier.AUTONOMOUS
