"""The frames that host and sandbox exchange: a fixed header, a little JSON, raw bytes.

One request is `CALL`, or `OPEN`, any `DATA`, and `END`. One answer is any `DATA`, then `RESULT` or `FAIL`. All frames
of an exchange carry its number. While a command runs that somebody wants to watch, some `PARTIAL` may come before its
answer: what it printed last, and how many bytes before that were left out. Whoever sees anything else ends the sandbox.
"""

from __future__ import annotations

import json
import struct
from typing import Any, cast

CALL = 1  #: a request without a body
OPEN = 2  #: a request whose body follows in DATA frames and stops with END
DATA = 3
END = 4
RESULT = 5
FAIL = 6
PARTIAL = 7  #: what a command prints, while it runs

#: Bytes of output in one PARTIAL at most, and seconds between two of them at least.
MAX_PARTIAL = 16 * 1024
PARTIAL_INTERVAL = 0.2

#: Kind, exchange number, bytes of JSON, bytes of data.
HEADER = struct.Struct("!BIII")

#: Command lines travel as JSON; the kernel takes 128 KiB an argument.
MAX_META = 4 * 1024 * 1024
MAX_DATA = 1024 * 1024


class Malformed(Exception):
    """The other side does not speak this language."""


def encode(kind: int, number: int, meta: dict[str, Any], data: bytes | bytearray | memoryview = b"") -> bytes:
    """One frame as bytes."""
    text = json.dumps(meta, separators=(",", ":")).encode("ascii") if meta else b""
    if len(text) > MAX_META or len(data) > MAX_DATA:
        raise Malformed("frame too large")
    return b"".join((HEADER.pack(kind, number, len(text), len(data)), text, data))


def decode_header(head: bytes | bytearray) -> tuple[int, int, int, int]:
    """Kind, number and the two lengths, checked. Raises Malformed."""
    kind, number, meta, data = HEADER.unpack(head)
    if not CALL <= kind <= PARTIAL or meta > MAX_META or data > MAX_DATA:
        raise Malformed("bad header")
    return kind, number, meta, data


def decode_meta(text: bytes) -> dict[str, Any]:
    """The JSON object of a frame. Raises Malformed."""
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("bad JSON") from error
    if not isinstance(value, dict):
        raise Malformed("not an object")
    return cast("dict[str, Any]", value)
