"""What screens ask of the application they stand in, so that they need not know it."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

from orion_tui.base.clock import Clock
from orion_tui.base.errors import OrionError
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.diff_port import WHOLE, Span
from orion_tui.bridge.goal_port import GoalRequest
from orion_tui.bridge.port import Commands, Reads
from orion_tui.core.appearance import Appearance
from orion_tui.core.store.event_pages import Which
from orion_tui.core.store.session_pages import SessionFilter
from orion_tui.screens.seen import SeenFiles
from orion_tui.themes import Look

R = TypeVar("R")
S = TypeVar("S")


class Host(Protocol):
    """The application, as screens see it."""

    bridge: Bridge
    clock: Clock
    #: A goal that was begun and left.
    goal_draft: GoalRequest | None
    #: Files of diffs that were marked as seen.
    seen_files: SeenFiles

    @property
    def look(self) -> Look:
        """How everything is drawn."""
        ...

    @property
    def has_back(self) -> bool:
        """Whether `q` leads back rather than out."""
        ...

    def push_screen(self, screen: Screen[S], callback: Callable[[S | None], Any] | None = None) -> AwaitComplete:
        """Put a screen or dialog in front."""
        ...

    def ask(
        self,
        job: Callable[[Commands], R],
        done: Callable[[R], object],
        failed: Callable[[OrionError], None] | None = None,
        *,
        slow: bool = False,
    ) -> None:
        """Give the bridge a job; `done` or `failed` is called with what came."""
        ...

    def read(
        self,
        job: Callable[[Reads], R],
        done: Callable[[R], object],
        failed: Callable[[OrionError], None] | None = None,
    ) -> None:
        """Have a page read; `done` or `failed` is called with what came."""
        ...

    def take_appearance(self, appearance: Appearance) -> None:
        """Look and keys as the settings now say."""
        ...

    def tell(self, text: str, style: str = "text") -> None:
        """One line at the bottom, until the next key or for some seconds."""
        ...

    def tell_error(self, error: OrionError) -> None:
        """An error, with all it has to say."""
        ...

    def leave(self, screen: Screen[Any]) -> None:
        """Out of a screen, to the one below."""
        ...

    def open_session(self, session_id: str) -> None:
        """One session, live."""
        ...

    def open_plan(self, session_id: str) -> None:
        """The plan that a session wants to have seen."""
        ...

    def open_decision(self, session_id: str, seq: int) -> None:
        """How one action was decided."""
        ...

    def open_event(self, session_id: str, seq: int) -> None:
        """The log at one event."""
        ...

    def open_approval(self, approval_id: str) -> None:
        """One approval's card."""
        ...

    def open_diff(self, session_id: str, span: Span = WHOLE, title: str = "diff", *, at: str = "") -> None:
        """What a session changed, or what lies between two commits of it; `at` a file."""
        ...

    def open_timeline(self, session_id: str) -> None:
        """What it can be taken back to."""
        ...

    def open_log(self, session_id: str) -> None:
        """What happened."""
        ...

    def open_events(self, which: Which, words: str = "") -> None:
        """Some of what happened; `words` say what."""
        ...

    def open_sessions(self, which: SessionFilter, words: str = "") -> None:
        """Some of the sessions; `words` say which."""
        ...

    def open_promotion(self, session_id: str) -> None:
        """Promote."""
        ...

    def open_undo(self, session_id: str) -> None:
        """Take a promotion back."""
        ...
