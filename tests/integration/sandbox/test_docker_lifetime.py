"""A session's containers end when they should, whole, and nobody else's are touched (THREATS 10, BOX-8)."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from orion_tui.base.errors import ChannelClosed, SandboxUnavailable
from orion_tui.base.paths import OrionHome
from orion_tui.core.sandbox import leftovers
from orion_tui.core.sandbox.base import EntryKind, SandboxSpec, TreeEntry
from orion_tui.core.sandbox.docker import endpoint, images, names, options, reconcile
from orion_tui.core.sandbox.docker.backend import Docker
from orion_tui.core.sandbox.docker.engine import Engine, EngineError, EngineInfo
from orion_tui.core.sandbox.docker.options import Part
from orion_tui.core.sandbox.docker.part import Container
from orion_tui.core.sandbox.remote import RemoteSandbox
from tests.integration.sandbox.conftest import DOCKER_HOME, SMALL, pair_of, start_docker
from tests.support.crashing.mortal import descendants

pytestmark = pytest.mark.docker

#: The engine is everybody's: what is made in it by name is named by this run.
RUN = os.urandom(4).hex()


@pytest.fixture
def engine() -> Iterator[Engine]:
    found = endpoint.find()
    assert found is not None
    with Engine(found) as opened:
        yield opened


@pytest.fixture
def opened() -> Iterator[RemoteSandbox]:
    with start_docker() as sandbox:
        yield sandbox


def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def parts(sandbox: RemoteSandbox) -> tuple[Container, Container]:
    return pair_of(sandbox).work, pair_of(sandbox).hands


def test_what_a_sandbox_would_leave_is_listed_for_uninstall_and_can_be_removed(engine: Engine, tmp_path: Path) -> None:
    home = OrionHome(tmp_path / "home")
    home.prepare()
    label = {names.HOME_LABEL: names.home_id(home), names.SESSION_LABEL: "3f2a91c0aa5e"}
    other = OrionHome(tmp_path / "other")
    volume = f"orion-test-{os.urandom(4).hex()}"
    engine.create_volume(volume, {}, label)
    try:
        assert [left.name for left in leftovers.find(other)] == []
        (left,) = leftovers.find(home)
        assert left.name == f"volume {volume}"
        left.remove()
        assert volume not in [name for name, _ in engine.volumes(names.HOME_LABEL)]
        assert leftovers.find(home) == []
    finally:
        engine.remove_volume(volume)
    assert "orion-sandbox:host" in leftovers.shared()


def all_gone(engine: Engine, sandbox: RemoteSandbox) -> bool:
    volume = parts(sandbox)[0].part.volume
    gone = all(engine.inspect_container(part.id) is None for part in parts(sandbox))
    return gone and volume not in [name for name, _ in engine.volumes(names.HOME_LABEL)]


def test_closing_ends_everything_in_the_middle_of_a_command(engine: Engine) -> None:
    sandbox = start_docker()
    ended: list[bool] = []

    def work() -> None:
        with pytest.raises(ChannelClosed):
            sandbox.run(("sh", "-c", "touch started; setsid sleep 600 & sleep 600"), timeout=600)
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    # The shell's two children: the server has one child for the shell.
    assert eventually(lambda: len(descendants(parts(sandbox)[0].server_pid)) >= 3)
    sandbox.close()
    thread.join(20)
    assert ended == [True]
    assert all_gone(engine, sandbox)
    assert not sandbox.alive()
    with pytest.raises(ChannelClosed):
        sandbox.run(("true",))
    sandbox.close()


SUPERVISOR = """
from tests.integration.sandbox.conftest import pair_of, start_docker
sandbox = start_docker()
work, hands = pair_of(sandbox).work, pair_of(sandbox).hands
print(work.id, hands.id, work.part.volume, flush=True)
sandbox.run(("sh", "-c", "setsid sleep 600 & sleep 600"), timeout=600)
"""


def test_a_supervisor_that_is_killed_takes_its_containers_along(engine: Engine) -> None:
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as supervisor:
        assert supervisor.stdout is not None
        work, hands, volume = supervisor.stdout.readline().split()
        assert engine.inspect_container(work) is not None
        supervisor.kill()
    assert eventually(lambda: engine.inspect_container(work) is None and engine.inspect_container(hands) is None)

    def swept() -> bool:
        reconcile.sweep(engine, DOCKER_HOME, (), time.time())
        return volume not in [name for name, _ in engine.volumes(names.HOME_LABEL)]

    # The volume is memory that nobody holds any more; what is left of it goes at the next start. The engine may hold it
    # a moment longer than the containers.
    assert eventually(swept)


def test_work_that_kills_all_it_can_reach_ends_its_sandbox_and_it_says_so(engine: Engine) -> None:
    sandbox = start_docker()
    with pytest.raises(ChannelClosed, match="killed: by a command"):
        sandbox.run(("sh", "-c", "kill -9 -1; sleep 600"), timeout=60)
    assert all_gone(engine, sandbox)


def test_work_that_stops_the_server_is_given_up(
    engine: Engine, opened: RemoteSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orion_tui.core.sandbox.remote.GRACE", 1.0)
    with pytest.raises(ChannelClosed, match="did not answer in time"):
        opened.run(("sh", "-c", "kill -STOP $PPID; sleep 600"), timeout=1.0)
    assert all_gone(engine, opened)


@pytest.mark.parametrize("index", [0, 1], ids=["work", "hands"])
def test_a_container_that_is_removed_in_the_middle_of_a_call_ends_the_sandbox(
    engine: Engine, opened: RemoteSandbox, index: int
) -> None:
    part = parts(opened)[index]
    timer = threading.Timer(0.5, lambda: engine.remove_container(part.id))
    timer.start()

    def call() -> None:
        if index == 0:
            opened.run(("sleep", "600"), timeout=600)
        while True:
            opened.scan()

    with pytest.raises(ChannelClosed, match=r"container was (removed|stopped)"):
        call()
    timer.join()
    assert all_gone(engine, opened)


def test_an_engine_that_goes_away_in_the_middle_of_a_call_is_no_hang(
    opened: RemoteSandbox, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connections end and it answers nobody: as seen from here, what its death looks like."""

    def silent(*arguments: object) -> None:
        raise EngineError("the Docker engine does not answer")

    work, hands = parts(opened)
    stream = work.stream
    assert stream is not None
    timer = threading.Timer(0.3, lambda: stream.shutdown(2))
    with monkeypatch.context() as patch:
        patch.setattr("orion_tui.core.sandbox.docker.part._END", 1.0)
        for name in ("inspect_container", "inspect_exec", "remove_container", "remove_volume"):
            patch.setattr(Engine, name, silent)
        timer.start()
        with pytest.raises(ChannelClosed):
            opened.run(("sleep", "600"), timeout=600)
    # Both ended by themselves: what held them is gone.
    assert eventually(lambda: engine.inspect_container(work.id) is None and engine.inspect_container(hands.id) is None)
    engine.remove_volume(work.part.volume)


