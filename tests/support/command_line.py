"""Calling the command line in this process, as a person without a terminal would."""

import io
import json
import sys
from typing import Any, Protocol

import attrs
import pytest

from orion_tui.cli import main


@attrs.frozen
class Ran:
    """How one command line ended."""

    code: int
    out: str
    err: str

    def json_lines(self) -> list[Any]:
        """Standard output as one JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Orion(Protocol):
    """`orion("role", "list")` in a state directory of its own."""

    def __call__(self, *arguments: str, stdin: str = "") -> Ran: ...


def in_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orion:
    """The command line, called here; it reads `ORION_HOME` as it stands at each call."""

    def call(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = main.run(list(arguments))
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return call
