"""Mission control: what waits comes first, one key acts on it, and a key never acts on what was not seen."""

import threading

import attrs
import pytest
from textual.widgets import Input

from orion_tui.base.errors import SandboxUnavailable, StateError
from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.screens.approval import ApprovalScreen
from orion_tui.screens.dialogs import ConfirmDialog, ErrorDialog, ReasonDialog
from orion_tui.screens.live import LiveScreen
from orion_tui.screens.log import LogScreen
from orion_tui.screens.promote import PromoteScreen
from orion_tui.screens.sessions import SessionsScreen
from orion_tui.widgets.document import Document
from orion_tui.widgets.event_list import EventList
from orion_tui.widgets.needs_list import NeedsList
from orion_tui.widgets.session_list import SessionList
from orion_tui.widgets.since_line import Figure, SinceLine
from tests.support.screens.drive import Drive, orion
from tests.support.screens.fake_engine import FakeCommands
from tests.support.screens.night import empty, night
from tests.support.screens.rows import GONE, HOUR, INFRA, NOW, RETRY, SHOP, approval, card, session
from tests.support.screens.world import World

pytestmark = pytest.mark.unit


def _needs(drive: Drive) -> NeedsList:
    return drive.widget("#needs", NeedsList)


async def _on_session(drive: Drive, ident: str) -> None:
    sessions = drive.widget("#sessions", SessionList)
    sessions.focus()
    sessions.go(next(i for i, s in enumerate(sessions.rows) if isinstance(s, Session) and s.id == ident))
    await drive.pilot.pause()


async def test_what_waits_stands_first_and_has_the_keys() -> None:
    async with orion(night()) as drive:
        assert drive.screen.focused is _needs(drive)
        rows = [i for i, line in enumerate(drive.lines) if "approve" in line and "pip install" in line]
        assert rows == [2]
        assert drive.lines[4].lstrip("│ ").startswith("✓ review")
        assert "2 approvals" in drive.lines[0]
        assert "1 to review" in drive.lines[0]


async def test_what_happened_since_the_last_look_is_counted_from_events() -> None:
    async with orion(night()) as drive:
        line = next(line for line in drive.lines if "since you last looked" in line)
        assert "(yesterday 22:42)" in line
        assert "12 tasks done, 1 session finished, 1 approval asked, 1 action blocked" in line


async def test_every_number_since_the_last_look_leads_to_what_it_was_counted_from() -> None:
    async with orion(night()) as drive:
        since = drive.widget("#since", SinceLine)
        await drive.press("tab", "enter")
        await drive.until(lambda: isinstance(drive.screen, LogScreen))
        listed = drive.widget("#events", EventList)
        await drive.until(lambda: len(listed.rows) == 12)
        assert "tasks done since you last looked" in drive.lines[0]
        assert "Earlier work" not in drive.text
        await drive.press("escape", "right", "enter")
        await drive.until(lambda: isinstance(drive.screen, SessionsScreen))
        finished = drive.widget("#sessions", SessionList)
        await drive.until(lambda: [s.id for s in finished.rows if isinstance(s, Session)] == [SHOP])
        await drive.press("escape", "right", "right", "enter")
        await drive.until(lambda: isinstance(drive.screen, LogScreen))
        blocked = drive.widget("#events", EventList)
        await drive.until(lambda: [r.event.type for r in blocked.rows if r.event] == ["action.blocked"])
        await drive.press("escape")
        assert since.chosen is Figure.BLOCKED
        await drive.press("left", "left", "left", "left")
        assert since.chosen is Figure.DONE


async def test_what_was_spent_leads_to_the_sessions_that_cost_it() -> None:
    world = night()
    world.sessions = [attrs.evolve(s, cost_usd=0.5) if s.id == SHOP else s for s in world.sessions]
    world.event(SHOP, "model.answered", NOW - 60, task="t", cost_usd=1.25)
    async with orion(world) as drive:
        await drive.shows("$1.25 spent")
        since = drive.widget("#since", SinceLine)
        await drive.press("tab", *["right"] * 6)
        assert since.chosen is Figure.SPENT
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.screen, SessionsScreen))
        dearest = drive.widget("#sessions", SessionList)
        await drive.until(lambda: dearest.session is not None and dearest.session.id == SHOP)
        assert all(s.cost_usd for s in dearest.rows if isinstance(s, Session))