def test_nothing_is_left_of_a_start_that_fails(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    real = options.configuration
    mine = f"start-that-fails-{RUN}"

    def configuration(part: Part, info: EngineInfo) -> dict[str, object]:
        request = real(part, info)
        if part.name == "work":
            request["Entrypoint"] = ["/no/such/program"]
        return request

    monkeypatch.setattr(options, "configuration", configuration)
    # Who says it depends on who comes first: the engine refuses to start it, or to run the server in what it let start.
    with pytest.raises((EngineError, SandboxUnavailable)):
        Docker(mine).open(SandboxSpec(session_id="x", limits=SMALL))
    label = f"{names.HOME_LABEL}={mine}"
    assert (engine.containers(label), engine.volumes(label)) == ([], [])


def test_an_image_without_python_is_refused_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orion_tui.core.sandbox.docker.part._PYTHON", "no-such-python")
    with pytest.raises(SandboxUnavailable, match="no server comes up in the") as caught:
        start_docker()
    assert "Python 3.9" in caught.value.hint


def test_no_file_or_thread_is_left_of_sandboxes_that_were_closed() -> None:
    start_docker().close()
    files, threads = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for _ in range(2):
        with start_docker() as sandbox:
            assert sandbox.alive()
    assert len(list(Path("/proc/self/fd").iterdir())) <= files
    assert threading.active_count() <= threads


# -- names and labels


@pytest.fixture
def foreign(engine: Engine) -> Iterator[Callable[[str, dict[str, str]], str]]:
    """Makes containers that are somebody else's."""
    image = images.for_hands(engine)
    made: list[str] = []

    def make(name: str, labels: dict[str, str]) -> str:
        request = {"Image": image.id, "Cmd": ["sleep", "600"], "Labels": labels, "HostConfig": {"NetworkMode": "none"}}
        made.append(engine.create_container(name, request))
        return made[-1]

    yield make
    for identity in made:
        engine.remove_container(identity)


def test_a_name_that_somebody_else_has_is_survived_and_theirs_left_alone(
    engine: Engine, foreign: Callable[[str, dict[str, str]], str]
) -> None:
    from getpass import getuser

    session = f"squatted{RUN}"
    name = names.container_name(getuser(), session)
    squatter = foreign(name, {})
    with Docker(DOCKER_HOME).open(SandboxSpec(session_id=session, limits=SMALL)) as sandbox:
        assert squatter not in [part.id for part in parts(sandbox)]
        assert sandbox.run(("echo", "here")).output == b"here\n"
    assert engine.inspect_container(squatter) is not None


def test_reconciling_removes_what_is_left_and_nothing_else(
    engine: Engine, foreign: Callable[[str, dict[str, str]], str], opened: RemoteSandbox
) -> None:
    mine = f"reconcile-{RUN}"
    dead_one, living_one, none = (f"orion-ara-test-{RUN}-{which}" for which in ("dead", "living", "none"))
    dead = {names.HOME_LABEL: mine, names.SESSION_LABEL: "s1", names.PROCESS_LABEL: f"1.1.{'0' * 8}"}
    living = {**parts(opened)[0].part.labels, names.HOME_LABEL: mine, names.SESSION_LABEL: "s2"}
    left = foreign(f"orion-ara-{RUN}-left", dead)
    kept = {
        "with our name and no label": foreign(f"orion-ara-{RUN}-unlabelled", {}),
        "of another state directory": foreign(f"orion-ara-{RUN}-other", {**dead, names.HOME_LABEL: "another"}),
        "of a process that lives": foreign(f"orion-ara-{RUN}-living", living),
    }
    for name, labels in ((dead_one, dead), (living_one, living), (none, {})):
        engine.create_volume(name, {}, labels)
    try:
        now = time.time()
        removed = reconcile.sweep(engine, mine, (), now)
        assert removed == reconcile.Removed(containers=1, volumes=1)
        assert engine.inspect_container(left) is None
        for why, identity in kept.items():
            assert engine.inspect_container(identity) is not None, why
        # A day later the living process's one is an orphan, unless its session is still worked on.
        later = now + reconcile.ORPHAN_AFTER + 60
        assert reconcile.sweep(engine, mine, {"s2"}, later).containers == 0
        assert reconcile.sweep(engine, mine, (), later).containers == 1
        assert opened.alive()
    finally:
        for name in (dead_one, living_one, none):
            with contextlib.suppress(EngineError):
                engine.remove_volume(name)


def test_two_state_directories_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "a").mkdir()
    one, same, other = (names.home_id(OrionHome(tmp_path / name)) for name in ("a", "link", "b"))
    assert one == same != other


