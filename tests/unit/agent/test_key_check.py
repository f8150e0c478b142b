"""Which keys a command hands over before it submits, and that a missing one is told before anything happens."""

from collections.abc import Collection, Mapping

import pytest

from orion_tui.base.errors import ModelUnavailable, NotFound
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.key_check import keys_to_hand_over
from orion_tui.core.agent.keys import Key, KeySource
from orion_tui.core.agent.model import ModelRef, NoKey
from orion_tui.core.auth import vault
from orion_tui.core.auth.vault import VaultChoice, choose, open_vault
from orion_tui.core.settings import parse

pytestmark = pytest.mark.unit

_SETTINGS = "providers: {box: {base_url: 'http://box.example/v1', key_env: BOX_KEY}, bare: {key_env: BARE}}"
_PASSPHRASE = "correct horse"


class _Person:
    """Who can be asked for a passphrase."""

    def __init__(self, answer: str = _PASSPHRASE) -> None:
        self.answer = answer
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return self.answer


def _check(
    home: OrionHome,
    *models: str,
    environ: Mapping[str, str] | None = None,
    noted: Collection[str] = (),
    handed: Collection[str] = (),
    person: _Person | None = None,
) -> dict[str, Key]:
    return keys_to_hand_over(
        home,
        [ModelRef.parse(model) for model in models],
        settings=parse(_SETTINGS, "settings.yaml"),
        environ=environ or {},
        noted=noted,
        handed=handed,
        ask_passphrase=person,
    )


def _keep(home: OrionHome, choice: VaultChoice, *providers: str) -> tuple[str, ...]:
    """Put keys into a vault of that kind; the names that are noted of it."""
    choose(home, choice)
    passphrase = _PASSPHRASE if choice is VaultChoice.PASSPHRASE else None
    opened = open_vault(home, choice, passphrase=passphrase)
    for provider in providers:
        opened.set(f"model/{provider}", f"sk-vault-{provider}")
    return tuple(f"model/{provider}" for provider in providers)


def _values(keys: Mapping[str, Key]) -> dict[str, str]:
    return {name: key.value for name, key in keys.items()}


def test_what_stands_in_the_environment_is_handed_over(orion_home: OrionHome) -> None:
    environ = {"ANTHROPIC_API_KEY": "sk-a", "OPENAI_API_KEY": "sk-o", "BOX_KEY": "sk-b"}
    keys = _check(orion_home, "anthropic/x", "anthropic/y", "box/z", environ=environ)
    assert _values(keys) == {"anthropic": "sk-a", "box": "sk-b"}, "those of the models, and no others"
    assert "sk-a" not in repr(keys)


def test_a_local_server_needs_nothing(orion_home: OrionHome) -> None:
    assert _check(orion_home, "ollama/qwen3:32b") == {}


def test_what_the_supervisor_can_open_by_itself_is_left_to_it(orion_home: OrionHome) -> None:
    noted = _keep(orion_home, VaultChoice.MACHINE_KEY, "anthropic")
    (orion_home.root / ".env").write_text("OPENAI_API_KEY=sk-file\n", "utf-8")
    (orion_home.root / ".env").chmod(0o600)
    assert _check(orion_home, "anthropic/x", "openai/y", noted=noted) == {}


def test_a_vault_under_a_passphrase_is_opened_once_for_all(orion_home: OrionHome) -> None:
    noted = _keep(orion_home, VaultChoice.PASSPHRASE, "anthropic", "openai")
    person = _Person()
    keys = _check(orion_home, "anthropic/x", "openai/y", noted=noted, person=person)
    assert _values(keys) == {"anthropic": "sk-vault-anthropic", "openai": "sk-vault-openai"}
    assert {key.source for key in keys.values()} == {KeySource.VAULT}
    assert person.asked == 1


def test_nobody_is_asked_for_a_passphrase_in_vain(orion_home: OrionHome) -> None:
    noted = _keep(orion_home, VaultChoice.PASSPHRASE, "openai")
    person = _Person()
    assert _check(orion_home, "ollama/x", noted=noted, person=person) == {}
    keys = _check(orion_home, "openai/x", environ={"OPENAI_API_KEY": "sk-env"}, noted=noted, person=person)
    assert _values(keys) == {"openai": "sk-env"}
    with pytest.raises(NoKey, match="no key for anthropic"):
        _check(orion_home, "anthropic/x", noted=noted, person=person)
    assert _check(orion_home, "openai/x", noted=noted, handed=["openai"], person=person) == {}
    assert person.asked == 0


def test_a_wrong_passphrase_or_nobody_to_ask_is_told_as_such(orion_home: OrionHome) -> None:
    noted = _keep(orion_home, VaultChoice.PASSPHRASE, "openai")
    with pytest.raises(NoKey, match="passphrase") as error:
        _check(orion_home, "openai/x", noted=noted, person=_Person("wrong horse"))
    assert "wrong horse" not in str(error.value)
    with pytest.raises(NoKey, match="locked"):
        _check(orion_home, "openai/x", noted=noted)


class _Keychain:
    """The system's keychain, as a vault."""

    choice = VaultChoice.KEYCHAIN

    def get(self, name: str) -> str | None:
        return "sk-chain" if name == "model/anthropic" else None

    def set(self, name: str, value: str) -> None:
        raise AssertionError

    def delete(self, name: str) -> None:
        raise AssertionError


def test_a_key_of_the_desktops_keychain_is_handed_over(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(orion_home, VaultChoice.KEYCHAIN)
    from orion_tui.core.agent import key_check

    assert key_check.open_vault is vault.open_vault

    def opened(home: OrionHome, passphrase: str | None = None) -> vault.Vault:
        return _Keychain()

    monkeypatch.setattr(key_check, "open_vault", opened)
    assert _values(_check(orion_home, "anthropic/x", "ollama/y")) == {"anthropic": "sk-chain"}


def test_a_missing_key_is_told_with_what_to_do(orion_home: OrionHome) -> None:
    with pytest.raises(NoKey, match="no key for anthropic") as error:
        _check(orion_home, "ollama/x", "anthropic/y", environ={"OPENAI_API_KEY": "sk-o"})
    assert error.value.hint == "set ANTHROPIC_API_KEY, or run: orion model login anthropic"


def test_what_the_supervisor_was_handed_before_serves_until_there_is_a_newer_one(orion_home: OrionHome) -> None:
    assert _check(orion_home, "anthropic/x", handed=["anthropic"]) == {}
    newer = _check(orion_home, "anthropic/x", environ={"ANTHROPIC_API_KEY": "sk-new"}, handed=["anthropic"])
    assert _values(newer) == {"anthropic": "sk-new"}


def test_a_provider_that_cannot_be_asked_is_told_also_when_there_is_a_key(orion_home: OrionHome) -> None:
    with pytest.raises(NotFound, match="did you mean 'anthropic'"):
        _check(orion_home, "antropic/x", handed=["antropic"])
    with pytest.raises(ModelUnavailable, match="bare has no address"):
        _check(orion_home, "bare/x", environ={"BARE": "sk-x"}, handed=["bare"])


def test_a_damaged_vault_does_not_matter_where_it_is_not_needed(orion_home: OrionHome) -> None:
    (orion_home.vault / "choice").write_text("under the mat", "utf-8")
    assert _values(_check(orion_home, "anthropic/x", environ={"ANTHROPIC_API_KEY": "sk-a"})) == {"anthropic": "sk-a"}
    with pytest.raises(NoKey, match="does not name a kind of vault"):
        _check(orion_home, "anthropic/x")
