"""What a strict YAML file holds, as nodes that know their place and complain about themselves.

A reader asks each node for what it expects (`text`, `number`, `items`, `fields` ...). A node that is something else
notes a problem at its own line and column and answers None, so that reading goes on and the author learns of everything
at once.
"""

import math
import re
from collections.abc import Collection, Iterator, Sequence
from enum import Enum, StrEnum
from typing import TypeVar

import attrs

from orion_tui.roles.problems import Problems, did_you_mean, excerpt

E = TypeVar("E", bound=StrEnum)

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?:[eE][-+]?[0-9]{1,2})?")


class Kind(Enum):
    """The shape of a node."""

    SCALAR = "a single value"
    LIST = "a list"
    MAPPING = "a mapping"


@attrs.frozen(kw_only=True, eq=False)
class Node:
    """One value of the file. Lines and columns count from 1."""

    kind: Kind
    line: int
    column: int
    problems: Problems
    #: The text of a scalar, as written between its quotes.
    value: str = ""
    #: A scalar without quotes, which may stand for a number, `true`, `false` or nothing at all.
    plain: bool = False
    children: tuple["Node", ...] = ()
    #: Key text to (key, value) of a mapping, in the order of the file.
    pairs: dict[str, tuple["Node", "Node"]] = attrs.field(factory=dict[str, tuple["Node", "Node"]])

    @property
    def place(self) -> str:
        """`file:line:column`."""
        return f"{self.problems.file}:{self.line}:{self.column}"

    def problem(self, text: str) -> None:
        """Note that something is wrong with this value."""
        self.problems.add(self.line, self.column, text)

    @property
    def is_null(self) -> bool:
        """Nothing: an empty value, `null` or `~`, without quotes."""
        return self.plain and self.value in {"", "null", "Null", "NULL", "~"}

    @property
    def _is_boolean(self) -> bool:
        return self.plain and self.value in {"true", "True", "TRUE", "false", "False", "FALSE"}

    @property
    def _is_number(self) -> bool:
        return self.plain and (_INTEGER.fullmatch(self.value) or _FLOAT.fullmatch(self.value)) is not None

    @property
    def shape(self) -> str:
        """What it is, for messages: `a list`, `a number`, `nothing`."""
        if self.kind is not Kind.SCALAR:
            return self.kind.value
        if self.is_null:
            return "nothing"
        if self._is_boolean:
            return f"the truth value {self.value}"
        return f"the number {self.value}" if self._is_number else "text"

    def text(self, *, empty: bool = False) -> str | None:
        """Text. What YAML would read as a number, truth value or nothing must be put in quotes to count as text."""
        if self.kind is not Kind.SCALAR or self.is_null:
            self.problem(f"expected text, found {self.shape}")
            return None
        if self._is_boolean or self._is_number:
            self.problem(f'expected text, found {self.shape}; put it in quotes: "{self.value}"')
            return None
        if not self.value and not empty:
            self.problem("expected text, found an empty text")
            return None
        return self.value

    def number(
        self, *, least: float = -math.inf, most: float = math.inf, above: float | None = None, whole: bool = False
    ) -> float | None:
        """A number between `least` and `most` inclusive, strictly more than `above`, without fraction if `whole`."""
        kind = "a whole number" if whole else "a number"
        if self.kind is not Kind.SCALAR or not self._is_number:
            hint = f" {excerpt(self.value)}" if self.shape == "text" else ""
            self.problem(f"expected {kind}, found {self.shape}{hint}")
            return None
        if whole and not _INTEGER.fullmatch(self.value):
            self.problem(f"expected {kind}, found {excerpt(self.value)}")
            return None
        value = float(self.value)
        if value < least or value > most or (above is not None and value <= above):
            low = f"more than {above:g}" if above is not None else f"at least {least:,.10g}"
            limits = [low] if above is not None or least > -math.inf else []
            limits += [f"at most {most:,.10g}"] if most < math.inf else []
            self.problem(f"must be {' and '.join(limits)}, not {self.value}")
            return None
        return value

    def integer(self, *, least: float = -math.inf, most: float = math.inf) -> int | None:
        """A whole number between `least` and `most` inclusive."""
        value = self.number(least=least, most=most, whole=True)
        return None if value is None else int(self.value)

    def boolean(self) -> bool | None:
        """`true` or `false`. The `yes`, `no`, `on` and `off` of older YAML are refused rather than guessed at."""
        if not self._is_boolean:
            found = excerpt(self.value) if self.shape == "text" else self.shape
            self.problem(f"expected true or false, found {found}")
            return None
        return self.value.lower() == "true"

    def choice(self, options: type[E], *, offered: Sequence[E] | None = None) -> E | None:
        """One of the values of an enumeration; a problem names those `offered`, or all of them."""
        text = self.text()
        if text is None:
            return None
        known = [option.value for option in options]
        if text.lower() not in known:
            named = known if offered is None else [option.value for option in offered]
            self.problem(f"must be one of {', '.join(named)}, not {excerpt(text)}{did_you_mean(text, named)}")
            return None
        return options(text.lower())

    def items(self) -> tuple["Node", ...]:
        """The entries of a list; empty, with a problem noted, when this is none."""
        if self.kind is not Kind.LIST:
            self.problem(f"expected a list, found {self.shape}")
            return ()
        return self.children

    def texts(self) -> tuple[str, ...]:
        """The entries of a list of texts; entries that are something else are noted and left out."""
        return tuple(text for item in self.items() if (text := item.text()) is not None)

    def fields(self) -> "Fields | None":
        """The entries of a mapping by key; None, with a problem noted, when this is none."""
        if self.kind is not Kind.MAPPING:
            self.problem(f"expected a mapping, found {self.shape}")
            return None
        return Fields(self)