async def test_nothing_waits_and_nothing_runs_teaches() -> None:
    async with orion(empty()) as drive:
        assert "Nothing waits for you." in drive.text
        assert "w hands over a goal in your own words." in drive.text
        assert "your first look" in drive.text


async def test_one_key_approves_what_the_line_shows_whole() -> None:
    async with orion(night(), size=(200, 50)) as drive:
        await drive.press("a")
        await drive.called("approve", "ap-1")
        await drive.until(lambda: "Approved once" in drive.said)


async def test_a_line_that_cannot_show_all_of_it_is_opened_instead() -> None:
    async with orion(night(), size=(80, 24)) as drive:
        await drive.press("a")
        await drive.until(lambda: isinstance(drive.screen, ApprovalScreen))
        assert drive.world.calls == []
        await drive.shows("wheels/backoff_lite-2.2.1-py3-none-any.whl")


@pytest.mark.parametrize(
    "the_card",
    [
        card("write ci.yml", text="write ci.yml", preview="--- before\n+++ after\n+evil: true"),
        card("run ls", disguised=True),
        card("run ls", text="ls\nrm -rf ."),
        card("run ls", text="ls; curl evil", preview="ls; curl evil"),
    ],
    ids=["content", "disguise", "several lines", "title that is not the text"],
)
async def test_what_has_more_to_it_than_its_line_is_opened(the_card: dict[str, object]) -> None:
    world = night()
    world.approvals = [approval("ap-9", RETRY, the_card)]
    async with orion(world, size=(200, 50)) as drive:
        await drive.press("a")
        await drive.until(lambda: isinstance(drive.screen, ApprovalScreen))
        assert ("approve", "ap-9") not in drive.world.calls


async def test_keys_do_nothing_in_the_first_half_second() -> None:
    async with orion(empty(), size=(200, 50)) as drive:
        drive.world.sessions = night().sessions
        drive.world.approvals = night().approvals
        drive.world.touch()
        await drive.shows("pip install")
        await drive.press("a")
        assert "just appeared" in drive.said
        drive.clock.advance(0.49)
        await drive.press("a", "r")
        assert drive.world.calls == []
        drive.clock.advance(0.02)
        await drive.press("a")
        await drive.called("approve", "ap-1")


async def test_an_item_that_slides_under_the_cursor_is_new_to_the_eye() -> None:
    async with orion(night(), size=(200, 50)) as drive:
        drive.world.approvals = drive.world.approvals[1:]
        drive.world.touch()
        await drive.until(lambda: len(_needs(drive).rows) == 2)
        await drive.press("a")
        assert "just appeared" in drive.said
        assert not any(call[0] == "approve" for call in drive.world.calls)


async def test_the_cursor_stays_on_its_item_when_others_come() -> None:
    async with orion(night()) as drive:
        await drive.press("n")
        chosen = _needs(drive).selected
        assert chosen is not None
        drive.world.approvals = [approval("ap-0", RETRY, card("run make"), age=3600), *drive.world.approvals]
        drive.world.touch()
        await drive.until(lambda: len(_needs(drive).rows) == 4)
        assert _needs(drive).selected == chosen
        assert _needs(drive).at == 2


async def test_reject_tells_the_agent_why() -> None:
    async with orion(night()) as drive:
        await drive.press("r")
        await drive.until(lambda: isinstance(drive.screen, ReasonDialog))
        await drive.press(*"no wheel", "enter")
        await drive.called("reject_approval", "ap-1", "no wheel")


async def test_esc_in_the_reason_rejects_nothing() -> None:
    async with orion(night()) as drive:
        await drive.press("r")
        await drive.until(lambda: isinstance(drive.screen, ReasonDialog))
        await drive.press("x", "escape")
        await drive.until(lambda: not isinstance(drive.screen, ReasonDialog))
        assert drive.world.calls == []


async def test_letters_in_the_reason_are_letters() -> None:
    async with orion(night()) as drive:
        await drive.press("r")
        await drive.until(lambda: isinstance(drive.screen, ReasonDialog))
        await drive.press(*"q1?jap")
        assert drive.widget("#reason", Input).value == "q1?jap"


