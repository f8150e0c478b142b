"""Anything by name: type a few letters, Enter goes to the best. The store is searched for sessions while keys go on."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, cast

import attrs
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.base.errors import OrionError
from orion_tui.base.own_keys import Keys
from orion_tui.bridge.finding_port import FoundSessions, RoleLine
from orion_tui.bridge.settings_port import SettingsView
from orion_tui.bridge.snapshots import Snapshot
from orion_tui.commands import Command, Heading, Kind, Row, arranged, offered, session_command
from orion_tui.screens.early import LeftEarly
from orion_tui.themes import app_of
from orion_tui.widgets.cells import Part, fit, line
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.status import sign
from orion_tui.widgets.text_entry import TextEntry

if TYPE_CHECKING:
    from orion_tui.screens.host import Host

#: Sessions that are asked for at a time.
FOUND = 8

_EMPTY = (
    "Nothing fits. What can be typed: words of a command or screen,",
    "of a session (its goal, folder, role, the beginning of its id),",
    "of a role, or of a setting.",
)


class CommandList(LineView[Row], can_focus=False):
    """Labels under their headings; the cursor stands on labels only."""

    ALWAYS_ACTIVE = True

    @property
    def command(self) -> Command | None:
        """The selected one."""
        row = self.selected
        return row if isinstance(row, Command) else None

    def key_of(self, row: Row) -> Hashable:
        """See LineView."""
        return row.kind if isinstance(row, Heading) else (row.kind, row.same)

    def go(self, index: int, *, by_user: bool = True) -> None:
        """Past headings, in the direction that was taken."""
        direction = -1 if index < self.at else 1
        while 0 <= index < len(self.rows) and isinstance(self.rows[index], Heading):
            index += direction
        if index < 0:
            # Above the first command stands its heading: that comes into view, the cursor stays.
            index = next((i for i, row in enumerate(self.rows) if isinstance(row, Command)), 0)
            self.top = 0
            self.refresh()
        if index < len(self.rows):
            super().go(index, by_user=by_user)

    def draw(self, row: Row, index: int, width: int, base: Style) -> Strip:
        """See LineView."""
        del index
        if isinstance(row, Heading):
            return line(self.look, width, [(row.text, "strong")], base=base)
        left: list[Part] = [("  ", "text")]
        if row.mark is not None:
            name, _, style = row.mark
            left.append((f"{sign(self.look.glyphs, name)} ", style))
        left.append((row.label, "text"))
        glyphs = self.look.glyphs
        hint = "".join(fit(text, columns, glyphs) for text, columns in row.columns) or row.hint
        return line(self.look, width, left, [(f"  {hint} ", "key" if row.action else "muted")], base=base)


class PaletteScreen(LeftEarly[Command | None], ModalScreen[Command | None], inherit_bindings=False):
    """An entry and what matches it."""

    BINDINGS = keymap.bindings("palette")
    ALLOW_SELECT = False
    CSS_PATH = "palette.tcss"

    def __init__(
        self,
        view: str,
        keys_in_use: Keys,
        snapshot: Snapshot | None = None,
        lately: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(classes="dialog")
        self._actions = offered(view, keys_in_use)
        self._lately = lately
        needed = [need.session for need in snapshot.needs] if snapshot is not None else []
        known = {session.id: session for session in (*needed, *(snapshot.sessions if snapshot is not None else ()))}
        #: What needs the person first, then what goes on, then the newest: known without asking.
        self._known = [session_command(session) for session in known.values()]
        self._total = snapshot.total if snapshot is not None else 0
        self._roles: list[Command] = []
        self._settings: list[Command] = []
        self._found: FoundSessions | None = None
        #: What the store is being asked; None while it is not.
        self._asking: str | None = None

    def compose(self) -> ComposeResult:
        """The entry above, the list below."""
        with Vertical(id="frame"):
            yield TextEntry("a command, a session, a role, a setting ...")
            yield CommandList(empty=_EMPTY, id="commands")

    @property
    def commands(self) -> CommandList:
        """What fits."""
        return self.query_one(CommandList)

    @property
    def words(self) -> str:
        """What was typed."""
        return self.query_one(Input).value

    def on_mount(self) -> None:
        """Everything fits nothing entered."""
        self.query_one("#frame", Vertical).border_title = Content("palette")
        self._arrange()
        self.query_one(Input).focus()
        host = cast("Host", app_of(self))
        host.ask(lambda engine: engine.roles(), self._take_roles, self._not_told, slow=True)
        host.ask(lambda engine: engine.settings(), self._take_settings, self._not_told, slow=True)

    def _take_roles(self, roles: Sequence[RoleLine]) -> None:
        self._roles = [
            Command(
                kind=Kind.ROLES,
                label=role.display_name,
                more=f"role {role.name}",
                hint=role.name if role.usable == "yes" else f"{role.name}  {role.usable}",
                target=role.name,
            )
            for role in roles
        ]
        self._arrange(stay=True)

    def _take_settings(self, view: SettingsView) -> None:
        self._settings = [
            Command(
                kind=Kind.SETTINGS,
                label=row.name,
                more=f"{row.help} setting",
                hint=row.value or "not set",
                target=row.name,
            )
            for row in view.rows
        ]
        self._arrange(stay=True)

    def _not_told(self, error: OrionError) -> None:
        """A broken settings file keeps nobody from the rest; its own screen says what is wrong."""

    # What fits.

    @on(Input.Changed)
    def _changed(self) -> None:
        self._arrange()
        self._ask()

    def _ask(self) -> None:
        """One question at a time: what is typed meanwhile is asked when the answer is there."""
        words = self.words
        if not words.split() or self._asking is not None or (self._found and self._found.words == words):
            return
        self._asking = words
        host = cast("Host", app_of(self))
        host.ask(lambda engine: engine.find_sessions(words, FOUND), self._take_found, self._not_found, slow=True)

    def _take_found(self, found: FoundSessions) -> None:
        self._asking = None
        self._found = found
        if self.is_attached:
            self._arrange(stay=True)
            self._ask()

    def _not_found(self, error: OrionError) -> None:
        self._asking = None
        self._not_told(error)

    def _arrange(self, *, stay: bool = False) -> None:
        """Show what fits now; with `stay` the cursor stays on its command, unless it stands on the first."""
        if not self.is_attached:
            return
        words, listing = self.words, self.commands
        first = next((i for i, row in enumerate(listing.rows) if isinstance(row, Command)), 0)
        chosen = listing.at != first
        known = self._known
        counts: dict[Kind, tuple[int, bool]] = {}
        if not words.split():
            counts[Kind.SESSIONS] = (self._total, False)
            # Types of things that nobody has in mind before typing.
            commands = [*self._actions, *known]
        else:
            if self._found is not None and self._found.words == words:
                # The store found them, by letters in order too; here they only have to be put in their place.
                extra = f" {words}"
                known = [attrs.evolve(c, more=c.more + extra) for c in map(session_command, self._found.sessions)]
                counts[Kind.SESSIONS] = (self._found.count, self._found.more)
            commands = [*self._actions, *known, *self._roles, *self._settings]
        listing.show(tuple(arranged(commands, words, lately=self._lately, counts=counts)))
        if not (stay and chosen):
            listing.top = 0
            listing.at = 0
            listing.go(0)
            listing.refresh()
        self._tell_counts()

    def _tell_counts(self) -> None:
        counts = (
            (self._total, "session"),
            (len(self._roles), "role"),
            (len(self._settings), "setting"),
        )
        told = [f"{count:,} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count]
        self.query_one("#frame", Vertical).border_subtitle = Content("  ".join(told))

    # Keys.

    @on(Input.Submitted)
    def action_run(self) -> None:
        """Run the selected one."""
        self.dismiss(self.commands.command)

    def action_down(self) -> None:
        """Next."""
        self.commands.move(1)

    def action_up(self) -> None:
        """Previous."""
        self.commands.move(-1)

    def action_leave(self) -> None:
        """None."""
        self.dismiss(None)
