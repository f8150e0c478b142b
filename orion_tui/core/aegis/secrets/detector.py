"""Orion's own patterns over one object: plain, and in every way that `views` can read it.

Python's regular expressions are slow over whole files (30 to 130 MB/s for one pattern), `bytes.translate` and
`bytes.find` are not (1 GB/s). So letters and digits are mapped to one letter and everything else to a blank, and long
runs are found by a plain search; keywords and token beginnings are found likewise. Regular expressions only judge the
places found. All their repetitions are bounded, so that time stays linear in the size of the input.
"""

import bisect
import re
import time
from collections.abc import Iterator
from typing import NamedTuple

from orion_tui.core.aegis.secrets import assignments, tokens, views
from orion_tui.core.aegis.secrets.plausible import entropy, is_elsewhere, is_words

#: Levels of encoding within encoding that are followed; deeper ones count as unreadable.
MOST_NESTED = 4

#: Hits of one object after which it is not read further.
MOST_HITS = 1_000

_RUN = 16
_RUN_OF = b"a" * _RUN
_HIDING = b"\x01"
# Letters and digits as one letter, everything else as blanks; the same, with control characters as another letter.
_LETTERS = bytes(97 if chr(code).isalnum() and code < 128 else 32 for code in range(256))
_CLASSES = bytes(1 if code in views.CONTROLS else _LETTERS[code] for code in range(256))
# Between pieces that are looked at together: no pattern reaches over it.
_BETWEEN = b"\n\n;;\n\n"
#: Escapes in joined literals in escapes ...: so many times over.
_MOST_FRAGMENTED = 2
_START = re.compile(rb"A(?:KIA|SIA|BIA|CCA)|eyJ|T3BlbkFJ")
_JOINTS = b"_-./"

# High entropy counts only with one of these words before it on its line.
_CONTEXT = re.compile(
    rb"secret|token|passw|api[_ -]?key|access[_ -]?key|private[_ -]?key|credential|bearer|auth[_ -]?key"
)
_NO_CONTEXT = re.compile(rb"sha[0-9-]|hash|digest|checksum|integrity|fingerprint|public|ssh-|certificate|tokeni[sz]")
_VALUE = re.compile(rb"[A-Za-z0-9+/=_-]{24,128}")
_AWS_SECRET = re.compile(rb"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")


class Hit(NamedTuple):
    """A secret found. `value` is raw: it must not leave the package."""

    kind: str
    #: Line of the object, from 1; 0 for the object as a whole.
    line: int
    value: bytes
    via: str

    def __repr__(self) -> str:
        return f"Hit({self.kind!r}, line {self.line})"


class Decoded(NamedTuple):
    """Content that only shows when it is unpacked or read as UTF-16, for another scanner to look at."""

    data: bytes
    #: Line of the object that it stands for; lines of its own count on from there when `counts`.
    line: int
    counts: bool
    via: str


class _Enough(Exception):
    """One object holds so many that the rest of it makes no difference."""


class TooSlow(Exception):
    """The time for own patterns is used up."""


