"""What is being found out about one action: claims, doubts and named files, as classification goes along."""

from collections.abc import Generator
from contextlib import contextmanager

from orion_tui.base.kinds import ActionKind
from orion_tui.core.models.actions import Claim, Classification

#: More parts than this are no command a person would read; the rest is a doubt.
MAX_PARTS = 200


class Findings:
    """Collects in order and without repetition. Not for sharing: one a classification."""

    def __init__(self) -> None:
        self._claims: dict[Claim, None] = {}
        self._doubts: dict[str, None] = {}
        self._named: dict[str, None] = {}
        self._part = -1
        self._around: tuple[str, ...] = ()

    def part(self, *, alone: bool = False) -> None:
        """Begin the next simple command, or `alone` the next write. What runs a command (`sh -c '...'`) is claimed of
        it too; a write by redirection stands for itself."""
        self._part += 1
        if self._part == MAX_PARTS:
            self.doubt("more commands than can be read")
        for command in () if alone else self._around:
            self.claim(ActionKind.RUN, command)

    def claim(self, kind: ActionKind, subject: str = "", because: str = "") -> None:
        """The current part amounts to `kind`."""
        part = min(max(self._part, 0), MAX_PARTS)
        if part < MAX_PARTS or kind is not ActionKind.RUN:
            self._claims.setdefault(Claim(kind=kind, subject=subject, because=because, part=part))

    def doubt(self, reason: str) -> None:
        """What the action does is not certain."""
        self._doubts.setdefault(reason)

    def name(self, path: str) -> None:
        """The content of this workspace file decides what happens."""
        self._named.setdefault(path)

    @contextmanager
    def inside(self, commands: tuple[str, ...]) -> Generator[None]:
        """Parts begun meanwhile are run by these commands: `sh -c` with a script of several."""
        before, self._around = self._around, commands
        try:
            yield
        finally:
            self._around = before

    def result(self) -> Classification:
        """All of it."""
        return Classification(
            claims=tuple(self._claims),
            opaque=bool(self._doubts),
            doubts=tuple(self._doubts),
            named_paths=tuple(self._named),
        )
