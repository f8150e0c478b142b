"""The selected item beside a list: a session with its plan and budgets, or an approval's card."""

from orion_tui.bridge.snapshots import Glance, Snapshot, question_of
from orion_tui.core.models.sessions import Answers, Approval, Session
from orion_tui.keymap import keys_of
from orion_tui.widgets.approval_card import asked_lines, card_lines
from orion_tui.widgets.budget import cost_parts, time_parts
from orion_tui.widgets.cells import width_of, wrap
from orion_tui.widgets.document import BLANK, DocLine, Document, of
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.plan_lines import numbers, task_parts
from orion_tui.widgets.reasons import reason_of
from orion_tui.widgets.status import session_mark, sign
from orion_tui.widgets.times import moment, now_of


def write_approval(pane: Document, approval: Approval, session: Session, snapshot: Snapshot | None) -> None:
    """The approval's card, whole, as far as the pane's height shows it; below it, where there is room, its session."""
    glance = snapshot.glance if snapshot is not None else None
    known = glance if glance is not None and glance.session.id == session.id else None
    before = snapshot.answers if snapshot is not None and snapshot.alike == approval.alike else Answers()
    titles = {task.id: task.title for task in known.tasks} if known is not None else {}
    pane.retitle(f"{workspace_name(session)}  {'question' if question_of(approval) else 'approval'}")

    def composed(width: int, height: int) -> list[DocLine]:
        glyphs, now = pane.look.glyphs, now_of(pane)
        card = card_lines(approval, session, width, glyphs, now=now, task_titles=titles, before=before)
        pane.vital = len(asked_lines(approval, width, glyphs, task_titles=titles, before=before))
        room = height - len(card) - 2
        if known is None or room < len(known.tasks) + SESSION:
            return card
        rule = of((glyphs.horizontal * min(width, WIDEST), "faint"))
        return [*card, BLANK, rule, *session_lines(pane, known, width, room)]

    pane.write(composed)


#: Lines that a session needs beside its plan.
SESSION = 8


#: From this width, role and branch share a line.
BROAD = 84
#: A plan is no wider than this: a task's figures stay beside its title.
WIDEST = 96
#: Lines of why a session is as it is.
REASON = 5


def write_session(pane: Document, glance: Glance) -> None:
    """Facts, plan, budgets; the budgets stand at the bottom."""
    pane.retitle(workspace_name(glance.session))
    pane.write(lambda width, height: session_lines(pane, glance, width, height))


def session_lines(pane: Document, glance: Glance, width: int, height: int) -> list[DocLine]:
    """The lines for a pane of that size."""
    if width <= WIDEST:
        return _lines(pane, glance, width, height)
    gap = (" " * (width - WIDEST), "text")
    lines = _lines(pane, glance, WIDEST, height)
    return [of(*each.left, right=(*each.right, gap)) if each.right else each for each in lines]


def _lines(pane: Document, glance: Glance, width: int, height: int) -> list[DocLine]:
    session, glyphs = glance.session, pane.look.glyphs
    mark, word, style = session_mark(session.state)
    lines = [of((piece, "strong")) for piece in wrap(session.goal, width, glyphs)[:3]]
    state = f"{sign(glyphs, mark)} {word}"
    reason = reason_of(session, keys_of(pane))
    if width_of(f"{state}  {reason}", glyphs) <= width:
        lines.append(of((state, style), (f"  {reason}" if reason else "", "muted")))
    else:
        # It may say what to do.
        lines.append(of((state, style)))
        lines += [of((piece, "muted")) for piece in wrap(reason, width, glyphs)[:REASON]]
    role = (("role   ", "faint"), (session.role, "muted"))
    branch = (
        ("branch ", "faint"), (f"orion-ara/{session.id}", "muted"),
        ("  from ", "faint"), (session.base_commit[:8], "muted"),
    )  # fmt: skip
    if (
        session.backend
        and width_of(f"role   {session.role}   {session.backend} net:none  yesterday 00:00", glyphs) < width
    ):
        role = (*role, ("   ", "text"), (f"{session.backend} net:none", "muted"))
    begun = ((moment(session.created_at, now_of(pane)), "faint"),)
    if width >= BROAD and sum(width_of(text, glyphs) for text, _ in (*role, *branch, *begun)) + 4 <= width:
        lines += [of(*role, ("   ", "text"), *branch, right=begun), BLANK]
    else:
        lines += [of(*role, right=begun), of(*branch), BLANK]
    number = numbers(glance.tasks)
    plan = [
        of(*left, right=right)
        for left, right in (
            task_parts(task, number, width, glyphs, worked=glance.seconds.get(task.id), colored=pane.look.colored)
            for task in glance.tasks
        )
    ]
    budgets = [BLANK, *_budgets(glance, width, pane)]
    room = max(0, height - len(lines) - len(budgets))
    if len(plan) > room:
        hidden = len(plan) - room + 1
        plan = [*plan[: max(0, room - 1)], of((f"  {glyphs.cut} {hidden} more", "faint"))]
    return [*lines, *plan, *[BLANK] * (room - len(plan)), *budgets]


def _budgets(glance: Glance, width: int, pane: Document) -> list[DocLine]:
    glyphs, cells = pane.look.glyphs, max(6, (width - 44) // 2)
    time = time_parts(glance.session, glance.limits, cells, glyphs)
    cost = cost_parts(glance.session, glance.limits, cells, glyphs)
    if width < 56:
        return [of(*time), of(*cost)]
    return [of(*time, right=tuple(cost))]
