"""What one more change costs a session, measured against its base: undoing a change gives its cost back."""

from orion_tui.core.boundary.caps import Caps, Usage
from orion_tui.core.boundary.change import Change
from orion_tui.core.boundary.manifest import Manifest


def charge(manifest: Manifest, usage: Usage, caps: Caps, change: Change, size: int) -> tuple[str | None, Usage]:
    """Why `change` is too much, and what is used with it. `size` is the file's bytes, -1 for a deletion."""
    base = manifest.base.items.get(change.path)
    before = manifest.changed.get(change.path)
    counted = before is not None
    restored = manifest.restores(change)
    adds = (0 if restored else max(size, 0)) - max(before or 0, 0)
    counts = not counted and not restored
    reason = caps.check_usage(usage, creates=counts and base is None, modifies=counts and base is not None, adds=adds)
    step = int(counts) - int(counted and restored)
    return reason, Usage(
        created=usage.created + (step if base is None else 0),
        modified=usage.modified + (step if base is not None else 0),
        total_bytes=usage.total_bytes + adds,
    )
