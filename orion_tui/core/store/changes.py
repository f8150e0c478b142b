"""Whether anything changed: the cheapest question a reader can ask."""

from orion_tui.core.store.connection import Reader


def data_version(reader: Reader) -> int:
    """A number that differs from the last one on this thread exactly when something was committed in between.

    Microseconds; meant to be asked 10 to 20 times a second. Comparable only on the same thread.
    """
    row = reader.row("PRAGMA data_version")
    return int(row[0]) if row else 0
