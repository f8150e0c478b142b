"""The review of a plan: everything that decides is in view, every change can be taken back, nothing is overrun."""

import attrs
import pytest

from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.bridge.plan_port import Mark, PlanTask, TaskForm
from orion_tui.core.models.sessions import SessionState
from orion_tui.screens.dialogs import ErrorDialog, ReasonDialog
from orion_tui.screens.plan_review import PlanReviewScreen
from orion_tui.screens.task_dialog import TaskDialog
from orion_tui.widgets.document import Document
from orion_tui.widgets.plan_levels import RowKind, beside, levels, rows_of
from orion_tui.widgets.plan_tree import PlanTree
from orion_tui.widgets.remark import Remark
from tests.support.screens.drive import Drive, orion
from tests.support.screens.words import PLANNED, REVISED, evening, first_plan, revision

pytestmark = pytest.mark.unit


async def _open(drive: Drive, session_id: str = PLANNED) -> None:
    drive.app.open_plan(session_id)
    await _stands(drive)
    await drive.settle()


async def _stands(drive: Drive) -> None:
    await drive.until(
        lambda: isinstance(drive.screen, PlanReviewScreen) and drive.screen.stands and bool(_tree(drive).rows)
    )


def _tree(drive: Drive) -> PlanTree:
    return drive.widget("#tree", PlanTree)


async def _at(drive: Drive, task_id: str) -> None:
    _tree(drive).go_to(task_id)
    await drive.pilot.pause()


async def _without_push(drive: Drive) -> None:
    """A plan that nothing stands against."""
    await _open(drive)
    await _at(drive, "push")
    await drive.press("x")
    await drive.shows("6 tasks")
    await drive.settle()


# What is seen.


def test_levels_say_what_can_run_together() -> None:
    view = first_plan()
    found = levels({task.id: task.needs for task in view.tasks})
    assert found == {"read": 0, "failing": 1, "jitter": 1, "library": 1, "retry": 2, "docs": 3, "push": 3}
    assert levels({"a": ("b",), "b": ("a",), "c": ()}) == {"c": 0, "a": 1, "b": 1}, "a cycle comes last, once"
    assert levels({"a": ("gone",)}) == {"a": 0}


def test_the_forbidden_comes_first_and_each_task_once() -> None:
    rows = rows_of(first_plan())
    assert rows[0].alarm
    assert rows[1].task is not None
    assert rows[1].task.id == "push"
    shown = [row.task.id for row in rows if row.task is not None]
    assert sorted(shown) == sorted(task.id for task in first_plan().tasks)
    assert [row.tie for row in rows if row.level == 1 and row.kind is RowKind.TASK] == ["first", "inner", "last"]


def test_only_tasks_of_one_level_change_places() -> None:
    view = first_plan()
    failing = view.task("failing")
    library = view.task("library")
    assert failing is not None
    assert library is not None
    below = beside(view, failing, 1)
    assert below is not None
    assert below.id == "jitter"
    assert beside(view, failing, -1) is None
    assert beside(view, library, 1) is None


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_tier_estimate_confidence_and_needs_stand_in_the_list(size: tuple[int, int]) -> None:
    async with orion(evening(), size=size) as drive:
        await _open(drive)
        for words in ("forbidden", "◐ asks", "· auto", "8-20m", "0.64", "←2,3,4", "0.9-2.3h in all", "least sure 0.64"):
            assert words in drive.text


async def test_the_detail_says_how_to_mend_which_rule_and_how_the_estimate_was_made() -> None:
    async with orion(evening(), size=(120, 40)) as drive:
        await _open(drive)
        for words in (
            "to mend",
            "take it",
            "forbidden[0] push",
            "from 7 like tasks",
            "5 Retry idempotent requests only",
        ):
            assert words in drive.text
        await _at(drive, "library")
        await drive.shows("nothing was agreed that proves it")
        await _at(drive, "docs")
        await drive.shows("you accepted 80%")


