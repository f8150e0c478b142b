"""The hard ceilings of what models may use, counted before a question is asked (RUN-3, RUN-8).

A question is asked with a limit of output tokens so low that, should all of it be used, no ceiling is passed. What it
takes as input is an estimate; the price is the table's, or the settings'.
"""

import math

import attrs

#: Fewer output tokens than that are no answer: then nothing is asked.
LEAST = 256
#: Part of a ceiling at which the person is warned.
WARNING = 0.8

_MILLION = 1_000_000


@attrs.frozen(kw_only=True)
class Budget:
    """What may be used in all."""

    #: Dollars; None for no ceiling.
    max_cost_usd: float | None
    #: Input and output together.
    max_tokens: int


@attrs.frozen(kw_only=True)
class Spent:
    """What was used."""

    cost_usd: float = 0.0
    tokens: int = 0


@attrs.frozen(kw_only=True)
class Refusal:
    """Why nothing can be asked any more."""

    #: `cost` or `tokens`.
    ceiling: str
    #: One sentence for people.
    text: str


def allow(
    question_tokens_estimate: int,
    wanted_output: int,
    price: tuple[float, float] | None,
    spent: Spent,
    budget: Budget,
) -> int | Refusal:
    """How many output tokens may be asked for: at most `wanted_output`, and no fewer than `LEAST` of as many.

    `price` is dollars for a million tokens of input and of output; None where the model has none, and then only tokens
    count.
    """
    least = min(LEAST, wanted_output)
    by_tokens = budget.max_tokens - spent.tokens - question_tokens_estimate
    if by_tokens < least:
        return Refusal(
            ceiling="tokens",
            text=f"the limit of {budget.max_tokens:,} tokens leaves {max(budget.max_tokens - spent.tokens, 0):,}; "
            f"the next question takes about {question_tokens_estimate + least:,}",
        )
    by_cost = _affordable(question_tokens_estimate, wanted_output, price, spent, budget.max_cost_usd)
    if by_cost < least:
        left = max((budget.max_cost_usd or 0.0) - spent.cost_usd, 0.0)
        needed = _cost(question_tokens_estimate, least, price or (0.0, 0.0))
        return Refusal(
            ceiling="cost",
            text=f"the limit of ${budget.max_cost_usd or 0.0:,.2f} leaves ${left:,.4f}; "
            f"the next question may cost ${needed:,.4f}",
        )
    return min(wanted_output, by_tokens, by_cost)


def warning(spent: Spent, budget: Budget, before: Spent) -> tuple[str, ...]:
    """Which of `cost` and `tokens` came to 80 % of its ceiling between `before` and `spent`."""
    crossed: list[str] = []
    if budget.max_cost_usd and before.cost_usd < WARNING * budget.max_cost_usd <= spent.cost_usd:
        crossed.append("cost")
    if budget.max_tokens and before.tokens < WARNING * budget.max_tokens <= spent.tokens:
        crossed.append("tokens")
    return tuple(crossed)


def _affordable(question: int, wanted: int, price: tuple[float, float] | None, spent: Spent, most: float | None) -> int:
    """Output tokens, at most `wanted`, that the ceiling of cost has room for; less than none where it has no room."""
    if price is None or most is None:
        return wanted
    left = most - spent.cost_usd
    if not math.isfinite(left) or not all(math.isfinite(part) and part >= 0 for part in price):
        return -1
    if spent.cost_usd + _cost(question, wanted, price) <= most:
        return wanted
    if price[1] <= 0:
        return -1
    count = min(wanted, math.floor((left - _cost(question, 0, price)) * _MILLION / price[1]))
    # The last digit of a sum is not exact: never over, rather one token less.
    while count >= 0 and spent.cost_usd + _cost(question, count, price) > most:
        count -= 1
    return count


def _cost(tokens_in: int, tokens_out: int, price: tuple[float, float]) -> float:
    return (tokens_in * price[0] + tokens_out * price[1]) / _MILLION