async def test_finished_work_is_accepted_by_promoting_it() -> None:
    async with orion(night()) as drive:
        await drive.press("n", "n")
        await drive.settle()
        await drive.press("a")
        await drive.until(lambda: isinstance(drive.screen, PromoteScreen))
        assert drive.view.path()[1] == SHOP[:8]


async def test_finished_work_is_rejected_with_a_reason() -> None:
    async with orion(night()) as drive:
        await drive.press("n", "n", "r")
        await drive.until(lambda: isinstance(drive.screen, ReasonDialog))
        await drive.press(*"thin", "enter")
        await drive.called("reject", SHOP, "thin")


async def test_finished_work_is_not_rejected_by_two_keys() -> None:
    async with orion(night()) as drive:
        await drive.press("n", "n", "r")
        await drive.until(lambda: isinstance(drive.screen, ReasonDialog))
        await drive.shows("This cannot be taken back")
        await drive.press("enter", "space", "enter")
        await drive.shows("say in a few words why")
        assert isinstance(drive.screen, ReasonDialog)
        assert not any(call[0] == "reject" for call in drive.world.calls)


async def test_cancel_asks_first() -> None:
    async with orion(night()) as drive:
        await _on_session(drive, RETRY)
        await drive.press("x")
        await drive.until(lambda: isinstance(drive.screen, ConfirmDialog))
        assert "Add retry with back-off to the client" in drive.text
        await drive.press("n")
        await drive.until(lambda: not isinstance(drive.screen, ConfirmDialog))
        assert ("cancel", RETRY) not in drive.world.calls
        await drive.press("x", "y")
        await drive.called("cancel", RETRY)


async def test_pause_and_resume_are_one_key() -> None:
    async with orion(night()) as drive:
        await _on_session(drive, INFRA)
        await drive.press("p")
        await drive.called("resume", INFRA)
        await drive.until(lambda: "● running" in drive.text)
        await drive.press("p")
        await drive.called("pause", INFRA)


async def test_a_pause_that_has_not_come_yet_is_taken_back_with_the_same_key() -> None:
    world = night()
    world.set_state(RETRY, SessionState.RUNNING, control="pause")
    async with orion(world) as drive:
        await _on_session(drive, RETRY)
        await drive.press("p")
        await drive.called("resume", RETRY)


@pytest.mark.parametrize(("key", "said"), [("P", "promoted already"), ("x", "cannot be cancelled"), ("p", "cannot be")])
async def test_what_cannot_be_done_is_said(key: str, said: str) -> None:
    async with orion(night()) as drive:
        await _on_session(drive, GONE)
        await drive.press(key)
        await drive.until(lambda: said in drive.said)


async def test_an_error_with_a_way_out_is_shown_whole() -> None:
    world = night()
    world.errors["resume"] = SandboxUnavailable("no sandbox works here", hint="apt-get install bubblewrap")
    async with orion(world) as drive:
        await _on_session(drive, INFRA)
        await drive.press("p")
        await drive.until(lambda: isinstance(drive.screen, ErrorDialog))
        await drive.shows("no sandbox works here")
        assert "apt-get install bubblewrap" in drive.text
        await drive.press("escape")
        await drive.until(lambda: not isinstance(drive.screen, ErrorDialog))


async def test_a_short_error_is_one_line_until_the_next_key() -> None:
    world = night()
    world.errors["approve"] = StateError("approval ap-1 is rejected already")
    async with orion(world, size=(200, 50)) as drive:
        await drive.press("a")
        await drive.until(lambda: drive.said == "approval ap-1 is rejected already")
        await drive.press("k")
        assert drive.said == ""


async def test_an_approval_has_its_session_below_it_where_there_is_room() -> None:
    async with orion(night(), size=(200, 60)) as drive:
        await drive.shows("why it asks")
        await drive.shows("Implement exponential back-off")
        card, plan = (next(y for y, line in enumerate(drive.lines) if words in line) for words in ("policy", "flagged"))
        assert card < plan
    async with orion(night(), size=(120, 30)) as drive:
        await drive.shows("policy")
        assert "Implement exponential back-off" not in drive.text


async def test_a_place_of_a_session_is_named_by_its_workspace() -> None:
    async with orion(night()) as drive:
        for way in (drive.app.open_diff, drive.app.open_promotion, drive.app.open_log):
            way(SHOP)
            await drive.shows(f"shop › {SHOP[:8]} › ")
            await drive.press("q")


