"""Whether the autonomous rules of a role cover an action whole: step 2 of `aegis.decide`, read strictly."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from orion_tui.base.kinds import INCLUDES, ActionKind
from orion_tui.core.models.actions import Claim
from orion_tui.roles.patterns import host_matches
from orion_tui.roles.rules import Rule

#: The kinds that say that anything is run or written at all.
GENERAL = frozenset(INCLUDES)


def uncovered(claims: Iterable[Claim], rules: Sequence[Rule], egress: Sequence[str]) -> Claim | None:
    """The first claim that nothing grants; None when every part is covered. No claims at all are not covered.

    `egress` are hosts that the role's sandbox may reach: a grant of `fetch` for them.
    """
    parts = groupby(sorted(claims, key=lambda claim: claim.part), key=lambda claim: claim.part)
    seen = False
    for _, part in parts:
        seen = True
        if (missing := missing_of_part(tuple(part), rules, egress)) is not None:
            return missing
    return None if seen else Claim(kind=ActionKind.RUN, because="nothing is known of it")


def missing_of_part(part: tuple[Claim, ...], rules: Sequence[Rule], egress: Sequence[str]) -> Claim | None:
    """The first claim of one part that nothing grants; None when the part is covered."""
    specific = [claim for claim in part if claim.kind not in GENERAL]
    general = [claim for claim in part if claim.kind in GENERAL]
    # Network access is never covered by anything but a host: a pattern of a command does not see redirects.
    for claim in specific:
        if claim.kind is ActionKind.FETCH and not _host_granted(claim, rules, egress):
            return claim
    runs = [claim for claim in general if claim.kind is ActionKind.RUN]
    if runs and all(_spelled(claim, rules) for claim in runs):
        return None
    if not specific:
        return next((claim for claim in general if not _granted(claim, rules)), None)
    return next(
        (claim for claim in specific if not _granted(claim, rules) and not _included(claim, general, rules)), None
    )


def _says(rule: Rule, claim: Claim) -> bool:
    return rule.grants(claim.kind, claim.subject, claim.directory)


def _host_granted(claim: Claim, rules: Sequence[Rule], egress: Sequence[str]) -> bool:
    return any(rule.pattern is not None and _says(rule, claim) for rule in rules) or any(
        host_matches(pattern, claim.subject) for pattern in egress
    )


def _granted(claim: Claim, rules: Sequence[Rule]) -> bool:
    if claim.kind is ActionKind.FETCH:
        return True  # its host was granted above
    if claim.kind is ActionKind.USE_TOOL:
        # By name alone: what the tools of a server do is known to whoever named the server, if to anybody.
        return any(rule.pattern is not None and _says(rule, claim) for rule in rules)
    return any(_says(rule, claim) for rule in rules)


def _spelled(claim: Claim, rules: Sequence[Rule]) -> bool:
    """Whether a `run(pattern)` rule spells this command."""
    return any(rule.pattern is not None and _says(rule, claim) for rule in rules)


def _included(claim: Claim, general: Sequence[Claim], rules: Sequence[Rule]) -> bool:
    """Whether a rule of the general kind grants a specific claim that it includes.

    `write(docs/**)` grants `write_docs` on the paths that it matches; `run` alone grants `run_tests`.
    """
    for kind, included in INCLUDES.items():
        if claim.kind not in included:
            continue
        wider = [other for other in general if other.kind is kind]
        if kind is ActionKind.WRITE:
            wider = [other for other in wider if other.subject == claim.subject]
        return bool(wider) and all(_granted(other, rules) for other in wider)
    return False
