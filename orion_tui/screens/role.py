"""A role in full, to look at: what `orion role show` tells."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from orion_tui.screens.base import View
from orion_tui.widgets.cells import prose, wrap
from orion_tui.widgets.document import BLANK, DocLine, Document, of
from orion_tui.widgets.status import sign, tier_sign

if TYPE_CHECKING:
    from orion_tui.roles.shown import ShownRole

#: Columns of the labels, and of a rule before what it is called.
LABEL = 14
RULE = 34


class RoleScreen(View):
    """Facts, then the rules of each tier."""

    VIEW = "role"

    def __init__(self, name: str) -> None:
        super().__init__()
        self._of = name
        self._role: ShownRole | None = None

    def body(self) -> ComposeResult:
        """See View."""
        yield Document(title="role", empty=("Reading the role ...",), id="role")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return ("role", self._of)

    def keys(self) -> Sequence[str]:
        """See View."""
        return ("lines.down", "lines.up", "lines.page_down", "app.copy", "pane.out")

    def on_mount(self) -> None:
        """The text has the keys."""
        self.query_one(Document).focus()
        self.look_up(lambda engine: engine.role(self._of), self._take)

    def _take(self, role: "ShownRole") -> None:
        if not self.alive:
            return
        self._role = role
        self.query_one(Document).write(lambda width, _h: self._lines(role, width))

    def _lines(self, role: "ShownRole", width: int) -> list[DocLine]:
        glyphs = self.orion.look.glyphs
        lines = [of((prose(role.display_name), "strong"), (f"  {role.name}", "muted"))]
        lines += [of((piece, "text")) for piece in wrap(prose(role.description), width, glyphs)]
        lines.append(BLANK)
        for label, value in role.facts:
            for index, piece in enumerate(wrap(prose(value), max(8, width - LABEL), glyphs)):
                lines.append(of((f"{label if not index else '':<{LABEL}}", "muted"), (piece, "text")))
        for tier, rules in role.tiers:
            name, word, style = tier_sign(tier.value)
            heading = {"auto": "done without asking", "asks": "asks you first", "forbidden": "never"}.get(word, word)
            lines += [BLANK, of((f"{sign(glyphs, name)} ", style), (heading, "strong"), (f"  {len(rules)}", "muted"))]
            lines += _rules(rules)
        if role.hard_limits:
            lines += [BLANK, of((f"{sign(glyphs, 'blocked')} ", "bad"), ("never, by your own limits", "strong"))]
            lines += _rules(role.hard_limits)
        for note in role.notes:
            lines += [BLANK, *(of((piece, "warn")) for piece in wrap(prose(note), width, glyphs))]
        return lines


def _rules(rules: Sequence[tuple[str, str]]) -> list[DocLine]:
    return [of((f"  {prose(text):<{RULE}} ", "text"), (prose(label), "muted")) for text, label in rules]
