"""What the application asks the bridge, and whom an answer goes to."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual import on

from orion_tui.base.errors import OrionError
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.messages import Answered
from orion_tui.telling import Telling
from orion_tui.tty.driver import TerminalDriver

if TYPE_CHECKING:
    from orion_tui.bridge.port import Commands, Reads

R = TypeVar("R")


class Asking(Telling):
    """An application over one bridge, which carries out what it is given and answers later."""

    def __init__(self, bridge: Bridge, *, ansi_color: bool | None) -> None:
        super().__init__(driver_class=TerminalDriver, ansi_color=ansi_color)
        self.bridge = bridge
        #: What to do with the answer to each ticket: the good one, the bad one.
        self._waiting: dict[int, tuple[Callable[[Any], None], Callable[[OrionError], None]]] = {}

    def ask(
        self,
        job: "Callable[[Commands], R]",
        done: "Callable[[R], object]",
        failed: "Callable[[OrionError], None] | None" = None,
        *,
        slow: bool = False,
    ) -> None:
        """Give a job to the bridge; `done` or `failed` is called here with what came."""
        ticket = self.bridge.look(job) if slow else self.bridge.command(job)
        self._waiting[ticket] = (cast("Callable[[Any], None]", done), failed or self.tell_error)

    def read(
        self,
        job: "Callable[[Reads], R]",
        done: "Callable[[R], object]",
        failed: "Callable[[OrionError], None] | None" = None,
    ) -> None:
        """Have a page read; `done` or `failed` is called here with what came."""
        self._waiting[self.bridge.page(job)] = (cast("Callable[[Any], None]", done), failed or self.tell_error)

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        done, failed = self._waiting.pop(message.ticket, (None, None))
        result = message.result
        if isinstance(result, OrionError):
            if failed is not None:
                failed(result)
        elif isinstance(result, Exception):
            (failed or self.tell_error)(OrionError(f"something unexpected went wrong: {result!r}"))
        elif done is not None:
            done(result)
