"""The command line as a fixture, without a supervisor: what a command itself does."""

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.session import launch
from tests.support.command_line import Orion, in_process


@pytest.fixture
def orion(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orion:
    """`orion(*arguments, stdin=...)` in a home of its own."""

    def none_runs(_: OrionHome, **_more: object) -> launch.SupervisorStatus:
        return launch.SupervisorStatus(running=False)

    monkeypatch.setattr(launch, "ensure", none_runs)
    return in_process(monkeypatch, capsys)
