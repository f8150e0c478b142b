"""What sandboxes left on the machine outside of Orion's own directory: containers, volumes, images with its label.

A backend that makes such things adds a function here; `orion uninstall` lists and removes what they name.
"""

from collections.abc import Callable, Iterable

import attrs

from orion_tui.base.paths import OrionHome


@attrs.frozen(kw_only=True)
class Leftover:
    """One thing that a backend made and that outlives its sessions."""

    #: What it is, for people: `container orion-3f2a`, `volume orion-3f2a-work`.
    name: str
    #: Bytes on disk; 0 where unknown.
    size: int
    #: Takes it away. Raises OrionError when that fails.
    remove: Callable[[], None]


Finder = Callable[[OrionHome], Iterable[Leftover]]

#: One function a backend: what it left that belongs to this state directory. It must not fail where the backend's
#: engine is not there: then there is nothing that could be removed.
FINDERS: tuple[Finder, ...] = ()


def find(home: OrionHome) -> list[Leftover]:
    """Everything that every backend left."""
    return [leftover for finder in FINDERS for leftover in finder(home)]
