"""Whether the supervisor answers, told from its lock, its process and its last sign of life."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import attrs
import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.session import heartbeat, lock
from orion_tui.core.session.heartbeat import STALE, Beat
from orion_tui.core.session.status import LOCK, memory, status
from orion_tui.core.store import Store

pytestmark = pytest.mark.unit

HOLD = """
import sys
from pathlib import Path
from orion_tui.core.session import lock
with lock.hold(Path(sys.argv[1]), "8.9"):
    print("held", flush=True)
    sys.stdin.read()
"""


@attrs.frozen
class Scene:
    home: OrionHome
    store: Store
    clock: FixedClock
    process: "subprocess.Popen[str]"

    def beat(self, **changes: object) -> None:
        beat = Beat(
            owner="o", pid=self.process.pid, version="8.9", how="on demand", boot=lock.boot_id(),
            started_at=self.clock.now(), at=self.clock.now(), awake=self.clock.awake(), running=2,
        )  # fmt: skip
        self.store.transact(lambda tx: heartbeat.put(tx, attrs.evolve(beat, **changes)))  # type: ignore[arg-type]


@pytest.fixture
def scene(orion_home: OrionHome) -> Iterator[Scene]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(orion_home.run / LOCK)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    clock = FixedClock()
    with Store.open(orion_home.database, clock) as store:
        yield Scene(orion_home, store, clock, process)
    process.kill()
    process.communicate()


def test_a_fresh_beat_answers_and_tells_what_it_does(scene: Scene) -> None:
    scene.beat()
    scene.clock.advance(10)
    found = status(scene.home, scene.store.reader(), scene.clock)
    assert found.answers
    assert (found.pid, found.version, found.how, found.sessions) == (scene.process.pid, "8.9", "on demand", 2)
    assert found.silent_for == 10
    assert found.outdated
    assert found.trouble == ""


def test_one_that_is_silent_for_long_does_not_answer_and_the_way_out_is_named(scene: Scene) -> None:
    scene.beat()
    scene.clock.advance(STALE + 60)
    found = status(scene.home, scene.store.reader(), scene.clock)
    assert found.running
    assert not found.answers
    assert "no sign of life for 180 s" in found.trouble
    assert "orion daemon stop --kill" in found.remedy


def test_silence_while_the_machine_slept_does_not_count(scene: Scene) -> None:
    scene.beat()
    scene.clock.sleep(8 * 3600)
    assert status(scene.home, scene.store.reader(), scene.clock).answers


def test_a_clock_that_is_set_does_not_make_it_silent(scene: Scene) -> None:
    scene.beat()
    scene.clock.step_wall(365 * 86_400)
    assert status(scene.home, scene.store.reader(), scene.clock).answers


@pytest.mark.parametrize("changes", [{"pid": 1}, {"boot": "another boot"}, {"ended": True}])
def test_the_beat_of_another_supervisor_says_nothing_about_this_one(scene: Scene, changes: dict[str, object]) -> None:
    scene.beat(**changes)
    found = status(scene.home, scene.store.reader(), scene.clock)
    assert found.how == ""
    assert found.sessions == 0


def test_a_process_that_a_signal_made_stand_still_is_told_at_once(scene: Scene) -> None:
    scene.beat()
    os.kill(scene.process.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, scene.process.pid, os.WSTOPPED)
    found = status(scene.home)
    assert not found.answers
    assert "stand still" in found.trouble
    assert f"kill -CONT {scene.process.pid}" in found.remedy
    os.kill(scene.process.pid, signal.SIGCONT)
    os.waitid(os.P_PID, scene.process.pid, os.WCONTINUED)
    assert status(scene.home).answers


def test_garbage_instead_of_a_beat_is_none(scene: Scene) -> None:
    from orion_tui.core.store import meta

    for text in ("", "{]", "[]", '{"pid": 1}'):
        scene.store.transact(lambda tx, text=text: meta.put(tx, "supervisor.beat", text))
        assert heartbeat.last(scene.store.reader()) is None


def test_memory_is_measured(scene: Scene) -> None:
    found = memory(scene.process.pid)
    assert found is not None
    pss, rss = found
    assert 0 < pss <= rss
    assert memory(2**22 + 5) is None
