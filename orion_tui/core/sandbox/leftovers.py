"""What sandboxes left on the machine outside of Orion's own directory; `orion uninstall` lists and removes it.

A backend that makes such things adds a function here.
"""

from collections.abc import Callable, Iterable

from orion_tui.base.paths import OrionHome
from orion_tui.core.sandbox.docker import leftovers as docker
from orion_tui.core.sandbox.leftover import Leftover

Finder = Callable[[OrionHome], Iterable[Leftover]]

#: One function a backend: what it left that belongs to this state directory. It must not fail where the backend's
#: engine is not there: then there is nothing that could be removed.
FINDERS: tuple[Finder, ...] = (docker.find,)


def shared() -> tuple[str, ...]:
    """Names of what serves other state directories too, and therefore stays."""
    return docker.shared()


def find(home: OrionHome) -> list[Leftover]:
    """Everything that every backend left."""
    return [leftover for finder in FINDERS for leftover in finder(home)]
