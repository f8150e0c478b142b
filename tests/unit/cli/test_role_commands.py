"""`orion role`: what people and programs read of roles."""

from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from tests.support.command_line import Orion

pytestmark = pytest.mark.unit

_KEYS = {
    "name", "display_name", "scope", "auth", "source", "enabled", "trusted", "usable", "path", "digest", "errors",
    "warnings", "corrections",
}  # fmt: skip

_BROKEN = "name: mine\nscope: everything\ncompetences: [x]\n"


def test_the_starters_are_listed(orion: Orion) -> None:
    done = orion("role", "list")
    assert done.code == 0
    lines = {line.split()[0]: line for line in done.out.splitlines()}
    assert {"software-engineer", "technical-writer", "qa-engineer", "devops-engineer"} <= lines.keys()
    assert "totp" in lines["devops-engineer"]


def test_the_json_keys_are_the_documented_ones(orion: Orion) -> None:
    listed = orion("role", "list", "--json").json()
    assert {frozenset(info) for info in listed} == {frozenset(_KEYS)}
    shown = orion("role", "show", "software-engineer", "--json").json()
    assert shown.keys() == _KEYS | {"role"}
    assert set(shown["role"]["authority"]) == {"autonomous", "requires_approval", "forbidden"}
    assert "force_push" in shown["role"]["authority"]["forbidden"]


def test_a_role_is_found_by_its_display_name(orion: Orion) -> None:
    assert orion("role", "show", "Software Engineer", "--json").json()["name"] == "software-engineer"


def test_an_unknown_role_is_not_found(orion: Orion) -> None:
    done = orion("role", "show", "software-enginer")
    assert done.code == 3
    assert "software-engineer" in done.err


def test_a_broken_role_is_listed_with_its_problems(orion: Orion, orion_home: OrionHome) -> None:
    (orion_home.roles / "mine.yaml").write_text(_BROKEN, "utf-8")
    done = orion("role", "list")
    assert done.code == 0
    assert "✗ broken" in done.out
    assert "mine.yaml:2:8" in done.err


def test_a_role_that_comes_with_a_repository_is_untrusted(
    orion: Orion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "repo" / "deep" / "inside"
    folder.mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    roles = tmp_path / "repo" / ".orion" / "roles"
    roles.mkdir(parents=True)
    starter = orion("role", "show", "qa-engineer", "--json").json()["path"]
    text = Path(starter).read_text("utf-8").replace("name: qa-engineer", "name: theirs", 1)
    (roles / "theirs.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(folder)
    (theirs,) = [info for info in orion("role", "list", "--json").json() if info["name"] == "theirs"]
    assert (theirs["source"], theirs["trusted"], theirs["usable"]) == ("workspace", False, False)


def test_a_good_file_validates(orion: Orion) -> None:
    starter = orion("role", "show", "qa-engineer", "--json").json()["path"]
    assert orion("role", "validate", starter).code == 0


def test_a_bad_file_names_every_problem_with_its_place(orion: Orion, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(_BROKEN, "utf-8")
    done = orion("role", "validate", str(path))
    assert done.code == 4
    assert f"{path}:2:8" in done.err
    assert f"{path}:3:1" in done.err
    report = orion("role", "validate", str(path), "--json")
    assert report.code == 4
    assert report.json()["valid"] is False
    assert len(report.json()["problems"]) >= 3


def test_a_missing_file_is_an_error_of_its_own(orion: Orion, tmp_path: Path) -> None:
    done = orion("role", "validate", str(tmp_path / "none.yaml"))
    assert done.code in {2, 3, 4}
    assert "none.yaml" in done.err
    assert "Traceback" not in done.err


def test_looking_makes_no_state(orion: Orion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORION_HOME", str(tmp_path / "untouched"))
    assert orion("role", "list").code == 0
    assert not (tmp_path / "untouched").exists()