class Fields:
    """A mapping being read: remembers which keys were asked for, so that `done` can name the unknown ones."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._asked: set[str] = set()

    def __iter__(self) -> Iterator[tuple[Node, Node]]:
        """(key, value) in the order of the file, for mappings whose keys are the author's own names."""
        self._asked.update(self.node.pairs)
        return iter(tuple(self.node.pairs.values()))

    def __contains__(self, key: str) -> bool:
        return key in self.node.pairs

    def key(self, key: str) -> Node | None:
        """The key itself, to complain about its presence."""
        pair = self.node.pairs.get(key)
        return pair[0] if pair else None

    def get(self, key: str) -> Node | None:
        """The value of a key that may be missing or left empty; None then."""
        self._asked.add(key)
        pair = self.node.pairs.get(key)
        return None if pair is None or pair[1].is_null else pair[1]

    def given(self, key: str) -> Node | None:
        """As `get`, but an explicit `null` comes back as a node: for keys where null means something."""
        self._asked.add(key)
        pair = self.node.pairs.get(key)
        return pair[1] if pair else None

    def require(self, key: str) -> Node | None:
        """The value of a key that must be there; its absence is noted at the mapping."""
        value = self.get(key)
        if value is None:
            at = self.key(key) or self.node
            at.problem(f"{key} is empty" if key in self else f"{key} is missing")
        return value

    def text(self, key: str, default: str = "") -> str:
        """Text, or `default` where the key is missing or wrong."""
        node = self.get(key)
        value = node.text(empty=True) if node else None
        return default if value is None else value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is missing."""
        node = self.get(key)
        return node.texts() if node else ()

    def number(
        self,
        key: str,
        default: float,
        *,
        least: float = -math.inf,
        most: float = math.inf,
        above: float | None = None,
    ) -> float:
        """A number within limits, or `default` where the key is missing or wrong."""
        node = self.get(key)
        value = node.number(least=least, most=most, above=above) if node else None
        return default if value is None else value

    def integer(self, key: str, default: int, *, least: float = -math.inf, most: float = math.inf) -> int:
        """A whole number within limits, or `default` where the key is missing or wrong."""
        node = self.get(key)
        value = node.integer(least=least, most=most) if node else None
        return default if value is None else value

    def boolean(self, key: str, default: bool) -> bool:
        """A truth value, or `default` where the key is missing or wrong."""
        node = self.get(key)
        value = node.boolean() if node else None
        return default if value is None else value

    def choice(self, key: str, default: E) -> E:
        """One of the values of `default`'s enumeration, or `default` where the key is missing or wrong."""
        node = self.get(key)
        value = node.choice(type(default)) if node else None
        return default if value is None else value

    def fields(self, key: str) -> "Fields | None":
        """A nested mapping; None where the key is missing or is something else."""
        node = self.get(key)
        return node.fields() if node else None

    def done(self, *, also: Collection[str] = ()) -> None:
        """Note every key that nobody asked for, with the known key that it may have been meant for."""
        known = self._asked | set(also)
        for name, (key, _) in self.node.pairs.items():
            if name not in known:
                key.problem(f"unknown key {excerpt(name)}{did_you_mean(name, sorted(known))}")
