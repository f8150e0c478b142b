"""What `y` copies: what is under the cursor, as it is shown, so without what was redacted."""

from typing import Any, cast

import attrs

from orion_tui.base.clock import iso
from orion_tui.base.text import clean
from orion_tui.bridge.entry_views import ActionView, ModelTurn
from orion_tui.bridge.snapshots import question_of
from orion_tui.core.models.sessions import Approval
from orion_tui.screens.base import View
from orion_tui.widgets.action_log import ActionLog
from orion_tui.widgets.diff_pane import DiffPane
from orion_tui.widgets.diff_rows import DiffRow, heading
from orion_tui.widgets.document import Document
from orion_tui.widgets.event_lines import event_text
from orion_tui.widgets.event_list import EventList
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.needs_list import NeedsList
from orion_tui.widgets.session_list import SessionList
from orion_tui.widgets.setting_list import SettingList


@attrs.frozen
class Copied:
    """A text and what it is."""

    text: str
    #: `the session's id`, `the hunk`.
    what: str


def under_cursor(view: View) -> Copied | None:
    """What the cursor of that screen stands on; None where there is nothing."""
    found = _of_approval(view.asked) if view.asked is not None else _of_pane(view.focused)
    if found is None:
        return None
    text = clean(found.text).strip("\n")
    return Copied(text, found.what) if text.strip() else None


def _of_approval(approval: Approval) -> Copied:
    if asked := question_of(approval):
        return Copied(asked, "the question")
    return Copied(str(approval.card.get("text") or approval.card.get("title") or ""), "the command")


def _of_pane(pane: object) -> Copied | None:
    if isinstance(pane, Document):
        return Copied("\n".join(row.text.rstrip() for row in pane.rows), "the text")
    if not isinstance(pane, LineView):
        return None
    view = cast("LineView[Any]", pane)
    row = view.selected
    if row is None:
        return None
    if isinstance(pane, NeedsList):
        need = pane.selected
        approval = need.approval if need is not None else None
        return _of_approval(approval) if approval is not None else Copied(row.session.id, "the session's id")
    if isinstance(pane, SessionList):
        return Copied(pane.session.id, "the session's id") if pane.session is not None else None
    if isinstance(pane, SettingList):
        return Copied(f"{row.name}: {row.value}", "the setting")
    if isinstance(pane, EventList):
        if (event := pane.event) is None:
            return None
        line = f"{iso(event.at)} {event.session_id} {event.type} {event_text(event)}"
        return Copied(clean(line, keep_newlines=False), "the log line")
    if isinstance(pane, ActionLog):
        entry = pane.entry
        what = "the action" if isinstance(entry, ActionView) else "the line"
        return Copied(entry.text if isinstance(entry, ActionView | ModelTurn) else pane.plain(row), what)
    if isinstance(pane, DiffPane):
        return _of_diff(pane, row)
    return Copied(view.plain(row), "the line")


def _of_diff(pane: DiffPane, row: DiffRow) -> Copied:
    """On a hunk's head the hunk, as a patch shows it; on a line its text alone."""
    hunk = next((h for h in pane.diff.hunks if heading(h) == row.heading), None) if pane.diff is not None else None
    if hunk is not None:
        lines = [heading(hunk), *(f"{line.kind}{line.text}" for line in hunk.lines)]
        return Copied("\n".join(lines), "the hunk")
    new = row.right if row.right is not None else row.left
    return Copied(new.text if new is not None else row.heading, "the line")
