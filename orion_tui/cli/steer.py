"""`orion hint | budget | retry`: what a person says to work that goes on, or that ended too soon."""

import sys
from typing import Any

import click

from orion_tui.base.errors import UsageError
from orion_tui.cli.follow import exit_code, follow, tell
from orion_tui.cli.opening import engine, find_session, session_argument
from orion_tui.cli.other_models import bring_models, other_models
from orion_tui.cli.output import emit_json, json_option, say
from orion_tui.cli.waiting import tell_outcome
from orion_tui.core.session.budget import UNSET, Budget, Unset

#: More than any hint or answer may have; what is longer is some other file.
_LONGEST = 64 * 1024


def words_or_stdin(text: str | None, what: str) -> str:
    """The words of the command line, or standard input when there are none (or `-`). UsageError for neither."""
    if text is not None and text != "-":
        return text
    if sys.stdin.isatty():
        raise UsageError(f"the {what} is missing", hint=f"give the {what} in quotes, or pipe it in")
    return sys.stdin.read(_LONGEST)


@click.command()
@click.argument("session_id", metavar="SESSION")
@click.argument("text", required=False)
def hint(session_id: str, text: str | None) -> int:
    """Say something to the agent at work: TEXT, or standard input. It reads it before its next step."""
    with engine() as opened:
        session = opened.session(session_id)
        opened.hint(session.id, words_or_stdin(text, "hint"))
    say(f"✓ the agent of session {session.id} reads it before its next step")
    return 0


class _Cost(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]
    """Dollars, or `none` for no limit."""

    name = "dollars"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | Unset | None:
        """As a number; None for `none`."""
        if isinstance(value, int | float | Unset) or value is None:
            return value
        if str(value).strip().lower() == "none":
            return None
        try:
            return float(str(value).strip().removeprefix("$"))
        except ValueError:
            self.fail(f"{value!r} is neither a number of dollars nor 'none'", param, ctx)


COST = _Cost()


@click.command()
@session_argument
@click.option("--cost", type=COST, default=UNSET, metavar="USD", help="Dollars, or none for no limit.")
@click.option("--tokens", type=int, metavar="N", help="Tokens, in and out.")
@click.option("--hours", type=float, metavar="H", help="Hours of running time, 24 at the most.")
@json_option
def budget(
    session_id: str | None, cost: float | Unset | None, tokens: int | None, hours: float | None, as_json: bool
) -> int:
    """Show what a session may use and has used; with options, set its limits anew, up or down.

    One that ended because a limit was reached goes on with `orion retry` after that.
    """
    changing = not isinstance(cost, Unset) or tokens is not None or hours is not None
    with engine() as opened:
        session = find_session(opened, session_id, doing="show the budget of")
        if changing:
            now = opened.raise_budget(session.id, cost_usd=cost, tokens=tokens, hours=hours)
        else:
            now = opened.budget(session.id)
        free = opened.unpriced(session.id)
        none = bool(free) and not now.spent_usd and len(free) == len(set(session.models.values()))
    if as_json:
        emit_json({"session": session.id, **budget_record(now)})
        return 0
    if changing:
        say(f"✓ the limits of session {session.id} are set")
    for line in budget_lines(now, priced=not none):
        say(f"  {line}")
    if free:
        from orion_tui.core.agent import unpriced

        say(f"  {unpriced.told(free)}")
    return 0


def budget_record(now: Budget) -> dict[str, Any]:
    """What may be used and what is used."""
    return {
        "limits": {"cost_usd": now.cost_usd, "tokens": now.tokens, "hours": now.hours},
        "used": {"cost_usd": now.spent_usd, "tokens": now.spent_tokens, "hours": round(now.spent_hours, 4)},
    }


def budget_lines(now: Budget, *, priced: bool) -> list[str]:
    """`cost    $0.42 of $5.00`, and the like; without a price there are no dollars to count."""
    cost = "no limit" if now.cost_usd is None else f"${now.cost_usd:.2f}"
    return [
        f"cost     ${now.spent_usd:.2f} of {cost}" if priced else "cost     not counted",
        f"tokens   {now.spent_tokens:,} of {now.tokens:,}",
        f"running  {now.spent_hours:.2f} h of {now.hours:g} h",
    ]


@click.command()
@session_argument
@click.argument("task_id", metavar="[TASK]", required=False)
@other_models
@click.option("--wait", is_flag=True, help="Follow it here; the exit code tells how it ended.")
def retry(session_id: str | None, task_id: str | None, model: str, plan_model: str, wait: bool) -> int:
    """Try failed tasks again: TASK, or all of them. A session that has ended goes on; with --model by another one."""
    with engine() as opened:
        session = find_session(opened, session_id, doing="try again")
        cursor = opened.overview().last_seq
        bring_models(opened, session, model, plan_model)
        tasks = opened.retry(session.id, task_id)
        queued = f": {', '.join(tasks)}" if tasks else ""
        say(f"● session {session.id} is tried again{queued}")
        if not wait:
            return 0
        ended = follow(opened, session.id, tell, after=cursor)
        tell_outcome(opened, ended)
        return exit_code(ended)
