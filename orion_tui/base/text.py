"""Untrusted text: cleaned once, where it enters.

Whatever a model, a command, a file or a repository says may carry terminal control sequences, bidirectional overrides
and invisible characters. `clean` makes a string safe to lay out on a terminal; `reveal` shows what was hidden, for the
views where a person decides. Neither interprets markup: widgets show the result literally.
"""

import re
import unicodedata
from typing import NewType

#: Text that has been through `clean` or `reveal`: no control bytes, no reordering, no invisible characters.
CleanText = NewType("CleanText", str)

# Explicit embeddings, overrides and isolates reorder what a person reads (CVE-2021-42574).
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# ESC sequences as terminals parse them: CSI, then OSC/DCS/SOS/PM/APC up to their terminator, then two-byte escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)


# Letters, marks and symbols by category that show as nothing or as a blank: fillers, the joiner of graphemes, variation
# selectors. Not U+FE0F, which emoji have.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)


def _invisible(char: str) -> bool:
    category = unicodedata.category(char)
    # Cc controls, Cf formats (zero width, bidi, tags), Cs surrogates, Co private use, Zl/Zp line separators.
    return category in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} or char in _BIDI or _UNSEEN.match(char) is not None


def _spelled(char: str) -> bool:
    """Whether `reveal` spells it out: what is not seen, and blanks that are not the plain one."""
    return _invisible(char) or (char != " " and unicodedata.category(char) == "Zs")


def clean(text: str | bytes, *, keep_newlines: bool = True) -> CleanText:
    """`text` without anything that moves a cursor, changes a colour, hides or reorders.

    Escape sequences are removed whole, tabs become four spaces, other invisible characters vanish. Invalid UTF-8
    shows as U+FFFD. With `keep_newlines=False` the result is one line, with each newline shown as `⏎`.
    """
    source = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if source.isascii() and source.isprintable():
        return CleanText(source)
    source = _ESCAPES.sub("", source).replace("\r\n", "\n").replace("\t", "    ")
    newline = "\n" if keep_newlines else "⏎"
    return CleanText("".join(newline if c == "\n" else c for c in source if c == "\n" or not _invisible(c)))


def reveal(text: str | bytes, *, keep_newlines: bool = True) -> CleanText:
    """`text` with every hidden character spelled out, as `⟨U+202E⟩`, so that what is approved is what is seen.

    Nothing is dropped: a person who reads the result knows every code point of the original.
    """
    source = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
    if source.isascii() and source.isprintable():
        return CleanText(source)
    parts: list[str] = []
    for char in source:
        if char == "\n":
            parts.append("\n" if keep_newlines else "⏎")
        elif char == "\t":
            parts.append("    ")
        elif _spelled(char):
            parts.append(f"⟨U+{ord(char):04X}⟩")
        else:
            parts.append(char)
    return CleanText("".join(parts))


def has_disguise(text: str) -> bool:
    """Whether `reveal` would spell anything out: a reason to warn beside the text."""
    return any(c not in "\n\t" and _spelled(c) for c in text)


def display_path(path: bytes | str) -> CleanText:
    """A repository path as one line: invalid UTF-8 as `\\xNN`, control and bidi characters spelled out."""
    return reveal(path, keep_newlines=False) if isinstance(path, str) else _display_bytes(path)


def _display_bytes(path: bytes) -> CleanText:
    return reveal(path.decode("utf-8", "backslashreplace"), keep_newlines=False)
