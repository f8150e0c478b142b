"""A row of numbers as a row of columns, one cell each."""

from collections.abc import Sequence

from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part

#: From little to most; a stretch with nothing has the first sign of all.
_COLUMNS = "▁▂▃▄▅▆▇█"
_ASCII = ".:-=+*#%"


def spark(numbers: Sequence[float], glyphs: Glyphs) -> list[Part]:
    """Columns in proportion to the largest; what is above nothing is always above the ground line."""
    signs = _ASCII if glyphs.ascii else _COLUMNS
    most = max(numbers, default=0.0)
    parts: list[Part] = []
    for number in numbers:
        some = number > 0 and most > 0
        step = max(1, round(number / most * (len(signs) - 1))) if some else 0
        parts.append((signs[step], "accent" if some else "faint"))
    return parts
