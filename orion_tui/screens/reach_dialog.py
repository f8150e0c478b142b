"""Before something is allowed beyond once: the rule, and every past action that it would have let through."""

from itertools import zip_longest

from orion_tui import keymap
from orion_tui.base.clock import Clock
from orion_tui.bridge.ask_port import ReachView
from orion_tui.bridge.snapshots import Need
from orion_tui.screens.batch_dialog import BatchDialog
from orion_tui.themes import look_of
from orion_tui.widgets.cells import reveal_parts, wrap
from orion_tui.widgets.document import BLANK, DocLine, of
from orion_tui.widgets.times import exact

#: What the dialog gives back where the rule is to be changed.
CHANGE = "change"


def only_in(place: str) -> str:
    """Where a rule holds, for people; "" for one that names no directory."""
    if not place:
        return ""
    return "only at the root of the workspace" if place == "." else f"only in {place}"


class ReachDialog(BatchDialog):
    """Gives back "" for a yes, `CHANGE` to write another rule, None when nothing is to be done."""

    VIEW = "reach"
    BINDINGS = keymap.bindings("reach")

    def __init__(self, need: Need, reach: ReachView, *, whole_role: bool, clock: Clock, grace: float) -> None:
        super().__init__((need,), clock=clock, grace=grace)
        self._reach, self._role = reach, whole_role

    def heading(self) -> str:
        """See BatchDialog."""
        return f"Allow for role {self.needs[0].session.role}" if self._role else "Allow for this session"

    def listed(self, width: int) -> list[DocLine]:
        """See BatchDialog."""
        glyphs, reach = look_of(self).glyphs, self._reach
        lines: list[DocLine] = []
        for rule, place in zip_longest(reach.rules, reach.places, fillvalue=""):
            lines += [
                of((f"{glyphs.bar} ", "accent"), *reveal_parts(piece, "strong"))
                for piece in wrap(rule, width - 2, glyphs)
            ]
            lines += [of(("  ", "muted"), *reveal_parts(p, "muted")) for p in wrap(only_in(place), width - 2, glyphs)]
        for text in reach.warnings:
            lines += [of((piece, "warn")) for piece in wrap(f"{glyphs.flagged} {text}", width, glyphs)]
        refused = sum(past.refused for past in reach.matched)
        of_what = "all sessions of the role" if self._role else "this session"
        told = (
            f"It would have let through {len(reach.matched)} of the last {reach.looked:,} "
            f"commands and answered questions of {of_what}"
        )
        told += f"; you refused {refused} of them." if refused else "."
        lines += [BLANK, *(of((piece, "bad" if refused else "muted")) for piece in wrap(told, width, glyphs))]
        for past in reach.matched:
            sign = (f"{glyphs.failed} ", "bad") if past.refused else (f"{glyphs.dot} ", "muted")
            text = f"{past.text}  (refused: {past.reason})" if past.reason else past.text
            for index, piece in enumerate(wrap(text, max(20, width - 24), glyphs)):
                first = index == 0
                right = ((exact(past.at), "faint"),) if first else ()
                lines.append(of(sign if first else ("  ", "muted"), *reveal_parts(piece, "text"), right=right))
        return lines

    def explained(self) -> str:
        """See BatchDialog."""
        until = (
            "It holds for sessions that begin from now on, until you take it back; the PIN comes next."
            if self._role
            else "It holds until this session ends, or you take it back."
        )
        return f"{until} What is forbidden stays forbidden; special paths are asked about each time."

    def action_edit(self) -> None:
        """Write another rule."""
        self.dismiss(CHANGE)
