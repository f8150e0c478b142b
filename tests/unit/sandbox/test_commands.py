"""Commands that cannot be followed or ended: no answer goes out while something of them may be left."""

import errno
import os
from pathlib import Path

import pytest

from orion_tui.core.sandbox.agent import population
from orion_tui.core.sandbox.agent.commands import Commands
from orion_tui.core.sandbox.agent.paths import Root
from orion_tui.core.sandbox.agent.population import Population

pytestmark = pytest.mark.unit


class Left(Exception):
    """The server ended itself."""


class Watched(Population):
    """A population whose end is seen."""

    def __init__(self) -> None:
        self._own, self._uid, self._holders = os.getpid(), os.getuid(), frozenset[int]()

    def end(self) -> int:
        return 0

    def leave(self) -> None:  # type: ignore[override]
        raise Left

    def is_ours(self, pid: int) -> bool:
        return self._is_ours(pid)


def run(place: Path) -> bytes:
    reader, writer = os.pipe()
    try:
        made = Commands(
            root=Root(str(place)),
            channel=reader,
            environment={"PATH": "/usr/bin:/bin"},
            output_limit=1000,
            adjust=None,
            watch=None,
            population=Watched(),
        )
        return made.run(["echo", "said"], b"", 10.0, {})[1]
    finally:
        os.close(reader)
        os.close(writer)


def test_a_command_that_cannot_be_followed_ends_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def end_all(made: Commands, pid: int) -> tuple[int, int]:
        del made
        return os.waitpid(pid, 0)[1], 0

    monkeypatch.setattr(Commands, "_end_all", end_all)
    assert run(tmp_path) == b"said\n"

    def none_left(pid: int) -> int:
        os.waitpid(pid, 0)
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "pidfd_open", none_left)
    with pytest.raises(Left):
        run(tmp_path)


def test_what_cannot_be_looked_at_is_not_taken_for_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    assert watched.is_ours(os.getpid())
    assert not watched.is_ours(2**22 + 1)

    def none_left(*arguments: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(population, "open", none_left, raising=False)
    with pytest.raises(OSError, match="Too many open files"):
        watched.is_ours(os.getpid())
