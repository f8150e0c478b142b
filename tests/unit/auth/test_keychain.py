from collections.abc import Generator
from typing import Any, cast

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from orion_tui.base.errors import VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.core.auth.keychain import Keychain, KeyringVault, find_backend

pytestmark = pytest.mark.unit


class Memory(KeyringBackend):
    """A keychain in memory."""

    priority: Any = 5

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("not found")


class Locked(Memory):
    """A keychain whose person pressed Cancel."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("hunter2 is in this text")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"{password} is in this text")


class Forgetful(Memory):
    """A keychain that accepts what it does not keep (keyring's `null` does)."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return


def keychain_of(backend: KeyringBackend) -> Keychain:
    # keyring wraps the methods of every backend in ways that no type checker follows.
    return cast("Keychain", backend)


@pytest.fixture(autouse=True)
def same_keyring_afterwards() -> Generator[None, None, None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
def vault(orion_home: OrionHome) -> KeyringVault:
    return KeyringVault(orion_home, keychain_of(Memory()))


def test_secrets_are_kept_replaced_and_forgotten(vault: KeyringVault) -> None:
    assert vault.get("pin") is None
    vault.set("pin", "one")
    vault.set("pin", "two")
    assert vault.get("pin") == "two"
    vault.delete("pin")
    vault.delete("pin")
    assert vault.get("pin") is None


def test_entries_are_apart_for_each_user_and_each_home(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Memory()
    KeyringVault(orion_home, keychain_of(backend)).set("pin", "mine")
    assert KeyringVault(OrionHome(orion_home.root / "other"), keychain_of(backend)).get("pin") is None
    monkeypatch.setattr("os.geteuid", lambda: 4242)
    assert KeyringVault(orion_home, keychain_of(backend)).get("pin") is None
    monkeypatch.undo()
    assert KeyringVault(orion_home, keychain_of(backend)).get("pin") == "mine"


def test_a_locked_keychain_is_an_error_without_its_text(orion_home: OrionHome) -> None:
    vault = KeyringVault(orion_home, keychain_of(Locked()))
    for use in (lambda: vault.get("pin"), lambda: vault.set("pin", "hunter2"), lambda: vault.delete("pin")):
        with pytest.raises(VaultError, match="KeyringLocked") as error:
            use()
        assert "hunter2" not in str(error.value)
        assert error.value.__cause__ is None


def test_a_keychain_that_forgets_is_noticed_at_once(orion_home: OrionHome) -> None:
    with pytest.raises(VaultError, match="did not keep"):
        KeyringVault(orion_home, keychain_of(Forgetful())).set("pin", "one")


@pytest.mark.parametrize("name", ["keyring.backends.fail", "keyring.backends.null"])
def test_backends_that_keep_nothing_are_no_keychain(name: str) -> None:
    module = __import__(name, fromlist=["Keyring"])
    keyring.set_keyring(module.Keyring())
    with pytest.raises(VaultError, match="no system keychain"):
        find_backend()


def test_plain_text_backends_are_refused_by_name() -> None:
    plain = type("PlaintextKeyring", (Memory,), {"__module__": "keyrings.alt.file"})
    keyring.set_keyring(plain())
    with pytest.raises(VaultError, match=r"keyrings\.alt\.file is not the system's own"):
        find_backend()


def test_the_systems_own_store_is_found() -> None:
    trusted = type("Keyring", (Memory,), {"__module__": "keyring.backends.SecretService"})()
    keyring.set_keyring(trusted)
    assert find_backend() is trusted


def test_of_a_chain_only_a_trusted_link_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = type("PlaintextKeyring", (Memory,), {"__module__": "keyrings.alt.file", "priority": 9})()
    trusted = type("Keyring", (Memory,), {"__module__": "keyring.backends.libsecret"})()
    monkeypatch.setattr(ChainerBackend, "backends", [plain, trusted])
    keyring.set_keyring(ChainerBackend())
    assert find_backend() is trusted
    monkeypatch.setattr(ChainerBackend, "backends", [plain])
    with pytest.raises(VaultError):
        find_backend()


def test_a_configured_backend_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> KeyringBackend:
        raise ImportError("no module named nonsense")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    with pytest.raises(VaultError, match="no keychain can be used: ImportError"):
        find_backend()
