"""What the bridge's threads tell the screen, in the past tense."""

from textual.message import Message

from orion_tui.base.errors import OrionError
from orion_tui.bridge.snapshots import Snapshot


class SnapshotRead(Message):
    """The store changed, and this is how things stand; a newer one replaces it in the queue."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Only the newest matters."""
        return isinstance(message, SnapshotRead)


class Answered(Message):
    """A command or look ended: with a value, or with the error that it raised."""

    def __init__(self, ticket: int, result: object) -> None:
        super().__init__()
        self.ticket = ticket
        self.result = result


class ReadingFailed(Message):
    """The store cannot be read any more; nothing that is shown can be trusted to be current."""

    def __init__(self, error: OrionError) -> None:
        super().__init__()
        self.error = error