class Detector:
    """One scan over many objects: remembers runs that turned out harmless, and how much time is left."""

    def __init__(self, *, deadline: float | None = None) -> None:
        """`deadline` is on `time.monotonic`."""
        self._deadline = deadline
        self._harmless: set[bytes] = set()
        self._hits: list[Hit] = []
        self._decoded: list[Decoded] = []
        self._left = 0

    def scan(self, data: bytes) -> tuple[list[Hit], list[Decoded]]:
        """Everything that looks like a secret in `data`, and what it decoded on the way. Raises TooSlow."""
        self._hits, self._decoded, self._left = [], [], views.MOST_UNPACKED
        try:
            self._object(data, _Lines(data), "", 0)
        except views.Unreadable as error:
            self._hits.append(Hit(f"unreadable: {error}", 0, b"", ""))
        except _Enough:
            pass
        return without_repeats(self._hits), self._decoded

    def _object(self, data: bytes, lines: "_Lines", via: str, depth: int) -> None:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise TooSlow
        if depth > MOST_NESTED:
            raise views.Unreadable(f"encoded more than {MOST_NESTED} times over")
        mapped = data.translate(_CLASSES)
        hiding = _HIDING in mapped
        if hiding:
            mapped = data.translate(_LETTERS)
        self._text(data, mapped, lines, via, depth)
        # Nothing hides in ASCII without control characters, and most files are that.
        if (hiding or not data.isascii()) and (hidden := views.plain(data)) is not None:
            text, how = hidden
            self._spend(text)
            if how == views.WIDE and _is_file(via):
                self._decoded.append(Decoded(text, lines.at(0), not via, _through(via, how)))
            self._text(text, text.translate(_LETTERS), lines.of(text), _through(via, how), depth)
        if views.is_packed(data):
            for member in views.unpacked(data):
                inner = _through(via, member.via)
                self._spend(member.data)
                if _is_file(via):
                    self._decoded.append(Decoded(member.data, lines.first, False, inner))
                self._object(member.data, _Lines(member.data, fixed=lines.first), inner, depth + 1)

    def _text(self, data: bytes, mapped: bytes, lines: "_Lines", via: str, depth: int) -> None:
        self._named(data, lines, via)
        self._runs(data, mapped, lines, via, depth)
        if depth < _MOST_FRAGMENTED:
            for pieces in (views.unescaped(data), views.joined(data), views.added(data)):
                if pieces:
                    # All pieces of a file at once: a look at each alone would cost more than the file.
                    text = _BETWEEN.join(piece.data for piece in pieces)
                    inner = _Lines(text, starts=_starts(pieces, lines))
                    self._text(text, text.translate(_LETTERS), inner, _through(via, pieces[0].via), depth + 1)

    def _named(self, data: bytes, lines: "_Lines", via: str) -> None:
        """What is told by the words before it, by a mark, or by the beginning of a token."""
        for found in assignments.assigned(data, data.lower()):
            self._hit(found.kind, lines.at(found.start), data[found.start : found.end], via)
        if b"://" in data:
            for found in assignments.connection_strings(data):
                self._hit(found.kind, lines.at(found.start), data[found.start : found.end], via)
        for start, end in tokens.private_keys(data):
            self._hit("private key", lines.at(start), data[start:end], via)
        for match in tokens.anchored(data):
            self._token(match, data, lines, via)

    def _runs(self, data: bytes, mapped: bytes, lines: "_Lines", via: str, depth: int) -> None:
        """What stands in long runs of letters and digits: tokens, keys beside telling words, encoded text."""
        find, harmless, read_to = mapped.find, self._harmless, 0
        start = find(_RUN_OF)
        while start >= 0:
            end = find(b" ", start + _RUN)
            if end < 0:
                end = len(data)
            run = data[start:end] if end - start <= 256 else data[start : start + 256]
            joint = start > 0 and data[start - 1] in _JOINTS
            known = run in harmless
            if joint or (not known and _START.search(run)):
                for match in tokens.tokens_at(data, start, end):
                    self._token(match, data, lines, via)
            if not known and start >= read_to:
                read_to = self._run(data, start, end, run, lines, via, depth)
            start = find(_RUN_OF, end)

    def _run(self, data: bytes, start: int, end: int, run: bytes, lines: "_Lines", via: str, depth: int) -> int:
        read_to, piece = views.decoded(data, start, end)
        if piece is not None:
            inner, line = _through(via, piece.via), lines.at(piece.start)
            self._spend(piece.data)
            self._object(piece.data, _Lines(piece.data, fixed=line), inner, depth + 1)
            return read_to
        if run.isalpha():
            # No digit, no token, no encoded text: a name, wherever it stands again.
            if not _START.search(run):
                self._harmless.add(run)
        elif (match := _random_in_context(data, start)) is not None:
            self._hit("high-entropy value", lines.at(start), match, via)
        return read_to

    def _token(self, match: "re.Match[bytes]", data: bytes, lines: "_Lines", via: str) -> None:
        kind = match.lastgroup or ""
        self._hit(tokens.KINDS[kind], lines.at(match.start()), match.group(), via)
        if kind == "aws":
            # Its other half is 40 characters without any mark: told by the company it keeps.
            for other in _AWS_SECRET.finditer(data, max(0, match.start() - 2000), match.end() + 2000):
                value = other.group()
                if entropy(value) >= 4.0 and not value.isalpha() and value.lower() != value:
                    self._hit("AWS secret access key", lines.at(other.start()), value, via)

    def _hit(self, kind: str, line: int, value: bytes, via: str) -> None:
        self._hits.append(Hit(kind, line, value, via))
        if len(self._hits) >= MOST_HITS:
            raise _Enough

    def _spend(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise views.Unreadable(f"more than {views.MOST_UNPACKED // (1024 * 1024)} MB when decoded")


class _Lines:
    """Line numbers of byte offsets; asked in ascending order they cost one pass."""

    def __init__(
        self, data: bytes, *, fixed: int | None = None, starts: tuple[list[int], list[int]] | None = None
    ) -> None:
        """`fixed` is the one line that all stands for, `starts` where pieces begin, and the line of each."""
        self._data = data
        self._fixed = fixed
        self._starts = starts
        self._offset = 0
        self._line = 1

    @property
    def first(self) -> int:
        """Where content that has no lines of its own stands: its place, or the object as a whole."""
        return self._fixed or 0

    def of(self, data: bytes) -> "_Lines":
        """The same for other data with the same line breaks."""
        return _Lines(data, fixed=self._fixed, starts=self._starts)

    def pieces_in(self, piece: views.Fragment) -> Iterator[tuple[int, int]]:
        """As `Fragment.marks`: where further pieces begin in one that was decoded from pieces, past what parts them."""
        if self._starts is None:
            return
        within, source = piece.data.find(_BETWEEN), self._data.find(_BETWEEN, piece.start)
        while within >= 0 and source >= 0:
            within, source = within + len(_BETWEEN), source + len(_BETWEEN)
            yield within, source
            within, source = piece.data.find(_BETWEEN, within), self._data.find(_BETWEEN, source)

    def at(self, offset: int) -> int:
        if self._fixed is not None:
            return self._fixed
        if self._starts is not None:
            offsets, numbers = self._starts
            place = bisect.bisect_right(offsets, offset) - 1
            return numbers[place] + self._data.count(b"\n", offsets[place], offset)
        if offset < self._offset:
            self._offset, self._line = 0, 1
        self._line += self._data.count(b"\n", self._offset, offset)
        self._offset = offset
        return self._line


def _starts(pieces: list[views.Fragment], lines: _Lines) -> tuple[list[int], list[int]]:
    offsets: list[int] = []
    numbers: list[int] = []
    offset = 0
    for piece in pieces:
        for within, source in sorted(((0, piece.start), *piece.marks, *lines.pieces_in(piece))):
            offsets.append(offset + within)
            numbers.append(lines.at(source))
        offset += len(piece.data) + len(_BETWEEN)
    return offsets, numbers


def _random_in_context(data: bytes, start: int) -> bytes | None:
    """The value that the run at `start` belongs to, if chance made it and a word before it says what for."""
    while start and data[start - 1] in b"+/_-":
        start -= 1
    match = _VALUE.match(data, start)
    if match is None:
        return None
    value = match.group()
    if value.lower() == value or value.upper() == value or value.isalpha() or entropy(value) < 4.2 or is_words(value):
        return None
    line = data.rfind(b"\n", max(0, start - 80), start) + 1
    before = data[max(line, start - 80) : start].lower()
    if not _CONTEXT.search(before) or _NO_CONTEXT.search(before) or is_elsewhere(value):
        return None
    return value


def _is_file(via: str) -> bool:
    """Still the file, if unpacked: no piece of text that was decoded from it."""
    return not {"base64", "hexadecimal", "escapes", "joined literals"} & set(via.split(", "))


def _through(outer: str, inner: str) -> str:
    return f"{outer}, {inner}" if outer and inner != outer else inner


def without_repeats(hits: list[Hit]) -> list[Hit]:
    """One hit a value and line: the most telling kind, found in the plainest way."""
    best: dict[tuple[int, bytes], Hit] = {}
    for hit in sorted(hits, key=lambda hit: (hit.via.count(","), bool(hit.via), hit.kind in _VAGUE)):
        best.setdefault((hit.line, hit.value or hit.kind.encode()), hit)
    kept = list(best.values())
    # `token = "ghp_..."`: the same characters once as a token and once as what is assigned.
    return [
        hit
        for hit in kept
        if not any(
            other is not hit
            and other.line == hit.line
            and hit.value
            and hit.value in other.value
            and hit.kind in _VAGUE
            for other in kept
        )
        or hit.kind not in _VAGUE
    ]


_VAGUE = frozenset({"key", "secret", "token", "password", "API key", "high-entropy value", "authorization header"})
