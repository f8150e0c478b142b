"""Where keys come from, in which order, and what is refused."""

from collections.abc import Mapping

import pytest

from orion_tui.base.errors import InvalidFile, NotEnrolled, UsageError, VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.connections import Connections
from orion_tui.core.agent.keys import Key, Keys, KeySource, checked, parse_env
from orion_tui.core.agent.model import ModelRef, NoKey
from orion_tui.core.agent.providers import TABLE
from orion_tui.core.auth.vault import Vault, VaultChoice
from orion_tui.core.settings import parse

pytestmark = pytest.mark.unit

_ANTHROPIC = TABLE["anthropic"]


class _Vault:
    """A vault with those entries; None for them stands for one that is locked."""

    choice = VaultChoice.PASSPHRASE

    def __init__(self, entries: Mapping[str, str] | None) -> None:
        self.entries = entries
        self.opened = 0

    def open(self) -> Vault:
        self.opened += 1
        return self

    def get(self, name: str) -> str | None:
        if self.entries is None:
            raise VaultError("the vault is locked: its passphrase is needed", hint="unlock it first")
        return self.entries.get(name)

    def set(self, name: str, value: str) -> None:
        raise AssertionError

    def delete(self, name: str) -> None:
        raise AssertionError


def _write_env(home: OrionHome, text: str, mode: int = 0o600) -> None:
    (home.root / ".env").write_text(text, "utf-8")
    (home.root / ".env").chmod(mode)


def test_the_first_place_that_has_one_counts(orion_home: OrionHome) -> None:
    vault = _Vault({"model/anthropic": "from-the-vault"})
    environ = {"ANTHROPIC_API_KEY": "from-the-environment"}
    _write_env(orion_home, "ANTHROPIC_API_KEY=from-the-file\n")
    keys = Keys(orion_home, environ, open_vault=vault.open)
    keys.hand_over("anthropic", "from-the-command")
    found = keys.find(_ANTHROPIC)
    assert found is not None
    assert (found.value, found.source) == ("from-the-command", KeySource.HANDED)

    keys = Keys(orion_home, environ, open_vault=vault.open)
    assert _value(keys.find(_ANTHROPIC)) == ("from-the-environment", KeySource.ENVIRONMENT)
    assert vault.opened == 0, "nothing is opened that is not needed"
    environ["ANTHROPIC_API_KEY"] = "  "
    assert _value(keys.find(_ANTHROPIC)) == ("from-the-vault", KeySource.VAULT)
    vault.entries = {}
    assert _value(keys.find(_ANTHROPIC)) == ("from-the-file", KeySource.FILE)
    _write_env(orion_home, "")
    assert keys.find(_ANTHROPIC) is None


def _value(key: Key | None) -> tuple[str, KeySource] | None:
    return None if key is None else (key.value, key.source)


def test_the_second_variable_serves_where_the_first_is_missing(orion_home: OrionHome) -> None:
    keys = Keys(orion_home, {"GEMINI_API_KEY": "gem-0123456789"})
    key = keys.require(TABLE["google"])
    assert key is not None
    assert key.place == "GEMINI_API_KEY"


def test_a_missing_key_says_where_one_may_be_put(orion_home: OrionHome) -> None:
    def nowhere() -> Vault:
        raise NotEnrolled("no place for credentials was chosen yet")

    with pytest.raises(NoKey, match="no key for anthropic") as error:
        Keys(orion_home, {}, open_vault=nowhere).require(_ANTHROPIC)
    assert error.value.hint == "set ANTHROPIC_API_KEY, or run: orion model login anthropic"
    assert error.value.exit_code == 12


def test_a_locked_vault_is_named_when_nothing_else_has_a_key(orion_home: OrionHome) -> None:
    keys = Keys(orion_home, {}, open_vault=_Vault(None).open)
    with pytest.raises(NoKey, match="the vault is locked"):
        keys.require(_ANTHROPIC)
    _write_env(orion_home, "ANTHROPIC_API_KEY=from-the-file")
    assert _value(keys.require(_ANTHROPIC)) == ("from-the-file", KeySource.FILE)


def test_a_local_server_needs_no_key_and_no_open_vault(orion_home: OrionHome) -> None:
    assert Keys(orion_home, {}, open_vault=_Vault(None).open).require(TABLE["ollama"]) is None


def test_a_vault_is_opened_once(orion_home: OrionHome) -> None:
    vault = _Vault({"model/anthropic": "from-the-vault"})
    keys = Keys(orion_home, {}, open_vault=vault.open)
    for _ in range(3):
        keys.require(_ANTHROPIC)
    assert vault.opened == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_open_is_refused(orion_home: OrionHome, mode: int) -> None:
    _write_env(orion_home, "ANTHROPIC_API_KEY=sk-0123456789", mode)
    with pytest.raises(NoKey, match="other users can open") as error:
        Keys(orion_home, {}).require(_ANTHROPIC)
    assert "chmod 600" in error.value.hint
    assert "sk-0123456789" not in str(error.value)


def test_a_link_in_its_place_is_not_followed(orion_home: OrionHome) -> None:
    (orion_home.root / "elsewhere").write_text("ANTHROPIC_API_KEY=sk-0123456789", "utf-8")
    (orion_home.root / ".env").symlink_to(orion_home.root / "elsewhere")
    with pytest.raises(NoKey, match="is not used for keys"):
        Keys(orion_home, {}).require(_ANTHROPIC)


def test_lines_of_the_file() -> None:
    text = b"# a comment\n\n A = 1 \nexport B=\"two words\"\nC='x#y'\nD=plain # said\nE=\nA=last\n"
    assert parse_env(text, ".env") == {"A": "last", "B": "two words", "C": "x#y", "D": "plain", "E": ""}


def test_a_line_that_is_something_else_is_named_by_number_alone() -> None:
    with pytest.raises(InvalidFile) as error:
        parse_env(b"A=1\nsk-ant-0123456789\n=x\n", ".env")
    assert error.value.problems == (".env:2: not NAME=value", ".env:3: not NAME=value")
    assert "sk-ant" not in str(error.value)


@pytest.mark.parametrize("value", ["", "  ", "a b", "a\nb", "a\x00", "ключ", "x" * 5000])
def test_what_cannot_be_a_key_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(UsageError) as error:
        checked(value, "what was given")
    assert not value.strip() or value.strip() not in str(error.value)


def test_settings_name_the_variable_and_then_a_key_is_needed(orion_home: OrionHome) -> None:
    settings = parse("providers: {box: {base_url: 'https://box.example/v1/', key_env: BOX_KEY}}", "settings.yaml")
    connection = Connections(settings, Keys(orion_home, {"BOX_KEY": "box-0123456789"})).to(ModelRef("box", "m"))
    assert connection.base_url == "https://box.example/v1"
    assert "box-0123456789" not in repr(connection)
    with pytest.raises(NoKey, match="no key for box"):
        Connections(settings, Keys(orion_home, {})).to(ModelRef("box", "m"))
