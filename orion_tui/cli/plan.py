"""`orion plan`: the plan of a session, and the person's word on one that waits."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.errors import NotFound, StateError, UsageError
from orion_tui.cli.opening import engine, find_session, session_argument
from orion_tui.cli.output import emit_json, json_option, moment, one_line, say, table
from orion_tui.cli.plan_view import (
    plan_record,
    review_record,
    show_plan,
    show_review,
    tell_what_to_do,
    version_record,
)
from orion_tui.cli.records import session_record

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session
    from orion_tui.core.session.plan_edits import PlanEdit
    from orion_tui.core.session.plan_review import PlanReview

_FILE = click.Path(path_type=Path)


@click.command()
@session_argument
@click.option("--review", is_flag=True, help="Look at a plan that waits and decide, on this terminal.")
@click.option("--approve", is_flag=True, help="Put the plan that waits in force; the work goes on.")
@click.option("--send-back", metavar="TEXT", help="Have the model make it anew; it reads TEXT.")
@click.option("--keep", is_flag=True, help="Turn a revision down and go on with the plan in force.")
@click.option("--undo", is_flag=True, help="Take the newest edit back.")
@click.option("--edit", "file", type=_FILE, metavar="FILE", help="Put the plan of a file in its place (docs/plans.md).")
@click.option("--add", type=_FILE, metavar="FILE", help="Add the task of a file.")
@click.option("--remove", metavar="ID", help="Remove a task; what needed it no longer does.")
@click.option("--move", nargs=2, type=(str, int), metavar="ID N", help="Move a task to place N, counted from 1.")
@click.option("--needs", nargs=2, type=(str, str), metavar="ID A,B", help="Say which tasks come first; '' for none.")
@click.option("--comment", default="", metavar="TEXT", help="With --keep: why.")
@click.option("--at", "at", type=int, metavar="VERSION", help="Only if the plan that waits is still this version.")
@click.option("--print", "printed", is_flag=True, help="Print it as a file that --edit takes.")
@click.option("--versions", is_flag=True, help="Every plan that there was, and every edit.")
@json_option
def plan(session_id: str | None, *, review: bool, printed: bool, versions: bool, as_json: bool, **given: Any) -> int:
    """Show the plan of a session; decide on one that waits for you.

    Without a terminal, one of the options says what to do with a plan that waits; each tells the new version.
    """
    action = _action(given)
    if sum((review, printed, versions, action is not None)) > 1:
        raise UsageError("several things at once", hint="give one of the options a call")
    with engine() as opened:
        session = find_session(opened, session_id, doing="show the plan of")
        if action is not None:
            seen = opened.plan_review(session.id)
            action(opened, seen, seen.version if given["at"] is None else given["at"])
            if as_json:
                emit_json(_record(opened, opened.session(session.id)))
        elif review:
            from orion_tui.cli.plan_dialog import dialog

            if not sys.stdin.isatty():
                raise UsageError(
                    "there is no terminal to review the plan on",
                    hint="say it with --approve, --send-back TEXT, --edit FILE, ... (orion plan --help)",
                )
            return dialog(opened, session.id)
        elif printed:
            click.echo(_file_of(opened, session))
        elif versions:
            _versions(opened, session, as_json=as_json)
        elif as_json:
            emit_json(_record(opened, session))
        else:
            _show(opened, session)
    return 0


_Action = Callable[["Engine", "PlanReview", int], None]


def _action(given: dict[str, Any]) -> _Action | None:
    """What is to be done with a plan that waits; None where it is only looked at."""
    table: dict[str, _Action] = {
        "approve": _approve,
        "send_back": lambda opened, seen, at: _send_back(opened, seen, at, given["send_back"]),
        "keep": lambda opened, seen, at: _keep(opened, seen, at, given["comment"]),
        "undo": _undo,
        "file": lambda opened, seen, at: edit_plan(opened, seen.session.id, _replacement(given["file"]), at),
        "add": lambda opened, seen, at: edit_plan(opened, seen.session.id, _addition(given["add"], seen), at),
        "remove": lambda opened, seen, at: edit_plan(opened, seen.session.id, _removal(given["remove"]), at),
        "move": lambda opened, seen, at: edit_plan(opened, seen.session.id, move(*given["move"]), at),
        "needs": lambda opened, seen, at: edit_plan(opened, seen.session.id, needs(*given["needs"]), at),
    }
    chosen = [name for name in table if given[name] not in {None, False}]
    if len(chosen) > 1:
        raise UsageError("several things at once", hint="give one of the options a call")
    if given["comment"] and chosen != ["keep"]:
        raise UsageError("--comment goes with --keep", hint="to have the plan made anew: --send-back TEXT")
    if given["at"] is not None and not chosen:
        raise UsageError("--at goes with an option that changes something")
    return table[chosen[0]] if chosen else None


def _approve(opened: "Engine", seen: "PlanReview", at: int) -> None:
    session = opened.approve_plan(seen.session.id, version=at)
    _tell(f"✓ version {at} of the plan is in force; session {session.id} goes on: orion logs -f {session.id}")


def _send_back(opened: "Engine", seen: "PlanReview", at: int, comment: str) -> None:
    opened.send_back_plan(seen.session.id, comment, version=at)
    _tell(f"↺ version {at} of the plan was sent back; session {seen.session.id} is planned anew")


def _keep(opened: "Engine", seen: "PlanReview", at: int, comment: str) -> None:
    opened.keep_plan(seen.session.id, version=at, comment=comment)
    _tell(f"■ version {at} was turned down; session {seen.session.id} goes on with version {seen.base}")


def _undo(opened: "Engine", seen: "PlanReview", at: int) -> None:
    now = opened.undo_plan_edit(seen.session.id, version=at)
    _tell(f"↺ undone: {one_line(seen.note)}; the plan is version {now.version} again")


def edit_plan(opened: "Engine", session_id: str, edit: "PlanEdit", at: int) -> None:
    """Carry one edit out and tell it."""
    now = opened.edit_plan(session_id, edit, version=at)
    if now.version == at:
        _tell(f"nothing changes: the plan stays version {at}")
        return
    _tell(f"✓ {one_line(now.note)}; the plan is version {now.version} now")
    for problem in now.problems:
        say(f"  ■ {one_line(problem)}", style="red")


def _tell(text: str) -> None:
    # With --json the answer is one value on standard output.
    context = click.get_current_context(silent=True)
    if context is None or not context.params.get("as_json"):
        say(text)


def _replacement(file: Path) -> "PlanEdit":
    from orion_tui.core import plan_file
    from orion_tui.core.session.plan_edits import ReplacePlan

    return ReplacePlan(plan=plan_file.load(file))


def _addition(file: Path, seen: "PlanReview") -> "PlanEdit":
    from orion_tui.core import plan_file

    return plan_file.load_task(file, [task.id for task in seen.plan.tasks])


def _removal(id: str) -> "PlanEdit":
    from orion_tui.core.session.plan_edits import RemoveTask

    return RemoveTask(id=id)


def move(id: str, place: int) -> "PlanEdit":
    """Move a task to a place that counts from 1."""
    from orion_tui.core.session.plan_edits import MoveTask

    return MoveTask(id=id, to=place - 1)


def needs(id: str, listed: str) -> "PlanEdit":
    """Needs as a person writes them: `a,b` or `a b`; nothing for none."""
    from orion_tui.core.session.plan_edits import SetNeeds

    return SetNeeds(id=id, needs=tuple(listed.replace(",", " ").split()))


def _waiting(opened: "Engine", session: "Session") -> "PlanReview | None":
    try:
        return opened.plan_review(session.id)
    except StateError:
        return None


def _show(opened: "Engine", session: "Session") -> None:
    from orion_tui.core.agent.unpriced import told as told_unpriced

    seen, now = _waiting(opened, session), opened.plan_in_force(session.id)
    if seen is not None:
        show_review(seen, opened.unpriced(session.id))
        tell_what_to_do(seen)
    elif now is not None:
        say(one_line(now.title), bold=True)
        show_plan(now, opened.tasks(session.id))
        if free := told_unpriced(opened.unpriced(session.id)):
            say(f"  {free}")
    else:
        say(f"session {session.id} has no plan yet: it is {session.state.words} ({one_line(session.reason)})")


def _file_of(opened: "Engine", session: "Session") -> str:
    from orion_tui.core import plan_file

    seen = _waiting(opened, session)
    chosen = seen.plan if seen is not None else opened.plan_in_force(session.id)
    if chosen is None:
        raise NotFound(f"session {session.id} has no plan yet")
    return plan_file.dumps(chosen).rstrip("\n")


def _record(opened: "Engine", session: "Session") -> dict[str, Any]:
    seen, now = _waiting(opened, session), opened.plan_in_force(session.id)
    return {
        **session_record(session),
        "in_force": None if now is None else plan_record(now, opened.tasks(session.id)),
        "review": None if seen is None else review_record(seen),
        "unpriced": list(opened.unpriced(session.id)),
    }


def _versions(opened: "Engine", session: "Session", *, as_json: bool) -> None:
    seen = _waiting(opened, session)
    draft = seen.version if seen is not None else 0
    listed = opened.plan_versions(session.id)
    in_force = opened.plan_version(session.id)
    records = [version_record(version, in_force=in_force, draft=draft) for version in listed]
    if as_json:
        emit_json(records)
        return
    table(
        ("version", "from", "when", "by", "what", "tasks", ""),
        [
            (
                str(version.version),
                str(version.parent or ""),
                moment(version.created_at),
                version.author,
                version.note,
                str(record["tasks"]),
                "in force" if record["in_force"] else "waits for you" if record["draft"] else "",
            )
            for version, record in zip(listed, records, strict=True)
        ],
        right=("version", "from", "tasks"),
    )
