"""How a person steers work by models: the plan under review, hints, budgets, answers, another try.

The part of `core.engine.Engine` that needs no sandbox and no repository; each command is one transaction.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import StateError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import clean
from orion_tui.core.models.plan_records import PlanVersion
from orion_tui.core.models.sessions import Approval, ApprovalStatus, Session
from orion_tui.core.session import machine
from orion_tui.core.session.budget import UNSET, Budget, Unset
from orion_tui.core.store import (
    Store,
    Transaction,
    approvals,
    events,
    hints,
    leases,
    plan_versions,
    plans,
    sessions,
)

if TYPE_CHECKING:
    from orion_tui.core.models.meters import Used
    from orion_tui.core.models.plans import Plan
    from orion_tui.core.session.plan_edits import PlanEdit
    from orion_tui.core.session.plan_review import PlanReview
    from orion_tui.core.session.printing import Printed
    from orion_tui.core.session.stops import Stop
    from orion_tui.core.session.words import Words

#: Characters of a hint, and of an answer to a question.
TEXT_LIMIT = 4_000

T = TypeVar("T")


@attrs.define(kw_only=True)
class Steering:
    """One person's Orion, as far as it is steered. Safe to use from any thread."""

    home: OrionHome
    store: Store
    clock: Clock
    #: Called after a change that a supervisor should act on; starts one where none runs.
    wake: Callable[[], object]

    # --- the plan under review ------------------------------------------------------------------------------------

    def plan_review(self, session_id: str) -> "PlanReview":
        """The plan that waits for the person. StateError when the session has no draft."""
        from orion_tui.core.session import plan_review

        return plan_review.review(self.store.reader(), session_id)

    def edit_plan(self, session_id: str, edit: "PlanEdit", *, version: int) -> "PlanReview":
        """Edit the draft that was seen as `version`; how it is then, checked and judged anew.

        Raises ConflictError when it is another version by now, UsageError with every problem where the outcome would
        be no valid plan, NotFound for no such task, StateError for a completed one and for a task for a model where
        the session has none. Nothing is changed then.
        """
        from orion_tui.core.session import plan_review

        self.store.transact(lambda tx: plan_review.edit(tx, session_id, edit, version))
        return self.plan_review(session_id)

    def undo_plan_edit(self, session_id: str, *, version: int) -> "PlanReview":
        """Take the newest edit back, as far as the plan that was proposed. StateError where there is none."""
        from orion_tui.core.session import plan_review

        self.store.transact(lambda tx: plan_review.undo(tx, session_id, version))
        return self.plan_review(session_id)

    def approve_plan(self, session_id: str, *, version: int) -> Session:
        """Put the draft in force and go on with it. Blocked with its problems, ConflictError as for an edit."""
        from orion_tui.core.session import plan_review

        return self._woken(lambda tx: plan_review.approve(tx, session_id, version))

    def send_back_plan(self, session_id: str, comment: str, *, version: int) -> None:
        """Have the model plan anew; it is told the comment. StateError where no model plans."""
        from orion_tui.core.session import plan_review

        self._woken(lambda tx: plan_review.send_back(tx, session_id, comment, version))

    def keep_plan(self, session_id: str, *, version: int, comment: str = "") -> None:
        """Turn a proposed revision down and go on with the plan in force. StateError where there is none."""
        from orion_tui.core.session import plan_review

        self._woken(lambda tx: plan_review.keep(tx, session_id, comment, version))

    def plan_versions(self, session_id: str) -> list[PlanVersion]:
        """Every plan that the session had or might have got, oldest first."""
        reader = self.store.reader()
        sessions.get(reader, session_id)
        return plan_versions.all(reader, session_id)

    def plan_version(self, session_id: str) -> int:
        """The version of the plan that is worked on; 0 before there is one."""
        return plans.version_in_force(self.store.reader(), session_id)

    def plan_in_force(self, session_id: str) -> "Plan | None":
        """The plan that is worked on; None before there is one."""
        from orion_tui.core.session import plan_in_force

        return plan_in_force.in_force(self.store.reader(), session_id)

    def unpriced(self, session_id: str) -> tuple[str, ...]:
        """The session's models whose price is not known: no limit of dollars holds them."""
        from orion_tui.core.agent.unpriced import unpriced

        return unpriced(self.home, sessions.get(self.store.reader(), session_id).models.values())

    # --- while it works -------------------------------------------------------------------------------------------

    def hint(self, session_id: str, text: str) -> int:
        """Say something to the agent: it reads it before its next step. The hint's number.

        UsageError when it is empty or above 4,000 characters, StateError when no model works on the session any more.
        """
        said = _said(text, "hint")

        def change(tx: Transaction) -> int:
            session = sessions.get(tx, session_id)
            if session.state not in machine.ACTIVE:
                raise StateError(
                    f"session {session_id} is {session.state.words}; nobody works on it who could read a hint"
                )
            if not session.models:
                raise StateError(f"session {session_id} follows a playbook; no model works on it who could read a hint")
            number = hints.add(tx, session_id, said)
            events.append(tx, session_id, "hint.given", "user", {"hint": number, "text": said}, session.policy)
            return number

        return self.store.transact(change)

    def words(self, session_id: str) -> "Words | None":
        """What the session's model is saying at this moment; None where it says nothing."""
        from orion_tui.core.session import words

        return words.being_said(self.home, session_id)

    def printing(self, session_id: str) -> "Printed | None":
        """What the session's command in flight prints; None where nothing runs, or nothing was printed yet."""
        from orion_tui.core.session import printing

        return printing.being_printed(self.home, session_id)

    def meters(self, session_id: str) -> "Used | None":
        """What the session's sandbox uses at this moment; None where none stands, or nothing can be told of it."""
        from orion_tui.core.session import meters

        return meters.of(self.home, session_id, self.clock.monotonic())

    def budget(self, session_id: str) -> Budget:
        """What a session may use, and what it has used."""
        from orion_tui.core.session import budget

        reader = self.store.reader()
        return budget.of(reader, sessions.get(reader, session_id))

    def raise_budget(
        self,
        session_id: str,
        *,
        cost_usd: float | Unset | None = UNSET,
        tokens: int | None = None,
        hours: float | None = None,
    ) -> Budget:
        """Set limits of a session anew, up or down; what it may use now. A cost of None is no limit; None of the
        others leaves them as they are.

        UsageError for a limit below what is used already (that is a stop: pause or cancel) and for no budget at all,
        StateError when the session can spend nothing any more. One that was stopped by its limit goes on with `retry`.
        """
        from orion_tui.core.session import budget

        given: dict[str, float | None] = {}
        if not isinstance(cost_usd, Unset):
            given["cost_usd"] = cost_usd
        given |= {name: value for name, value in (("tokens", tokens), ("hours", hours)) if value is not None}
        return self.store.transact(lambda tx: budget.change(tx, session_id, given))

    def ceiling(self, session_id: str) -> "Stop | None":
        """The limit at which a session ended and that nobody has raised since: it would end there again."""
        from orion_tui.core.session import ceiling

        reader = self.store.reader()
        return ceiling.stands_at(reader, sessions.get(reader, session_id))

    def retry(self, session_id: str, task_id: str | None = None) -> tuple[str, ...]:
        """Queue a failed task again, or all of them, and what they held up; the ids of those tasks.

        A session that has ended goes on. Raises StateError where there is nothing to try again or a limit would stop
        it at once, NotFound for no such task, Busy where another session holds the workspace.
        """
        from orion_tui.core.repo import session_repo
        from orion_tui.core.session import retry
        from orion_tui.core.timeline.refs import settle

        sessions.get(self.store.reader(), session_id)
        session_repo.open(self.home, session_id)  # raises where it was cleaned up: nothing could be gone on from
        settle(self.home, self.store, session_id)
        return self._woken(lambda tx: retry.retry(tx, session_id, task_id))

    # --- questions ------------------------------------------------------------------------------------------------

    def answer(self, approval_id: str, text: str) -> Approval:
        """Answer a question of the agent. UsageError without text, or when it asks for leave and not for words."""
        said = _said(text, "answer")

        def change(tx: Transaction) -> Approval:
            asked = approvals.get(tx, approval_id)
            if not asks(asked):
                raise UsageError(
                    f"approval {approval_id} asks for your leave, not for an answer",
                    hint=f"orion approvals approve {approval_id}, or reject",
                )
            # Words do not lapse: they are as true tomorrow.
            answered = approvals.answer(tx, approval_id, ApprovalStatus.APPROVED, said, self.clock.now(), None)
            leases.hurry(tx, answered.session_id)
            return answered

        return self._woken(change)

    def _woken(self, change: Callable[[Transaction], T]) -> T:
        result = self.store.transact(change)
        self.wake()
        return result


def asks(approval: Approval) -> bool:
    """Whether it is a question of the agent, which wants words."""
    return "question" in approval.card


def _said(text: str, what: str) -> str:
    said = clean(text).strip()
    if not said:
        raise UsageError(f"the {what} is empty")
    if len(said) > TEXT_LIMIT:
        raise UsageError(f"the {what} has {len(said):,} characters; {TEXT_LIMIT:,} is the most", hint="shorten it")
    return said
