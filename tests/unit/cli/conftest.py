"""The command line as a fixture."""

import pytest

from orion_tui.base.paths import OrionHome
from tests.support.command_line import Orion, in_process


@pytest.fixture
def orion(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orion:
    """`orion(*arguments, stdin=...)` in a home of its own."""
    return in_process(monkeypatch, capsys)
