"""What all screens share: header, footer, the snapshot, and saying so when the terminal is too small."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.geometry import Size
from textual.widget import Widget

from orion_tui import keymap
from orion_tui.base.errors import OrionError
from orion_tui.bridge.snapshots import Interest, Snapshot
from orion_tui.screens.early import LeftEarly
from orion_tui.terminal import MINIMUM_HEIGHT, MINIMUM_WIDTH
from orion_tui.themes import app_of
from orion_tui.widgets.key_footer import ALWAYS, KeyFooter
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.path_header import PathHeader
from orion_tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from orion_tui.bridge.port import Commands
    from orion_tui.core.models.sessions import Approval, Session
    from orion_tui.screens.host import Host

R = TypeVar("R")

#: What a key that changes something is answered where nothing can be changed.
READ_ONLY = "Read-only: nothing can be changed here. To act, start without --read-only."

#: From these widths list and detail stand side by side, and there is room for a second text.
WIDE = 100
BROAD = 140
#: From this height there is room for output below the actions.
HIGH = 32

#: Seconds that the first frame waits for the first snapshot, and for the last layout; then it shows what stands.
PATIENCE = 0.25


class View(LeftEarly[None], inherit_bindings=False):
    """A full screen of the application. Subclasses compose a body and say what they want read."""

    #: Name in the catalogue of keys.
    VIEW: ClassVar[str] = ""
    BINDINGS = keymap.bindings("pane")
    ALLOW_SELECT = False
    #: The session that the whole screen is about, by its id or the beginning of it; "" for none.
    session_id: str = ""

    def __init__(self) -> None:
        super().__init__(classes="view")
        self.snapshot: Snapshot | None = None
        #: Whether the body stands, so that it can be asked and told.
        self.stands = False

    # What a subclass says.

    def body(self) -> ComposeResult:
        """The widgets between header and footer."""
        raise NotImplementedError

    def path(self) -> tuple[str, ...]:
        """Where one is, for the header."""
        raise NotImplementedError

    def path_of(self, session_id: str, *places: str) -> tuple[str, ...]:
        """The path to a place of a session: by its workspace's name where the session is known."""
        session = self._session_of(session_id)
        return (workspace_name(session) if session is not None else "session", session_id[:8], *places)

    def _session_of(self, session_id: str) -> "Session | None":
        """That session's row, where the snapshot holds it."""
        sessions = self.snapshot.known if self.snapshot is not None else ()
        return next((session for session in sessions if session.id.startswith(session_id)), None)

    def keys(self) -> Sequence[str]:
        """Ids of the keys that matter now, for the footer."""
        return ()

    #: The keys of a line that is being entered; every other key is a letter then.
    entering: tuple[str, ...] = ()

    def key(self, name: str) -> str:
        """How the key with this id is shown, as the person has set it."""
        return keymap.keys_of(self).get(name).shown

    def always(self) -> Sequence[str]:
        """Ids of the keys at the end of the footer, for which there is always room."""
        return ALWAYS

    def interest(self) -> Interest:
        """What to read for this screen."""
        return Interest()

    def show(self, snapshot: Snapshot) -> None:
        """Put a snapshot on show."""

    @property
    def asked(self) -> "Approval | None":
        """The approval that the whole screen is about."""
        return None

    # What all do.

    @property
    def orion(self) -> "Host":
        """The application."""
        return cast("Host", app_of(self))

    @property
    def in_front(self) -> bool:
        """Whether no other screen, dialogs aside, covers this one; `is_current` holds for the one below, too."""
        return next((s for s in reversed(app_of(self).screen_stack) if isinstance(s, View)), None) is self

    @property
    def below(self) -> "View | None":
        """The screen that this one was opened from."""
        stack = [screen for screen in app_of(self).screen_stack if isinstance(screen, View)]
        place = stack.index(self) if self in stack else 0
        return stack[place - 1] if place else None

    @property
    def alive(self) -> bool:
        """Whether the screen can be told something: its body stands, and it was not left meanwhile."""
        return self.stands and self.is_attached

    def compose(self) -> ComposeResult:
        """Header, body, footer; and the message for a small terminal, shown instead of them."""
        # Before there is anything to style: told with the first resize, all of it would be styled twice.
        self.update_classes(self._room(), update=False)
        yield PathHeader()
        yield from self.body()
        yield KeyFooter()
        yield TooSmall()

    def on_mount(self) -> None:
        """The body stands: show what is known already, and ask for what it needs."""
        self.stands = True
        self.receive(self.orion.bridge.latest)
        self.attend()
        self.set_timer(PATIENCE, self._wait_no_longer)

    def on_screen_resume(self) -> None:
        """In front again: read for this screen."""
        self.receive(self.orion.bridge.latest)
        self.attend()

    def on_screen_suspend(self) -> None:
        """Something lies upon it: its keys do nothing now."""
        self.refresh_frame()

    def receive(self, snapshot: Snapshot | None) -> None:
        """Take a new snapshot."""
        first = self.snapshot is None
        self.snapshot = snapshot
        if snapshot is not None and self.stands:
            self.show(snapshot)
            if first:
                self.refresh()
        self.refresh_frame()

    #: Whether anything of this screen was painted yet, whether that waited long enough, and whether the screen was laid
    #: out since somebody wanted to paint it.
    _painted = False
    _impatient = False
    _laid_out = False

    def _wait_no_longer(self) -> None:
        if not self._painted:
            self._impatient = True
            self.refresh()

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        self._laid_out = True
        super()._refresh_layout(size, scroll)

    def _compositor_refresh(self) -> None:
        # The first snapshot comes at once or soon; frames with nothing in them are not worth their bytes until then.
        # Nor are those that are painted over at once: Textual lays a new screen out several times, because widgets
        # ask for another layout when they learn their sizes. The first frame comes when none was asked for any more.
        if not self._painted and not self._impatient:
            if self.snapshot is None:
                return
            if self._laid_out:
                self._laid_out = False
                self.refresh()
                return
        self._painted = True
        super()._compositor_refresh()

    def refresh_frame(self) -> None:
        """Header and footer as things stand."""
        if not self.stands:
            return
        about = self._session_of(self.session_id) if self.session_id else None
        self.query_one(PathHeader).show(self.path(), self.snapshot, about)
        # What a dialog lies upon has no keys; the dialog names its own.
        free = app_of(self).screen is self
        keys, always = (self.entering, ()) if self.entering else (self.keys(), self.always())
        self.footer.show(keys if free else (), back=self.orion.has_back, always=always if free else ())

    def attend(self) -> None:
        """The interest changed: ask for it, if this screen is in front."""
        if self.stands and self.in_front:
            self.orion.bridge.watch(self.interest())

    @property
    def footer(self) -> KeyFooter:
        """The bottom line."""
        return self.query_one(KeyFooter)

    def say(self, text: str, style: str = "text") -> None:
        """One line for the person, until the next key or for some seconds."""
        self.footer.say(text, style)

    def on_resize(self) -> None:
        """Style sheets are told how much room there is. Too small is said, not drawn over."""
        room = self._room()
        small = room["-too-small"]
        if small and not self.has_class("-too-small"):
            self._had_keys = self.focused
        elif not small and self.has_class("-too-small"):
            # What is hidden loses the keys; they come back with the picture.
            self.call_after_refresh(self._give_keys_back)
        self.update_classes(room, animate=False)

    def _room(self) -> dict[str, bool]:
        """What style sheets are told of the room there is."""
        width, height = app_of(self).size
        return {
            "-wide": width >= WIDE,
            "-broad": width >= BROAD,
            "-high": height >= HIGH,
            "-too-small": width < MINIMUM_WIDTH or height < MINIMUM_HEIGHT,
        }

    _had_keys: Widget | None = None

    def _give_keys_back(self) -> None:
        if self.alive and self.focused is None and self._had_keys is not None and self._had_keys.is_attached:
            self._had_keys.focus()

    def action_out(self) -> None:
        """Esc: back out. On the outermost screen it does nothing, which is where out ends."""
        self.orion.leave(self)

    def command(
        self,
        job: "Callable[[Commands], R]",
        done: Callable[[R], None],
        failed: Callable[[OrionError], None] | None = None,
    ) -> None:
        """Do something in the command thread; `done` or `failed` follows in this one."""
        self.orion.ask(job, done, failed or self.orion.tell_error)

    def look_up(
        self,
        job: "Callable[[Commands], R]",
        done: Callable[[R], None],
        failed: Callable[[OrionError], None] | None = None,
    ) -> None:
        """Look at something that takes its time."""
        self.orion.ask(job, done, failed or self.orion.tell_error, slow=True)

    def pane(self, selector: str) -> Widget:
        """A widget of this screen by selector."""
        return self.query_one(selector, Widget)
