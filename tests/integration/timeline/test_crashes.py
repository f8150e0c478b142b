"""kill -9 at any instant of a rollback or a restore: as before, or as after, and work goes on to the same end.

An instant is each git process, each file that this process writes, and both sides of each transaction in the store.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import Session
from orion_tui.core.store import Store
from orion_tui.core.timeline.refs import settle
from tests.support.bench import Bench
from tests.support.crash import run_and_die

from .conftest import branch, roll_back, tree, work_on

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

Act = Callable[[Engine, Session], object]


def _roll_back(engine: Engine, session: Session) -> object:
    return engine.rollback(engine.preview_rollback(session.id, 1))


def _restore(engine: Engine, session: Session) -> object:
    return engine.trash.restore(engine.in_trash(session.id)[0].id)


@attrs.frozen
class Scene:
    """A home that is copied for each death."""

    bench: Bench
    session: Session
    place: Path

    def copy(self, name: str) -> OrionHome:
        home = OrionHome(self.place / name)
        # A supervisor leaves the socket it listened on, which cannot be copied.
        shutil.copytree(self.bench.home.root, home.root, ignore=shutil.ignore_patterns("*.sock"))
        return home

    def opened(self, home: OrionHome) -> Bench:
        engine = Engine.open(home, wake=lambda: None)
        return Bench(engine=engine, home=home, repo=self.bench.repo, choose=self.bench.choose)


def _stand(bench: Bench, session: Session) -> tuple[object, ...]:
    settle(bench.home, bench.engine.store)
    now = bench.engine.session(session.id)
    return (
        now.state, now.tasks_done, bench.statuses(session), branch(bench, session),
        [made.name for made in bench.engine.checkpoints(session.id)], len(bench.engine.in_trash()),
    )  # fmt: skip


def _mortal(act: Act, home: OrionHome, session: Session) -> Callable[[], object]:
    """`act` in an engine of its own, with both sides of each transaction as instants."""

    def go() -> object:
        transact = Store.transact

        def announced(store: Store, work: Callable[..., Any]) -> Any:
            sys.audit("test.instant")
            result = transact(store, work)
            sys.audit("test.instant")
            return result

        engine = Engine.open(home, wake=lambda: None)
        setattr(Store, "transact", announced)  # noqa: B010 - this process is about to die
        sys.audit("test.instant")
        return act(engine, session)

    return go


@pytest.mark.parametrize(("name", "act"), [("rollback", _roll_back), ("restore", _restore)])
def test_killed_at_any_instant_it_is_before_or_after(
    bench: Bench, worked: Callable[..., Session], tmp_path: Path, name: str, act: Act
) -> None:
    session = worked()
    end = tree(bench, session)
    if name == "restore":
        roll_back(bench, session, 1)
        work_on(bench, session)
        settle(bench.home, bench.engine.store)
    bench.engine.close()
    scene = Scene(bench, session, tmp_path)
    before = _stand(scene.opened(scene.copy("before")), session)
    home = scene.copy("after")
    assert not run_and_die(_mortal(act, home, session), 0)
    after = _stand(scene.opened(home), session)
    assert before != after
    seen: set[str] = set()
    instant = 0
    while True:
        instant += 1
        home = scene.copy(f"{name}-{instant}")
        died = run_and_die(_mortal(act, home, session), instant)
        here = scene.opened(home)
        # What people see, before anything was put right: the difference is of one of the two as well.
        shown = here.files(session)
        stand = _stand(here, session)
        assert stand in (before, after), instant
        assert here.files(session) == shown
        seen.add("before" if stand == before else "after")
        if instant % 3 == 1 and stand[0] == "paused":
            work_on(here, session)
            assert tree(here, session) == end
        here.engine.close()
        shutil.rmtree(home.root)
        if not died:
            break
    assert seen == {"before", "after"}
    assert instant > 10
