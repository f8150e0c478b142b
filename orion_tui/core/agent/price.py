"""What an answer costs: the provider's count of tokens times the price table that pydantic-ai brings along.

None where nobody knows: a local model, a model that the table does not have. The table is the installed one; nothing is
downloaded for it. `prices` in the settings comes before it.
"""

from collections.abc import Mapping

from orion_tui.core.agent.model import ModelRef, Usage
from orion_tui.core.agent.providers import Provider
from orion_tui.core.settings import Price

_MILLION = 1_000_000
#: The providers whose prices the table has, under the same names there.
_PRICED = ("anthropic", "openai", "google", "openrouter")


class Prices:
    """The price of each model. Any thread may ask."""

    def __init__(self, overrides: Mapping[ModelRef, Price]) -> None:
        self._overrides = overrides

    def replace(self, overrides: Mapping[ModelRef, Price]) -> None:
        """Go on with these, for what is answered from now on."""
        self._overrides = overrides

    def cost(self, provider: Provider, name: str, usage: Usage, *, answered_as: str = "") -> float | None:
        """Dollars for one call; None where there is no price.

        `answered_as` is what the provider calls the model in its answer: a dated name where `name` is an alias.
        """
        if override := self._overrides.get(ModelRef(provider.name, name)):
            cached = override.input if override.cached is None else override.cached
            plain = usage.input_tokens - usage.cached_tokens
            return (
                plain * override.input + usage.cached_tokens * cached + usage.output_tokens * override.output
            ) / _MILLION
        if provider.name not in _PRICED:
            return None
        for asked in dict.fromkeys((name, answered_as)):
            if asked and (cost := _from_table(provider.name, asked, usage)) is not None:
                return cost
        return None

    def per_million(self, provider: Provider, name: str) -> tuple[float, float] | None:
        """Dollars for a million tokens of a short question and of its answer; None where there is no price.

        Some models cost more for long questions; `cost` knows.
        """
        # A small question: prices that rise with length are at their first step.
        small = Usage(input_tokens=1_000), Usage(output_tokens=1_000)
        costs = [self.cost(provider, name, usage) for usage in small]
        if costs[0] is None or costs[1] is None:
            return None
        return costs[0] * 1_000, costs[1] * 1_000

    def highest(self, provider: Provider, name: str, tokens: int) -> tuple[float, float] | None:
        """Dollars for a million tokens of a question of that many tokens, and of its answer, if it gets dear.

        Prices may rise with length, and what is written to a provider's cache may cost more than what is only read.
        None where there is no price.
        """
        size = max(tokens, 1)
        asked = self.cost(provider, name, Usage(input_tokens=size))
        written = self.cost(provider, name, Usage(input_tokens=size, written_tokens=size))
        answered = self.cost(provider, name, Usage(input_tokens=size, output_tokens=1_000))
        if asked is None or answered is None:
            return None
        return max(asked, written or 0.0) * _MILLION / size, (answered - asked) * 1_000


def known_window(provider: str, name: str) -> int | None:
    """Tokens of a model's context window by the same table; None where it does not say."""
    if provider not in _PRICED:
        return None
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, known = get_snapshot().find_provider_model(name, None, provider, None)
    except LookupError:
        return None
    return known.context_window or None


def _from_table(provider: str, name: str, usage: Usage) -> float | None:
    # 0.3 s to import: only once there is an answer to price, or a list to show.
    from genai_prices import Usage as Counted
    from genai_prices import calc_price

    counted = Counted(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.written_tokens,
    )
    try:
        return float(calc_price(counted, name, provider_id=provider).total_price)
    except (LookupError, ValueError):
        # ValueError: counts that contradict each other, such as more tokens cached than sent.
        return None
