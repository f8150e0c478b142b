"""The gate: one answer to one action, pure and in a fixed order (ROLE-7, DESIGN 4).

An action arrives as claims (`aegis.classify`). The claims of one *part*, a simple command or a single write, describe
the same thing at several levels: `pip install x` is `run(pip install x)`, `install_packages(x)` and
`add_dependency(x)`. *General* claims (`run`, `write`) say that anything is run or written at all; the others are
*specific*.

1. AEGIS base, then the user's hard limits, then the role's scope of paths: if any claim of any part is reached by one
   of their rules, the action is forbidden.
2. Role authority. If any claim is reached by a `forbidden` rule, the action is forbidden; else if any is reached by a
   `requires_approval` rule, it needs approval, unless it is of a part that is covered whole by what a person allowed
   beyond the role (`aegis.reach`). Both are read generously (`roles.patterns`).
   Else the action is autonomous only if it is certain (not opaque) and every part is *covered*, by that or:
     a. a part with specific claims, when every one of them is granted: by an `autonomous` rule of its kind, or for the
        kinds that `run` and `write` include (`run_tests`, `write_docs` ...) by a rule of the general kind that matches
        the part's general claims; or
     b. a part that runs something, when every `run` claim of it is granted by `run(pattern)` rules; that covers its
        specific claims too, but for network access, which needs a granted host of its own; or
     c. a part with general claims alone, when each is granted by a rule of that kind.
   These rules are read strictly. An action that is neither stopped nor covered needs approval.
3. A special path is never autonomous (GATE-4).
4. Confidence (RUN-4) can turn autonomous into approval or flag it, never the other way.
"""

from collections.abc import Iterable

from orion_tui.base.kinds import INCLUDES, ActionKind, Tier
from orion_tui.base.text import reveal
from orion_tui.core.aegis.base_rules import ALWAYS_ASKED, BASE_RULES
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.confidence import Verdict, judge_confidence
from orion_tui.core.aegis.coverage import uncovered
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.aegis.reach import citing, covered_parts
from orion_tui.core.models.actions import Claim, Classification, Decision
from orion_tui.core.models.plans import Task
from orion_tui.roles.patterns import path_matches
from orion_tui.roles.rules import Rule

_GRANTED = "every part of it is granted by the role"


def decide(classification: Classification, policy: Policy, *, confidence: float = 1.0) -> Decision:
    """The gate's answer to one action under one frozen policy. `confidence` is 0 to 1."""
    claims = classification.claims
    authority = policy.role.authority

    def answer(tier: Tier, layer: str, rule: str, reason: str, *, flagged: bool = False) -> Decision:
        return Decision(
            tier=tier,
            layer=layer,
            rule=rule,
            # It names paths and words that whoever wants the action has chosen, and a person decides by it.
            reason=reveal(reason, keep_newlines=False),
            claims=claims,
            flagged=flagged,
            policy=policy.hash,
        )

    for layer, rules in (("aegis", BASE_RULES), ("hard_limits", policy.role.hard_limits)):
        if hit := _reached(rules, claims):
            return answer(Tier.FORBIDDEN, layer, hit[0].cited, _because(*hit))
    if scope := _out_of_scope(claims, policy):
        return answer(Tier.FORBIDDEN, "hard_limits", *scope)
    if hit := _reached(authority.forbidden, claims):
        return answer(Tier.FORBIDDEN, "role", hit[0].cited, _because(*hit))
    # What a person allowed beyond the role counts part by part, and for nothing that is special or uncertain.
    covered = covered_parts(claims, policy.reach, policy.role.sandbox.egress)
    left = tuple(claim for claim in claims if claim.part not in covered)
    if hit := _reached(authority.requires_approval, left):
        return answer(Tier.REQUIRES_APPROVAL, "role", hit[0].cited, _because(*hit))
    if hit := _reached((ALWAYS_ASKED,), claims):
        return answer(Tier.REQUIRES_APPROVAL, "special_path", hit[0].cited, _because(*hit))
    if classification.opaque:
        doubts = ", ".join(classification.doubts) or "it cannot be read with certainty"
        return answer(Tier.REQUIRES_APPROVAL, "role", "", f"what it does is not certain: {doubts}")
    if (left or not claims) and (missing := uncovered(left, authority.autonomous, policy.role.sandbox.egress)):
        reason = f"no rule grants {_spell(missing)}; what no rule matches needs approval"
        return answer(Tier.REQUIRES_APPROVAL, "role", "", reason)
    granting = ", ".join(filter(None, (citing(claims, policy.reach), _granting(authority.autonomous, left))))
    granted = _GRANTED if not covered else "every part of it is granted, by the role or by what you allowed"
    match judge_confidence(confidence, policy.role.confidence_thresholds):
        case Verdict.EXECUTE:
            return answer(Tier.AUTONOMOUS, "reach" if covered else "role", granting, granted)
        case Verdict.FLAG:
            reason = (
                f"{granted}; confidence {confidence:.2f} is below {policy.role.confidence_thresholds.auto_execute:g}"
            )
            return answer(Tier.AUTONOMOUS, "confidence", granting, reason, flagged=True)
        case Verdict.ASK | Verdict.COLLAPSE:
            least = policy.role.confidence_thresholds.execute_and_flag
            reason = f"confidence {confidence:.2f} is below {least:g}"
            return answer(Tier.REQUIRES_APPROVAL, "confidence", "confidence_thresholds", reason)


