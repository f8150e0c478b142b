"""The AEGIS gate before anything leaves (GATE-1): every check is made and every failure listed, not the first.

Pure over what it is given: the caller reads objects and steps, this weighs them. The credential is the last check and
stays with the authenticator, which counts each attempt; here only its method is named.
"""

from collections.abc import Sequence
from enum import StrEnum

import attrs

from orion_tui.core.aegis.secrets import ScanReport


class Result(StrEnum):
    """The gate's answer."""

    APPROVED = "APPROVED"
    BLOCKED = "BLOCKED"


@attrs.frozen(kw_only=True)
class Check:
    """One check, with what it found against the promotion, one line each."""

    name: str
    problems: tuple[str, ...] = ()
    #: What was looked at, when nothing is wrong.
    covered: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing stands against it."""
        return not self.problems


@attrs.frozen(kw_only=True)
class GateReport:
    """Every check, in the order in which they are shown."""

    checks: tuple[Check, ...]

    @property
    def result(self) -> Result:
        """APPROVED only when every check passed."""
        return Result.APPROVED if all(check.passed for check in self.checks) else Result.BLOCKED

    @property
    def approved(self) -> bool:
        """Whether the result is APPROVED."""
        return self.result is Result.APPROVED

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that stands against it, each line with the name of its check."""
        return tuple(f"{check.name}: {problem}" for check in self.checks for problem in check.problems)


def evaluate(
    *,
    scan: ScanReport,
    over_limits: Sequence[str],
    out_of_scope: Sequence[str],
    special: Sequence[str],
) -> GateReport:
    """The report over what was found.

    A secret scan that failed in part has not passed: its failures are problems like its findings.
    """
    return GateReport(
        checks=(
            Check(
                name="secrets",
                problems=(*scan.failures, *(str(finding) for finding in scan.findings)),
                covered=f"{scan.objects:,} objects with their names and messages were read",
            ),
            Check(name="write limits", problems=tuple(over_limits), covered="files, lines and bytes within the role"),
            Check(name="scope", problems=tuple(out_of_scope), covered="nothing that AEGIS or the role forbids"),
            Check(name="special paths", problems=tuple(special), covered="each one approved by name, or none"),
        )
    )
