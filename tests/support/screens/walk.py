"""A walk through every screen and every dialog, whatever stands in them."""

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
from textual.events import Paste
from textual.screen import Screen

from orion_tui.base.errors import OrionError, StateError
from orion_tui.bridge.ask_port import EditView, PastView, ReachView
from orion_tui.bridge.settings_port import SettingView
from orion_tui.core.models.sessions import Session
from orion_tui.screens import (
    batch_dialog,
    credential_dialog,
    dialogs,
    edit_dialog,
    passphrase,
    picking,
    reach_dialog,
    returning,
    role,
    setting_dialog,
)
from orion_tui.screens.base import View
from orion_tui.screens.live import LiveScreen
from orion_tui.screens.new_goal import NewGoalScreen
from orion_tui.screens.other_model import ModelDialog
from orion_tui.screens.picking import Picker
from orion_tui.screens.plan_review import PlanReviewScreen
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.paragraph import Paragraph
from orion_tui.widgets.plan_tree import PlanTree
from orion_tui.widgets.session_list import SessionList
from orion_tui.widgets.text_entry import TextEntry
from tests.support.screens.drive import Drive
from tests.support.screens.hostile import hostile_evening, hostile_return, hostile_world
from tests.support.screens.rows import GONE, NOW, RETRY, SHOP
from tests.support.screens.words import AGENT, LIMITED, PLANNED, REVISED

#: Called at each place, with what to call it in a complaint.
Look = Callable[[str], Awaitable[None]]


async def walk(drive: Drive, payload: str, look: Look) -> None:
    """All of it with the payload in every text; `drive` may stand anywhere."""
    step = _Step(drive, payload, look)
    await drive.start_over(hostile_world(payload))
    await look("mission")
    for way in (_mission, _sessions, _views, _asking, _going_back, _promotion, _settings, _dialogs):
        await way(step)
        await step.home()
    await drive.start_over(hostile_evening(payload))
    await look("mission in words")
    for way in (_plans, _agents, _new_goal):
        await way(step)
        await step.home()


class _Step:
    def __init__(self, drive: Drive, payload: str, look: Look) -> None:
        self.drive, self.payload, self.look = drive, payload, look

    async def home(self) -> None:
        while len(self.drive.app.screen_stack) > 1:
            await self.drive.app.pop_screen()
        await self.drive.settle()

    async def keys(self, name: str, *keys: str, at: type[Screen[Any]] | None = None) -> None:
        """Press them, wait for the screen, look."""
        await self.drive.press(*keys)
        await self.arrive(name, at)

    async def arrive(self, name: str, at: type[Screen[Any]] | None = None) -> None:
        if at is not None:
            await self.drive.until(lambda: isinstance(self.drive.screen, at), f"{at.__name__} for {name}")
        screen = self.drive.screen
        if isinstance(screen, View):
            await self.drive.until(lambda: screen.stands, name)
        await self.drive.pilot.pause(0.02)
        await self.look(name)

    async def dialog(self, name: str, screen: Screen[Any]) -> None:
        """One that stands on no screen's path, by itself."""
        self.drive.app.push_screen(screen)
        await self.arrive(name, type(screen))
        await self.drive.press("escape")
        await self.drive.until(lambda: self.drive.screen is not screen, f"out of {name}")


async def _mission(step: _Step) -> None:
    drive = step.drive
    await step.keys("a no with a reason", "r", at=dialogs.ReasonDialog)
    drive.screen.query_one(TextEntry).post_message(Paste(f"because{step.payload[:1000]}"))
    await step.keys("a reason that was pasted")
    await drive.press("escape")
    sessions = drive.widget("#sessions", SessionList)
    sessions.focus()
    sessions.go(next(i for i, s in enumerate(sessions.rows) if isinstance(s, Session) and s.id == RETRY))
    await step.keys("another session")
    await step.keys("the question before cancelling", "x", at=dialogs.ConfirmDialog)
    await drive.press("escape")
    await step.keys("palette", "ctrl+p")
    await drive.press("escape")
    await step.keys("help", "question_mark")


