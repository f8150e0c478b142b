"""A real server of external tools, the settings that name it, and a role that may use some of what it offers."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from tests.support.agent import use
from tests.support.bench import Bench, git
from tests.support.model_server import ModelServer

SERVER = Path(__file__).parents[2] / "support" / "tool_server.py"

ROLE = """
name: tooled
display_name: Tooled
description: Uses the tracker.
scope: coding
competencies: [Track work]
authority:
  autonomous: [read_files, search, write_code, run_tests{autonomous}]
  requires_approval: [add_dependency{approval}]
  forbidden: [push{forbidden}]
auth_method: pin
"""


@attrs.define(kw_only=True)
class Tracker:
    """The server called `tracker`, as a program."""

    home: OrionHome
    journal: Path

    def command(self, mode: str = "plain") -> list[str]:
        return [sys.executable, str(SERVER), "--mode", mode, "--journal", str(self.journal)]

    def settings(self, mode: str = "plain", **more: Any) -> str:
        return f"mcp:\n  tracker: {json.dumps({'command': self.command(mode), **more})}\n"

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()] if self.journal.exists() else []

    def used(self) -> list[str]:
        """Names of the tools that were really used, in order."""
        return [entry["tool"] for entry in self.entries() if "tool" in entry]

    def started(self) -> list[int]:
        return [entry["started"] for entry in self.entries() if "started" in entry]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "-q")
    (repo / "app.py").write_text("VALUE = 1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "base")
    home = OrionHome(tmp_path / "home")
    engine = Engine.open(home, wake=lambda: None)
    yield Bench(engine=engine, home=home, repo=repo)
    engine.close()


@pytest.fixture
def tracker(bench: Bench, tmp_path: Path) -> Tracker:
    return Tracker(home=bench.home, journal=tmp_path / "journal")


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


SetUp = Callable[..., None]


@pytest.fixture
def set_up(bench: Bench, model: ModelServer, tracker: Tracker) -> SetUp:
    """Settings with the tracker in a mode, and the role `tooled` with rules for it."""

    def act(mode: str = "plain", *, settings: str = "", **rules: list[str]) -> None:
        use(bench.home, model, settings or tracker.settings(mode))
        entries = {
            tier: "".join(f", {rule}" for rule in rules.get(tier, ()))
            for tier in ("autonomous", "approval", "forbidden")
        }
        (bench.home.roles / "tooled.yaml").write_text(ROLE.format(**entries))

    return act
