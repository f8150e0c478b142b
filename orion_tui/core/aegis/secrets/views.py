"""The same bytes read in other ways: what was encoded, split, hidden or packed is taken apart again.

Every decoding is bounded: depth of nesting, bytes unpacked of one object, members of an archive. Where a bound is
reached the object counts as unreadable, which is told and blocks; it is never skipped in silence.
"""

import base64
import bz2
import html
import io
import lzma
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import attrs

#: Bytes that one object may come to when it is unpacked, members that it may hold.
MOST_UNPACKED = 64 * 1024 * 1024
MOST_MEMBERS = 2_000

#: What `plain` calls text with zero bytes between its letters.
WIDE = "utf-16"

_NOT_ASCII = bytes([*range(9), 11, 12, *range(14, 32), *range(127, 256)])
#: Bytes that belong in no text.
CONTROLS = bytes([*range(9), 11, *range(14, 32), 127])
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])

# Characters that show as nothing, in UTF-8: soft hyphen, joiners, zero width, bidi, variation selectors, tags, fillers.
_UNSEEN = re.compile(
    rb"\xc2\xad|\xcd\x8f|\xd8\x9c|\xe1\x85[\x9f\xa0]|\xe1\x9e[\xb4\xb5]|\xe1\xa0[\x8b-\x8f]|\xe2\x80[\x8b-\x8f\xa8-\xae]"
    rb"|\xe2\x81[\xa0-\xaf]|\xe3\x85\xa4|\xef\xb8[\x80-\x8f]|\xef\xbb\xbf|\xef\xbe\xa0|\xf3\xa0"
)
# Full-width and mathematical letters and digits, which NFKC turns into plain ones.
_COMPATIBLE = re.compile(rb"\xef\xbc|\xef\xbd|\xf0\x9d[\x90-\x9f]|\xe2\x91|\xe2\x92|\xe2\x93|\xf0\x9f[\x84\x85]")

# Patterns that begin with one literal byte are searched with memchr: ten times as fast as any other.
# Only escapes of what tokens and passwords are made of count: letters, digits, `+/=_!-`.
_CODE = rb"(?:2[1bBdDfF]|3[0-9dD]|[46][1-9A-Fa-f]|5[0-9aAfF]|7[0-9aA])"
# Beside them the rest is decoded too: the quotes, signs and line ends that say what a value is.
_ANY_CODE = rb"(?:[2-7][0-9A-Fa-f]|0[9aAdD])"


def _percent(code: bytes) -> "re.Pattern[bytes]":
    return re.compile(rb"%" + code)


def _backslash(code: bytes) -> "re.Pattern[bytes]":
    return re.compile(
        rb"\\(?:x"
        + code
        + rb"|u00"
        + code
        + rb"|u\{0{0,4}"
        + code
        + rb"\}|0?[01][0-7]{2}|\r?\n[ \t]{0,80}(?=[A-Za-z0-9+/=_!-]))"
    )


def _ampersand(code: bytes) -> "re.Pattern[bytes]":
    return re.compile(rb"&#(?:[0-9]{2,3}|[xX]" + code + rb");")


#: The first byte, what makes a stretch worth reading, and what is decoded in it.
_ESCAPES = tuple(
    (mark, of(_CODE), of(_ANY_CODE)) for mark, of in ((b"%", _percent), (b"\\", _backslash), (b"&", _ampersand))
)
_WORDY = re.compile(rb"[A-Za-z0-9_+/=!-]")
# Between two literals: the closing quote, what joins them, the opening quote. Not after or before a blank: prose.
_GLUES = tuple(
    re.compile(
        quote
        + rb"(?<=[A-Za-z0-9+/=_@:!#$%-].)(?:[\s+.&\\\"'`]|(?:#|//)[^\n]{0,120}\n|/\*[^*]{0,120}\*/){0,200}?"
        + rb"[bfruBFRU]{0,2}?[\"'`](?=[A-Za-z0-9+/=_@:!#$%-])"
    )
    for quote in (b'"', b"'", b"`")
)
_JOINED_VIA = "joined literals"
_JOINS = re.compile(rb"(?:\"\"|''|``)\.join[ \t]?\(\s{0,40}[\[(]")
_JOINED_BY = re.compile(rb"\.join\([ \t]?(?:\"\"|''|``)[ \t]?\)")
_LITERAL = re.compile(rb"[\"'`]([^\"'`\s]{1,512})[\"'`]")
#: Bytes of a list of literals that is put together.
_MOST_LIST = 4_000
# `NAME = "VALUE"` on a line of its own, and `NAME + NAME`: each from the sign on, with the name before it looked up.
_GIVEN = re.compile(
    rb"=[ \t]{0,20}(?P<quote>[\"'`])(?P<value>[A-Za-z0-9+/=_!@#$%.-]{4,512})(?P=quote)[ \t;]{0,20}(?=[\r\n#/]|\Z)"
)
_PLUS = re.compile(rb"\+[ \t]?(?P<right>[A-Za-z_$][\w$]{0,60})(?![\w$.(\[])")
_NAME_BEFORE = re.compile(rb"([A-Za-z_$][\w$]{0,60})(?:[ \t]?:[ \t]?[A-Za-z]{1,20})?[ \t]{0,20}:?\Z")
_ENCODED = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}(?:[ \t]{0,80}\r?\n[ \t]{0,80}[A-Za-z0-9+/_-]{4,}={0,2})*")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_HEX = re.compile(rb"[0-9A-Fa-f]+")
#: Characters of one encoded run that are decoded at once.
_MOST_RUN = 4 * 1024 * 1024