def test_the_server_keeps_its_limits(opened: RemoteSandbox) -> None:
    """Without descriptors it could not follow, nor end, what it starts."""
    code = """
import os, resource
for pid in (os.getppid(), 0):
    try:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (9, 9))
        print("done")
    except OSError as error:
        print(error.strerror)
"""
    assert opened.run(("python3", "-c", code)).output == b"Operation not permitted\ndone\n"
    assert opened.run(("echo", "alive")).output == b"alive\n"


def test_nothing_outlives_its_command_however_it_hides(opened: RemoteSandbox) -> None:
    """Two forks, new sessions, every signal ignored, a leader that is gone while its thread goes on."""
    code = """
import ctypes, os, signal, threading, time
def stay():
    while True:
        with open("written", "a") as stream:
            stream.write("x")
        time.sleep(0.01)
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
if not os.fork():
    os.setsid()
    if not os.fork():
        os.setsid()
        threading.Thread(target=stay).start()
        ctypes.CDLL(None).pthread_exit(None)
    os._exit(0)
time.sleep(0.5)
"""
    result = opened.run(("python3", "-c", code), timeout=20)
    assert result.exit_code == 0, result.output
    first = opened.stat("written")
    assert first is not None
    assert first.size > 1  # the control: it did write while it could
    again = opened.run(("sh", "-c", "sleep 0.3; cat written | wc -c"))
    assert int(again.output) == first.size


# -- what is only so in two containers


def test_the_tree_is_answered_for_by_the_hands_alone(opened: RemoteSandbox) -> None:
    """Work replaces every tool that it can; what comes out is what is there."""
    opened.load([TreeEntry(path=b"a", kind=EntryKind.FILE, data=b"one")])
    opened.run(("sh", "-c", "echo changed > a; ln -s / link; ln a hard"))
    found = {entry.path: entry for entry in opened.scan()}
    assert set(found) == {b"a", b"link", b"hard"}
    assert found[b"link"].kind is EntryKind.SYMLINK
    assert found[b"a"].links == 2
    with pytest.raises((OSError, ValueError)):
        opened.read("link/etc/passwd")


def test_work_sees_nothing_of_the_hands(opened: RemoteSandbox) -> None:
    code = "import os; print([open(f'/proc/{p}/cmdline').read()[:4] for p in os.listdir('/proc') if p.isdigit()])"
    seen = opened.run(("python3", "-c", code)).output.decode()
    assert seen.count("cat") == 1  # its own container's first process; the hands' is not there


def test_no_secret_of_the_supervisors_is_in_what_the_engine_knows(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret-value")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:sk-secret-value@proxy")
    with start_docker() as sandbox:
        for part in parts(sandbox):
            view = engine.inspect_container(part.id)
            assert view is not None
            assert "sk-secret" not in str(attrs.asdict(view))
            assert "ANTHROPIC" not in str(attrs.asdict(view))
        assert b"sk-secret" not in sandbox.run(("sh", "-c", "env; cat /proc/*/environ")).output
    assert "sk-secret-value" in str(dict(os.environ))


def test_the_image_that_a_role_names_is_the_one_that_works(engine: Engine) -> None:
    with Docker(DOCKER_HOME).open(SandboxSpec(session_id="x", limits=SMALL, image="orion-sandbox:host")) as sandbox:
        assert parts(sandbox)[0].part.image.tags == ("orion-sandbox:host",)
    with pytest.raises(SandboxUnavailable, match="no-such-image") as caught:
        Docker(DOCKER_HOME).open(SandboxSpec(session_id="x", image="no-such-image:1"))
    assert "docker pull no-such-image:1" in caught.value.hint
