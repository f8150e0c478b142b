"""Words of the person to the agent."""

import attrs


@attrs.frozen(kw_only=True)
class PersonHint:
    """Words of the person to the agent: one row of `hints`."""

    id: int
    session_id: str
    text: str
    created_at: float
    #: When they were put into the agent's conversation; None while they wait.
    taken_at: float | None = None