#: Bytes around a decoded place that are read with it: the keyword before, the rest of the value behind.
_REACH = 200
_NEAR = 60
#: Bytes of one stretch of escapes or joined literals that are read together.
_LONGEST = 256 * 1024


class Unreadable(Exception):
    """Packed data that cannot be taken apart within bounds; its text says why."""


@attrs.frozen(kw_only=True)
class Fragment:
    """A piece that was decoded: `data` stands for what begins at byte `start` of its source."""

    start: int
    data: bytes
    via: str
    #: (offset in `data`, offset in the source) of further places where the two run side by side again.
    marks: tuple[tuple[int, int], ...] = ()


def plain(data: bytes) -> tuple[bytes, str] | None:
    """`data` without what hides between its letters; None where nothing does.

    UTF-16 and UTF-32 text loses its zero bytes, other text what is invisible or no UTF-8. Newlines stay, so line
    numbers hold.
    """
    if b"\0" in data:
        return data.translate(None, _NOT_ASCII), WIDE
    if len(data.translate(None, CONTROLS)) != len(data):
        return data.translate(None, _NOT_ASCII), "control characters"
    if data.isascii():
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data.translate(None, _NOT_ASCII), "invalid utf-8"
    if _COMPATIBLE.search(data):
        data = unicodedata.normalize("NFKC", text).encode("utf-8")
        return data.translate(None, _NOT_ASCII), "look-alike letters"
    if _UNSEEN.search(data, 3):
        return data.translate(None, _NOT_ASCII), "invisible characters"
    return None


def unescaped(data: bytes) -> list[Fragment]:
    """Places where letters are spelled as escapes (percent, `\\x41`, `\\u0041`, octal, `&#65;`) or a line goes on."""
    found: list[Fragment] = []
    for mark, telling, every in _ESCAPES:
        if mark in data:
            found += (_unescape(data, every, first, last) for first, last in _clusters(data, telling))
    return found


def _clusters(data: bytes, pattern: "re.Pattern[bytes]") -> list[tuple[int, int]]:
    """(start, end) of stretches of escapes that stand close together."""
    found: list[tuple[int, int]] = []
    first, last = 0, -1
    for match in pattern.finditer(data):
        start, end = match.span()
        if data[start + 1] in b"\r\n" and not (start and _WORDY.match(data, start - 1)):
            continue  # a line goes on, but no word does
        if last < 0 or start - last > _NEAR or end - first > _LONGEST:
            if last >= 0:
                found.append((first, last))
            first = start
        last = end
    if last >= 0:
        found.append((first, last))
    return found


def _unescape(data: bytes, pattern: "re.Pattern[bytes]", first: int, last: int) -> Fragment:
    start = _line_start(data, first)
    piece = pattern.sub(lambda match: _decode_escape(match.group()), data[start : last + _REACH])
    return Fragment(start=start, data=piece, via="escapes")


def _line_start(data: bytes, place: int) -> int:
    """A little before `place`, on its line: where the keyword that goes with it stands."""
    start = max(0, place - _REACH)
    return max(start, data.rfind(b"\n", start, place) + 1)


def _decode_escape(text: bytes) -> bytes:
    # A line end that was spelled is none of the file's: as `\r` it ends a value and leaves line numbers alone.
    return _spelled(text).replace(b"\n", b"\r")


