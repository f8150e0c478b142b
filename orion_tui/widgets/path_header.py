"""The line at the top of every screen: where one is, under which role, what waits, what guards."""

from rich.cells import cell_len
from textual.strip import Strip
from textual.widget import Widget

from orion_tui.bridge.snapshots import Snapshot
from orion_tui.core.models.sessions import Session
from orion_tui.keymap import keys_of
from orion_tui.themes import look_of
from orion_tui.widgets.cells import Part, line
from orion_tui.widgets.times import count


class PathHeader(Widget):
    """Path, role left; counts of what waits, AEGIS, sandbox right. Says less where there is less room, counts last."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="header")
        self._path: tuple[str, ...] = ()
        self._snapshot: Snapshot | None = None
        self._about: Session | None = None
        self._shown: tuple[object, ...] = ()

    def show(self, path: tuple[str, ...], snapshot: Snapshot | None, about: Session | None = None) -> None:
        """Repaint when what is shown changes, and only then. `about` is the session whose screen it is."""
        self._path, self._snapshot, self._about = path, snapshot, about
        shown = (path, about and (about.role, about.policy), self._facts())
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def _facts(self) -> tuple[object, ...]:
        snapshot = self._snapshot
        if snapshot is None:
            return ()
        newest = snapshot.newest
        return (snapshot.approvals, snapshot.plans, snapshot.reviews, newest and (newest.backend, newest.backend_lacks))

    def render_line(self, y: int) -> Strip:
        """One line."""
        del y
        look, width = look_of(self), self.size.width
        left: list[Part] = [(" ORION", "key")]
        if keys_of(self).looking:
            left.append(("  read-only", "warn"))
        for index, step in enumerate(self._path):
            left.append((f" {look.glyphs.path} " if index else "  ", "faint"))
            left.append((step, "strong" if index == len(self._path) - 1 else "muted"))
        badge, right = self._fitting(width - 2 - _cells(left))
        return line(look, width, [*left, *badge], right, base=look.styles.raised)

    def _fitting(self, room: int) -> tuple[list[Part], list[Part]]:
        """Role and facts for so many cells: all there is, else what the role's name leaves room for, else without it.

        What waits goes last: the name is cut, and then left out, before a count is.
        """
        facts = self._variants()
        whole, *others = self._badges()
        for badge, some in ((whole, facts[:1]), *((badge, facts[:-1]) for badge in others)):
            for right in some:
                if _cells(badge) + _cells(right) <= room:
                    return badge, right
        return [], next((right for right in facts if _cells(right) <= room), facts[-1])

    def _badges(self) -> list[list[Part]]:
        """From the longest to the shortest."""
        if self._about is None:
            return [[]]
        # The first screen is about no session.
        from orion_tui.widgets.role_badge import badges

        return list(badges(self._about, look_of(self).glyphs))

    def _variants(self) -> list[list[Part]]:
        """From the most to the fewest words."""
        snapshot, glyphs = self._snapshot, look_of(self).glyphs
        if snapshot is None:
            return [[]]
        asked, done = snapshot.approvals, snapshot.reviews
        long: list[Part] = []
        short: list[Part] = []
        if asked:
            long += [(f"{glyphs.waiting} {count(asked, 'approval')}", "warn"), ("   ", "faint")]
        if plans := snapshot.plans:
            long += [(f"{glyphs.waiting} {count(plans, 'plan')}", "warn"), ("   ", "faint")]
        if stuck := snapshot.stuck:
            long += [(f"{glyphs.paused} {stuck:,} stuck", "bad"), ("   ", "faint")]
        if asked + plans + stuck:
            short += [(f"{glyphs.waiting} {asked + plans + stuck}", "warn"), ("  ", "faint")]
        if done:
            long += [(f"{glyphs.done} {done:,} to review", "good"), ("   ", "faint")]
            short += [(f"{glyphs.done} {done:,}", "good"), ("  ", "faint")]
        aegis: list[Part] = [("AEGIS on", "muted")]
        newest = snapshot.newest
        if newest is None or not newest.backend:
            return [[*long, *aegis, (" ", "faint")], [*short, *aegis, (" ", "faint")], [*short]]
        box: list[Part] = [("   ", "faint"), (newest.backend, "muted")]
        net: list[Part] = [(" net:none", "muted")]
        lacks: list[Part] = [(f" lacks {newest.backend_lacks}", "warn")] if newest.backend_lacks else []
        end: list[Part] = [(" ", "faint")]
        return [
            [*long, *aegis, *box, *net, *lacks, *end],
            [*long, *aegis, *box, *net, *end],
            [*long, *aegis, *box, *end],
            [*long, *aegis, *end],
            [*short, *aegis, *box, *end],
            [*short, *aegis, *end],
            [*short],
        ]


def _cells(parts: list[Part]) -> int:
    return sum(cell_len(text) for text, _ in parts)
