"""The sandbox sizes that a role picks from (BOX-1)."""

from orion_tui.core.sandbox.base import MIB, Limits
from orion_tui.roles.schema import Profile

_PROFILES = {
    Profile.LIGHT: Limits(memory_bytes=512 * MIB, cpus=1.0, processes=128),
    Profile.STANDARD: Limits(
        memory_bytes=2048 * MIB, cpus=2.0, processes=256, workspace_bytes=512 * MIB, workspace_entries=131_072
    ),
    Profile.HEAVY: Limits(
        memory_bytes=4096 * MIB, cpus=4.0, processes=512, workspace_bytes=1024 * MIB, workspace_entries=262_144
    ),
}


def limits(profile: Profile) -> Limits:
    """What a sandbox of this size may use."""
    return _PROFILES[profile]


def raised(memory: int) -> int | None:
    """Half as much memory again, for work that ran out of it (BOX-5); None beyond what the largest size has."""
    more = memory + memory // 2
    return more if more <= _PROFILES[Profile.HEAVY].memory_bytes else None
