"""How a person answers what waits for them: one question, or many at once, each bound to what was shown.

The part of `core.engine.Engine` about approvals; each answer is one transaction, a batch as a whole is one.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from orion_tui.base.errors import ConflictError, NotFound, UsageError
from orion_tui.core.models.sessions import Answers, Approval, ApprovalStatus
from orion_tui.core.steering import Steering, asks
from orion_tui.core.store import Reader, Transaction, approval_actions, approvals, events, leases, sessions

if TYPE_CHECKING:
    from orion_tui.core.session.editing import Edited

#: Seconds that a given approval may wait for its use (ASK-1).
APPROVAL_LAPSES = 24 * 3600.0


@attrs.frozen(kw_only=True)
class Shown:
    """One question of a batch as the person saw it."""

    id: str
    binding: str

    @classmethod
    def of(cls, approval: Approval) -> "Shown":
        """The question as it is."""
        return cls(id=approval.id, binding=approval.binding)


@attrs.frozen(kw_only=True)
class LeftOut:
    """A question of a batch that was not answered by it, with why."""

    id: str
    #: Its title as it was shown; "" where there is no such question any more.
    title: str
    why: str


@attrs.frozen(kw_only=True)
class BatchAnswer:
    """What came of a batch."""

    answered: tuple[Approval, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class Answering(Steering):
    """One person's Orion, as far as it asks. Safe to use from any thread."""

    def approve(self, approval_id: str, *, reason: str = "") -> Approval:
        """Let exactly what was shown run, once, within 24 h. StateError when it is not pending any more.

        A question of the agent is answered by the reason; without one UsageError says what to do.
        """
        if asks(approvals.get(self.store.reader(), approval_id)):
            if not reason.strip():
                raise UsageError(
                    "the agent asks something; a bare yes would tell it nothing",
                    hint=f'orion approvals answer {approval_id} "your answer"',
                )
            return self.answer(approval_id, reason)
        return self._one(approval_id, ApprovalStatus.APPROVED, reason)

    def reject_approval(self, approval_id: str, reason: str = "") -> Approval:
        """Refuse it, or give a question no answer; the agent is told the reason. StateError when it is not pending."""
        return self._one(approval_id, ApprovalStatus.REJECTED, reason)

    def answer_all(self, shown: Sequence[Shown], status: ApprovalStatus, reason: str = "") -> BatchAnswer:
        """Approve or reject (one reason for all) exactly what was shown, all in one transaction.

        What was answered meanwhile, withdrawn, or asked anew because its inputs changed is left out and named, and so
        is what asks for words. The answers that are given are each bound to their own question, like any other.
        """
        now = self.clock.now()

        def change(tx: Transaction) -> BatchAnswer:
            answered: list[Approval] = []
            left: list[LeftOut] = []
            for seen in dict.fromkeys(shown):
                found, why = _as_shown(tx, seen, status)
                if found is None or why:
                    left.append(LeftOut(id=seen.id, title=_title(found), why=why))
                    continue
                answered.append(approvals.answer(tx, found.id, status, reason, now, now + APPROVAL_LAPSES))
                leases.hurry(tx, found.session_id)
            return BatchAnswer(answered=tuple(answered), left_out=tuple(left))

        done = self.store.transact(change)
        if done.answered:
            self.wake()
        return done

    # --- edit, then approve ---------------------------------------------------------------------------------------

    def text_to_edit(self, approval_id: str) -> str:
        """What a person may change of it: a command's text, a file's content. UsageError where it is neither."""
        from orion_tui.core.session import editing

        reader = self.store.reader()
        return editing.text_to_edit(reader, approvals.get(reader, approval_id))

    def edited(self, approval_id: str, text: str) -> "Edited":
        """What `text` would make of it, judged by the gate; nothing is changed.

        Raises StateError when it does not wait any more, UsageError for what cannot be edited so, Blocked (with the
        rule) when what came of it is forbidden.
        """
        return self._edited(self.store.reader(), approval_id, text)

    def approve_edited(self, shown: "Edited", text: str) -> Approval:
        """Let what was made of it run, once, as it was shown. ConflictError when that is something else by now."""
        from orion_tui.core.codec import action_to_json
        from orion_tui.core.session.card import describe
        from orion_tui.core.session.likeness import likeness

        now, approval_id = self.clock.now(), shown.approval.id

        def change(tx: Transaction) -> Approval:
            made = self._edited(tx, approval_id, text)
            if made.binding != shown.binding:
                raise ConflictError(f"approval {approval_id} asks for something else by now", hint="look at it again")
            approval_actions.edit(tx, approval_id, action_to_json(made.action))
            approvals.replace(tx, approval_id, made.binding, made.card, likeness(made.action, made.decision))
            data = {
                "approval": approval_id,
                "task": made.approval.task_id,
                "asked": made.instead_of,
                "text": describe(made.action),
                "tier": made.decision.tier,
                "rule": made.decision.rule,
                "reason": made.decision.reason,
                "binding": made.binding,
            }
            events.append(tx, made.approval.session_id, "approval.edited", "user", data)
            answered = approvals.answer(tx, approval_id, ApprovalStatus.APPROVED, "", now, now + APPROVAL_LAPSES)
            leases.hurry(tx, answered.session_id)
            return answered

        answered = self.store.transact(change)
        self.wake()
        return answered

    def _edited(self, reader: Reader, approval_id: str, text: str) -> "Edited":
        from orion_tui.core.aegis import policy as policies
        from orion_tui.core.session import editing

        approval = approvals.get(reader, approval_id)
        session = sessions.get(reader, approval.session_id)
        policy = policies.from_json(sessions.policy(reader, session.policy))
        return editing.edited(reader, approval, text, policy)

    def approval(self, prefix: str) -> Approval:
        """The approval of that id, or the only pending one whose id begins so. NotFound where there is none."""
        found = [a for a in self.approvals() if a.id.startswith(prefix)] if prefix else []
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            raise UsageError(f"several approvals begin with {prefix}", hint="give more of the id")
        return approvals.get(self.store.reader(), prefix)

    def approvals(self, session_id: str | None = None) -> list[Approval]:
        """Questions that wait for an answer, oldest first."""
        return approvals.pending(self.store.reader(), session_id)

    def approvals_like(self, pattern: Approval) -> list[Approval]:
        """What waits and is like it (kind and shape, over all sessions), itself included; oldest first."""
        return [a for a in self.approvals() if a.id == pattern.id or (a.alike and a.alike == pattern.alike)]

    def answers_to(self, alike: str) -> Answers:
        """How questions of that likeness were answered before, over all sessions."""
        return approvals.answers_to(self.store.reader(), alike)

    def _one(self, approval_id: str, status: ApprovalStatus, reason: str) -> Approval:
        now = self.clock.now()

        def change(tx: Transaction) -> Approval:
            answered = approvals.answer(tx, approval_id, status, reason, now, now + APPROVAL_LAPSES)
            # It may wait for another reason, such as a model that is asked again later: this need not wait with it.
            leases.hurry(tx, answered.session_id)
            return answered

        answered = self.store.transact(change)
        self.wake()
        return answered


