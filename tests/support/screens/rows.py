"""Rows with plausible facts: sessions, tasks, approvals."""

from typing import Any

from orion_tui.base.kinds import Tier
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.models.sessions import Approval, ApprovalStatus, Session, SessionState, TaskRow
from orion_tui.core.models.task_status import TaskStatus

#: 2026-11-23 03:12:00 UTC.
NOW = 1_795_403_520.0
MINUTE = 60.0
HOUR = 3600.0
POLICY = "9c1f" * 16


def session(ident: str, state: SessionState, goal: str, **changes: Any) -> Session:
    """A session with plausible facts."""
    facts: dict[str, Any] = {
        "workspace": "/home/ada/src/api-client",
        "role": "software-engineer",
        "policy": POLICY,
        "base_commit": "4f1e2a9c" * 5,
        "base_branch": "main",
        "backend": "bubblewrap",
        "created_at": NOW - 3 * HOUR,
        "updated_at": NOW - MINUTE,
        "started_at": NOW - 3 * HOUR + 4,
        "running_seconds": 7_800.0,
        "cost_usd": 0.0,
        "tokens": 0,
        "tasks_total": 8,
        "tasks_done": 3,
    }
    return Session(id=ident, state=state, goal=goal, **{**facts, **changes})


def task(session_id: str, position: int, ident: str, title: str, status: TaskStatus, **changes: Any) -> TaskRow:
    """A task; started and finished where its status says so."""
    facts: dict[str, Any] = {
        "kind": "write_code",
        "tier": Tier.AUTONOMOUS,
        "needs": (),
        "confidence": 0.95,
        "started_at": NOW - 600 + 40 * position if status is not TaskStatus.QUEUED else None,
        "finished_at": NOW - 600 + 40 * position + 12 * (position + 1) if status.finished else None,
    }
    return TaskRow(
        session_id=session_id, id=ident, position=position, title=title, status=status, **{**facts, **changes}
    )


def card(title: str, **changes: Any) -> dict[str, Any]:
    """An approval's card as the engine writes it."""
    facts: dict[str, Any] = {
        "title": title,
        "text": title.partition(" ")[2],
        "kind": "add_dependency",
        "why": "requires_approval[1] add_dependency: adding a dependency needs approval",
        "agent_reason": "The retry helper needs it; the wheel ships with the repository.",
        "details": [["task", "dependency  Add the back-off library"], ["directory", "."], ["timeout", "120 s"]],
        "preview": title.partition(" ")[2],
        "disguised": False,
        "waits_on": ["wire", "docs"],
        "policy": POLICY,
    }
    return {**facts, **changes}


def approval(
    ident: str, session_id: str, the_card: dict[str, Any], *, age: float = 9 * MINUTE, alike: str = ""
) -> Approval:
    """A pending approval."""
    return Approval(
        id=ident,
        session_id=session_id,
        task_id="dependency",
        index=0,
        status=ApprovalStatus.PENDING,
        binding="b" * 64,
        card=the_card,
        created_at=NOW - age,
        alike=alike,
    )


def promotion(session_id: str) -> Promotion:
    """A promotion that is in effect."""
    return Promotion(
        id=1,
        session_id=session_id,
        state="committed",
        target_ref="refs/heads/main",
        old_tip="4f1e2a9c" * 5,
        merge_commit="c0ffee42" * 5,
        accepted_tree="3e5d0c4b" * 5,
        journal={},
        created_at=NOW - 29 * HOUR,
        finished_at=NOW - 29 * HOUR,
    )


RETRY = "7c2f19d0ab34"
SHOP = "b81e4403cc90"
DOCS = "5d0922e7f1a6"
INFRA = "e3a7714b0d52"
GONE = "91c0aa5e2b77"