def _spelled(text: bytes) -> bytes:
    if text.startswith(b"%"):
        return unquote_to_bytes(text)
    if text.startswith(b"&"):
        return html.unescape(text.decode("ascii")).encode("utf-8")
    if text.startswith((b"\\\n", b"\\\r")):
        return b""
    digits = text.strip(b"\\xu{}")
    code = int(digits, 16) if text[1:2] in b"xu" else int(digits, 8)
    return bytes([code]) if code < 128 else b""


def joined(data: bytes) -> list[Fragment]:
    """Literals that the language puts together (`"abc" + "def"`, adjacent ones, over lines), put together."""
    glues = sorted(match.span() for pattern in _GLUES for match in pattern.finditer(data))
    found: list[Fragment] = []
    cluster: list[tuple[int, int]] = []
    for glue in glues:
        if cluster and (glue[0] - cluster[-1][1] > _REACH or glue[1] - cluster[0][0] > _LONGEST):
            found.append(_join(data, cluster))
            cluster = []
        if not cluster or glue[0] >= cluster[-1][1]:
            cluster.append(glue)
    if cluster:
        found.append(_join(data, cluster))
    return found


def added(data: bytes) -> list[Fragment]:
    """Literals that go through a list (`"".join([...])`) or through names (`a + b`), put together."""
    found: list[Fragment] = []
    if b"join" in data:
        for match in _JOINS.finditer(data):
            end = min(
                (at for at in (data.find(closing, match.end()) for closing in (b"]", b")")) if at >= 0), default=-1
            )
            if end >= 0:
                found.append(_glued(data, match.start(), _LITERAL.findall(data, match.end(), end)))
        for match in _JOINED_BY.finditer(data):
            start = data.rfind(b"[", max(0, match.start() - _MOST_LIST), match.start())
            if start >= 0:
                found.append(_glued(data, start, _LITERAL.findall(data, start, match.start())))
    if b"+" in data:
        found += _sums(data)
    return [piece for piece in found if piece.data]


def _sums(data: bytes) -> Iterator[Fragment]:
    """`first + second`, where both names are given a literal in this file."""
    names: dict[bytes, bytes] | None = None
    for match in _PLUS.finditer(data):
        left = _name_before(data, match.start())
        if not left:
            continue
        if names is None:
            names = {_name_before(data, each.start()): each["value"] for each in _GIVEN.finditer(data)}
        if left in names and match["right"] in names:
            yield _glued(data, match.start(), [names[left], names[match["right"]]])


def _name_before(data: bytes, place: int) -> bytes:
    """The name that ends before the sign at `place`; empty where none does."""
    found = _NAME_BEFORE.search(data[max(0, place - 90) : place])
    return found.group(1) if found else b""


def _glued(data: bytes, place: int, parts: list[bytes]) -> Fragment:
    start = _line_start(data, place)
    text = b"".join(parts)
    return Fragment(
        start=start, data=data[start:place] + b'"' + text + b'"' if len(parts) > 1 else b"", via=_JOINED_VIA
    )


def _join(data: bytes, cluster: list[tuple[int, int]]) -> Fragment:
    at = start = _line_start(data, cluster[0][0])
    parts: list[bytes] = []
    marks: list[tuple[int, int]] = []
    size = 0
    for glue_start, glue_end in cluster:
        parts.append(data[at:glue_start])
        size += glue_start - at
        at = glue_end
        marks.append((size, at))
    parts.append(data[at : at + _REACH])
    return Fragment(start=start, data=b"".join(parts), via=_JOINED_VIA, marks=tuple(marks))


def decoded(data: bytes, start: int, end: int) -> tuple[int, Fragment | None]:
    """What the letters and digits at `data[start:end]` decode to, with the lines that go on after them.

    Returns how far was read, and the text: base64 (both alphabets, wrapped or not) or hexadecimal; None where it is
    neither.
    """
    before = data[max(0, start - 256) : start]
    start -= len(before) - len(before.rstrip(_ALPHABET))
    head = data[start : min(end, start + 96)]
    if len(head) >= 24 and _HEX.fullmatch(head):
        stop = _HEX.match(data, start, start + _MOST_RUN).end()  # type: ignore[union-attr]  # it matched above
        text = bytes.fromhex(data[start : stop - (stop - start) % 2].decode("ascii"))
        if is_text(text):
            return stop, Fragment(start=start, data=text, via="hexadecimal")
    # A letter glued in front shifts everything behind it.
    shift = next((shift for shift in range(4) if _promising(head[shift : shift + 24])), None)
    if shift is None:
        return end, None
    match = _ENCODED.match(data, start + shift, start + _MOST_RUN)
    if match is None:
        return end, None
    body = match.group().translate(_TO_STANDARD, b" \t\r\n=")
    body = body[: len(body) - (len(body) % 4 == 1)]
    text = base64.b64decode(body + b"=" * (-len(body) % 4))
    if is_packed(text) or is_text(text) or _is_wide_text(text):
        return match.end(), Fragment(start=start, data=text, via="base64")
    # What was long is not tried again from each of its lines.
    return (match.end() if len(body) > 4096 else end), None


