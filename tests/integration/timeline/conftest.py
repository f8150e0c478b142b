"""Sessions that really worked, on a real repository and store; a script answers their commands."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.sandbox.fake import FakeBackend
from tests.support.bench import Bench, git

#: Four tasks in a row, each with a file of its own; the third changes the first one's too.
PLAN = """
- id: one
  title: First
  kind: write_docs
  actions: [{write: {path: docs/one.md, content: "one\\n"}}]
- id: two
  title: Second
  kind: write_docs
  needs: [one]
  actions: [{write: {path: docs/two.md, content: "two\\n"}}]
- id: three
  title: Third
  kind: write_docs
  needs: [two]
  actions:
    - write: {path: docs/three.md, content: "three\\n"}
    - edit: {path: docs/one.md, old: "one", new: "one, again"}
- id: four
  title: Fourth
  kind: write_docs
  needs: [three]
  actions: [{write: {path: docs/four.md, content: "four\\n"}}]
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    git(path, "init", "-q")
    (path / "app.py").write_text("VALUE = 1\n")
    git(path, "add", "-A")
    git(path, "commit", "-qm", "base")
    return path


@pytest.fixture
def bench(tmp_path: Path, repo: Path) -> Iterator[Bench]:
    home = OrionHome(tmp_path / "home")
    bench = Bench(engine=Engine.open(home, wake=lambda: None), home=home, repo=repo, choose=FakeBackend)
    yield bench
    bench.engine.close()


@pytest.fixture
def worked(bench: Bench) -> Callable[..., Session]:
    """A session that has worked a plan off, the four tasks where none is given."""

    def work(plan: str = PLAN, state: SessionState = SessionState.COMPLETED) -> Session:
        session = bench.submit(plan)
        with bench.supervisor():
            done = bench.wait(session)
        assert done.state is state, done.reason
        return done

    return work


def roll_back(bench: Bench, session: Session, number: int) -> int:
    """Go back; the number of the trash entry."""
    return bench.engine.rollback(bench.engine.preview_rollback(session.id, number)).entry.id


def work_on(bench: Bench, session: Session) -> Session:
    """Resume, and wait for where it ends."""
    bench.engine.resume(session.id)
    with bench.supervisor():
        return bench.wait(session, SessionState.COMPLETED, SessionState.FAILED, SessionState.WAITING)


def names(bench: Bench, session: Session) -> list[str]:
    return [made.name for made in bench.engine.checkpoints(session.id)]


def branch(bench: Bench, session: Session) -> str:
    """What the branch is on, as git says."""
    return git(bench.home.session_repo(session.id), "rev-parse", f"orion-ara/{session.id}")


def tree(bench: Bench, session: Session) -> str:
    return git(bench.home.session_repo(session.id), "rev-parse", f"orion-ara/{session.id}^{{tree}}")
