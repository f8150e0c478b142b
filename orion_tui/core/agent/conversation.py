"""A task's conversation, from the step log: nothing else is remembered of it.

Whoever goes on after a crash builds it anew and gets the same messages, byte for byte, so that a provider's cache holds
too. Each turn of the model is sent back in the provider's own form and followed by one message with the results of all
its calls, in their order, and then the hints.
"""

import json
from collections.abc import Sequence

import attrs

from orion_tui.core.agent import results
from orion_tui.core.agent.fields import field
from orion_tui.core.agent.memo import Memo
from orion_tui.core.agent.model import Message, Speaker, ToolCall, ToolResult
from orion_tui.core.agent.tokens import estimate_tokens
from orion_tui.core.agent.turns import Log, Turn, read
from orion_tui.core.models.agent import Finish
from orion_tui.core.models.steps import Step

#: What the model reads after words without a call when nobody has told it anything else.
GO_ON = "You used no tool. Go on with one; if the task is done, or cannot be done, call `finish`."

# The person's words outlive the turns that they were said in, up to that many hints and characters of each.
_HINTS_KEPT = 20
_HINT_LIMIT = 4_000
_SUMMARY_LIMIT = 16_000
# Tokens beside the words of a message: who speaks, ids, names of fields.
_AROUND = 8


@attrs.frozen(kw_only=True)
class Conversation:
    """What there is to send to the model next.

    `messages` may be asked with when `open_calls` is empty: until then results are missing.
    """

    messages: tuple[Message, ...]
    #: Calls of the last reply that have no step yet, in order: they are to be carried out next.
    open_calls: tuple[ToolCall, ...]
    #: Replies in this attempt, those that a summary stands for included.
    turns: int
    #: Tokens of the messages, by estimate: without instructions and tools.
    tokens: int
    #: The model's word that it is done, as long as that is the last word: checks that fail are told it as a hint.
    finished: Finish | None


def build(steps: Sequence[Step], *, elide_before: int = 0, memo: Memo | None = None) -> Conversation:
    """The conversation after the finished steps of one attempt.

    Results of turns that end before the step of index `elide_before` are shortened, as those that a recorded
    compaction is about. Raises Unrecoverable when a recorded reply cannot be read.
    """
    memo = memo or Memo()
    log = read(steps, memo)
    cut = log.cut()
    elided = max(cut.elided, elide_before - 1)
    messages = [Message(speaker=Speaker.USER, text=_first(log, cut.gone, cut.summary))]
    tokens = tokens_of(messages[0])
    for turn in cut.kept:
        messages.append(turn.reply.message)
        tokens += memo.of(("reply tokens", turn.first), lambda turn=turn: tokens_of(turn.reply.message))
        latest = turn is log.turns[-1]
        if latest and turn.open_calls:
            continue
        limit = limit_of(turn, elided)
        # A turn is over when the next one begins; the latest may still get a hint.
        key = ("answer", turn.first, turn.last, limit)
        answer = memo.of(key, lambda turn=turn, limit=limit: _answer(turn, limit))
        messages.append(answer)
        tokens += memo.of((*key, "tokens"), lambda answer=answer: tokens_of(answer))
    last = log.turns[-1] if log.turns else None
    return Conversation(
        messages=tuple(messages),
        open_calls=last.open_calls if last is not None else (),
        turns=len(log.turns),
        tokens=tokens,
        finished=_finished(log),
    )


def limit_of(turn: Turn, elided: int) -> int:
    """Characters that each result of a turn may have."""
    return results.ELIDED_LIMIT if turn.last <= elided else results.RESULT_LIMIT


def turn_messages(turn: Turn, limit: int) -> tuple[Message, Message]:
    """A turn as it is sent: the model's message, and what it is told."""
    return turn.reply.message, _answer(turn, limit)


def tokens_of(message: Message) -> int:
    """Tokens of one message, by estimate."""
    calls = sum(
        estimate_tokens(call.name + json.dumps(call.arguments, default=str, ensure_ascii=False)) + _AROUND
        for call in message.calls
    )
    said = estimate_tokens(message.text) + calls
    # Thoughts go back too, and stand only in the provider's own form.
    return (
        max(said, estimate_tokens(message.original) if message.original else 0)
        + sum(estimate_tokens(result.text) + _AROUND for result in message.results)
        + _AROUND
    )


def hint_text(step: Step) -> str:
    """A hint as the model reads it: the person's in a field, Orion's own as it is."""
    text = str(step.action.get("text", ""))
    return field("hint", text, limit=_HINT_LIMIT) if step.action.get("id") else text


def _first(log: Log, gone: Sequence[Turn], summary: str) -> str:
    parts = [log.opening]
    if gone:
        parts.append(f"What was done before, in short; {len(gone)} turns are not shown any more:")
        parts.append(field("summary of earlier work", summary, limit=_SUMMARY_LIMIT))
        hints = [step for turn in gone for step in turn.hints if step.action.get("id")]
        parts += [hint_text(step) for step in hints[-_HINTS_KEPT:]]
    parts += [hint_text(step) for step in log.hints]
    return "\n\n".join(part for part in parts if part)


def _answer(turn: Turn, limit: int) -> Message:
    told = tuple(_result(call, step, limit) for call, step in zip(turn.reply.calls, turn.answers, strict=True))
    text = "\n\n".join(filter(None, map(hint_text, turn.hints)))
    return Message(speaker=Speaker.USER, text=text if text or told else GO_ON, results=told)


def _result(call: ToolCall, step: Step | None, limit: int) -> ToolResult:
    if step is None or step.result is None:
        return ToolResult(call_id=call.id, name=call.name, text=results.NOT_DONE, failed=True)
    return ToolResult(
        call_id=call.id,
        name=call.name,
        text=results.for_model(step.action, step.decision, step.result, limit=limit),
        failed=results.failed(step.action, step.result),
    )


def _finished(log: Log) -> Finish | None:
    """Of the last turn alone: whoever was told anything after it, or was asked again, is not finished."""
    last = log.turns[-1] if log.turns else None
    for step in reversed(last.answers if last is not None and not last.hints else ()):
        if step is not None and step.action.get("do") == "Finish" and (step.result or {}).get("accepted"):
            return Finish(
                summary=str(step.action.get("summary", "")),
                outcome=str(step.action.get("outcome", "done")),
                confidence=float(step.action.get("confidence", 1.0)),
                unchecked=str(step.action.get("unchecked", "")),
            )
    return None
