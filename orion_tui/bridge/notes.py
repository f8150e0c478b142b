"""One line for each event that concerns a session as a whole."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from orion_tui.bridge.entry_views import Note
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import SessionState


def note_of(event: Event) -> Note | None:
    """A line for what concerns the session as a whole; None for what tasks and actions tell themselves."""
    data = event.data
    found = _NOTES.get(event.type)
    if found is None:
        return None
    mood, text = found(data)
    return Note(seq=event.seq, at=event.at, mood=mood, text=text)


#: From an event's data to mood and text.
Teller = Callable[[dict[str, Any]], tuple[str, str]]

_STATE_MOOD = {
    "running": "running",
    "waiting": "waiting",
    "paused": "paused",
    "completed": "done",
    "promoted": "done",
    "failed": "failed",
    "unrecoverable": "failed",
    "interrupted": "failed",
    "rejected": "failed",
    "undone": "undone",
}


def _state(data: dict[str, Any]) -> tuple[str, str]:
    to, reason = text_of(data, "to"), text_of(data, "reason")
    return _STATE_MOOD.get(to, "plain"), f"session {to.replace('_', ' ')}" + (f": {reason}" if reason else "")


def _sandbox(data: dict[str, Any]) -> tuple[str, str]:
    lacks = [str(item) for item in data.get("lacks", ())]
    measured = data.get("properties")
    text = f"sandbox {text_of(data, 'backend')} attested" + (f", {measured} properties measured" if measured else "")
    return "plain", text + (f"; lacks {', '.join(lacks)}" if lacks else "")


def _names(data: dict[str, Any]) -> str:
    return ", ".join(str(item) for item in data.get("tools", ())) or "none"


def _rules(data: dict[str, Any]) -> str:
    return ", ".join(str(item) for item in data.get("rules", ()))


def _problems(data: dict[str, Any]) -> str:
    return "; ".join(str(item) for item in data.get("problems", ())) or text_of(data, "reason")


def _answered(verb: str, mood: str) -> Teller:
    def tell(data: dict[str, Any]) -> tuple[str, str]:
        reason = text_of(data, "reason")
        return mood, f"approval {verb}" + (f": {reason}" if reason else "")

    return tell


def _models(data: Mapping[str, Any]) -> str:
    after = data.get("after")
    named = cast("dict[str, object]", after) if isinstance(after, dict) else {}
    return ", ".join(f"{step} {model}" for step, model in named.items())


def unchecked(data: Mapping[str, Any]) -> str:
    """`, not checked` of a task that is done on the word of whoever did it."""
    return ", not checked" if data.get("checked") == "" else ""


_NOTES: dict[str, Teller] = {
    "session.state": _state,
    "plan.accepted": lambda d: ("plain", f"plan accepted{_tasks_behind(d)}"),
    "sandbox.started": _sandbox,
    "tools.offered": lambda d: ("plain", f"{text_of(d, 'server')} offers external tools: {_names(d)}"),
    "tools.unavailable": lambda d: ("flagged", f"no external tools of {text_of(d, 'server')}: {text_of(d, 'reason')}"),
    "tools.withdrawn": lambda d: (
        "flagged",
        f"external tools of {text_of(d, 'server')} withdrawn for this session: {text_of(d, 'reason')}",
    ),
    "sandbox.refused": lambda d: ("failed", f"sandbox refused: {_problems(d)}"),
    "policy.unenforced": lambda d: ("failed", f"policy not enforced: {_problems(d)}"),
    "policy.corrected": lambda d: ("flagged", f"policy corrected: {_problems(d)}"),
    "limit.reached": lambda d: ("blocked", f"limit reached: {text_of(d, 'reason') or text_of(d, 'limit')}"),
    "task.failed": lambda d: ("failed", f"task failed: {text_of(d, 'title')}{_because(d)}"),
    "task.put_down": lambda d: ("plain", f"{text_of(d, 'title') or 'a task'} waits for its turn{_because(d)}"),
    "task.blocked": lambda d: ("blocked", f"task blocked: {text_of(d, 'title')}{_because(d)}"),
    "task.done": lambda d: (
        "flagged" if d.get("flagged") else "done",
        f"task done{unchecked(d)}: {text_of(d, 'title')}{_because(d) if d.get('flagged') else ''}",
    ),
    "checkpoint.made": lambda d: ("plain", f"{text_of(d, 'checkpoint')} {text_of(d, 'commit')[:10]}"),
    "approval.approved": _answered("given", "done"),
    "approval.rejected": _answered("refused", "failed"),
    "approval.lapsed": _answered("lapsed", "flagged"),
    "approval.superseded": _answered("asked again", "flagged"),
    "approval.edited": lambda d: ("flagged", f"edited by you: {text_of(d, 'asked')} became {text_of(d, 'text')}"),
    "reach.granted": lambda d: ("flagged", f"allowed for this session: {_rules(d)}"),
    "reach.granted_to_role": lambda d: ("flagged", f"allowed for role {text_of(d, 'role')}: {_rules(d)}"),
    "reach.revoked": lambda d: ("plain", f"no longer allowed for this session: {_rules(d)}"),
    "reach.revoked_from_role": lambda d: ("plain", f"no longer allowed for role {text_of(d, 'role')}: {_rules(d)}"),
    "session.rolled_back": lambda d: (
        "undone",
        f"rolled back to {text_of(d, 'checkpoint')}; {int_of(d, 'steps')} steps no longer count",
    ),
    "trash.restored": lambda _: ("undone", "restored from the trash"),
    "trash.thrown": lambda d: ("undone", f"the branch went to the trash: {text_of(d, 'reason')}"),
    "approval.cancelled": _answered("withdrawn", "flagged"),
    "promotion.started": lambda d: ("running", f"{_move(d)} started"),
    "promotion.completed": lambda d: ("done", f"promoted into {_where(d)}"),
    "promotion.undone": lambda d: ("undone", f"promotion undone on {_where(d)}"),
    "promotion.committed_first": lambda d: ("done", f"your own changes committed on {_where(d)}"),
    "promotion.refused": lambda d: ("failed", f"promotion refused: {_problems(d)}"),
    "promotion.restored": lambda d: ("flagged", f"{_move(d)} broken off, everything restored"),
    "session.noted": lambda d: ("plain", "noted: " + "; ".join(str(item) for item in d.get("notes", ()))),
    "goal.guarded": lambda d: ("flagged", "goal: " + "; ".join(str(item) for item in d.get("findings", ()))),
    "supervisor.started": lambda _: ("plain", "a supervisor started"),
    "supervisor.stopped": lambda _: ("plain", "the supervisor ended"),
    "supervisor.displaced": lambda _: ("failed", "another supervisor took the place of this one, which ended"),
    "supervisor.slept": lambda d: ("paused", f"the machine slept for {_span(d)}; that time counts for no limit"),
    "clock.jumped": lambda d: ("flagged", f"the clock was set {_direction(d)} by {_span(d)}"),
    "store.not_copied": lambda d: ("failed", f"no copy of the store could be kept: {text_of(d, 'reason')}"),
    "store.restored": lambda d: ("flagged", f"the store was restored from {text_of(d, 'copy')}"),
    "plan.proposed": lambda d: ("plain", f"plan proposed{_tasks_behind(d)}"),
    "inventory.guarded": lambda d: (
        "flagged",
        "kept from the model that plans: " + "; ".join(str(item) for item in d.get("findings", ())),
    ),
    "plan.edited": lambda d: ("plain", f"plan edited: {text_of(d, 'note')}"),
    "plan.approved": lambda d: ("done", f"plan approved{_tasks_behind(d)}"),
    "plan.sent_back": lambda d: ("flagged", f"plan sent back: {text_of(d, 'comment') or text_of(d, 'reason')}"),
    "plan.revised": lambda d: ("flagged", f"plan revised{_because(d)}"),
    "plan.kept": lambda d: ("plain", f"plan kept as it was{_because(d)}"),
    "plan.refused": lambda d: ("failed", f"plan refused: {_problems(d)}"),
    "plan.aborted": lambda d: ("failed", f"the model sees no way to the goal{_because(d)}"),
    "session.retried": lambda d: ("running", f"tried again: {_listed(d)}"),
    "session.models": lambda d: ("plain", f"it asks other models now: {_models(d)}"),
    "task.opened": lambda _: ("running", "the task is put to the model"),
    "task.measured": lambda d: ("plain", f"the task took {_span(d)}; kept for estimates"),
    # The live session shows these as cards; the log as lines.
    "model.asked": lambda d: ("running", f"asks {text_of(d, 'model')}"),
    "model.answered": lambda d: ("plain", f"{text_of(d, 'model')}: {text_of(d, 'text') or 'uses a tool'}"),
    "model.failed": lambda d: ("failed", f"{text_of(d, 'model')} gave no answer{_because(d)}"),
    "model.stopped": lambda d: ("paused", f"the question to {text_of(d, 'model')} was broken off"),
    "agent.told": lambda d: ("plain", f"the agent is told: {text_of(d, 'text')}"),
    "agent.finished": lambda d: ("done", f"says it is {text_of(d, 'outcome') or 'done'}: {text_of(d, 'summary')}"),
    "agent.said": lambda d: ("plain", f"says: {text_of(d, 'text')}"),
    "agent.noted": lambda d: ("flagged", f"notes: {text_of(d, 'text')}"),
    "task.asked": lambda d: ("waiting", f"asks: {text_of(d, 'question')}"),
    "hint.given": lambda d: ("plain", f"hint for the agent: {text_of(d, 'text')}"),
    "hint.taken": lambda _: ("done", "the agent has read the hint"),
    "hint.unread": lambda d: ("flagged", f"a hint came too late, nobody read it: {text_of(d, 'text')}"),
    "budget.raised": lambda d: ("plain", f"budget: {_raised(d)}"),
    "budget.warning": lambda d: ("flagged", f"{_percent(d)} of the {_budget_word(d)} is used"),
    "conversation.compacted": lambda _: ("plain", "the conversation was summed up to make room"),
    "check.failed": lambda d: ("failed", f"check failed: {text_of(d, 'text')}{_summed(d)}"),
    "task.loop": lambda d: ("failed", f"the agent went in circles{_because(d)}"),
    "session.control": lambda d: ("paused", f"the person said: {text_of(d, 'control') or 'go on'}"),
}


@cache
def _words() -> dict[str, str]:
    """What each type's line says whatever its data."""
    fixed = {kind: teller({})[1].lower() for kind, teller in _NOTES.items()}
    # A state is told with blanks where its data has underscores.
    return fixed | {"session.state": " ".join(["session", *(s.value.replace("_", " ") for s in SessionState)])}


