"""What is being found out about one action: claims, doubts and named files, as classification goes along."""

from collections.abc import Generator
from contextlib import contextmanager

from orion_tui.base.kinds import IN_A_DIRECTORY, ActionKind
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
        self._around: tuple[tuple[str, str], ...] = ()

    def part(self, *, alone: bool = False) -> None:
        """Begin the next simple command, or `alone` the next write. What runs a command (`sh -c '...'`) is claimed of
        it too; a write by redirection stands for itself."""
        self._part += 1
        if self._part == MAX_PARTS:
            self.doubt("more commands than can be read")
        for command, directory in () if alone else self._around:
            self.claim(ActionKind.RUN, command, directory=directory)

    def claim(self, kind: ActionKind, subject: str = "", because: str = "", *, directory: str = "") -> None:
        """The current part amounts to `kind`; `directory` is where a command does it, as `Claim` has it."""
        part = min(max(self._part, 0), MAX_PARTS)
        if part < MAX_PARTS or kind is not ActionKind.RUN:
            where = directory if kind in IN_A_DIRECTORY else ""
            claim = Claim(kind=kind, subject=subject, because=because, part=part, directory=where)
            self._claims.setdefault(claim)

    def doubt(self, reason: str) -> None:
        """What the action does is not certain."""
        self._doubts.setdefault(reason)

    def name(self, path: str) -> None:
        """The content of this workspace file decides what happens."""
        self._named.setdefault(path)

    @contextmanager
    def inside(self, commands: tuple[tuple[str, str], ...]) -> Generator[None]:
        """Parts begun meanwhile are run by these commands, each with its directory: `sh -c` and several."""
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
