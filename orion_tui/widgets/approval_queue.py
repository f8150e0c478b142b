"""The queue of approvals: the like together, oldest first, with marks for answering many at once."""

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.snapshots import Need
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part, line
from orion_tui.widgets.needs_list import NeedsList


class ApprovalQueue(NeedsList):
    """Groups stand where their oldest stands. The first line of a group of several says how many there are."""

    # The mark, or the sign that joins the like where there is none.
    LEAD = 2

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, title="approvals")
        #: Ids of the marked approvals, with the binding that each had when it was marked.
        self.marks: dict[str, str] = {}
        self._groups: dict[str, int] = {}

    def take(self, needs: Sequence[Need], monotonic: float) -> None:
        """See NeedsList. A mark goes with what it was set on: what is asked anew is not marked."""
        groups: dict[str, list[Need]] = {}
        for need in needs:
            groups.setdefault(_group(need), []).append(need)
        self._groups = {name: len(members) for name, members in groups.items()}
        there = {need.approval.id: need.approval.binding for need in needs if need.approval is not None}
        self.marks = {ident: binding for ident, binding in self.marks.items() if there.get(ident) == binding}
        super().take([need for members in groups.values() for need in members], monotonic)

    @property
    def marked(self) -> tuple[Need, ...]:
        """The marked ones, in the order of the list."""
        return tuple(need for need in self.rows if need.approval is not None and need.approval.id in self.marks)

    def mark(self, needs: Sequence[Need]) -> bool:
        """Mark them (True), or take the marks away where all of them are marked."""
        asked = [need.approval for need in needs if need.approval is not None]
        marking = any(approval.id not in self.marks for approval in asked)
        for approval in asked:
            if marking:
                self.marks[approval.id] = approval.binding
            else:
                self.marks.pop(approval.id, None)
        self.refresh()
        return marking

    def like(self, need: Need) -> tuple[Need, ...]:
        """Its whole group."""
        return tuple(other for other in self.rows if _group(other) == _group(need))

    def draw(self, row: Need, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        look, glyphs = self.look, self.look.glyphs
        marked = row.approval is not None and row.approval.id in self.marks
        lead: Part = (f"{glyphs.done} ", "good") if marked else (self._join(index, glyphs), "faint")
        head = line(look, self.LEAD, [lead], base=base)
        return Strip.join([head, super().draw(row, index, width - self.LEAD, base)])

    def _join(self, index: int, glyphs: Glyphs) -> str:
        """What joins a line with the like above and below it."""
        group = _group(self.rows[index])
        if self._groups.get(group, 1) < 2:
            return "  "
        below = index + 1 < len(self.rows) and _group(self.rows[index + 1]) == group
        return f"{glyphs.vertical} " if below else f"{glyphs.corner} "


def _group(need: Need) -> str:
    approval = need.approval
    return approval.alike if approval is not None and approval.alike else need.key
