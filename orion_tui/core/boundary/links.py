"""Symbolic links as data: which targets stay inside the tree, however the links are chained.

The rule makes that provable without resolving anything: `..` only at the start of a target, where it climbs real
directories (a git path never passes through a link), and never above the root. Then every link leads to a place inside,
and so does every chain of them. `x/../y` is refused although it may be harmless: where `x` is a link it need not be.
"""

from collections.abc import Callable

from orion_tui.core.boundary.collisions import prefixes
from orion_tui.core.boundary.names import looks_like_git


def check_target(path: bytes, target: bytes) -> str | None:
    """Why a link at `path` may not lead to `target`; None when it may."""
    if not target or b"\0" in target:
        return "a link to nowhere"
    if target.startswith(b"/"):
        return "a link to an absolute path"
    depth = path.count(b"/")
    descended = False
    for part in target.split(b"/"):
        if part in {b"", b"."}:
            continue
        if part == b"..":
            if descended:
                return "a link whose target goes down and up again"
            depth -= 1
            if depth < 0:
                return "a link out of the tree"
            continue
        descended = True
        if looks_like_git(part):
            return "a link into .git"
    return None


def leads_through(path: bytes, target: bytes, link_at: Callable[[bytes], bytes | None]) -> str | None:
    """Why the way to `target` is not safe: it passes a link of the base that leaves the tree.

    `link_at` gives the target of the link at a path, None where there is no link.
    """
    place = path.split(b"/")[:-1]
    for part in target.split(b"/"):
        if part == b"..":
            place = place[:-1]
        elif part not in {b"", b"."}:
            place.append(part)
    whole = b"/".join(place)
    for name in (*prefixes(whole), whole):
        onward = link_at(name)
        if onward is not None and check_target(name, onward):
            return "a link through one that leaves the tree"
    return None
