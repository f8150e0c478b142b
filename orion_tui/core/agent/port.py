"""The supervisor's way to language models: one gateway for all its sessions, over settings that may change any time."""

import threading
from collections.abc import Collection, Mapping

from orion_tui.base.clock import Clock
from orion_tui.base.errors import InvalidFile, ModelUnavailable, UsageError, VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.connections import Connection, Connections, laid_over
from orion_tui.core.agent.gateway import Gateway, load
from orion_tui.core.agent.keys import Keys
from orion_tui.core.agent.live_settings import LiveSettings
from orion_tui.core.agent.model import ModelFailure, ModelRef, NotSetUp
from orion_tui.core.agent.price import Prices
from orion_tui.core.auth.vault import Vault, VaultChoice, chosen, open_vault
from orion_tui.core.settings import Settings


def supervisor_keys(home: OrionHome, environ: Mapping[str, str]) -> Keys:
    """The keys that a supervisor finds by itself, and those that it is handed. Nobody is asked for a passphrase."""
    return Keys(home, environ, open_vault=lambda: _unasked(home), supervisor=True)


def open_port(clock: Clock, keys: Keys, settings: LiveSettings) -> Gateway:
    """A gateway to whatever the settings name when a question is asked. Nothing is imported before the first one."""
    known = _Known(keys, settings)
    return Gateway(known.to, clock=clock, prices=known.prices)


def load_libraries(models: Collection[str], settings: LiveSettings) -> None:
    """Import what asking those models (`provider/name`) takes: seconds, spared their first question."""
    try:
        providers = laid_over(settings.current())
    except ModelUnavailable:
        return
    for text in models:
        try:
            provider = providers.get(ModelRef.parse(text).provider)
        except UsageError:
            continue
        if provider is not None:
            load(provider.wire)


class _Known:
    """Connections by the settings as they are, made anew when those are."""

    def __init__(self, keys: Keys, settings: LiveSettings) -> None:
        self._keys = keys
        self._settings = settings
        self._lock = threading.Lock()
        self._of: Settings | None = None
        self._connections: Connections | None = None
        self.prices = Prices({})

    def to(self, model: ModelRef) -> Connection:
        """How to reach `model`. Raises NoKey; NotSetUp for everything else that a person has to put right."""
        try:
            return self._current().to(model)
        except ModelFailure:
            raise
        except (ModelUnavailable, UsageError, InvalidFile) as error:
            raise NotSetUp(error.message, hint=error.hint, problems=error.problems) from None

    def _current(self) -> Connections:
        settings = self._settings.current()
        with self._lock:
            if self._connections is None or self._of is not settings:
                self._of, self._connections = settings, Connections(settings, self._keys)
                self.prices.replace(settings.prices)
            return self._connections


def _unasked(home: OrionHome) -> Vault:
    if chosen(home) is VaultChoice.PASSPHRASE:
        raise VaultError(
            "the vault needs its passphrase, and nobody is asked here", hint="hand the key over: orion model unlock"
        )
    return open_vault(home)
