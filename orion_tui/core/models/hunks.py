"""The lines of one file that differ, as they are read and as they are shown."""

import attrs

from orion_tui.base.text import CleanText


@attrs.frozen(kw_only=True)
class DiffLine:
    """One line of a hunk. Numbers count from 1; None on the side that does not have the line."""

    #: " ", "+" or "-".
    kind: str
    old_no: int | None
    new_no: int | None
    text: CleanText
    #: False for a last line that the file does not end with a newline.
    newline: bool = True


@attrs.frozen(kw_only=True)
class Hunk:
    """Lines that changed, with three around them."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    heading: CleanText
    lines: tuple[DiffLine, ...]
