"""Which models have no price: of those a session counts tokens alone, and no limit of dollars holds them (RUN-8)."""

from collections.abc import Iterable

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.core import settings
from orion_tui.core.agent.connections import laid_over
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.agent.price import Prices


def unpriced(home: OrionHome, models: Iterable[str]) -> tuple[str, ...]:
    """Those of `models` (`provider/name`) whose price is not known, each once.

    What cannot be told (the settings cannot be read, a provider is gone from them) is not named: work says that itself.
    Imports the price table where it is asked for a provider that the table has (0.3 s).
    """
    try:
        now = settings.load(home)
        providers, prices = laid_over(now), Prices(now.prices)
    except OrionError:
        return ()
    found: list[str] = []
    for text in dict.fromkeys(models):
        try:
            model = ModelRef.parse(text)
        except OrionError:
            continue
        provider = providers.get(model.provider)
        if provider is not None and prices.per_million(provider, model.name) is None:
            found.append(text)
    return tuple(found)


def told(models: Iterable[str]) -> str:
    """`no price is known of box/qwen3: the limit of tokens holds, that of dollars does not`; empty for none."""
    names = ", ".join(models)
    return f"no price is known of {names}: the limit of tokens holds, that of dollars does not" if names else ""
