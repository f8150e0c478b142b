"""The AEGIS gate before anything leaves (GATE-1): every check is made and every failure listed, not the first.

Pure over what it is given: the caller reads objects and steps, this weighs them. The credential itself is asked for
last and stays with the authenticator, which counts each attempt; here it is weighed whether one can be given at all.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NoReturn

import attrs

from orion_tui.base.errors import AuthError, Blocked
from orion_tui.core.aegis.secrets import ScanReport

AUTHENTICATION = "authentication"


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

    def refuse(self, *, hint: str = "") -> NoReturn:
        """Raise Blocked with every problem; AuthError when authentication is all that stands against it."""
        failing = [check for check in self.checks if not check.passed]
        if [check.name for check in failing] == [AUTHENTICATION]:
            raise AuthError(failing[0].problems[0], problems=failing[0].problems[1:])
        raise Blocked("the gate blocks this promotion", problems=self.problems, hint=hint)


def evaluate(
    *,
    scan: ScanReport,
    over_limits: Sequence[str],
    out_of_scope: Sequence[str],
    special: Sequence[str],
    authentication: Sequence[str],
) -> GateReport:
    """The report over what was found; each argument but the scan is the problems of one check, one line each.

    A secret scan that failed in part has not passed: its failures are problems like its findings. `authentication` is
    why no credential could be verified now (locked, a method that is not built in); whether the right one is given is
    seen when it is given.
    """
    return GateReport(
        checks=(
            Check(
                name="secrets",
                problems=(*scan.failures, *(str(finding) for finding in scan.findings)),
                covered=f"{scan.objects:,} object{'' if scan.objects == 1 else 's'} read, with names and messages",
            ),
            Check(name="write limits", problems=tuple(over_limits), covered="files, lines and bytes within the role"),
            Check(name="scope", problems=tuple(out_of_scope), covered="nothing that AEGIS or the role forbids"),
            Check(name="special paths", problems=tuple(special), covered="each one approved by name, or none"),
            Check(name=AUTHENTICATION, problems=tuple(authentication), covered="asked for once all else is settled"),
        )
    )
