"""`orion work`: from a goal to a session."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.errors import ModelUnavailable, UsageError
from orion_tui.cli.follow import exit_code, follow, tell
from orion_tui.cli.opening import engine
from orion_tui.cli.output import emit_json, json_option, note, one_line, prose, say
from orion_tui.cli.records import approval_record, session_record
from orion_tui.cli.secret import asking_passphrase
from orion_tui.cli.steer import COST
from orion_tui.cli.waiting import tell_outcome
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session.budget import UNSET, Unset

if TYPE_CHECKING:
    from orion_tui.core.agent.choice import Choice
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session


@click.command()
@click.argument("goal", required=False, default="")
@click.option("--role", "-r", required=True, help="Who works: a role's name (`orion role list`).")
@click.option(
    "--workspace",
    "-w",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="this folder",
    help="The git repository to work on. It is copied; nothing in it changes until you promote.",
)
@click.option("--plan", "-p", type=click.Path(path_type=Path), help="A plan you wrote (docs/playbooks.md).")
@click.option("--model", metavar="MODEL", help="Which model plans and works, as provider/name (docs/models.md).")
@click.option("--plan-model", metavar="MODEL", help="Which model plans, where that is another one.")
@click.option("--review", is_flag=True, help="Nothing is done before you have approved the plan (orion plan).")
@click.option("--cost", type=COST, default=UNSET, metavar="USD", help="Dollars it may cost, or none for no limit.")
@click.option("--tokens", type=int, metavar="N", help="Tokens it may use, in and out.")
@click.option("--hours", type=float, metavar="H", help="Hours of running time, 24 at the most.")
@click.option("--snapshot", is_flag=True, help="Uncommitted changes come along, as the base of the work.")
@click.option("--wait", is_flag=True, help="Follow it here; the exit code tells how it ended.")
@json_option
def work(
    goal: str,
    role: str,
    workspace: Path,
    plan: Path | None,
    model: str | None,
    plan_model: str | None,
    review: bool,
    cost: float | Unset | None,
    tokens: int | None,
    hours: float | None,
    snapshot: bool,
    wait: bool,
    as_json: bool,
) -> int:
    """Start a session that works towards GOAL in a sandbox, on a copy of a repository.

    A language model makes a plan for the goal and works on it; with --plan you give the plan, and no model is asked.
    Without GOAL, the title of the plan is the goal. The session goes on without this terminal.
    """
    from orion_tui.core.session.submit import SubmitRequest

    if plan is not None and (model or plan_model):
        raise UsageError("a plan that you wrote is carried out without a model", hint="give --plan or --model")
    if plan is None and not goal.strip():
        raise UsageError("there is no goal", hint='say what to reach: orion work "GOAL" ..., or give --plan FILE')
    limits: dict[str, float | None] = {} if isinstance(cost, Unset) else {"cost_usd": cost}
    limits |= {name: value for name, value in (("tokens", tokens), ("hours", hours)) if value is not None}
    with engine() as opened:
        chosen = {} if plan is not None else choose_models(opened, role, workspace, model, plan_model)
        request = SubmitRequest(
            workspace=workspace,
            goal=goal,
            role=role,
            plan_file=plan,
            snapshot=snapshot,
            models={step: str(one.model) for step, one in chosen.items()},
            budget=limits,
            review_plan=review,
        )
        opened.check_models(one.model for one in chosen.values())
        hand_over_keys(opened, chosen.values())
        session = opened.submit(request)
        if trouble := opened.supervisor().trouble:
            note(f"{trouble}; the session waits for it (orion daemon status)")
        if not as_json:
            _tell_start(opened, session, chosen)
        if not wait:
            if as_json:
                emit_json(session_record(session))
            else:
                say(f"  follow it: orion logs -f {session.id}    or open orion-tui")
            return 0
        return _follow(opened, session, as_json=as_json)


def choose_models(
    opened: "Engine", role: str, workspace: Path, model: str | None, plan_model: str | None
) -> "dict[str, Choice]":
    """The models for planning and for working, and for thinking the plan over where that is another one than plans:
    the options, then as `core.agent.choice` says.

    Raises ModelUnavailable, with what to do, where nobody chose one; UsageError for what names none.
    """
    from orion_tui.core import settings
    from orion_tui.core.agent.choice import Choice, Step, require
    from orion_tui.core.agent.model import ModelRef

    wishes = settings.load(opened.home).model
    wished = opened.library(workspace).get(role).role.model
    chosen: dict[str, Choice] = {}
    for step, given, option in (
        (Step.PLAN, plan_model or model, "--plan-model" if plan_model else "--model"),
        (Step.WORK, model, "--model"),
    ):
        if given:
            chosen[step.value] = Choice(model=ModelRef.parse(given), chosen_by=option)
        else:
            try:
                chosen[step.value] = require(step, environ=os.environ, settings=wishes, role=wished)
            except ModelUnavailable as error:
                more = "or for this once: --model provider/name; or give a plan of your own: --plan FILE"
                raise ModelUnavailable(error.message, hint=f"{error.hint}; {more}") from None
    if not (model or plan_model):
        thinks = require(Step.REVIEW, environ=os.environ, settings=wishes, role=wished)
        if thinks.model != chosen[Step.PLAN.value].model:
            chosen[Step.REVIEW.value] = thinks
    return chosen


def hand_over_keys(opened: "Engine", chosen: "Iterable[Choice]") -> None:
    """See that there is a key for each model, and give the supervisor those that it does not find by itself (RUN-6)."""
    models = [one.model for one in chosen]
    if models:
        opened.hand_over_keys(opened.keys_for(models, environ=os.environ, ask_passphrase=asking_passphrase()))


def _tell_start(opened: "Engine", session: "Session", chosen: "Mapping[str, Choice]") -> None:
    from orion_tui.core.agent.unpriced import told as told_unpriced

    base = f"{session.base_commit[:10]}{f' ({session.base_branch})' if session.base_branch else ' (detached)'}"
    say(f"session {session.id}  {one_line(prose(session.goal), 100)}", bold=True)
    say(f"  {session.role} on {one_line(session.workspace)} from {base}")
    for step, one in chosen.items():
        say(f"  {step:<4} {one.model}, chosen by {one.chosen_by}")
    if said := told_unpriced(opened.unpriced(session.id)):
        note(f"  {said}")
    for event in opened.events(session_id=session.id, limit=20):
        for told in event.data.get("notes", ()):
            note(f"  note: {one_line(str(told))}")
        if event.type == "goal.guarded":
            for told in event.data.get("findings", ()):
                note(f"  read as an attempt to take over, and left out of the goal: {one_line(str(told))}")
            note(f"  the goal now reads: {one_line(prose(session.goal))}")


def _follow(opened: "Engine", session: "Session", *, as_json: bool) -> int:
    try:
        ended = follow(opened, session.id, _silence if as_json else tell)
    except KeyboardInterrupt:
        note(f"no longer following; session {session.id} goes on (stop it: orion cancel {session.id})")
        raise
    if as_json:
        pending = [approval_record(approval) for approval in opened.approvals(ended.id)]
        emit_json({**session_record(ended), "approvals": pending, "review": _review(opened, ended)})
    else:
        tell_outcome(opened, ended)
    return exit_code(ended)


def _review(opened: "Engine", session: "Session") -> "dict[str, Any] | None":
    """The plan that waits for the person, if that is why the session stands still."""
    if session.state is not SessionState.AWAITING_PLAN:
        return None
    from orion_tui.cli.plan_view import review_record

    return review_record(opened.plan_review(session.id))


def _silence(event: Event) -> None:
    """JSON is one value, given at the end."""
