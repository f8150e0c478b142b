"""Before many approvals are answered at once: exactly what that covers, all of it, and then one key."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.base.clock import Clock
from orion_tui.bridge.snapshots import Need
from orion_tui.screens.dialogs import Notice
from orion_tui.themes import app_of, look_of
from orion_tui.widgets.approval_card import content_lines, headline
from orion_tui.widgets.cells import literal, reveal_parts, width_of, wrap
from orion_tui.widgets.document import BLANK, DocLine, Document, of
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.text_entry import TextEntry
from orion_tui.widgets.times import count

#: Lines of a dialog that are not the list: frame, margins, explanation, entry, keys.
_AROUND = 9


class BatchDialog(ModalScreen[str], inherit_bindings=False):
    """The list, whole. Approving takes a yes once its end was in view; rejecting takes the reason, for all of them.

    Gives back the reason ("" for an approval), None when nothing is to be done.
    """

    ALLOW_SELECT = False
    CSS_PATH: ClassVar = ["dialogs.tcss", "batch_dialog.tcss"]
    BINDINGS = keymap.bindings("batch")

    VIEW: ClassVar[str] = "batch"

    def __init__(self, needs: Sequence[Need], *, approve: bool = True, clock: Clock, grace: float) -> None:
        super().__init__(classes="dialog batch-dialog")
        self.needs = tuple(needs)
        self._approve = approve
        self._clock, self._grace = clock, grace
        #: When it stood on the screen: a long list is composed for a while before.
        self._appeared = float("inf")

    def compose(self) -> ComposeResult:
        """What is covered, the reason where there is one, the keys."""
        with Vertical(id="frame"):
            yield Document(id="covered")
            yield Document(id="question")
            if not self._approve:
                yield TextEntry("reason, for all of them", id="reason")
            yield Document(id="answers")

    def on_mount(self) -> None:
        """As high as the list, as far as the screen goes."""
        glyphs = look_of(self).glyphs
        self.query_one("#frame", Vertical).border_title = Content(literal(self.heading(), glyphs))
        covered = self.query_one("#covered", Document)
        covered.write(lambda width, _h: self.listed(width))
        question = self.query_one("#question", Document)
        question.can_focus = False
        said = wrap(self.explained(), min(88, app_of(self).size.width - 10), glyphs)
        question.styles.height = len(said)
        question.write(lambda _w, _h: [of((piece, "muted")) for piece in said])
        answers = self.query_one("#answers", Document)
        answers.can_focus = False
        answers.write(lambda _w, _h: [self._answers()])
        self._fit()
        (covered if self._approve else self.query_one(Input)).focus()
        self.call_after_refresh(self._stands)

    def _stands(self) -> None:
        self._appeared = self._clock.monotonic()

    def on_resize(self) -> None:
        """See `on_mount`."""
        self._fit()

    def _fit(self) -> None:
        if self.query("#covered"):
            size = app_of(self).size
            lines = len(self.listed(max(20, min(96, size.width - 4) - 6)))
            self.query_one("#covered", Document).styles.height = max(3, min(lines + 1, size.height - _AROUND))

    def heading(self) -> str:
        """What stands in the frame."""
        return f"{'Approve' if self._approve else 'Reject'} {count(len(self.needs), 'item')}"

    def listed(self, width: int) -> list[DocLine]:
        """All that the answer covers."""
        glyphs = look_of(self).glyphs
        lines: list[DocLine] = []
        for number, need in enumerate(self.needs, 1):
            approval = need.approval
            if approval is None:
                continue
            where = (f"{workspace_name(need.session)}  {need.session.id[:8]}", "faint")
            lines += [BLANK] if lines else []
            room = max(20, width - 6 - width_of(where[0], glyphs))
            for index, piece in enumerate(wrap(headline(approval), room, glyphs)):
                first = index == 0
                head = (f"{number:>2}  " if first else "    ", "accent")
                lines.append(of(head, *reveal_parts(piece, "strong"), right=(where,) if first else ()))
            lines += [of(("    ", "text"), *piece.left) for piece in content_lines(approval, width - 4, glyphs)]
        return lines

    def explained(self) -> str:
        """What the answer does, in a sentence or two."""
        if self._approve:
            return "Each counts once, for exactly this. What changes before your yes is left out and named."
        return "The agents are told why. What depends on these will not run."

    def _answers(self) -> DocLine:
        keys = keymap.keys_of(self).view(self.VIEW)
        wanted = [key for key in keys if key.id != ("batch.submit" if self._approve else "batch.yes")]
        parts: list[tuple[str, str]] = []
        for key in wanted:
            parts += [(key.all_shown, "key"), (f" {key.label}    ", "muted")]
        return of(*parts)

    def _too_fresh(self) -> bool:
        if self._clock.monotonic() - self._appeared >= self._grace:
            return False
        self._tell("this has just appeared: read it, then press again")
        return True

    def _all_seen(self) -> bool:
        left = self.query_one("#covered", Document).unseen()
        if left:
            self._tell(f"{count(left, 'line')} below: see them first")
        return left == 0

    def action_yes(self) -> None:
        """Approve all of it."""
        if self._approve and not self._too_fresh() and self._all_seen():
            self.dismiss("")

    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Reject all of it."""
        if self._approve or self._too_fresh():
            return
        reason = self.query_one(Input).value.strip()
        if reason:
            self.dismiss(reason)
        else:
            self._tell("say in a few words why")

    def action_leave(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)

    def _tell(self, why: str) -> None:
        self.query_one("#frame", Vertical).border_subtitle = Content(literal(why, look_of(self).glyphs))


class LeftOutDialog(Notice):
    """What a batch did not cover after all, each by name."""

    def __init__(self, done: str, left_out: Sequence[tuple[str, str]]) -> None:
        super().__init__("Left out", done, "")
        self._left_out = tuple(left_out)

    def lines(self) -> list[DocLine]:
        """What was done, and each one that was not, with why."""
        glyphs = look_of(self).glyphs
        lines = [*super().lines(), BLANK]
        for title, why in self._left_out:
            lines += [of((f"{glyphs.flagged} ", "warn"), (piece, "text")) for piece in wrap(title, 62, glyphs)]
            lines += [of(("  ", "text"), (piece, "muted")) for piece in wrap(why, 62, glyphs)]
        return lines[: max(4, app_of(self).size.height - 8)]
