"""`orion status`: everything at once, or one session in full."""

from typing import TYPE_CHECKING, Any

import click

from orion_tui.cli.meters import meter_record, meter_words
from orion_tui.cli.opening import engine, session_argument
from orion_tui.cli.output import emit_json, json_option, moment, one_line, plural, prose, say, span, table
from orion_tui.cli.records import approval_record, checkpoint_record, session_record, task_record
from orion_tui.cli.signs import SESSION, task_status
from orion_tui.cli.waiting import tell_needs
from orion_tui.core.models.sessions import SessionState

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session, TaskRow

#: What a person has to know of without asking: at work, in need of something, or to be reviewed.
_CURRENT = frozenset(SessionState) - {
    SessionState.PROMOTED,
    SessionState.UNDONE,
    SessionState.REJECTED,
    SessionState.ARCHIVED,
    SessionState.CANCELLED,
}


@click.command()
@session_argument
@json_option
def status(session_id: str | None, as_json: bool) -> int:
    """What runs, what waits and what is done; with SESSION, everything about that one."""
    with engine() as opened:
        if session_id:
            show_session(opened, opened.session(session_id), as_json=as_json)
        elif as_json:
            emit_json(_overview_record(opened))
        else:
            _show_overview(opened)
    return 0


def show_session(opened: "Engine", session: "Session", *, as_json: bool) -> None:
    """Everything about one session."""
    if as_json:
        emit_json(_full_record(opened, session))
    else:
        _show(opened, session)


def _full_record(opened: "Engine", session: "Session") -> dict[str, Any]:
    return {
        **session_record(session),
        "tasks": [task_record(task) for task in opened.tasks(session.id)],
        "sandbox_uses": meter_record(opened.meters(session.id)),
        "used_beside": _beside(session, opened.tasks(session.id)),
        "approvals": [approval_record(approval) for approval in opened.approvals(session.id)],
        "checkpoints": [checkpoint_record(checkpoint) for checkpoint in opened.checkpoints(session.id)],
    }


def _overview_record(opened: "Engine") -> dict[str, Any]:
    counts = opened.overview()
    supervisor = opened.supervisor()
    return {
        "supervisor": {
            "running": supervisor.running,
            "pid": supervisor.pid or None,
            "version": supervisor.version,
            "answers": supervisor.answers,
            "trouble": supervisor.trouble,
        },
        "states": {str(state): count for state, count in counts.states.items()},
        "pending_approvals": counts.pending_approvals,
        "sessions": [session_record(session) for session in opened.sessions(states=_CURRENT)],
    }


def _show(opened: "Engine", session: "Session") -> None:
    say(f"{SESSION[session.state]}  {prose(session.goal)}", bold=True)
    rows = [
        ("session", session.id),
        ("why", session.reason),
        ("role", f"{session.role}, policy {session.policy[:8]}"),
        ("workspace", session.workspace),
        ("base", f"{session.base_commit[:12]} {session.base_branch or '(detached)'}"),
        ("snapshot", (session.snapshot or "")[:12]),
        ("sandbox", f"{session.backend}{f', lacks {session.backend_lacks}' if session.backend_lacks else ''}"),
        ("it uses", meter_words(opened.meters(session.id))),
        ("started", moment(session.started_at)),
        ("ended", moment(session.finished_at)),
        ("worked", span(session.running_seconds) if session.started_at else ""),
        *_models(opened, session),
    ]
    for name, value in rows:
        if value.strip():
            say(f"  {name:<10} {one_line(value)}")
    say()
    if tasks := opened.tasks(session.id):
        _show_tasks(tasks, used=bool(session.models))
    else:
        say("  no tasks yet")
    if made := opened.checkpoints(session.id):
        say()
        say(f"{plural(len(made), 'checkpoint')}, the newest {made[-1].name}: orion checkpoints {session.id}")
    tell_needs(opened, session)


def _models(opened: "Engine", session: "Session") -> list[tuple[str, str]]:
    """Which models work on it, and what they used of what they may use."""
    if not session.models:
        return []
    from orion_tui.core.agent import unpriced

    now = opened.budget(session.id)
    beside = _beside(session, opened.tasks(session.id))
    limit = "no limit" if now.cost_usd is None else f"${now.cost_usd:.2f}"
    free = opened.unpriced(session.id)
    # With a price for none of them there are no dollars to tell of.
    none = not now.spent_usd and len(free) == len(set(session.models.values()))
    dollars = "" if none else f"${now.spent_usd:.2f} of {limit}, "
    paid = "" if none else f"${beside['cost_usd']:.2f}, "
    return [
        ("models", ", ".join(f"{step} {model}" for step, model in session.models.items())),
        ("cost", f"{dollars}{now.spent_tokens:,} of {now.tokens:,} tokens"),
        ("", f"{paid}{beside['tokens']:,} tokens of that {_BESIDE}" if beside["tokens"] else ""),
        ("", unpriced.told(free)),
    ]


def _dollars(task: "TaskRow") -> str:
    if not task.cost_usd:
        return "no price" if task.tokens else ""
    return f"${task.cost_usd:.2f}"


_BESIDE = "for plans, and for tasks that the plan no longer has"


def _beside(session: "Session", tasks: "list[TaskRow]") -> dict[str, Any]:
    """What was used for no task of the plan in force: for planning, and for tasks that another plan took away."""
    return {
        "tokens": session.tokens - sum(task.tokens for task in tasks),
        "cost_usd": max(session.cost_usd - sum(task.cost_usd for task in tasks), 0.0),
    }


def _show_tasks(tasks: "list[TaskRow]", *, used: bool) -> None:
    """The tasks; `used` with what models used for each."""
    spent = ("tokens", "cost") if used else ()
    table(
        ("task", "status", "title", "needs", "conf", *spent, "why"),
        [
            (
                task.id,
                task_status(task),
                task.title,
                " ".join(task.needs),
                f"{task.confidence:.2f}",
                *((f"{task.tokens:,}", _dollars(task)) if used else ()),
                task.reason,
            )
            for task in tasks
        ],
        right=("conf", *spent),
        least=("conf", "tokens", "needs", "cost"),
    )


def _show_overview(opened: "Engine") -> None:
    supervisor = opened.supervisor()
    counts = opened.overview()
    if supervisor.trouble:
        say(supervisor.trouble, style="red", bold=True)
        say(f"  {supervisor.remedy}")
    elif supervisor.running:
        say(f"supervisor runs (process {supervisor.pid})")
    elif opened.stands_still():
        say("supervisor does not run, and work stands still; let it go on: orion daemon start", style="yellow")
    else:
        say("supervisor does not run; it starts with the next work")
    say(", ".join(f"{count} {state}" for state, count in counts.states.items()) or "no sessions yet")
    current = opened.sessions(states=_CURRENT)
    if not current:
        say()
        say('nothing waits for you; start something: orion work "what is to be done" --role software-engineer')
        return
    say()
    for session in current:
        done = f"{session.tasks_done}/{session.tasks_total}"
        say(f"{SESSION[session.state]}  {session.id}  {done}  {one_line(prose(session.goal), 80)}", bold=True)
        tell_needs(opened, session, why=True)
