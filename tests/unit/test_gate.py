"""GATE-1: every check is made, every failure listed; a scan that did not happen has not passed."""

import pytest

from orion_tui.base.errors import AuthError, Blocked
from orion_tui.base.text import CleanText
from orion_tui.core.aegis.secrets import Finding, ScanReport
from orion_tui.core.gate import GateReport, Result, evaluate

pytestmark = pytest.mark.unit

FINDING = Finding(path=CleanText("a.py"), line=3, kind="password", masked=CleanText("hunt...r2"))


def report(
    scan: ScanReport | None = None,
    over_limits: tuple[str, ...] = (),
    out_of_scope: tuple[str, ...] = (),
    special: tuple[str, ...] = (),
    authentication: tuple[str, ...] = (),
) -> GateReport:
    return evaluate(
        scan=scan or ScanReport(objects=7),
        over_limits=over_limits,
        out_of_scope=out_of_scope,
        special=special,
        authentication=authentication,
    )


def test_with_nothing_against_it_the_result_is_approved_and_says_what_was_looked_at() -> None:
    passed = report()
    assert passed.result is Result.APPROVED
    assert passed.problems == ()
    assert "7 objects" in passed.checks[0].covered
    assert "1 object read" in report(ScanReport(objects=1)).checks[0].covered


@pytest.mark.parametrize(
    ("blocked", "named"),
    [
        (report(ScanReport(findings=(FINDING,))), "secrets: a.py:3"),
        (report(ScanReport(failures=("the scanner is not installed",))), "secrets: the scanner"),
        (report(over_limits=("big.bin: too big",)), "write limits: big.bin"),
        (report(out_of_scope=("x: forbidden",)), "scope: x"),
        (report(special=(".github/x: CI",)), "special paths: .github/x"),
        (report(authentication=("the PIN is locked",)), "authentication: the PIN is locked"),
    ],
)
def test_each_check_alone_blocks(blocked: GateReport, named: str) -> None:
    assert blocked.result is Result.BLOCKED
    assert len(blocked.problems) == 1
    assert blocked.problems[0].startswith(named)


def test_all_failures_are_listed_not_the_first() -> None:
    blocked = report(
        ScanReport(findings=(FINDING,), failures=("half of it was not read",)),
        over_limits=("a",),
        out_of_scope=("b",),
        special=("c", "d"),
        authentication=("e",),
    )
    assert len(blocked.problems) == 7
    assert [check.passed for check in blocked.checks] == [False] * 5
    with pytest.raises(Blocked) as refused:
        blocked.refuse(hint="look")
    assert refused.value.problems == blocked.problems


def test_where_only_authentication_is_missing_that_is_the_error() -> None:
    with pytest.raises(AuthError, match="the PIN is locked"):
        report(authentication=("the PIN is locked",)).refuse()
