"""The bridge of `--read-only`: what only looks is passed on, everything else is refused, here and in the store below.

What is not named here is refused, so that a command that is added later changes nothing before somebody has said that
it does not.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from orion_tui.base.clock import SystemClock
from orion_tui.base.errors import StateError
from orion_tui.base.paths import OrionHome

if TYPE_CHECKING:
    from orion_tui.bridge.port import Commands

#: Commands that change nothing, neither in the store nor in a repository nor by starting anything.
LOOKS = frozenset(
    {"words", "step", "diff", "file_diff", "timeline", "auth", "settings", "plan_view"}
    | {"find_sessions", "roles", "role", "counts", "sides", "printing", "meters", "reaches"}
)

REFUSED = "Read-only: nothing can be changed from here."
REMEDY = "start orion-tui without --read-only"


class OnlyLooks:
    """`Commands` of which the looks are left; the rest raises StateError."""

    def __init__(self, inner: "Commands") -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> "Callable[..., object]":
        if name in LOOKS:
            return cast("Callable[..., object]", getattr(self._inner, name))
        return _refuse

    def close(self) -> None:
        """See Commands."""
        self._inner.close()


class Lookout(OnlyLooks):
    """The looks, with an engine that makes no directory, migrates nothing, writes nothing and starts no supervisor."""

    def __init__(self, home: OrionHome) -> None:
        from orion_tui.bridge.engine_commands import EngineCommands
        from orion_tui.core.engine import Engine
        from orion_tui.core.store.looking import LookingStore

        clock = SystemClock()
        self._engine = Engine(home=home, store=LookingStore.open(home.database, clock), clock=clock, wake=_refuse)
        super().__init__(EngineCommands(home, self._engine))

    def wake(self) -> str:
        """What is wrong with the supervisor, raised as StateError; none is started."""
        now = self._engine.supervisor()
        if now.trouble:
            raise StateError(f"{now.trouble} ({now.remedy})")
        if self._engine.stands_still():
            raise StateError("Work stands still: no supervisor runs (orion daemon start).")
        return ""


def _refuse(*_: object, **__: object) -> None:
    raise StateError(REFUSED, hint=REMEDY)