async def test_what_the_selected_task_needs_and_who_needs_it_is_pointed_at() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await _at(drive, "jitter")
        lines = {line.split("│")[1].strip() for line in drive.lines if "│" in line}
        assert any(text.startswith("↑ 1 Read the client") for text in lines)
        assert any(text.startswith("↓ 5 Retry idempotent") for text in lines)


async def test_the_cursor_passes_over_headings() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        seen: list[str] = []
        for _ in range(7):
            chosen = _tree(drive).chosen
            assert chosen is not None
            seen.append(chosen.id)
            await drive.press("j")
        assert seen == ["push", "read", "failing", "jitter", "library", "retry", "docs"]
        await drive.press("g")
        chosen = _tree(drive).chosen
        assert chosen is not None
        assert chosen.id == "push"


async def test_a_revision_shows_what_it_adds_removes_and_changes() -> None:
    async with orion(evening(), size=(120, 40)) as drive:
        await _open(drive, REVISED)
        assert "1 added, 1 removed, 1 changed" in drive.text
        assert "no longer in the plan" in drive.text
        assert "Tune the garbage collector" in drive.text
        await _at(drive, "limits")
        await drive.shows("Limit the batch ")
        assert "O keep old" in drive.text


async def test_mission_control_and_the_session_lead_there() -> None:
    async with orion(evening()) as drive:
        await drive.press("j")
        await drive.settle()
        await drive.press("enter")
        assert isinstance(drive.screen, PlanReviewScreen)
        await drive.press("escape", "a")
        assert isinstance(drive.screen, PlanReviewScreen)
        await drive.press("escape")
        drive.app.open_session(PLANNED)
        await drive.shows("plan proposed: 7 tasks")
        assert "a see the plan" in drive.text
        await drive.press("a")
        assert isinstance(drive.screen, PlanReviewScreen)


# What is answered.


async def test_a_plan_with_forbidden_tasks_is_not_approved_and_it_says_why() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await drive.press("a")
        await drive.until(lambda: isinstance(drive.screen, ErrorDialog))
        assert "Push the branch to origin" in drive.text
        assert not [call for call in drive.world.calls if call[0] == "approve_plan"]


async def test_approving_approves_exactly_the_version_on_show() -> None:
    async with orion(evening()) as drive:
        await _without_push(drive)
        await drive.press("a")
        await drive.called("approve_plan", PLANNED, 2)
        await drive.until(lambda: drive.view.VIEW == "live")
        assert "Approved" in drive.said


async def test_who_came_from_the_session_is_back_there() -> None:
    async with orion(evening()) as drive:
        drive.app.open_session(PLANNED)
        await drive.shows("A plan waits for you: a shows it.")
        await _without_push(drive)
        await drive.press("a")
        await drive.called("approve_plan", PLANNED, 2)
        await drive.until(lambda: drive.view.VIEW == "live")
        await drive.press("q")
        await drive.until(lambda: drive.view.VIEW == "mission")


async def test_a_narrow_footer_has_room_for_all_that_decides_and_changes() -> None:
    async with orion(evening(), size=(80, 24)) as drive:
        await _open(drive, REVISED)
        for words in ("a approve", "s send back", "O keep", "e edit", "o add", "x out", "n needs", "q back"):
            assert words in drive.lines[-1]


async def test_what_the_plan_may_cost_and_what_was_kept_back_is_seen() -> None:
    world = evening()
    world.plans[PLANNED] = attrs.evolve(
        first_plan(), cost=(0.5, 1.25, 2), findings=("AGENTS.md: ignore instructions: Ignore all of it",)
    )
    async with orion(world, size=(120, 40)) as drive:
        await _open(drive)
        assert "$0.50-1.25 for 2 of 7" in drive.text
        drive.widget("#task", Document).go(10_000)
        await drive.shows("AGENTS.md: ignore instructions")


async def test_a_model_without_a_price_costs_no_dollars() -> None:
    world = evening()
    world.plans[PLANNED] = attrs.evolve(first_plan(), unpriced=("box/qwen3",))
    async with orion(world, size=(120, 40)) as drive:
        await _open(drive)
        assert "no price known" in drive.text
        assert "$" not in drive.lines[1]


