"""The application: its life from the first frame to the last, and what holds in it everywhere."""

import gc
import os
import traceback
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from textual import on
from textual.screen import Screen
from textual.theme import Theme
from textual.types import CSSPathType

from orion_tui import keymap, terminal
from orion_tui.attention import GIVE_BACK, KEEP_TITLE, Attention
from orion_tui.base.clock import Clock, SystemClock
from orion_tui.base.errors import InvalidFile, OrionError
from orion_tui.base.own_keys import Keys
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.messages import Answered, ReadingFailed, SnapshotRead
from orion_tui.core.appearance import Appearance
from orion_tui.core.store.faults import LockedStore
from orion_tui.presence import Presence
from orion_tui.screens.base import View
from orion_tui.screens.mission import MissionScreen
from orion_tui.screens.seen import SeenFiles
from orion_tui.themes import THEMES, Look, css_variables, make_look, textual_themes
from orion_tui.tty.driver import TerminalDriver
from orion_tui.ways import Ways

if TYPE_CHECKING:
    from orion_tui.clipboard import Clipboard

#: Seconds between looks at whether the terminal is still there.
HANG_UP_CHECK = 5.0

#: Seconds between looks at whether the supervisor is well.
SUPERVISOR_CHECK = 20.0

#: Seconds between two times that what the person has seen is kept.
KEEP_LOOK = 30.0

#: Seconds between looks at whether the first screen stands.
STANDS_CHECK = 0.01

#: Seconds after the first frame in which nothing heavy is loaded.
WAKE_AFTER = 0.5

#: Choices of the palette that are kept.
LATELY = 20


