"""The part of a log that is held: a run of events that grows where it is looked at and is let go elsewhere."""

from bisect import bisect_left

import attrs

from orion_tui.bridge.pages_port import EventPages
from orion_tui.core.models.events import Event
from orion_tui.core.store.event_pages import Stretch, Which

#: Events read at a time.
PAGE = 200
#: Events that are held, at the most.
KEEP = 2_000
#: Behind every event.
END = 1 << 62


@attrs.frozen(kw_only=True)
class Around:
    """What lies around a place: the events before it, and those from it on."""

    before: Stretch
    onward: Stretch
    #: A seq with nothing before it.
    first: int


def read_end(reads: EventPages, which: Which) -> Around:
    """The newest events."""
    before = reads.events_back(which, END, PAGE)
    onward = Stretch(events=(), reached=before.newest, ended=True, newest=before.newest)
    return Around(before=before, onward=onward, first=reads.events_first(which))


def read_around(reads: EventPages, which: Which, seq: int) -> Around:
    """The events before `seq`, and those from it on."""
    before = reads.events_back(which, seq, PAGE)
    return Around(
        before=before, onward=reads.events_onward(which, max(0, seq - 1), PAGE), first=reads.events_first(which)
    )


class EventWindow:
    """Events between two cursors, all that belong; oldest first."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        #: Everything from the one to the other is held: seqs, both included.
        self.low = self.high = 0
        #: Whether there is nothing before, or behind.
        self.begins = self.ends = False
        self.first = 1
        self.newest = 0

    @property
    def seqs(self) -> list[int]:
        """Of the events held, in order."""
        return [event.seq for event in self.events]

    def holds(self, seq: int) -> bool:
        """Whether the event of that seq is held, if it belongs."""
        return bool(self.events) and self.low <= seq <= self.high

    def place(self, seq: int) -> int:
        """Index of the first event from `seq` on."""
        return bisect_left(self.events, seq, key=lambda event: event.seq)

    def move(self, around: Around) -> None:
        """Hold what lies there, and nothing else."""
        self.events = [*around.before.events, *around.onward.events]
        self.low, self.high = around.before.reached, around.onward.reached
        self.begins, self.ends = around.before.ended, around.onward.ended
        self.first, self.newest = around.first, max(around.before.newest, around.onward.newest)

    def extend_back(self, stretch: Stretch) -> None:
        """Take what lies before, and let go of the far end."""
        self.events[:0] = stretch.events
        self.low, self.begins = stretch.reached, stretch.ended
        if len(self.events) > KEEP:
            del self.events[KEEP:]
            self.high, self.ends = self.events[-1].seq, False

    def extend_onward(self, stretch: Stretch) -> None:
        """Take what lies behind, and let go of the far end."""
        self.events += stretch.events
        self.high, self.ends, self.newest = stretch.reached, stretch.ended, max(self.newest, stretch.newest)
        if (over := len(self.events) - KEEP) > 0:
            del self.events[:over]
            self.low, self.begins = self.events[0].seq, False

    def share(self, seq: int) -> int:
        """How far along the whole log a place is, in percent."""
        length = max(1, self.newest - self.first)
        return max(0, min(100, round((seq - self.first) * 100 / length)))

    def at_share(self, percent: float) -> int:
        """The seq that far along."""
        return self.first + round((self.newest - self.first) * max(0.0, min(100.0, percent)) / 100)
