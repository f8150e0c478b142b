"""Properties that hold for every role and every action (Hypothesis)."""

import json

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orion_tui.base.kinds import ALWAYS_FORBIDDEN, PATTERN_SUBJECT, ActionKind, Tier
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.dryrun import probe
from orion_tui.core.aegis.examples import EXAMPLES
from orion_tui.core.aegis.policy import Policy, freeze, from_json, to_json
from orion_tui.core.models.actions import Action, Claim, Classification, FetchUrl, UseTool, WriteFile
from orion_tui.roles.loader import load_role
from orion_tui.roles.rules import Rule, parse_rule
from orion_tui.roles.schema import Authority, Role, Scope
from tests.support.gate import ask, shell

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]

_PATTERNS = {
    "path": ["**", "src/**", "docs/**", "*.md", "**/*.py", ".git/**", ".orion/**", "tests/test_*.py"],
    "command": ["pytest *", "git *", "git push *", "rm *", "sh *", "python3 -m pytest", "sudo *", "cat *", "env *"],
    "package": ["requests", "*", "types-*"],
    "host": ["docs.python.org", "*.python.org", "evil.org"],
    "tool": ["tracker/*", "tracker/look_up", "other/*"],
}
_ENTRIES = [kind.value for kind in ActionKind] + [
    f"{kind.value}({pattern})" for kind, subject in PATTERN_SUBJECT.items() for pattern in _PATTERNS[subject]
]
rules = st.builds(parse_rule, st.sampled_from(_ENTRIES))
rule_lists = st.lists(rules, max_size=8).map(tuple)

_COMMANDS = [
    *(
        "pytest -q",
        "git push",
        "git push --force",
        "git status",
        "rm -rf src",
        "rm -rf .git",
        "sudo ls",
        "cat ~/.ssh/id_rsa",
    ),
    *("echo x > docs/a.md", "echo x > .git/config", "sh -c 'pytest; rm x'", "pip install requests", "./x.sh", "ls $X"),
    *(
        "curl https://docs.python.org/",
        "make deploy",
        "env pytest",
        "frob x",
        "cat /etc/passwd",
        "orion cancel x",
        "ls; pwd",
    ),
]
actions: st.SearchStrategy[Action] = st.one_of(
    st.sampled_from(_COMMANDS).map(shell),
    st.lists(st.sampled_from(_COMMANDS), min_size=2, max_size=3).map(" && ".join).map(shell),
    st.sampled_from(list(EXAMPLES.values())),
    st.builds(
        WriteFile,
        path=st.sampled_from(["src/a.py", "docs/a.md", ".git/x", ".orion/x", "../x", "AGENTS.md", "pyproject.toml"]),
        content=st.just(b"x"),
    ),
    st.builds(UseTool, server=st.sampled_from(["tracker", "other"]), tool=st.sampled_from(["look_up", "drop_all"])),
    st.builds(FetchUrl, url=st.sampled_from(["https://docs.python.org/", "https://evil.org/", "file:///etc/passwd"])),
)

_SUBJECTS = {
    "path": ["", "src/a.py", "docs/a.md", ".git/config", ".", "secrets/k"],
    "command": ["pytest -q", "git push --force", "rm -rf x", "frob"],
    "package": ["", "requests", "types-x"],
    "host": ["", "docs.python.org", "evil.org"],
    "tool": ["", "tracker/look_up", "tracker/drop_all"],
}


@st.composite
def classifications(draw: st.DrawFn) -> Classification:
    """Claims as any classifier could make them, including ones that ours would not."""
    found: list[Claim] = []
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(list(ActionKind)))
        subject = draw(st.sampled_from(_SUBJECTS.get(PATTERN_SUBJECT.get(kind, ""), [""])))
        found.append(Claim(kind=kind, subject=subject, part=draw(st.integers(0, 2))))
    return Classification(claims=tuple(found), opaque=draw(st.booleans()))


def build(autonomous: tuple[Rule, ...], approval: tuple[Rule, ...] = (), forbidden: tuple[Rule, ...] = ()) -> Policy:
    """A policy of any rules, also of ones that the loader would correct or refuse: the gate trusts no loader."""
    authority = Authority(autonomous=autonomous, requires_approval=approval, forbidden=forbidden)
    return freeze(Role(name="t", display_name="T", scope=Scope.FULL, competencies=("x",), authority=authority))


policies = st.builds(build, rule_lists, rule_lists, rule_lists)
confidences = st.floats(0, 1) | st.just(1.0)
BASE_EXAMPLES = [EXAMPLES[kind] for kind in sorted(ALWAYS_FORBIDDEN)]


@given(classifications(), policies, confidences)
@settings(max_examples=300)
def test_forbidden_always_wins(what: Classification, under: Policy, confidence: float) -> None:
    reached = any(
        rule.stops(claim.kind, claim.subject) for rule in under.role.authority.forbidden for claim in what.claims
    )
    if reached:
        assert decide(what, under, confidence=confidence).tier is Tier.FORBIDDEN


