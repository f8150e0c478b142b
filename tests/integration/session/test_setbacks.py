"""What becomes of a session when its sandbox goes away, cannot be had, or is too small (BOX-5, RUN-7)."""

import os
import threading
from pathlib import Path

import attrs
import pytest

from orion_tui.base.errors import SandboxUnavailable
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.sandbox import cgroup, profiles, select
from orion_tui.core.sandbox.base import MIB, Availability, Backend, Sandbox, SandboxSpec
from orion_tui.core.sandbox.docker import endpoint, names
from orion_tui.core.sandbox.docker.engine import Engine
from orion_tui.core.session import setbacks
from orion_tui.roles.schema import Profile
from tests.support.bench import Bench
from tests.support.lost import kill_sandbox_of

pytestmark = pytest.mark.bubblewrap

#: A name that no other command on this machine has, tests that run beside this one included: its sandbox is killed.
SLOW = f"test_slow_{os.getpid()}_{os.urandom(4).hex()}"


def sleeps(seconds: int) -> str:
    """A plan whose second task runs that long."""
    return f"""
- id: one
  title: Write
  kind: write_docs
  actions: [{{write: {{path: docs/one.md, content: one}}}}]
- id: two
  title: Take a while
  kind: run_tests
  needs: [one]
  actions:
    - write:
        path: {SLOW}.py
        content: |
          import time, unittest

          class S(unittest.TestCase):
              def test(self):
                  time.sleep({seconds})
    - run: python3 -m unittest -q {SLOW}
- id: three
  title: Go on
  kind: write_docs
  needs: [one]
  actions: [{{write: {{path: docs/three.md, content: three}}}}]
"""


#: Long enough to be struck on a busy machine; and for ever, where each run of it is struck.
SLEEPS, SLEEPS_FOR_EVER = sleeps(3), sleeps(600)


def take_away(bench: Bench, times: int) -> threading.Thread:
    """Kill the sandbox of the slow command as soon as that runs, so many times."""

    def strike() -> None:
        killed: set[int] = set()
        for _ in range(times):
            bench.until(lambda: kill_sandbox_of(f"-q\0{SLOW}", killed) or None)

    thread = threading.Thread(target=strike)
    thread.start()
    return thread


def test_a_sandbox_that_goes_away_is_replaced_and_finished_steps_are_not_repeated(bench: Bench) -> None:
    session = bench.submit(SLEEPS)
    with bench.supervisor():
        strikes = take_away(bench, 1)
        done = bench.wait(session)
        strikes.join()
    assert done.state is SessionState.COMPLETED, done.reason
    assert bench.files(session) == ["docs/one.md", "docs/three.md", f"{SLOW}.py"]
    events = bench.events(session)
    (lost,) = [event for event in events if event.type == "sandbox.lost"]
    started = [event.data["step"] for event in events if event.type == "action.started"]
    assert sorted(started) == sorted([1, 2, 3, 4, lost.data["step"]])
    assert bench.types(session).count("sandbox.started") == 2


def test_a_step_that_takes_its_sandbox_along_each_time_fails_and_the_rest_goes_on(bench: Bench) -> None:
    session = bench.submit(SLEEPS_FOR_EVER)
    with bench.supervisor():
        strikes = take_away(bench, setbacks.STARTS)
        done = bench.wait(session)
        strikes.join()
    assert done.state is SessionState.FAILED
    assert bench.statuses(session) == {"one": "done", "two": "failed", "three": "done"}
    (row,) = [row for row in bench.engine.tasks(session.id) if row.id == "two"]
    assert "the sandbox went away each of the 3 times" in row.reason
    assert bench.files(session) == ["docs/one.md", "docs/three.md"]  # a failed task's writes do not land