def worded(term: str) -> tuple[str, ...]:
    """The types whose line may say `term` although their data does not: it shares a word with what they always say."""
    parts = re.findall(r"[a-z]+", term.lower())
    return tuple(kind for kind, fixed in _words().items() if not parts or any(part in fixed for part in parts))


def _move(data: dict[str, Any]) -> str:
    """What is done to the repository: the events of an undo are a promotion's, of another kind."""
    return {"undo": "undo", "commit-first": "commit of your own changes"}.get(text_of(data, "kind"), "promotion")


def _where(data: dict[str, Any]) -> str:
    return f"{text_of(data, 'branch')} as {text_of(data, 'to')[:12]}"


def _span(data: dict[str, Any]) -> str:
    """`8 h 20 min`, `45 s`."""
    value = data.get("seconds", 0)
    seconds = abs(round(value)) if isinstance(value, int | float) else 0
    if seconds < 120:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _direction(data: dict[str, Any]) -> str:
    value = data.get("seconds", 0)
    return "back" if isinstance(value, int | float) and value < 0 else "forward"


def _tasks(data: dict[str, Any]) -> str:
    number = data.get("tasks", "?")
    return f"{number} task" if number == 1 else f"{number} tasks"


def _tasks_behind(data: dict[str, Any]) -> str:
    return f": {_tasks(data)}" if "tasks" in data else ""


