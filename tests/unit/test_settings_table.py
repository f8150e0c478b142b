"""Every setting with its origin, and changes that are checked as a whole before they are made."""

from pathlib import Path

import pytest

from orion_tui.base.errors import ConflictError, InvalidFile, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core import settings
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.settings import Price
from orion_tui.core.settings_table import FIXED, Origin, Row, changed, describe, listed, make

pytestmark = pytest.mark.unit

BEFORE = """\
# my settings
model:
  default: anthropic/claude-sonnet-5-5   # the good one
sessions: {running: 2}
"""


@pytest.fixture
def home(tmp_path: Path) -> OrionHome:
    home = OrionHome(tmp_path / "home")
    home.prepare()
    path = settings.settings_file(home)
    path.write_text(BEFORE)
    path.chmod(0o600)
    return home


def _text(home: OrionHome) -> str:
    return settings.settings_file(home).read_text()


def _row(home: OrionHome, name: str, environ: dict[str, str] | None = None) -> Row:
    return next(row for row in listed(home, environ or {}) if row.setting.name == name)


def test_each_value_says_who_decided_it(home: OrionHome) -> None:
    assert (_row(home, "sessions.running").value, _row(home, "sessions.running").place) == ("2", "settings.yaml:4")
    assert _row(home, "ui.bell").origin is Origin.DEFAULT
    said = _row(home, "model.default", {"ORION_MODEL": "openai/x"})
    assert (said.value, said.origin, said.place) == ("openai/x", Origin.ENVIRONMENT, "ORION_MODEL")


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    rows = listed(OrionHome(tmp_path / "none"), {})
    assert [row.setting for row in rows] == list(FIXED)
    assert {row.origin for row in rows} == {Origin.DEFAULT}


QWEN = ModelRef.parse("shop/qwen3.5")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("model.plan", "openai/gpt", "openai/gpt"),
        ("sessions.running", "7", 7),
        ("ui.theme", "Light", "light"),
        ("ui.mouse", "false", False),
        ("ui.clipboard", "off", "off"),
        ("keys.live.pause", "space, f2", ("space", "f2")),
        ("keys.live.pause", ",", (",",)),
        ("providers.shop.base_url", "http://10.0.0.2:1/v1", "http://10.0.0.2:1/v1"),
        ("contexts.shop/qwen3.5", "9000", 9000),
        ("prices.shop/qwen3.5", "0.2 0.6", Price(input=0.2, output=0.6)),
        ("prices.shop/qwen3.5", "1, 2, 0.5", Price(input=1, output=2, cached=0.5)),
    ],
)
def test_every_kind_of_setting_can_be_set_and_taken_back(
    home: OrionHome, name: str, value: str, expected: object
) -> None:
    before = _text(home)
    make(home, changed(home, name, value))
    now = settings.load(home)
    held: dict[str, object] = {
        "model.plan": now.model.plan,
        "sessions.running": now.running,
        "ui.theme": now.appearance.theme,
        "ui.mouse": now.appearance.mouse,
        "ui.clipboard": now.appearance.clipboard,
        "keys.live.pause": now.appearance.wishes.get("live.pause"),
        "providers.shop.base_url": now.providers["shop"].base_url if "shop" in now.providers else None,
        "contexts.shop/qwen3.5": now.contexts.get(QWEN),
        "prices.shop/qwen3.5": now.prices.get(QWEN),
    }
    assert held[name] == expected
    assert any(row.origin is Origin.FILE and row.setting.name.startswith(name) for row in listed(home, {}))
    assert "# the good one" in _text(home)
    make(home, changed(home, name, None))
    if name != "sessions.running":
        assert _text(home) == before


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ui.theme", "pink", "one of dark, light"),
        ("sessions.running", "99", "at most 64"),
        ("sessions.running", "many", "whole number"),
        ("sessions.running", "  ", "needs a value"),
        ("model.default", "gpt", "provider/name"),
        ("providers.shop.base_url", "ftp://x", "address"),
        ("providers.shop.key_env", "sk-123-secret", "names no environment variable"),
        ("keys.live.pause", "p, r", "r is reject"),
        ("keys.live.pause", "hyper+x", "no key"),
        ("prices.shop/q", "cheap", "IN OUT"),
        ("prices.shop/q", "a b", "number"),
        ("ui.sound", "on", "no setting ui.sound"),
        ("keys.live.paus", "b", "keys.live.pause"),
        ("mcp.tracker", "x", "block of its own"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(home: OrionHome, name: str, value: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        make(home, changed(home, name, value))
    assert said in "\n".join((caught.value.message, caught.value.hint, *caught.value.problems))
    assert _text(home) == BEFORE


def test_a_key_that_was_pasted_by_mistake_is_not_repeated(home: OrionHome) -> None:
    with pytest.raises(UsageError) as caught:
        changed(home, "providers.shop.key_env", "sk-123-secret")
    assert "sk-123" not in str(caught.value.problems)


def test_a_file_that_is_wrong_already_is_not_made_worse(home: OrionHome) -> None:
    settings.settings_file(home).write_text("model: [\n")
    with pytest.raises(InvalidFile):
        changed(home, "ui.theme", "light")
    assert _text(home) == "model: [\n"


def test_a_file_that_changed_meanwhile_is_left_alone(home: OrionHome) -> None:
    change = changed(home, "ui.theme", "light")
    settings.settings_file(home).write_text("# another\n")
    with pytest.raises(ConflictError, match="meanwhile"):
        make(home, change)
    assert _text(home) == "# another\n"


def test_the_file_is_nobody_elses(tmp_path: Path) -> None:
    home = OrionHome(tmp_path / "new")
    make(home, changed(home, "ui.theme", "light"))
    assert settings.settings_file(home).stat().st_mode & 0o777 == 0o600


def test_every_setting_says_what_it_is() -> None:
    assert all(setting.help.endswith(".") for setting in FIXED)
    assert describe("keys.live.pause").default == "p"
