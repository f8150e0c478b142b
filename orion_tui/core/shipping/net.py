"""What a session amounts to as a whole, from its base to what is to be promoted, and what stands against it.

Every action was judged when it ran; here the net result is judged once more, whatever path led to it.
"""

import os
from collections.abc import Collection, Iterable, Iterator

import attrs

from orion_tui.base.kinds import Tier
from orion_tui.base.text import display_path
from orion_tui.core.aegis.classify import classify_change
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.boundary import delta
from orion_tui.core.boundary.caps import Caps, Usage
from orion_tui.core.boundary.special import special_reason
from orion_tui.core.models.actions import FileChange
from orion_tui.core.models.steps import Step
from orion_tui.core.repo.changes import EXECUTABLE, GITLINK, SYMLINK, PathChange, tree_changes
from orion_tui.core.repo.session_repo import SessionRepo


@attrs.frozen(kw_only=True)
class NetChange:
    """One path, before and after, in both forms that are needed: as git and as policy see it."""

    entry: PathChange
    change: FileChange

    @property
    def digest(self) -> tuple[str, str]:
        """Path and content, in one comparable value; what an approval by name is matched with."""
        new = self.entry.new
        return self.entry.path, f"{new.mode} {new.oid}" if new is not None else "deleted"


def net_changes(repo: SessionRepo, base: str, tip: str) -> list[NetChange]:
    """Every path that differs between two commits or trees of the session's repository."""
    entries = tree_changes(repo.git, base, tip)
    oids = {side.oid for entry in entries for side in (entry.old, entry.new) if side and side.mode != GITLINK}
    blobs = dict(repo.blobs(sorted(oids)))
    return [NetChange(entry=entry, change=_file_change(entry, blobs)) for entry in entries]


def _file_change(entry: PathChange, blobs: dict[str, bytes]) -> FileChange:
    old, new = entry.old, entry.new
    return FileChange(
        path=entry.path,
        before=blobs.get(old.oid, b"") if old is not None else None,
        after=blobs.get(new.oid, b"") if new is not None else None,
        was_executable=old is not None and old.mode == EXECUTABLE,
        executable=new is not None and new.mode == EXECUTABLE,
        is_symlink=SYMLINK in {old.mode if old else "", new.mode if new else ""},
    )


def forbidden(changes: Iterable[NetChange], policy: Policy) -> tuple[str, ...]:
    """One line for each change that the policy forbids."""
    found: list[str] = []
    for net in changes:
        decision = decide(classify_change(net.change), policy)
        if decision.tier is Tier.FORBIDDEN:
            found.append(f"{display_path(net.entry.path)}: {decision.rule}: {decision.reason}")
    return tuple(found)


def over_limits(changes: Collection[NetChange], caps: Caps) -> tuple[str, ...]:
    """One line for each write limit that the whole goes beyond."""
    found: list[str] = []
    usage = Usage()
    for net in changes:
        before, after = net.change.before, net.change.after
        size = len(after) if after is not None else 0
        reason = caps.check_usage(usage, creates=before is None, modifies=before is not None, adds=size)
        if after is not None and not net.change.is_symlink:
            reason = reason or caps.check_size(size) or caps.check_lines(after, before)
        if reason:
            found.append(f"{display_path(net.entry.path)}: {reason}")
        usage = Usage(
            created=usage.created + (before is None),
            modified=usage.modified + (before is not None),
            total_bytes=usage.total_bytes + size,
        )
    return tuple(found)


def unapproved_special(
    changes: Iterable[NetChange], steps: Iterable[Step], allowed: Collection[str], object_format: str
) -> tuple[tuple[str, str], ...]:
    """(path, reason) of each special path whose content nobody approved by name (GATE-4).

    Approved is what a step wrote under a person's approval of that very file, and what `allowed` names now.
    """
    approved = set(_approved(steps, object_format))
    found: list[tuple[str, str]] = []
    for net in changes:
        reason = special_reason(net.entry.path, net.change)
        if reason and net.digest not in approved and net.entry.path not in allowed:
            found.append((net.entry.path, reason))
    return tuple(found)


def _approved(steps: Iterable[Step], object_format: str) -> Iterator[tuple[str, str]]:
    for step in steps:
        if step.delta is None or step.decision.get("tier") != Tier.REQUIRES_APPROVAL or "path" not in step.action:
            continue
        for change in delta.decode(step.delta, object_format):
            path = os.fsdecode(change.path)
            if path == step.action["path"]:
                yield path, change.digest
