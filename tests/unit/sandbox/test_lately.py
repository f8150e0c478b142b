"""What is remembered of a sandbox that came up, and when it no longer counts."""

from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.sandbox import lately
from orion_tui.core.sandbox.lately import LATELY, Lately


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    place = tmp_path / "bin"
    place.mkdir()
    (place / "bwrap").write_text("#!/bin/sh\n")
    (place / "bwrap").chmod(0o755)
    return place


@pytest.fixture
def environ(programs: Path) -> dict[str, str]:
    return {"PATH": str(programs), "ORION_SANDBOX": "bubblewrap"}


def test_nothing_is_known_before_one_came_up(orion_home: OrionHome, environ: dict[str, str]) -> None:
    assert not Lately(orion_home, environ).came_up()


def test_another_process_of_the_same_home_knows_it_too(orion_home: OrionHome, environ: dict[str, str]) -> None:
    Lately(orion_home, environ).note()
    assert Lately(orion_home, dict(environ)).came_up()


def test_it_is_forgotten_once_none_came_up(orion_home: OrionHome, environ: dict[str, str]) -> None:
    known = Lately(orion_home, environ)
    known.note()
    known.forget()
    known.forget()
    assert not known.came_up()


def test_it_does_not_count_for_ever(
    orion_home: OrionHome, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Lately(orion_home, environ)
    monkeypatch.setattr(lately, "_awake", lambda: 5_000.0)
    known.note()
    monkeypatch.setattr(lately, "_awake", lambda: 5_000.0 + LATELY - 1)
    assert known.came_up()
    monkeypatch.setattr(lately, "_awake", lambda: 5_000.0 + LATELY)
    assert not known.came_up()
    monkeypatch.setattr(lately, "_awake", lambda: 4_000.0)
    assert not known.came_up()


@pytest.mark.parametrize(
    "changed", [{"ORION_SANDBOX": "docker"}, {"DOCKER_HOST": "tcp://elsewhere"}, {"PATH": "/nowhere"}]
)
def test_another_choice_of_sandbox_is_another_question(
    orion_home: OrionHome, environ: dict[str, str], changed: dict[str, str]
) -> None:
    Lately(orion_home, environ).note()
    assert not Lately(orion_home, environ | changed).came_up()


def test_another_bubblewrap_is_another_question(orion_home: OrionHome, environ: dict[str, str], programs: Path) -> None:
    Lately(orion_home, environ).note()
    (programs / "bwrap").write_text("#!/bin/sh\nexit 1\n")
    assert not Lately(orion_home, environ).came_up()


@pytest.mark.parametrize("text", ["", "soon abc", "nan abc", "1 2 3", "\udcff"])
def test_what_cannot_be_read_counts_for_nothing(orion_home: OrionHome, environ: dict[str, str], text: str) -> None:
    (orion_home.run / "sandbox.lately").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert not Lately(orion_home, environ).came_up()
