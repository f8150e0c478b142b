"""Tokens as Textual knows them: themes, and variables of its style sheets."""

from functools import lru_cache

from textual.theme import BUILTIN_THEMES, Theme

from orion_tui.themes.colors import THEMES, Colors


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
