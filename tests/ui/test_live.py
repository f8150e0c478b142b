"""A session as it works: the plan, every action with the rule it met, and what proves each."""

import attrs
import pytest

from orion_tui.bridge.entry_views import ActionView
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.screens.approval import ApprovalScreen
from orion_tui.screens.decision import DecisionScreen
from orion_tui.screens.log import LogScreen
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.plan_list import PlanList
from orion_tui.widgets.session_list import SessionList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import NOW, RETRY, SHOP

pytestmark = pytest.mark.unit


def _actions(drive: Drive) -> ActionLog:
    return drive.widget("#actions", ActionLog)


async def test_the_plan_shows_status_confidence_and_what_is_needed() -> None:
    async with orion(night(), size=(160, 40), session=RETRY) as drive:
        await drive.shows("plan  4/8")
        rows = [line.split("│")[1].strip("▌ ") for line in drive.lines[3:11]]
        assert rows[0].startswith("✓  1 Read the client and its tests")
        assert rows[0].endswith("0.97    12s")
        assert rows[4].startswith("◐  5 Add the back-off library")
        assert "waiting" in rows[4]
        assert rows[6].startswith("■  7 Try to push the branch")
        assert "←4  blocked" in rows[6]
        assert "←6,7" in rows[7]


async def test_each_action_stands_over_the_rule_that_it_met() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("git push --force origin main")
        lines = drive.lines
        push = next(i for i, line in enumerate(lines) if "git push --force" in line)
        assert "blocked" in lines[push]
        assert "aegis force_push" in lines[push + 1]
        assert "force_push is always forbidden" in lines[push + 1]
        asked = next(i for i, line in enumerate(lines) if "pip install" in line and "run" in line and i > push)
        assert "requires_approval[1] add_dependency" in lines[asked + 1]


async def test_budgets_and_sandbox_stand_at_the_bottom() -> None:
    world = night()
    world.sessions = [attrs.evolve(s, backend_lacks="cgroup limits") if s.id == RETRY else s for s in world.sessions]
    async with orion(world, session=RETRY, size=(140, 40)) as drive:
        await drive.shows("2h10 of 8h")
        assert "$0.00 of $5" in drive.text
        assert "bubblewrap net:none  lacks cgroup limits" in drive.lines[-2]


async def test_the_log_follows_what_comes_while_the_cursor_is_on_the_last() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("session waiting")
        drive.world.event(RETRY, "task.started", NOW, task="wire", title="Wire it in")
        drive.world.touch()
        await drive.shows("Wire it in")
        assert _actions(drive).extent(_actions(drive).at).stop == len(_actions(drive).rows)


async def test_the_log_stays_where_the_person_reads() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("session waiting")
        await drive.press("home")
        entry = _actions(drive).entry
        for n in range(40):
            drive.world.event(RETRY, "task.started", NOW, task=f"t{n}", title=f"More {n}")
        drive.world.touch()
        await drive.until(lambda: len(_actions(drive).rows) > 60)
        assert _actions(drive).entry == entry
        assert "More 39" not in drive.text


async def test_an_action_in_flight_shows_its_seconds() -> None:
    async with orion(night(), session=RETRY) as drive:
        at = NOW - 7
        drive.world.event(
            RETRY, "action.decided", at, task="wire", index=0, text="run make", tier="autonomous", rule="r"
        )
        drive.world.event(RETRY, "action.started", at, task="wire", index=0, text="run make", step=99)
        drive.world.touch()
        await drive.shows("running    8.0s")
        drive.clock.advance(30)
        await drive.shows("38s")


async def test_j_walks_from_action_to_action() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("session waiting")
        await drive.press("home")
        seen: list[object] = []
        for _ in range(6):
            seen.append(_actions(drive).entry)
            assert _actions(drive).selected is not None
            assert _actions(drive).selected.part == 0  # type: ignore[union-attr]
            await drive.press("j")
        assert len(set(map(id, seen))) == 6
        await drive.press("k")
        assert _actions(drive).entry is seen[5]


async def test_n_goes_to_what_was_stopped_asked_or_flagged() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("session waiting")
        await drive.press("home")
        found: list[str] = []
        for _ in range(4):
            await drive.press("n")
            entry = _actions(drive).entry
            assert isinstance(entry, ActionView)
            found.append(entry.text)
        assert found[0] == "edit client/retry.py"
        assert found[2] == "run git push --force origin main"
        assert found[3].startswith("run pip install")
        await drive.press("n")
        assert "Nothing further on" in drive.said
        assert "N goes back" in drive.said


