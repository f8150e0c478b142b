"""The colours of code as values: which part of which line is a keyword, a string, a comment."""

import attrs

#: What is told apart.
KINDS = ("comment", "keyword", "string", "number", "name", "type")

#: The coloured parts of a line: begin, end, kind.
LineTints = tuple[tuple[int, int, str], ...]


@attrs.frozen(kw_only=True)
class Tints:
    """One changed file's colours, before and after."""

    key: str
    old: tuple[LineTints, ...]
    new: tuple[LineTints, ...]

    def of(self, *, old_no: int | None, new_no: int | None) -> LineTints:
        """A line by its number: as it is where it is there still, else as it was."""
        side, number = (self.new, new_no) if new_no is not None else (self.old, old_no)
        return side[number - 1] if number is not None and 0 < number <= len(side) else ()
