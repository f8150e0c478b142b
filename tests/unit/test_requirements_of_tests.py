"""`ORION_TEST_REQUIRE`: a run that must have used the sandbox cannot pass without it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

_ROOT = Path(__file__).parents[2]
_SUITE = """\
import pytest

@pytest.mark.bubblewrap
def test_needs_the_sandbox():
    {body}

def test_needs_nothing():
    pass
"""


def _run(tmp_path: Path, *, body: str, required: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    shutil.copy(_ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    shutil.copy(_ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_sample.py").write_text(_SUITE.format(body=body), "utf-8")
    environment = {**os.environ, "ORION_TEST_REQUIRE": required}
    if path is not None:
        environment["PATH"] = path
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


def test_a_missing_sandbox_skips_with_its_reason(tmp_path: Path) -> None:
    done = _run(tmp_path, body="pass", required="", path="/nonexistent")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 skipped" in done.stdout
    assert "bwrap is not installed" in done.stdout


def test_a_missing_sandbox_fails_where_it_is_required(tmp_path: Path) -> None:
    done = _run(tmp_path, body="pass", required="docker, bubblewrap", path="/nonexistent")
    assert done.returncode == 1, done.stdout
    assert "required by ORION_TEST_REQUIRE: bwrap is not installed" in done.stdout


@pytest.mark.bubblewrap
def test_a_required_test_may_not_skip_itself(tmp_path: Path) -> None:
    done = _run(tmp_path, body='pytest.skip("not today")', required="bubblewrap")
    assert done.returncode == 1, done.stdout
    assert "skipped although ORION_TEST_REQUIRE names bubblewrap" in done.stdout


@pytest.mark.bubblewrap
def test_it_may_skip_itself_where_nothing_is_required(tmp_path: Path) -> None:
    done = _run(tmp_path, body='pytest.skip("not today")', required="")
    assert done.returncode == 0, done.stdout
