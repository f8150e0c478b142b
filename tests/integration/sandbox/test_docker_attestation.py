"""Each promise of a container broken on purpose, and the broken one named (BOX-2, THREATS 11)."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from orion_tui.base.errors import AttestationFailed, ChannelClosed, SandboxUnavailable
from orion_tui.core.sandbox import inside
from orion_tui.core.sandbox.base import Limits, Property
from orion_tui.core.sandbox.docker import options, volume
from orion_tui.core.sandbox.docker.engine import Engine, EngineInfo
from orion_tui.core.sandbox.docker.options import Part
from orion_tui.core.sandbox.identity import INSIDE_UID
from orion_tui.core.sandbox.inside import Expected, Run
from orion_tui.core.sandbox.remote import RemoteSandbox
from orion_tui.core.sandbox.seccomp import CANARY_ERRNO, engine_profile
from tests.integration.sandbox.conftest import Open, pair_of

pytestmark = pytest.mark.docker

Json = dict[str, Any]


@pytest.fixture
def opened(open_sandbox: Open) -> Callable[[], RemoteSandbox]:
    return lambda: open_sandbox(kind="docker")


def broken(sandbox: RemoteSandbox) -> set[str]:
    with pytest.raises(AttestationFailed) as caught:
        sandbox.attest()
    with pytest.raises(ChannelClosed):
        sandbox.run(("true",))
    return {problem.split(":")[0] for problem in caught.value.problems}


def altered(monkeypatch: pytest.MonkeyPatch, change: Callable[[Json, Json], None], part: str = "work") -> None:
    """One container of the pair is created otherwise than was promised; `change` gets its request and host part."""
    real = options.configuration

    def configuration(described: Part, info: EngineInfo) -> Json:
        request = real(described, info)
        if described.name == part:
            change(request, request["HostConfig"])
        return request

    monkeypatch.setattr(options, "configuration", configuration)


def test_every_promise_is_kept(opened: Callable[[], RemoteSandbox]) -> None:
    attestation = opened().attest()
    assert attestation.failures == ()
    seen = {(property_.seen_from, property_.name) for property_ in attestation.properties}
    assert len(seen) == len(attestation.properties) >= 60
    assert {place for place, _ in seen} == {"inside", "host", "engine"}
    lacks = {p.name.rpartition(" ")[2] for p in attestation.lacks}
    assert lacks <= (set[str]() if os.geteuid() == 0 else {"namespaces"})


def test_measuring_again_after_work_gives_the_same(opened: Callable[[], RemoteSandbox]) -> None:
    sandbox = opened()
    sandbox.run(("sh", "-c", "printf 'import os\\nos._exit(9)' > json.py; cp json.py /home/agent/; (sleep 600 &)"))
    assert sandbox.attest().failures == ()


def _capabilities(request: Json, host: Json) -> None:
    host["CapDrop"] = []


def _privileged(request: Json, host: Json) -> None:
    host |= {"Privileged": True, "SecurityOpt": ["no-new-privileges"]}


def _new_privileges(request: Json, host: Json) -> None:
    host["SecurityOpt"] = [option for option in host["SecurityOpt"] if "privileges" not in option]


def _unconfined(request: Json, host: Json) -> None:
    host["SecurityOpt"] = ["no-new-privileges", "seccomp=unconfined"]


def _empty_profile(request: Json, host: Json) -> None:
    host["SecurityOpt"] = ["no-new-privileges", "seccomp={}"]


def _engines_own_profile(request: Json, host: Json) -> None:
    host["SecurityOpt"] = ["no-new-privileges"]


def _another_profile(request: Json, host: Json) -> None:
    """Mode 2 in `/proc`, and all that the policy refuses is refused; only the canary tells."""
    profile = engine_profile.profile().replace(f'"errnoRet": {CANARY_ERRNO}', '"errnoRet": 1')
    host["SecurityOpt"] = ["no-new-privileges", f"seccomp={profile}"]


def _network(request: Json, host: Json) -> None:
    host["NetworkMode"] = "host"
    del request["Hostname"]


def _writable_root(request: Json, host: Json) -> None:
    host["ReadonlyRootfs"] = False


def _bind(request: Json, host: Json) -> None:
    host["Binds"] = ["/tmp:/host:rw"]


def _engine_socket(request: Json, host: Json) -> None:
    host["Binds"] = ["/var/run/docker.sock:/run/docker.sock:ro"]


def _host_processes(request: Json, host: Json) -> None:
    host["PidMode"] = "host"


def _device(request: Json, host: Json) -> None:
    host["Devices"] = [{"PathOnHost": "/dev/zero", "PathInContainer": "/dev/disk", "CgroupPermissions": "rwm"}]


def _no_memory_limit(request: Json, host: Json) -> None:
    host |= {"Memory": 0, "MemorySwap": 0}


def _more_processes(request: Json, host: Json) -> None:
    host["PidsLimit"] *= 4


def _more_processors(request: Json, host: Json) -> None:
    host["NanoCpus"] //= 2


def _executable_tmp(request: Json, host: Json) -> None:
    host["Tmpfs"]["/tmp"] = host["Tmpfs"]["/tmp"].replace("noexec", "exec")


def _larger_scratch(request: Json, host: Json) -> None:
    host["Tmpfs"]["/home/agent"] = host["Tmpfs"]["/home/agent"].replace("size=", "size=1")


def _secret(request: Json, host: Json) -> None:
    request["Env"].append("API_KEY=sk-secret")


def _root(request: Json, host: Json) -> None:
    request["User"] = "0:0"


def _same_user(request: Json, host: Json) -> None:
    request["User"] = "1000:1000"


def _log(request: Json, host: Json) -> None:
    host["LogConfig"] = {"Type": "json-file", "Config": {}}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_capabilities, {"work capabilities dropped (engine)"}),
        (_privileged, {"work privileges (engine)", "seccomp (inside)", "work seccomp (host)"}),
        (_new_privileges, {"no_new_privileges (inside)", "work no_new_privileges (host)"}),
        (_unconfined, {"seccomp (inside)", "work seccomp (host)", "work security options (engine)"}),
        (_empty_profile, {"seccomp (inside)", "work seccomp (host)"}),
        (_engines_own_profile, {"seccomp (inside)", "work security options (engine)"}),
        (_another_profile, {"seccomp (inside)"}),
        (_network, {"work network (host)", "work namespaces (engine)"}),
        (_writable_root, {"root (inside)", "work mounts (host)", "work root (engine)"}),
        (_bind, {"work mounts (host)", "work mounts (engine)"}),
        (_engine_socket, {"engine_socket (inside)", "work mounts (host)", "work mounts (engine)"}),
        (_device, {"work privileges (engine)"}),
        (_no_memory_limit, {"cgroup memory (host)"}),
        (_more_processes, {"cgroup pids (host)", "process_limit (inside)"}),
        (_more_processors, {"cgroup cpu (host)"}),
        (_executable_tmp, {"noexec /tmp (inside)"}),
        (_larger_scratch, {"size /home/agent (inside)"}),
        (_secret, {"work environment (engine)"}),
        (_log, {"work log (engine)"}),
    ],
)
def test_what_is_not_enforced_is_named(
    opened: Callable[[], RemoteSandbox],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Json, Json], None],
    names: set[str],
) -> None:
    altered(monkeypatch, change)
    assert names <= broken(opened())


@pytest.mark.parametrize("change", [_host_processes, _root, _same_user])
def test_where_the_namespace_is_not_its_own_the_server_never_comes_up(
    opened: Callable[[], RemoteSandbox], monkeypatch: pytest.MonkeyPatch, change: Callable[[Json, Json], None]
) -> None:
    """After each command it kills everything of its user that it can reach: that must be nobody else's."""
    bystander = subprocess.Popen(["sleep", "600"], user=INSIDE_UID if os.geteuid() == 0 else None)
    try:
        altered(monkeypatch, change)
        with pytest.raises(SandboxUnavailable, match="not the sandbox's own"):
            opened()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_unconfined, {"hands seccomp (host)", "hands security options (engine)"}),
        (_bind, {"hands mounts (host)", "hands mounts (engine)"}),
        (_writable_root, {"hands root (engine)"}),
    ],
)
def test_the_hands_are_held_to_the_same(
    opened: Callable[[], RemoteSandbox],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Json, Json], None],
    names: set[str],
) -> None:
    altered(monkeypatch, change, "hands")
    assert names <= broken(opened())