def grouped(waiting: Sequence[Approval]) -> list[list[Approval]]:
    """What is alike together; groups by their oldest, oldest first inside. What has no like stands alone."""
    groups: dict[str, list[Approval]] = {}
    for approval in waiting:
        groups.setdefault(approval.alike or f"\0{approval.id}", []).append(approval)
    return list(groups.values())


def _as_shown(tx: Transaction, seen: Shown, status: ApprovalStatus) -> tuple[Approval | None, str]:
    """The question, and why it is not answered with the others; "" where it is."""
    try:
        found = approvals.get(tx, seen.id)
    except NotFound:
        return None, "it is not there any more"
    if found.status is ApprovalStatus.PENDING:
        if found.binding != seen.binding:
            return found, "what it asks for changed"
        if status is ApprovalStatus.APPROVED and asks(found):
            return found, "the agent asks something: it wants an answer of its own"
        return found, ""
    match found.status:
        case ApprovalStatus.SUPERSEDED:
            newer = approvals.for_action(tx, found.session_id, found.task_id, found.index)
            again = newer is not None and newer.status is ApprovalStatus.PENDING
            return found, "its inputs changed" + (f"; asked anew as {newer.id}" if newer is not None and again else "")
        case ApprovalStatus.CANCELLED:
            return found, "it was withdrawn"
        case ApprovalStatus.LAPSED:
            return found, "it lapsed"
        case ApprovalStatus.REJECTED:
            return found, "it was rejected meanwhile"
        case _:
            return found, "it was approved meanwhile"


def _title(approval: Approval | None) -> str:
    return str(approval.card.get("title", "")) if approval is not None else ""