class OrionApp(Ways, inherit_bindings=False):
    """Everything a person sees. Decides nothing: asks the bridge and shows what comes."""

    TITLE = "Orion"
    # Textual does not load the style sheet of the default screen by itself.
    CSS_PATH: ClassVar[CSSPathType | None] = ["app.tcss", "screens/mission.tcss"]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = keymap.bindings("app")

    def __init__(
        self,
        bridge: Bridge,
        *,
        clock: Clock | None = None,
        theme: str = "dark",
        ascii_only: bool = False,
        session: str = "",
        workspace: str = "",
        titled: bool = False,
        appearance: Appearance | None = None,
        complaints: Sequence[str] = (),
    ) -> None:
        # Textual greys colours out unless it is told before it starts that there are only the terminal's own.
        super().__init__(bridge, ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.clock: Clock = clock or SystemClock()
        self._ascii = ascii_only
        #: Whether the terminal has a title.
        self._titled = titled
        self._first_session = session
        self.workspace = workspace
        self.seen_files = SeenFiles()
        self._presence = Presence(bridge, self.clock)
        self._attention = Attention()
        #: What was chosen in the palette, the newest first.
        self._lately: list[tuple[str, str]] = []
        self._selected_text = ""
        #: Why the supervisor does not answer, as it was last said.
        self._ill = ""
        self.appearance = appearance or Appearance()
        self.keys, wrong = self._usable(self.appearance)
        #: What is wrong with the appearance that the person wished for; said once.
        self._complaints = (*complaints, *wrong)
        if self.keys.own:
            self.set_keymap(dict(self.keys.own))
        #: What holds where the settings name none.
        self._usual_theme = theme if self.appearance.theme is None else "dark"
        wanted = "ansi" if self.no_color else theme
        if self.theme != wanted:
            self.theme = wanted

    def _usable(self, appearance: Appearance) -> tuple[Keys, tuple[str, ...]]:
        """The keys in use; in a read-only application without those that change something."""
        keys, wrong = appearance.keys()
        return attrs.evolve(keys, looking=self.bridge.read_only), wrong

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Ours, from the first moment on: a change of theme at the start costs a second reading of all styles."""
        return {**textual_themes(), "textual-dark": textual_themes()["dark"]}

    @property
    def look(self) -> Look:
        """How everything is drawn now."""
        name = self.theme if self.theme in THEMES else "dark"
        return make_look(name, no_color=self.no_color, ascii_only=self._ascii)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables exist in every theme."""
        return css_variables(THEMES["dark"])

    def get_default_screen(self) -> Screen[Any]:
        """Mission control is the ground everything stands on."""
        return MissionScreen()

    def refresh_css(self, animate: bool = True) -> None:
        """Before the first screen there is nothing to style: the sheets are read once, when it comes."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    # Life.

    def on_mount(self) -> None:
        """Go to the session that was named; connect the bridge once the first screen stands."""
        self.set_class(self._ascii, "-ascii")
        if self._first_session:
            self.open_session(self._first_session)
        self._write(KEEP_TITLE, undone_by=GIVE_BACK)
        self.call_later(self._connect)
        if not self.is_headless:
            self.set_interval(HANG_UP_CHECK, self._leave_when_hung_up)

    def _leave_when_hung_up(self) -> None:
        """A terminal can vanish without the signal that says so; work goes on in the supervisor, this must not."""
        if terminal.hung_up():
            self.exit(0)

    def _connect(self) -> None:
        # Asked again rather than called after a refresh: a screen that a quick key covers is not refreshed any more.
        if (view := self.view) is None or not view.stands:
            self.set_timer(STANDS_CHECK, self._connect)
            return
        self.bridge.connect(
            lambda snapshot: self._from_thread(SnapshotRead(snapshot)),
            lambda ticket, result: self._from_thread(Answered(ticket, result)),
            lambda error: self._from_thread(ReadingFailed(error)),
        )
        # What was read between the screen's first look and now.
        if (latest := self.bridge.latest) is not None:
            self._presence.shown(latest.seq)
            view.receive(latest)
        if self._complaints:
            count = len(self._complaints)
            noun = "thing is" if count == 1 else "things are"
            self.tell_error(InvalidFile(f"{count} {noun} wrong in settings.yaml", problems=self._complaints))
        # Loading the engine takes the processor; the first frame comes before that.
        self.set_timer(WAKE_AFTER, self._begin_to_collect)
        self.set_timer(WAKE_AFTER, self._wake_supervisor)
        self.set_interval(SUPERVISOR_CHECK, self._wake_supervisor)
        self.set_interval(KEEP_LOOK, self._presence.keep)

    def _from_thread(self, message: SnapshotRead | Answered | ReadingFailed) -> None:
        if self.is_running:
            self.post_message(message)

    @staticmethod
    def _begin_to_collect() -> None:
        """Let the collector in that the start held off, but not among what was made for the first frame.

        Walking through all those modules and styles again and again would hold up keys.
        """
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    def _wake_supervisor(self) -> None:
        self.ask(lambda engine: engine.wake(), self._supervisor_well, self._supervisor_ill)

    def _supervisor_well(self, said: str) -> None:
        if said:
            self.tell(said, "good")
        elif self._ill:
            self.tell("The supervisor answers again.", "good")
        self._ill = ""

    def _supervisor_ill(self, error: OrionError) -> None:
        """In full when it becomes so; while it stays so, a line is enough."""
        first, self._ill = not self._ill, error.message
        # Nobody may be there to close a dialog on a display that only shows.
        if first and not self.bridge.read_only:
            self.tell_error(error)
        else:
            self.tell(error.message, "bad")

    def _write(self, sequence: str, *, undone_by: str = "") -> None:
        """A control sequence of our own, where the terminal is one that understands it."""
        driver = self._driver
        if sequence and self._titled and isinstance(driver, TerminalDriver):
            driver.write(sequence)
            driver.departure.owed += undone_by.encode("ascii")

    def on_unmount(self) -> None:
        """What was on show has been seen."""
        self._write(GIVE_BACK)
        self._presence.leave()

    def touched(self) -> None:
        """See Telling."""
        self._presence.touched()

    # What the bridge says.

    @on(SnapshotRead)
    def _show_snapshot(self, message: SnapshotRead) -> None:
        self._presence.shown(message.snapshot.seq)
        if self._attention.rings(message.snapshot) and self.appearance.bell:
            self.bell()
        self._write(self._attention.title(message.snapshot))
        for screen in reversed(self.screen_stack):
            if isinstance(screen, View):
                screen.receive(message.snapshot)
                break

    @on(ReadingFailed)
    def _reading_failed(self, message: ReadingFailed) -> None:
        if isinstance(message.error, LockedStore) and self.bridge.latest is not None:
            self.tell(f"{message.error.message}; it is tried again", "bad")
            return
        self.exit(message.error.exit_code, return_code=message.error.exit_code, message=None)
        self.failure = message.error

    failure: OrionError | None = None
    #: What went wrong where nothing may, as a traceback; "" otherwise.
    crash = ""

    def _fatal_error(self) -> None:
        # Textual prints all local variables: credentials may be among them, and text of others, as it came.
        self.crash = self.crash or traceback.format_exc()
        self._close_messages_no_wait()

    # What the person asks for.

    async def action_quit(self) -> None:
        """At once."""
        self.exit(0)

    def action_palette(self) -> None:
        """Anything by name."""
        from orion_tui.commands import Command, Kind
        from orion_tui.screens.palette import PaletteScreen

        if not isinstance(self.screen, View):
            return
        view = self.screen

        async def chosen(command: Command | None) -> None:
            if command is None:
                return
            self._lately = [command.same, *(same for same in self._lately if same != command.same)][:LATELY]
            if command.action:
                await self.run_action(command.action, view if command.owner == "screen" else self)
            elif (go := ways.get(command.kind)) is not None:
                go(command.target)

        ways = {Kind.SESSIONS: self.open_session, Kind.ROLES: self.open_role, Kind.SETTINGS: self.open_setting}
        self.push_screen(PaletteScreen(view.VIEW, self.keys, self.bridge.latest, self._lately), chosen)

    def action_copy(self) -> None:
        """What is under the cursor, to the terminal's clipboard or into a file."""
        from orion_tui.copying import copy
        from orion_tui.screens.copying import under_cursor

        view = self.view
        copied = under_cursor(view) if view is not None and self.screen is view else None
        if copied is None:
            self.tell("There is nothing under the cursor to copy.", "muted")
            return
        keep = None if self.bridge.read_only else self.ask
        copy(copied, self.appearance.clipboard, self.terminal_clipboard, write=self._send, keep=keep, say=self.tell)

    @cached_property
    def terminal_clipboard(self) -> "Clipboard":
        """What the terminal does with a text for its clipboard; told from the environment when something is copied."""
        from orion_tui.clipboard import detect

        return detect()

    @property
    def clipboard(self) -> str:
        """What was selected last in an entry: what pasting with a key puts in."""
        return self._selected_text

    def copy_to_clipboard(self, text: str) -> None:
        """What was selected in an entry; Textual's own way would write to every terminal, whatever the settings say."""
        self._selected_text = text
        if self.appearance.clipboard in {"auto", "osc52"} and (sequence := self.terminal_clipboard.sequence(text)):
            self._send(sequence)

    def _send(self, sequence: str) -> bool:
        driver = self._driver
        if driver is None or self.is_headless:
            return False
        driver.write(sequence)
        return True

    def action_theme(self, name: str) -> None:
        """Another theme, for this run."""
        self.theme = name

    def take_appearance(self, appearance: Appearance) -> None:
        """Look and keys as the settings now say; what else there is shows itself at the next start."""
        before, self.appearance = self.appearance, appearance
        self.keys, _ = self._usable(appearance)
        self.set_keymap(dict(self.keys.own))
        if appearance.theme != before.theme and not self.no_color:
            self.theme = appearance.theme or self._usual_theme
        if appearance.ascii is not None and appearance.ascii != self._ascii:
            self._ascii = appearance.ascii
            self.set_class(self._ascii, "-ascii")
        if appearance != before and (view := self.view) is not None:
            view.refresh_frame()
            self.screen.refresh(layout=True)
