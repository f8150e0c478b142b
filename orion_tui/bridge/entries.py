"""Fold a session's events into what the live screen shows: tasks begin, actions go their way, things are noted."""

from collections.abc import Callable
from typing import Any

import attrs

from orion_tui.bridge.snapshots import ActionState, ActionView, Entry, Note, TaskHead
from orion_tui.core.models.sessions import Event

_ENDED = {ActionState.DONE, ActionState.FAILED, ActionState.BLOCKED, ActionState.PROVEN}


class Entries:
    """The fold. Feed it events in order; `view` is what they amount to so far."""

    def __init__(self) -> None:
        self.cursor = 0
        self._items: list[Entry] = []
        self._open: dict[tuple[str, int], int] = {}
        self._view: tuple[Entry, ...] | None = ()

    @property
    def view(self) -> tuple[Entry, ...]:
        """All entries, oldest first."""
        if self._view is None:
            self._view = tuple(self._items)
        return self._view

    def feed(self, event: Event) -> None:
        """Take the next event of the session."""
        self.cursor = event.seq
        data = event.data
        family, _, verb = event.type.partition(".")
        if family == "action":
            self._action(event, verb, data)
        elif event.type == "approval.asked":
            self._ask(event, data)
        elif event.type == "task.started":
            title = _text(data, "title")
            self._add(TaskHead(seq=event.seq, at=event.at, task=_text(data, "task"), title=title))
        elif event.type == "task.done":
            seconds = data.get("seconds")
            flagged = bool(data.get("flagged"))
            text = "task done" + (f" in {seconds:.1f} s" if isinstance(seconds, int | float) else "")
            text += f", flagged: {_text(data, 'reason')}" if flagged and data.get("reason") else ""
            self._add(Note(seq=event.seq, at=event.at, mood="flagged" if flagged else "done", text=text))
        elif event.type == "checkpoint.made" and self._items and _tells_done(self._items[-1]):
            last = self._items[-1]
            assert isinstance(last, Note)
            self._items[-1] = attrs.evolve(last, text=f"{last.text}, {_text(data, 'checkpoint')}")
            self._view = None
        elif (note := note_of(event)) is not None:
            self._add(note)

    def _add(self, item: Entry) -> int:
        self._items.append(item)
        self._view = None
        return len(self._items) - 1

    def _action(self, event: Event, verb: str, data: dict[str, Any]) -> None:
        key = (_text(data, "task"), _int(data, "index"))
        place = self._open.get(key)
        known = self._items[place] if place is not None else None
        if not isinstance(known, ActionView) or (verb == "decided" and known.state in _ENDED):
            known = ActionView(
                seq=event.seq, at=event.at, task=key[0], index=key[1], text="", state=ActionState.DECIDED
            )
            place = self._open[key] = self._add(known)
        assert place is not None
        self._items[place] = _after(known, verb, data, event.at)
        self._view = None

    def _ask(self, event: Event, data: dict[str, Any]) -> None:
        key = (_text(data, "task"), _int(data, "index"))
        place = self._open.get(key)
        known = self._items[place] if place is not None else None
        if not isinstance(known, ActionView) or known.state in _ENDED:
            known = ActionView(
                seq=event.seq, at=event.at, task=key[0], index=key[1], text="", state=ActionState.WAITING
            )
            place = self._open[key] = self._add(known)
        assert place is not None
        self._items[place] = attrs.evolve(
            known,
            text=known.text or _text(data, "text"),
            rule=known.rule or _text(data, "rule"),
            reason=known.reason or _text(data, "reason"),
            state=ActionState.WAITING,
            approval=_text(data, "approval"),
        )
        self._view = None


def _tells_done(entry: Entry) -> bool:
    return isinstance(entry, Note) and entry.text.startswith("task done") and "cp-" not in entry.text


