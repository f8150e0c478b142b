"""Colours and signs: four themes, one accent, two greys, four status colours, and an ASCII set.

Widgets that draw lines take their styles from a `Look`; frames take theirs from CSS variables made of the same colours.
"""

from orion_tui.themes.colors import ANSI, DARK, HIGH_CONTRAST, LIGHT, THEMES, Colors
from orion_tui.themes.css import css_variables, textual_theme, textual_themes
from orion_tui.themes.glyphs import ASCII, UNICODE, Glyphs
from orion_tui.themes.look import Look, app_of, look_of, make_look
from orion_tui.themes.styles import Styles

__all__ = [
    "ANSI",
    "ASCII",
    "DARK",
    "HIGH_CONTRAST",
    "LIGHT",
    "THEMES",
    "UNICODE",
    "Colors",
    "Glyphs",
    "Look",
    "Styles",
    "app_of",
    "css_variables",
    "look_of",
    "make_look",
    "textual_theme",
    "textual_themes",
]
