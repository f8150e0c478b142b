"""Behind an action: how it was decided, what ran, what came back; behind a question to a model: all that it said."""

from collections.abc import Sequence

from textual.app import ComposeResult

from orion_tui import keymap
from orion_tui.bridge.entry_views import ActionView, ModelTurn
from orion_tui.bridge.live_view import Live
from orion_tui.bridge.snapshots import Interest, Snapshot
from orion_tui.core.models.steps import Step
from orion_tui.screens.base import View
from orion_tui.widgets.decision_lines import decision_lines
from orion_tui.widgets.document import Document
from orion_tui.widgets.reply_lines import reply_lines


class DecisionScreen(View):
    """One action in full; `n` and `N` go through all of the session."""

    VIEW = "decision"
    BINDINGS = keymap.bindings("decision")

    def __init__(self, session_id: str, seq: int) -> None:
        super().__init__()
        self.session_id = session_id
        self._seq = seq
        self._live: Live | None = None
        self._step: Step | None = None
        self._asked: tuple[int, int | None] = (0, None)

    def body(self) -> ComposeResult:
        """See View."""
        yield Document(id="decision")

    def path(self) -> tuple[str, ...]:
        """See View."""
        return self.path_of(self.session_id, "decision")

    def keys(self) -> Sequence[str]:
        """See View."""
        return ("decision.next", "decision.previous", "lines.down", "lines.up", "pane.out")

    def interest(self) -> Interest:
        """See View."""
        return Interest(live=self.session_id)

    def on_mount(self) -> None:
        """The text has the keys."""
        self.query_one(Document).focus()

    def show(self, snapshot: Snapshot) -> None:
        """See View."""
        if snapshot.live is not None and snapshot.live.session.id.startswith(self.session_id):
            self._live = snapshot.live
            self._write()

    @property
    def _actions(self) -> list[ActionView | ModelTurn]:
        entries = self._live.entries if self._live is not None else ()
        return [entry for entry in entries if isinstance(entry, ActionView | ModelTurn)]

    def _write(self) -> None:
        live = self._live
        actions = self._actions
        place = next((i for i, a in enumerate(actions) if a.seq == self._seq), None)
        if live is None or place is None:
            return
        action = actions[place]
        if action.step is not None and self._asked != (action.seq, action.step):
            self._asked = (action.seq, action.step)
            step_number = action.step
            self.look_up(lambda engine: engine.step(live.session.id, step_number), self._got)
        step = self._step if self._step is not None and self._step.n == action.step else None
        task = next((t for t in live.tasks if t.id == action.task), None)
        pane, glyphs = self.query_one(Document), self.orion.look.glyphs
        if isinstance(action, ModelTurn):
            turn = action
            pane.retitle(f"question to a model, {place + 1} of {len(actions)}")
            pane.write(lambda width, _h: reply_lines(turn, step, task, width, glyphs))
        else:
            done = action
            pane.retitle(f"action {place + 1} of {len(actions)}")
            pane.write(lambda width, _h: decision_lines(done, step, task, live.checkpoints, width, glyphs))

    def _got(self, step: Step | None) -> None:
        self._step = step
        if self.alive:
            self._write()

    def action_next(self) -> None:
        """Next action."""
        self._go(1)

    def action_previous(self) -> None:
        """Previous action."""
        self._go(-1)

    def _go(self, direction: int) -> None:
        actions = self._actions
        place = next((i for i, a in enumerate(actions) if a.seq == self._seq), 0) + direction
        if not 0 <= place < len(actions):
            self.say("That was the last action." if direction > 0 else "That was the first action.", "muted")
            return
        self._seq = actions[place].seq
        self.query_one(Document).go(0)
        self._write()