def _after(known: ActionView, verb: str, data: dict[str, Any], at: float) -> ActionView:
    text = _text(data, "text") or known.text
    match verb:
        case "decided":
            return attrs.evolve(
                known,
                text=text,
                tier=_text(data, "tier"),
                layer=_text(data, "layer"),
                rule=_text(data, "rule"),
                reason=_text(data, "reason"),
                flagged=bool(data.get("flagged")),
                claims=tuple((str(c.get("kind", "")), str(c.get("subject", ""))) for c in data.get("claims", ())),
            )
        case "started":
            return attrs.evolve(known, text=text, state=ActionState.RUNNING, step=data.get("step"), at=at)
        case "blocked":
            return attrs.evolve(
                known,
                text=text,
                state=ActionState.PROVEN if data.get("expected") else ActionState.BLOCKED,
                layer=_text(data, "layer") or known.layer,
                rule=_text(data, "rule") or known.rule,
                reason=_text(data, "reason") or known.reason,
                finished_at=at,
            )
        case _:
            return attrs.evolve(
                known,
                text=text,
                state=ActionState.DONE if verb == "done" else ActionState.FAILED,
                step=data.get("step", known.step),
                summary=_text(data, "summary"),
                exit_code=data.get("exit_code"),
                seconds=data.get("seconds"),
                output=_text(data, "output_tail"),
                changed=tuple(str(path) for path in data.get("changed", ())),
                finished_at=at,
            )


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
    to, reason = _text(data, "to"), _text(data, "reason")
    return _STATE_MOOD.get(to, "plain"), f"session {to}" + (f": {reason}" if reason else "")


def _sandbox(data: dict[str, Any]) -> tuple[str, str]:
    lacks = [str(item) for item in data.get("lacks", ())]
    measured = data.get("properties")
    text = f"sandbox {_text(data, 'backend')} attested" + (f", {measured} properties measured" if measured else "")
    return "plain", text + (f"; lacks {', '.join(lacks)}" if lacks else "")


def _problems(data: dict[str, Any]) -> str:
    return "; ".join(str(item) for item in data.get("problems", ())) or _text(data, "reason")


def _answered(verb: str, mood: str) -> Teller:
    def tell(data: dict[str, Any]) -> tuple[str, str]:
        reason = _text(data, "reason")
        return mood, f"approval {verb}" + (f": {reason}" if reason else "")

    return tell


_NOTES: dict[str, Teller] = {
    "session.state": _state,
    "plan.accepted": lambda d: ("plain", f"plan accepted: {d.get('tasks', '?')} tasks"),
    "sandbox.started": _sandbox,
    "sandbox.refused": lambda d: ("failed", f"sandbox refused: {_problems(d)}"),
    "policy.unenforced": lambda d: ("failed", f"policy not enforced: {_problems(d)}"),
    "policy.corrected": lambda d: ("flagged", f"policy corrected: {_problems(d)}"),
    "limit.reached": lambda d: ("blocked", f"limit reached: {_text(d, 'reason') or _text(d, 'limit')}"),
    "task.failed": lambda d: ("failed", f"task failed: {_text(d, 'title')}{_because(d)}"),
    "task.blocked": lambda d: ("blocked", f"task blocked: {_text(d, 'title')}{_because(d)}"),
    "task.done": lambda d: ("flagged" if d.get("flagged") else "done", f"task done: {_text(d, 'title')}"),
    "checkpoint.made": lambda d: ("plain", f"{_text(d, 'checkpoint')} {_text(d, 'commit')[:10]}"),
    "approval.approved": _answered("given", "done"),
    "approval.rejected": _answered("refused", "failed"),
    "approval.lapsed": _answered("lapsed", "flagged"),
    "approval.superseded": _answered("asked again", "flagged"),
    "session.rolled_back": lambda d: (
        "undone",
        f"rolled back to {_text(d, 'checkpoint')}; {_int(d, 'steps')} steps no longer count",
    ),
    "trash.restored": lambda _: ("undone", "restored from the trash"),
    "trash.thrown": lambda d: ("undone", f"the branch went to the trash: {_text(d, 'reason')}"),
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
    "store.not_copied": lambda d: ("failed", f"no copy of the store could be kept: {_text(d, 'reason')}"),
    "store.restored": lambda d: ("flagged", f"the store was restored from {_text(d, 'copy')}"),
    "session.control": lambda d: ("paused", f"the person said: {_text(d, 'control') or 'go on'}"),
}


def _move(data: dict[str, Any]) -> str:
    """What is done to the repository: the events of an undo are a promotion's, of another kind."""
    return {"undo": "undo", "commit-first": "commit of your own changes"}.get(_text(data, "kind"), "promotion")


def _where(data: dict[str, Any]) -> str:
    return f"{_text(data, 'branch')} as {_text(data, 'to')[:12]}"


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


def _because(data: dict[str, Any]) -> str:
    reason = _text(data, "reason")
    return f" ({reason})" if reason else ""


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    return value if isinstance(value, str) else str(value)


def _int(data: dict[str, Any], name: str) -> int:
    value = data.get(name, 0)
    return value if isinstance(value, int) else 0
