"""A disk that runs full under a session: nothing that was acknowledged is lost, and it goes on when there is room."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import ROOT


def _can_mount() -> bool:
    """Whether this user may make a mount namespace."""
    probe = ["unshare", *_alone(), "--mount", "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _alone() -> list[str]:
    return [] if os.geteuid() == 0 else ["--user", "--map-root-user"]


@pytest.mark.parametrize("size", ["48m", "160m"], ids=["without a reserve", "with a reserve"])
def test_a_session_waits_for_room_and_goes_on_at_the_step_in_flight(tmp_path: Path, repo: Path, size: str) -> None:
    if not _can_mount():
        pytest.skip("this user may not make a mount namespace")
    disk = tmp_path / "disk"
    disk.mkdir()
    program = shlex.join([sys.executable, "-m", "tests.support.full_disk", str(disk), str(repo)])
    script = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(disk))} && exec {program}"
    done = subprocess.run(
        ["unshare", *_alone(), "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)
    assert story["reserve"] == (size == "160m")
    assert story["done"][0] == "completed", story
    assert story["files"] == ["docs/one.md", "docs/two.md", "test_two.py"]
    # Only the step that was in flight ran twice.
    assert story["runs"] == 2
    assert story["started"] == [1, 2, 3, 3, 4]
    if story["reserve"]:
        assert story["interrupted"][0] == "interrupted"
        assert "no room left on the disk" in story["interrupted"][1]
