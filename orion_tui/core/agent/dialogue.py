"""A short dialogue that must end in one valid tool call: asked, told what is wrong, asked again.

It is resumable: without clock and chance, so that the same inputs and replies always lead to the same questions.
Whoever is interrupted runs it again, answers the first questions from a record, and comes to where it was.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import attrs

from orion_tui.base.errors import PlanRefused
from orion_tui.core.agent.model import Message, NoCall, Question, Reply, Speaker, ToolCall, TooLong, ToolResult
from orion_tui.roles.problems import MAX_PROBLEMS

#: Answers that are looked at: the first, and two more (PLAN-1).
TRIES = 3
#: How often a question that does not fit the model's window is made smaller.
SHRINKS = 2

#: Gives the reply to a question. The number counts the questions of one dialogue from 0, failed ones too; a reply (or a
#: TooLong or NoCall) that was recorded under a number is given (or raised) again. Any other failure ends the dialogue,
#: which may then be run again from its record.
Ask = Callable[[Question, int], Reply]

T = TypeVar("T")


class Rejected(tuple[str, ...]):
    """What is wrong with a call: everything at once, each with its place; never empty."""

    __slots__ = ()


@attrs.frozen(kw_only=True)
class Settled(Generic[T]):
    """How a dialogue ended."""

    value: T
    #: Every reply of it, in order.
    replies: tuple[Reply, ...]


def settle(
    ask: Ask,
    make: Callable[[int], Question],
    read: Callable[[ToolCall], T | Rejected],
    *,
    wanted: str,
) -> Settled[T]:
    """Ask until `read` takes a call, three times at the most.

    `make` gives the first question, smaller for each number from 0 to `SHRINKS`. `wanted` names what is asked for, for
    people. Raises PlanRefused with everything that was wrong with each answer, or what `ask` raises.
    """
    size, number = 0, 0
    turns: tuple[Message, ...] = ()
    replies: list[Reply] = []
    wrong: list[Rejected] = []
    question = make(size)
    while len(wrong) < TRIES:
        try:
            reply = ask(attrs.evolve(question, messages=(*question.messages, *turns)), number)
        except TooLong:
            if size == SHRINKS:
                raise
            size += 1
            question = make(size)
            continue
        except NoCall:
            # Its words are not known, so the reminder stands with the last that was said.
            problems = Rejected((_no_call(question),))
            wrong.append(problems)
            question, turns = _reminded(question, turns, problems[0])
            continue
        finally:
            number += 1
        replies.append(reply)
        answer = _read(question, reply, read)
        if not isinstance(answer, Rejected):
            return Settled(value=answer, replies=tuple(replies))
        wrong.append(answer)
        turns = (*turns, reply.message, _told(reply, answer))
    raise _refusal(question, wrong, wanted)


def _read(question: Question, reply: Reply, read: Callable[[ToolCall], T | Rejected]) -> T | Rejected:
    if not reply.calls:
        return Rejected((_no_call(question),))
    call, *others = reply.calls
    if others:
        names = ", ".join(call.name for call in reply.calls[:5])
        return Rejected((f"{len(reply.calls)} calls ({names}): call exactly one tool, once",))
    if call.arguments is None:
        return Rejected((call.problem or f"the call of {call.name} has no arguments",))
    if all(call.name != tool.name for tool in question.tools):
        return Rejected((f"there is no tool {call.name}",))
    return read(call)


def _no_call(question: Question) -> str:
    names = " or ".join(tool.name for tool in question.tools)
    return f"the answer is words and no call: answer by calling {names}"


def _told(reply: Reply, problems: Rejected) -> Message:
    """What was wrong, as the result of each call: providers want one for every call."""
    text = _listed(problems)
    if not reply.calls:
        return Message(speaker=Speaker.USER, text=text)
    results = tuple(ToolResult(call_id=call.id, name=call.name, text=text, failed=True) for call in reply.calls)
    return Message(speaker=Speaker.USER, results=results)


def _listed(problems: Sequence[str]) -> str:
    shown = [f"- {problem}" for problem in problems[:MAX_PROBLEMS]]
    more = len(problems) - len(shown)
    last = [f"- and {more} more"] if more > 0 else []
    return "\n".join(["Not accepted. Mend all of it and call the tool again, with everything:", *shown, *last])


def _reminded(question: Question, turns: tuple[Message, ...], reminder: str) -> tuple[Question, tuple[Message, ...]]:
    *earlier, last = (*question.messages, *turns)
    text = f"{last.text}\n\n{reminder}".strip()
    messages = (*earlier, attrs.evolve(last, text=text))
    count = len(question.messages)
    return attrs.evolve(question, messages=messages[:count]), messages[count:]


def _refusal(question: Question, wrong: Sequence[Rejected], wanted: str) -> PlanRefused:
    told = [f"answer {at}: {problem}" for at, problems in enumerate(wrong, 1) for problem in problems]
    more = (f"and {len(told) - MAX_PROBLEMS} more",) if len(told) > MAX_PROBLEMS else ()
    return PlanRefused(
        f"{question.model} was asked {len(wrong)} times for {wanted}, and gave none that is valid",
        hint="say the goal more exactly or smaller, choose another model, or give a plan: orion work --plan PLAN.yaml",
        problems=(*told[:MAX_PROBLEMS], *more),
    )
