"""A session that a model works on: what it says, what it costs, what it asks, and what it is told."""

import attrs
import pytest

from orion_tui.bridge.entries import Entries
from orion_tui.bridge.entry_views import ModelTurn, Note, TurnState
from orion_tui.bridge.snapshots import NeedKind
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import SessionState
from orion_tui.screens.budget_dialog import BudgetDialog
from orion_tui.screens.saying import AnswerDialog, HintDialog
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.plan_list import PlanList
from orion_tui.widgets.speech import Speech
from orion_tui.widgets.text_entry import TextEntry
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import NOW, RETRY
from tests.support.screens.words import AGENT, LIMITED, MODEL, PLANNED, STUCK, evening

pytestmark = pytest.mark.unit


async def _open(drive: Drive, session_id: str = AGENT) -> None:
    drive.app.open_session(session_id)
    await drive.until(lambda: drive.view.VIEW == "live" and "plan" in drive.text)
    await drive.settle()


def _speech(drive: Drive) -> Speech:
    return drive.widget("#speech", Speech)


def _answered(drive: Drive, text: str) -> None:
    world = drive.world
    data = {"task": "focus", "index": 4, "purpose": "work", "model": MODEL, "tokens": 900, "cost_usd": 0.02}
    world.event(AGENT, "model.answered", NOW, actor="agent", step=3, **data, seconds=6.0, text=text)  # pyright: ignore[reportArgumentType]
    world.said.pop(AGENT, None)
    world.touch()


# The fold of events.


def _event(seq: int, kind: str, **data: object) -> Event:
    return Event(seq=seq, at=100.0 + seq, session_id=AGENT, type=kind, actor="orion", data=dict(data))


def test_a_question_and_its_answer_are_one_entry() -> None:
    entries = Entries()
    entries.feed(_event(1, "model.asked", task="t", purpose="work", model=MODEL, step=4))
    entries.feed(_event(2, "model.asked", task="", purpose="replan", model=MODEL, step=5))
    entries.feed(_event(3, "model.answered", task="t", tokens=7, cost_usd=None, seconds=1.5, text="so", step=4))
    work, replan = entries.view
    assert isinstance(work, ModelTurn)
    assert (work.state, work.tokens, work.cost_usd, work.step) == (TurnState.ANSWERED, 7, None, 4)
    assert isinstance(replan, ModelTurn)
    assert replan.state is TurnState.ASKING


def test_a_failure_says_when_it_is_tried_again_and_the_next_question_is_another_entry() -> None:
    entries = Entries()
    entries.feed(_event(1, "model.asked", task="t", purpose="work", model=MODEL))
    entries.feed(_event(2, "model.failed", task="t", reason="too many requests", again=500.0))
    entries.feed(_event(3, "model.asked", task="t", purpose="work", model=MODEL))
    first, second = entries.view
    assert isinstance(first, ModelTurn)
    assert (first.state, first.reason, first.again) == (TurnState.FAILED, "too many requests", 500.0)
    assert isinstance(second, ModelTurn)
    assert second.state is TurnState.ASKING


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("plan.proposed", {"tasks": 7}, "plan proposed: 7 tasks"),
        ("plan.edited", {"note": "removed task 3"}, "plan edited: removed task 3"),
        ("plan.sent_back", {"comment": "smaller"}, "plan sent back: smaller"),
        ("plan.revised", {"reason": "tests are missing"}, "plan revised (tests are missing)"),
        ("plan.kept", {"reason": "it holds"}, "plan kept as it was (it holds)"),
        ("plan.refused", {"problems": ["a cycle"]}, "plan refused: a cycle"),
        ("agent.noted", {"text": "odd"}, "notes: odd"),
        ("agent.finished", {"outcome": "done", "summary": "all"}, "says it is done: all"),
        ("hint.given", {"text": "look"}, "hint for the agent: look"),
        ("budget.warning", {"what": "tokens", "share": 0.81}, "81% of the token budget is used"),
        (
            "budget.raised",
            {
                "before": {"cost_usd": 5, "tokens": 10, "hours": 8},
                "after": {"cost_usd": None, "tokens": 10, "hours": 9},
            },
            "budget: dollars 5 to no limit, hours 8 to 9",
        ),
        ("check.failed", {"text": "run pytest", "summary": "exit 1"}, "check failed: run pytest (exit 1)"),
        ("task.loop", {"reason": "the same call 5 times"}, "the agent went in circles (the same call 5 times)"),
        ("plan.accepted", {"tasks": 1}, "plan accepted: 1 task"),
        ("session.retried", {"tasks": ["rest"]}, "tried again: rest"),
        ("approval.asked", {"text": "question: which?", "task": "t", "index": 0}, "asks: which?"),
    ],
)
def test_each_event_has_its_words(kind: str, data: dict[str, object], words: str) -> None:
    entries = Entries()
    entries.feed(_event(1, kind, **data))
    (note,) = entries.view
    assert isinstance(note, Note)
    assert note.text == words


