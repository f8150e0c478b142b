"""What a session may use: its role's limits, and what the person set for it in their place."""

import attrs

from orion_tui.core.models.sessions import Session
from orion_tui.roles.schema import SessionLimits


def allowance(limits: SessionLimits, session: Session) -> SessionLimits:
    """The limits that hold for this session."""
    budget = session.budget
    tokens, hours = budget.get("tokens"), budget.get("hours")
    return attrs.evolve(
        limits,
        # Here None is a value: no limit.
        max_cost_usd=budget.get("cost_usd", limits.max_cost_usd),
        max_tokens=int(tokens) if tokens is not None else limits.max_tokens,
        max_session_hours=hours if hours is not None else limits.max_session_hours,
    )
