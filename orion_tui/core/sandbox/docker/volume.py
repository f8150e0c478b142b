"""The workspace: memory of a fixed size and number of entries, that both of a session's containers mount.

It lives as long as one of them holds it, so the container that runs commands can be replaced without losing the tree.
"""

from orion_tui.core.sandbox.base import Limits
from orion_tui.core.sandbox.identity import INSIDE_UID


def options(limits: Limits) -> dict[str, str]:
    """For the engine's `local` driver."""
    return {
        "type": "tmpfs",
        "device": "tmpfs",
        "o": (
            f"size={limits.workspace_bytes},nr_inodes={limits.workspace_entries},"
            f"uid={INSIDE_UID},gid={INSIDE_UID},mode=0755,nosuid,nodev"
        ),
    }
