"""Text offered as instruction, freed of what tries to take over (GUARD-1).

Detection is advice, containment is the promise: what gets past this still meets the gate and the sandbox. A text in
which nothing is found comes back unchanged, byte for byte; otherwise every removal is reported by name.

Detection works on a *folded* copy: NFKC, without invisible characters and accents, look-alike letters as the Latin ones
they imitate, lower case. What matches there is cut out of the original, again and again until nothing matches, so that
a removal cannot put a new match together.
"""

import unicodedata

import attrs

from orion_tui.base.text import CleanText, reveal
from orion_tui.core.aegis.guard_families import FAMILIES, SQUEEZED
from orion_tui.core.aegis.lookalikes import LATIN

#: Passes after which a text that still matches is dropped whole: nobody nests that deep by accident.
MAX_PASSES = 10

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS = frozenset("\u200c\u200d")


@attrs.frozen(kw_only=True)
class Finding:
    """One removal or replacement."""

    #: Name of the family, for people: `ignore instructions`, `invisible characters`.
    name: str
    #: What was removed, with nothing hidden.
    text: CleanText

    def __str__(self) -> str:
        shown = self.text if len(self.text) <= 80 else f"{self.text[:79]}…"
        return f"{self.name}: {shown}"


@attrs.frozen(kw_only=True)
class Guarded:
    """A text and what was taken out of it."""

    text: str
    findings: tuple[Finding, ...] = ()


def inspect(text: str) -> Guarded:
    """`text` without adversarial passages and hidden characters, with every removal reported."""
    findings: list[Finding] = []
    result = _without_hidden(text, findings)
    result = _without_lookalikes(result, findings)
    for _ in range(MAX_PASSES):
        spans = _matches(result)
        if not spans:
            break
        for start, end, name in reversed(spans):
            findings.append(Finding(name=name, text=reveal(result[start:end], keep_newlines=False)))
            result = result[:start] + result[end:]
    else:
        findings.append(Finding(name="passages nested too deep", text=reveal(result[:80], keep_newlines=False)))
        result = ""
    return Guarded(text=result if findings else text, findings=tuple(findings))


def _without_hidden(text: str, findings: list[Finding]) -> str:
    kept: list[str] = []
    hidden: dict[str, list[str]] = {}
    for index, char in enumerate(text):
        name = _hidden(text, index)
        if name:
            hidden.setdefault(name, []).append(char)
        else:
            kept.append(char)
    for name, chars in hidden.items():
        shown = "".join(dict.fromkeys(chars))
        findings.append(Finding(name=name, text=reveal(f"{len(chars)} of {shown}", keep_newlines=False)))
    return "".join(kept) if hidden else text


def _hidden(text: str, index: int) -> str:
    """The name of what the character at `index` does out of sight; empty for one that may stay."""
    char = text[index]
    if char.isascii():
        return "" if char.isprintable() or char in "\n\t\r" else "control characters"
    if char in _BIDI:
        return "characters that reorder text"
    if char in _JOINERS and _joins(text, index):
        return ""
    category = unicodedata.category(char)
    if category in {"Cf", "Cc", "Cs", "Co", "Zl", "Zp"}:
        return "invisible characters"
    return ""


def _joins(text: str, index: int) -> bool:
    """Whether a joiner stands where scripts and emoji need one: between two characters that are not Latin."""
    around = text[index - 1 : index] + text[index + 1 : index + 2]
    return len(around) == 2 and not any(char.isascii() or char in _JOINERS for char in around)


def _without_lookalikes(text: str, findings: list[Finding]) -> str:
    """Words that mix Latin letters with look-alikes of other scripts, written in Latin letters."""
    if text.isascii():
        return text
    out: list[str] = []
    word: list[str] = []
    for char in [*text, " "]:
        if char.isalpha():
            word.append(char)
            continue
        out.append(_plain_word("".join(word), findings))
        word.clear()
        out.append(char)
    return "".join(out)[:-1]


def _plain_word(word: str, findings: list[Finding]) -> str:
    latin = any(char.isascii() or unicodedata.name(char, "").startswith("LATIN") for char in word)
    foreign = any(char in LATIN for char in word)
    if not (latin and foreign):
        return word
    findings.append(Finding(name="look-alike letters", text=reveal(word)))
    return "".join(LATIN.get(char, char) for char in word)


def _fold(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the index it came from."""
    folded: list[str] = []
    places: list[int] = []
    for index, char in enumerate(text):
        if char.isascii():
            folded.append(char.lower())
            places.append(index)
            continue
        for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char)):
            if unicodedata.category(part) in {"Mn", "Me", "Cf", "Cc"}:
                continue
            for plain in LATIN.get(part, part).casefold():
                folded.append(" " if plain.isspace() else plain)
                places.append(index)
    return "".join(folded), places


def _matches(text: str) -> list[tuple[int, int, str]]:
    """(start, end, family) in the original, without overlaps, in order."""
    folded, places = _fold(text)
    found: list[tuple[int, int, str]] = []
    for name, pattern in FAMILIES:
        found += [
            (m.start("cut"), m.end("cut"), name) for m in pattern.finditer(folded) if m.end("cut") > m.start("cut")
        ]
    letters = [index for index, char in enumerate(folded) if char.isalnum()]
    squeezed = "".join(folded[index] for index in letters)
    for name, pattern in SQUEEZED:
        found += [(letters[m.start()], letters[m.end() - 1] + 1, name) for m in pattern.finditer(squeezed)]
    spans: list[tuple[int, int, str]] = []
    for start, end, name in sorted(found):
        first, last = places[start], places[end - 1] + 1
        if not spans or first >= spans[-1][1]:
            spans.append((first, last, name))
    return spans
