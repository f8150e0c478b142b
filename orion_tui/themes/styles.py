"""Tokens as ready styles for widgets that draw lines."""

from typing import cast

import attrs
from rich.color import Color
from rich.style import Style

from orion_tui.themes.colors import Colors


@attrs.frozen(kw_only=True)
class Styles:
    """Ready styles for line widgets. Foregrounds carry no background: the row gives it."""

    base: Style
    raised: Style
    text: Style
    strong: Style
    muted: Style
    faint: Style
    accent: Style
    key: Style
    running: Style
    good: Style
    warn: Style
    bad: Style
    selection: Style
    selection_away: Style
    added: Style
    removed: Style
    added_word: Style
    removed_word: Style
    match: Style
    #: A spelled-out hidden character: never to be overlooked.
    disguise: Style

    def of(self, name: str) -> Style:
        """The style of that field."""
        return cast(Style, getattr(self, name))


def _rich(color: str) -> Color:
    if color == "ansi_default":
        return Color.default()
    return Color.parse(color.removeprefix("ansi_"))


def colored_styles(colors: Colors) -> Styles:
    """The styles of a theme."""

    def fore(color: str, *, bold: bool | None = None, dim: bool | None = None, reverse: bool | None = None) -> Style:
        return Style(color=_rich(color), bold=bold, dim=dim, reverse=reverse)

    def back(color: str, *, bold: bool | None = None, reverse: bool | None = None) -> Style:
        return Style(bgcolor=_rich(color), bold=bold, reverse=reverse)

    ansi = colors.ansi
    return Styles(
        base=Style(color=_rich(colors.text), bgcolor=_rich(colors.background)),
        raised=Style(color=_rich(colors.text), bgcolor=_rich(colors.raised)),
        text=fore(colors.text),
        strong=fore(colors.text, bold=True),
        muted=fore(colors.muted, dim=ansi or None),
        faint=fore(colors.faint),
        accent=fore(colors.accent),
        key=fore(colors.accent, bold=True),
        running=fore(colors.running),
        good=fore(colors.good),
        warn=fore(colors.warn),
        bad=fore(colors.bad),
        # Sixteen colours leave no quiet background: the terminal's own reverse is sure to be readable.
        selection=back(colors.selection, reverse=ansi or None),
        selection_away=back(colors.selection_away, bold=ansi or None),
        added=fore(colors.good) if ansi else back(colors.added),
        removed=fore(colors.bad) if ansi else back(colors.removed),
        added_word=Style(underline=True) if ansi else back(colors.added_word),
        removed_word=Style(underline=True) if ansi else back(colors.removed_word),
        match=Style(reverse=True),
        disguise=fore(colors.bad, bold=True, reverse=True),
    )


def plain_styles() -> Styles:
    """Styles without any colour: weight, underlines and reverse alone."""
    default = Style(color=Color.default(), bgcolor=Color.default())
    return Styles(
        base=default,
        raised=default,
        text=Style(),
        strong=Style(bold=True),
        muted=Style(dim=True),
        faint=Style(dim=True),
        accent=Style(bold=True),
        key=Style(bold=True),
        running=Style(bold=True),
        good=Style(),
        warn=Style(bold=True),
        bad=Style(bold=True),
        selection=Style(reverse=True),
        selection_away=Style(bold=True),
        added=Style(),
        removed=Style(),
        added_word=Style(underline=True),
        removed_word=Style(underline=True),
        match=Style(reverse=True),
        disguise=Style(bold=True, reverse=True),
    )
