"""A role in full, as it is in force, for people: what `orion role show` and the application show alike."""

import attrs

from orion_tui.base.kinds import Tier
from orion_tui.roles.library import RoleInfo
from orion_tui.roles.loader import LoadedRole


@attrs.frozen(kw_only=True)
class ShownRole:
    """Texts of others in it are as they were written: whoever shows them cleans them."""

    name: str
    display_name: str
    description: str
    #: Label and value.
    facts: tuple[tuple[str, str], ...]
    #: The rules of each tier: text and label.
    tiers: tuple[tuple[Tier, tuple[tuple[str, str], ...]], ...]
    hard_limits: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def usable_words(info: RoleInfo) -> str:
    """`yes`, or why no session may start with it."""
    if info.errors:
        return "broken"
    if not info.trusted:
        return "untrusted"
    return "yes" if info.enabled else "disabled"


def shown(info: RoleInfo, loaded: LoadedRole, *, usable: str = "") -> ShownRole:
    """What there is to show of a role; `usable` in other words than `usable_words`."""
    role = loaded.role
    limits, thresholds, writes = role.limits, role.confidence_thresholds, role.write_limits
    cost = "no limit" if limits.max_cost_usd is None else f"${limits.max_cost_usd:g}"
    confidence = f"runs from {thresholds.auto_execute:g}, flagged from {thresholds.execute_and_flag:g}, else asks"
    facts = (
        ("source", f"{info.source} {info.path}"),
        ("usable", usable or usable_words(info)),
        ("scope", str(role.scope)),
        ("promotion by", str(role.auth_method)),
        ("confidence", confidence),
        ("limits", f"{limits.max_session_hours:g} h, {cost}, {limits.max_tokens:,} tokens"),
        ("writes", f"{writes.files_created} new, {writes.files_modified} changed files, {writes.total_bytes:,} bytes"),
        ("paths", _paths(loaded)),
        ("sandbox", f"{role.sandbox.profile}, network: {', '.join(role.sandbox.egress) or 'none'}"),
    )
    return ShownRole(
        name=role.name,
        display_name=role.display_name,
        description=role.description,
        facts=facts,
        tiers=tuple((tier, tuple((rule.text, rule.label) for rule in role.authority.of(tier))) for tier in Tier),
        hard_limits=tuple((rule.text, rule.label) for rule in role.hard_limits),
        notes=(*loaded.warnings, *loaded.corrections),
    )


def _paths(loaded: LoadedRole) -> str:
    paths = loaded.role.paths
    allowed = ", ".join(paths.allow) or "the whole workspace"
    return f"{allowed}; never {', '.join(paths.deny)}" if paths.deny else allowed
