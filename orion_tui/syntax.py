"""Colours of code on the grounds of a diff: quiet, readable on each, and never the ones that say added or removed."""

from functools import lru_cache

import attrs
from rich.style import Style

from orion_tui.bridge.tints import KINDS
from orion_tui.themes import DARK, HIGH_CONTRAST, LIGHT, Colors, Styles, make_look


@attrs.frozen(kw_only=True)
class SyntaxColors:
    """One theme's colours of code; each has 4.5:1 on the grounds of lines in that theme's diffs."""

    comment: str
    keyword: str
    string: str
    number: str
    name: str
    type: str


SYNTAX: dict[str, SyntaxColors] = {
    "dark": SyntaxColors(
        comment="#9aa4b4", keyword="#c3b1fa", string="#dcc98f", number="#e8b48c", name="#9dbdff", type="#8fd0da"
    ),
    "light": SyntaxColors(
        comment="#50585f", keyword="#5b2f9e", string="#6b4700", number="#85310c", name="#174a9c", type="#0a5361"
    ),
    "high-contrast": SyntaxColors(
        comment="#e2e2e2", keyword="#e6ccff", string="#fff0a8", number="#ffd9b0", name="#b8e4ff", type="#a8ffff"
    ),
}
_THEMES: dict[str, Colors] = {"dark": DARK, "light": LIGHT, "high-contrast": HIGH_CONTRAST}


@lru_cache(maxsize=8)
def syntax_of(styles: Styles) -> dict[str, Style]:
    """Styles by kind for a look. With the terminal's own colours, or none, weight says what colour would."""
    for name, colors in SYNTAX.items():
        if make_look(name).styles == styles:
            return {kind: Style(color=str(getattr(colors, kind))) for kind in KINDS}
    plain = {kind: Style() for kind in KINDS}
    return plain | {"keyword": Style(bold=True), "name": Style(bold=True), "comment": Style(italic=True)}
