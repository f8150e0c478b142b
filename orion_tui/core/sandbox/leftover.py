"""One thing that a backend made on the machine, outside of Orion's own directory, and that outlives its sessions."""

from collections.abc import Callable

import attrs


@attrs.frozen(kw_only=True)
class Leftover:
    """A container, a volume, an image."""

    #: What it is, for people: `container 3f2a91c0aa5e of session 4be1...`, `volume orion-ara-...`.
    name: str
    #: Bytes on disk; 0 where unknown.
    size: int
    #: Takes it away. Raises OrionError when that fails.
    remove: Callable[[], None]