async def _sessions(step: _Step) -> None:
    drive = step.drive
    await step.keys("sessions", "2")
    await step.keys("a search", "slash")
    drive.screen.query_one(TextEntry).value = f"x{step.payload}"
    await step.keys("a search for it", "enter")
    drive.app.tell_error(StateError(f"no{step.payload}", hint=step.payload, problems=(step.payload, "x")))
    await step.arrive("an error", dialogs.ErrorDialog)
    await drive.press("escape", "escape")
    drive.app.tell(f"no{step.payload}", "bad")
    await step.arrive("an error in a line")
    await step.keys("approvals", "3")


async def _views(step: _Step) -> None:
    drive = step.drive
    for name, way in (
        ("live", lambda: drive.app.open_session(RETRY)),
        ("done", lambda: drive.app.open_session(SHOP)),
        ("promoted", lambda: drive.app.open_session(GONE)),
        ("approval", lambda: drive.app.open_approval("ap-1")),
        ("diff", lambda: drive.app.open_diff(SHOP)),
        ("log", lambda: drive.app.open_log("*")),
        ("decision", lambda: drive.app.open_decision(RETRY, drive.world.first_action(RETRY))),
    ):
        way()
        await step.arrive(name)
        for _ in range(2):
            await step.keys(name, "pagedown")
        if name in {"diff", "log"}:
            await step.keys(f"in the {name}", "enter")
            await step.keys(f"along the {name}", "right", "right")


def _use(secret: str, done: Callable[[], None], refused: Callable[[OrionError], None]) -> None:
    del secret, done, refused


async def _asking(step: _Step) -> None:
    """What is made of a question before it is answered, and a role as it is shown."""
    drive, text = step.drive, step.payload
    latest = drive.app.bridge.latest
    assert latest is not None
    need = next(one for one in latest.needs if one.approval is not None)
    assert need.approval is not None
    clock = drive.app.clock
    made = EditView(approval=need.approval, instead_of=text, tier="requires_approval", reason=text)
    past = (PastView(text=text, at=NOW, refused=True, reason=text), PastView(text=text, at=NOW))
    reach = ReachView(rules=(text, "run(x *)"), exact=(text,), wider=(text,), warnings=(text,), matched=past, looked=2)
    for whole_role in (False, True):
        dialog = reach_dialog.ReachDialog(need, reach, whole_role=whole_role, clock=clock, grace=0.0)
        await step.dialog("reach", dialog)
    refused = attrs.evolve(reach, problem=text)
    await step.dialog("no reach", reach_dialog.ReachDialog(need, refused, whole_role=False, clock=clock, grace=0.0))
    await step.dialog("an edit", edit_dialog.EditDialog(text, text, command=True, why=text))
    await step.dialog("edited", edit_dialog.EditedDialog(need, made, clock=clock, grace=0.0))
    await step.dialog("left out", batch_dialog.LeftOutDialog(text, [(text, text), ("x", "y")]))
    view = drive.view
    await step.dialog("credential", credential_dialog.CredentialDialog(view, text, _use))
    drive.world.role_text = text
    drive.app.push_screen(role.RoleScreen("software-engineer"))
    await step.arrive("a role", role.RoleScreen)
    for _ in range(2):
        await step.keys("a role", "pagedown")


async def _going_back(step: _Step) -> None:
    step.drive.app.open_timeline(SHOP)
    await step.arrive("timeline")
    for _ in range(3):
        await step.keys("timeline", "pagedown")
    await step.dialog("rollback", returning.RollbackDialog(hostile_return(step.payload)))
    await step.dialog("restore", returning.RestoreDialog(hostile_return(step.payload)))


