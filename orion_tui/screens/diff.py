"""What a session changed: files left, the selected one's changes right, read as they are looked at."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from orion_tui import keymap
from orion_tui.bridge.diff_port import WHOLE, FileChange, FileDiff, Span
from orion_tui.bridge.snapshots import Interest, Snapshot
from orion_tui.bridge.tints import Tints
from orion_tui.core.models.sessions import Session
from orion_tui.screens.base import BROAD, WIDE
from orion_tui.screens.diff_reading import DiffReading
from orion_tui.screens.reviewing import Reviewing
from orion_tui.screens.searching import Searching
from orion_tui.widgets.cells import Part
from orion_tui.widgets.diff_pane import DiffPane
from orion_tui.widgets.fact_line import FactLine, Facts
from orion_tui.widgets.file_list import FileList
from orion_tui.widgets.line_view import LineView


class DiffScreen(DiffReading, Reviewing, Searching):
    """Enter goes into the text, Esc back to the files, then out."""

    VIEW = "diff"
    BINDINGS = keymap.bindings("diff")
    CSS_PATH = "diff.tcss"

    def __init__(self, session_id: str, span: Span = WHOLE, title: str = "diff", *, at: str = "") -> None:
        super().__init__(session_id, span)
        self._shown_as = title
        self._beside: bool | None = None
        self._wrapped = False
        #: The file to begin at, by the name that is shown; "" once that was done.
        self._at = at
        self._tip = ""
        self._land = 0

    def body(self) -> ComposeResult:
        """See View."""
        yield FactLine(id="summary")
        with Horizontal(id="panes"):
            yield FileList(id="files")
            yield DiffPane(id="hunks")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return self.path_of(self.session_id, self._shown_as)

    def keys(self) -> Sequence[str]:
        """See View. A part of the work is only looked at."""
        decide = ("diff.promote", "diff.reject") if self._span == WHOLE else ()
        return (
            "diff.next", "diff.next_file", "diff.seen", *decide, "diff.search", "diff.layout",
            "diff.blanks" if self.blanks else "diff.blanks|with blanks", "diff.wrap", "pane.next", "pane.out",
        )  # fmt: skip

    @property
    def files(self) -> FileList:
        """The files."""
        return self.query_one("#files", FileList)

    @property
    def hunks(self) -> DiffPane:
        """The selected one's changes."""
        return self.query_one("#hunks", DiffPane)

    @property
    def session(self) -> Session | None:
        """See Reviewing."""
        glance = self.snapshot.glance if self.snapshot is not None else None
        return glance.session if glance is not None and glance.session.id.startswith(self.session_id) else None

    def searched(self) -> LineView[Any]:
        """See Searching."""
        return self.files if self.focused is self.files else self.hunks

    @property
    def search_open(self) -> bool:
        """See Searching."""
        return bool(self.files.term or self.hunks.term)

    def interest(self) -> Interest:
        """See View."""
        return Interest(selected=self.session_id)

    def on_mount(self) -> None:
        """Ask for the names; the list has the keys."""
        self.files.focus()
        self.ask()

    def wanted(self) -> FileChange | None:
        """See DiffReading."""
        return self.files.selected if self.alive else None

    def shown(self, files: tuple[FileChange, ...]) -> None:
        """See DiffReading."""
        self._take_marks()
        self.files.show(files)
        rows = max(1, min(len(files), self.size.height // 4))
        self.files.styles.height = rows + 2 if self.size.width < WIDE else "1fr"
        self.query_one("#summary", FactLine).write(self._facts)
        self._begin_at()
        self._show_file()

    def on_screen_resume(self) -> None:
        """Back from another way into the same diff, perhaps, where files were marked."""
        if self._diff is not None and self.alive:
            self._take_marks()
            self.query_one("#summary", FactLine).write(self._facts)

    def _take_marks(self) -> None:
        files = self._diff.files if self._diff is not None else ()
        seen = self.orion.seen_files.among(self.session_id, self._span, files)
        if seen != self.files.seen:
            self.files.seen = seen
            self.files.refresh()

    def _begin_at(self) -> None:
        wanted, self._at = self._at, ""
        if not wanted:
            return
        place = next((n for n, file in enumerate(self.files.rows) if file.path == wanted), None)
        if place is not None:
            self.files.go(place)
            self.hunks.focus()
        else:
            self.say(f"{wanted} is as it was at the base, up to the last checkpoint.", "muted")

    def show(self, snapshot: Snapshot) -> None:
        """See View: when the session moved on, so did its diff."""
        del snapshot
        session = self.session
        if session is None:
            return
        tip = f"{session.tasks_done}:{session.state}"
        if self._tip and tip != self._tip:
            self.ask()
        self._tip = tip

    def _facts(self, width: int) -> Facts:
        diff = self._diff
        if diff is None:
            return (), ()
        left: list[Part] = [
            (f"{len(diff.files):,}", "strong"), (" files  " if len(diff.files) != 1 else " file  ", "muted"),
        ]  # fmt: skip
        if waits := sum(not file.counted for file in diff.files):
            left.append((f"{waits:,} still to be counted", "muted"))
        else:
            left += [(f"+{diff.added:,}", "good"), ("  ", "text"), (f"-{diff.removed:,}", "bad")]
        if not self.blanks:
            left.append(("   without blanks", "warn"))
        named = [file for file in diff.files if file.special]
        if named:
            flag = self.orion.look.glyphs.flagged
            left += [
                ("   ", "text"),
                (f"{flag} {len(named)} {'needs' if len(named) == 1 else 'need'} approval by name", "warn"),
            ]
        seen = len(self.files.seen & {file.key for file in diff.files})
        right: list[Part] = [(f"seen {seen} of {len(diff.files)}", "muted")]
        if width >= WIDE:
            right += [("   base ", "faint"), (diff.base[:8], "muted"), ("  tip ", "faint"), (diff.tip[:8], "muted")]
        return tuple(left), tuple(right)

    # The selected file.

    @property
    def beside(self) -> bool:
        """Side by side: as the person said, else where there is room."""
        return self._beside if self._beside is not None else self.size.width >= BROAD

    @on(LineView.Moved, "#files")
    def _show_file(self) -> None:
        file = self.files.selected
        if file is None:
            self.hunks.retitle("")
            self._lay(None)
            return
        self.hunks.retitle(self._title(file))
        self.need(file)

    def _lay(self, diff: FileDiff | None) -> None:
        self.hunks.show_file(diff, beside=self.beside, wrapped=self._wrapped)

    def file_shown(self, diff: FileDiff) -> None:
        """See DiffReading."""
        self._lay(diff)
        if self._land < 0:
            self.hunks.last_hunk()
        self._land = 0
        if self.hunks.tints is None:
            self.color()

    def tinted(self, tints: Tints) -> None:
        """See DiffReading."""
        self.hunks.tint(tints)

    @staticmethod
    def _title(file: FileChange) -> str:
        name = f"{file.old_path} to {file.path}" if file.old_path and file.old_path != file.path else file.path
        facts = [fact for fact in (file.special, file.mode) if fact]
        return f"{name}  ({'; '.join(facts)})" if facts else name

    def on_resize(self) -> None:
        """Another width, perhaps another layout."""
        if self._diff is not None:
            self.call_after_refresh(self.shown, self._diff.files)

    @on(LineView.Entered, "#files")
    def _enter_file(self) -> None:
        self.hunks.focus()

    def action_out(self) -> None:
        """The search, the text, the screen: one after the other."""
        if self.search_open:
            self.files.search("")
            self.hunks.search("")
        elif self.focused is self.hunks:
            self.files.focus()
        else:
            self.orion.leave(self)

    # Keys.

    def action_next(self) -> None:
        """Next match, hunk, or file's first hunk."""
        self._step(1)

    def action_previous(self) -> None:
        """Previous match, hunk, or file's last hunk."""
        self._step(-1)

    def _step(self, direction: int) -> None:
        if self.search_open:
            self.step_in(self.files if self.files.term else self.hunks, direction)
            return
        if self.hunks.step_hunk(direction):
            return
        at = self.files.at + direction
        if 0 <= at < len(self.files.rows):
            self._land = direction
            self.files.go(at)
        else:
            self.say("That was the last hunk." if direction > 0 else "That was the first hunk.", "muted")

    def action_next_file(self) -> None:
        """Next file."""
        self.files.move(1)

    def action_previous_file(self) -> None:
        """Previous file."""
        self.files.move(-1)

    def action_seen(self) -> None:
        """Mark and go on."""
        file = self.files.selected
        if file is None:
            return
        self.files.mark(file.key)
        self.orion.seen_files.keep(self.session_id, self._span, file, seen=file.key in self.files.seen)
        self.query_one("#summary", FactLine).write(self._facts)
        if file.key in self.files.seen:
            self.files.move(1)

    def action_layout(self) -> None:
        """The other layout."""
        self._beside = not self.beside
        self._show_file()

    def action_wrap(self) -> None:
        """Long lines over several rows, or cut."""
        self._wrapped = not self._wrapped
        self._show_file()

    def action_blanks(self) -> None:
        """Leave out what only moves blanks, or show everything again."""
        self.blanks = not self.blanks
        self.query_one("#summary", FactLine).write(self._facts)
        self.refresh_frame()
        self._show_file()
        if not self.blanks:
            self.say("Lines that differ in blanks only are left out; the counts are those of all lines.", "warn")

    def action_promote(self) -> None:
        """Bring the whole work in."""
        if self._whole("promoted"):
            super().action_promote()

    def action_reject(self) -> None:
        """Refuse the work."""
        if self._whole("rejected"):
            self.reject_work()

    def _whole(self, verb: str) -> bool:
        """Whether all of the work is on show; a decision is about nothing less."""
        if self._span != WHOLE:
            self.say(f"This is a part of the work; the whole is {verb} from the session's diff.", "muted")
        return self._span == WHOLE
