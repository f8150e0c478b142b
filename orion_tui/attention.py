"""Calling a person who looks elsewhere: the terminal's bell, and its title.

Only numbers of our own go into the title. The title that was there comes back at the end, in terminals that keep one.
"""

from orion_tui.bridge.snapshots import Need, NeedKind, Snapshot

#: Put the title aside, and take it back (xterm and what follows it; others ignore both).
KEEP_TITLE = "\x1b[22;2t"
GIVE_BACK = "\x1b[23;2t"


class Attention:
    """What waited at the last look."""

    def __init__(self) -> None:
        self._known: frozenset[str] | None = None
        self._title = ""

    def rings(self, snapshot: Snapshot) -> bool:
        """Whether something began to wait since the last snapshot. What waited when the app started does not ring."""
        now = frozenset(_key(need) for need in snapshot.needs)
        before, self._known = self._known, now
        return before is not None and bool(now - before)

    def title(self, snapshot: Snapshot) -> str:
        """What sets the terminal's title; empty while it stays as it is."""
        asked = snapshot.approvals + snapshot.plans
        parts = [f"{asked} waiting"] if asked else []
        parts += [f"{snapshot.reviews} to review"] if snapshot.reviews else []
        title = " - ".join(["Orion", ", ".join(parts)] if parts else ["Orion"])
        if title == self._title:
            return ""
        self._title = title
        return f"\x1b]2;{title}\x07"


def _key(need: Need) -> str:
    # A plan that was edited while it waits is not a new one.
    return f"{need.session.id}:plan" if need.kind is NeedKind.PLAN else need.key
