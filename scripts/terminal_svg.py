"""Draw what stands in a terminal as a small SVG that looks the same everywhere.

Lines, corners and bars are drawn as shapes, since fonts leave gaps between them; text is held to its cells. Times,
names of machines and random ids do not get in, so that the same screen is always the same bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import attrs
from rich.cells import cell_len, split_graphemes
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme

#: One cell, in units of the picture; DejaVu Sans Mono is 0.602 em wide.
WIDTH, HEIGHT, FONT = 9.0, 18.0, 14.95
#: From the top of a cell to the foot of its letters.
FOOT = 13.6
#: Around the screen.
MARGIN = 10.0
FONTS = "'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace"

#: Lines through a cell: from its middle to left, right, top, bottom; round where two sides meet.
LINES: Mapping[str, str] = {
    "╭": "rb", "╮": "lb", "╰": "rt", "╯": "lt", "┌": "rb", "┐": "lb", "└": "rt",
    "┘": "lt", "├": "tbr", "┤": "tbl", "┬": "lrb", "┴": "lrt", "┼": "lrtb", "╶": "r", "╴": "l",
}  # fmt: skip
#: Strokes that go on into the next cell: their kind, and whether they go sideways.
STROKES: Mapping[str, tuple[str, bool]] = {"─": ("line", True), "━": ("thick", True), "│": ("tall", False)}
#: What is drawn over what.
ORDER = ("ground", "fill", "line", "thick")
#: Parts of a cell that are filled: left, top, width, height, from 0 to 1.
BLOCKS: Mapping[str, tuple[float, float, float, float]] = {
    "█": (0, 0, 1, 1), "▌": (0, 0, 0.5, 1), "▐": (0.5, 0, 0.5, 1), "▀": (0, 0, 1, 0.5), "▎": (0, 0, 0.25, 1),
    "▏": (0, 0, 0.125, 1), "▊": (0, 0, 0.75, 1), "▍": (0, 0, 0.375, 1), "▉": (0, 0, 0.875, 1), "▋": (0, 0, 0.625, 1),
    **{char: (0, 1 - n / 8, 1, n / 8) for n, char in enumerate("▁▂▃▄▅▆▇", start=1)},
}  # fmt: skip


@attrs.frozen(kw_only=True)
class Paper:
    """What stands for the terminal's own colours: `#rrggbb`, and sixteen of them for a terminal that has no more."""

    foreground: str
    background: str
    palette: tuple[str, ...]

    def theme(self) -> TerminalTheme:
        """The same for Rich."""
        numbers = [_triplet(color) for color in self.palette]
        return TerminalTheme(_triplet(self.background), _triplet(self.foreground), numbers[:8], numbers[8:])


#: A usual dark terminal.
NIGHT = Paper(
    foreground="#d0d0d0",
    background="#16181d",
    palette=(
        "#2b2f37", "#e06c75", "#98c379", "#d8b06a", "#6aa6e8", "#c678dd", "#56b6c2", "#c5cad3",
        "#7b8494", "#ef8891", "#aed694", "#e8c98b", "#8dbdf0", "#d79be8", "#7fcbd5", "#f0f2f5",
    ),
)  # fmt: skip


@attrs.frozen(kw_only=True)
class _Run:
    """Cells of one line that look alike."""

    column: int
    cells: int
    text: str
    fore: str
    back: str
    style: str


