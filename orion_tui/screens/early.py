"""Screens that are left before they stand: keys come faster than a screen is put together."""

from typing import TypeVar

from textual import events
from textual.screen import Screen

from orion_tui.themes import app_of

R = TypeVar("R")


class LeftEarly(Screen[R]):
    """A screen that is not set up any more once it was left; its parts are not there, and will not come."""

    async def on_event(self, event: events.Event) -> None:
        """Everything but the beginning of what is over."""
        left = self not in app_of(self).screen_stack
        if not left or not isinstance(event, events.Mount):
            await super().on_event(event)
