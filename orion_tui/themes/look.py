"""How everything is drawn in an app: its styles and its signs."""

from functools import lru_cache
from typing import Any, cast

import attrs
from textual.app import App
from textual.message_pump import MessagePump
from textual.widget import Widget

from orion_tui.themes.colors import THEMES
from orion_tui.themes.glyphs import ASCII, UNICODE, Glyphs
from orion_tui.themes.styles import Styles, colored_styles, plain_styles


@attrs.frozen(kw_only=True)
class Look:
    """How everything is drawn."""

    styles: Styles
    glyphs: Glyphs

    @property
    def colored(self) -> bool:
        """Whether a status has a colour beside its sign."""
        return self.styles.of("warn").color is not None


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
    return Look(styles=plain_styles() if no_color else colored_styles(THEMES[theme]), glyphs=glyphs)
