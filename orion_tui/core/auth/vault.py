"""Where credentials are kept: the port, and which kind of vault the person chose (AUTH-6).

There are three kinds and no silent fall-back between them: the system's keychain, a file encrypted under a passphrase,
a file encrypted under a machine key beside it. The choice is a person's, written down in `vault/choice`, with a mark
once a PIN is kept there: whoever deletes both the vault and the database has not made it the first start again.
"""

import contextlib
import fcntl
import os
from collections.abc import Generator
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from orion_tui.base.errors import NotEnrolled, VaultDamaged, VaultError
from orion_tui.base.paths import OrionHome

#: Shown wherever the machine-key vault is offered or in use.
MACHINE_KEY_WARNING = (
    "The machine key lies in a file beside the vault. It keeps other users of this machine out; "
    "it does not survive a stolen disk or backup: who has both files has the credentials."
)


#: Stands behind the choice once a PIN is kept there.
_ENROLLED = "enrolled"


class VaultChoice(StrEnum):
    """The kinds of vault."""

    KEYCHAIN = "keychain"
    PASSPHRASE = "passphrase"  # noqa: S105  # the name of a kind, no secret
    MACHINE_KEY = "machine-key"


class Vault(Protocol):
    """Named secrets of one Orion home and one user of the operating system.

    Every method raises VaultError when the vault cannot be used, VaultDamaged when it was tampered with.
    """

    @property
    def choice(self) -> VaultChoice:
        """Which kind it is."""
        ...

    def get(self, name: str) -> str | None:
        """The secret of that name; None where there is none."""
        ...

    def set(self, name: str, value: str) -> None:
        """Keep a secret, in place of the one of the same name. On disk, or refused, when this returns."""
        ...

    def delete(self, name: str) -> None:
        """Forget a secret; nothing happens where there is none."""
        ...


def chosen(home: OrionHome) -> VaultChoice | None:
    """The kind that the person chose; None before that.

    Raises VaultDamaged when the file that says so says something else.
    """
    return _noted(home)[0]


def is_enrolled(home: OrionHome) -> bool:
    """Whether the note says that a PIN was put there. Raises like `chosen`."""
    return _noted(home)[1]


def choose(home: OrionHome, choice: VaultChoice, *, enrolled: bool | None = None) -> None:
    """Write the choice down, and that a PIN is kept there; by default that stays as it is."""
    marked = is_enrolled(home) if enrolled is None else enrolled
    text = f"{choice.value} {_ENROLLED}\n" if marked else f"{choice.value}\n"
    replace_file(_choice_file(home), text.encode("ascii"))


def _noted(home: OrionHome) -> tuple[VaultChoice | None, bool]:
    path = _choice_file(home)
    try:
        text = path.read_text("ascii", "replace")
    except FileNotFoundError:
        return None, False
    except OSError as error:
        raise VaultError(f"cannot read {path}: {error.strerror}") from error
    words = text.split()
    try:
        if words[1:] not in ([], [_ENROLLED]):
            raise ValueError
        return VaultChoice(words[0] if words else ""), len(words) > 1
    except ValueError:
        names = ", ".join(choice.value for choice in VaultChoice)
        raise VaultDamaged(f"{path} does not name a kind of vault", hint=f"it must hold one of: {names}") from None


def open_vault(home: OrionHome, choice: VaultChoice | None = None, *, passphrase: str | None = None) -> Vault:
    """The vault of that kind, by default the chosen one. Nothing is created, and nothing asked, before its first use.

    Raises NotEnrolled when none was chosen yet, VaultError when that kind does not work here.
    """
    choice = choice or chosen(home)
    match choice:
        case None:
            raise NotEnrolled("no place for credentials was chosen yet", hint="run: orion auth set")
        case VaultChoice.KEYCHAIN:
            from orion_tui.core.auth.keychain import KeyringVault, find_backend

            return KeyringVault(home, find_backend())
        case VaultChoice.PASSPHRASE | VaultChoice.MACHINE_KEY:
            from orion_tui.core.auth.file_vault import FileVault

            return FileVault(home, choice, passphrase=passphrase)


@contextlib.contextmanager
def vault_lock(home: OrionHome, name: str = "lock") -> Generator[None, None, None]:
    """One process or thread at a time; `name` is a file of the vault directory. Not to be nested under one name."""
    path = home.vault / name
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read_private(path: Path, *, limit: int) -> bytes | None:
    """The bytes of a file that only its owner may see; None where there is none.

    Raises VaultError when it is a link, belongs to someone else, is open to others or larger than `limit`: what it
    holds may then be known to others, or be another's choice.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VaultError(f"cannot read {path}: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if status.st_uid != os.geteuid():
            raise VaultError(f"{path} belongs to another user")
        if status.st_mode & 0o077:
            raise VaultError(
                f"other users can open {path}", hint=f"if nobody did: chmod 600 {path}; else make new credentials"
            )
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise VaultDamaged(f"{path} is larger than any vault")
    return data


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in the place of `path` whole or not at all: 0600 from its first byte, on disk when this returns.

    Raises VaultError; the old file then stands.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
        directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> VaultError:
    return VaultError(f"cannot write {path}: {error.strerror}", hint=f"make {path.parent} writable for you")


def _choice_file(home: OrionHome) -> Path:
    return home.vault / "choice"
