"""The server inside runs on the system's own Python, found in /usr."""

from pathlib import Path

import pytest

from orion_tui.core.sandbox.interpreter import candidates

pytestmark = pytest.mark.unit


def install(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_the_distributions_own_comes_first_then_newer_before_older(tmp_path: Path) -> None:
    install(
        tmp_path, "usr/bin/python3.11", "usr/bin/python3.12", "usr/local/bin/python3.13", "usr/bin/python3.9-config"
    )
    (tmp_path / "usr/bin/python3").symlink_to("python3.11")
    assert candidates(tmp_path) == (
        "/usr/bin/python3",
        "/usr/bin/python3.12",
        "/usr/bin/python3.11",
        "/usr/local/bin/python3.13",
    )


def test_an_interpreter_that_is_too_old_is_none(tmp_path: Path) -> None:
    install(tmp_path, "usr/bin/python3.6", "usr/bin/python3.8", "usr/bin/python2.7", "usr/bin/python3.9")
    (tmp_path / "usr/bin/python3").symlink_to("python3.6")
    assert candidates(tmp_path) == ("/usr/bin/python3.9",)


def test_where_there_is_none_there_is_none(tmp_path: Path) -> None:
    assert candidates(tmp_path) == ()
