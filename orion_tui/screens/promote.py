"""Promotion, step by step: the gate's report, the credential, the result; and the way back."""

from collections.abc import Sequence
from enum import Enum

from textual import events
from textual.app import ComposeResult

from orion_tui import keymap
from orion_tui.base.errors import LockedOut, OrionError, WrongCredential
from orion_tui.bridge.promotion_port import Promoted, PromotionView, Undone, UndoView
from orion_tui.bridge.snapshots import Interest
from orion_tui.screens.base import View
from orion_tui.screens.credential import CredentialPanel
from orion_tui.widgets.document import DocLine, Document, of
from orion_tui.widgets.promotion_lines import preview_lines, promoted_lines, undo_lines, undone_lines
from orion_tui.widgets.special_list import SpecialList


class Stage(Enum):
    """Where the dialog stands."""

    READING = "reading"
    REPORT = "report"
    CREDENTIAL = "credential"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class PromoteScreen(View):
    """For one session, in one of two directions: promote, or undo the promotion."""

    VIEW = "promote"
    BINDINGS = keymap.bindings("promote")
    CSS_PATH = "promote.tcss"

    def __init__(self, session_id: str, *, undo: bool = False) -> None:
        super().__init__()
        self.session_id = session_id
        self._undo = undo
        self._stage = Stage.READING
        self._preview: PromotionView | None = None
        self._allowed: tuple[str, ...] = ()
        self._lines = of()

    def body(self) -> ComposeResult:
        """See View."""
        yield Document(id="report")
        yield SpecialList(title="allow by name: Space", id="special")
        yield CredentialPanel(self, self._use, self._left)

    def path(self) -> tuple[str, ...]:
        """See View."""
        return self.path_of(self.session_id, "undo" if self._undo else "promote")

    def keys(self) -> Sequence[str]:
        """See View."""
        match self._stage:
            case Stage.REPORT:
                go = () if self._preview is not None and not self._preview.approved else ("promote.proceed",)
                if self._preview is not None and self._preview.special:
                    go = (*go, "promote.allow")
                return (*go, "promote.diff", "lines.down", "pane.out")
            case Stage.CREDENTIAL:
                return ("form.submit", "form.leave")
            case Stage.DONE:
                return (*(() if self._undo else ("promote.undo",)), "pane.out")
            case _:
                return ("pane.out",)

    def interest(self) -> Interest:
        """See View."""
        return Interest(live=self.session_id)

    @property
    def stage(self) -> Stage:
        """Where the dialog stands."""
        return self._stage

    @property
    def panel(self) -> CredentialPanel:
        """Where the credential is entered."""
        return self.query_one(CredentialPanel)

    @property
    def special(self) -> SpecialList:
        """What must be allowed by name."""
        return self.query_one("#special", SpecialList)

    @property
    def report(self) -> Document:
        """What is said."""
        return self.query_one("#report", Document)

    def on_mount(self) -> None:
        """Begin with the report."""
        self.panel.display = False
        self.special.display = False
        self.report.focus()
        self._begin()

    def _begin(self) -> None:
        if not self._undo:
            self._tell("gate", [of(("running the gate: secrets, limits, scope, a trial merge", "muted"))])
            self._look()
        else:
            self._tell("undo the promotion", [of(("looking at what comes back: a trial merge", "muted"))])
            self.look_up(lambda engine: engine.preview_undo(self.session_id), self._got_undo, self._failed)

    def _got_undo(self, view: UndoView) -> None:
        if not self.alive:
            return
        glyphs = self.orion.look.glyphs
        self.report.retitle("undo the promotion" if not view.problems else "undo the promotion: not possible now")
        self.report.write(lambda width, _h: undo_lines(view, width, glyphs))
        if view.problems:
            self._to(Stage.FAILED)
        else:
            # The key said what is wanted: what it will do and the credential stand on one screen.
            self._ask()

    def _got(self, view: PromotionView) -> None:
        if not self.alive:
            return
        self._preview = view
        self._to(Stage.REPORT)
        glyphs = self.orion.look.glyphs
        self.report.retitle("promote" if view.approved else "promote: blocked")
        self.report.write(lambda width, _h: preview_lines(view, width, glyphs))
        self.special.show(view.special)
        self.special.styles.height = min(len(view.special), 6) + 2
        if view.special and not self.special.display:
            self.special.display = True
            self.special.focus()

    def _to(self, stage: Stage) -> None:
        self._stage = stage
        self.refresh_frame()

    def _tell(self, title: str, lines: list[DocLine]) -> None:
        self.report.retitle(title)
        self.report.write(lambda _w, _h: lines)

    def action_allow(self) -> None:
        """Allow a special path by name, or not after all; the gate then runs again."""
        chosen = self.special.selected
        if self._stage is not Stage.REPORT or chosen is None:
            self.say("No special path needs to be allowed here.", "muted")
            return
        key, _, _, allowed = chosen
        self._allowed = tuple(k for k in self._allowed if k != key) if allowed else (*self._allowed, key)
        self.special.show(
            tuple((k, path, reason, not was if k == key else was) for k, path, reason, was in self.special.rows)
        )
        self._look()

    def _look(self) -> None:
        allow = self._allowed
        self.look_up(lambda engine: engine.preview(self.session_id, allow), self._got, self._failed)

    # The credential, and what follows.

    def action_proceed(self) -> None:
        """To the credential; what is blocked stays blocked."""
        if self._stage is not Stage.REPORT:
            return
        if self._preview is not None and not self._preview.approved:
            waits = any(not allowed for *_, allowed in self._preview.special)
            self.say(
                "Special paths must be allowed by name first: Space."
                if waits
                else "The gate blocks this: mend what it names, then look again.",
                "bad",
            )
            return
        if self._preview is not None and self._preview.method != "pin":
            self.say("This role asks for TOTP, which this version does not have yet.", "bad")
            return
        self.special.display = False
        self._ask()

    def _ask(self) -> None:
        self._to(Stage.CREDENTIAL)
        self.panel.begin()

    def on_key(self, event: events.Key) -> None:
        """Digits that come here while the credential is due are of a PIN, and no key of the application's.

        Nor is what is typed while it is checked: whoever mistyped types on, and would land on another screen.
        """
        if self._stage is Stage.CREDENTIAL and event.character is not None and event.character.isdigit():
            event.stop()
            self.panel.typed_early(event.character)
        elif self._stage is Stage.WORKING and event.is_printable:
            event.stop()
            self.say("It is being done; the result comes at once.", "warn")

    def _left(self) -> None:
        if self._undo:
            self.orion.leave(self)
            return
        self._to(Stage.REPORT)
        self.report.focus()

    def _use(self, secret: str) -> None:
        self._to(Stage.WORKING)
        self.panel.display = False
        self.report.focus()
        if self._undo:
            self.say("Undoing ...", "muted")
            self.command(lambda engine: engine.undo(self.session_id, secret), self._undone, self._refused)
        else:
            self.say("Promoting ...", "muted")
            self.command(lambda engine: engine.promote(self.session_id, secret), self._promoted, self._refused)

    def _refused(self, error: OrionError) -> None:
        if not self.alive:
            self.orion.tell_error(error)
            return
        self.footer.hush()
        if isinstance(error, WrongCredential | LockedOut):
            self._to(Stage.CREDENTIAL)
            self.panel.display = True
            self.panel.again(error)
        else:
            self._failed(error)

    def _failed(self, error: OrionError) -> None:
        if not self.alive:
            return
        self._to(Stage.FAILED)
        self.panel.end()
        glyphs = self.orion.look.glyphs
        lines = [of((f"{glyphs.failed} {error.message}", "bad")), of()]
        lines += [of((f"  {glyphs.dot} ", "bad"), (problem, "text")) for problem in error.problems]
        lines += [of((error.hint, "muted"))] if error.hint else []
        lines += [of(), of(("Nothing was changed.", "muted"))]
        self._tell("it did not happen", lines)
        self.report.focus()

    def _promoted(self, done: Promoted) -> None:
        if not self.alive:
            self.orion.tell(f"Promoted: {done.commit[:12]}", "good")
            return
        self.footer.hush()
        self.panel.end()
        self._to(Stage.DONE)
        glyphs = self.orion.look.glyphs
        self.report.retitle("promoted")
        self.report.write(lambda width, _h: promoted_lines(done, width, glyphs))

    def _undone(self, done: Undone) -> None:
        if not self.alive:
            self.orion.tell(f"Undone: {done.commit[:12]}", "good")
            return
        self.footer.hush()
        self.panel.end()
        self._to(Stage.DONE)
        glyphs = self.orion.look.glyphs
        self.report.retitle("undone")
        self.report.write(lambda width, _h: undone_lines(done, width, glyphs))

    def action_undo(self) -> None:
        """Take back what was just promoted."""
        if self._stage is Stage.DONE and not self._undo:
            self._undo, self._preview = True, None
            self._stage = Stage.READING
            self._begin()

    def action_diff(self) -> None:
        """Look once more."""
        self.orion.open_diff(self.session_id)

    def action_out(self) -> None:
        """Out, but not while it is happening."""
        if self._stage is Stage.WORKING:
            self.say("It is being done; the result comes at once.", "warn")
        elif self._stage is Stage.CREDENTIAL:
            self.panel.end()
            self._left()
        else:
            super().action_out()
