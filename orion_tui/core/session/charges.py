"""What a question is taken to have used: what the provider counted, and where it did not, an estimate that is not low.

A ceiling holds only if everything is counted that may have been paid for. A question that was refused before anybody
worked on it is counted as nothing.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from orion_tui.core.agent.conversation import tokens_of
from orion_tui.core.agent.model import ModelFailure, Reply
from orion_tui.core.models.agent import AskModel
from orion_tui.core.session.record import Used

#: Dollars for a million tokens of question and of answer; None where the model has none.
Price = tuple[float, float] | None


@attrs.frozen(kw_only=True)
class Charge:
    """What is counted for one question."""

    used: Used
    #: Dollars as they are shown; None where the model has no price.
    cost_usd: float | None
    #: Whether some of it is an estimate.
    estimated: bool = False

    def told(self) -> dict[str, Any]:
        """As events and results carry it."""
        told: dict[str, Any] = {"tokens": self.used.tokens, "cost_usd": self.cost_usd}
        return told | {"estimated": True} if self.estimated else told


def of_reply(reply: Reply, asked: AskModel, most: int, price: Price) -> Charge:
    """For a whole answer; `most` is how many tokens it could have had. Some servers count nothing, or only half."""
    usage = reply.usage
    if usage.input_tokens and usage.output_tokens:
        return Charge(used=Used(tokens=usage.total, cost_usd=reply.cost_usd or 0.0), cost_usd=reply.cost_usd)
    return _estimated(
        usage.input_tokens or asked.at_most - most, usage.output_tokens or min(tokens_of(reply.message), most), price
    )


def of_failure(failure: ModelFailure, asked: AskModel, most: int, price: Price) -> Charge:
    """For a question without an answer: what is reported of it, what was heard of it, or all that it could use."""
    spent, begun = failure.spent, failure.begun
    if begun is None:
        charge = _estimated(spent.input_tokens, spent.output_tokens, price)
        return attrs.evolve(charge, cost_usd=charge.used.cost_usd, estimated=False)
    heard = min(begun.heard, most) if begun.heard else most
    return _estimated(spent.input_tokens or asked.at_most - most, max(spent.output_tokens, heard), price)


def of_lost(action: Mapping[str, Any]) -> Charge:
    """For a question (an `AskModel` step's action) that a process took with it: all that it could use."""
    cost = float(action.get("at_most_usd") or 0.0)
    return Charge(used=Used(tokens=int(action.get("at_most", 0)), cost_usd=cost), cost_usd=cost, estimated=True)


def _estimated(tokens_in: int, tokens_out: int, price: Price) -> Charge:
    cost = (tokens_in * price[0] + tokens_out * price[1]) / 1_000_000 if price is not None else None
    return Charge(used=Used(tokens=tokens_in + tokens_out, cost_usd=cost or 0.0), cost_usd=cost, estimated=True)
