"""Fold a session's events into what the live screen shows: tasks begin, actions go their way, things are noted."""

from collections.abc import Sequence
from typing import Any

import attrs

from orion_tui.base.spans import span
from orion_tui.bridge.entry_views import ActionState, ActionView, Entry, ModelTurn, Note, TaskHead, TurnState
from orion_tui.bridge.notes import int_of, note_of, number_of, text_of, unchecked
from orion_tui.core.models.events import Event

#: Entries that are held; a quarter more before the oldest are let go.
KEEP = 4_000
#: Shown elsewhere (the plan shows what was put down, and why is said by the session that waits), or in the log alone.
_DETAILS = {"task.put_down", "task.opened", "task.measured"}

_ENDED = {ActionState.DONE, ActionState.FAILED, ActionState.BLOCKED, ActionState.PROVEN}


class Entries:
    """The fold. Feed it events in order; `view` is what they amount to so far."""

    def __init__(self) -> None:
        self.cursor = 0
        self._items: list[Entry] = []
        self._open: dict[tuple[str, int], int] = {}
        #: Where the question to a model stands that is not answered yet, by task.
        self._asking: dict[str, int] = {}
        #: Questions that are answered in words, by the id of their approval.
        self._questions: set[str] = set()
        self._view: tuple[Entry, ...] | None = ()

    def begin(self, events: Sequence[Event], *, cut: bool) -> None:
        """Take the first events that are read of the session; `cut` where there were others before them."""
        if cut and events:
            self._items.append(_earlier(events[0]))
        for event in events:
            self.feed(event)

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
        elif family == "model":
            self._model(event, verb, data)
        elif event.type == "approval.asked":
            self._ask(event, data)
        elif family == "approval" and text_of(data, "approval") in self._questions:
            self._answer(event, verb, data)
        elif event.type == "task.started":
            title = text_of(data, "title")
            self._add(TaskHead(seq=event.seq, at=event.at, task=text_of(data, "task"), title=title))
        elif event.type == "task.done":
            seconds = data.get("seconds")
            flagged = bool(data.get("flagged"))
            text = "task done" + (f" in {span(seconds)}" if isinstance(seconds, int | float) else "")
            text += unchecked(data)
            text += f", flagged: {text_of(data, 'reason')}" if flagged and data.get("reason") else ""
            self._add(Note(seq=event.seq, at=event.at, mood="flagged" if flagged else "done", text=text))
        elif event.type in _DETAILS:
            pass
        elif event.type == "session.state" and data.get("to") in {"waiting", "paused"}:
            self._stop(event, data)
        elif event.type == "checkpoint.made" and self._items and _tells_done(self._items[-1]):
            last = self._items[-1]
            assert isinstance(last, Note)
            self._items[-1] = attrs.evolve(last, text=f"{last.text}, {text_of(data, 'checkpoint')}")
            self._view = None
        elif (note := note_of(event)) is not None:
            self._add(note)
        if len(self._items) > KEEP + KEEP // 4:
            self._prune(event)

    def _prune(self, event: Event) -> None:
        """Let go of the oldest: a session may go on for days, and the log has everything."""
        gone = len(self._items) - KEEP
        self._items = [_earlier(event), *self._items[gone:]]
        self._open = {key: place - gone + 1 for key, place in self._open.items() if place >= gone}
        self._asking = {key: place - gone + 1 for key, place in self._asking.items() if place >= gone}
        self._view = None

    def _add(self, item: Entry) -> int:
        self._items.append(item)
        self._view = None
        return len(self._items) - 1

    def _action(self, event: Event, verb: str, data: dict[str, Any]) -> None:
        key = (text_of(data, "task"), int_of(data, "index"))
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

    def _stop(self, event: Event, data: dict[str, Any]) -> None:
        """The session waits; why its model gave no answer is said where it was asked, and not again."""
        note = note_of(event)
        assert note is not None
        failed = next((item.reason for item in reversed(self._items) if isinstance(item, ModelTurn)), "")
        reason = text_of(data, "reason")
        if failed and reason.startswith(failed):
            note = attrs.evolve(note, text=f"session {text_of(data, 'to')}: {reason[len(failed) :].lstrip('; ')}")
        self._add(note)

    def _answer(self, event: Event, verb: str, data: dict[str, Any]) -> None:
        reason = text_of(data, "reason")
        if verb == "approved":
            self._add(Note(seq=event.seq, at=event.at, mood="done", text=f"answered: {reason}"))
        elif verb == "rejected":
            told = f"no answer: {reason}" if reason else "no answer"
            self._add(Note(seq=event.seq, at=event.at, mood="flagged", text=told))

    def _model(self, event: Event, verb: str, data: dict[str, Any]) -> None:
        task = text_of(data, "task")
        place = self._asking.get(task)
        known = self._items[place] if place is not None else None
        if verb == "asked" or not isinstance(known, ModelTurn):
            # Asked anew: the one before was lost with its process, and stands as it was left.
            known = ModelTurn(seq=event.seq, at=event.at, task=task, purpose="", model="", state=TurnState.ASKING)
            place = self._add(known)
        assert place is not None
        self._items[place] = _turn_after(known, verb, data)
        if verb == "asked":
            self._asking[task] = place
        else:
            self._asking.pop(task, None)
        self._view = None

    def _ask(self, event: Event, data: dict[str, Any]) -> None:
        if text_of(data, "text").startswith("question: "):
            # Words are asked for, not leave for an action.
            self._questions.add(text_of(data, "approval"))
            self._add(Note(seq=event.seq, at=event.at, mood="waiting", text=f"asks{text_of(data, 'text')[8:]}"))
            return
        key = (text_of(data, "task"), int_of(data, "index"))
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
            text=known.text or text_of(data, "text"),
            rule=known.rule or text_of(data, "rule"),
            reason=known.reason or text_of(data, "reason"),
            state=ActionState.WAITING,
            approval=text_of(data, "approval"),
        )
        self._view = None


