"""The demonstration, played: real commands in the real sandbox, one question to a person, an honest end."""

from collections.abc import Iterator

import pytest

from orion_tui import demo
from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session.submit import SubmitRequest
from orion_tui.demo import without_pip
from tests.support.bench import Bench

pytestmark = pytest.mark.bubblewrap


@pytest.fixture
def engine(orion_home: OrionHome) -> Iterator[Engine]:
    opened = Engine.open(orion_home, wake=lambda: None)
    yield opened
    opened.close()


def _play(engine: Engine) -> tuple[Bench, Session]:
    made = demo.prepare(engine.home)
    bench = Bench(engine=engine, home=engine.home, repo=made.workspace)
    session = engine.submit(
        SubmitRequest(workspace=made.workspace, goal=made.goal, role=made.role, plan_file=made.plan_file)
    )
    with bench.supervisor():
        waiting = bench.wait(session, SessionState.WAITING)
        (approval,) = engine.approvals(session.id)
        assert waiting.tasks_done == 5, "everything else has gone on"
        assert approval.card["why"].startswith("requires_approval[0] add_dependency")
        engine.approve(approval.id)
        ended = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
    return bench, ended


def _check(bench: Bench, ended: Session) -> None:
    assert (ended.state, ended.tasks_done) == (SessionState.COMPLETED, 7), bench.statuses(ended)
    assert bench.statuses(ended)["implement"] == "flagged"
    types = bench.types(ended)
    assert types.count("approval.asked") == 1
    assert types.count("action.blocked") == 1
    assert "tidejitter.equal" in bench.file(ended, "tidepool/retry.py")
    assert "def equal" in bench.file(ended, "tidepool/_vendor/tidejitter/__init__.py")
    assert not [path for path in bench.files(ended) if "__pycache__" in path]


def test_it_asks_once_blocks_once_and_completes(engine: Engine) -> None:
    _check(*_play(engine))


def test_it_does_so_without_pip_too(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(without_pip, "sandbox_has_pip", lambda: False)
    _check(*_play(engine))
