"""An approval on the command line: the whole card, and what a batch would cover."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orion_tui.base.text import reveal
from orion_tui.cli.output import moment, one_line, say
from orion_tui.core.models.sessions import ApprovalStatus

if TYPE_CHECKING:
    from orion_tui.core.models.sessions import Answers, Approval


def show_approval(approval: "Approval", before: "Answers") -> None:
    """The card, the answers to the like, and what can be said to it."""
    card = approval.card
    say(one_line(str(card.get("title", ""))), bold=True)
    warn_of_disguise(approval)
    rows = [
        ("approval", f"{approval.id}  {approval.status}"),
        ("session", f"{approval.session_id}  task {approval.task_id}"),
        ("why you", str(card.get("why", ""))),
        ("agent says", str(card.get("agent_reason", ""))),
        ("you edited", str(card.get("edited_from", ""))),
        *((str(name), str(value)) for name, value in card.get("details", ()) if name not in dict(approval.conditions)),
        ("like this", answered_before(approval, before)),
        ("waits on it", ", ".join(map(str, card.get("waits_on", ())))),
        ("changed", str(card.get("changed_since", ""))),
        ("asked", moment(approval.created_at)),
        ("answered", moment(approval.answered_at)),
        ("reason", approval.answer_reason),
        ("lapses", moment(approval.lapses_at)),
    ]
    for name, value in rows:
        if value.strip():
            say(f"  {name:<12} {one_line(value.strip())}")
    say()
    show_content(approval)
    if approval.status is ApprovalStatus.PENDING:
        say()
        if "question" in card:
            say(f'  orion approvals answer {approval.id} "..."    orion approvals reject {approval.id} --reason ...')
            return
        say(f"  orion approvals approve {approval.id}    orion approvals reject {approval.id} --reason ...")
        say(f"  orion approvals edit {approval.id}")


def show_content(approval: "Approval") -> None:
    """The whole command or change, line by line, and under what conditions."""
    card = approval.card
    for name, value in approval.conditions:
        say(f"  {name:<12} {one_line(value)}")
    for line in (str(card.get("preview", "")) or str(card.get("text", ""))).splitlines():
        say(f"  │ {reveal(line, keep_newlines=False)}")


def warn_of_disguise(approval: "Approval") -> None:
    """Say that it holds what cannot be seen."""
    if approval.card.get("disguised"):
        say("! it holds hidden characters, spelled out below as ⟨U+XXXX⟩", style="red", bold=True)


def answered_before(approval: "Approval", before: "Answers") -> str:
    """How questions like this were answered, in words; empty where there was none."""
    if not (before.approved or before.refused):
        return ""
    told = f"{approval.alike}: approved {before.approved}, refused {before.refused} before"
    return told + (f"; the last reason: {before.last_reason}" if before.last_reason else "")


def show_covered(covered: Sequence["Approval"]) -> None:
    """Everything that one answer would cover, each whole."""
    for number, approval in enumerate(covered, 1):
        say(f"{number:>3}  {approval.id}  {one_line(str(approval.card.get('title', '')))}", bold=True)
        warn_of_disguise(approval)
        say(f"       session {approval.session_id}  task {approval.task_id}")
        show_content(approval)
