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


def literal(text: str, glyphs: Glyphs) -> str:
    """`text` as one line that is safe to put on a terminal, ASCII only where the terminal is poor."""
    if not (text.isascii() and text.isprintable()):
        text = _literal(text, glyphs.ascii)
    return text


@lru_cache(maxsize=4096)
def _literal(text: str, ascii_only: bool) -> str:
    text = clean(text, keep_newlines=False)
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
    text = literal(text, glyphs)
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
    text = literal(text, glyphs)
    length = cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    first, *others = text.split("/")
    for kept in range(1, len(others)):
        shorter = f"{first}/{glyphs.cut}/{'/'.join(others[kept:])}"
        if cell_len(shorter) <= width:
            return shorter + " " * (width - cell_len(shorter))
    end = "/".join(others[-1:]) or text
    while end and cell_len(end) > width - 1:
        end = end[1:]
    return set_cell_size(glyphs.cut + end, width)


def width_of(text: str, glyphs: Glyphs) -> int:
    """How many cells the text takes once it is made safe."""
    return cell_len(literal(text, glyphs))


def line(
    look: Look, width: int, left: Iterable[Part], right: Iterable[Part] = (), *, base: Style | None = None
) -> Strip:
    """One line of exactly `width` cells: `left` cut where `right`, which stands at the end, needs the room."""
    ground = look.styles.base if base is None else base
    style_of = _on(look, ground)
    tail = [(literal(text, look.glyphs), style) for text, style in right if text]
    tail_width = sum(cell_len(text) for text, _ in tail)
    if tail_width > width:
        tail, tail_width = [], 0
    room = width - tail_width
    parts = [(literal(raw, look.glyphs), style) for raw, style in left if raw]
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
        while cell_len(rest) > width > 0:
            cut = _cells(rest, width)
            blank = rest.rfind(" ", 1, cut + 1)
            if blank > 0 and rest[:blank].strip():
                lines.append(rest[:blank])
                rest = rest[blank + 1 :]
            else:
                lines.append(rest[:cut])
                rest = rest[cut:]
        lines.append(rest)
    return lines


def _cells(text: str, width: int) -> int:
    """How many characters of `text` fit into `width` cells; at least one."""
    if text.isascii():
        return width
    used = 0
    for index, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return max(1, index)
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
