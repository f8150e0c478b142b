"""What is promised is measured, and a sandbox that is not so is refused by name (BOX-2, THREATS 11)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from orion_tui.base.errors import AttestationFailed, ChannelClosed
from orion_tui.core.sandbox import attest, cgroup, jail, seccomp
from orion_tui.core.sandbox.arguments import Shape
from orion_tui.core.sandbox.base import Property
from orion_tui.core.sandbox.remote import RemoteSandbox
from orion_tui.core.sandbox.seccomp.assembler import assemble, give
from tests.integration.sandbox.conftest import SMALL, Open

pytestmark = pytest.mark.bubblewrap


def test_every_promise_is_kept(open_sandbox: Open, shape: Shape) -> None:
    attestation = open_sandbox(shape=shape).attest()
    assert attestation.failures == ()
    seen = {(property_.seen_from, property_.name) for property_ in attestation.properties}
    assert len(seen) == len(attestation.properties) >= 35
    names = {"capabilities", "no_new_privileges", "seccomp", "user"}
    assert {(place, name) for place in ("inside", "host") for name in names} <= seen
    if shape.mounts and os.geteuid() == 0:
        assert {p.name for p in attestation.lacks} <= {"cgroup memory", "cgroup pids", "cgroup cpu"}


def test_what_is_lacking_is_named(open_sandbox: Open, no_cgroup: None) -> None:
    assert [p.name for p in open_sandbox().attest().lacks] == ["cgroup memory", "cgroup pids", "cgroup cpu"]


def test_measuring_again_after_work_gives_the_same(open_sandbox: Open) -> None:
    sandbox = open_sandbox()
    sandbox.run(("sh", "-c", "printf 'import os\\nos._exit(9)' > json.py; cp json.py /home/agent/"))
    assert sandbox.attest().failures == ()


def altered(monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], None]) -> None:
    """The server inside is told to enforce something else than was promised."""
    real = jail.configuration

    def configuration(*arguments: Any) -> dict[str, Any]:
        config = real(*arguments)
        change(config)
        return config

    monkeypatch.setattr(jail, "configuration", configuration)


def broken(sandbox: RemoteSandbox) -> set[str]:
    with pytest.raises(AttestationFailed) as caught:
        sandbox.attest()
    with pytest.raises(ChannelClosed):
        sandbox.run(("true",))
    return {problem.split(":")[0] for problem in caught.value.problems}


def test_a_filter_that_is_not_ours_is_noticed(open_sandbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mode 2 in `/proc` would look the same."""

    def program(machine: str) -> bytes:
        del machine
        return assemble([give(0x7FFF0000)])

    monkeypatch.setattr(seccomp, "program", program)
    found = broken(open_sandbox())
    assert {"seccomp (inside)", "unshare (inside)", "kernel_calls (inside)"} <= found
    assert "seccomp (host)" not in found


def _bigger_workspace(config: dict[str, Any]) -> None:
    config["workspace"]["bytes"] = 2 * SMALL.workspace_bytes


def _more_entries(config: dict[str, Any]) -> None:
    config["workspace"]["entries"] = 2 * SMALL.workspace_entries


def _more_processes(config: dict[str, Any]) -> None:
    config["limits"]["NPROC"] = 4 * SMALL.processes


def _files_of_any_size(config: dict[str, Any]) -> None:
    del config["limits"]["FSIZE"]


def _secret(config: dict[str, Any]) -> None:
    config["environment"]["API_KEY"] = "secret"


def _another_uid(config: dict[str, Any]) -> None:
    config["uid"] = 1234


@pytest.mark.usefixtures("no_cgroup")
@pytest.mark.parametrize(
    ("change", "name"),
    [
        (_bigger_workspace, "size /workspace (inside)"),
        (_more_entries, "entries /workspace (inside)"),
        (_more_processes, "process_limit (inside)"),
        (_files_of_any_size, "resource_limits (inside)"),
        (_secret, "environment (inside)"),
        (_another_uid, "user (inside)"),
    ],
)
def test_what_is_not_enforced_is_named(
    open_sandbox: Open, monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], None], name: str
) -> None:
    altered(monkeypatch, change)
    assert name in broken(open_sandbox())


def test_a_mount_that_shows_the_host_is_noticed_from_both_sides(
    open_sandbox: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = jail.arguments

    def arguments(program: str, **rest: Any) -> list[str]:
        argv = real(program, **rest)
        place = argv.index("--chdir")
        return [*argv[:place], "--bind", "/tmp", "/opt", *argv[place:]]

    monkeypatch.setattr(jail, "arguments", arguments)
    found = broken(open_sandbox())
    assert {"host_paths (inside)", "mounts (host)"} <= found


def test_a_shared_network_is_noticed_from_both_sides(open_sandbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    real = jail.arguments

    def arguments(program: str, **rest: Any) -> list[str]:
        return [part for part in real(program, **rest) if part != "--unshare-net"]

    monkeypatch.setattr(jail, "arguments", arguments)
    found = broken(open_sandbox())
    assert "namespaces (host)" in found


def test_a_cgroup_that_does_not_hold_is_noticed(
    open_sandbox: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The right limit on a cgroup that the sandbox is not in; and one that is not the promised."""
    sandbox = open_sandbox()
    real = attest.measure
    (tmp_path / "memory.max").write_text(str(cgroup.total_memory(SMALL)))
    (tmp_path / "pids.max").write_text("max")
    (tmp_path / "cgroup.procs").write_text("1\n")

    def measure(run: attest.Run, promise: attest.Promise) -> tuple[Property, ...]:
        elsewhere = cgroup.Cgroup(directories={"memory": tmp_path, "pids": tmp_path}, version=2)
        return real(run, attrs.evolve(promise, cgroup=elsewhere))

    monkeypatch.setattr(attest, "measure", measure)
    assert broken(sandbox) == {"cgroup memory (host)", "cgroup pids (host)"}


def test_probes_that_cannot_run_are_a_broken_promise(open_sandbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = open_sandbox()
    real = attest.measure

    def measure(run: attest.Run, promise: attest.Promise) -> tuple[Property, ...]:
        return real(run, attrs.evolve(promise, python="/usr/bin/false"))

    monkeypatch.setattr(attest, "measure", measure)
    assert "probes (inside)" in broken(sandbox)
