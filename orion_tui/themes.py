"""Colours and signs: four themes, one accent, two greys, four status colours, and an ASCII set.

Widgets that draw lines take their styles from a `Look`; frames take theirs from CSS variables made of the same colours.
"""

from functools import lru_cache
from typing import Any, cast

import attrs
from rich.color import Color
from rich.style import Style
from textual.app import App
from textual.message_pump import MessagePump
from textual.theme import BUILTIN_THEMES, Theme
from textual.widget import Widget


@attrs.frozen(kw_only=True)
class Colors:
    """One theme's colours, as Rich and Textual both spell them (`#rrggbb`, or `ansi_*` for the terminal's own)."""

    name: str
    dark: bool
    background: str
    #: The bar at the top and behind dialogs.
    raised: str
    text: str
    #: Second things: labels, paths, times.
    muted: str
    #: Third things: separators, what is not there.
    faint: str
    accent: str
    running: str
    good: str
    warn: str
    bad: str
    #: Behind the row under the cursor, in the pane that has the keys and in the others.
    selection: str
    selection_away: str
    #: Behind added and removed lines, and behind the words of them that differ.
    added: str
    removed: str
    added_word: str
    removed_word: str
    border: str
    #: The terminal's own 16 colours.
    ansi: bool = False


DARK = Colors(
    name="dark",
    dark=True,
    background="#11141a",
    raised="#1a1f28",
    text="#d5dae3",
    muted="#8d97a8",
    faint="#5a6475",
    accent="#82aaff",
    running="#5cc8d7",
    good="#8fcf7f",
    warn="#e5b567",
    bad="#f2737d",
    selection="#263349",
    selection_away="#1c222d",
    added="#15261c",
    removed="#2c181d",
    added_word="#23502f",
    removed_word="#63252f",
    border="#303948",
)
LIGHT = Colors(
    name="light",
    dark=False,
    background="#fbfbf8",
    raised="#eceee9",
    text="#23282f",
    muted="#5b6470",
    faint="#848c96",
    accent="#1f5fc4",
    running="#0b7285",
    good="#2b7a2f",
    warn="#8a5b00",
    bad="#b3261e",
    selection="#d5e2f8",
    selection_away="#e9ecf0",
    added="#e3f4e4",
    removed="#fbe6e5",
    added_word="#aedfb2",
    removed_word="#f3b7b3",
    border="#c9ced5",
)
HIGH_CONTRAST = Colors(
    name="high-contrast",
    dark=True,
    background="#000000",
    raised="#000000",
    text="#ffffff",
    muted="#e2e2e2",
    faint="#b8b8b8",
    accent="#66d9ff",
    running="#66ffff",
    good="#66ff66",
    warn="#ffe14d",
    bad="#ff8080",
    selection="#0040b0",
    selection_away="#303030",
    added="#003a00",
    removed="#500000",
    added_word="#007000",
    removed_word="#9c0000",
    border="#ffffff",
)
ANSI = Colors(
    name="ansi",
    dark=True,
    background="ansi_default",
    raised="ansi_default",
    text="ansi_default",
    muted="ansi_default",
    faint="ansi_bright_black",
    accent="ansi_blue",
    running="ansi_cyan",
    good="ansi_green",
    warn="ansi_yellow",
    bad="ansi_red",
    selection="ansi_default",
    selection_away="ansi_default",
    added="ansi_default",
    removed="ansi_default",
    added_word="ansi_default",
    removed_word="ansi_default",
    border="ansi_bright_black",
    ansi=True,
)
THEMES = {colors.name: colors for colors in (DARK, LIGHT, HIGH_CONTRAST, ANSI)}


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


