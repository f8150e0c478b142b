"""How the application looks and which keys it obeys, from `settings.yaml`: read before the first picture, so cheaply.

    ui:
      theme: light                    # dark, light, high-contrast or ansi (the terminal's own colours)
      ascii: true                     # signs that every font has
      bell: false                     # ring when something begins to wait for you
      mouse: false                    # leave the mouse to the terminal, for its own selecting and copying
      clipboard: auto                 # what y does: auto, osc52 (the terminal's alone), file or off
    keys:
      live.pause: space               # ids as `orion keys` lists them
      mission.approve: [A, f2]

What is wrong here never keeps the application from starting: it is said in it, and the rest holds.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from orion_tui.base.errors import InvalidFile
from orion_tui.base.own_keys import DEFAULT, Keys, own_keys
from orion_tui.base.paths import OrionHome

if TYPE_CHECKING:
    from orion_tui.roles.yaml_node import Fields, Node

#: Ways to copy: to the terminal and into a file, to the terminal alone, into a file alone, not at all.
CLIPBOARD = ("auto", "osc52", "file", "off")
THEMES = ("dark", "light", "high-contrast", "ansi")

# A file without these two words at the start of a line decides nothing here, and YAML need not be loaded.
_DECIDES = re.compile(rb"^[\"']?(?:ui|keys)\b", re.MULTILINE)
_MOST_BYTES = 256 * 1024


@attrs.frozen(kw_only=True)
class Appearance:
    """What the person chose; None where the terminal or the application decides."""

    theme: str | None = None
    ascii: bool | None = None
    bell: bool = True
    mouse: bool = True
    clipboard: str = "auto"
    #: Command ids to the keys as they were written.
    wishes: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict[str, tuple[str, ...]])

    def keys(self) -> tuple[Keys, tuple[str, ...]]:
        """The keys in use, and what of `wishes` could not be followed."""
        if not self.wishes:
            return DEFAULT, ()
        keys, wrong = own_keys(self.wishes)
        return keys, tuple(f"keys: {each}" for each in wrong)


def load(home: OrionHome) -> tuple[Appearance, tuple[str, ...]]:
    """The appearance, and what is wrong with it, each with its place. Never raises for the file's sake."""
    path = home.root / "settings.yaml"
    try:
        with path.open("rb") as stream:
            source = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return Appearance(), ()
    except OSError as error:
        return Appearance(), (f"cannot read {path}: {error.strerror}",)
    if not _DECIDES.search(source):
        return Appearance(), ()
    from orion_tui.roles import strict_yaml

    document = strict_yaml.parse(source, str(path))
    fields = document.root.fields() if not document.root.is_null else None
    found = read(fields) if fields is not None else Appearance()
    try:
        document.problems.refuse("settings file")
    except InvalidFile as wrong:
        return found, wrong.problems
    return found, ()


def read(fields: "Fields") -> Appearance:
    """The two blocks of the settings file; problems are noted at their places."""
    found = Appearance(wishes=_wishes(fields))
    ui = fields.fields("ui")
    if ui is None:
        return found
    theme = ui.text("theme")
    if theme and theme not in THEMES:
        node = ui.get("theme")
        assert node is not None
        node.problem(f"must be one of {', '.join(THEMES)}")
        theme = ""
    found = attrs.evolve(
        found,
        theme=theme or None,
        ascii=_switch(ui, "ascii"),
        bell=_switch(ui, "bell") is not False,
        mouse=_switch(ui, "mouse") is not False,
        clipboard=_clipboard(ui),
    )
    ui.done()
    return found


def _clipboard(ui: "Fields") -> str:
    node = ui.get("clipboard")
    # Not as text: `off` is a truth value to some readers of YAML, and a way to copy here.
    if node is None or node.value in CLIPBOARD:
        return node.value if node is not None else CLIPBOARD[0]
    node.problem(f"must be one of {', '.join(CLIPBOARD)}")
    return CLIPBOARD[0]


def _switch(fields: "Fields", key: str) -> bool | None:
    node = fields.get(key)
    return node.boolean() if node is not None else None


def _wishes(fields: "Fields") -> dict[str, tuple[str, ...]]:
    inner = fields.fields("keys")
    return {key.value: tuple(_written(value)) for key, value in inner or ()}


def _written(value: "Node") -> list[str]:
    from orion_tui.roles.yaml_node import Kind

    # A digit is a key here as any other.
    nodes = value.children if value.kind is Kind.LIST else (value,)
    found = [node.value for node in nodes if node.kind is Kind.SCALAR and node.value]
    if not found or len(found) != len(nodes):
        value.problem("expected a key, or a list of keys")
    return found