def _triplet(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _hex(color: Color | None, theme: TerminalTheme, *, foreground: bool) -> str:
    return (color or Color.default()).get_truecolor(theme, foreground=foreground).hex


def _mixed(one: str, other: str, part: float) -> str:
    both = zip(_triplet(one), _triplet(other), strict=True)
    return "#" + "".join(f"{round(a * part + b * (1 - part)):02x}" for a, b in both)


def _look(style: Style | None, paper: Paper, theme: TerminalTheme) -> tuple[str, str, str]:
    """Foreground, background, and what CSS says of the letters."""
    if style is None:
        return paper.foreground, paper.background, ""
    fore = _hex(style.color, theme, foreground=True)
    back = _hex(style.bgcolor, theme, foreground=False)
    if style.reverse:
        fore, back = back, fore
    if style.dim:
        fore = _mixed(fore, back, 0.62)
    said = "font-weight:bold;" if style.bold else ""
    said += "font-style:italic;" if style.italic else ""
    lines = [word for word, on in (("underline", style.underline), ("line-through", style.strike)) if on]
    return fore, back, said + (f"text-decoration:{' '.join(lines)};" if lines else "")


def _runs(line: Iterable[Segment], paper: Paper, theme: TerminalTheme) -> Iterable[_Run]:
    column = 0
    found: list[_Run] = []
    for segment in line:
        if segment.control:
            continue
        text = segment.text.rstrip("\n")
        cells = cell_len(text)
        fore, back, style = _look(segment.style, paper, theme)
        last = found[-1] if found else None
        if last is not None and (last.back, last.style) == (back, style) and (last.fore == fore or not text.strip()):
            found[-1] = attrs.evolve(last, cells=last.cells + cells, text=last.text + text)
        else:
            found.append(_Run(column=column, cells=cells, text=text, fore=fore, back=back, style=style))
        column += cells
    return found


def _n(number: float) -> str:
    return f"{round(number, 2):g}"


def _line(char: str, x: float, y: float) -> str:
    """The path of a line through a cell."""
    sides = LINES[char]
    middle_x, middle_y = x + WIDTH / 2, y + HEIGHT / 2
    ends = {"l": (x, middle_y), "r": (x + WIDTH, middle_y), "t": (middle_x, y), "b": (middle_x, y + HEIGHT)}
    if char in "╭╮╰╯":
        (ax, ay), (bx, by) = ends[sides[0]], ends[sides[1]]
        return f"M{_n(ax)} {_n(ay)}Q{_n(middle_x)} {_n(middle_y)} {_n(bx)} {_n(by)}"
    return "".join(f"M{_n(middle_x)} {_n(middle_y)}L{_n(ends[side][0])} {_n(ends[side][1])}" for side in sides)


class _Picture:
    """What is drawn so far: grounds, shapes and letters, each under its colour."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self._classes: dict[str, str] = {}
        self._paths: dict[tuple[str, str], list[str]] = {}
        #: Start and end of each stroke, by kind, colour and the coordinate that does not change.
        self._strokes: dict[tuple[str, str, float], list[tuple[float, float]]] = {}
        self.letters: list[str] = []

    def _css(self, rules: str) -> str:
        return self._classes.setdefault(rules, f"c{len(self._classes)}")

    def path(self, rules: str, color: str, path: str) -> None:
        self._paths.setdefault((rules, color), []).append(path)

    def box(self, color: str, x: float, y: float, width: float, height: float, rules: str = "fill") -> None:
        self.path(rules, color, f"M{_n(x)} {_n(y)}h{_n(width)}v{_n(height)}h{_n(-width)}z")

    def run(self, run: _Run, y: float) -> None:
        left = MARGIN + run.column * WIDTH
        if run.back != self.paper.background:
            self._stroke("ground", run.back, y, left, run.cells * WIDTH)
        column, words, start = 0, "", 0
        for first, last, cells in split_graphemes(run.text)[0]:
            char = run.text[first:last]
            x = left + column * WIDTH
            column += cells
            if char in LINES or char in STROKES or char in BLOCKS or (char == " " and words[-1:] in {"", " "}):
                self._words(run, words, left + start * WIDTH, y)
                words, start = "", column
                self._shape(run.fore, char, x, y)
            else:
                words += char
        self._words(run, words, left + start * WIDTH, y)

    def _shape(self, color: str, char: str, x: float, y: float) -> None:
        if char in STROKES:
            rules, wide = STROKES[char]
            self._stroke(rules, color, *((y, x, WIDTH) if wide else (x, y, HEIGHT)))
        elif char in LINES:
            self.path("line", color, _line(char, x, y))
        elif char in BLOCKS:
            dx, dy, width, height = BLOCKS[char]
            self.box(color, x + dx * WIDTH, y + dy * HEIGHT, width * WIDTH, height * HEIGHT)

    def _stroke(self, rules: str, color: str, fixed: float, start: float, length: float) -> None:
        """Neighbours become one stroke."""
        strokes = self._strokes.setdefault((rules, color, fixed), [])
        if strokes and strokes[-1][1] == start:
            strokes[-1] = (strokes[-1][0], start + length)
        else:
            strokes.append((start, start + length))

    def _words(self, run: _Run, words: str, x: float, y: float) -> None:
        text = words.rstrip(" ")
        if not text:
            return
        length = f' textLength="{_n(cell_len(text) * WIDTH)}"' if len(text) > 1 else ""
        css = self._css(f"fill:{run.fore};{run.style}")
        self.letters.append(
            f'<text class="{css}" x="{_n(x)}" y="{_n(y + FOOT)}"{length}>{escape(text, quote=False)}</text>'
        )

    def shapes(self) -> Iterable[str]:
        """Grounds first, then lines."""
        for (rules, color, fixed), strokes in self._strokes.items():
            for start, end in strokes:
                if rules == "ground":
                    self.box(color, start, fixed, end - start, HEIGHT, rules="ground")
                elif rules == "tall":
                    self.path("line", color, f"M{_n(fixed + WIDTH / 2)} {_n(start)}v{_n(end - start)}")
                else:
                    self.path(rules, color, f"M{_n(start)} {_n(fixed + HEIGHT / 2)}h{_n(end - start)}")
        for (rules, color), paths in sorted(self._paths.items(), key=lambda item: ORDER.index(item[0][0])):
            drawn = "".join(paths)
            if rules in {"ground", "fill"}:
                yield f'<path fill="{color}" d="{drawn}"/>'
            else:
                width = "3" if rules == "thick" else "1.2"
                yield f'<path fill="none" stroke="{color}" stroke-width="{width}" d="{drawn}"/>'

    def css(self) -> str:
        return "".join(f".{name}{{{rules}}}" for rules, name in self._classes.items())


def terminal_svg(lines: Sequence[Iterable[Segment]], columns: int, paper: Paper = NIGHT, title: str = "") -> str:
    """The picture of these lines; `title` is read out where pictures are not seen."""
    picture = _Picture(paper)
    theme = paper.theme()
    for row, line in enumerate(lines):
        for run in _runs(line, paper, theme):
            picture.run(run, MARGIN + row * HEIGHT)
    width, height = columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    heading = f"<title>{escape(title)}</title>" if title else ""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
            f'width="{_n(width)}" height="{_n(height)}">{heading}',
            f"<style>text{{font:{FONT}px {FONTS};white-space:pre}}{picture.css()}</style>",
            f'<rect width="{_n(width)}" height="{_n(height)}" rx="8" fill="{paper.background}"/>',
            *picture.shapes(),
            *picture.letters,
            "</svg>\n",
        )
    )
