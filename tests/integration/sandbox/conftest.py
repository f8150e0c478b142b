"""Real sandboxes: bubblewrap in both shapes that a system may allow, and Docker."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orion_tui.core.sandbox import cgroup, jail
from orion_tui.core.sandbox.arguments import FULL, PLAIN, Shape
from orion_tui.core.sandbox.base import MIB, Limits, SandboxSpec
from orion_tui.core.sandbox.docker.backend import Docker
from orion_tui.core.sandbox.docker.pair import Pair
from orion_tui.core.sandbox.interpreter import candidates
from orion_tui.core.sandbox.remote import RemoteSandbox

Open = Callable[..., RemoteSandbox]

#: What everything that tests start in an engine is labelled with.
DOCKER_HOME = "orion-tests"

_FULL = pytest.param("full", marks=pytest.mark.bubblewrap)
_PLAIN = pytest.param("plain", marks=pytest.mark.bubblewrap)
_DOCKER = pytest.param("docker", marks=pytest.mark.docker)
SHAPES = {"full": FULL, "plain": PLAIN}

SMALL = Limits(
    memory_bytes=128 * MIB,
    processes=48,
    workspace_bytes=16 * MIB,
    workspace_entries=2048,
    tmp_bytes=4 * MIB,
    scratch_bytes=16 * MIB,
    output_bytes=64 * 1024,
)


def start(limits: Limits = SMALL, shape: Shape = FULL) -> RemoteSandbox:
    return jail.start("bwrap", candidates()[0], shape, limits)


def start_docker(limits: Limits = SMALL, session_id: str = "0123456789abcdef") -> RemoteSandbox:
    return Docker(DOCKER_HOME).open(SandboxSpec(session_id=session_id, limits=limits))


def start_kind(kind: str, limits: Limits = SMALL) -> RemoteSandbox:
    return start_docker(limits) if kind == "docker" else start(limits, SHAPES[kind])


def pair_of(sandbox: RemoteSandbox) -> Pair:
    """Both containers of one that runs in Docker."""
    assert isinstance(sandbox.contained, Pair)
    return sandbox.contained


def init_of(sandbox: RemoteSandbox) -> int:
    """The sandbox's first process, as the host numbers it: the one that is PID 1 of a namespace below us."""
    if isinstance(sandbox.contained, Pair):
        return sandbox.contained.work.init_pid
    token = f"orion-token-{id(sandbox)}"
    sandbox.write(".token", token.encode())
    for directory in Path("/proc").iterdir():
        try:
            status = (directory / "status").read_text() if directory.name.isdigit() else ""
            first = re.search(r"^NSpid:\t\d+.*\t1$", status, re.MULTILINE)
            if first and (directory / "root" / "workspace" / ".token").read_text() == token:
                sandbox.delete(".token")
                return int(directory.name)
        except OSError:
            continue
    raise AssertionError("the sandbox's first process is not there")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Where a test opens sandboxes of its own, of no particular kind, both backends are meant."""
    own = {"kind", "shape", "no_cgroup", "jailed"}
    module = metafunc.definition.path.stem
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if "open_sandbox" not in metafunc.fixturenames or own.intersection(metafunc.fixturenames):
        return
    if module in {"test_port", "test_limits", "test_escapes", "test_gauges"} and "bubblewrap" not in marks:
        metafunc.parametrize("open_sandbox", [_FULL, _DOCKER], indirect=True)


@pytest.fixture
def open_sandbox(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens sandboxes that are closed when the test is over."""
    opened: list[RemoteSandbox] = []
    usual: str = getattr(request, "param", "full")

    def make(limits: Limits = SMALL, shape: Shape | None = None, kind: str = usual) -> RemoteSandbox:
        opened.append(start(limits, shape) if shape is not None else start_kind(kind, limits))
        return opened[-1]

    yield make
    for sandbox in opened:
        sandbox.close()


@pytest.fixture(scope="module", params=[FULL, PLAIN], ids=["full", "plain"])
def shape(request: pytest.FixtureRequest) -> Shape:
    assert isinstance(request.param, Shape)
    return request.param


@pytest.fixture(scope="module", params=[_FULL, _PLAIN, _DOCKER])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def sandbox(kind: str) -> Iterator[RemoteSandbox]:
    """One for all tests of a module that leave it usable; each kind in turn."""
    with start_kind(kind) as opened:
        yield opened


@pytest.fixture(scope="module")
def jailed(shape: Shape) -> Iterator[RemoteSandbox]:
    """The same of bubblewrap's alone."""
    with start(shape=shape) as opened:
        yield opened


@pytest.fixture
def no_cgroup(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system that gives none."""

    def none(limits: Limits) -> cgroup.Cgroup:
        del limits
        return cgroup.Cgroup.none()

    monkeypatch.setattr(cgroup, "make", none)
