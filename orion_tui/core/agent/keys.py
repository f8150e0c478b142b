"""Where a provider's key comes from, and nothing that would show it.

Looked for in this order, and the first that is there counts:

1. handed over by a command of the user's (`core.session.handover`); kept in memory, for as long as this process lives,
2. an environment variable of this process,
3. the vault, entry `model/PROVIDER` (`orion model login PROVIDER`),
4. `~/.orion/.env`, lines of `NAME=value`, refused when anybody else can open it.

A key is never part of a message, of a `repr`, of an event or of the database.
"""

import re
import threading
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import attrs

from orion_tui.base.errors import InvalidFile, NotEnrolled, UsageError, VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.model import NoKey
from orion_tui.core.agent.providers import Provider
from orion_tui.core.auth.vault import Vault, chosen, read_private

#: The largest `.env` that is read.
_LARGEST = 64 * 1024
#: More than any provider's key.
_LONGEST = 4096

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


class KeySource(StrEnum):
    """Where a key was found."""

    HANDED = "handed over"
    ENVIRONMENT = "environment"
    VAULT = "vault"
    FILE = "file"


@attrs.frozen(kw_only=True)
class Key:
    """A key, and where it is from. Shows the second only."""

    value: str = attrs.field(repr=False)
    source: KeySource
    #: The variable, the kind of vault, or the file.
    place: str

    def __str__(self) -> str:
        return f"the key from {self.place}"


def vault_entry(provider: str) -> str:
    """The name of a provider's key in the vault."""
    return f"model/{provider}"


def checked(value: str, what: str) -> str:
    """`value` without space around it. UsageError, which does not repeat it, where it cannot be a key."""
    value = value.strip()
    if not value:
        raise UsageError(f"{what} is empty")
    # It becomes a line of an HTTP header.
    if len(value) > _LONGEST or not all("!" <= char <= "~" for char in value):
        raise UsageError(f"{what} is no key: it has spaces, line breaks or signs that keys do not have, or no end")
    return value


class Keys:
    """The keys of one process. Any thread may ask; nothing is read before a key is wanted."""

    def __init__(
        self,
        home: OrionHome,
        environ: Mapping[str, str],
        *,
        open_vault: Callable[[], Vault] | None = None,
        supervisor: bool = False,
    ) -> None:
        """`open_vault` opens the chosen vault, and raises as `vault.open_vault` does; None leaves the vault out.

        `supervisor` says that this process is one: a variable set elsewhere does not reach it, so hints name what does.
        """
        self._home = home
        self._environ = environ
        self._open_vault = open_vault
        self._supervisor = supervisor
        self._handed: dict[str, str] = {}
        self._vault: Vault | None = None
        self._handed_lock = threading.Lock()
        # Of its own: opening a vault may take a second, or a person.
        self._vault_lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Keys({self._home.root})"

    @property
    def file(self) -> Path:
        """The private file of `NAME=value` lines."""
        return self._home.root / ".env"

    def hand_over(self, provider: str, value: str) -> None:
        """Take a key from a command of the user's; it is kept in this process' memory alone.

        Raises UsageError for what cannot be one.
        """
        value = checked(value, f"the key handed over for {provider}")
        with self._handed_lock:
            self._handed[provider] = value

    def take_back(self, provider: str) -> None:
        """Forget the key that was handed over; nothing happens where there is none."""
        with self._handed_lock:
            self._handed.pop(provider, None)

    def handed(self) -> frozenset[str]:
        """The providers whose key was handed over: their names, never the keys."""
        with self._handed_lock:
            return frozenset(self._handed)

    def find(self, provider: Provider) -> Key | None:
        """The key for that provider; None where there is none anywhere.

        Raises NoKey where something that should hold it cannot be used, UsageError and InvalidFile for what is no key.
        """
        with self._handed_lock:
            handed = self._handed.get(provider.name)
        if handed is not None:
            return Key(value=handed, source=KeySource.HANDED, place="a command that handed it over")
        for name in provider.key_names:
            if self._environ.get(name, "").strip():
                value = checked(self._environ[name], f"the environment variable {name}")
                return Key(value=value, source=KeySource.ENVIRONMENT, place=name)
        try:
            found = self._in_vault(provider)
            locked = None
        except VaultError as error:
            found, locked = None, error
        if found is None:
            found = self._in_file(provider)
        if found is None and locked is not None:
            raise NoKey(
                f"no key for {provider.name}, and the vault that may hold it cannot be opened: {locked.message}",
                hint=locked.hint or self._where(provider),
            ) from locked
        return found

    def require(self, provider: Provider) -> Key | None:
        """As `find`; raises NoKey, and says where to put one, where this provider cannot be asked without."""
        key = self.find(provider) if provider.needs_key else self._optional(provider)
        if key is None and provider.needs_key:
            raise NoKey(f"no key for {provider.name}", hint=self._where(provider))
        return key

    def _optional(self, provider: Provider) -> Key | None:
        # A local server needs none: a locked vault must not keep it from being asked.
        try:
            return self.find(provider)
        except NoKey:
            return None

    def _where(self, provider: Provider) -> str:
        if self._supervisor:
            variable = f"with {provider.key_names[0]} set, " if provider.key_names else ""
            once = f"or once for all: orion model login {provider.name}"
            return f"{variable}run: orion model unlock {provider.name}; {once}"
        variable = f"set {provider.key_names[0]}, or " if provider.key_names else ""
        return f"{variable}run: orion model login {provider.name}"

    def _in_vault(self, provider: Provider) -> Key | None:
        if self._open_vault is None:
            return None
        with self._vault_lock:
            try:
                vault = self._kept_vault() or self._open_vault()
            except NotEnrolled:
                return None
            value = vault.get(vault_entry(provider.name))
            # One that could be read once is kept open: its passphrase is asked for once, and its key derived once.
            self._vault = vault
        if value is None:
            return None
        what = f"what the vault holds for {provider.name}"
        return Key(value=checked(value, what), source=KeySource.VAULT, place=f"the vault ({vault.choice.value})")

    def _kept_vault(self) -> Vault | None:
        """The vault that was opened before, unless another kind was chosen since: a supervisor lives for weeks."""
        if self._vault is not None and chosen(self._home) in {None, self._vault.choice}:
            return self._vault
        return None

    def _in_file(self, provider: Provider) -> Key | None:
        try:
            data = read_private(self.file, limit=_LARGEST)
        except VaultError as error:
            raise NoKey(
                f"{self.file} is not used for keys: {error.message}",
                hint=error.hint or f"make it a file of yours alone: chmod 600 {self.file}",
            ) from None
        values = {} if data is None else parse_env(data, str(self.file))
        for name in provider.key_names:
            if values.get(name):
                return Key(
                    value=checked(values[name], f"{name} in {self.file}"), source=KeySource.FILE, place=str(self.file)
                )
        return None


def parse_env(data: bytes, name: str) -> dict[str, str]:
    """`NAME=value` lines: comments, `export` and quotes around a value are understood, nothing is expanded.

    Raises InvalidFile with the numbers of the lines that are something else, and never what they hold.
    """
    values: dict[str, str] = {}
    problems: list[str] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            problems.append(f"{name}:{number}: not NAME=value")
            continue
        value = match[2]
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        elif " #" in value:
            value = value.partition(" #")[0].rstrip()
        values[match[1]] = value
    if problems:
        raise InvalidFile(f"{name} has lines that are not NAME=value", problems=tuple(problems))
    return values
