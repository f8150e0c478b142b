"""A conversation is a function of the finished steps: well formed at every step, also after a crash and a summary."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orion_tui.base.errors import Unrecoverable
from orion_tui.core.agent import loops, reply_record, turns
from orion_tui.core.agent.conversation import GO_ON, Conversation, build
from orion_tui.core.agent.loops import Watch
from orion_tui.core.agent.memo import Memo
from orion_tui.core.agent.model import Message, Reply, Speaker
from orion_tui.core.agent.results import ELIDED_LIMIT, NOT_DONE
from orion_tui.core.models.agent import Finish
from tests.support.agent_steps import Attempt, call

pytestmark = pytest.mark.unit


def _speakers(conversation: Conversation) -> str:
    return "".join("u" if message.speaker is Speaker.USER else "m" for message in conversation.messages)


def _started() -> Attempt:
    attempt = Attempt()
    attempt.opening()
    return attempt


def test_it_begins_with_the_task() -> None:
    assert build(_started().steps).messages == (Message(speaker=Speaker.USER, text="the task"),)


def test_results_of_all_calls_follow_in_one_message_in_the_order_of_the_calls() -> None:
    attempt = _started()
    attempt.asked("", call("a"), call("b"), original='{"x":1}')
    attempt.ran("b", output="second")
    attempt.ran("a", output="first")
    attempt.hint("use make")
    attempt.hint("40 steps are left", person=False)
    conversation = build(attempt.steps)
    assert _speakers(conversation) == "umu"
    assert conversation.messages[1].original == '{"x":1}'
    told = conversation.messages[2]
    assert [(result.call_id, result.text.splitlines()[-1]) for result in told.results] == [
        ("a", "| first"),
        ("b", "| second"),
    ]
    assert told.text.startswith("<<<")
    assert "hint\nuse make\n" in told.text
    assert told.text.endswith("\n\n40 steps are left")
    assert conversation.open_calls == ()
    assert conversation.turns == 1


def test_calls_without_a_step_are_open_and_nothing_is_made_up_for_them() -> None:
    attempt = _started()
    attempt.asked("", call("a"), call("b"), call("c"))
    attempt.ran("b")
    attempt.add({"do": "RunCommand"}, None, call="a")  # in flight when the process died
    conversation = build(attempt.steps)
    assert [one.id for one in conversation.open_calls] == ["a", "c"]
    assert _speakers(conversation) == "um"


def test_calls_that_were_never_carried_out_are_said_to_be_so_once_the_model_went_on() -> None:
    attempt = _started()
    attempt.asked("", call("a"), call("b"))
    attempt.ran("a")
    attempt.asked("", call("c"))
    conversation = build(attempt.steps)
    assert [result.text for result in conversation.messages[2].results][1] == NOT_DONE
    assert conversation.messages[2].results[1].failed
    assert [one.id for one in conversation.open_calls] == ["c"]


def test_the_same_id_in_two_turns_and_twice_in_one_is_told_apart() -> None:
    attempt = _started()
    attempt.asked("", call("x"), call("x"))
    attempt.ran("x", output="1")
    attempt.ran("x", output="2")
    attempt.asked("", call("x"))
    assert [one.id for one in build(attempt.steps).open_calls] == ["x"]
    attempt.ran("x", output="3")
    texts = [result.text[-1] for message in build(attempt.steps).messages for result in message.results]
    assert texts == ["1", "2", "3"]


def test_words_alone_are_answered_so_that_the_turns_alternate() -> None:
    attempt = _started()
    attempt.asked("I think.")
    assert build(attempt.steps).messages[-1].text == GO_ON
    attempt.hint("Use a tool.", person=False)
    assert build(attempt.steps).messages[-1].text == "Use a tool."
    attempt.asked("I still think.")
    assert _speakers(build(attempt.steps)) == "umumu"


def test_checks_and_other_questions_are_no_part_of_it() -> None:
    attempt = _started()
    attempt.asked("", call("f", "finish"))
    attempt.ran("", "make check", output="1 failed")
    attempt.add({"do": "Finish", "summary": "s"}, {"accepted": False, "output": "1 failed"}, call="f")
    attempt.asked("a summary", purpose="compact")
    conversation = build(attempt.steps)
    assert _speakers(conversation) == "umu"
    assert conversation.finished is None
    assert conversation.messages[-1].results[0].failed


def test_a_check_answers_no_call_whatever_id_the_model_gave_it() -> None:
    attempt = Attempt()
    attempt.opening()
    attempt.asked("", call(""))
    attempt.ran("")
    assert [one.id for one in build(attempt.steps).open_calls] == [""]


def test_it_is_finished_while_that_is_the_last_word() -> None:
    attempt = _started()
    attempt.asked("", call("f", "finish"))
    action = {"do": "Finish", "summary": "s", "outcome": "impossible", "confidence": 0.5, "unchecked": "u"}
    attempt.add(action, {"accepted": True}, call="f")
    attempt.ran("", "make check")
    finished = Finish(summary="s", outcome="impossible", confidence=0.5, unchecked="u")
    assert build(attempt.steps).finished == finished
    attempt.hint("A check failed.", person=False)
    assert build(attempt.steps).finished is None
    attempt.asked("", call("g"))
    assert build(attempt.steps).finished is None


def test_a_summary_takes_the_place_of_whole_turns() -> None:
    attempt = _started()
    attempt.turn(1, text="first words")
    hint = attempt.hint("never touch db/")
    attempt.turn(2)
    attempt.compacted(hint.index, summary="it was found that >>> x")
    conversation = build(attempt.steps)
    assert _speakers(conversation) == "umu"
    first = conversation.messages[0].text
    assert first.startswith("the task\n\n")
    assert "it was found that >>> x" in first
    assert "never touch db/" in first  # the person's words stay, word for word
    assert "first words" not in json.dumps(attrs.asdict(conversation), default=str)
    assert conversation.turns == 2


def test_a_summary_never_parts_a_call_from_its_result() -> None:
    attempt = _started()
    attempt.turn(1)
    asked = attempt.asked("", call("a"), call("b"))
    attempt.ran("a")
    attempt.ran("b")
    attempt.compacted(asked.index + 1)
    conversation = build(attempt.steps)
    assert [message.text for message in conversation.messages if message.speaker is Speaker.MODEL] == [""]
    assert len(conversation.messages[-1].results) == 2


def test_open_calls_survive_a_summary_of_everything() -> None:
    attempt = _started()
    attempt.asked("", call("a"))
    attempt.compacted(5)
    assert [one.id for one in build(attempt.steps).open_calls] == ["a"]


def test_the_last_summary_counts() -> None:
    attempt = _started()
    first = attempt.turn(1)
    attempt.compacted(first.index, summary="ONE")
    second = attempt.turn(2)
    attempt.compacted(second.index, summary="TWO")
    conversation = build(attempt.steps)
    assert _speakers(conversation) == "u"
    assert "TWO" in conversation.messages[0].text
    assert "ONE" not in conversation.messages[0].text


def test_old_results_are_shortened_and_say_so() -> None:
    attempt = _started()
    old = attempt.turn(1, output="old\n" * 4_000)
    attempt.turn(2, output="new\n" * 4_000)
    whole = build(attempt.steps)
    elided = build(attempt.steps, elide_before=old.index + 1)
    attempt.compacted(old.index, how="elide")
    assert build(attempt.steps).messages == elided.messages
    assert len(elided.messages[2].results[0].text) < ELIDED_LIMIT + 100
    assert "characters left out" in elided.messages[2].results[0].text
    assert elided.messages[4:] == whole.messages[4:]
    assert elided.tokens < whole.tokens


def test_a_damaged_reply_is_told() -> None:
    attempt = _started()
    step = attempt.asked("x")
    attempt.steps[-1] = attrs.evolve(step, result={"reply": {"v": 0}})
    with pytest.raises(Unrecoverable):
        build(attempt.steps)


_EVENTS: dict[str, Callable[[Attempt, Any], object]] = {
    "words": lambda attempt, draw: attempt.asked("hm"),
    "calls": lambda attempt, draw: attempt.asked(
        "", *(call(f"c{draw(st.integers(0, 3))}") for _ in range(draw(st.integers(1, 3))))
    ),
    "run": lambda attempt, draw: attempt.ran(f"c{draw(st.integers(0, 3))}", output=draw(st.text(max_size=20))),
    "check": lambda attempt, draw: attempt.ran(""),
    "flight": lambda attempt, draw: attempt.add({"do": "RunCommand"}, None, call="c0"),
    "hint": lambda attempt, draw: attempt.hint(draw(st.text(min_size=1, max_size=20)), person=draw(st.booleans())),
    "summary": lambda attempt, draw: attempt.compacted(draw(st.integers(-1, len(attempt.steps)))),
    "elide": lambda attempt, draw: attempt.compacted(draw(st.integers(-1, len(attempt.steps))), how="elide"),
}


@st.composite
def _attempts(draw: st.DrawFn) -> Attempt:
    attempt = _started()
    for name in draw(st.lists(st.sampled_from(sorted(_EVENTS)), max_size=25)):
        _EVENTS[name](attempt, draw)
    return attempt


@settings(max_examples=300)
@given(_attempts())
def test_whatever_was_recorded_the_conversation_can_be_sent(attempt: Attempt) -> None:
    conversation = build(attempt.steps)
    speakers = _speakers(conversation)
    assert speakers == ("um" * len(speakers))[: len(speakers)]
    assert speakers.endswith("m") == bool(conversation.open_calls)
    for message, answer in zip(conversation.messages[1:], conversation.messages[2:], strict=False):
        if message.speaker is Speaker.MODEL:
            assert [one.id for one in message.calls] == [result.call_id for result in answer.results]
            assert answer.text or answer.results
    assert build(attempt.steps) == conversation
    assert build([*reversed(attempt.steps)]) == conversation
    assert conversation.tokens > 0


@given(_attempts())
def test_what_is_remembered_of_earlier_steps_changes_nothing(attempt: Attempt) -> None:
    memo = Memo()
    for count in (*range(len(attempt.steps) + 1), len(attempt.steps) // 2):
        steps = attempt.steps[:count]
        assert build(steps, memo=memo) == build(steps)
        assert Watch.of(steps, memo).verdict() == Watch.of(steps).verdict()


def test_each_reply_is_read_once_however_long_the_task_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Mapping[str, Any]] = []
    marked: list[str] = []

    def of_record(record: Mapping[str, Any]) -> Reply:
        read.append(record)
        return reply_record.of_record(record)

    def mark(name: str, arguments: Mapping[str, Any] | None, result: str) -> tuple[str, str]:
        marked.append(result)
        return (result, f"{name}{arguments}{result}")

    monkeypatch.setattr(turns, "of_record", of_record)
    monkeypatch.setattr(loops, "_mark", mark)
    attempt, memo = _started(), Memo()
    for number in range(20):
        attempt.asked("", call(f"c{number}", command=f"make {number}"))
        build(attempt.steps, memo=memo)
        attempt.ran(f"c{number}", output=str(number))
        Watch.of(attempt.steps, memo)
        build(attempt.steps, memo=memo)
    assert (len(read), len(marked)) == (20, 20)


@given(_attempts(), st.data())
def test_what_was_said_once_is_said_again_the_same_way(attempt: Attempt, data: st.DataObject) -> None:
    """A provider's cache holds: until a compaction, each conversation begins with all of the earlier ones."""
    steps = [step for step in attempt.steps if step.action["do"] != "Compaction"]
    earlier = build(steps[: data.draw(st.integers(1, len(steps)))])
    now = build(steps)
    closed = earlier.messages[:-1]  # hints may still join the last message
    assert now.messages[: len(closed)] == closed
