"""What a session had used up to some place in its history."""

import attrs


@attrs.frozen(kw_only=True)
class SoFar:
    """Of language models and of time; what was taken back later is in it, for it was paid for."""

    tokens: int = 0
    cost_usd: float = 0.0
    #: Some of the tokens are of a model whose price is not known: the dollars are not all.
    unpriced: bool = False
    #: Seconds in which it planned or ran: not paused, not waiting, not between two supervisors.
    worked: float = 0.0
