"""Words of empty panes: what belongs there, and the key that makes it, as the person's own keys have it."""

import re

from orion_tui.base.own_keys import Keys
from orion_tui.widgets.cells import Part

_KEY = re.compile(r"\{([a-z_.]+)\}")


def taught(text: str, keys: Keys) -> list[Part]:
    """`text` in parts: a command's id in braces, as in `{app.work} hands over a goal`, becomes its key.

    Raises KeyError for an id that the catalogue does not have.
    """
    parts: list[Part] = []
    position = 0
    for found in _KEY.finditer(text):
        parts += [(text[position : found.start()], "muted"), (keys.get(found.group(1)).shown, "key")]
        position = found.end()
    return [*parts, (text[position:], "muted")]