async def test_detail_follows_the_list_that_has_the_keys() -> None:
    async with orion(night()) as drive:
        assert "why it asks" in drive.text
        await _on_session(drive, SHOP)
        await drive.shows("Test the reset mail")
        assert "why it asks" not in drive.text


async def test_the_detail_stays_while_the_keys_are_on_the_numbers() -> None:
    async with orion(night()) as drive:
        await drive.press("tab")
        assert isinstance(drive.screen.focused, SinceLine)
        await drive.shows("why it asks")
        await _on_session(drive, SHOP)
        drive.widget("#since", SinceLine).focus()
        await drive.shows("Test the reset mail")
        assert "why it asks" not in drive.text
        await drive.press("x", "p")
        assert not any(call[0] in {"cancel", "pause"} for call in drive.world.calls), "no session is selected here"


async def test_under_a_dialog_no_keys_of_the_screen_are_offered() -> None:
    async with orion(night()) as drive:
        assert "a approve" in drive.lines[-1]
        await drive.press("r")
        await drive.until(lambda: isinstance(drive.screen, ReasonDialog) and not drive.lines[-1].strip())
        drive.world.set_state(INFRA, SessionState.RUNNING)
        await drive.until(lambda: (s := drive.view.snapshot) is not None and s.seq == len(drive.world.events))
        assert not drive.lines[-1].strip()
        await drive.press("escape")
        await drive.until(lambda: "a approve" in drive.lines[-1])


async def test_no_room_for_detail_below_a_hundred_columns() -> None:
    async with orion(night(), size=(80, 24)) as drive:
        assert "why it asks" not in drive.text
        assert "Bump the base images" in drive.text


async def test_enter_goes_in_and_esc_out() -> None:
    async with orion(night()) as drive:
        await _on_session(drive, RETRY)
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.screen, LiveScreen))
        await drive.press("escape")
        await drive.until(lambda: drive.view.VIEW == "mission")
        await drive.press("escape")
        assert drive.view.VIEW == "mission"


async def test_q_goes_back_and_then_quits() -> None:
    async with orion(night()) as drive:
        await drive.press("2")
        await drive.until(lambda: drive.view.VIEW == "sessions")
        await drive.press("q")
        await drive.until(lambda: drive.view.VIEW == "mission")
        await drive.pilot.press("q")
        await drive.until(lambda: not drive.app.is_running)
    await_looked = [call for call in drive.world.calls if call[0] == "looked"]
    assert await_looked == [("looked", len(drive.world.events))]


async def test_what_changes_in_the_store_shows_by_itself() -> None:
    async with orion(night()) as drive:
        drive.world.set_state(RETRY, SessionState.COMPLETED, tasks_done=8)
        await drive.shows("2 to review")


async def test_an_unchanged_store_paints_nothing() -> None:
    async with orion(night()) as drive:
        painted: list[object] = []
        needs = _needs(drive)
        real = needs.render_line
        needs.render_line = lambda y: painted.append(y) or real(y)  # type: ignore[method-assign]
        drive.world.touch()
        for _ in range(20):
            await drive.pilot.pause(0.01)
        assert painted == []


async def test_one_changed_session_paints_one_line() -> None:
    async with orion(night(), size=(80, 24)) as drive:
        sessions = drive.widget("#sessions", SessionList)
        painted: list[int] = []
        real = sessions.render_line

        def render_line(y: int):
            painted.append(y)
            return real(y)

        sessions.render_line = render_line  # type: ignore[method-assign]
        place = next(i for i, s in enumerate(sessions.rows) if isinstance(s, Session) and s.id == INFRA)
        drive.world.sessions = [attrs.evolve(s, tasks_done=3) if s.id == INFRA else s for s in drive.world.sessions]
        drive.world.touch()
        await drive.shows("3/4")
        assert painted == [place]


async def test_a_window_that_was_too_small_for_a_while_gives_the_keys_back() -> None:
    async with orion(night()) as drive:
        assert drive.screen.focused is _needs(drive)
        await drive.pilot.resize_terminal(60, 15)
        await drive.pilot.pause()
        await drive.pilot.resize_terminal(80, 24)
        await drive.until(lambda: drive.screen.focused is _needs(drive))


