"""Every key of the catalogue does something where the catalogue says that it works."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator

import pytest
from textual.dom import DOMNode
from textual.widget import Widget
from textual.widgets import Input

import orion_tui.screens
import orion_tui.widgets
from orion_tui import keymap
from orion_tui.app import OrionApp
from orion_tui.core.models.sessions import Session
from orion_tui.keymap import CATALOGUE
from orion_tui.screens.batch_dialog import BatchDialog
from orion_tui.screens.edit_dialog import EditDialog
from orion_tui.screens.picking import Picker
from orion_tui.screens.reach_dialog import ReachDialog
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.diff_pane import DiffPane
from orion_tui.widgets.document import Document
from orion_tui.widgets.session_list import SessionList
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import GONE, RETRY, SHOP
from tests.support.screens.words import AGENT, PLANNED, REVISED, STUCK, evening

pytestmark = pytest.mark.unit

Step = Callable[[Drive], Awaitable[None]]


async def _session(drive: Drive, ident: str) -> None:
    """Mission control's list of sessions with the cursor on one."""
    sessions = drive.widget("#sessions", SessionList)
    sessions.focus()
    sessions.go(next(i for i, s in enumerate(sessions.rows) if isinstance(s, Session) and s.id == ident))
    await drive.pilot.pause()


async def _at_mission(drive: Drive) -> None:
    await drive.shows("needs you")


async def _at_sessions(drive: Drive) -> None:
    await drive.press("2")
    await drive.until(lambda: drive.view.VIEW == "sessions" and len(drive.widget("#sessions", SessionList).rows) == 5)
    await drive.press("j", "j")


async def _at_done_session_in_sessions(drive: Drive) -> None:
    await _at_sessions(drive)
    await _session(drive, SHOP)


async def _at_settings(drive: Drive) -> None:
    drive.world.settings = {"sessions.running": "2", "ui.theme": "light"}
    await drive.press("8")
    await drive.shows("settings.yaml:2")
    await drive.press("j")


async def _after_a_change_of_settings(drive: Drive) -> None:
    await _at_settings(drive)
    await drive.press("x")
    await drive.shows("is the default again")
    await drive.press("N")


async def _at_approvals(drive: Drive) -> None:
    await drive.press("3")
    await drive.shows("approvals  2")
    await drive.settle()


async def _at_second_approval_of_list(drive: Drive) -> None:
    await _at_approvals(drive)
    await drive.press("j")
    await drive.settle()


async def _at_approval(drive: Drive) -> None:
    drive.app.open_approval("ap-1")
    await drive.shows("approval 1 of 2")
    await drive.settle()


async def _at_live(drive: Drive) -> None:
    drive.app.open_session(RETRY)
    await drive.shows("plan  4/8")
    drive.widget("#actions", ActionLog).go(6)


async def _at_promoted(drive: Drive) -> None:
    drive.app.open_session(GONE)
    await drive.shows("promoted")


async def _at_decision(drive: Drive) -> None:
    drive.app.open_session(RETRY)
    await drive.shows("plan  4/8")
    log = drive.widget("#actions", ActionLog)
    log.step_notable(-1)
    log.step_notable(-1)
    await drive.press("enter")
    await drive.shows("action 7 of 8")


async def _at_diff(drive: Drive) -> None:
    drive.app.open_diff(SHOP)
    await drive.shows("def call(")
    # Who rests on a file gets its colours; nothing more comes by itself then.
    await drive.until(lambda: any(call[0] == "sides" for call in drive.world.calls), "the colours")


async def _in_hunks(drive: Drive) -> None:
    await _at_diff(drive)
    await drive.press("enter", "n", "n")
    await drive.shows("class Exhausted")


async def _at_second_file(drive: Drive) -> None:
    await _at_diff(drive)
    await drive.press("right_square_bracket")
    await drive.shows("class Session")


async def _at_timeline(drive: Drive) -> None:
    drive.app.open_timeline(SHOP)
    await drive.shows("after Run everything")
    await drive.shows("made")
    await drive.press("j")


async def _at_gate(drive: Drive) -> None:
    drive.app.open_promotion(SHOP)
    await drive.shows("APPROVED")


async def _at_special(drive: Drive) -> None:
    drive.world.special = (".gitattributes",)
    drive.app.open_promotion(SHOP)
    await drive.shows("[ ] .gitattributes")


async def _after_promotion(drive: Drive) -> None:
    await _at_gate(drive)
    await drive.press("enter")
    await drive.shows("Your PIN.")
    await drive.press(*"271828", "enter")
    await drive.shows("takes it back")


async def _at_pin(drive: Drive) -> None:
    await _at_gate(drive)
    await drive.press("enter")
    await drive.shows("Your PIN.")
    await drive.press("2")


