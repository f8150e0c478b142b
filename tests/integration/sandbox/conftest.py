"""Real sandboxes, in both shapes that a system may allow."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orion_tui.core.sandbox import cgroup, jail
from orion_tui.core.sandbox.arguments import FULL, PLAIN, Shape
from orion_tui.core.sandbox.base import MIB, Limits
from orion_tui.core.sandbox.interpreter import candidates
from orion_tui.core.sandbox.remote import RemoteSandbox

Open = Callable[..., RemoteSandbox]

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


def init_of(sandbox: RemoteSandbox) -> int:
    """The sandbox's first process, as the host numbers it: the one that is PID 1 of a namespace below us."""
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


@pytest.fixture
def open_sandbox() -> Iterator[Open]:
    """Opens sandboxes that are closed when the test is over."""
    opened: list[RemoteSandbox] = []

    def make(limits: Limits = SMALL, shape: Shape = FULL) -> RemoteSandbox:
        opened.append(start(limits, shape))
        return opened[-1]

    yield make
    for sandbox in opened:
        sandbox.close()


@pytest.fixture(scope="module", params=[FULL, PLAIN], ids=["full", "plain"])
def shape(request: pytest.FixtureRequest) -> Shape:
    assert isinstance(request.param, Shape)
    return request.param


@pytest.fixture(scope="module")
def sandbox(shape: Shape) -> Iterator[RemoteSandbox]:
    """One for all tests of a module that leave it usable; each shape in turn."""
    with start(shape=shape) as opened:
        yield opened


@pytest.fixture
def no_cgroup(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system that gives none."""

    def none(limits: Limits) -> cgroup.Cgroup:
        del limits
        return cgroup.Cgroup.none()

    monkeypatch.setattr(cgroup, "make", none)
