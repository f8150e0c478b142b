"""From the name of a model to everything that asking it takes: wire format, address, key.

The one place where an address and a key come together, and so the place to refuse when an address is not the one that
the key was given for.
"""

from collections.abc import Mapping

import attrs

from orion_tui.base.errors import ModelUnavailable, NotFound
from orion_tui.core.agent.keys import Key, Keys
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.agent.providers import TABLE, Provider
from orion_tui.core.settings import Settings
from orion_tui.roles.problems import did_you_mean


@attrs.frozen(kw_only=True)
class Connection:
    """How to reach one model."""

    model: ModelRef
    provider: Provider
    #: None asks without one.
    key: Key | None

    @property
    def base_url(self) -> str:
        """Where the provider's paths begin."""
        return self.provider.base_url


class Connections:
    """The providers of one user: the table with the settings laid over it, and the keys."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._keys = keys
        self.providers: Mapping[str, Provider] = laid_over(settings)

    def provider(self, name: str) -> Provider:
        """The provider of that name. Raises NotFound."""
        if found := self.providers.get(name):
            return found
        raise NotFound(
            f"no provider is called {name!r}{did_you_mean(name, self.providers)}",
            hint=f"known: {', '.join(self.providers)}; a server of your own:"
            " orion settings set providers.NAME.base_url http://... (docs/models.md)",
        )

    def key(self, provider: Provider) -> Key | None:
        """The key that would be used for that provider; raises as `Keys.find` does."""
        return self._keys.find(provider)

    def reachable(self, name: str) -> Provider:
        """As `provider`; raises ModelUnavailable, with what to do, where it has no address."""
        provider = self.provider(name)
        if not provider.base_url:
            raise ModelUnavailable(
                f"{provider.name} has no address",
                hint=f"set it: orion settings set providers.{provider.name}.base_url http://...",
            )
        return provider

    def to(self, model: ModelRef) -> Connection:
        """How to reach `model`. Raises NotFound, NoKey, ModelUnavailable where the provider has no address."""
        provider = self.reachable(model.provider)
        return Connection(model=model, provider=provider, key=self._keys.require(provider))


def laid_over(settings: Settings) -> dict[str, Provider]:
    """The table of providers with what the settings say of each, and those that only the settings name."""
    providers = dict(TABLE)
    for name, given in settings.providers.items():
        known = TABLE.get(name) or Provider(name=name, title="a server of your own", local=True)
        providers[name] = attrs.evolve(
            known,
            base_url=given.base_url or known.base_url,
            key_names=(given.key_env,) if given.key_env else known.key_names,
            # Whoever names a variable says that there is a key; asking without it would only be refused.
            needs_key=known.needs_key or bool(given.key_env),
        )
    return providers
