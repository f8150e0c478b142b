"""A supervisor that stood still for longer than its lease: another one has its session, and it writes nothing more."""

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orion_tui.core import engine as engines
from orion_tui.core.sandbox.docker import endpoint, names
from orion_tui.core.sandbox.docker.engine import Engine
from orion_tui.core.session import lock
from orion_tui.core.store import Store
from tests.support.crashing.lives import Lives
from tests.support.crashing.mortal import descendants
from tests.support.crashing.plans import STATUSES, every_kind
from tests.support.crashing.verdict import git, integrity, outcome

#: Where the first one is stopped: in a command, with a commit that has no row, with a row whose branch is behind, and
#: with a result that it is about to record.
PLACES = [("perform", "during", 8), ("commit", "after", 4), ("publish", "before", 3), ("finish", "before", 8)]


@pytest.mark.parametrize(("point", "side", "nth"), PLACES, ids=str)
def test_the_first_one_writes_nothing_more_and_its_sandbox_is_closed(
    lives: Callable[[str], Lives], point: str, side: str, nth: int
) -> None:
    life = lives(every_kind(0.5))
    first = life.begin(point, side, str(nth), "stop")
    life.watch(lambda _: True if _stopped(first.pid) else None)
    there = _sandbox(life, first.pid)
    assert there()
    # Somebody cleared the run directory: the second one cannot know of the first.
    (life.home.run / "supervisor.lock").unlink()
    life.finish()
    end = outcome(life.home, life.session_id)
    assert end.statuses == STATUSES
    branch = f"refs/heads/orion-ara/{life.session_id}"
    tip, told = git(life.home.session_repo(life.session_id), "rev-parse", branch), _told(life)

    os.kill(first.pid, signal.SIGCONT)
    life.watch(lambda _: None if there() else True)
    # Asked to end it ends at once, for it has no session any more.
    os.kill(first.pid, signal.SIGTERM)
    assert first.wait(60) == 0
    assert _told(life) == told
    assert outcome(life.home, life.session_id) == end
    assert git(life.home.session_repo(life.session_id), "rev-parse", branch) == tip
    assert integrity(life.home.database) == "ok"


def _sandbox(life: Lives, pid: int) -> Callable[[], bool]:
    """Whether anything of the sandbox that this supervisor has open now is still there."""
    if life.backend == "docker":
        label = f"{names.HOME_LABEL}={names.home_id(life.home)}"
        opened = {identity for identity, *_ in _containers(label)}
        return lambda: bool(opened & {identity for identity, *_ in _containers(label)})
    processes = {child: lock.process_start(child) for child in descendants(pid)}
    return lambda: any(lock.alive(child, start, lock.boot_id()) for child, start in processes.items())


def _containers(label: str) -> list[tuple[str, Mapping[str, str], float]]:
    found = endpoint.find()
    assert found is not None
    with Engine(found) as engine:
        return engine.containers(label)


def _stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _told(life: Lives) -> list[tuple[int, str]]:
    """Every event of the session: nothing may come after the end."""
    with Store.open(life.home.database) as store:
        engine = engines.Engine(home=life.home, store=store, clock=store.clock, wake=lambda: None)
        return [(event.seq, event.type) for event in engine.events(session_id=life.session_id, limit=100_000)]