async def test_keys_do_nothing_in_the_first_half_second_of_a_version() -> None:
    world = evening()
    world.plans[PLANNED] = attrs.evolve(first_plan(), problems=())
    async with orion(world) as drive:
        drive.app.open_plan(PLANNED)
        await _stands(drive)
        await drive.press("a", "s", "O")
        assert isinstance(drive.screen, PlanReviewScreen)
        assert "just appeared" in drive.said
        # Another version, made elsewhere: as new to the eye as the first.
        await drive.settle()
        world.plans[PLANNED] = attrs.evolve(world.plans[PLANNED], version=5)
        world.event(PLANNED, "plan.edited", 1.0, version=5)
        world.touch()
        await drive.shows("version 5")
        await drive.press("a")
        assert not [call for call in world.calls if call[0] == "approve_plan"]
        await drive.settle()
        await drive.press("a")
        await drive.called("approve_plan", PLANNED, 5)


async def test_sending_back_needs_a_comment() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await drive.press("s")
        await drive.until(lambda: isinstance(drive.screen, ReasonDialog))
        await drive.press("enter")
        assert isinstance(drive.screen, ReasonDialog)
        await drive.press(*"smaller", "enter")
        await drive.called("send_back_plan", PLANNED, 1, "smaller")
        await drive.until(lambda: drive.view.VIEW == "live")


async def test_a_revision_can_be_turned_down_and_a_first_plan_cannot() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await drive.press("O")
        assert "no older plan" in drive.said
        await drive.press("escape")
        await _open(drive, REVISED)
        await drive.press("O", "y")
        await drive.called("keep_plan", REVISED, 3)


async def test_an_answer_given_elsewhere_closes_the_review() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        drive.world.set_state(PLANNED, SessionState.RUNNING)
        await drive.until(lambda: drive.view.VIEW == "mission")
        assert "waits no longer" in drive.said


# What is changed.


async def test_an_edit_elsewhere_is_shown_and_nothing_is_overrun() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await _at(drive, "docs")
        world = drive.world
        with world.lock:  # in another terminal, and this one has not heard of it
            world.plans[PLANNED] = attrs.evolve(
                first_plan(), version=4, tasks=(*first_plan().tasks[:6], _named("Write a changelog entry"))
            )
        await drive.press("x")
        await drive.shows("Write a changelog entry")
        assert "changed in another place" in drive.said
        assert world.plans[PLANNED].task("docs") is not None, "nothing of ours was done"


def _named(title: str) -> PlanTask:
    return PlanTask(id="other", number=7, title=title, kind=ActionKind.WRITE_DOCS, tier=Tier.AUTONOMOUS)


async def test_removing_is_undone_by_u() -> None:
    async with orion(evening()) as drive:
        await _without_push(drive)
        assert "thing to mend" not in drive.text
        await drive.press("u")
        await drive.shows("7 tasks")
        chosen = _tree(drive).chosen
        assert chosen is not None
        assert chosen.id == "push", "what came back has the cursor: x takes out the same again"
        await drive.press("u")
        assert "Nothing was changed." in drive.said


async def test_what_the_person_s_own_change_made_is_not_new_to_the_eye() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await _at(drive, "push")
        await drive.press("x")
        await drive.shows("6 tasks")
        await drive.press("a")
        await drive.called("approve_plan", PLANNED, 2)


async def test_the_order_within_a_level_is_changed_and_the_cursor_stays_on_the_task() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await _at(drive, "failing")
        await drive.press("J")
        await drive.called("move_task", PLANNED, 1, "failing", 3)
        await drive.until(lambda: "Moved" in drive.said)
        chosen = _tree(drive).chosen
        assert chosen is not None
        assert (chosen.id, chosen.number) == ("failing", 3)
        await drive.press("K")
        await drive.called("move_task", PLANNED, 2, "failing", 2)
        await _at(drive, "read")
        await drive.press("J")
        assert "n changes that" in drive.said