def plan_tier(task: Task, policy: Policy) -> Decision:
    """The tier of a whole task when the plan is made (PLAN-2): the worst of its kind and of its known actions.

    Actions that are there to show that the gate stops them (`expect: {blocked: true}`) do not count, and neither does
    the kind of a task that has no others.
    """
    known = [planned.action for planned in (*task.actions, *task.accept) if not planned.expect.blocked]
    decisions = [decide(classify(action), policy, confidence=1.0) for action in known]
    if known or not (task.actions or task.accept):
        decisions.insert(0, _kind_alone(task.kind, policy, actions_known=bool(known)))
    if not decisions:
        return Decision(
            tier=Tier.AUTONOMOUS,
            layer="aegis",
            rule="",
            reason="everything in it is there to be stopped",
            policy=policy.hash,
        )
    return max(decisions, key=lambda decision: decision.tier.severity)


def _kind_alone(kind: ActionKind, policy: Policy, *, actions_known: bool) -> Decision:
    """What the role says of a kind before any action of it is known.

    Rules with patterns speak of actions: where actions are known, each is judged by itself, and a kind that the role
    grants only for some subjects does not count against the task.
    """
    claims = (Claim(kind=kind, because="the kind of the task"),)
    decision = decide(Classification(claims=claims), policy)
    partly = any(
        rule.kind is kind or kind in INCLUDES.get(rule.kind, frozenset()) for rule in policy.role.authority.autonomous
    )
    unmatched = decision.tier is Tier.REQUIRES_APPROVAL and not decision.rule
    if unmatched and actions_known and (partly or kind in INCLUDES):
        return Decision(
            tier=Tier.AUTONOMOUS,
            layer="role",
            rule="",
            reason="its actions are judged one by one",
            claims=claims,
            policy=policy.hash,
        )
    return decision


def _reached(rules: Iterable[Rule], claims: Iterable[Claim]) -> tuple[Rule, Claim] | None:
    """The first rule that reaches a claim, in the generous reading."""
    claims = tuple(claims)
    for rule in rules:
        for claim in claims:
            if rule.stops(claim.kind, claim.subject):
                return rule, claim
    return None


def _because(rule: Rule, claim: Claim) -> str:
    subject = f" {claim.subject}" if claim.subject else ""
    why = f" ({claim.because})" if claim.because else ""
    return f"{rule.label or rule.text}: this is {claim.kind.value}{subject}{why}"


def _out_of_scope(claims: Iterable[Claim], policy: Policy) -> tuple[str, str] | None:
    """Rule and reason where a write lies outside the paths that the role may change."""
    scope = policy.role.paths
    for claim in claims:
        if claim.kind is not ActionKind.WRITE:
            continue
        for index, pattern in enumerate(scope.deny):
            if claim.subject and path_matches(pattern, claim.subject, generous=True):
                return f"paths.deny[{index}] {pattern}", f"the role may not change {claim.subject}"
        if scope.allow and not any(path_matches(pattern, claim.subject, generous=False) for pattern in scope.allow):
            what = claim.subject or "files that cannot be told"
            return "paths.allow", f"the role may change only {', '.join(scope.allow)}, not {what}"
    return None


def _spell(claim: Claim) -> str:
    return f"{claim.kind.value}({claim.subject})" if claim.subject else claim.kind.value


def _granting(rules: Iterable[Rule], claims: Iterable[Claim]) -> str:
    """The rules that grant it, each once, for people."""
    claims = tuple(claims)
    cited = [rule.cited for rule in rules if any(rule.grants(c.kind, c.subject, c.directory) for c in claims)]
    return ", ".join(cited)