@given(classifications() | st.none(), actions, policies, rules, confidences)
@settings(max_examples=300)
def test_one_more_forbidden_rule_never_allows_more(
    what: Classification | None, action: Action, under: Policy, more: Rule, confidence: float
) -> None:
    role = under.role
    wider = attrs.evolve(role, authority=attrs.evolve(role.authority, forbidden=(*role.authority.forbidden, more)))
    tighter = freeze(wider)
    limited = freeze(attrs.evolve(role, hard_limits=(*role.hard_limits, more)))
    for stricter in (tighter, limited):
        if what is not None:
            before, after = decide(what, under, confidence=confidence), decide(what, stricter, confidence=confidence)
        else:
            before, after = ask(action, under, confidence=confidence), ask(action, stricter, confidence=confidence)
        assert after.tier.severity >= before.tier.severity


@given(classifications(), policies, rules)
@settings(max_examples=300)
def test_one_more_approval_rule_never_makes_anything_autonomous(
    what: Classification, under: Policy, more: Rule
) -> None:
    authority = attrs.evolve(under.role.authority, requires_approval=(*under.role.authority.requires_approval, more))
    after = decide(what, freeze(attrs.evolve(under.role, authority=authority)))
    assert after.tier.severity >= decide(what, under).tier.severity


@given(classifications(), policies, rules)
@settings(max_examples=300)
def test_one_more_autonomous_rule_never_lifts_what_was_stopped(what: Classification, under: Policy, more: Rule) -> None:
    authority = attrs.evolve(under.role.authority, autonomous=(*under.role.authority.autonomous, more))
    before, after = decide(what, under), decide(what, freeze(attrs.evolve(under.role, authority=authority)))
    if before.tier is Tier.FORBIDDEN or before.layer == "special_path" or (before.rule and before.layer == "role"):
        assert after.tier.severity >= before.tier.severity or before.tier is Tier.AUTONOMOUS


@given(policies, st.sampled_from(BASE_EXAMPLES), confidences)
@settings(max_examples=300)
def test_no_role_reaches_what_aegis_forbids(under: Policy, action: Action, confidence: float) -> None:
    decision = ask(action, under, confidence=confidence)
    assert (decision.tier, decision.layer) == (Tier.FORBIDDEN, "aegis")


@given(classifications(), policies, confidences)
@settings(max_examples=300)
def test_the_aegis_base_holds_for_every_role(what: Classification, under: Policy, confidence: float) -> None:
    decision = decide(what, under, confidence=confidence)
    if any(claim.kind in ALWAYS_FORBIDDEN for claim in what.claims):
        assert (decision.tier, decision.layer) == (Tier.FORBIDDEN, "aegis")
    if what.opaque or any(claim.kind is ActionKind.CHANGE_SPECIAL_PATH for claim in what.claims):
        assert decision.tier is not Tier.AUTONOMOUS
    if decision.tier is Tier.AUTONOMOUS:
        assert what.claims
        for claim in what.claims:
            if claim.kind is ActionKind.FETCH:
                assert any(
                    rule.pattern and rule.grants(claim.kind, claim.subject) for rule in under.role.authority.autonomous
                )


@given(classifications(), classifications(), policies)
@settings(max_examples=300)
def test_doing_more_is_never_allowed_where_doing_less_is_not(
    one: Classification, other: Classification, under: Policy
) -> None:
    """A compound is as restricted as the worst of its parts."""
    moved = tuple(attrs.evolve(claim, part=claim.part + 3) for claim in other.claims)
    both = Classification(claims=(*one.claims, *moved), opaque=one.opaque or other.opaque)
    if one.claims and other.claims:
        worst = max(decide(one, under).tier.severity, decide(other, under).tier.severity)
        assert decide(both, under).tier.severity >= worst


@given(classifications(), policies, st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=200)
def test_less_confidence_never_allows_more(what: Classification, under: Policy, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert decide(what, under, confidence=low).tier.severity >= decide(what, under, confidence=high).tier.severity


@given(st.lists(st.sampled_from(_ENTRIES), min_size=1, max_size=6, unique=True), st.data())
@settings(max_examples=100)
def test_every_role_that_loads_passes_its_probe_and_survives_storage(entries: list[str], data: st.DataObject) -> None:
    """A role file can say what it likes: what comes out of the loader is enforced by the gate (ROLE-10)."""
    tiers: dict[str, list[str]] = {"autonomous": ["search"], "requires_approval": ["merge"], "forbidden": ["publish"]}
    for entry in entries:
        if entry not in {"search", "merge", "publish"}:
            tier = data.draw(st.sampled_from(sorted(tiers)))
            # Of these two a role grants only what it names.
            bare = entry in {"fetch", "use_tool"} and tier == "autonomous"
            tiers["requires_approval" if bare else tier].append(entry)
    text = json.dumps({"name": "t", "scope": "full", "competencies": ["x"], "authority": tiers})
    under = freeze(load_role(text).role)
    assert probe(under) == ()
    assert from_json(to_json(under)) == under
    for action in BASE_EXAMPLES:
        assert ask(action, under).tier is Tier.FORBIDDEN