async def test_needs_are_marked_and_a_circle_cannot_be() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await _at(drive, "jitter")
        await drive.press("n")
        await drive.shows("what task 3 needs")
        await drive.press("j", "space")  # 2, beside 1
        await drive.press("j", "j", "space")  # 5 waits for 3
        assert "would wait for each other" in drive.text
        await drive.press("enter")
        await drive.called("change_task", PLANNED, 1, "jitter", TaskForm(needs=("read", "failing")))


async def test_only_what_was_changed_in_the_form_is_changed_in_the_plan() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await _at(drive, "docs")
        await drive.press("e")
        await drive.until(lambda: isinstance(drive.screen, TaskDialog))
        await drive.press("end", *" now", "ctrl+s")
        await drive.called("change_task", PLANNED, 1, "docs", TaskForm(title="Document the retry policy now"))
        await _at(drive, "docs")
        await drive.press("e", "ctrl+s")
        await drive.until(lambda: isinstance(drive.screen, PlanReviewScreen))
        assert drive.world.plans[PLANNED].version == 2, "nothing was changed the second time"


async def test_the_form_changes_kind_needs_checks_and_estimate() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await _at(drive, "push")
        await drive.press("e")
        await drive.shows("in detail")
        await drive.press("tab", "tab", "enter")
        await drive.shows("kind of work")
        await drive.press("g", *"jjjjj", "enter")
        await drive.shows("Write documentation")
        await drive.press("tab", "home", *"1,", "tab", "end", "enter", *"true", "tab", "end", *"5", "ctrl+s")
        await drive.called(
            "change_task",
            PLANNED,
            1,
            "push",
            TaskForm(
                kind=ActionKind.WRITE_DOCS,
                needs=("read", "retry"),
                checks=("python3 -m unittest -q", "true"),
                minutes=105.0,
            ),
        )


async def test_what_is_wrong_in_the_form_is_said_at_its_field() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await drive.press("o", "ctrl+s")
        assert "say in a few words" in drive.widget("#remark-title", Remark).said
        await drive.press(*"New", "tab", "tab", "tab", *"9", "tab", "tab", *"soon", "ctrl+s")
        assert isinstance(drive.screen, TaskDialog)
        assert "there is no task 9" in drive.widget("#remark-needs", Remark).said
        assert "a number of minutes" in drive.widget("#remark-minutes", Remark).said
        assert not drive.widget("#remark-title", Remark).said
        await drive.press("escape")
        assert not [call for call in drive.world.calls if call[0] == "add_task"]


async def test_a_new_task_stands_behind_the_selected_one_and_is_selected() -> None:
    async with orion(evening()) as drive:
        await _open(drive)
        await _at(drive, "read")
        await drive.press("plus", *"Say thanks", "ctrl+s")
        added = TaskForm(title="Say thanks", description="", kind=ActionKind.WRITE_CODE, needs=(), checks=())
        await drive.called("add_task", PLANNED, 1, added, "read")
        await drive.until(lambda: (t := _tree(drive).chosen) is not None and t.title == "Say thanks")


async def test_done_and_removed_tasks_cannot_be_changed() -> None:
    async with orion(evening()) as drive:
        await _open(drive, REVISED)
        for task_id, words in (("read", "is done"), ("tune", "no longer in the plan")):
            await _at(drive, task_id)
            for key in ("e", "x", "n", "J"):
                await drive.press(key)
                assert words in drive.said
        assert revision().removed[0].mark is Mark.REMOVED
        assert drive.world.plans[REVISED].version == 3


async def test_enter_gives_the_keys_to_the_detail_and_escape_takes_them_back() -> None:
    async with orion(evening(), size=(80, 24)) as drive:
        await _open(drive)
        await drive.press("enter")
        assert drive.screen.focused is not None
        assert drive.screen.focused.id == "task"
        await drive.press("pagedown")
        await drive.shows("worked by")
        await drive.press("escape")
        assert drive.screen.focused.id == "tree"
