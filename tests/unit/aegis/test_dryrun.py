"""ROLE-10: six scenarios and a probe of every rule, through the real gate."""

import pytest

from orion_tui.base.kinds import ALWAYS_FORBIDDEN, ActionKind, Tier
from orion_tui.core.aegis import decide as gate
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.dryrun import ask, probe, scenarios
from orion_tui.core.aegis.examples import EXAMPLES, subject_for
from orion_tui.roles.rules import Rule, parse_rule
from tests.support.gate import policy, shell, starter

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]

STARTERS = ("software-engineer", "technical-writer", "qa-engineer", "devops-engineer")
A, P, F = Tier.AUTONOMOUS, Tier.REQUIRES_APPROVAL, Tier.FORBIDDEN


def only_the_base(rule: Rule, kind: ActionKind, subject: str) -> bool:
    """A broken gate in which rules of a role stop nothing."""
    return rule.kind is kind and kind in ALWAYS_FORBIDDEN


def no_path(pattern: str, path: str, *, generous: bool) -> bool:
    """A broken gate in which no path matches."""
    return False


@pytest.mark.parametrize(
    ("name", "tiers"),
    [
        ("software-engineer", (A, A, P, P, F, F)),
        ("technical-writer", (P, P, P, P, F, F)),
        ("qa-engineer", (P, A, P, F, F, F)),
        ("devops-engineer", (P, A, P, P, P, F)),
    ],
)
def test_the_six_scenarios_of_each_starter(name: str, tiers: tuple[Tier, ...]) -> None:
    found = scenarios(starter(name))
    assert [scenario.title for scenario in found] == [
        "Write code in the sandbox",
        "Run tests",
        "Add a dependency",
        "Merge to main",
        "Deploy to production",
        "Modify AEGIS",
    ]
    assert tuple(scenario.decision.tier for scenario in found) == tiers
    assert all(scenario.decision.rule and scenario.decision.reason for scenario in found)


@pytest.mark.parametrize("name", STARTERS)
def test_every_rule_of_a_starter_is_enforced(name: str) -> None:
    assert probe(starter(name)) == ()


def test_any_action_can_be_asked_about() -> None:
    decision = ask(shell("git push --force"), starter("software-engineer"))
    assert (decision.tier, decision.layer, decision.rule) == (F, "aegis", "aegis force_push")


@pytest.mark.parametrize("kind", ActionKind)
def test_the_example_of_a_kind_is_of_that_kind(kind: ActionKind) -> None:
    assert kind in {claim.kind for claim in classify(EXAMPLES[kind]).claims}


@pytest.mark.parametrize(
    "entry",
    [
        "write(docs/**)",
        "write(**/*.md)",
        "run(pytest *)",
        "run(npm run build)",
        "run(a?b*)",
        "fetch(*.a.org)",
        "add_dependency(types-*)",
        "push",
    ],
)
def test_the_subject_that_is_probed_is_one_that_the_pattern_matches(entry: str) -> None:
    rule = parse_rule(entry)
    assert rule.grants(rule.kind, subject_for(rule))


@pytest.mark.parametrize("kind", sorted(ALWAYS_FORBIDDEN))
def test_a_gate_without_one_of_its_base_rules_is_found_out(kind: ActionKind, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: the probe fails when the gate is broken."""
    monkeypatch.setattr(gate, "BASE_RULES", tuple(rule for rule in gate.BASE_RULES if rule.kind is not kind))
    assert any(kind.value in line for line in probe(policy(forbidden=["publish"])))


def test_a_gate_that_forgets_forbidden_rules_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    under = policy(autonomous=["run_tests"], forbidden=["push", "write(legal/**)"])
    assert probe(under) == ()
    monkeypatch.setattr(Rule, "stops", only_the_base)
    problems = probe(under)
    assert any("forbidden[0] push is not enforced" in line for line in problems)
    assert any("forbidden[1] write(legal/**) is not enforced" in line for line in problems)


def test_a_gate_that_allows_everything_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    under = policy(autonomous=["run_tests"], approval=["write(docs/**)"])

    def nothing_missing(*_: object) -> None:
        return None

    monkeypatch.setattr(gate, "uncovered", nothing_missing)
    monkeypatch.setattr(Rule, "stops", only_the_base)
    assert any("requires_approval[0] write(docs/**) is not enforced" in line for line in probe(under))


def test_a_rule_that_a_stricter_one_stands_before_is_no_fault() -> None:
    assert probe(policy(autonomous=["write(docs/**)"], forbidden=["write"])) == ()


def test_the_scope_of_paths_and_hard_limits_are_probed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    under = policy(autonomous=["write"], paths={"deny": ["legal/**"]}, hard_limits=["deploy"])
    assert probe(under) == ()
    monkeypatch.setattr(gate, "path_matches", no_path)
    assert any("paths.deny[0]" in line for line in probe(under))