async def _at_log(drive: Drive) -> None:
    drive.app.open_log(RETRY)
    await drive.shows("session waiting")
    await drive.press("k", "k")


async def _at_question(drive: Drive) -> None:
    await _session(drive, RETRY)
    await drive.press("x")
    await drive.shows("Cancel this session?")


async def _searching(drive: Drive) -> None:
    await _at_log(drive)
    await drive.press("slash", *"push")
    await drive.until(lambda: drive.widget("Input", Input).value == "push")


async def _at_palette(drive: Drive) -> None:
    await drive.press("ctrl+p")
    await drive.shows("palette")
    await drive.press("down")


async def _at_help(drive: Drive) -> None:
    await drive.press("question_mark")
    await drive.shows("Mission control")
    await drive.press("pagedown")


async def _at_scrolled_wide_diff(drive: Drive) -> None:
    await _in_hunks(drive)
    await drive.press("right")
    await drive.until(lambda: drive.widget("#hunks", DiffPane).shift > 0)


async def _in_the_evening(drive: Drive) -> None:
    """Goals in words, in place of the night's playbooks."""
    await drive.start_over(evening())


async def _at_new_goal(drive: Drive) -> None:
    await _in_the_evening(drive)
    await drive.press("w")
    await drive.shows("main 4f1e2a9c")


def _at_field(name: str) -> Step:
    async def go(drive: Drive) -> None:
        await _at_new_goal(drive)
        drive.screen.query_one(f"#{name}").focus()
        await drive.pilot.pause()

    return go


async def _at_plan(drive: Drive) -> None:
    await _in_the_evening(drive)
    drive.app.open_plan(PLANNED)
    await drive.shows("Draw delays")
    await drive.press("x")
    await drive.shows("6 tasks")
    await drive.press("j", "j")
    await drive.settle()


async def _at_revision(drive: Drive) -> None:
    await _in_the_evening(drive)
    drive.app.open_plan(REVISED)
    await drive.shows("Measure memory")
    await drive.settle()


async def _at_last_of_level(drive: Drive) -> None:
    await _at_plan(drive)
    await drive.press("j")


async def _at_task(drive: Drive) -> None:
    await _at_plan(drive)
    await drive.press("e")
    await drive.shows("in detail")


async def _at_kind(drive: Drive) -> None:
    await _at_task(drive)
    drive.screen.query_one("#kind").focus()
    await drive.pilot.pause()


async def _at_choices(drive: Drive) -> None:
    await _at_plan(drive)
    await drive.press("n")
    await drive.shows("Space mark")


async def _at_hint(drive: Drive) -> None:
    await _at_agent(drive)
    await drive.press("i", *"look")


async def _at_agent(drive: Drive) -> None:
    await _in_the_evening(drive)
    drive.app.open_session(AGENT)
    await drive.shows("First the buttons")


async def _at_failed(drive: Drive) -> None:
    await _in_the_evening(drive)
    drive.app.open_session(STUCK)
    await drive.shows("Fix the rest")


def _failed_in(key: str) -> Step:
    async def go(drive: Drive) -> None:
        await _in_the_evening(drive)
        await drive.press(key)
        await drive.until(lambda: len(drive.widget("#sessions", SessionList).rows) == 5)
        await _session(drive, STUCK)

    return go


#: The place to press a view's keys in, where they all work.
def _at_batch(key: str) -> Step:
    async def go(drive: Drive) -> None:
        await drive.press("3")
        await drive.until(lambda: drive.view.VIEW == "approvals" and "marked" not in drive.text)
        await drive.settle()
        await drive.press("space", key)
        await drive.until(lambda: isinstance(drive.screen, BatchDialog))
        await drive.settle()

    return go


async def _at_approval_card(drive: Drive) -> None:
    drive.app.open_approval("ap-1")
    await drive.shows("why it asks")
    await drive.settle()


async def _at_editor(drive: Drive) -> None:
    await _at_approval_card(drive)
    await drive.press("e")
    await drive.until(lambda: isinstance(drive.screen, EditDialog))


async def _at_reach(drive: Drive) -> None:
    await _at_approval_card(drive)
    await drive.press("A")
    await drive.until(lambda: isinstance(drive.screen, Picker))
    await drive.press("down", "enter")
    await drive.until(lambda: isinstance(drive.screen, ReachDialog))
    await drive.settle()


PLACES: dict[str, Step] = {
    "app": _at_sessions,
    "pane": _at_diff,
    "lines": _at_help,
    "mission": _at_mission,
    "sessions": _at_done_session_in_sessions,
    "approvals": _at_approvals,
    "approval": _at_approval,
    "live": _at_live,
    "new": _at_new_goal,
    "plan": _at_plan,
    "decision": _at_decision,
    "diff": _in_hunks,
    "settings": _at_settings,
    "timeline": _at_timeline,
    "promote": _at_gate,
    "log": _at_log,
    "batch": _at_batch("a"),
    "edit": _at_editor,
    "reach": _at_reach,
    "confirm": _at_question,
    "form": _at_pin,
    "say": _at_hint,
    "task": _at_task,
    "pick": _at_choices,
    "search": _searching,
    "palette": _at_palette,
}