async def test_enter_on_a_task_leads_to_what_it_did() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("session waiting")
        plan = drive.widget("#plan", PlanList)
        plan.focus()
        plan.go(1)
        await drive.press("enter")
        assert drive.screen.focused is _actions(drive)
        assert "Run the tests as they are" in _actions(drive).plain(_actions(drive).rows[_actions(drive).at])
        plan.focus()
        plan.go(7)
        await drive.press("enter")
        assert "has not begun" in drive.said


async def test_output_is_that_of_the_action_at_the_cursor() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("Ran 34 tests")
        await drive.press("home", "n", "k", "k", "k")
        await drive.shows("FAIL: test_waits_longer_each_time")


async def test_the_decision_shows_all_that_stands_behind_an_action() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("session waiting")
        await drive.press("home", "n", "n", "enter")
        await drive.until(lambda: isinstance(drive.screen, DecisionScreen))
        await drive.called("step", RETRY, 6)
        await drive.shows("exact input")
        for fact in (
            "python3 -m unittest -q",
            "autonomous[2] run_tests",
            "the role's authority",
            "flagged for review",
            "confidence    0.82",
            "before        cp-0002",
            "after         cp-0003",
            '["sh", "-c", "python3 -m unittest -q"]',
            "Ran 34 tests in 0.431s",
        ):
            assert fact in drive.text, fact


async def test_the_decision_goes_from_action_to_action() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("session waiting")
        await drive.press("home", "n", "enter")
        await drive.shows("action 5 of 8")
        await drive.press("n", "n")
        await drive.shows("git push --force origin main")
        assert "forbidden" in drive.text
        await drive.press("n", "n")
        assert "last action" in drive.said
        await drive.press(*"NNNNNNNN")
        assert "first action" in drive.said


async def test_enter_on_a_note_opens_the_log_there() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("session waiting")
        await drive.press("enter")
        await drive.until(lambda: isinstance(drive.screen, LogScreen))
        await drive.shows("session.state")


async def test_a_opens_what_the_session_asks() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("asks: run pip install")
        await drive.press("a")
        await drive.until(lambda: isinstance(drive.screen, ApprovalScreen))
        assert ("approve", "ap-1") not in drive.world.calls


async def test_a_finished_session_offers_promotion() -> None:
    async with orion(night(), session=SHOP) as drive:
        await drive.shows("Write unit tests for the auth module")
        assert "P promote" in drive.lines[-1]
        drive.world.set_state(SHOP, SessionState.PROMOTED)
        await drive.until(lambda: "u undo" in drive.lines[-1])


async def test_the_plan_follows_what_runs() -> None:
    async with orion(night(), session=RETRY, size=(80, 24)) as drive:
        await drive.shows("session waiting")
        plan = drive.widget("#plan", PlanList)
        assert plan.selected is not None
        assert plan.selected.id == "dependency"
        drive.world.tasks[RETRY] = [
            attrs.evolve(t, status=TaskStatus.RUNNING if t.id == "docs" else TaskStatus.DONE)
            for t in drive.world.tasks[RETRY]
        ]
        drive.world.touch()
        await drive.until(lambda: plan.selected is not None and plan.selected.id == "docs")


async def test_a_task_took_as_long_as_all_its_steps() -> None:
    """Its row begins anew when an approval lets it go on."""
    world = night()
    world.seconds[RETRY] = {"backoff": 754.0}
    async with orion(world, session=RETRY, size=(80, 24)) as drive:
        await drive.shows("12m34")
        assert "12m34" in next(line for line in drive.lines if "exponential back-off" in line)
    async with orion(world, size=(200, 60)) as drive:
        await drive.shows("12m34")


async def test_a_session_that_does_not_exist_says_so() -> None:
    async with orion(night(), session="ffff") as drive:
        await drive.until(lambda: "no session ffff" in drive.text.lower())


async def test_a_screen_below_does_not_change_what_is_read() -> None:
    async with orion(night(), session=RETRY) as drive:
        await drive.shows("plan  4/8")
        below = drive.app.screen_stack[0]
        below.query_one("#sessions", SessionList).go(3)
        drive.world.approvals = []
        drive.world.event(RETRY, "task.started", NOW, task="wire", title="Wire it in")
        drive.world.touch()
        await drive.shows("Wire it in")


async def test_back_on_mission_control_what_waits_has_the_keys() -> None:
    world = night()
    waiting, world.approvals = world.approvals, []
    world.sessions = [s for s in world.sessions if s.id == RETRY]
    async with orion(world, session=RETRY) as drive:
        await drive.shows("plan  4/8")
        drive.world.approvals = waiting[:1]
        drive.world.touch()
        await drive.shows("asks: run pip")
        await drive.press("q")
        await drive.shows("needs you  1")
        await drive.until(lambda: drive.screen.focused is not None and drive.screen.focused.id == "needs")
        assert "a approve" in drive.lines[-1]
