"""What the diff reads, and when: names at once; counts, hunks and colours of what is looked at, each in its turn."""

from textual.message import Message
from textual.timer import Timer

from orion_tui.base.errors import OrionError
from orion_tui.bridge.diff_port import WHOLE, DiffView, FileChange, FileDiff, Sides, Span
from orion_tui.bridge.tinter import Tinter
from orion_tui.bridge.tints import Tints
from orion_tui.screens.base import View

#: Files whose hunks are kept, and whose colours.
KEPT = 64
#: Files whose lines are counted at a time: what a jump waits for at most.
COUNTED_AT_ONCE = 30
#: Seconds that a file is on show before its colours are looked for; who jumps through files does not wait for them.
REST = 0.1


class DiffReading(View):
    """A screen that reads a diff piece by piece. What came is handed to `shown`, `file_shown` and `tinted`."""

    class Tinted(Message):
        """Colours of a file were found."""

        def __init__(self, tints: Tints) -> None:
            super().__init__()
            self.tints = tints

    def __init__(self, session_id: str, span: Span = WHOLE) -> None:
        super().__init__()
        self.session_id = session_id
        self._span = span
        self.blanks = True
        self._diff: DiffView | None = None
        self._read: dict[tuple[str, bool], FileDiff] = {}
        self._tints: dict[str, Tints] = {}
        self._asked: set[tuple[str, bool]] = set()
        self._counting = False
        self._rest: Timer | None = None
        self._tinter = Tinter(lambda tints: self.post_message(self.Tinted(tints)))

    # What a subclass says.

    def shown(self, files: tuple[FileChange, ...]) -> None:
        """The files, or their counts, are known."""

    def file_shown(self, diff: FileDiff) -> None:
        """A file's hunks are known."""

    def tinted(self, tints: Tints) -> None:
        """A file's colours are known."""

    def wanted(self) -> FileChange | None:
        """The file that is looked at."""
        return None

    # Names and counts.

    def ask(self) -> None:
        """Read the names anew."""
        self.look_up(lambda engine: engine.diff(self.session_id, self._span), self._got)

    def _got(self, diff: DiffView) -> None:
        if not self.alive:
            return
        if self._diff is None or diff.tip != self._diff.tip:
            self._read.clear()
            self._asked.clear()
            self._tints.clear()
        self._diff = diff
        self.shown(diff.files)
        self._count()

    def _count(self) -> None:
        """The next files that nobody has counted, if any: those on show before the others, a few at a time, and only
        while no file's changes are waited for."""
        diff = self._diff
        if diff is None or self._counting or self._asked or not self.alive:
            return
        uncounted = [file.key for file in diff.files if not file.counted]
        if not uncounted:
            return
        place = next((n for n, file in enumerate(diff.files) if file == self.wanted()), 0)
        here = {file.key for file in diff.files[place : place + COUNTED_AT_ONCE]}
        keys = tuple(key for key in uncounted if key in here) or tuple(uncounted[:COUNTED_AT_ONCE])
        self._counting = True
        self.look_up(
            lambda engine: engine.counts(self.session_id, keys, self._span),
            lambda files: self._counted(diff, files),
            self._not_counted,
        )

    def _counted(self, diff: DiffView, files: tuple[FileChange, ...]) -> None:
        self._counting = False
        if not self.alive:
            return
        if diff is self._diff and any(file.counted for file in files):
            known = {file.key: file for file in files}
            whole = tuple(known.get(file.key, file) for file in diff.files)
            self._diff = DiffView(session_id=diff.session_id, base=diff.base, tip=diff.tip, files=whole)
            self.shown(whole)
        elif diff is self._diff:
            return
        self._count()

    def _not_counted(self, error: OrionError) -> None:
        self._counting = False
        if self.alive:
            self.orion.tell_error(error)

    # Hunks.

    def need(self, file: FileChange) -> bool:
        """See to it that a file's hunks come to `file_shown`; False where they have to be waited for."""
        key = (file.key, self.blanks)
        known = self._read.get(key)
        if known is not None:
            self.file_shown(known)
        elif key not in self._asked:
            self._asked.add(key)
            blanks = self.blanks
            self.look_up(
                lambda engine: engine.file_diff(self.session_id, file.key, self._span, blanks=blanks),
                self._got_file,
                lambda error: self._no_file(key, error),
            )
        return known is not None

    def _got_file(self, diff: FileDiff) -> None:
        key = (diff.key, diff.blanks)
        self._asked.discard(key)
        self._read[key] = diff
        while len(self._read) > KEPT:
            del self._read[next(iter(self._read))]
        file = self.wanted()
        if self.alive and file is not None and (file.key, self.blanks) == key:
            self.file_shown(diff)
        self._count()

    def _no_file(self, key: tuple[str, bool], error: OrionError) -> None:
        self._asked.discard(key)
        self.orion.tell_error(error)

    # Colours.

    def color(self) -> None:
        """Look for the colours of the file on show, once it stays on show."""
        file = self.wanted()
        if file is not None and (tints := self._tints.get(file.key)) is not None:
            self.tinted(tints)
        elif self._rest is None:
            self._rest = self.set_timer(REST, self._rested)
        else:
            self._rest.reset()

    def _rested(self) -> None:
        self._rest = None
        file = self.wanted()
        if file is not None and not file.binary and self.alive:
            self.look_up(lambda engine: engine.sides(self.session_id, file.key, self._span), self._got_sides, _plain)

    def _got_sides(self, sides: Sides | None) -> None:
        if sides is not None and self.alive:
            self._tinter.ask(sides)

    def on_diff_reading_tinted(self, message: Tinted) -> None:
        """Keep them, and show them where their file is still on show."""
        message.stop()
        tints = message.tints
        self._tints[tints.key] = tints
        while len(self._tints) > KEPT:
            del self._tints[next(iter(self._tints))]
        file = self.wanted()
        if self.alive and file is not None and file.key == tints.key:
            self.tinted(tints)

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self._tinter.close()


def _plain(error: OrionError) -> None:
    """A file without colours is still a file: what is wrong with it, its hunks say."""
    del error