def _remove_containers(bench: Bench, session: Session) -> None:
    """By hand, in the middle of the slow command."""

    def in_flight() -> bool:
        steps = bench.engine.steps(session.id)
        return any(step.status == "started" and SLOW in str(step.action.get("argv")) for step in steps)

    bench.until(lambda: in_flight() or None)
    found = endpoint.find()
    assert found is not None
    with Engine(found) as engine:
        there = engine.containers(f"{names.SESSION_LABEL}={session.id}")
        assert len(there) == 2
        for identity, *_ in there:
            engine.remove_container(identity)


@pytest.mark.docker
def test_a_container_removed_by_hand_is_made_good_by_the_other_backend_where_that_is_allowed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = iter(("docker", "bubblewrap"))
    bench.choose = lambda: select.choose(next(order))
    monkeypatch.setenv("ORION_SANDBOX", "bubblewrap")
    session = bench.submit(SLEEPS)
    with bench.supervisor():
        _remove_containers(bench, session)
        done = bench.wait(session)
    assert done.state is SessionState.COMPLETED, done.reason
    assert bench.files(session) == ["docs/one.md", "docs/three.md", f"{SLOW}.py"]
    events = bench.events(session)
    assert [event.data["backend"] for event in events if event.type == "sandbox.started"] == ["docker", "bubblewrap"]
    (lost,) = [event for event in events if event.type == "sandbox.lost"]
    started = [event.data["step"] for event in events if event.type == "action.started"]
    assert sorted(started) == sorted([1, 2, 3, 4, lost.data["step"]])


class Named:
    """Real sandboxes that say of themselves, one after the other, that they are of these backends; the last stays."""

    def __init__(self, *names: str) -> None:
        self._names = list(names)
        self.name = "auto"

    def availability(self) -> Availability:
        return select.choose("bubblewrap").availability()

    def open(self, spec: SandboxSpec) -> Sandbox:
        sandbox = select.choose("bubblewrap").open(spec)
        attest, name = sandbox.attest, self._names.pop(0) if len(self._names) > 1 else self._names[0]
        setattr(sandbox, "attest", lambda: attrs.evolve(attest(), backend=name))  # noqa: B010
        return sandbox


def test_work_never_goes_on_in_less_than_it_began_in(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setbacks, "DELAYS", (0.2, 60.0))
    monkeypatch.delenv("ORION_SANDBOX", raising=False)
    named = Named("docker", "bubblewrap", "docker")
    bench.choose = lambda: named
    session = bench.submit(SLEEPS)
    with bench.supervisor():
        strikes = take_away(bench, 1)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
        strikes.join()
    assert done.state is SessionState.COMPLETED, done.reason
    told = bench.events(session)
    assert [event.data["backend"] for event in told if event.type == "sandbox.started"] == ["docker", "docker"]
    [refused] = [event.data["reason"] for event in told if event.type == "sandbox.unavailable"]
    assert refused.startswith("it began in docker, which cannot be had now, and bubblewrap promises less")
    assert "ORION_SANDBOX=bubblewrap orion daemon start" in refused


def test_work_may_go_on_in_more_than_it_began_in(bench: Bench) -> None:
    named = Named("bubblewrap", "docker", "bubblewrap")
    bench.choose = lambda: named
    session = bench.submit(SLEEPS)
    with bench.supervisor():
        strikes = take_away(bench, 2)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
        strikes.join()
    assert done.state is SessionState.COMPLETED, done.reason
    began = [event.data["backend"] for event in bench.events(session) if event.type == "sandbox.started"]
    assert began == ["bubblewrap", "docker", "bubblewrap"]


class Flaky:
    """Real sandboxes, but for the given openings (counted from 0)."""

    def __init__(self, *missing: int) -> None:
        self.missing = missing
        self.asked = 0

    def __call__(self) -> Backend:
        self.asked += 1
        if self.asked - 1 in self.missing:
            raise SandboxUnavailable("the engine does not answer")
        return select.choose()


