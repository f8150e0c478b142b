"""One event as one line for people."""

from typing import Any

from orion_tui.cli.consent_events import consent_event_text
from orion_tui.cli.event_data import Getter
from orion_tui.cli.model_events import model_event_text
from orion_tui.cli.output import one_line, plural, prose, span
from orion_tui.core.models.events import Event

#: Told in full elsewhere (what was decided shows in what was done, asked or blocked), or for those who look closely.
DETAILS = frozenset({"action.decided", "agent.told", "task.measured", "task.opened"})


def event_line(event: Event) -> str:
    """`✓ task baseline: Run the tests as they are (1s)`: sign, what, and what matters of its data."""
    return f"{_sign(event)} {event_text(event)}"


def event_text(event: Event) -> str:
    """`task baseline: Run the tests as they are (1s)`: the same without the sign, cleaned, one line."""
    text = _text(event.type, event.data)
    if not event.type.startswith(("action.", "approval.")):
        text = prose(text)  # where words break says nothing; where a command does may be all that matters
    return one_line(text)


_SIGNS = {
    "task.started": "●",
    "action.decided": "  ?",
    "task.done": "✓",
    "task.failed": "✗",
    "task.blocked": "■",
    "task.waiting": "◐",
    "action.started": "  $",
    "action.done": "  ·",
    "action.blocked": "  ■",
    "action.failed": "  ✗",
    "approval.asked": "◐",
    "approval.approved": "✓",
    "approval.rejected": "✗",
    "sandbox.refused": "✗",
    "tools.unavailable": "!",
    "tools.withdrawn": "!",
    "plan.proposed": "◐",
    "inventory.guarded": "!",
    "plan.revised": "◐",
    "plan.edited": "  ·",
    "plan.approved": "✓",
    "plan.sent_back": "↺",
    "plan.kept": "✓",
    "plan.refused": "✗",
    "plan.aborted": "✗",
    "model.asked": "  ?",
    "model.answered": "  »",
    "model.failed": "  ✗",
    "agent.said": "  »",
    "agent.noted": "  ✎",
    "agent.finished": "  ✓",
    "model.stopped": "  ■",
    "task.answered": "✎",
    "task.asked": "◐",
    "hint.given": "✎",
    "hint.taken": "  ✎",
    "hint.unread": "!",
    "budget.raised": "±",
    "budget.warning": "!",
    "check.failed": "  ✗",
    "task.loop": "  !",
    "session.retried": "●",
    "promotion.completed": "✓",
    "promotion.undone": "↺",
    "promotion.refused": "✗",
    "limit.reached": "✗",
    "supervisor.displaced": "✗",
    "store.not_copied": "✗",
    "store.restored": "!",
    "session.rolled_back": "↺",
    "trash.restored": "↺",
}


def _sign(event: Event) -> str:
    return _SIGNS.get(event.type, "·")


