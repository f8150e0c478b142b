"""Untrusted text in a prompt: a field whose end it cannot write (GUARD-2).

    <<<4f1c09ab77de README.md
    any text at all
    4f1c09ab77de>>>

The key is a hash of what stands in the field, chosen so that the text does not contain it, however it is spelled: a
text that ends its own field would have to know the key, and knowing it changes the key. What looks like the start of
another field is part of the one that it stands in, whatever key it carries; so fields may be nested.
"""

import hashlib
import unicodedata
from itertools import count

from orion_tui.base.text import clean, reveal
from orion_tui.core.aegis.lookalikes import LATIN

#: Characters of a field, where nobody says otherwise.
LIMIT = 20_000

#: Hexadecimal digits of a key.
_KEY = 12
_LONGEST_LABEL = 240
# What reads like a hexadecimal digit, or may be read as one.
_DIGITS = {"o": "0", "l": "1", "i": "1", "|": "1", "!": "1"}


def field(label: str, text: str, *, limit: int = LIMIT) -> str:
    """`text` as a field. The same label and text always give the same field.

    The text is cleaned (`base.text.clean`); of one longer than `limit` characters head and tail stay, with a line
    between them that says how many are left out. `label` says in one line what the text is.
    """
    shown = _one_line(label)
    kept = bounded(clean(text), limit)
    key = _key(shown, kept)
    return f"<<<{key} {shown}\n{kept}\n{key}>>>"


def bounded(text: str, limit: int) -> str:
    """Head and tail of a text in at most `limit` characters, with a line about what is left out between them."""
    if len(text) <= limit:
        return text
    # As long as the mark can get, so that the sum is never above the limit.
    room = limit - len(_mark(len(text)))
    if room <= 0:
        return text[: max(0, limit)]
    tail = room // 3
    head = room - tail
    return text[:head] + _mark(len(text) - head - tail) + text[len(text) - tail :]


def _mark(left_out: int) -> str:
    return f"\n[… {left_out:,} characters left out …]\n"


def _one_line(label: str) -> str:
    shown = reveal(label, keep_newlines=False)
    return shown if len(shown) <= _LONGEST_LABEL else f"{shown[: _LONGEST_LABEL - 1]}…"


def _key(label: str, text: str) -> str:
    around = fold(f"{label}\n{text}")
    for number in count():
        key = hashlib.sha256(f"{number}\0{label}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:_KEY]
        if fold(key) not in around:
            return key
    raise AssertionError("there is always another number")


def fold(text: str) -> str:
    """Letters and digits of a text, each as the plain one that it may be taken for; everything else is dropped."""
    if text.isascii():
        plain = text.lower()
    else:
        parts = unicodedata.normalize("NFKD", text)
        plain = "".join(_plain(char) for char in parts).lower()
    return "".join(letter for char in plain if (letter := _DIGITS.get(char, char)).isalnum())


def _plain(char: str) -> str:
    if char.isascii():
        return char
    digit = unicodedata.digit(char, None)
    return str(digit) if digit is not None else LATIN.get(char, char).casefold()
