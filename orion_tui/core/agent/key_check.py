"""Before work is submitted: is there a key for every model that it asks, and does the supervisor find it by itself?

The supervisor reads `.env` and a vault under a machine key whenever it wants a key. It does not have the environment of
the command that submits, cannot ask for a passphrase, and reaches the system's keychain only where the person's desktop
is open: keys from there have to be handed over.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from orion_tui.base.errors import VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.connections import Connections
from orion_tui.core.agent.keys import Key, Keys, KeySource, vault_entry
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.auth.vault import Vault, VaultChoice, chosen, open_vault
from orion_tui.core.settings import Settings


def keys_to_hand_over(
    home: OrionHome,
    models: Iterable[ModelRef],
    *,
    settings: Settings,
    environ: Mapping[str, str],
    noted: Collection[str] = (),
    handed: Collection[str] = (),
    ask_passphrase: Callable[[], str] | None = None,
) -> dict[str, Key]:
    """The keys, by provider, that the supervisor needs for `models` and does not find by itself.

    `noted` names the entries of the vault (`auth.entries`), which says without a passphrase whether it is worth asking
    for one; `handed` the providers whose key the supervisor was handed before. `ask_passphrase` is called at most once;
    None says that nobody can be asked.

    Raises NoKey, with what to do, where a provider has no key and needs one, before anything is done; NotFound for an
    unknown provider, ModelUnavailable for one without an address.
    """
    opened = _Opened(home, ask_passphrase)
    anywhere = Keys(home, environ, open_vault=opened.vault)
    unlocked = Keys(home, environ)
    connections = Connections(settings, anywhere)
    needed: dict[str, Key] = {}
    for name in dict.fromkeys(model.provider for model in models):
        provider = connections.reachable(name)
        # What stands in this environment also counts over a key that was handed over before: it may be a newer one.
        if name in handed and not any(environ.get(variable, "").strip() for variable in provider.key_names):
            continue
        # Nobody is asked to open a vault that holds nothing for it.
        worth_opening = not opened.needs_passphrase or vault_entry(name) in noted
        key = (anywhere if worth_opening else unlocked).require(provider)
        if key is not None and not opened.is_open_to_the_supervisor(key):
            needed[name] = key
    return needed


class _Opened:
    """The chosen vault, opened when it is first wanted."""

    def __init__(self, home: OrionHome, ask_passphrase: Callable[[], str] | None) -> None:
        self._home = home
        self._ask = ask_passphrase
        self._vault: Vault | None = None
        try:
            self._choice = chosen(home)
        except VaultError:
            # Told by `vault`, if a key is looked for there at all.
            self._choice = None

    @property
    def needs_passphrase(self) -> bool:
        return self._choice is VaultChoice.PASSPHRASE

    def is_open_to_the_supervisor(self, key: Key) -> bool:
        vault = key.source is KeySource.VAULT and self._choice is VaultChoice.MACHINE_KEY
        return vault or key.source is KeySource.FILE

    def vault(self) -> Vault:
        """See `vault.open_vault`."""
        if self._vault is None:
            passphrase = self._ask() if self.needs_passphrase and self._ask is not None else None
            self._vault = open_vault(self._home, passphrase=passphrase)
        return self._vault
