"""Text to cells: the one way in which anything reaches a line of the screen.

All text is literal. What is not printable is cleaned once more here, so that a caller's slip cannot put a control
character on the terminal; nothing is ever parsed as markup.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from orion_tui.base.text import clean
from orion_tui.themes import Glyphs, Look

#: Text and the name of its style in `themes.Styles`.
Part = tuple[str, str]


#: Characters of a text that can matter to one line of a screen; what it says beyond that is cut anyway.
_LINE = 4_096

# Terminals do not agree how wide these make what stands before them: signs of emoji, shades of skin, key caps.
_UNEVEN = re.compile("[\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")
# More marks on one letter than any script has grow over the lines around it.
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
_HEAPED = re.compile(f"({_MARKS}{{4}}){_MARKS}+")


def literal(text: str, glyphs: Glyphs) -> str:
    """`text` as one line that is safe to put on a terminal, ASCII only where the terminal is poor."""
    if not (text.isascii() and text.isprintable()):
        text = _literal(text, glyphs.ascii) if len(text) <= _LINE else _made_literal(text, glyphs.ascii)
    return text


@lru_cache(maxsize=4096)
def _literal(text: str, ascii_only: bool) -> str:
    return _made_literal(text, ascii_only)


def _made_literal(text: str, ascii_only: bool) -> str:
    text = _HEAPED.sub(r"\1", _UNEVEN.sub("", clean(text, keep_newlines=False)))
    if ascii_only:
        text = text.replace("⏎", "\\n").replace("⟨", "<").replace("⟩", ">")
        text = text.encode("ascii", "replace").decode("ascii")
    return text


def prose(text: str) -> str:
    """Words of a person or a model as one line: where they break it says nothing, unlike in a command."""
    return " ".join(text.split())


def fit(text: str, width: int, glyphs: Glyphs, *, right: bool = False) -> str:
    """Exactly `width` cells of `text`: padded, or cut with a mark."""
    if width <= 0:
        return ""
    text = literal(text[:_LINE], glyphs)
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + glyphs.cut if width > 1 else set_cell_size(text, 1)
    return " " * (width - length) + text if right else text + " " * (width - length)


def fit_path(text: str, width: int, glyphs: Glyphs) -> str:
    """Exactly `width` cells of a path: cut in the middle, for its end says most and its beginning says where.

    Whole folders go first; a name that alone is too long loses its front.
    """
    if width <= 0:
        return ""
    text = literal(text[-_LINE:], glyphs)
    length = cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    first, *others = text.split("/")
    for kept in range(1, len(others)):
        shorter = f"{first}/{glyphs.cut}/{'/'.join(others[kept:])}"
        if cell_len(shorter) <= width:
            return shorter + " " * (width - cell_len(shorter))
    end = "/".join(others[-1:]) or text
    used, begin = 0, len(end)
    while begin and (used := used + cell_len(end[begin - 1])) < width:
        begin -= 1
    return set_cell_size(glyphs.cut + end[begin:], width)


def width_of(text: str, glyphs: Glyphs) -> int:
    """How many cells the text takes once it is made safe."""
    return cell_len(literal(text[:_LINE], glyphs))


def line(
    look: Look, width: int, left: Iterable[Part], right: Iterable[Part] = (), *, base: Style | None = None
) -> Strip:
    """One line of exactly `width` cells: `left` cut where `right`, which stands at the end, needs the room."""
    ground = look.styles.base if base is None else base
    style_of = _on(look, ground)
    tail = [(literal(text[:_LINE], look.glyphs), style) for text, style in right if text]
    tail_width = sum(cell_len(text) for text, _ in tail)
    if tail_width > width:
        tail, tail_width = [], 0
    room = width - tail_width
    parts = [(literal(raw[:_LINE], look.glyphs), style) for raw, style in left if raw]
    if tail and sum(cell_len(text) for text, _ in parts) > room > 1 and not tail[0][0].startswith(" "):
        # What is cut must not touch what follows.
        tail = [(" ", tail[0][1]), *tail]
        room -= 1
    segments: list[Segment] = []
    used = 0
    for text, style in parts:
        length = cell_len(text)
        if used + length > room:
            if room > used:
                segments.append(Segment(fit(text, room - used, look.glyphs), ground + style_of(style)))
            used = room
            break
        segments.append(Segment(text, ground + style_of(style)))
        used += length
    if used < room:
        segments.append(Segment(" " * (room - used), ground))
    segments.extend(Segment(text, ground + style_of(style)) for text, style in tail)
    return Strip(segments, width)


def _on(look: Look, ground: Style) -> Callable[[str], Style]:
    """Styles by name, for this ground: the third grey is too faint for a selected line.

    Where that line is reversed, a colour would become a patch of ground: sign, word and weight have to do.
    """
    styles = look.styles
    if ground.reverse:
        return lambda name: Style(bold=styles.of(name).bold, underline=styles.of(name).underline)
    if ground.bgcolor in {styles.selection.bgcolor, styles.selection_away.bgcolor}:
        return lambda name: styles.of("muted" if name == "faint" else name)
    return styles.of


def wrap(text: str, width: int, glyphs: Glyphs) -> list[str]:
    """`text` in lines of at most `width` cells, broken at blanks where possible; newlines are kept, nothing is lost."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        rest = literal(paragraph, glyphs)
        begin = 0
        # By positions, each looked at once: a text of a megabyte without a newline is not copied for every line.
        while width > 0 and (end := _cells(rest, begin, width)) < len(rest):
            blank = rest.rfind(" ", begin + 1, end + 1)
            if blank > begin and not rest[begin:blank].isspace():
                lines.append(rest[begin:blank])
                begin = blank + 1
            else:
                lines.append(rest[begin:end])
                begin = end
        lines.append(rest[begin:])
    return lines


def _cells(text: str, begin: int, width: int) -> int:
    """Where the part of `text` ends that begins there and fits into `width` cells; it has one character at least."""
    if text.isascii():
        return min(len(text), begin + width)
    used = 0
    for index in range(begin, len(text)):
        used += cell_len(text[index])
        if used > width:
            return max(begin + 1, index)
    return len(text)


#: What `reveal` writes for a hidden character, in either set of signs.
_SPELLED = re.compile(r"[⟨<]U\+[0-9A-F]{4,6}[⟩>]")


def reveal_parts(text: str, style: str) -> list[Part]:
    """Revealed text in parts: what `reveal` spelled out (`⟨U+202E⟩`) stands out in the style of a warning."""
    parts: list[Part] = []
    position = 0
    for found in _SPELLED.finditer(text):
        if found.start() > position:
            parts.append((text[position : found.start()], style))
        parts.append((found.group(), "disguise"))
        position = found.end()
    if position < len(text):
        parts.append((text[position:], style))
    return parts