def test_why_no_answer_came_is_said_once_and_a_task_put_back_not_at_all() -> None:
    entries = Entries()
    entries.feed(_event(1, "model.asked", task="t", model=MODEL))
    entries.feed(_event(2, "model.failed", task="t", model=MODEL, reason="too many requests", again=NOW))
    entries.feed(_event(3, "task.put_down", task="t", title="T", reason="waits for the model"))
    entries.feed(_event(4, "session.state", to="waiting", reason="too many requests; asks again at 16:23"))
    entries.feed(_event(5, "session.state", to="paused", reason="paused by the user"))
    turn, *notes = entries.view
    assert isinstance(turn, ModelTurn)
    assert turn.reason == "too many requests"
    told = [note.text for note in notes if isinstance(note, Note)]
    assert told == ["session waiting: asks again at 16:23", "session paused: paused by the user"]


async def test_where_a_text_breaks_is_no_sign_in_a_row() -> None:
    async with orion(evening()) as drive:
        drive.world.sessions = [
            attrs.evolve(s, goal="first line\nsecond line") if s.id == AGENT else s for s in drive.world.sessions
        ]
        await _open(drive)
        _answered(drive, "First the one,\nthen the other.")
        await drive.shows("First the one, then the other.")
        await drive.press("q")
        await drive.shows("first line second line")
        assert "⏎" not in drive.text


def test_an_answer_in_words_is_told_as_one() -> None:
    entries = Entries()
    entries.feed(_event(1, "approval.asked", approval="a", text="question: which?"))
    entries.feed(_event(2, "approval.approved", approval="a", reason="the first"))
    entries.feed(_event(3, "approval.asked", approval="b", text="question: when?"))
    entries.feed(_event(4, "approval.rejected", approval="b", reason=""))
    entries.feed(_event(5, "approval.approved", approval="c", reason=""))
    told = [entry.text for entry in entries.view if isinstance(entry, Note)]
    assert told == ["asks: which?", "answered: the first", "asks: when?", "no answer", "approval given"]


# What is seen.


async def test_what_the_model_says_is_streamed_while_it_is_asked() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await drive.shows("First the buttons")
        drive.world.said[AGENT] += " and then the links"
        await drive.shows("and then the links")
        _answered(drive, "Done with the buttons.")
        await drive.shows("Done with the buttons.")
        await drive.shows(f"{MODEL} said at")
        assert "and then the links" not in "\n".join(row.text for row in _speech(drive).rows)


async def test_nothing_is_listened_to_where_nobody_looks_or_nothing_is_asked() -> None:
    async with orion(evening()) as drive:
        heard: list[str] = []
        words = drive.world.said
        asked = words.get

        class Counted(dict[str, str]):
            def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
                heard.append(key)
                return asked(key)

        drive.world.said = Counted(words)
        await _open(drive)
        await drive.until(lambda: len(heard) > 2)
        await drive.press("1")
        await drive.pilot.pause(0.3)
        before = len(heard)
        await drive.pilot.pause(0.5)
        assert len(heard) == before, "on another screen"
        await _open(drive, LIMITED)
        await drive.pilot.pause(0.5)
        assert len(heard) == before, "nothing is asked in that session"


async def test_a_playbook_has_no_speech_pane() -> None:
    async with orion(night()) as drive:
        await _open(drive, RETRY)
        assert not _speech(drive).display


async def test_replies_stand_in_the_log_with_tokens_cost_and_seconds() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        for words in (f"asks {MODEL}", "14,210 tokens", "$0.061", "6.4s", "The controls get their outline"):
            assert words in drive.text


async def test_the_budget_line_warns_in_words_from_four_fifths_on() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        assert "$4.31 of $5 86% used" in drive.text
        assert "tokens 912k of 2M" in drive.text
        drive.world.sessions = [
            attrs.evolve(s, cost_usd=5.2, budget={"tokens": 1_000_000}) if s.id == AGENT else s
            for s in drive.world.sessions
        ]
        drive.world.touch()
        await drive.shows("$5.20 of $5 used up")
        assert "912k of 1M 91% used" in drive.text, "the person's own limit counts"


async def test_the_cost_of_the_task_stands_beside_that_of_the_session() -> None:
    async with orion(evening(), size=(160, 40)) as drive:
        await _open(drive)
        assert "task 2: $3.10 640k" in drive.text


async def test_waiting_for_a_model_says_why_and_until_when() -> None:
    async with orion(evening(), size=(120, 40)) as drive:
        await _open(drive, LIMITED)
        assert "asks openai/gpt-6 again at 03:17:00: openai answers: too many requests" in drive.text
        assert "openai/gpt-6 gave no answer" in drive.text


async def test_planning_says_who_is_asked() -> None:
    world = evening()
    world.set_state(PLANNED, SessionState.PLANNING)
    world.event(PLANNED, "model.asked", NOW, task="", purpose="plan", model=MODEL, step=2)
    async with orion(world) as drive:
        await _open(drive, PLANNED)
        assert f"asking {MODEL} for a plan" in drive.text


