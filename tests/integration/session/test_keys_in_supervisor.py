"""Keys in the supervisor process: in its memory, and in nothing that anybody could find afterwards."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.errors import StateError
from orion_tui.base.ids import new_id
from orion_tui.base.paths import OrionHome
from orion_tui.core.aegis import policy as policies
from orion_tui.core.agent.keys import Key, KeySource
from orion_tui.core.agent.model import ModelRef, NoKey
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session import handover, launch
from orion_tui.core.session.status import memory
from orion_tui.core.store import Transaction, sessions
from tests.support.bench import Bench
from tests.support.models import made_up_key
from tests.support.program import Program

_SECRET = made_up_key("sk-ant-api03")
_MARKER = "a-goal-that-is-meant-to-be-found"
_SLOW = """
- id: one
  title: Take a while
  kind: run_tests
  actions:
    - write:
        path: test_slow.py
        content: |
          import time, unittest

          class S(unittest.TestCase):
              def test(self):
                  time.sleep(600)
    - run: python3 -m unittest -q test_slow
"""


@pytest.fixture
def bench(bench: Bench) -> Iterator[Bench]:
    bench.engine = Engine.open(bench.home)
    yield bench
    launch.stop(bench.home)


def _key(value: str = _SECRET) -> Key:
    return Key(value=value, source=KeySource.ENVIRONMENT, place="ANTHROPIC_API_KEY")


def _family(pid: int) -> list[int]:
    """A process and everything that it started, and those started."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text("ascii").split()]
            except OSError:
                continue
    return found


def _environments(pids: list[int]) -> list[bytes]:
    """What each was started with; of one that just ended, nothing."""
    environments: list[bytes] = []
    for pid in pids:
        try:
            environments.append(Path(f"/proc/{pid}/environ").read_bytes())
        except (FileNotFoundError, ProcessLookupError):
            continue
        except PermissionError:
            assert os.geteuid() != 0
    return environments


def _files_with(root: Path, text: str) -> list[Path]:
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if text.encode() in path.read_bytes()]


@pytest.mark.bubblewrap
def test_a_key_that_was_handed_over_lies_nowhere(bench: Bench) -> None:
    # The command that starts the supervisor has the key in its environment, as a person's would.
    command = Program.at(bench.home.root, ANTHROPIC_API_KEY=_SECRET)
    done = command.run("model", "unlock", "anthropic")
    assert done.returncode == 0, done.stderr
    assert _SECRET not in done.stdout + done.stderr
    assert handover.handed(bench.home) == {"anthropic"}
    pid = launch.status(bench.home).pid

    session = bench.submit(_SLOW, goal=_MARKER)

    def at_work() -> list[int] | None:
        running = [
            s for s in bench.engine.steps(session.id) if s.status == "started" and s.action["do"] == "RunCommand"
        ]
        return family if running and len(family := _family(pid)) > 1 else None

    family = bench.until(at_work)
    environments = _environments(family)
    assert len(environments) > 1, "the supervisor's, and those of what it started"
    assert str(bench.home.root).encode() in environments[0], "what is in an environment is found there"
    assert not [one for one in environments if _SECRET.encode() in one]
    arguments = [Path(f"/proc/{one}/cmdline").read_bytes() for one in family if Path(f"/proc/{one}").exists()]
    assert not [one for one in arguments if _SECRET.encode() in one]

    bench.engine.cancel(session.id)
    bench.wait(session, SessionState.CANCELLED)
    assert launch.stop(bench.home)
    assert _files_with(bench.home.root, _MARKER), "what was written down is found"
    assert _files_with(bench.home.logs, "a key for anthropic was handed over")
    assert _files_with(bench.home.root, _SECRET) == []


def test_the_supervisor_is_started_for_a_key_and_forgets_it_with_its_end(bench: Bench) -> None:
    assert bench.engine.keys_for([ModelRef("ollama", "x")], environ={}) == {}
    keys = bench.engine.keys_for([ModelRef("anthropic", "x")], environ={"ANTHROPIC_API_KEY": _SECRET})
    assert not launch.status(bench.home).running, "looking starts nothing"
    bench.engine.hand_over_keys(keys)
    assert launch.status(bench.home).running
    assert handover.handed(bench.home) == {"anthropic"}
    assert bench.engine.keys_for([ModelRef("anthropic", "x")], environ={}) == {}, "it has it already"
    assert launch.stop(bench.home)
    assert handover.handed(bench.home) == frozenset()
    with pytest.raises(NoKey):
        bench.engine.keys_for([ModelRef("anthropic", "x")], environ={})
    bench.engine.hand_over_keys({})
    assert not launch.status(bench.home).running, "nothing to give starts nothing"


def test_a_supervisor_that_is_killed_leaves_a_socket_that_the_next_replaces(bench: Bench) -> None:
    bench.engine.hand_over_keys({"anthropic": _key()})
    assert launch.stop(bench.home, kill=True)
    with pytest.raises(StateError):
        handover.take_back(bench.home, "anthropic")
    bench.engine.hand_over_keys({"openai": _key()})
    assert handover.handed(bench.home) == {"openai"}


def test_a_supervisor_inside_this_program_takes_keys_as_well(bench: Bench) -> None:
    engine = Engine.open(bench.home, wake=lambda: None)
    with bench.supervisor():
        engine.hand_over_keys({"anthropic": _key()})
        assert handover.handed(bench.home) == {"anthropic"}
    engine.close()
    assert handover.handed(bench.home) == frozenset()


def test_the_supervisors_memory_is_dumped_nowhere(bench: Bench) -> None:
    pid = launch.ensure(bench.home).pid
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)


def _put_session(bench: Bench, models: dict[str, str]) -> None:
    """A session that pauses, so that nothing works on it."""
    role = bench.engine.library().get("software-engineer").role
    policy = policies.freeze(role)
    session = Session(
        id=new_id(),
        workspace=str(bench.repo),
        goal="x",
        role=role.name,
        policy=policy.hash,
        state=SessionState.PAUSED,
        reason="waits",
        base_commit="0" * 40,
        base_branch="main",
        created_at=1.0,
        updated_at=1.0,
        models=models,
    )

    def insert(tx: Transaction) -> None:
        sessions.save_policy(tx, policy.hash, policies.to_json(policy))
        sessions.insert(tx, session)

    bench.engine.store.transact(insert)


def _has_loaded(pid: int, library: str) -> bool:
    return library in Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")


def test_the_libraries_of_models_are_loaded_ahead_for_a_session_that_asks_one_and_for_no_other(
    bench: Bench, tmp_path: Path
) -> None:
    _put_session(bench, {})
    (bench.home.root / "settings.yaml").write_text("sessions: {running: 2}\nmodel: {default: openai/x}\n", "utf-8")
    (bench.home.root / "settings.yaml").chmod(0o600)
    bench.engine.hand_over_keys({"openai": _key()})
    pid = launch.status(bench.home).pid

    # Another one that was started later and has loaded them says that this one had its time.
    home = OrionHome(tmp_path / "other")
    other = Bench(engine=Engine.open(home), home=home, repo=bench.repo)
    _put_session(other, {"work": "openai/x", "plan": "nonsense"})
    loading = launch.ensure(home).pid
    try:
        bench.until(lambda: True if _has_loaded(loading, "pydantic_core") else None)
    finally:
        launch.stop(home)
        other.engine.close()

    assert _has_loaded(pid, "sqlite"), "what is loaded is found"
    assert not _has_loaded(pid, "pydantic_core")
    weight = memory(pid)
    assert weight is not None
    assert weight[1] <= 60 * 1024 * 1024
