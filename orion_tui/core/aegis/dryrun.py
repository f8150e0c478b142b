"""What the real gate answers before anything runs (ROLE-10): six standard scenarios, and a probe of every rule.

Nothing here knows the answers: scenarios and probes go through `classify` and `decide` like any action of an agent.
"""

import attrs

from orion_tui.base.kinds import ALWAYS_FORBIDDEN, ActionKind, Tier
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.examples import EXAMPLES, command, subject_for
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.models.actions import Action, Claim, Classification, Decision, WriteFile
from orion_tui.roles.rules import Rule

#: Title and action of each standard scenario, in the order they are shown.
SCENARIOS: tuple[tuple[str, Action], ...] = (
    ("Write code in the sandbox", WriteFile(path="src/example.py", content=b"print('example')\n")),
    ("Run tests", command("pytest -q")),
    ("Add a dependency", command("pip install requests")),
    ("Merge to main", command("git merge feature")),
    ("Deploy to production", command("kubectl apply -f production.yaml")),
    ("Modify AEGIS", WriteFile(path=".orion/roles/software-engineer.yaml", content=b"authority: {}\n")),
)


@attrs.frozen(kw_only=True)
class Scenario:
    """A question and the gate's answer."""

    title: str
    action: Action
    decision: Decision


def scenarios(policy: Policy) -> tuple[Scenario, ...]:
    """The six standard scenarios under a policy."""
    return tuple(Scenario(title=title, action=action, decision=ask(action, policy)) for title, action in SCENARIOS)


def ask(action: Action, policy: Policy, *, confidence: float = 1.0) -> Decision:
    """The gate's answer to any action, as it would be given in a session."""
    return decide(classify(action), policy, confidence=confidence)


def probe(policy: Policy) -> tuple[str, ...]:
    """Every rule of AEGIS and of the role that the gate does not enforce, one sentence each; empty when all hold."""
    role = policy.role
    problems = [*_base(policy), *_doubt(policy)]
    for rule in (*role.hard_limits, *role.authority.forbidden):
        problems += _expect(rule, policy, Tier.FORBIDDEN)
    for rule in role.authority.requires_approval:
        problems += _expect(rule, policy, Tier.REQUIRES_APPROVAL)
    for rule in role.authority.autonomous:
        problems += _grants(rule, policy)
    for index, pattern in enumerate(role.paths.deny):
        rule = Rule(kind=ActionKind.WRITE, pattern=pattern, place=f"paths.deny[{index}]")
        problems += _expect(rule, policy, Tier.FORBIDDEN)
    return tuple(problems)


def _base(policy: Policy) -> list[str]:
    """What AEGIS forbids, by an example and by the bare claim."""
    problems: list[str] = []
    for kind in sorted(ALWAYS_FORBIDDEN, key=lambda kind: kind.value):
        for decision in (ask(EXAMPLES[kind], policy), _claimed(kind, "", policy)):
            if decision.tier is not Tier.FORBIDDEN or decision.layer != "aegis":
                problems.append(f"aegis {kind.value} is not enforced: the gate answers {decision.tier.value}")
    return problems


def _doubt(policy: Policy) -> list[str]:
    """What cannot be read is never autonomous, whatever is granted."""
    claims = tuple(
        Claim(kind=rule.kind, subject=subject_for(rule), part=part)
        for part, rule in enumerate(policy.role.authority.autonomous)
    )
    decision = decide(Classification(claims=claims, opaque=True, doubts=("a probe",)), policy)
    return ["an action that cannot be read is allowed"] if decision.tier is Tier.AUTONOMOUS else []


def _expect(rule: Rule, policy: Policy, tier: Tier) -> list[str]:
    answers = [_claimed(rule.kind, subject_for(rule), policy)]
    if rule.pattern is None:
        answers.append(ask(EXAMPLES[rule.kind], policy))
    return [
        f"{rule.cited} is not enforced: the gate answers {answer.tier.value}"
        for answer in answers
        if answer.tier.severity < tier.severity
    ]


def _grants(rule: Rule, policy: Policy) -> list[str]:
    """A granting rule grants, unless a stricter rule stands in its way, which then is named in the answer."""
    answer = _claimed(rule.kind, subject_for(rule), policy)
    if answer.tier is Tier.AUTONOMOUS or answer.rule:
        return []
    return [f"{rule.cited} grants nothing: {answer.reason}"]


def _claimed(kind: ActionKind, subject: str, policy: Policy) -> Decision:
    return decide(Classification(claims=(Claim(kind=kind, subject=subject, because="a probe"),)), policy)