@attrs.frozen(kw_only=True)
class Glyphs:
    """Signs. Each status has a sign of its own, so that colour is never the only one."""

    ascii: bool
    running: str
    waiting: str
    queued: str
    done: str
    flagged: str
    failed: str
    blocked: str
    paused: str
    undone: str
    cancelled: str
    #: Path separator, cursor bar, cut mark, newline mark, bar cells, tree corner, dot, arrows.
    path: str
    bar: str
    cut: str
    full: str
    empty: str
    corner: str
    dot: str
    arrow: str
    space: str
    masked: str
    vertical: str
    horizontal: str


UNICODE = Glyphs(
    ascii=False,
    running="●",
    waiting="◐",
    queued="◌",
    done="✓",
    flagged="⚑",
    failed="✗",
    blocked="■",
    paused="‖",
    undone="↺",
    cancelled="⊘",
    path="›",
    bar="▌",
    cut="…",
    full="━",
    empty="─",
    corner="└",
    dot="·",
    arrow="→",
    space="·",
    masked="●",
    vertical="│",
    horizontal="─",
)
ASCII = Glyphs(
    ascii=True,
    running=">",
    waiting="?",
    queued=".",
    done="+",
    flagged="!",
    failed="x",
    blocked="#",
    paused="=",
    undone="<",
    cancelled="-",
    path=">",
    bar=">",
    cut="~",
    full="#",
    empty="-",
    corner="`",
    dot="-",
    arrow="->",
    space=".",
    masked="*",
    vertical="|",
    horizontal="-",
)


@attrs.frozen(kw_only=True)
class Look:
    """How everything is drawn."""

    styles: Styles
    glyphs: Glyphs


def app_of(node: MessagePump) -> App[Any]:
    """The app of a widget or screen; Textual leaves its result type open."""
    return cast("App[Any]", node.app)  # pyright: ignore[reportUnknownMemberType] - see above


def look_of(widget: Widget) -> Look:
    """How the widget's app draws; the dark theme in an app that does not say."""
    found = getattr(app_of(widget), "look", None)
    return found if isinstance(found, Look) else make_look("dark")


@lru_cache(maxsize=32)
def make_look(theme: str, *, no_color: bool = False, ascii_only: bool = False) -> Look:
    """The look of a theme; KeyError for a theme that does not exist."""
    glyphs = ASCII if ascii_only else UNICODE
    return Look(styles=_plain_styles() if no_color else _colored_styles(THEMES[theme]), glyphs=glyphs)


def _rich(color: str) -> Color:
    if color == "ansi_default":
        return Color.default()
    return Color.parse(color.removeprefix("ansi_"))


def _colored_styles(colors: Colors) -> Styles:
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


def _plain_styles() -> Styles:
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


def textual_theme(colors: Colors) -> Theme:
    """The same colours for Textual's CSS: `$orion-border`, `$orion-focus`, `$orion-raised` and the usual names."""
    # Textual's own rules for native colours name variables that only its own theme of that kind defines.
    inherited = BUILTIN_THEMES["ansi-dark"].variables if colors.ansi else {}
    return Theme(
        name=colors.name,
        primary=colors.accent,
        secondary=colors.muted,
        accent=colors.accent,
        warning=colors.warn,
        error=colors.bad,
        success=colors.good,
        foreground=colors.text,
        background=colors.background,
        surface=colors.background,
        panel=colors.raised,
        boost=colors.raised,
        dark=colors.dark,
        ansi=colors.ansi,
        variables={**inherited, **css_variables(colors)},
    )


@lru_cache(maxsize=1)
def textual_themes() -> dict[str, Theme]:
    """All of them, by name."""
    return {colors.name: textual_theme(colors) for colors in THEMES.values()}


def css_variables(colors: Colors) -> dict[str, str]:
    """The variables that `app.tcss` uses."""
    return {
        "orion-background": colors.background,
        "orion-raised": colors.raised,
        "orion-text": colors.text,
        "orion-muted": colors.muted,
        "orion-faint": colors.faint,
        "orion-border": colors.border,
        "orion-focus": colors.accent,
        "orion-warn": colors.warn,
        "orion-bad": colors.bad,
        "orion-good": colors.good,
        "orion-selection": colors.selection,
    }
