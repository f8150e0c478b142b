"""Everything that is wrong with one file, each with its place, reported together."""

from collections.abc import Iterable
from difflib import get_close_matches

import attrs

from orion_tui.base.errors import InvalidFile
from orion_tui.base.text import reveal

#: A hostile file must not turn into a report of a hundred thousand lines.
MAX_PROBLEMS = 100

_EXCERPT = 60
#: How alike two words are that may be one misspelled: `nope` is not `openai`.
_NEAR = 0.65


@attrs.frozen(kw_only=True, order=True)
class Problem:
    """One thing wrong. Line and column count from 1; 0 stands for the file as a whole."""

    line: int
    column: int
    text: str
    file: str = attrs.field(order=False)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.text}"


class Problems:
    """Collects the problems of one file; the first `MAX_PROBLEMS` are kept, the rest counted."""

    def __init__(self, file: str) -> None:
        self.file = reveal(file, keep_newlines=False)
        self._found: set[Problem] = set()
        self._beyond = 0

    def add(self, line: int, column: int, text: str) -> None:
        """Note one problem. The same text at the same place counts once."""
        problem = Problem(line=line, column=column, text=text, file=self.file)
        if problem in self._found:
            return
        if len(self._found) >= MAX_PROBLEMS:
            self._beyond += 1
        else:
            self._found.add(problem)

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def found(self) -> tuple[Problem, ...]:
        """In the order of the file."""
        return tuple(sorted(self._found))

    @property
    def lines(self) -> tuple[str, ...]:
        """`file:line:column: text` for each, and a last line for those left out."""
        more = (f"{self.file}: and {self._beyond} more",) if self._beyond else ()
        return (*(str(problem) for problem in self.found), *more)

    def refuse(self, what: str) -> None:
        """Raise InvalidFile with all of them if there are any; `what` names the file's purpose: `role file`."""
        if self._found:
            count = len(self._found) + self._beyond
            noun = "problem" if count == 1 else "problems"
            raise InvalidFile(f"{what} {self.file} has {count} {noun}", problems=self.lines)


def excerpt(text: str) -> str:
    """`text` in quotes, short and with nothing hidden, for use in a message."""
    shown = reveal(text, keep_newlines=False)
    return f"'{shown[: _EXCERPT - 1]}…'" if len(shown) > _EXCERPT else f"'{shown}'"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or nothing where no known word is close."""
    # Comparing costs the product of the lengths: a long word is no slip of the fingers.
    close = get_close_matches(word.lower(), list(known), n=1, cutoff=_NEAR) if len(word) <= 64 else []
    return f" (did you mean {excerpt(close[0])}?)" if close else ""