async def test_a_supervisor_that_does_not_answer_is_told_once_in_full_and_its_return_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    well = threading.Event()
    asked: list[bool] = []

    def wake(_: FakeCommands) -> str:
        asked.append(well.is_set())
        if well.is_set():
            return ""
        raise StateError("the supervisor (process 7) does not answer", hint="kill -CONT 7")

    monkeypatch.setattr(FakeCommands, "wake", wake)
    monkeypatch.setattr("orion_tui.app.SUPERVISOR_CHECK", 0.2)
    async with orion(night()) as drive:
        await drive.until(lambda: isinstance(drive.app.screen, ErrorDialog))
        await drive.shows("kill -CONT 7")
        await drive.press("escape")
        before = len(asked)
        await drive.until(lambda: len(asked) > before + 2)
        assert not isinstance(drive.app.screen, ErrorDialog), "not a dialog at each look"
        await drive.shows("does not answer")
        well.set()
        await drive.shows("answers again")


async def test_keys_act_on_no_session_that_cannot_be_seen_to_be_selected() -> None:
    async with orion(night()) as drive:
        await drive.press("tab")
        assert drive.screen.focused is drive.widget("#since", SinceLine)
        for key in ("x", "p", "P", "d", "r", "R"):
            await drive.press(key)
            assert "No session is selected here: Tab goes to the lists." in drive.said, key
        assert drive.world.calls == []


async def test_the_detail_acts_on_the_session_that_it_shows() -> None:
    async with orion(night(), size=(160, 48)) as drive:
        await _on_session(drive, SHOP)
        drive.widget("#detail", Document).focus()
        await drive.press("P")
        await drive.until(lambda: isinstance(drive.screen, PromoteScreen))


def _stuck(state: SessionState = SessionState.PAUSED, **changes: object) -> World:
    world = empty()
    world.sessions = [session(RETRY, state, "Retry with back-off", **changes)]
    return world


async def test_what_only_the_person_can_mend_stands_among_what_waits_with_its_remedy() -> None:
    reason = f"no key for acme (run: orion model login acme); then: orion resume {RETRY}"
    async with orion(_stuck(reason=reason, halt=Halt.PERSON), size=(140, 40)) as drive:
        assert drive.screen.focused is _needs(drive)
        assert "no key for acme (run: orion model login acme)" in drive.lines[2]
        assert "1 stuck" in drive.lines[0]
        await drive.press("a")
        await drive.called("resume", RETRY)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_what_it_lacks_and_what_to_do_can_be_read_whole(size: tuple[int, int]) -> None:
    long = "with ACME_API_KEY set, run: orion model unlock acme; or once for all: orion model login acme"
    reason = f"no key for acme ({long}); then: orion resume {RETRY}"
    async with orion(_stuck(reason=reason, halt=Halt.PERSON, models={"work": "acme/one"}), size=size) as drive:
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.screen, LiveScreen))
        await drive.shows("what it lacks")
        pane = " ".join(line.strip("│ ") for line in drive.lines)
        assert reason.replace(f"orion resume {RETRY}", "p") in pane
        assert "p resume" in drive.lines[-1]


async def test_one_that_the_person_paused_does_not_wait_for_them() -> None:
    async with orion(_stuck(reason="paused by the user")) as drive:
        assert len(_needs(drive).rows) == 0
        assert "stuck" not in drive.lines[0]


async def test_work_that_never_was_is_nothing_to_review_or_promote() -> None:
    async with orion(_stuck(SessionState.FAILED, tasks_done=0)) as drive:
        assert "to review" not in drive.lines[0]
        await drive.press("P")
        assert "Nothing to promote: no task of it was done. R tries again what failed." in drive.said
        assert drive.world.calls == []
    async with orion(_stuck(SessionState.CANCELLED, tasks_done=0)) as drive:
        assert len(_needs(drive).rows) == 0


async def test_the_title_says_that_only_some_of_many_sessions_are_listed() -> None:
    world = night()
    goals = [
        session(f"{n:012x}", SessionState.PROMOTED, f"Goal {n}", created_at=NOW - (n + 100) * HOUR) for n in range(150)
    ]
    world.sessions, world.approvals = goals, []
    async with orion(world) as drive:
        await drive.shows("sessions  100 of 150")
        await drive.shows("of 100")
