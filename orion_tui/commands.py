"""What the palette offers: every key of the screen in front, every numbered screen, every theme."""

import attrs

from orion_tui.base.own_keys import Keys
from orion_tui.themes import THEMES


@attrs.frozen
class Command:
    """One line of the palette."""

    label: str
    #: The key that does the same, "" for none.
    key: str
    #: Where the action is looked up: "app" or "screen".
    owner: str
    #: Action in Textual's spelling.
    action: str


def offered(view: str, keys: Keys) -> list[Command]:
    """The commands for a screen of that view, the screen's own first."""
    own = [
        Command(label=key.help, key=key.shown, owner="screen", action=key.action)
        for key in keys.view(view)
        if view not in {"app", "pane", "lines"}
    ]
    everywhere = [
        Command(label=key.help, key=key.shown, owner="app", action=key.action.removeprefix("app."))
        for key in keys.view("app")
        if key.id != "app.palette"
    ]
    themes = [Command(label=f"Theme: {name}", key="", owner="app", action=f"theme('{name}')") for name in THEMES]
    return [*own, *everywhere, *themes]


def matching(commands: list[Command], words: str) -> list[Command]:
    """Commands whose label contains all the words, in order of the catalogue."""
    wanted = words.lower().split()
    return [command for command in commands if all(word in command.label.lower() for word in wanted)]
