"""What copying asks of the engine: a place to keep what was copied."""

from typing import Protocol


class CopiesCommands(Protocol):
    """Copies that a terminal may not have taken."""

    def keep_copy(self, text: str) -> str:
        """Keep it in a file that its owner alone can read; the path, for people. StoreError where it cannot be."""
        ...
