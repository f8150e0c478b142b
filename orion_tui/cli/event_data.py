"""What an event carries, value by value, as short lines."""

from typing import Any, cast

from orion_tui.cli.output import one_line

#: Enough of a command or reason to know it again.
_LONG = 160


class Getter:
    """Data of an event by key, as a short line; empty where it is missing."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    def __call__(self, key: str) -> str:
        """The value; of a list its members."""
        value = self._data.get(key, "")
        return one_line(
            ", ".join(map(str, cast("list[object]", value))) if isinstance(value, list) else str(value), _LONG
        )

    def after(self, separator: str, key: str) -> str:
        """The value with `separator` before it, or nothing at all."""
        value = self(key)
        return f"{separator}{value}" if value else ""
