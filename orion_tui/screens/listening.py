"""What a session's model says and what its command prints, while they do."""

from orion_tui.bridge.entry_views import ActionState, ActionView, ModelTurn, TurnState
from orion_tui.bridge.live_view import Live
from orion_tui.bridge.port import Said
from orion_tui.bridge.snapshots import ACTIVE
from orion_tui.core.session.stuck import needs_person
from orion_tui.keymap import keys_of
from orion_tui.screens.base import View
from orion_tui.screens.live_facts import newest_turn
from orion_tui.widgets.reasons import reason_of
from orion_tui.widgets.speech import Speech

#: Seconds between two looks at what the model says or the command prints, while this screen is in front.
LISTEN = 0.12


class Listening(View):
    """A screen with panes for what the model of its session says, and for what its command in flight prints."""

    _live: Live | None = None
    _listening = False
    #: What the command in flight has printed so far.
    _printed: Said | None = None

    def printed(self) -> None:
        """The command in flight has printed more, or none is any more."""

    @property
    def _turn(self) -> ModelTurn | None:
        """The newest question to a model."""
        return newest_turn(self._live) if self._live is not None else None

    def _listen(self) -> None:
        """One look at a time, and only while something can be heard and seen."""
        turn, live = self._turn, self._live
        if self._listening or not self.in_front or live is None:
            return
        session_id = live.session.id
        if turn is not None and turn.state is TurnState.ASKING:
            self._listening = True
            self.look_up(lambda engine: engine.words(session_id), self._heard, lambda _: self._heard(None))
        elif self.in_flight is not None:
            self._listening = True
            self.look_up(lambda engine: engine.printing(session_id), self._saw, lambda _: self._saw(None))
        elif self._printed is not None:
            self._printed = None
            self.printed()

    @property
    def in_flight(self) -> ActionView | None:
        """The action that runs now."""
        entries = self._live.entries[-8:] if self._live is not None else ()
        running = (e for e in reversed(entries) if isinstance(e, ActionView) and e.state is ActionState.RUNNING)
        return next(running, None)

    def _saw(self, printed: Said | None) -> None:
        self._listening = False
        if self.alive and printed is not None and printed != self._printed:
            self._printed = printed
            self.printed()

    def _heard(self, said: Said | None) -> None:
        self._listening = False
        turn = self._turn
        if not self.alive or said is None or turn is None or turn.state is not TurnState.ASKING:
            return
        self._speech.hear(said.text)

    @property
    def _speech(self) -> Speech:
        return self.query_one("#speech", Speech)

    def _show_speech(self) -> None:
        """The pane is there for sessions in which models are asked; it says what was said last."""
        live, turn = self._live, self._turn
        asked = live is not None and (bool(live.session.models) or turn is not None)
        printing = self._printed is not None and not self.has_class("-high")
        self._speech.display = asked and not printing
        if not asked:
            return
        session = live.session if live is not None else None
        stuck = reason_of(session, keys_of(self), "live.pause") if session is not None and needs_person(session) else ""
        self._speech.attend(turn, waits=session is not None and session.state in ACTIVE, stuck=stuck)
