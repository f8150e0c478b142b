"""Make Textual's screenshots look the same everywhere: a font that is there, blanks that no renderer drops."""

import re

#: Cells are 12.2 units wide in the export; DejaVu Sans Mono is 0.602 em wide.
_CELL = 12.2
_FONT_SIZE = 20.26
_TEXT = re.compile(r'<text class="([^"]*)" x="([\d.]+)"([^>]*)>((?:&#160;)+)')


def portable(svg: str) -> str:
    """The same picture, with leading blanks turned into an offset and DejaVu Sans Mono named first."""

    def shift(found: re.Match[str]) -> str:
        blanks = found.group(4).count("&#160;")
        x = float(found.group(2)) + blanks * _CELL
        rest = re.sub(
            r'textLength="([\d.]+)"', lambda m: f'textLength="{float(m.group(1)) - blanks * _CELL:g}"', found.group(3)
        )
        return f'<text class="{found.group(1)}" x="{x:g}"{rest}>'

    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono").replace("font-size: 20px", f"font-size: {_FONT_SIZE}px")
    svg = _TEXT.sub(shift, svg)
    return re.sub(r"<text [^>]*></text>\n?", "", svg)