async def _promotion(step: _Step) -> None:
    drive = step.drive
    drive.app.open_promotion(SHOP)
    await step.arrive("promotion")
    await step.keys("special paths", "tab", "space")
    await step.keys("the PIN", "enter")
    await drive.press("escape", "escape")
    drive.app.open_undo(GONE)
    await step.arrive("undo")


async def _settings(step: _Step) -> None:
    drive = step.drive
    await step.keys("settings", "8")
    await drive.shows("sessions.running")
    await step.keys("settings", "j")
    await step.keys("a setting", "enter", at=setting_dialog.SettingDialog)
    await drive.press("escape")


async def _dialogs(step: _Step) -> None:
    text = step.payload
    picks = [picking.Pick(key=f"k{n}{text}", name=f"n{text}", facts=text, words=text) for n in range(3)]
    row = SettingView(name=f"s{text}", value=f"v{text}", origin=f"o{text}", help=text, default=text)
    await step.dialog("picker", picking.Picker(text, picks))
    await step.dialog("marker", picking.Marker(text, picks, ()))
    await step.dialog("passphrase", passphrase.PassphraseDialog(text))
    await step.dialog("setting", setting_dialog.SettingDialog(row, f"d{text}"))
    await step.dialog("confirm", dialogs.ConfirmDialog(text, text, text))
    await step.dialog("reason", dialogs.ReasonDialog(text, text, text, required=True))


async def _plans(step: _Step) -> None:
    drive = step.drive
    for ident in (REVISED, PLANNED):
        drive.app.open_plan(ident)
        await step.arrive("a plan", PlanReviewScreen)
        await drive.until(lambda: drive.widget("#tree", PlanTree).rows, "the tasks")
        for _ in range(4):
            await step.keys("plan", "j")
    await drive.settle()
    for key, name in (("e", "a task"), ("n", "what it needs"), ("s", "sending it back")):
        await step.keys(name, key)
        await drive.until(lambda: not isinstance(drive.screen, View), name)
        await step.look(name)
        await drive.press("escape")


async def _agents(step: _Step) -> None:
    drive = step.drive
    await step.keys("an answer", "a")
    await drive.until(lambda: not isinstance(drive.screen, View), "the question")
    await step.look("an answer")
    await drive.press("escape")
    drive.app.open_session(AGENT)
    await step.arrive("agent", LiveScreen)
    await drive.until(lambda: len(drive.widget("#actions", ActionLog).rows) > 2, "its actions")
    await step.look("agent")
    for key, name in (("i", "a hint"), ("b", "budgets")):
        await step.keys(name, key)
        await drive.until(lambda: not isinstance(drive.screen, View), name)
        await step.look(name)
        await drive.press("escape")
    drive.widget("#actions", ActionLog).go(2)
    await step.keys("a reply", "enter")
    drive.app.open_session(LIMITED)
    await step.arrive("out of its limits")
    drive.world.model_names = (f"box/{step.payload}",)
    await step.keys("models", "m")
    await drive.until(lambda: isinstance(drive.screen, Picker), "models to choose from")
    await step.look("models")
    await drive.press("end", "enter")
    await drive.until(lambda: isinstance(drive.screen, ModelDialog), "a model to write")
    await step.look("a model to write")
    await drive.press("escape")


async def _new_goal(step: _Step) -> None:
    drive = step.drive
    await step.keys("new goal", "w", at=NewGoalScreen)
    await drive.until(lambda: drive.widget("#workspace", TextEntry).value, "the form's beginnings")
    drive.widget("#goal", Paragraph).post_message(Paste(f"Do it{step.payload[:3000]}"))
    await drive.pilot.pause(0.4)
    await step.look("a goal")
    await drive.press("ctrl+s")
    await drive.until(lambda: any(call[0] == "submit_goal" for call in drive.world.calls), "what is wrong")
    await drive.pilot.pause(0.05)
    await step.look("what is wrong with it")
    drive.screen.query_one("#role").focus()
    await step.keys("roles", "enter", at=picking.Picker)
