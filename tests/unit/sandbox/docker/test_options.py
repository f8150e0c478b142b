"""What a container is asked for: every flag of BOX-1, whatever the image says of itself."""

import json

import attrs
import pytest

from orion_tui.core.sandbox.arguments import ENVIRONMENT
from orion_tui.core.sandbox.base import MIB, Limits
from orion_tui.core.sandbox.cgroup import total_memory
from orion_tui.core.sandbox.docker import names, options, volume
from orion_tui.core.sandbox.docker.engine import EngineInfo, ImageInfo
from orion_tui.core.sandbox.docker.options import Part
from orion_tui.core.sandbox.identity import FIRST_UID, INSIDE_UID

pytestmark = pytest.mark.unit

INFO = EngineInfo(
    version="28.0",
    api="1.48",
    architecture="x86_64",
    cpus=8,
    memory_bytes=1 << 34,
    cgroup_version=2,
    rootless=False,
    name="machine",
    kernel="6.1",
    limits_memory=True,
    limits_pids=True,
    limits_cpu=True,
    seccomp=True,
)
IMAGE = ImageInfo(
    id="sha256:abc",
    tags=("x:1",),
    labels={},
    environment=("PATH=/opt/tool/bin:/usr/bin", "GOPATH=/go", "LD_PRELOAD=/evil.so"),
    volumes=("/var/lib/data/",),
    size=1,
    created="",
)
PART = Part(name="work", image=IMAGE, limits=Limits(), labels={"a": "b"}, volume="v", workspace_entries=1000)


def test_every_promise_is_asked_for() -> None:
    request = options.configuration(PART, INFO)
    host = request["HostConfig"]
    assert (host["CapDrop"], host["CapAdd"], host["Privileged"]) == (["ALL"], [], False)
    assert "no-new-privileges" in host["SecurityOpt"]
    (profile,) = [option for option in host["SecurityOpt"] if option.startswith("seccomp=")]
    assert json.loads(profile.removeprefix("seccomp="))["defaultAction"] == "SCMP_ACT_ERRNO"
    assert (host["ReadonlyRootfs"], host["NetworkMode"], host["IpcMode"], host["Init"]) == (
        True,
        "none",
        "private",
        True,
    )
    assert (host["Binds"], host["Devices"], host["PidMode"]) == ([], [], "")
    assert host["PidsLimit"] == 128
    assert host["Memory"] == host["MemorySwap"] == total_memory(Limits())
    assert host["NanoCpus"] == 2_000_000_000
    assert [mount["Type"] for mount in host["Mounts"]] == ["volume"]
    assert host["Mounts"][0]["VolumeOptions"] == {"NoCopy": True}
    assert host["LogConfig"]["Type"] == "none"
    assert request["Healthcheck"] == {"Test": ["NONE"]}


def test_its_main_process_is_neither_root_nor_the_works_user() -> None:
    uid = int(options.configuration(PART, INFO)["User"].partition(":")[0])
    assert uid not in {0, INSIDE_UID}
    assert not FIRST_UID <= uid < FIRST_UID + 512


def test_memory_counts_every_file_in_memory() -> None:
    limits = Limits(memory_bytes=512 * MIB, workspace_bytes=256 * MIB, scratch_bytes=256 * MIB, tmp_bytes=64 * MIB)
    assert total_memory(limits) >= 512 * MIB + 256 * MIB + 256 * MIB + 2 * 64 * MIB


def test_tmp_cannot_be_executed_from_and_scratch_can() -> None:
    places = options.configuration(PART, INFO)["HostConfig"]["Tmpfs"]
    tmp, scratch = places["/tmp"].split(","), places["/home/agent"].split(",")
    assert {"noexec", "nosuid", "nodev", f"size={64 * MIB}", "nr_inodes=1000"} <= set(tmp)
    assert {"exec", "nosuid", "nodev", f"uid={INSIDE_UID}"} <= set(scratch)


def test_a_volume_that_the_image_declares_is_an_empty_place_that_cannot_be_written() -> None:
    assert options.configuration(PART, INFO)["HostConfig"]["Tmpfs"]["/var/lib/data"].startswith("ro,")


def test_the_containers_environment_is_a_search_path_and_the_images_is_taken_away() -> None:
    pairs = options.configuration(PART, INFO)["Env"]
    assert [pair for pair in pairs if "=" in pair] == ["PATH=/opt/tool/bin:/usr/bin"]
    assert {"GOPATH", "LD_PRELOAD"} <= set(pairs)


def test_a_command_finds_the_images_tools_under_what_is_fixed() -> None:
    found = options.environment(IMAGE)
    assert found["PATH"] == "/opt/tool/bin:/usr/bin"
    assert found["GOPATH"] == "/go"
    assert {name: found[name] for name in ENVIRONMENT if name != "PATH"} == {
        name: value for name, value in ENVIRONMENT.items() if name != "PATH"
    }


def test_no_more_processors_are_asked_for_than_there_are() -> None:
    part = attrs.evolve(PART, limits=Limits(cpus=4.0))
    assert options.configuration(part, attrs.evolve(INFO, cpus=2))["HostConfig"]["NanoCpus"] == 2_000_000_000


def test_an_engine_that_sets_no_limits_is_asked_for_none() -> None:
    info = attrs.evolve(INFO, limits_memory=False, limits_pids=False, limits_cpu=False)
    assert not {"Memory", "MemorySwap", "PidsLimit", "NanoCpus"} & set(options.configuration(PART, info)["HostConfig"])


def test_the_workspace_is_bounded_in_bytes_and_entries() -> None:
    found = volume.options(Limits(workspace_bytes=7 * MIB, workspace_entries=99))
    assert found["type"] == "tmpfs"
    assert {f"size={7 * MIB}", "nr_inodes=99", "nosuid", "nodev", f"uid={INSIDE_UID}"} <= set(found["o"].split(","))


@pytest.mark.parametrize(
    ("user", "session", "name"),
    [
        ("ada", "0123456789abcdef", "orion-ara-ada-0123456789ab"),
        ("../../x y", "s", "orion-ara-x-y-s"),
        ("Zoë@corp", "s", "orion-ara-Zo-corp-s"),
        ("", "", "orion-ara-user-session"),
        ("-.-", "\n", "orion-ara-user-session"),
    ],
)
def test_names_are_made_of_what_an_engine_takes(user: str, session: str, name: str) -> None:
    assert names.container_name(user, session) == name
