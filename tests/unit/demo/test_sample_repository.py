"""The sample repository: the same on every machine, whole or not at all."""

import importlib.util
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from orion_tui import demo
from orion_tui.base.errors import StoreError
from orion_tui.base.paths import OrionHome
from orion_tui.core.repo.git import Git
from orion_tui.demo import repository

pytestmark = pytest.mark.unit

_ROOT = Path(__file__).parents[3]
#: The tip of the sample's `main`. It changes when the sample does, and never between machines.
_TIP = "0dbf62ee8150abcf57625edfa542d3372fb25fae"


def test_every_machine_gets_the_same_commits(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    git = Git.user(demo.prepare(orion_home).workspace)
    assert git.text("rev-list", "--count", "main") == "3"
    assert git.text("log", "-1", "--format=%an %cn %aI") == "Marisol Reyes Marisol Reyes 2026-02-02T11:00:00+00:00"
    assert git.text("rev-parse", "main") == _TIP


def test_it_is_clean_and_needs_no_identity_of_the_user(
    orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty").write_text("", "utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "empty"))
    git = Git.user(demo.prepare(orion_home).workspace)
    assert git.text("status", "--porcelain", "--ignored") == ""
    assert git.text("config", "user.name") == "Marisol Reyes"
    assert git.text("tag", "--list") == ""


def test_the_users_templates_and_line_endings_have_no_part_in_it(
    orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    (hooks / "pre-commit").chmod(0o755)
    config = tmp_path / "config"
    config.write_text(
        f"[init]\n templateDir = {tmp_path / 'template'}\n defaultBranch = trunk\n"
        "[core]\n autocrlf = true\n[commit]\n gpgSign = true\n",
        "utf-8",
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert Git.user(demo.prepare(orion_home).workspace).text("rev-parse", "main") == _TIP


def test_preparing_again_keeps_what_the_user_did(orion_home: OrionHome) -> None:
    workspace = demo.prepare(orion_home).workspace
    (workspace / "mine.txt").write_text("mine", "utf-8")
    assert demo.prepare(orion_home).workspace == workspace
    assert (workspace / "mine.txt").read_text() == "mine"


def test_a_failure_in_the_middle_leaves_nothing(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "SAMPLE", Path("/nonexistent"))
    with pytest.raises(StoreError, match="cannot make the sample repository"):
        demo.prepare(orion_home)
    assert list((orion_home.root / "demo").iterdir()) == []


def test_the_demonstration_never_uses_the_users_own_state() -> None:
    assert demo.home_of_demo({"HOME": "/home/u"}).root == Path("/home/u/.orion-demo")
    assert demo.home_of_demo({"HOME": "/home/u", "ORION_HOME": "/srv/o"}).root == Path("/srv/o")
    with pytest.raises(StoreError, match="neither ORION_HOME nor HOME"):
        demo.home_of_demo({})


def test_the_tests_of_the_sample_pass_as_they_are(orion_home: OrionHome) -> None:
    workspace = demo.prepare(orion_home).workspace
    done = subprocess.run(
        [sys.executable, "-B", "-m", "unittest", "-q"], cwd=workspace, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Ran 5 tests" in done.stderr


def _builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo_wheel_build", _ROOT / "scripts" / "demo_wheel" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_wheel_that_ships_is_the_one_its_script_builds(tmp_path: Path) -> None:
    built: Path = _builder().build(tmp_path)
    shipped = repository.SAMPLE / "wheels" / built.name
    assert shipped.read_bytes() == built.read_bytes()


def test_files_are_committed_without_the_modes_of_the_installation(orion_home: OrionHome) -> None:
    workspace = demo.prepare(orion_home).workspace
    files = [path for path in workspace.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert len(files) > 10
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o644}
