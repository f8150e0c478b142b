"""A role as a model is told of it. The gate holds the role itself; this is for planning within it."""

from collections.abc import Iterable

from orion_tui.base.kinds import ALWAYS_FORBIDDEN
from orion_tui.core.agent.fields import field
from orion_tui.roles.rules import Rule
from orion_tui.roles.schema import Role


def role_summary(role: Role) -> str:
    """`role_text` as a field of its own, for prompts that put it nowhere else."""
    # A role whose end is cut off would be another role: its file is smaller than that.
    return field("role", role_text(role), limit=1_000_000)


def role_text(role: Role) -> str:
    """What the role may do alone, must ask for and may never do, with paths, limits and success criteria."""
    authority, limits, writes, sure = role.authority, role.limits, role.write_limits, role.confidence_thresholds
    hours = f"{limits.max_session_hours:g} hours of running time"
    cost = "" if limits.max_cost_usd is None else f", ${limits.max_cost_usd:g}"
    lines = [
        f"{role.display_name} ({role.name}), scope {role.scope.value}, risk tolerance {role.risk_tolerance.value}",
        *([role.description.strip()] if role.description.strip() else []),
        "",
        *_listed("Good at:", role.competencies),
        *_listed("May do alone:", _rules(authority.autonomous)),
        *_listed(
            "Needs the person's approval, like everything that is not named here:", _rules(authority.requires_approval)
        ),
        *_listed("Forbidden:", _rules((*authority.forbidden, *role.hard_limits))),
        f"Forbidden whatever a role says: {', '.join(sorted(kind.value for kind in ALWAYS_FORBIDDEN))}; any write to "
        ".orion/ or .git/, and any file outside the workspace",
        "",
        f"May change: {', '.join(role.paths.allow) or 'the whole workspace'}"
        + (f"; never {', '.join(role.paths.deny)}" if role.paths.deny else ""),
        f"Writes at most: {writes.files_created} new files, {writes.files_modified} changed ones, "
        f"{writes.file_lines:,} lines and {writes.file_bytes:,} bytes a file",
        f"Network: {', '.join(role.sandbox.egress) or 'none'}",
        f"The session ends after {hours}{cost}, {limits.max_tokens:,} tokens; "
        f"a task after {limits.max_steps_per_task} steps",
        f"Confidence: from {sure.auto_execute:g} on a task runs by itself; from {sure.execute_and_flag:g} it is "
        f"checkpointed and flagged for review; from {sure.pause_and_ask:g} the person is asked; below, the session "
        "may stop",
        *_listed("Success means:", role.success_criteria),
    ]
    return "\n".join(lines).strip()


def _rules(rules: Iterable[Rule]) -> list[str]:
    """Each rule as the gate reads it, with the author's words where those say more."""
    return [
        rule.text if rule.pattern is not None or not rule.label else f"{rule.text} ({rule.label})" for rule in rules
    ]


def _listed(heading: str, entries: Iterable[str]) -> list[str]:
    told = [f"- {entry}" for entry in entries]
    return [heading, *told] if told else []
