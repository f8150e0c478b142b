"""Names that would be one file where case, accents or invisible characters do not count.

A link `A` beside a directory `a/` writes through the link on such a system (CVE-2021-21300), and one of two colliding
files silently wins. The whole of a path counts, its directories too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from orion_tui.core.boundary.names import fold_key


def prefixes(path: bytes) -> Iterator[bytes]:
    """The directories of a path, outermost first: `a`, `a/b` of `a/b/c`."""
    position = path.find(b"/")
    while position >= 0:
        yield path[:position]
        position = path.find(b"/", position + 1)


class FoldIndex:
    """Every name of a tree, found by how it folds."""

    def __init__(self, paths: Iterable[bytes]) -> None:
        # How many files each name, of a file or a directory, stands for; and the spellings of each fold.
        self._count: Counter[bytes] = Counter()
        self._spelled: dict[bytes, list[bytes]] = {}
        for path in paths:
            self.add(path)

    def add(self, path: bytes) -> None:
        """Count a file in, and its directories."""
        for name in (path, *prefixes(path)):
            if not self._count[name]:
                spellings = self._spelled.setdefault(fold_key(name), [])
                if name not in spellings:
                    spellings.append(name)
            self._count[name] += 1

    def remove(self, path: bytes) -> None:
        """Count a file out."""
        for name in (path, *prefixes(path)):
            self._count[name] -= 1
            if not self._count[name]:
                del self._count[name]

    def clash(self, path: bytes) -> bytes | None:
        """Another name in the tree that is `path`, or one of its directories, on some file system."""
        for name in (path, *prefixes(path)):
            for other in self._spelled.get(fold_key(name), ()):
                if other != name and self._count.get(other):
                    return other
        return None
