"""When a conversation gets too long: what is shortened, what is summarised, and what is asked for the summary.

First old results are shortened, which costs nothing and loses only what can be read again. Where that does not help,
everything but the latest turns gives way to a summary: the model's, or, where it cannot give one, a digest of the step
log. Either is decided once and recorded as a step, so that the conversation stays a function of the steps, and what the
provider has in its cache changes once and not with every turn.
"""

from collections.abc import Sequence

from orion_tui.core.agent.conversation import Conversation, hint_text, tokens_of, turn_messages
from orion_tui.core.agent.digest import action_line, digest
from orion_tui.core.agent.fields import bounded, field
from orion_tui.core.agent.model import Message, ModelRef, Question, Speaker
from orion_tui.core.agent.results import ELIDED_LIMIT, RESULT_LIMIT, one_line, status
from orion_tui.core.agent.tokens import bytes_of
from orion_tui.core.agent.turns import ELIDE, SUMMARY, Turn, read
from orion_tui.core.models.agent import Compaction
from orion_tui.core.models.steps import Step

__all__ = ["digest", "plan_compaction", "question"]

#: Part of the room for a conversation at which it is made shorter, and that shortening results has to lead to.
FULL = 0.7
RELIEVED = 0.55
#: Turns whose results are not shortened, and turns that no summary takes in.
LATEST = 6
KEPT = 4
#: Part of the window that the turns beside a summary may take, and part of what fills the room, lest the next turn
#: makes it full again: fewer than `KEPT` stay where they are larger.
KEPT_SHARE = 0.3
KEPT_OF_FULL = 0.5

# Characters of one call, one result, of the model's words, in what is to be summarised.
_PART = 2_500
_HINTS = 20


def plan_compaction(
    conversation: Conversation, steps: Sequence[Step], window_tokens: int, reserve: int
) -> Compaction | None:
    """What is to be made shorter before the next question; None where nothing has to be, or can be.

    `window_tokens` is the model's context window, `reserve` what of it is kept for instructions, tools and the answer.
    """
    room = max(window_tokens - reserve, 0)
    if conversation.open_calls or conversation.tokens <= FULL * room:
        return None
    cut = read(steps).cut()
    kept = cut.kept
    eliding = _eliding(kept[:-LATEST], cut.elided)
    if eliding is not None and conversation.tokens - _saved(kept, cut.elided, eliding.upto) <= RELIEVED * room:
        return eliding
    most = int(min(KEPT_SHARE * window_tokens, KEPT_OF_FULL * FULL * room))
    going = kept[: len(kept) - _staying(kept, cut.elided, most)]
    if going:
        return Compaction(upto=going[-1].last, how=SUMMARY)
    # Few turns, each very long: all but the last may lose the middle of their results.
    eliding = _eliding(kept[:-1], cut.elided)
    return eliding if eliding is not None and _saved(kept, cut.elided, eliding.upto) > 0 else None


def question(
    steps: Sequence[Step], compaction: Compaction, *, model: ModelRef, instructions: str, room: int, max_tokens: int
) -> Question:
    """The question for the summary of everything up to `compaction.upto`, an earlier summary included.

    `instructions` is the prompt `compact`; the material takes at most about `room` tokens.
    """
    log = read(steps)
    cut = log.cut()
    # Half of the room for either side of what is left out: the task stands first, the latest turns last.
    parts = [field("task", log.opening, limit=max(bytes_of(room) // 4, 1))]
    if cut.summary:
        parts.append(field("summary of earlier work", cut.summary))
    hints = [step for turn in cut.gone for step in turn.hints if step.action.get("id")]
    parts += [hint_text(step) for step in (*log.hints, *hints)[-_HINTS:]]
    told = "\n\n".join(_told(number, turn) for number, turn in enumerate(cut.kept, 1) if turn.last <= compaction.upto)
    left = bytes_of(room) - sum(len(part.encode("utf-8", "replace")) for part in parts)
    parts.append(field("what was done", _within(told, max(left, 1_000)), limit=len(told) + 1_000))
    parts.append("Write the summary now.")
    return Question(
        model=model,
        instructions=instructions,
        messages=(Message(speaker=Speaker.USER, text="\n\n".join(parts)),),
        max_tokens=max_tokens,
    )


def _eliding(old: Sequence[Turn], elided: int) -> Compaction | None:
    return Compaction(upto=old[-1].last, how=ELIDE) if old and old[-1].last > elided else None


def _saved(turns: Sequence[Turn], elided: int, upto: int) -> int:
    """Tokens that shortening the results up to a step saves."""
    return sum(_size(turn, RESULT_LIMIT) - _size(turn, ELIDED_LIMIT) for turn in turns if elided < turn.last <= upto)


def _size(turn: Turn, limit: int) -> int:
    return sum(map(tokens_of, turn_messages(turn, limit)))


def _staying(kept: Sequence[Turn], elided: int, most: int) -> int:
    """How many of the latest turns no summary takes in: at least one, and `most` tokens where there are more."""
    tokens = 0
    for count, turn in enumerate(reversed(kept)):
        tokens += _size(turn, ELIDED_LIMIT if turn.last <= elided else RESULT_LIMIT)
        if count >= KEPT or (count and tokens > most):
            return count
    return len(kept)


def _told(number: int, turn: Turn) -> str:
    model, answer = turn_messages(turn, _PART)
    lines = [f"## Turn {number}"]
    if model.text.strip():
        lines.append(f"The model said: {bounded(model.text, _PART)}")
    for call, result in zip(turn.reply.calls, answer.results, strict=True):
        given = "\n".join(
            f"  {one_line(name, 60)}: {bounded(value if isinstance(value, str) else repr(value), _PART // 2)}"
            for name, value in (call.arguments or {}).items()
        )
        lines.append(
            f"It called {one_line(call.name, 60)}:\n{given}" if given else f"It called {one_line(call.name, 60)}."
        )
        lines.append(f"Result:\n{result.text}")
    lines += [
        f"Check: {action_line(step)} -> {status(step.action, step.result or {})}"
        for step in turn.others
        if step.action.get("do") != "AskModel"
    ]
    lines += [f"Hint: {step.action.get('text', '')}" for step in turn.hints]
    return "\n".join(lines)


def _within(text: str, size: int) -> str:
    """`text` bounded to a number of bytes, in UTF-8."""
    if len(text.encode("utf-8", "replace")) <= size:
        return text
    widest = len(text.encode("utf-8", "replace")) / len(text)
    return bounded(text, int(size / widest))