def _promising(head: bytes) -> bool:
    """Whether the first bytes may be text or packed data: decides cheaply for most of what is no base64."""
    head = head.translate(_TO_STANDARD, b"=")
    if len(head) < 16:
        return False
    first = base64.b64decode(head[: len(head) // 4 * 4])
    return is_packed(first) or is_text(first) or _is_wide_text(first)


def is_text(data: bytes) -> bool:
    """Five in six bytes are printable ASCII; by chance two in five are."""
    return len(data) >= 8 and len(data.translate(None, _PRINTABLE)) * 6 <= len(data)


def _is_wide_text(data: bytes) -> bool:
    return data.count(0) * 5 >= len(data) * 2 and is_text(data.translate(None, b"\0\xff\xfe"))


def is_packed(data: bytes) -> bool:
    """A compressed stream or archive, by its first bytes."""
    return data.startswith((b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"PK\x03\x04")) or (
        data[:1] == b"\x78" and data[1:2] in {b"\x01", b"\x5e", b"\x9c", b"\xda"}
    )


def unpacked(data: bytes) -> Iterator[Fragment]:
    """The members of an archive or the content of a compressed stream. Raises Unreadable."""
    if data.startswith(b"PK\x03\x04"):
        yield from _unzip(data)
    elif data.startswith(b"\x1f\x8b\x08"):
        yield Fragment(start=0, data=_inflate(data, zlib.MAX_WBITS | 16, "gzip"), via="gzip")
    elif data.startswith(b"BZh"):
        yield Fragment(start=0, data=_decompress(bz2.BZ2Decompressor(), data, "bzip2"), via="bzip2")
    elif data.startswith(b"\xfd7zXZ\0"):
        yield Fragment(
            start=0, data=_decompress(lzma.LZMADecompressor(memlimit=256 * 1024 * 1024), data, "xz"), via="xz"
        )
    elif is_packed(data):
        # Two bytes say little: what does not inflate is no zlib stream.
        try:
            yield Fragment(start=0, data=_inflate(data, zlib.MAX_WBITS, "zlib"), via="zlib")
        except Unreadable as error:
            if "more than" in str(error):
                raise


def _inflate(data: bytes, window: int, what: str) -> bytes:
    out: list[bytes] = []
    size = 0
    while data:
        stream = zlib.decompressobj(window)
        try:
            part = stream.decompress(data, MOST_UNPACKED - size + 1)
        except zlib.error:
            if out:
                break  # what follows the stream is no further one
            raise Unreadable(f"a damaged {what} stream") from None
        out.append(part)
        size += len(part)
        if size > MOST_UNPACKED:
            raise _too_much()
        if not stream.eof:
            if not part:
                raise Unreadable(f"a damaged {what} stream")
            break  # cut short: what was there has been read
        data = stream.unused_data
    return b"".join(out)


def _decompress(stream: "bz2.BZ2Decompressor | lzma.LZMADecompressor", data: bytes, what: str) -> bytes:
    try:
        out = stream.decompress(data, MOST_UNPACKED + 1)
    except (OSError, EOFError, lzma.LZMAError):
        raise Unreadable(f"a damaged {what} stream") from None
    if len(out) > MOST_UNPACKED:
        raise _too_much()
    return out


def _unzip(data: bytes) -> Iterator[Fragment]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise Unreadable(f"an archive of more than {MOST_MEMBERS:,} files")
            size = 0
            for member in members:
                if member.flag_bits & 1:
                    raise Unreadable("an encrypted archive")
                with archive.open(member) as stream:
                    content = stream.read(MOST_UNPACKED - size + 1)
                size += len(content)
                if size > MOST_UNPACKED:
                    raise _too_much()
                name = member.filename.encode("utf-8", "surrogateescape")
                yield Fragment(start=0, data=name + b"\n" + content, via="zip")
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        lzma.LZMAError,
        ValueError,
    ) as error:
        raise Unreadable(f"an archive that cannot be read ({type(error).__name__})") from None


def _too_much() -> Unreadable:
    return Unreadable(f"more than {MOST_UNPACKED // (1024 * 1024)} MB when unpacked")
