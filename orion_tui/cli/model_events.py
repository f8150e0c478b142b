"""Events of plans and of work by models, as lines for people."""

from typing import Any

from orion_tui.cli.event_data import Getter
from orion_tui.cli.output import one_line, plural, span

#: Characters of what a model said that a line has room for.
_SAID = 300


def model_event_text(kind: str, data: dict[str, Any], get: Getter) -> str:  # noqa: PLR0915 -- a table in the form of code
    """One event as text; empty for one that is not known here."""
    match kind:
        case "plan.proposed":
            tasks = _tasks(data)
            waits = "" if data.get("review") is False else "; it waits for you"
            count = f" ({tasks})" if tasks else ""
            return f"plan proposed{get.after(': ', 'title')}{count}{get.after('; ', 'problems')}{waits}"
        case "inventory.guarded":
            return f"taken out of files of the repository, before the model read them: {get('findings')}"
        case "plan.revised":
            waits = f"; it waits for you{get.after(': ', 'why')}" if data.get("review") else ""
            return f"plan revised{get.after(': ', 'reason')}{waits}"
        case "plan.edited":
            return f"plan version {get('version')}{get.after(': ', 'note')}"
        case "plan.approved":
            tasks = _tasks(data)
            return f"you approved version {get('version')} of the plan{f' ({tasks})' if tasks else ''}"
        case "plan.sent_back":
            return f"you sent the plan back{get.after(': ', 'comment')}"
        case "plan.kept" if "refused" in data:
            return f"you kept the plan, version {get('version')}{get.after(': ', 'comment')}"
        case "plan.kept":
            return f"the plan stays as it is{get.after(': ', 'reason')}"
        case "plan.refused" if data.get("problems"):
            return f"the model's plan was refused: {get('problems')}"
        case "plan.refused":
            return f"no plan came of the question: {get('reason')}"
        case "plan.aborted":
            return f"the model gives the goal up{get.after(': ', 'reason')}"
        case "model.asked":
            return f"{get('purpose')}: asks {get('model')}"
        case "model.answered":
            said = one_line(str(data.get("text", "")), _SAID)
            used = f"{_int(data, 'tokens'):,} tokens, {_dollars(data)}, {span(_float(data, 'seconds'))}"
            calls = get.after("; calls ", "calls")
            return f"{said or get('purpose') or 'answered'} ({used}{calls})"
        case "model.failed":
            again = _float(data, "again")
            when = f"; asks again at {_clock(again)}" if again else ""
            return f"the model did not answer: {get('reason')}{when}"
        case "agent.said":
            return one_line(str(data.get("text", "")), _SAID)
        case "agent.noted":
            return f"note: {one_line(str(data.get('text', '')), _SAID)}"
        case "agent.finished":
            unsure = get.after("; not checked: ", "unchecked")
            what = "gives up" if data.get("outcome") == "impossible" else "says that it is done"
            return f"{what}{get.after(': ', 'summary')} (confidence {_float(data, 'confidence'):.2f}{unsure})"
        case "agent.told":
            return f"told the model: {get('text')}"
        case "model.stopped":
            return f"the model was stopped in the middle of its answer{get.after(': ', 'reason')}"
        case "hint.given":
            return f"you said: {get('text')}"
        case "hint.taken":
            return f"hint {get('hint')} is in the conversation"
        case "hint.unread":
            return f"hint {get('hint')} came too late, nobody read it: {get('text')}"
        case "budget.raised":
            return f"limits set: {_limits(data)}"
        case "budget.warning":
            return f"{_float(data, 'share'):.0%} of the limit of {get('what')} is used"
        case "conversation.compacted":
            before = _int(data, "tokens_before")
            return f"the conversation was shortened{f', it had {before:,} tokens' if before else ''}"
        case "check.failed":
            return f"check failed: {get('text')}{get.after(' - ', 'summary')}"
        case "task.asked":
            return f"task {get('task')} asks you: {get('question') or get('text')}"
        case "task.answered":
            answered = "you answered" if data.get("answered") else "you gave no answer"
            return f"task {get('task')}: {answered}{get.after(': ', 'text')}"
        case "task.opened":
            return f"task {get('task')} is put to the model"
        case "task.measured":
            return f"task {get('task')} took {span(_float(data, 'seconds'))}; kept for estimates"
        case "task.put_down":
            return f"task {get('task')} waits for its turn{get.after(': ', 'reason')}"
        case "task.loop":
            return f"task {get('task')} goes round in circles{get.after(': ', 'reason')}"
        case "session.models":
            return f"it asks other models now: {_models(data)}"
        case "session.retried":
            return f"you said to try again{get.after(': ', 'tasks')}"
        case _:
            return ""


def _models(data: dict[str, Any]) -> str:
    """`plan a/one, work a/two`."""
    after = data.get("after")
    if not isinstance(after, dict):
        return ""
    return ", ".join(f"{step} {model}" for step, model in after.items())  # pyright: ignore[reportUnknownVariableType]


def _tasks(data: dict[str, Any]) -> str:
    return plural(_int(data, "tasks"), "task") if isinstance(data.get("tasks"), int) else ""


def _limits(data: dict[str, Any]) -> str:
    """`cost $5.00 → $10.00, hours 8 → 12`: those that differ."""
    before, after = data.get("before"), data.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    told: list[str] = []
    for name, said in (("cost_usd", "cost"), ("tokens", "tokens"), ("hours", "hours")):
        old, new = before.get(name), after.get(name)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if old != new:
            told.append(f"{said} {_limit(name, old)} → {_limit(name, new)}")  # pyright: ignore[reportUnknownArgumentType]
    return ", ".join(told) or "as they were"


def _limit(name: str, value: object) -> str:
    if not isinstance(value, int | float):
        return "no limit"
    return f"${value:.2f}" if name == "cost_usd" else f"{value:,.0f}" if name == "tokens" else f"{value:g}"


def _dollars(data: dict[str, Any]) -> str:
    value = data.get("cost_usd")
    return f"${value:.4f}" if isinstance(value, int | float) else "no price known"


def _int(data: dict[str, Any], key: str) -> int:
    return int(_float(data, key))


def _float(data: dict[str, Any], key: str) -> float:
    value = data.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def _clock(at: float) -> str:
    from orion_tui.cli.output import moment

    return moment(at)
