"""The ways between screens: numbers, back, and a place for everything that can be opened."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.dom import DOMNode
from textual.screen import Screen

from orion_tui.asking import Asking
from orion_tui.base.key_catalogue import view_keys
from orion_tui.screens.base import READ_ONLY, View

if TYPE_CHECKING:
    from textual.actions import ActionParseResult

    from orion_tui.bridge.diff_port import Span
    from orion_tui.bridge.goal_port import GoalRequest
    from orion_tui.core.store.event_pages import Which
    from orion_tui.core.store.session_pages import SessionFilter

#: Screens that a number leads to, the ground aside; and how many screens may lie upon each other before a number begins
#: a new way from the ground.
NUMBERED = frozenset({"sessions", "approvals", "settings"})
MOST_SCREENS = 12


class Ways(Asking):
    """An application in which screens lie upon each other, mission control below all."""

    #: Where the application was started: what a new goal works on unless the person says otherwise.
    workspace = ""
    #: A goal that was begun and left.
    goal_draft: "GoalRequest | None" = None

    @property
    def has_back(self) -> bool:
        """Whether `q` leads back rather than out."""
        return len(self.screen_stack) > 1

    def leave(self, screen: Screen[Any]) -> None:
        """Out of a screen, to the one below."""
        if len(self.screen_stack) > 1 and self.screen is screen:
            self.pop_screen()

    def action_go_back(self) -> None:
        """Back, then quit."""
        if self.has_back:
            self.pop_screen()
        else:
            self.exit(0)

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """As Textual does it; where nothing can be changed, an action that changes something is refused in words."""
        if self.bridge.read_only and isinstance(action, str) and self._changes(action, default_namespace or self):
            self.tell(READ_ONLY, "warn")
            return True
        return await super().run_action(action, default_namespace, namespaces)

    @staticmethod
    def _changes(action: str, namespace: DOMNode) -> bool:
        view = namespace.VIEW if isinstance(namespace, View) else "app"
        known = view_keys("app") if action.startswith("app.") or view == "app" else view_keys(view)
        return any(key.changes for key in known if key.action.removeprefix("app.") == action.removeprefix("app."))

    def _home(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_view(self, name: str) -> None:
        """One of the numbered screens in front of where one is: Esc leads back there. The ground is mission control."""
        if isinstance(self.screen, View) and name == self.screen.VIEW:
            return
        if name == "mission" or len(self.screen_stack) >= MOST_SCREENS:
            self._home()
        elif self._back_to(name):
            return
        if name == "sessions":
            from orion_tui.screens.sessions import SessionsScreen

            self.push_screen(SessionsScreen())
        elif name == "approvals":
            from orion_tui.screens.approvals import ApprovalsScreen

            self.push_screen(ApprovalsScreen())
        elif name == "settings":
            from orion_tui.screens.settings import SettingsScreen

            self.push_screen(SettingsScreen())

    def _back_to(self, name: str) -> bool:
        """Go back to a numbered screen that only numbered ones lie upon: between those nobody goes in."""
        for screen in reversed(self.screen_stack):
            if not isinstance(screen, View) or screen.VIEW not in NUMBERED:
                return False
            if name == screen.VIEW:
                while self.screen is not screen:
                    self.pop_screen()
                return True
        return False

    def action_work(self) -> None:
        """A new goal."""
        from orion_tui.screens.new_goal import NewGoalScreen

        if isinstance(self.screen, View) and not isinstance(self.screen, NewGoalScreen):
            self.push_screen(NewGoalScreen(self.workspace, self.goal_draft))

    def action_help(self) -> None:
        """All keys."""
        from orion_tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.view.VIEW if self.view is not None else ""))

    def open_session(self, session_id: str) -> None:
        """One session, live."""
        from orion_tui.screens.live import LiveScreen

        self.push_screen(LiveScreen(session_id))

    def open_role(self, name: str) -> None:
        """A role, to look at."""
        from orion_tui.screens.role import RoleScreen

        self.push_screen(RoleScreen(name))

    def open_setting(self, name: str) -> None:
        """The screen of settings, at one of them."""
        from orion_tui.screens.settings import SettingsScreen

        self.action_view("settings")
        if isinstance(self.screen, SettingsScreen):
            self.screen.go_to(name)

    def open_plan(self, session_id: str) -> None:
        """The plan that a session wants to have seen."""
        from orion_tui.screens.plan_review import PlanReviewScreen

        self.push_screen(PlanReviewScreen(session_id))

    def open_decision(self, session_id: str, seq: int) -> None:
        """How one action was decided and what came of it."""
        from orion_tui.screens.decision import DecisionScreen

        self.push_screen(DecisionScreen(session_id, seq))

    def open_event(self, session_id: str, seq: int) -> None:
        """The session's log at one event."""
        from orion_tui.core.store.event_pages import Which
        from orion_tui.screens.log import LogScreen

        self.push_screen(LogScreen(Which(session_id=session_id), at=seq))

    def open_approval(self, approval_id: str) -> None:
        """One approval's card."""
        from orion_tui.screens.approval import ApprovalScreen

        self.push_screen(ApprovalScreen(approval_id))

    def open_diff(self, session_id: str, span: "Span" = ("", ""), title: str = "diff", *, at: str = "") -> None:
        """What a session changed, or what lies between two commits of it; `at` a file."""
        from orion_tui.screens.diff import DiffScreen

        self.push_screen(DiffScreen(session_id, span, title, at=at))

    def open_timeline(self, session_id: str) -> None:
        """What it can be taken back to."""
        from orion_tui.screens.timeline import TimelineScreen

        self.push_screen(TimelineScreen(session_id))

    def open_log(self, session_id: str) -> None:
        """What happened: in one session, or ("*") everywhere."""
        from orion_tui.core.store.event_pages import Which

        self.open_events(Which(session_id=None if session_id == "*" else session_id))

    def open_events(self, which: "Which", words: str = "") -> None:
        """Some of what happened; `words` say what."""
        from orion_tui.screens.log import LogScreen

        self.push_screen(LogScreen(which, words=words))

    def open_sessions(self, which: "SessionFilter", words: str = "") -> None:
        """Some of the sessions; `words` say which."""
        from orion_tui.screens.sessions import SessionsScreen

        self.push_screen(SessionsScreen(which, words))

    def open_promotion(self, session_id: str) -> None:
        """Gate, preview, credential, result."""
        from orion_tui.screens.promote import PromoteScreen

        self.push_screen(PromoteScreen(session_id))

    def open_undo(self, session_id: str) -> None:
        """Take a promotion back."""
        from orion_tui.screens.promote import PromoteScreen

        self.push_screen(PromoteScreen(session_id, undo=True))
