"""From one live session to the next with a key, those that wait first; each keeps its place while one turns."""

from typing import Any

from textual.screen import Screen

from orion_tui.bridge.snapshots import ACTIVE, NeedKind, Snapshot
from orion_tui.screens.base import View
from orion_tui.themes import app_of

#: Screens that are kept at most beside the one in front.
MOST = 8


def order(snapshot: Snapshot | None, here: str) -> tuple[str, ...]:
    """Ids of the sessions to turn through: those that wait for the person, oldest first, then those at work.

    The one that is `here` is among them whatever its state.
    """
    if snapshot is None:
        return (here,)
    waiting = [need.session.id for need in snapshot.needs if need.kind is not NeedKind.REVIEW]
    working = [session.id for session in snapshot.sessions if session.state in ACTIVE]
    found = tuple(dict.fromkeys((*waiting, *working)))
    return found if here in found else (*found, here)


class Turning(View):
    """A screen of one session that can give its place to another's."""

    session_id: str

    def of(self, session_id: str) -> "Turning":
        """A new screen for that session."""
        raise NotImplementedError

    def action_next_session(self) -> None:
        """The next one."""
        self._go_round(1)

    def action_previous_session(self) -> None:
        """The one before."""
        self._go_round(-1)

    def _go_round(self, direction: int) -> None:
        ids = order(self.snapshot, self.session_id)
        if len(ids) == 1:
            self.say("No other session waits or is at work.", "muted")
            return
        wanted = ids[(ids.index(self.session_id) + direction) % len(ids)]
        app: Any = app_of(self)  # Textual leaves the types of its screens open
        _keep(app, self)
        name = _screen_name(wanted)
        if not app.is_screen_installed(name):
            app.install_screen(self.of(wanted), name)
        app.switch_screen(name)

    def on_screen_suspend(self) -> None:
        """Once nobody is among the sessions any more, the places are forgotten."""
        app: Any = app_of(self)
        app.call_later(_tidy, app)


def _screen_name(session_id: str) -> str:
    return f"session-{session_id}"


def _kept(app: Any) -> dict[str, Screen[Any]]:
    installed: dict[str, Any] = getattr(app, "_installed_screens")  # noqa: B009 - Textual has no public list of them
    return {name: screen for name, screen in installed.items() if isinstance(screen, Turning)}


def _keep(app: Any, screen: Turning) -> None:
    """See to it that the screen outlives its leaving."""
    name = _screen_name(screen.session_id)
    kept = _kept(app)
    if kept.get(name) is screen:
        return
    if name in kept:
        _drop(app, kept.pop(name))
    for oldest in list(kept.values())[: max(0, len(kept) - MOST + 1)]:
        _drop(app, oldest)
    app.install_screen(screen, name)


def _drop(app: Any, screen: Screen[Any]) -> None:
    if screen not in app.screen_stack:
        app.uninstall_screen(screen)
        screen.remove()


def _tidy(app: Any) -> None:
    if not any(isinstance(screen, Turning) for screen in app.screen_stack):
        for screen in _kept(app).values():
            _drop(app, screen)
