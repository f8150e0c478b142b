"""Which backend serves: the role's word, the user's, else the best there is, and what is told when it is the second."""

import attrs
import pytest

from orion_tui.base.errors import SandboxUnavailable, UsageError
from orion_tui.core.sandbox import select
from orion_tui.core.sandbox.base import Availability, Property, SandboxSpec

pytestmark = pytest.mark.unit


@attrs.define
class Opened:
    backend: str
    lacks: list[Property] = attrs.field(factory=list[Property])

    def add_lack(self, lack: Property) -> None:
        self.lacks.append(lack)


@attrs.define
class Stub:
    name: str
    problem: SandboxUnavailable | None = None

    def availability(self) -> Availability:
        detail = self.problem.message if self.problem else "fine"
        install = ("install", self.name) if self.problem and self.name == "bubblewrap" else ()
        return Availability(backend=self.name, available=self.problem is None, detail=detail, install=install)

    def open(self, spec: SandboxSpec) -> Opened:
        if self.problem:
            raise self.problem
        return Opened(self.name)


@attrs.define
class Machine:
    docker: Stub = attrs.field(factory=lambda: Stub("docker"))
    bubblewrap: Stub = attrs.field(factory=lambda: Stub("bubblewrap"))
    engine: bool = True

    def open(self, *, backend: str = "", image: str = "") -> Opened:
        opened = select.choose().open(SandboxSpec(session_id="s", backend=backend, image=image))
        assert isinstance(opened, Opened)
        return opened


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()
    monkeypatch.delenv("ORION_SANDBOX", raising=False)
    monkeypatch.setattr(select, "_BACKENDS", {"docker": lambda: found.docker, "bubblewrap": lambda: found.bubblewrap})
    monkeypatch.setattr(select, "_docker", lambda: found.docker)
    monkeypatch.setattr(select, "Bubblewrap", lambda: found.bubblewrap)
    monkeypatch.setattr(select, "_engine_is_there", lambda: found.engine)
    return found


_NO_IMAGE = SandboxUnavailable(
    "the Docker engine answers, but the image is not there", hint="make it: orion sandbox build"
)


def test_docker_serves_where_it_can(machine: Machine) -> None:
    opened = machine.open()
    assert (opened.backend, opened.lacks) == ("docker", [])


def test_with_an_engine_and_no_image_bubblewrap_serves_and_the_command_is_told(machine: Machine) -> None:
    machine.docker.problem = _NO_IMAGE
    opened = machine.open()
    assert opened.backend == "bubblewrap"
    (lack,) = opened.lacks
    assert (lack.name, lack.lacking, lack.holds) == ("docker", True, False)
    assert "orion sandbox build" in lack.measured


def test_without_an_engine_nothing_is_missing(machine: Machine) -> None:
    machine.engine = False
    machine.docker.problem = SandboxUnavailable("no Docker engine is here")
    opened = machine.open()
    assert (opened.backend, opened.lacks) == ("bubblewrap", [])


def test_an_image_that_a_role_names_is_never_replaced(machine: Machine) -> None:
    machine.docker.problem = SandboxUnavailable("the image 'x' of the role is not here", hint="docker pull x")
    with pytest.raises(SandboxUnavailable, match="'x'"):
        machine.open(image="x")


def test_an_image_without_an_engine_is_told_as_lacking(machine: Machine) -> None:
    machine.engine = False
    machine.docker.problem = SandboxUnavailable("no Docker engine is here")
    (lack,) = machine.open(image="x").lacks
    assert (lack.name, lack.promised) == ("image", "x")


def test_a_backend_that_a_role_names_is_the_one_or_none(machine: Machine) -> None:
    assert machine.open(backend="bubblewrap").backend == "bubblewrap"
    machine.docker.problem = _NO_IMAGE
    with pytest.raises(SandboxUnavailable, match="image is not there"):
        machine.open(backend="docker")
    assert machine.open(backend="auto").backend == "bubblewrap"


def test_the_user_says_what_auto_means_and_a_role_may_say_otherwise(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORION_SANDBOX", "bubblewrap")
    assert machine.open().backend == "bubblewrap"
    assert [found.backend for found in select.backends()] == ["bubblewrap", "docker"]
    assert machine.open(backend="docker").backend == "docker"
    monkeypatch.setenv("ORION_SANDBOX", "chroot")
    with pytest.raises(UsageError, match="chroot"):
        select.choose()


def test_with_neither_work_refuses_to_start_and_says_how_to_get_one(machine: Machine) -> None:
    machine.docker.problem = SandboxUnavailable("no Docker engine is here")
    machine.bubblewrap.problem = SandboxUnavailable("bubblewrap is not installed")
    with pytest.raises(SandboxUnavailable) as caught:
        select.choose()
    assert caught.value.hint == "install it: install bubblewrap"
    assert len(caught.value.problems) == 2


def test_whatever_one_backend_says_the_other_is_not_tried_for_a_session_without_any(machine: Machine) -> None:
    machine.docker.problem = _NO_IMAGE
    machine.bubblewrap.problem = None
    backend = select.choose()
    machine.bubblewrap.problem = SandboxUnavailable("it went away")
    with pytest.raises(SandboxUnavailable, match="went away") as caught:
        backend.open(SandboxSpec(session_id="s"))
    assert any("image is not there" in problem for problem in caught.value.problems)