def test_where_no_sandbox_can_be_had_for_a_while_it_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setbacks, "DELAYS", (0.2, 0.5, 60.0))
    bench.choose = Flaky(1, 2)
    session = bench.submit(SLEEPS)
    with bench.supervisor():
        strikes = take_away(bench, 1)
        done = bench.wait(session, SessionState.COMPLETED, SessionState.FAILED)
        strikes.join()
    assert done.state is SessionState.COMPLETED, done.reason
    tried = [event for event in bench.events(session) if event.type == "sandbox.unavailable"]
    assert [event.data["reason"] for event in tried] == ["the engine does not answer"] * 2
    halts = [event.data for event in bench.events(session) if event.data.get("to") == "interrupted"]
    assert all("tries again at" in data["reason"] for data in halts)
    assert [data["halt"] for data in halts] == ["sandbox", "sandbox"]


def test_where_there_never_was_a_sandbox_the_session_fails_at_once(bench: Bench) -> None:
    bench.choose = Flaky(0)
    session = bench.submit(SLEEPS)
    with bench.supervisor():
        done = bench.wait(session)
    assert done.state is SessionState.FAILED
    assert done.reason == "the engine does not answer"


HUNGRY = """
- id: hungry
  title: Need more than there is
  kind: run_tests
  actions:
    - write:
        path: test_hungry.py
        content: |
          import subprocess, sys, unittest

          class S(unittest.TestCase):
              def test(self):
                  code = "import time; held = b'x' * (HELD << 20); time.sleep(1.5)".replace("HELD", "%d")
                  kids = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
                  self.assertEqual([kid.wait() for kid in kids], [0, 0, 0])
    - run: python3 -m unittest -q test_hungry
"""
#: Memory of the smallest size of sandbox, and of the one that follows.
FIRST, SECOND = 512, 768


def hungry(beyond: int) -> str:
    """A plan whose three processes hold `beyond` MiB together, on top of what a cgroup grants for files in memory."""
    limits = profiles.limits(Profile.LIGHT)
    group = cgroup.make(limits)
    bounded = group.bounds_memory
    group.remove()
    files = (limits.workspace_bytes + limits.scratch_bytes + limits.tmp_bytes) // MIB
    return HUNGRY % ((beyond + (files if bounded else 0)) // 3)


def test_what_runs_out_of_memory_gets_half_as_much_again_once(bench: Bench) -> None:
    session = bench.submit(hungry(FIRST + 100))
    with bench.supervisor():
        done = bench.wait(session)
    assert done.state is SessionState.COMPLETED, done.reason
    (raised,) = [event for event in bench.events(session) if event.type == "sandbox.memory_raised"]
    assert raised.data == {"from": FIRST * MIB, "to": SECOND * MIB}
    assert done.memory_bytes == SECOND * MIB
    assert len(bench.engine.steps(session.id)) == 2


def test_what_needs_more_than_that_fails_as_out_of_memory(bench: Bench) -> None:
    session = bench.submit(hungry(SECOND + 200))
    with bench.supervisor():
        done = bench.wait(session)
    assert done.state is SessionState.FAILED
    assert bench.types(session).count("sandbox.memory_raised") == 1
    assert (bench.engine.steps(session.id)[-1].result or {})["out_of_memory"]


def test_a_repository_that_is_gone_makes_the_session_unrecoverable(bench: Bench) -> None:
    session = bench.submit(SLEEPS)
    repo = bench.home.session_repo(session.id)
    repo.rename(repo.with_name("gone.git"))
    with bench.supervisor():
        done = bench.wait(session)
    assert done.state is SessionState.UNRECOVERABLE
    assert "has no repository" in done.reason


def test_a_damaged_checkpoint_makes_the_session_unrecoverable_and_says_which(bench: Bench) -> None:
    session = bench.submit(SLEEPS)
    repo = bench.home.session_repo(session.id)
    for pack in repo.glob("objects/pack/*.pack"):
        _damage(pack)
    for loose in repo.glob("objects/??/*"):
        _damage(loose)
    with bench.supervisor():
        done = bench.wait(session)
    assert done.state is SessionState.UNRECOVERABLE
    assert "the base is damaged" in done.reason


def _damage(path: Path) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    path.write_bytes(bytes(data))
