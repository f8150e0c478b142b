"""What a session's model says, while it says it."""

from orion_tui.bridge.port import Said
from orion_tui.bridge.snapshots import ACTIVE, Live, ModelTurn, TurnState
from orion_tui.core.session.stuck import needs_person
from orion_tui.screens.base import View
from orion_tui.screens.live_facts import newest_turn
from orion_tui.widgets.speech import Speech

#: Seconds between two looks at what the model says, while it is asked and this screen is in front.
LISTEN = 0.12


class Listening(View):
    """A screen with a pane for what the model of its session says."""

    _live: Live | None = None
    _listening = False

    @property
    def _turn(self) -> ModelTurn | None:
        """The newest question to a model."""
        return newest_turn(self._live) if self._live is not None else None

    def _listen(self) -> None:
        """One look at a time, and only while something can be heard and seen."""
        turn, live = self._turn, self._live
        if self._listening or not self.in_front or live is None or turn is None or turn.state is not TurnState.ASKING:
            return
        self._listening = True
        session_id = live.session.id
        self.look_up(lambda engine: engine.words(session_id), self._heard, lambda _: self._heard(None))

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
        self._speech.display = asked
        if not asked:
            return
        session = live.session if live is not None else None
        stuck = session.reason if session is not None and needs_person(session) else ""
        self._speech.attend(turn, waits=session is not None and session.state in ACTIVE, stuck=stuck)
