"""The system's keychain as a vault, through `keyring`.

Only the operating systems' own stores count: Secret Service, KWallet and libsecret on Linux, the macOS keychain, the
Windows credential store. Everything else that `keyring` may be configured with is refused, above all `keyrings.alt`,
whose files are plain text or ask for a password on the terminal in the middle of a screen. Looking for a keychain
never asks anything; using a locked one may open the desktop's own dialogue.
"""

import hashlib
import os
from typing import Protocol, cast

from orion_tui.base.errors import VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.core.auth.vault import VaultChoice

#: What the entries are filed under.
SERVICE = "orion-tui"

_TRUSTED = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)

_INSTEAD = "choose an encrypted file instead: orion auth set --vault passphrase (or machine-key)"


class Keychain(Protocol):
    """The part of a `keyring` backend that is used."""

    def get_password(self, service: str, username: str) -> str | None:
        """The entry's secret; None where there is none."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Make or replace the entry."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove the entry; PasswordDeleteError where there is none."""
        ...


def find_backend() -> Keychain:
    """The system's keychain. Raises VaultError, with what to do instead, where there is none that is trusted."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    try:
        found = keyring.get_keyring()
        # The chain asks each store in turn, whichever it is: take the first trusted one alone.
        candidates = list(ChainerBackend.backends) if isinstance(found, ChainerBackend) else [found]
    except Exception as error:  # noqa: BLE001  # plug-ins of other packages are loaded here: they raise anything
        raise VaultError(f"no keychain can be used: {type(error).__name__}", hint=_INSTEAD) from None
    for candidate in candidates:
        if type(candidate).__module__.startswith(_TRUSTED):
            # Its methods are wrapped in ways that no type checker follows.
            return cast("Keychain", candidate)
    name = type(found).__module__
    detail = "" if name.startswith("keyring.backends.") else f" ({name} is not the system's own, and is not used)"
    raise VaultError(f"this session has no system keychain{detail}", hint=_INSTEAD)


class KeyringVault:
    """Entries of the system's keychain, one for each secret, apart for each user and each Orion home."""

    def __init__(self, home: OrionHome, backend: Keychain) -> None:
        self._backend = backend
        # Named after the place, not after something inside it: deleting the directory does not orphan the PIN.
        place = hashlib.sha256(os.fsencode(home.root.resolve())).hexdigest()[:16]
        self._prefix = f"{os.geteuid()}/{place}"

    @property
    def choice(self) -> VaultChoice:
        """Which kind it is."""
        return VaultChoice.KEYCHAIN

    def get(self, name: str) -> str | None:
        """The secret of that name; None where there is none."""
        from keyring.errors import KeyringError

        try:
            return self._backend.get_password(SERVICE, self._account(name))
        except (KeyringError, RuntimeError, OSError) as error:
            raise _failed("read from", error) from None

    def set(self, name: str, value: str) -> None:
        """Keep a secret. Read back, since some backends accept what they do not keep."""
        from keyring.errors import KeyringError

        try:
            self._backend.set_password(SERVICE, self._account(name), value)
            kept = self._backend.get_password(SERVICE, self._account(name))
        except (KeyringError, RuntimeError, OSError) as error:
            raise _failed("write to", error) from None
        if kept != value:
            raise VaultError("the system keychain did not keep what was given to it", hint=_INSTEAD)

    def delete(self, name: str) -> None:
        """Forget a secret; nothing happens where there is none."""
        from keyring.errors import KeyringError

        try:
            if self._backend.get_password(SERVICE, self._account(name)) is not None:
                self._backend.delete_password(SERVICE, self._account(name))
        except (KeyringError, RuntimeError, OSError) as error:
            raise _failed("delete from", error) from None

    def _account(self, name: str) -> str:
        return f"{self._prefix}/{name}"


def _failed(what: str, error: Exception) -> VaultError:
    # Only the kind of the error: its text is the backend's, and may hold what was written.
    return VaultError(f"cannot {what} the system keychain: {type(error).__name__}", hint="unlock it and try again")