async def test_the_whole_reply_with_prompt_model_and_cost_is_one_key_away() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        drive.widget("#actions", ActionLog).go(2)
        await drive.press("enter")
        await drive.shows("It is the rule in reset.css, line 14.")
        for words in ("work", "77aa" * 8, MODEL, "13,900 in, 310 out", "$0.0610", "read_file", "web/reset.css"):
            assert words in drive.text
        await drive.press("n")
        await drive.shows("action 2 of 3")
        await drive.press("n")
        await drive.shows("question to a model, 3 of 3")


# What is asked, and told.


async def test_a_question_waits_first_on_mission_control_and_is_answered_in_words() -> None:
    async with orion(evening()) as drive:
        snapshot = drive.view.snapshot
        assert snapshot is not None
        assert [need.kind for need in snapshot.needs] == [
            NeedKind.QUESTION,
            NeedKind.PLAN,
            NeedKind.PLAN,
            NeedKind.REVIEW,
        ]
        await drive.press("a")
        await drive.until(lambda: isinstance(drive.screen, AnswerDialog))
        assert "Shall I give the save" in drive.text
        await drive.press(*"Ctrl", "ctrl+j", *"both", "enter")
        await drive.called("answer", "qu-1", "Ctrl\nboth")
        await drive.until(lambda: "Answered" in drive.said)


async def test_the_question_is_answered_from_the_list_and_the_session_too() -> None:
    for way in ("3", "session"):
        async with orion(evening()) as drive:
            if way == "3":
                await drive.press("3")
                await drive.shows("approvals  1")
                await drive.settle()
                await drive.press("enter")
            else:
                await _open(drive)
                await drive.press("a")
            await drive.until(lambda d=drive: isinstance(d.screen, AnswerDialog))
            await drive.press("enter")
            assert isinstance(drive.screen, AnswerDialog), "an empty answer is none"
            await drive.press("escape")
            assert not [call for call in drive.world.calls if call[0] == "answer"]


async def test_no_answer_is_an_answer_too() -> None:
    async with orion(evening()) as drive:
        await drive.press("r")
        await drive.shows("No answer")
        await drive.press(*"busy", "enter")
        await drive.called("reject_approval", "qu-1", "busy")
        await drive.until(lambda: "No answer given." in drive.said)


async def test_a_question_is_never_approved() -> None:
    async with orion(evening()) as drive:
        for key in ("a", "enter"):
            await drive.press(key)
            await drive.press("escape")
        drive.app.open_approval("qu-1")
        await drive.shows("until you answer")
        await drive.settle()
        await drive.press("a", "escape")
        assert not [call for call in drive.world.calls if call[0] == "approve"]


async def test_a_hint_goes_to_the_agent() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await drive.press("i")
        await drive.until(lambda: isinstance(drive.screen, HintDialog))
        await drive.press(*"leave it", "enter")
        await drive.called("hint", AGENT, "leave it")


async def test_a_playbook_takes_no_hints() -> None:
    async with orion(night()) as drive:
        await _open(drive, RETRY)
        await drive.press("i")
        assert "follows a playbook" in drive.said


async def test_the_budget_shows_what_is_spent_and_changes_only_what_was_changed() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await drive.press("b")
        await drive.until(lambda: isinstance(drive.screen, BudgetDialog))
        for words in ("$4.31 spent", "912,000 used", "40m worked", "2,000,000"):
            assert words in drive.text
        await drive.press("backspace", *"4", "enter")
        await drive.shows("used already")
        await drive.press("backspace", *"9", "enter")
        await drive.called("raise_budget", AGENT, 9.0, None, None)


@pytest.mark.parametrize("garbage", ["abc", "-5", "nan", "1e999", "5 dollars"])
async def test_what_is_no_limit_is_said_at_its_field_and_changes_nothing(garbage: str) -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await drive.press("b")
        await drive.until(lambda: isinstance(drive.screen, BudgetDialog))
        await drive.press("backspace", *garbage, "enter")
        await drive.shows(f"{garbage!r} is no number that could be a limit")
        assert drive.screen.focused is drive.widget("#cost", TextEntry)
        drive.widget("#hours", TextEntry).focus()
        await drive.press("enter")
        assert isinstance(drive.screen, BudgetDialog)
        assert drive.screen.focused is drive.widget("#cost", TextEntry), "at what is to be mended"
        await drive.press("escape")
        assert not any(call[0] == "raise_budget" for call in drive.world.calls)


async def test_what_failed_is_tried_again() -> None:
    async with orion(evening()) as drive:
        await _open(drive, STUCK)
        assert "R retry" in drive.text
        await drive.press("R")
        await drive.called("retry", STUCK, None)
    async with orion(evening()) as drive:
        await _open(drive, STUCK)
        plan = drive.widget("#plan", PlanList)
        plan.focus()
        plan.go(2)
        await drive.press("R")
        await drive.called("retry", STUCK, "rest")


async def test_nothing_is_tried_again_where_nothing_failed() -> None:
    async with orion(evening()) as drive:
        await _open(drive, PLANNED)
        await drive.press("R")
        assert "Nothing to try again" in drive.said


async def test_mission_control_says_what_today_cost() -> None:
    async with orion(evening()) as drive:
        await drive.shows("$0.10 today")
        _answered(drive, "x")
        await drive.shows("$0.12 today")
