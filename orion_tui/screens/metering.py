"""What a session's sandbox uses, on a line that is there while there is something to say."""

from orion_tui.bridge.snapshots import ACTIVE
from orion_tui.core.models.meters import Used, processor_share
from orion_tui.core.models.sessions import Session
from orion_tui.screens.base import View
from orion_tui.widgets.fact_line import FactLine
from orion_tui.widgets.meters import meter_facts

#: Seconds between two readings, while this screen is in front.
METER = 1.0


class Metering(View):
    """A screen with a line for the meters of its session's sandbox."""

    _reading = False
    _used: Used | None = None
    _share: float | None = None

    @property
    def session(self) -> Session | None:
        """Whose sandbox it is; None before that is known."""
        raise NotImplementedError

    @property
    def metered(self) -> bool:
        """Whether the meters are shown."""
        return self._used is not None

    def meters_changed(self) -> None:
        """They are shown now, or no longer."""

    def _meter(self) -> None:
        """One reading at a time, and none of a session that has no sandbox any more."""
        session = self.session
        if self._reading or not self.in_front or session is None:
            return
        if session.state not in ACTIVE:
            self._show_meters(None)
            return
        session_id = session.id
        self._reading = True
        self.look_up(lambda engine: engine.meters(session_id), self._metered, lambda _: self._metered(None))

    def _metered(self, used: Used | None) -> None:
        self._reading = False
        if self.alive:
            self._show_meters(used)

    def _show_meters(self, used: Used | None) -> None:
        session, shown = self.session, self.metered
        if used is None:
            self._share = None
        elif used != self._used:
            self._share = processor_share(self._used, used)
        self._used = used
        line = self.query_one("#meters", FactLine)
        if used is not None and session is not None:
            line.write(lambda width: meter_facts(used, self._share, session, width))
        if shown != self.metered:
            line.display = self.metered
            self.meters_changed()
