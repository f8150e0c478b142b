"""What a person allows a session to use in place of its role's limits: money, tokens, hours of running time."""

import math
from collections.abc import Mapping
from enum import Enum

import attrs

from orion_tui.base.errors import StateError, UsageError
from orion_tui.core.aegis import policy as policies
from orion_tui.core.models.sessions import Session
from orion_tui.core.session import machine
from orion_tui.core.session.allowance import allowance
from orion_tui.core.store import Reader, Transaction, events, sessions

#: Hours of running time that a session can be given at the most.
MOST_HOURS = 24.0
#: Dollars and tokens above which a number is a slip of the pen.
MOST_DOLLARS = 1e6
MOST_TOKENS = 1e12


class Unset(Enum):
    """For what has no other way to say that nothing was said: None is a value of its own there."""

    UNSET = "unset"


UNSET = Unset.UNSET


@attrs.frozen(kw_only=True)
class Budget:
    """What a session may use and what it has used."""

    #: Dollars; None for no limit.
    cost_usd: float | None
    tokens: int
    hours: float
    spent_usd: float
    spent_tokens: int
    #: Hours of running time.
    spent_hours: float


def check(budget: Mapping[str, float | None]) -> dict[str, float | None]:
    """A budget as it is kept. Raises UsageError with everything that is wrong with it.

    Keys: `cost_usd` (dollars, None for no limit), `tokens`, `hours` (at most 24). What is left out is as the role says.
    """
    kept: dict[str, float | None] = {}
    problems: list[str] = []
    for name, value in budget.items():
        if name not in _MOST:
            problems.append(f"{name} is no limit; there are {', '.join(_MOST)}")
        elif value is None:
            if name == "cost_usd":
                kept[name] = None
            else:
                problems.append(f"{_SAID[name]}: only the cost can be without a limit")
        elif why := _problem(value, _MOST[name]):
            problems.append(f"{_SAID[name]}: {why}")
        else:
            kept[name] = float(int(value)) if name == "tokens" else float(value)
    if problems:
        raise UsageError("the budget cannot be like this", problems=tuple(problems))
    return kept


_MOST = {"cost_usd": MOST_DOLLARS, "tokens": MOST_TOKENS, "hours": MOST_HOURS}
_SAID = {"cost_usd": "cost in dollars", "tokens": "tokens", "hours": "hours of running time"}


def _problem(value: float, most: float) -> str:
    if math.isnan(value):
        return "that is not a number"
    if value < 0:
        return "less than nothing cannot be spent"
    return f"{value:g} is too much; {most:g} is the most" if value > most else ""


def of(reader: Reader, session: Session) -> Budget:
    """What a session may use and has used."""
    limits = allowance(policies.from_json(sessions.policy(reader, session.policy)).role.limits, session)
    return Budget(
        cost_usd=limits.max_cost_usd,
        tokens=limits.max_tokens,
        hours=limits.max_session_hours,
        spent_usd=session.cost_usd,
        spent_tokens=session.tokens,
        spent_hours=session.running_seconds / 3600,
    )


def change(tx: Transaction, session_id: str, given: Mapping[str, float | None]) -> Budget:
    """Set limits of a session anew and write `budget.raised`; what it may use now.

    Raises UsageError for what is no budget, or would be used up already; StateError when no work can come any more.
    """
    session = sessions.get(tx, session_id)
    if session.state not in machine.ACTIVE | _CAN_GO_ON:
        raise StateError(f"session {session_id} is {session.state.words}; it spends nothing any more")
    wanted = check(given)
    if not wanted:
        raise UsageError("nothing to change was given", hint="give a cost, tokens or hours")
    before = of(tx, session)
    after = of(tx, attrs.evolve(session, budget={**session.budget, **wanted}))
    problems: list[str] = []
    if "cost_usd" in wanted and after.cost_usd is not None and 0 < after.spent_usd >= after.cost_usd:
        problems.append(f"${after.spent_usd:.2f} is spent already, so ${after.cost_usd:.2f} would stop it at once")
    if "tokens" in wanted and 0 < after.spent_tokens >= after.tokens:
        problems.append(f"{after.spent_tokens:,} tokens are used already, so {after.tokens:,} would stop it at once")
    if "hours" in wanted and 0 < after.spent_hours >= after.hours:
        problems.append(f"it ran for {after.spent_hours:.2f} h already, so {after.hours:g} h would stop it at once")
    if problems:
        raise UsageError(
            "a limit cannot be below what is used already",
            hint=f"to stop the work: orion pause {session_id}, or orion cancel {session_id}",
            problems=tuple(problems),
        )
    # What was warned of before is another share of the limit now.
    warned = [name for name in session.warned.split(",") if name and _LIMIT_OF.get(name, name) not in wanted]
    sessions.update(tx, session_id, budget={**session.budget, **wanted}, warned=",".join(warned))
    data = {"before": _limits(before), "after": _limits(after)}
    events.append(tx, session_id, "budget.raised", "user", data, session.policy)
    return after


#: The limit that a warning is about, where the two are called otherwise.
_LIMIT_OF = {"cost": "cost_usd"}

#: Ends after which a session may be tried again with more.
_CAN_GO_ON = machine.REVIEWABLE


def _limits(budget: Budget) -> dict[str, float | None]:
    return {"cost_usd": budget.cost_usd, "tokens": budget.tokens, "hours": budget.hours}
