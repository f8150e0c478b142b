"""What waits for the person, first on mission control: one line each, one key to act."""

import re
from collections.abc import Hashable, Sequence

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from orion_tui.bridge.snapshots import Need, NeedKind
from orion_tui.core.models.sessions import Approval, Session
from orion_tui.keymap import keys_of
from orion_tui.widgets.approval_card import headline, shown_whole, text_of
from orion_tui.widgets.cells import Part, fit, line, prose
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.reasons import reason_of
from orion_tui.widgets.status import need_mark, sign
from orion_tui.widgets.times import count, now_of, short_moment

KIND = 12
#: The widest column of workspaces, in a narrow list and in a wide one; it is no wider than the names in it.
WORKSPACE, WIDE_WORKSPACE = 14, 22
ROLE = 20
RULE = 24
#: Where there is room for a rule with what it is about, and how much that needs.
BROAD, BROAD_RULE = 150, 44
TIME = 7

_RULE_NAME = re.compile(r"\w+\[\d+\]")


def workspace_name(session: Session) -> str:
    """The last part of the workspace's path."""
    # No Path is made for it: this is asked of every row that may come into view, with every change.
    return session.workspace.rstrip("/").rpartition("/")[2] or session.workspace


class NeedsList(LineView[Need]):
    """Approvals, oldest first, then finished work to review. Remembers when each item appeared."""

    #: Cells that stand before what is drawn here.
    LEAD = 0

    def __init__(self, *, id: str | None = None, title: str = "needs you", classes: str = "") -> None:
        super().__init__(title=title, empty=("Nothing waits for you.",), id=id, classes=classes)
        self._appeared: dict[str, float] = {}
        #: What stands in the column of the workspace of the rows that their workspace does not tell apart.
        self._names: dict[str, str] = {}
        self._longest = 0
        self._kind = KIND

    def take(self, needs: Sequence[Need], monotonic: float) -> None:
        """New items; `monotonic` is when they came onto the screen."""
        self._appeared = {need.key: self._appeared.get(need.key, monotonic) for need in needs}
        self._names = _told_apart(needs)
        self._longest = max((cell_len(self._place_of(need)) for need in needs), default=0)
        self._kind = max([KIND, *(len(need_mark(need)[1]) + 4 for need in needs)])
        before = self.selected.key if self.selected is not None else None
        self.show(tuple(needs))
        after = self.selected
        # An item that slid under the cursor is new to the eye, however long it has been waiting.
        if after is not None and after.key != before:
            self._appeared[after.key] = monotonic
        self.retitle(f"needs you  {len(needs)}" if needs else "needs you")

    def appeared(self, need: Need) -> float:
        """When the item came under the eye (monotonic seconds)."""
        return self._appeared.get(need.key, float("inf"))

    def whole(self, need: Need) -> bool:
        """Whether the item's line shows everything that approving it would approve."""
        if need.approval is None:
            return False
        return shown_whole(need.approval, self._columns(self.size.width - 1 - self.LEAD)[0] - 2, self.look.glyphs)

    def key_of(self, row: Need) -> Hashable:
        """See LineView."""
        return row.key

    def plain(self, row: Need) -> str:
        """See LineView."""
        return self._text(row)

    def _text(self, need: Need) -> str:
        if need.kind is NeedKind.STUCK:
            return reason_of(need.session, keys_of(self))
        return headline(need.approval) if need.approval is not None else prose(need.session.goal)

    def _place_of(self, need: Need) -> str:
        return self._names.get(need.key) or workspace_name(need.session)

    def _columns(self, width: int) -> tuple[int, int, bool, int]:
        """Width of the text, cells of the workspace, whether the role has room, and the cells of the rule."""
        most = WIDE_WORKSPACE if width >= 96 else WORKSPACE if width >= 64 or self._names else 0
        workspace, role = min(most, self._longest + 2), width >= 130
        rule = BROAD_RULE if width >= BROAD else RULE if width >= 96 else 0
        taken = self._kind + TIME + workspace + ROLE * role + rule
        return max(8, width - taken), workspace, role, rule

    def draw(self, row: Need, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        look, glyphs, session = self.look, self.look.glyphs, row.session
        mark, word, style = need_mark(row)
        room, workspace, role, rule = self._columns(width)
        parts: list[Part] = [(fit(f"{sign(glyphs, mark)} {word}", self._kind, glyphs), style)]
        disguised = row.approval is not None and bool(row.approval.card.get("disguised"))
        text = self._text(row)
        if disguised:
            text = f"{glyphs.flagged} {text}"
        parts.append((fit(text, room - 2, glyphs) + "  ", "bad" if disguised else "text"))
        if workspace:
            parts.append((fit(self._place_of(row), workspace - 2, glyphs) + "  ", "muted"))
        if role:
            parts.append((fit(session.role, ROLE - 2, glyphs) + "  ", "muted"))
        if rule:
            why = self._why(row)
            # Where both have no room, the rule's place in the role says more than half of what it is about.
            if len(why) > rule - 2 and (name := _RULE_NAME.match(why)) is not None:
                why = name.group()
            parts.append((fit(why, rule - 2, glyphs) + "  ", "faint"))
        return line(
            look,
            width,
            parts,
            [(fit(short_moment(row.since, now_of(self)), TIME - 1, glyphs, right=True) + " ", "muted")],
            base=base,
        )

    def _why(self, need: Need) -> str:
        if need.kind is NeedKind.QUESTION:
            return "the agent asks"
        if need.approval is not None:
            return text_of(need.approval.card, "why").partition(":")[0]
        session = need.session
        if need.kind is NeedKind.PLAN:
            return session.reason or "a plan to look at"
        if need.kind is NeedKind.STUCK:
            return prose(session.goal)
        parts = [f"{session.tasks_done}/{count(session.tasks_total, 'task')}"]
        if session.cost_usd:
            parts.append(f"${session.cost_usd:.2f}")
        return "  ".join(parts)


def _told_apart(needs: Sequence[Need]) -> dict[str, str]:
    """By key, a name for each of those that ask for the same in one workspace: of its task, else of its session."""
    groups: dict[tuple[str, str], list[tuple[Need, Approval]]] = {}
    for need in needs:
        if need.approval is not None:
            groups.setdefault((headline(need.approval), need.session.workspace), []).append((need, need.approval))
    found: dict[str, str] = {}
    for twins in groups.values():
        tasks = {prose(approval.task_id) for _, approval in twins}
        if len(twins) < 2:
            continue
        for need, approval in twins:
            found[need.key] = prose(approval.task_id) if len(tasks) == len(twins) else need.session.id[:8]
    return found