#: What is limited, by its name in events, for people.
_BUDGETS = {"cost_usd": "cost budget", "tokens": "token budget", "hours": "time"}


def _budget_word(data: dict[str, Any]) -> str:
    return _BUDGETS.get(text_of(data, "what"), text_of(data, "what") or "budget")


def _percent(data: dict[str, Any]) -> str:
    share = number_of(data, "share")
    return f"{share:.0%}" if share is not None else "80%"


def _raised(data: dict[str, Any]) -> str:
    before, after = _inner(data, "before"), _inner(data, "after")
    told = [
        f"{word} {_limit(before.get(name))} to {_limit(after.get(name))}"
        for name, word in (("cost_usd", "dollars"), ("tokens", "tokens"), ("hours", "hours"))
        if before.get(name) != after.get(name)
    ]
    return ", ".join(told) or "as it was"


def _inner(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _limit(value: object) -> str:
    return f"{value:,g}" if isinstance(value, int | float) else "no limit"


def _listed(data: dict[str, Any]) -> str:
    return ", ".join(str(task) for task in data.get("tasks", ())) or "the session"


def _summed(data: dict[str, Any]) -> str:
    summary = text_of(data, "summary")
    return f" ({summary})" if summary else ""


def number_of(data: dict[str, Any], name: str) -> float | None:
    """A number of an event; None where it has none of that name."""
    value = data.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _because(data: dict[str, Any]) -> str:
    reason = text_of(data, "reason")
    return f" ({reason})" if reason else ""


def text_of(data: dict[str, Any], name: str) -> str:
    """A text of an event; "" where it has none of that name."""
    value = data.get(name, "")
    return value if isinstance(value, str) else str(value)


def int_of(data: dict[str, Any], name: str) -> int:
    """A whole number of an event; 0 where it has none of that name."""
    value = data.get(name, 0)
    return value if isinstance(value, int) else 0