def _text(kind: str, data: dict[str, Any]) -> str:  # a table in the form of code: one line an event type
    get = Getter(data)
    if told := model_event_text(kind, data, get) or consent_event_text(kind, get):
        return told
    match kind:
        case "session.created":
            return f"session on {get('workspace')} as {get('role')}: {get('goal')}"
        case "session.state":
            return f"session is {get('to')}{get.after(': ', 'reason')}"
        case "plan.accepted":
            return f"plan of {plural(int(data.get('tasks', 0)), 'task')} accepted"
        case "tools.offered":
            offered = data.get("tools")
            count = len(offered) if isinstance(offered, list) else 0  # pyright: ignore[reportUnknownArgumentType]
            return f"the server {get('server')} offers {plural(count, 'external tool')}"
        case "tools.unavailable":
            return f"no external tools of {get('server')}: {get('reason')}"
        case "tools.withdrawn":
            return f"the external tools of {get('server')} are withdrawn for this session: {get('reason')}"
        case "sandbox.started":
            lacks = get.after(", lacks ", "lacks")
            return f"sandbox {get('backend')} attested: {get('properties')} properties measured{lacks}"
        case "sandbox.refused":
            return f"sandbox refused: {get('reason')}{get.after(': ', 'problems')}"
        case "task.started":
            return f"task {get('task')}: {get('title')}"
        case "task.done":
            return _done_text(data, get)
        case "task.failed" | "task.blocked":
            return f"task {get('task')} {kind.partition('.')[2]}: {get('reason')}"
        case "task.waiting":
            return f"task {get('task')} waits{get.after(': ', 'reason')}"
        case "action.decided":
            return f"{get('tier')}: {get('text')} - {get('layer')} {get('rule')}: {get('reason')}"
        case (
            "approval.approved" | "approval.rejected" | "approval.lapsed" | "approval.superseded" | "approval.cancelled"
        ):
            return f"approval {get('approval')} {kind.partition('.')[2]}{get.after(': ', 'reason')}"
        case "action.started":
            return get("text")
        case "action.done":
            return f"{get('summary') or 'done'} ({float(data.get('seconds', 0)):.1f}s)"
        case "action.blocked":
            expected = " (as expected)" if data.get("expected") else ""
            return f"blocked{expected}: {get('text')} - {get('rule')}: {get('reason')}"
        case "action.failed":
            why = get("summary") or get("reason")
            # A call that makes no sense is described by what is wrong with it.
            return f"failed: {get('text')}{f' - {why}' if why and why not in get('text') else ''}"
        case "approval.asked":
            return f"approval {get('approval')}: {get('text')}{get.after(' - ', 'rule') or get.after(' - ', 'reason')}"
        case "supervisor.slept":
            return f"the machine slept for {span(float(data.get('seconds', 0)))}; that time counts for no limit"
        case "clock.jumped":
            seconds = float(data.get("seconds", 0))
            return f"the clock was set {'forward' if seconds > 0 else 'back'} by {span(abs(seconds))}"
        case "supervisor.displaced":
            return "another supervisor took the place of this one, which ended"
        case "store.not_copied":
            return f"no copy of the store could be kept: {get('reason')}{get.after('; ', 'hint')}"
        case "store.restored":
            return f"the store was restored from {get('copy')}; the damaged one is in {get('aside')}"
        case "checkpoint.made":
            return f"checkpoint {get('checkpoint')} ({get('commit')[:10]}) {get('reason')}"
        case "session.noted":
            return f"noted: {get('notes')}"
        case "session.control":
            return f"you said: {get('control') or 'go on'}"
        case "promotion.started":
            return f"{'undo' if get('kind') == 'undo' else 'promotion'} started on {get('branch')}"
        case "promotion.completed":
            return f"promoted into {get('branch')} as {get('to')[:12]}"
        case "promotion.undone":
            return f"promotion undone on {get('branch')} as {get('to')[:12]}"
        case "promotion.refused":
            return f"promotion refused: {get('problems')}"
        case "session.rolled_back":
            undone = plural(int(data.get("steps", 0)), "step")
            return f"rolled back to {get('checkpoint')}; {undone} no longer count; trash {get('trash')}"
        case "trash.restored":
            return f"restored from the trash: {get('trash')}{get.after('; what was in its place: ', 'replaced')}"
        case "trash.purged":
            return f"trash {get('trash')} deleted for good ({get('summary')}){get.after(': ', 'reason')}"
        case "trash.thrown":
            return f"the branch went to the trash as {get('trash')}{get.after(': ', 'reason')}"
        case "repository.removed":
            return f"the session's repository was deleted{get.after(': ', 'reason')}"
        case "checkpoints.pruned":
            return f"pruned {get('checkpoints')}{get.after(': ', 'reason')}"
        case _:
            return f"{kind.replace('.', ' ')}{_rest(data)}"


def _done_text(data: dict[str, Any], get: Getter) -> str:
    flagged = f", flagged for review{get.after(': ', 'reason')}" if data.get("flagged") else ""
    proofs = {"passed": ", its check passed in the sandbox", "": ", not checked"}
    checked = proofs.get(data.get("checked", "?"), "")
    return f"task {get('task')}: {get('title')} ({span(float(data.get('seconds', 0)))}{checked}{flagged})"


def _rest(data: dict[str, Any]) -> str:
    shown = [f"{key} {value}" for key, value in data.items() if isinstance(value, str | int | float) and value != ""]
    return ": " + ", ".join(shown) if shown else ""
