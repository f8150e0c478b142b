"""A real repository, a real sandbox and an engine whose supervisor runs in a thread of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from tests.support.agent import KEY_NAME, Timed, use
from tests.support.bench import Bench, git
from tests.support.model_server import ModelServer
from tests.support.models import KEYS
from tests.support.moved_clock import MovedClock


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    git(path, "init", "-q")
    (path / "app.py").write_text("VALUE = 1\n")
    (path / "test_app.py").write_text(
        "import unittest\nimport app\n\n\nclass T(unittest.TestCase):\n"
        "    def test_value(self):\n        self.assertEqual(app.VALUE, 2)\n"
    )
    (path / ".gitignore").write_text("*.log\n__pycache__/\n")
    git(path, "add", "-A")
    git(path, "commit", "-qm", "base")
    return path


@pytest.fixture
def bench(tmp_path: Path, repo: Path) -> Iterator[Bench]:
    home = OrionHome(tmp_path / "home")
    engine = Engine.open(home, wake=lambda: None)
    yield Bench(engine=engine, home=home, repo=repo)
    engine.close()


@pytest.fixture
def server(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A scripted server that both wire formats lead to."""
    monkeypatch.setenv(KEY_NAME, KEYS[KEY_NAME])
    with ModelServer() as running:
        use(bench.home, running)
        yield running


@pytest.fixture
def timed(bench: Bench, server: ModelServer) -> Iterator[Timed]:
    """The bench on a clock that the test sets forward."""
    clock = MovedClock()
    bench.engine.close()
    bench.engine = Engine.open(bench.home, clock=clock, wake=lambda: None)
    yield Timed(bench=bench, server=server, clock=clock)
    bench.engine.close()