def test_a_workspace_larger_than_promised_is_named(
    opened: Callable[[], RemoteSandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = volume.options

    def larger(limits: Limits) -> dict[str, str]:
        return real(attrs.evolve(limits, workspace_bytes=4 * limits.workspace_bytes, workspace_entries=99_999))

    monkeypatch.setattr(volume, "options", larger)
    assert {"size /workspace (inside)", "entries /workspace (inside)"} <= broken(opened())


def test_tools_of_an_image_that_lie_do_not_pass(
    opened: Callable[[], RemoteSandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes from inside is made up, and all well; the host and the engine are asked as well."""
    altered(monkeypatch, _unconfined)
    sandbox = opened()

    def well(run: Run, expected: Expected) -> tuple[Property, ...]:
        return ()

    monkeypatch.setattr(inside, "measure", well)
    assert broken(sandbox) == {"work seccomp (host)", "work security options (engine)"}


def test_answers_from_inside_that_make_no_sense_are_a_broken_promise(
    opened: Callable[[], RemoteSandbox], monkeypatch: pytest.MonkeyPatch
) -> None:

    def nonsense(run: Run, expected: Expected) -> dict[str, Any]:
        return {"capabilities": 7}

    monkeypatch.setattr(inside, "_probe", nonsense)
    assert "probes (inside)" in broken(opened())


def test_an_engine_elsewhere_cannot_be_looked_at_from_here_and_that_is_said(
    opened: Callable[[], RemoteSandbox], monkeypatch: pytest.MonkeyPatch
) -> None:

    def elsewhere(engine: Engine, info: EngineInfo) -> bool:
        return False

    monkeypatch.setattr(Engine, "is_this_machine", elsewhere)
    sandbox = opened()
    assert [lack.name for lack in sandbox.attest().lacks] == ["host's view"]


def test_an_engine_that_can_set_no_limits_is_known_before(
    opened: Callable[[], RemoteSandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a rootless engine on the first hierarchy of control groups."""
    real = Engine.info

    def unlimited(engine: Engine) -> EngineInfo:
        return attrs.evolve(real(engine), limits_memory=False, limits_pids=False, limits_cpu=False)

    monkeypatch.setattr(Engine, "info", unlimited)
    sandbox = opened()
    missing = {"cgroup memory", "cgroup pids", "cgroup cpu"}
    assert missing <= {lack.name for lack in sandbox.attest().lacks}
    hog = "import time\nx = bytearray(400 << 20)\nfor n in range(0, len(x), 4096): x[n] = 1\ntime.sleep(60)"
    assert sandbox.run(("python3", "-c", hog)).out_of_memory  # the watch inside


def test_limits_are_those_of_the_kernel_not_of_the_request(opened: Callable[[], RemoteSandbox]) -> None:
    sandbox = opened()
    (memory,) = [p for p in sandbox.attest().properties if p.name == "cgroup memory"]
    lines = Path(f"/proc/{pair_of(sandbox).work.init_pid}/cgroup").read_text().splitlines()
    assert pair_of(sandbox).work.id in "".join(lines)
    assert int(memory.measured) > 0
