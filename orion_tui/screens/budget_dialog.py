"""What a session may use: what is spent of it, and another limit."""

import math

import attrs
from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.bridge.goal_port import FieldProblem
from orion_tui.bridge.snapshots import Limits
from orion_tui.core.models.sessions import Session
from orion_tui.screens.dialogs import Dialog
from orion_tui.widgets.form_field import FormField
from orion_tui.widgets.goal_lines import limit_text
from orion_tui.widgets.text_entry import TextEntry
from orion_tui.widgets.times import hours

_NAMES = ("cost", "tokens", "hours")


@attrs.frozen(kw_only=True)
class NewLimits:
    """The limits that were changed; None for such as stay."""

    cost_usd: float | None = None
    tokens: int | None = None
    hours: float | None = None


class BudgetDialog(Dialog[NewLimits]):
    """Three numbers. Tab goes on to the next, Enter takes all of them, unless one is no number."""

    VIEW = "form"
    BINDINGS = keymap.only("form.submit", "form.leave", "pane.next", "pane.previous")

    def __init__(self, session: Session, limits: Limits) -> None:
        super().__init__("What it may use", session.goal, "")
        self._session, self._limits = session, limits

    def field(self) -> ComposeResult:
        """See Dialog."""
        yield FormField("cost", "dollars", TextEntry("no limit", id="cost"))
        yield FormField("tokens", "tokens", TextEntry("no limit", id="tokens"))
        yield FormField("hours", "hours", TextEntry("no limit", id="hours"))

    def on_mount(self) -> None:
        """The limits in force, with what is used of each."""
        session, limits = self._session, self._limits
        for name, limit, used in (
            ("cost", limits.cost_usd, f"${session.cost_usd:.2f} spent"),
            ("tokens", limits.tokens, f"{session.tokens:,} used"),
            ("hours", limits.hours, f"{hours(session.running_seconds)} worked"),
        ):
            self.query_one(f"#{name}", TextEntry).value = limit_text(limit)
            self._field(name).note((f"  {used}", "muted"))
        self.query_one("#cost").focus()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        """Take them, or go to the first that cannot be taken."""
        wanted = NewLimits(
            cost_usd=self._number("cost"), tokens=_whole(self._number("tokens")), hours=self._number("hours")
        )
        wrong = [name for name in _NAMES if self._field(name).remark.said]
        if wrong:
            self.query_one(f"#{wrong[0]}").focus()
        else:
            self.dismiss(wanted if wanted != NewLimits() else None)

    def _field(self, name: str) -> FormField:
        return self.query_one(f"#field-{name}", FormField)

    def _number(self, name: str) -> float | None:
        """The number entered; None where it is as it was, or cannot be taken, which is said."""
        session, limits = self._session, self._limits
        before, used = {
            "cost": (limits.cost_usd, session.cost_usd),
            "tokens": (limits.tokens, session.tokens),
            "hours": (limits.hours, session.running_seconds / 3600),
        }[name]
        field = self._field(name)
        text = self.query_one(f"#{name}", TextEntry).value.strip().replace(",", "").removeprefix("$")
        problem = ""
        value: float | None = None
        if text == limit_text(before).replace(",", ""):
            pass
        elif not text:
            problem = "not empty: what has a limit keeps one"
        else:
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if not (math.isfinite(value) and value >= 0):
                problem = f"{text[:20]!r} is no number that could be a limit; such as 10 or 2,500,000"
            elif value <= used:
                problem = "that much is used already: the session would stop at once"
        field.complain([FieldProblem(field=name, message=problem)] if problem else [])
        return None if problem else value

    def action_leave(self) -> None:
        """Nothing is changed."""
        self.dismiss(None)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
