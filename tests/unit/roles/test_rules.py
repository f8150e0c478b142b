import re

import pytest

from orion_tui.base.kinds import KIND_LABELS, PATTERN_SUBJECT, ActionKind
from orion_tui.roles.rules import RuleError, parse_rule

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("kind", ActionKind)
def test_every_kind_is_spelled_by_itself_by_its_label_and_with_spaces(kind: ActionKind) -> None:
    for spelling in (kind.value, KIND_LABELS[kind], kind.value.replace("_", " ").title(), kind.value.replace("_", "-")):
        rule = parse_rule(spelling)
        assert (rule.kind, rule.pattern) == (kind, None)


@pytest.mark.parametrize(
    ("phrase", "kind"),
    [
        ("Run tests", ActionKind.RUN_TESTS),
        ("Add/remove dependencies", ActionKind.ADD_DEPENDENCY),
        ("Deploy to production", ActionKind.DEPLOY),
        ("Merge to main", ActionKind.MERGE),
        ("Push to remote", ActionKind.PUSH),
        ("Modify CI/CD pipeline", ActionKind.MODIFY_CI_PIPELINE),
        ("  modify   the CI pipeline. ", ActionKind.MODIFY_CI_PIPELINE),
        ("Execute as root", ActionKind.EXECUTE_AS_ROOT),
        ("Access stored credentials", ActionKind.ACCESS_CREDENTIALS_STORE),
    ],
)
def test_the_well_known_phrases_are_labels_of_kinds(phrase: str, kind: ActionKind) -> None:
    assert parse_rule(phrase).kind is kind


@pytest.mark.parametrize(
    ("entry", "kind", "pattern"),
    [
        ("run(pytest *)", ActionKind.RUN, "pytest *"),
        ("Run (pytest *)", ActionKind.RUN, "pytest *"),
        ("write(docs/**)", ActionKind.WRITE, "docs/**"),
        ("fetch(docs.python.org)", ActionKind.FETCH, "docs.python.org"),
        ("add_dependency(requests)", ActionKind.ADD_DEPENDENCY, "requests"),
        ("install packages(types-*)", ActionKind.INSTALL_PACKAGES, "types-*"),
        ("run(grep '(a)' *)", ActionKind.RUN, "grep '(a)' *"),
    ],
)
def test_a_kind_with_a_pattern(entry: str, kind: ActionKind, pattern: str) -> None:
    rule = parse_rule(entry, place="autonomous[2]")
    assert (rule.kind, rule.pattern) == (kind, pattern)
    assert rule.cited == f"autonomous[2] {kind.value}({pattern})"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("run_test", "did you mean 'run_tests'?"),
        ("Deploy to prodution", "did you mean 'deploy to production'?"),
        ("fly to the moon", "unknown action 'fly to the moon'"),
        ("merge(main)", "merge takes no pattern"),
        ("push(*)", "push takes no pattern"),
        ("run(pytest; rm *)", "the shell character ';'"),
        ("run(* x)", "must name a program"),
        ("run()", "is empty"),
        ("write(/etc/**)", "is absolute"),
        ("write(../x)", "'..' component"),
        ("fetch(https://a.org)", "host name alone"),
        ("fetch(*)", "exact host name"),
        ("add_dependency(a b)", "is not the name of a package"),
        ("write(" + "a" * 600 + ")", "longer than 512"),
        ("run_tests\u200b", "hidden characters"),
        ("run(py\u202etest *)", "hidden characters"),
        ("run(a\nb)", "hidden characters"),
        ("run(pytest", "unknown action"),
        ("(x)", "unknown action"),
    ],
)
def test_what_is_no_rule_is_explained(entry: str, said: str) -> None:
    with pytest.raises(RuleError, match=re.escape(said)):
        parse_rule(entry)


@pytest.mark.parametrize("kind", PATTERN_SUBJECT)
def test_every_kind_with_a_pattern_matches_by_it(kind: ActionKind) -> None:
    pattern, subject = {
        "path": ("docs/**", "docs/a.md"),
        "command": ("pytest *", "pytest -q"),
        "package": ("requests", "Requests"),
        "host": ("a.org", "a.org"),
        "tool": ("tracker/*", "tracker/look_up"),
    }[PATTERN_SUBJECT[kind]]
    rule = parse_rule(f"{kind.value}({pattern})")
    assert rule.grants(kind, subject)
    assert rule.stops(kind, subject)
    assert not rule.grants(kind, "other")
    assert not rule.grants(kind, "")
    assert not rule.stops(kind, "other")


def test_a_rule_speaks_of_its_own_kind_only() -> None:
    rule = parse_rule("run_tests")
    assert rule.grants(ActionKind.RUN_TESTS, "")
    assert not rule.grants(ActionKind.RUN, "pytest")
    assert not rule.stops(ActionKind.RUN, "pytest")
