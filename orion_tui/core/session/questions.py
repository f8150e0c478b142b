"""Questions of the agent and of the plan, for which there is no action: put like an approval, answered in words or yes.

They wait in the same queue, survive the same things, and are spent by the step that takes the answer up.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from orion_tui.base.ids import new_id
from orion_tui.base.text import has_disguise, reveal
from orion_tui.core.agent.check_words import check_text
from orion_tui.core.codec import to_json
from orion_tui.core.models.plans import Task
from orion_tui.core.models.sessions import Approval, ApprovalStatus
from orion_tui.core.session.card import own_words
from orion_tui.core.session.record import Record
from orion_tui.core.store import Transaction, approvals

#: Where the question stands whether a task may start at all: before its first step.
START = -1


@attrs.frozen(kw_only=True)
class Questions:
    """The questions of one session."""

    record: Record
    #: Hash of the frozen policy.
    policy: str

    def put(
        self, task: Task, index: int, question: str, *, dependents: Sequence[str], said: str = ""
    ) -> Approval | None:
        """The person's answer to a question of the agent; None while there is none, and then it is asked.

        `said` is what the agent said with it.
        """
        card = {
            "title": f"question: {reveal(question, keep_newlines=False)}",
            "text": str(reveal(question)),
            "question": str(reveal(question)),
            "kind": "question",
            "why": "the agent asks",
            "agent_reason": own_words(said),
            "preview": "",
            "disguised": has_disguise(question),
        }
        return self._answer(task, index, card, {"question": question}, dependents)

    def may_start(self, task: Task, *, dependents: Sequence[str]) -> Approval | None:
        """The person's word on a task that the plan is unsure of; None while there is none, and then it is asked."""
        checks = [reveal(check_text(planned), keep_newlines=False) for planned in task.accept]
        least = f"confidence {task.sureness:.2f}"
        if task.approval_rate is not None:
            least += f" (the plan says {task.confidence:.2f}; {task.approval_rate:.0%} of such work was accepted)"
        card = {
            "title": f"start {reveal(task.title, keep_newlines=False)}",
            "text": f"start the task: {reveal(task.title, keep_newlines=False)}\n\n{reveal(task.description)}".rstrip(),
            "kind": task.kind.value,
            "why": f"confidence_thresholds: {least} is too low to go on alone",
            "agent_reason": "",
            "preview": "\n".join([*(f"check: {check}" for check in checks)]),
            "disguised": has_disguise(task.title + task.description),
        }
        return self._answer(task, START, card, {"start": to_json(task)}, dependents)

    def spent(self, answer: Approval) -> Callable[[Transaction], object] | None:
        """What the step that takes an answer up writes along: it counts once. A refusal is not spent."""
        if answer.status is not ApprovalStatus.APPROVED:
            return None
        return lambda tx: approvals.use(tx, answer.id, tx.now)

    def _answer(
        self, task: Task, index: int, card: dict[str, Any], about: Mapping[str, Any], dependents: Sequence[str]
    ) -> Approval | None:
        text = json.dumps({**about, "policy": self.policy}, sort_keys=True, ensure_ascii=True)
        binding = hashlib.sha256(text.encode("ascii")).hexdigest()
        asked = self.record.approval_for(task.id, index)
        if asked is not None and asked.binding == binding:
            return None if asked.status is ApprovalStatus.PENDING else asked
        card["details"] = [["task", f"{task.id}  {reveal(task.title, keep_newlines=False)}"]]
        card["waits_on"] = list(dependents)
        card["policy"] = self.policy
        card["inputs"] = {}
        card["changed_since"] = ""
        approval = Approval(
            id=new_id(),
            session_id=self.record.session_id,
            task_id=task.id,
            index=index,
            status=ApprovalStatus.PENDING,
            binding=binding,
            card=card,
            created_at=self.record.clock.now(),
        )
        stale = asked.id if asked is not None and asked.status is not ApprovalStatus.REJECTED else None
        data = {"text": card["title"], "rule": "", "reason": card["why"], "index": index}
        self.record.ask(approval, supersedes=stale, data=data)
        return None
