"""Events of plans and of work by models, as a person reads them; nothing that a model says moves the cursor."""

import pytest

from orion_tui.cli.event_line import event_line
from orion_tui.core.models.events import Event

pytestmark = pytest.mark.unit


def line(type: str, **data: object) -> str:
    return event_line(Event(seq=1, at=0.0, session_id="s", type=type, actor="orion", data=data))


@pytest.mark.parametrize(
    ("said", "type", "data"),
    [
        ("◐ plan proposed: T (3 tasks); it waits for you", "plan.proposed", {"title": "T", "tasks": 3, "review": True}),
        ("◐ plan proposed: T (1 task)", "plan.proposed", {"title": "T", "tasks": 1, "review": False}),
        ("◐ plan revised: slower; it waits for you", "plan.revised", {"reason": "slower", "review": True}),
        ("  · plan version 4: removed task b", "plan.edited", {"version": 4, "note": "removed task b"}),
        ("✓ you approved version 4 of the plan (2 tasks)", "plan.approved", {"version": 4, "tasks": 2}),
        ("↺ you sent the plan back: smaller", "plan.sent_back", {"comment": "smaller"}),
        ("✓ you kept the plan, version 1: enough", "plan.kept", {"version": 1, "refused": 2, "comment": "enough"}),
        ("✓ the plan stays as it is: on course", "plan.kept", {"reason": "on course"}),
        ("✗ the model's plan was refused: one, two", "plan.refused", {"problems": ["one", "two"], "reason": "x"}),
        ("✗ the model gives the goal up: no tests", "plan.aborted", {"reason": "no tests"}),
        ("  ? work: asks a/b", "model.asked", {"purpose": "work", "model": "a/b"}),
        (
            "  » Done. (1,200 tokens, $0.0123, 4s; calls finish)",
            "model.answered",
            {
                "purpose": "work",
                "text": "Done.",
                "tokens": 1200,
                "cost_usd": 0.0123,
                "seconds": 4.2,
                "calls": ["finish"],
            },
        ),
        (
            "  » plan (5 tokens, no price known, 0s)",
            "model.answered",
            {"purpose": "plan", "tokens": 5, "cost_usd": None},
        ),
        ("  ✗ the model did not answer: refused", "model.failed", {"reason": "refused"}),
        ("  ✎ note: look at x", "agent.noted", {"text": "look at x"}),
        (
            "  ✓ says that it is done: all green (confidence 0.90; not checked: docs)",
            "agent.finished",
            {"summary": "all green", "outcome": "done", "confidence": 0.9, "unchecked": "docs"},
        ),
        ("◐ task a asks you: Which port?", "task.asked", {"task": "a", "question": "Which port?"}),
        ("✎ task a: you answered: 8080", "task.answered", {"task": "a", "text": "8080", "answered": True}),
        ("✎ task a: you gave no answer", "task.answered", {"task": "a", "text": "", "answered": False}),
        ("✎ you said: hurry", "hint.given", {"hint": 1, "text": "hurry"}),
        ("  ✎ hint 1 is in the conversation", "hint.taken", {"hint": 1}),
        ("! hint 1 came too late, nobody read it: hurry", "hint.unread", {"hint": 1, "text": "hurry"}),
        (
            "± limits set: cost $5.00 → no limit, tokens 10 → 2,000",
            "budget.raised",
            {
                "before": {"cost_usd": 5.0, "tokens": 10, "hours": 8},
                "after": {"cost_usd": None, "tokens": 2000, "hours": 8},
            },
        ),
        ("! 81% of the limit of cost is used", "budget.warning", {"what": "cost", "share": 0.81}),
        ("· the conversation was shortened, it had 9,000 tokens", "conversation.compacted", {"tokens_before": 9000}),
        ("  ✗ check failed: run make - exit 2", "check.failed", {"text": "run make", "summary": "exit 2"}),
        ("  ! task a goes round in circles: the same call", "task.loop", {"task": "a", "reason": "the same call"}),
        ("● you said to try again: a, b", "session.retried", {"tasks": ["a", "b"]}),
    ],
)
def test_each_event_reads_as_a_line(said: str, type: str, data: dict[str, object]) -> None:
    assert line(type, **data) == said


def test_when_a_model_is_asked_again_is_said() -> None:
    assert "asks again at 2025-06-15" in line("model.failed", reason="too many", again=1_750_000_000.0)


@pytest.mark.parametrize("type", ["model.answered", "agent.noted", "agent.said", "hint.given", "plan.proposed"])
def test_what_a_model_says_is_one_harmless_line(type: str) -> None:
    said = line(type, text="a\x1b[2Jb\nc\u202ed", title="a\x1b[2Jb\nc\u202ed", tokens=1, seconds=1.0)
    assert "\x1b" not in said
    assert "\n" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize("type", ["model.answered", "budget.raised", "budget.warning", "plan.revised", "plan.new"])
def test_an_event_of_another_version_is_told_all_the_same(type: str) -> None:
    assert line(type, changes=5, before=1, share="x", tokens="many")
