"""`orion settings` and `orion keys`."""

import json

import pytest

from orion_tui.base.paths import OrionHome
from tests.support.command_line import Orion


def test_a_setting_is_set_shown_and_taken_back(orion: Orion, orion_home: OrionHome) -> None:
    assert orion("settings", "set", "sessions.running", "2").code == 0
    assert orion("settings", "get", "sessions.running").out == "2\n"
    rows = {row["name"]: row for row in json.loads(orion("settings", "--json").out)}
    assert rows["sessions.running"]["origin"] == "settings.yaml"
    assert rows["sessions.running"]["place"] == "settings.yaml:2"
    assert rows["ui.theme"]["origin"] == "default"
    assert orion("settings", "unset", "sessions.running").code == 0
    assert (orion_home.root / "settings.yaml").read_text() == ""


def test_bad_values_say_what_to_do_and_have_their_own_exit_code(orion: Orion) -> None:
    wrong = orion("settings", "set", "ui.theme", "pink")
    assert (wrong.code, wrong.out) == (2, "")
    assert "high-contrast" in wrong.err
    unknown = orion("settings", "set", "model.default", "nope/x")
    assert unknown.code == 2
    assert "no provider is called nope" in unknown.err
    assert "did you mean" not in unknown.err, "openai is not near"
    assert "(did you mean 'openai'?)" in orion("settings", "set", "model.default", "opnai/x").err
    assert orion("settings", "get", "model.default").code == 3


def test_a_wrong_file_is_reported_whole(orion: Orion, orion_home: OrionHome) -> None:
    orion_home.prepare()
    (orion_home.root / "settings.yaml").write_text("ui: {theme: pink}\nkeys: {live.hint: p}\n")
    (orion_home.root / "settings.yaml").chmod(0o600)
    refused = orion("settings", "check")
    assert refused.code == 4
    assert "must be one of dark" in refused.err
    assert "p is pause" in refused.err
    (orion_home.root / "settings.yaml").write_text("keys: {live.hint: p}\n")
    refused = orion("settings", "check")
    assert refused.code == 4
    assert "p is pause" in refused.err


def test_keys_lists_own_keys_and_what_could_not_be_followed(orion: Orion, orion_home: OrionHome) -> None:
    orion("settings", "set", "keys.live.pause", "space, f2")
    with (orion_home.root / "settings.yaml").open("a") as stream:
        stream.write("  live.hint: t\n")
    shown = orion("keys", "live", "--json")
    rows = {row["id"]: row for row in json.loads(shown.out)}
    assert rows["live.pause"]["keys"] == ["Space", "F2"]
    assert rows["live.pause"]["own"]
    assert rows["live.hint"]["keys"] == ["i"]
    plain = orion("keys", "live")
    assert "t is timeline" in plain.err
    assert orion("keys", "lives").code == 2


def test_the_editor_takes_over_only_what_is_right(
    orion: Orion, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = iter(["ui: {theme: pink}\n", "ui: {theme: light}\n"])

    def typed(text: str, **_: object) -> str:
        del text
        return next(edited)

    monkeypatch.setattr("click.edit", typed)
    done = orion("settings", "edit", stdin="y\n")
    assert done.code == 0, done.err
    assert (orion_home.root / "settings.yaml").read_text() == "ui: {theme: light}\n"
    assert "must be one of" in done.err
