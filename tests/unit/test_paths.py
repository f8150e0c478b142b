"""Where state may lie: a local disk of one's own (HOME-7)."""

from pathlib import Path

import pytest

from orion_tui.base import paths
from orion_tui.base.errors import StoreError
from orion_tui.base.paths import OrionHome, file_system_of
from tests.support.command_line import Orion, in_process

pytestmark = pytest.mark.unit


def mounts(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "mounts"
    path.write_text("".join(f"{line}\n" for line in ("/dev/root / ext4 rw 0 0", *lines)))
    return path


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "fuse.glusterfs", "vboxsf", "fuse.rclone"]
)
def test_a_network_file_system_is_refused_before_anything_is_made_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    monkeypatch.setattr(paths, "MOUNTS", mounts(tmp_path, f"server:/export {share} {kind} rw 0 0"))
    home = OrionHome(share / "deep" / "orion")
    with pytest.raises(StoreError, match=f"network file system \\({kind}\\)") as caught:
        home.prepare()
    assert "ORION_HOME" in caught.value.hint
    assert list(share.iterdir()) == []


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk", "apfs"])
def test_a_local_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(paths, "MOUNTS", mounts(tmp_path, f"disk {tmp_path} {kind} rw 0 0"))
    OrionHome(tmp_path / "orion").prepare()
    assert (tmp_path / "orion" / "run").is_dir()


def test_every_command_and_the_doctor_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    orion: Orion = in_process(monkeypatch, capsys)
    monkeypatch.setenv("ORION_HOME", str(tmp_path / "share" / "orion"))
    monkeypatch.setattr(paths, "MOUNTS", mounts(tmp_path, f"server:/export {tmp_path}/share nfs4 rw 0 0"))
    for command in (("status",), ("daemon", "start"), ("sessions",)):
        done = orion(*command)
        assert done.code == StoreError.exit_code
        assert "network file system (nfs4)" in done.err
    done = orion("doctor", "--only", "state")
    assert done.code == 1
    assert "network file system (nfs4)" in " ".join(done.out.split())


def test_the_innermost_and_last_mount_counts_and_names_are_decoded(tmp_path: Path) -> None:
    found = mounts(
        tmp_path,
        "a /mnt\\040with\\134odd\\011names ext4 rw 0 0",
        "b /mnt nfs rw 0 0",
        "c /over ext4 rw 0 0",
        "d /over cifs rw 0 0",
        "short line",
    )
    assert file_system_of(Path("/mnt with\\odd\tnames/x"), found) == "ext4"
    assert file_system_of(Path("/mnt/x"), found) == "nfs"
    assert file_system_of(Path("/mnt-not"), found) == "ext4"
    assert file_system_of(Path("/over/x"), found) == "cifs"
    assert file_system_of(Path("/x"), tmp_path / "none") == ""