def _on(ident: str) -> Step:
    async def go(drive: Drive) -> None:
        await _session(drive, ident)

    return go


#: Keys that need another place than the rest of their view.
SPECIAL: dict[str, Step] = {
    "batch.submit": _at_batch("r"),
    "app.sessions": _at_mission,
    "app.back": _at_sessions,
    "lines.left": _at_scrolled_wide_diff,
    "lines.right": _in_hunks,
    "lines.enter": _at_sessions,
    "lines.bottom": _at_help,
    "mission.promote": _on(SHOP),
    "mission.undo": _on(GONE),
    "mission.pause": _on(RETRY),
    "mission.cancel": _on(RETRY),
    "mission.diff": _on(SHOP),
    "sessions.undo": _at_sessions,
    "settings.undo": _after_a_change_of_settings,
    "sessions.pause": _at_sessions,
    "sessions.cancel": _at_sessions,
    "approvals.previous": _at_second_approval_of_list,
    "live.undo": _at_promoted,
    "live.hint": _at_agent,
    "live.budget": _at_agent,
    "live.retry": _at_failed,
    "mission.retry": _failed_in("1"),
    "sessions.retry": _failed_in("2"),
    "new.choose": _at_field("role"),
    "new.switch": _at_field("review"),
    "new.below": _at_field("workspace"),
    "new.above": _at_field("workspace"),
    "plan.keep": _at_revision,
    "plan.earlier": _at_last_of_level,
    "task.choose": _at_kind,
    "task.below": _at_kind,
    "task.above": _at_kind,
    "diff.previous_file": _at_second_file,
    "promote.undo": _after_promotion,
    "promote.allow": _at_special,
}


def _state(drive: Drive) -> tuple[object, ...]:
    focused = drive.screen.focused
    return (
        [type(screen) for screen in drive.app.screen_stack],
        None if focused is None else focused.id,
        [list(strip) for strip in drive.strips],
        list(drive.world.calls),
    )


@pytest.mark.parametrize("view", list(keymap.VIEWS))
async def test_every_key_of_a_view_does_something(view: str) -> None:
    async with orion(night(), size=(100, 30)) as drive:
        for key in keymap.view_keys(view):
            for name in key.keys.split(","):
                if key.id == "app.quit":
                    continue
                await drive.start_over(night())
                await SPECIAL.get(key.id, PLACES[view])(drive)
                await drive.pilot.pause()
                before = _state(drive)
                await drive.pilot.press(name)
                await drive.until(lambda before=before: _state(drive) != before, f"{key.id}: {name} changes anything")


async def test_a_key_of_nobody_does_nothing_anywhere() -> None:
    """The control of the test above: nothing changes by itself at these places."""
    async with orion(night(), size=(100, 30)) as drive:
        for view, place in PLACES.items():
            await drive.start_over(night())
            await place(drive)
            await drive.settle()
            before = _state(drive)
            await drive.pilot.press("f19")
            for _ in range(3):
                await drive.pilot.pause(0.01)
            assert _state(drive) == before, view


def _bindings() -> Iterator[tuple[str, str]]:
    """Every binding of a class of ours: the class, and the id that it has in the catalogue."""
    for package in (orion_tui.screens, orion_tui.widgets):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    kinds: list[type[DOMNode]] = [OrionApp]
    todo: list[type[DOMNode]] = [Widget]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        kinds.append(kind)
    for kind in kinds:
        if kind.__module__.startswith("orion_tui."):
            for binding in kind.__dict__.get("BINDINGS", ()):
                yield kind.__name__, getattr(binding, "id", None) or repr(binding)


def test_bindings_and_the_catalogue_name_the_same_keys() -> None:
    bound = list(_bindings())
    assert bound
    known = {key.id for key in CATALOGUE}
    assert [each for each in bound if each[1] not in known] == []
    assert known - {ident for _, ident in bound} == set()


async def test_quit_leaves_from_anywhere() -> None:
    async with orion(night()) as drive:
        await _at_diff(drive)
        await drive.pilot.press("ctrl+c")
        await drive.until(lambda: not drive.app.is_running)


def test_every_view_of_the_catalogue_has_a_place() -> None:
    assert set(PLACES) == set(keymap.VIEWS) == {key.view for key in CATALOGUE}


def test_document_needs_no_enter() -> None:
    ids = {getattr(binding, "id", None) for binding in Document.BINDINGS}
    assert "lines.enter" not in ids