def _earlier(event: Event) -> Note:
    return Note(seq=0, at=event.at, mood="plain", text="what came before this is in the log")


def _tells_done(entry: Entry) -> bool:
    return isinstance(entry, Note) and entry.text.startswith("task done") and "cp-" not in entry.text


def _after(known: ActionView, verb: str, data: dict[str, Any], at: float) -> ActionView:
    text = text_of(data, "text") or known.text
    match verb:
        case "decided":
            return attrs.evolve(
                known,
                text=text,
                tier=text_of(data, "tier"),
                layer=text_of(data, "layer"),
                rule=text_of(data, "rule"),
                reason=text_of(data, "reason"),
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
                layer=text_of(data, "layer") or known.layer,
                rule=text_of(data, "rule") or known.rule,
                reason=text_of(data, "reason") or known.reason,
                finished_at=at,
            )
        case _:
            return attrs.evolve(
                known,
                text=text,
                state=ActionState.DONE if verb == "done" else ActionState.FAILED,
                step=data.get("step", known.step),
                summary=text_of(data, "summary"),
                exit_code=data.get("exit_code"),
                seconds=data.get("seconds"),
                output=text_of(data, "output_tail"),
                changed=tuple(str(path) for path in data.get("changed", ())),
                finished_at=at,
            )


def _turn_after(known: ModelTurn, verb: str, data: dict[str, Any]) -> ModelTurn:
    step = data.get("step", known.step)
    known = attrs.evolve(
        known,
        purpose=text_of(data, "purpose") or known.purpose,
        model=text_of(data, "model") or known.model,
        step=step if isinstance(step, int) else None,
    )
    match verb:
        case "asked":
            return known
        case "answered":
            return attrs.evolve(
                known,
                state=TurnState.ANSWERED,
                text=text_of(data, "text"),
                tokens=int_of(data, "tokens"),
                cost_usd=number_of(data, "cost_usd"),
                seconds=number_of(data, "seconds"),
            )
        case _:
            return attrs.evolve(
                known, state=TurnState.FAILED, reason=text_of(data, "reason"), again=number_of(data, "again")
            )
