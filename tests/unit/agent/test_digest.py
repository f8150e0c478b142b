"""The summary that needs no model: what was done, by the step log."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orion_tui.core.agent.compaction import digest
from orion_tui.core.agent.digest import DIGEST_LIMIT
from tests.support.agent_steps import Attempt, call

pytestmark = pytest.mark.unit


def test_it_tells_every_action_with_its_outcome_and_what_is_open() -> None:
    attempt = Attempt()
    attempt.opening()
    attempt.asked("", call("a"), call("b"), call("c"), call("d"), call("e"), call("f"), call("g"), call("h"), call("i"))
    attempt.wrote("a", "src/a.py")
    attempt.ran("b", "make\ttest", exit_code=2)
    attempt.add({"do": "RunCommand", "shell": "curl x"}, {"blocked": "no network", "rule": "r"}, call="c")
    attempt.add({"do": "DeleteFile", "path": "x"}, {"refused": "keep it"}, call="d")
    attempt.add({"do": "AskPerson", "question": "A or B?"}, {"answer": "B"}, call="e")
    attempt.add({"do": "Note", "text": "the lexer is unused"}, {}, call="f")
    attempt.add({"do": "EditFile", "path": "y"}, {"ok": False, "error": "found twice"}, call="g")
    attempt.ran("", "make check", exit_code=1)
    attempt.add(
        {"do": "Finish", "summary": "parser added", "outcome": "done", "unchecked": "Windows"},
        {"accepted": False, "reason": "a check failed"},
        call="h",
    )
    attempt.hint("hurry\nup")
    text = digest(attempt.steps)
    for line in (
        "- src/a.py (created src/a.py (1 bytes))",
        "- write src/a.py -> done",
        "- run make test -> exit 2, after 0.5 s",
        "- run curl x -> blocked: not carried out: no network",
        "- delete x -> refused by the person: not carried out: keep it",
        "- asked: A or B?; answered: B",
        "- noted: the lexer is unused",
        "- edit y -> failed: found twice",
        "- check: run make check -> exit 1, after 0.5 s",
        "- finish as done -> not accepted: a check failed",
        "- finishing: parser added; not checked: Windows",
        "- hint: hurry⏎up",
        "- not carried out: run",
    ):
        assert f"{line}\n" in f"{text}\n", line


def test_the_latest_actions_are_told_where_they_are_too_many() -> None:
    attempt = Attempt()
    for number in range(2_000):
        attempt.turn(number)
    text = digest(attempt.steps)
    assert len(text) <= DIGEST_LIMIT
    assert "2,000 turns" in text or "2000 turns" in text
    assert text.endswith("- run make 1999 -> exit 0, after 0.5 s")
    assert "- run make 0 ->" not in text
    assert "The last " in text


def test_of_nothing_it_says_nothing_wrong() -> None:
    assert digest([]) == "0 turns, 0 actions."


_ACTIONS = st.fixed_dictionaries(
    {"do": st.sampled_from(["RunCommand", "WriteFile", "AskPerson", "Note", "Finish", "BadCall", "ReadFile", "Other"])},
    optional={
        name: st.text() for name in ("path", "shell", "question", "text", "summary", "unchecked", "problem", "name")
    },
)
_RESULTS = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.text() for name in ("blocked", "refused", "error", "reason", "summary", "answer", "output")},
        "ok": st.booleans(),
        "accepted": st.booleans(),
    },
)


@settings(deadline=None)
@given(st.lists(st.tuples(_ACTIONS, _RESULTS), max_size=30))
def test_whatever_was_recorded_it_is_bounded_and_one_line_an_action(
    done: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    attempt = Attempt()
    attempt.asked("", *(call(str(n)) for n in range(len(done))))
    for number, (action, result) in enumerate(done):
        attempt.add(action, result, call=str(number))
    text = digest(attempt.steps)
    assert len(text) <= DIGEST_LIMIT
    assert text == digest([*reversed(attempt.steps)])
    for line in text.splitlines()[1:]:
        assert not line or line.startswith("- ") or line in {"Files changed:", "Said and open:", "Actions:"}
