"""Answers that were paid for once: replay by question and occurrence, before and after a crash."""

import threading
from collections.abc import Callable

import attrs
import pytest

from orion_tui.base.errors import Unrecoverable
from orion_tui.core.agent.model import (
    Finish,
    Message,
    ModelRef,
    Question,
    Reply,
    ServerTrouble,
    Speaker,
    Tool,
    ToolCall,
    Usage,
)
from orion_tui.core.agent.recorded import Recorded, decode, encode, fingerprint

pytestmark = [pytest.mark.unit, pytest.mark.mock_llm]

_QUESTION = Question(
    model=ModelRef("anthropic", "m"),
    instructions="Be brief.",
    messages=(Message(speaker=Speaker.USER, text="hello"),),
    tools=(Tool(name="note", description="Takes a note", parameters={"type": "object"}),),
)


def _reply(text: str) -> Reply:
    call = ToolCall(id="c1", name="note", arguments={"words": "a\tb\u202e", "n": [1, None]})
    broken = ToolCall(id="c2", name="fly", arguments=None, problem="there is no tool 'fly'")
    return Reply(
        text=text,
        calls=(call, broken),
        finish=Finish.CALLS,
        usage=Usage(input_tokens=5, output_tokens=3, cached_tokens=2, written_tokens=1),
        cost_usd=0.25,
        model="m-2026",
        message=Message(speaker=Speaker.MODEL, text=text, calls=(call, broken), original='{"kind":"response"}'),
        seconds=1.5,
    )


class _Model:
    """Counts what it is asked; fails while there are failures left."""

    def __init__(self, *failures: Exception) -> None:
        self.asked: list[Question] = []
        self.failures = list(failures)
        self.closed = False

    def ask(
        self,
        question: Question,
        *,
        heard: Callable[[str], None] | None = None,
        stop: threading.Event | None = None,
    ) -> Reply:
        self.asked.append(question)
        if self.failures:
            raise self.failures.pop(0)
        text = f"answer {len(self.asked)}"
        if heard is not None:
            heard(text)
        return _reply(text)

    def close(self) -> None:
        self.closed = True


def _over(model: _Model, store: dict[str, str]) -> Recorded:
    return Recorded(model, load=store.get, save=store.__setitem__)


def test_an_answered_question_is_not_asked_again_after_a_crash() -> None:
    store: dict[str, str] = {}
    model = _Model()
    first = _over(model, store).ask(_QUESTION)
    again = _over(model, store).ask(_QUESTION)
    assert len(model.asked) == 1
    assert again == attrs.evolve(first, replayed=True)
    assert not first.replayed


def test_the_same_question_twice_on_purpose_is_two_answers_and_each_is_kept() -> None:
    store: dict[str, str] = {}
    model = _Model()
    run = _over(model, store)
    texts = [run.ask(_QUESTION).text, run.ask(_QUESTION).text]
    assert texts == ["answer 1", "answer 2"]
    later = _over(model, store)
    assert [later.ask(_QUESTION).text for _ in range(3)] == ["answer 1", "answer 2", "answer 3"]
    assert len(model.asked) == 3


def test_a_failure_is_not_kept_and_its_occurrence_is_tried_again() -> None:
    store: dict[str, str] = {}
    model = _Model(ServerTrouble("down"))
    run = _over(model, store)
    with pytest.raises(ServerTrouble):
        run.ask(_QUESTION)
    assert store == {}
    assert run.ask(_QUESTION).text == "answer 2"
    assert [key.rpartition(":")[2] for key in store] == ["0"]


def test_an_answer_that_could_not_be_kept_is_not_handed_out() -> None:
    def full(key: str, text: str) -> None:
        raise OSError(28, "No space left on device")

    model = _Model()
    with pytest.raises(OSError, match="No space"):
        Recorded(model, load=lambda _: None, save=full).ask(_QUESTION)


def test_it_is_kept_before_the_asker_sees_it() -> None:
    store: dict[str, str] = {}
    seen: list[int] = []
    model = _Model()
    run = Recorded(model, load=store.get, save=lambda key, text: (seen.append(len(model.asked)), None)[1])
    run.ask(_QUESTION)
    assert seen == [1]


@pytest.mark.parametrize(
    "other",
    [
        attrs.evolve(_QUESTION, model=ModelRef("anthropic", "other")),
        attrs.evolve(_QUESTION, instructions="Be long."),
        attrs.evolve(_QUESTION, messages=(Message(speaker=Speaker.USER, text="hello!"),)),
        attrs.evolve(_QUESTION, tools=()),
        attrs.evolve(_QUESTION, must_call=True),
        attrs.evolve(_QUESTION, max_tokens=1),
    ],
    ids=["model", "instructions", "messages", "tools", "must_call", "max_tokens"],
)
def test_everything_that_an_answer_depends_on_makes_another_question(other: Question) -> None:
    assert fingerprint(other) != fingerprint(_QUESTION)


def test_patience_does_not_make_another_question() -> None:
    assert fingerprint(attrs.evolve(_QUESTION, timeout=1.0)) == fingerprint(_QUESTION)


def test_a_replayed_answer_is_heard_too() -> None:
    store: dict[str, str] = {}
    model = _Model()
    _over(model, store).ask(_QUESTION)
    heard: list[str] = []
    _over(model, store).ask(_QUESTION, heard=heard.append)
    assert heard == ["answer 1"]


def test_what_is_kept_is_ascii_and_comes_back_whole() -> None:
    kept = encode(_reply("Grüße"))
    assert kept.isascii()
    assert decode(kept) == _reply("Grüße")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"v":2}', encode(_reply("x")).replace('"calls"', '"c"', 1)])
def test_a_damaged_record_is_told_and_not_paid_again(text: str) -> None:
    model = _Model()
    store: dict[str, str] = {}
    with pytest.raises(Unrecoverable, match="cannot be read"):
        Recorded(model, load=lambda _: text, save=store.__setitem__).ask(_QUESTION)
    assert model.asked == []


def test_threads_that_ask_the_same_get_different_occurrences() -> None:
    store: dict[str, str] = {}
    gate = threading.Barrier(2, timeout=10)

    class Slow(_Model):
        def ask(self, question: Question, *, heard: object = None, stop: object = None) -> Reply:  # pyright: ignore[reportIncompatibleMethodOverride]
            gate.wait()
            return super().ask(question)

    run = _over(Slow(), store)
    threads = [threading.Thread(target=run.ask, args=(_QUESTION,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(key.rpartition(":")[2] for key in store) == ["0", "1"]


def test_closing_closes_what_stands_behind() -> None:
    model = _Model()
    _over(model, {}).close()
    assert model.closed
