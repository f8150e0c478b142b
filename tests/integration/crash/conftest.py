"""A repository for plans with every kind of step, and sessions on it that are ready to be worked on."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.sandbox.fake import FakeBackend
from orion_tui.core.session import submit
from tests.support.bench import Bench, git
from tests.support.crashing.lives import Lives


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    git(path, "init", "-q")
    (path / "app.py").write_text("VALUE = 1\n")
    (path / "old.py").write_text("OLD = True\n")
    (path / "test_app.py").write_text(
        "import unittest\n\n\nclass T(unittest.TestCase):\n    def test(self):\n        print('printed')\n"
    )
    (path / ".gitignore").write_text("*.log\n__pycache__/\n")
    git(path, "add", "-A")
    git(path, "commit", "-qm", "base")
    return path


class Prepared:
    """A submitted session in a home of its own; `copy` gives as many of the same as are wanted."""

    def __init__(self, home: OrionHome, session_id: str) -> None:
        self.home = home
        self.session_id = session_id
        self._copies = 0

    def copy(self) -> OrionHome:
        self._copies += 1
        target = self.home.root.with_name(f"{self.home.root.name}-{self._copies}")
        # A supervisor may have left the socket it listened on, which cannot be copied.
        shutil.copytree(self.home.root, target, ignore=shutil.ignore_patterns("*.sock"))
        return OrionHome(target)


def prepare(home: Path, repo: Path, plan: str) -> Prepared:
    """Submit a plan for the fake sandbox; nothing supervises it yet."""
    place = OrionHome(home)
    engine = Engine.open(place, wake=lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        backend = FakeBackend()
        patch.setattr(submit.submit, "__defaults__", (lambda: backend,))
        session = Bench(engine=engine, home=place, repo=repo).submit(plan)
    engine.close()
    return Prepared(place, session.id)


#: What contains the work while the supervisor dies: one line each.
BACKENDS = [
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    pytest.param("docker", marks=pytest.mark.docker),
]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lives(tmp_path: Path, repo: Path, backend: str) -> Iterator[Callable[[str], Lives]]:
    made: list[Lives] = []

    def make(plan: str) -> Lives:
        prepared = prepare(tmp_path / "home", repo, plan)
        made.append(Lives(home=prepared.copy(), session_id=prepared.session_id, backend=backend))
        return made[-1]

    yield make
    for one in made:
        one.close()
