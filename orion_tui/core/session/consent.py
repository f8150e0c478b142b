"""From an action to a yes, a no or a question: the gate, then the person where the role says so.

Order: what the action would change is resolved against the workspace, classified, decided (AEGIS, hard limits, role,
confidence), and, where a person is needed, matched with an approval that is bound to exactly this.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

import attrs

from orion_tui.base.ids import new_id
from orion_tui.base.kinds import Tier
from orion_tui.base.text import display_path
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.models.actions import (
    Action,
    Classification,
    Decision,
    DeleteFile,
    EditFile,
    FileChange,
    RunCommand,
    WriteFile,
)
from orion_tui.core.models.plans import Task
from orion_tui.core.models.sessions import Approval, ApprovalStatus
from orion_tui.core.sandbox.base import Sandbox
from orion_tui.core.session.binding import beside_hash, bind, content_hash
from orion_tui.core.session.card import approval_card, describe
from orion_tui.core.session.editing import asked_of, bind_edited
from orion_tui.core.session.likeness import likeness
from orion_tui.core.session.record import Record, Tell
from orion_tui.core.session.resolve import resolve


class Answer(Enum):
    """What is to happen with an action."""

    GO = "go"
    BLOCKED = "blocked"
    WAIT = "wait"
    REFUSED = "refused"


@attrs.frozen(kw_only=True)
class Verdict:
    """The answer with everything that led to it."""

    answer: Answer
    decision: Decision
    change: FileChange | None = None
    #: The approval that let it through, is awaited, or was refused.
    approval: Approval | None = None
    #: What a person put into the place of what was asked: this is done, and nothing else.
    edited: Action | None = None


@attrs.frozen(kw_only=True)
class Consent:
    """The gate of one session."""

    record: Record
    policy: Policy
    sandbox: Sandbox
    #: The workspace's tree id as it is now: computed only for opaque actions that need a person.
    tree: Callable[[], str]
    #: The tree of the last checkpoint, which a question about an opaque action goes out of date with.
    checkpoint: Callable[[], str]
    #: Names of the files that differ between two of those trees.
    differing: Callable[[str, str], Sequence[str]]
    #: Gives the sandbox what the work has in the place of what is held for approval by name.
    put_back: Callable[[], None]
    #: What the sandbox holds beside the work (ignored and refused files), with stamps.
    beside: Callable[[], Mapping[bytes, str]]
    #: Gives the sandbox the work alone: nothing beside it is left.
    leave_alone: Callable[[], None]

    def judge(
        self,
        action: Action,
        task: Task,
        index: int,
        *,
        dependents: Sequence[str],
        ask: bool = True,
        told: list[Tell] | None = None,
        said: str = "",
    ) -> Verdict:
        """Decide one action; asks the person (durably) where that is needed, unless `ask` is False.

        The event that tells of the decision goes to `told`, for whoever records what follows from it in the same
        transaction; without one it is written at once. `said` is what the agent said with the call, for the person.

        Raises PolicyChanged where another policy is in force by now, ActionError when a file action cannot be done as
        asked.
        """
        self.record.assert_policy()
        asked = self.record.approval_for(task.id, index)
        edited = self.record.edited(asked) if asked is not None else None
        original, action = action, edited if edited is not None else action
        change = None
        if isinstance(action, WriteFile | EditFile | DeleteFile):
            # It is asked of the work, whatever is held beside it: a file that tests deleted is there to be deleted.
            self.put_back()
            change = resolve(action, self.sandbox)
        classification = classify(action, change)
        decision = decide(classification, self.policy, confidence=task.sureness)
        if told is not None:
            told.append(("action.decided", "aegis", decided(task.id, index, action, decision)))
        else:
            self.record.event("action.decided", decided(task.id, index, action, decision), actor="aegis")
        if decision.tier is Tier.FORBIDDEN:
            return Verdict(answer=Answer.BLOCKED, decision=decision, change=change, edited=edited)
        if decision.tier is Tier.AUTONOMOUS and edited is None:
            return Verdict(answer=Answer.GO, decision=decision, change=change)
        if not ask:
            return Verdict(answer=Answer.WAIT, decision=decision, change=change)
        # What a person wrote goes the way of their approval, also where the role would have let it through.
        verdict = self._person(action, original, asked, classification, decision, change, task, index, dependents, said)
        return attrs.evolve(verdict, edited=edited)

    def _person(
        self,
        action: Action,
        original: Action,
        asked: Approval | None,
        classification: Classification,
        decision: Decision,
        change: FileChange | None,
        task: Task,
        index: int,
        dependents: Sequence[str],
        said: str,
    ) -> Verdict:
        if isinstance(action, RunCommand):
            # The question is about the work: nothing beside it may decide what the command does.
            self.put_back()
        named = {path: self._content(path) for path in classification.named_paths}
        opaque, edited = classification.opaque, action != original
        # Every command may be edited into one whose effect cannot be told: that one is bound to the whole tree.
        tree = self.tree() if opaque or isinstance(action, RunCommand) else ""
        beside = self.beside() if opaque else dict[bytes, str]()
        hidden = beside_hash(beside)

        def bound(beside: str) -> str:
            if edited:
                return bind_edited(action, policy=self.policy.base, tree=tree, beside=beside, change=change)
            return bind(
                action,
                classification,
                policy=self.policy.base,
                change=change,
                named=named,
                tree=tree,
                beside=beside,
            )

        shown = str(asked.card.get("inputs", {}).get("beside", "")) if asked is not None else ""
        # What lies beside the work changes with every run of tests: that alone is no reason to ask again.
        if asked is not None and asked.binding == bound(shown):
            if asked.status is ApprovalStatus.APPROVED and hidden and hidden != shown:
                self.leave_alone()  # it runs with what was shown, or with less; never with anything else
            match asked.status:
                case ApprovalStatus.REJECTED:
                    return Verdict(answer=Answer.REFUSED, decision=decision, change=change, approval=asked)
                case ApprovalStatus.PENDING:
                    return Verdict(answer=Answer.WAIT, decision=decision, change=change, approval=asked)
                case _:
                    return Verdict(answer=Answer.GO, decision=decision, change=change, approval=asked)
        card = approval_card(action, decision, task, change=change, waits_on=dependents, beside=beside, said=said)
        if edited and asked is not None:
            card["edited_from"] = asked.card.get("edited_from") or describe(original)
        checkpoint = self.checkpoint() if opaque or edited else ""
        card["inputs"] = {
            "named": named,
            "tree": tree,
            "beside": hidden,
            "checkpoint": checkpoint,
            "policy": self.policy.base,
        }
        card["changed_since"] = self._difference(asked, named, tree) if asked is not None else ""
        approval = Approval(
            id=new_id(),
            session_id=self.record.session_id,
            task_id=task.id,
            index=index,
            status=ApprovalStatus.PENDING,
            binding=bound(hidden),
            card=card,
            created_at=self.record.clock.now(),
            alike=likeness(action, decision),
        )
        data = {"text": describe(action), "rule": decision.rule, "reason": decision.reason, "index": index}
        # What was refused stays refused in the record; an open or given answer that no longer fits is withdrawn.
        stale = asked.id if asked is not None and asked.status is not ApprovalStatus.REJECTED else None
        kept = asked_of(original, change, classification, decision.layer)
        self.record.ask(approval, supersedes=stale, data=data, asked=kept, edited=action if edited else None)
        return Verdict(answer=Answer.WAIT, decision=decision, change=change, approval=approval)

    def _content(self, path: str) -> str:
        try:
            return content_hash(self.sandbox.read(path))
        except (OSError, ValueError) as error:
            return f"unreadable: {type(error).__name__}"

    def _difference(self, before: Approval, named: dict[str, str], tree: str) -> str:
        """What changed since the question was first asked, for the person who is asked again."""
        inputs = before.card.get("inputs", {})
        if inputs.get("policy", before.card.get("policy")) != self.policy.base:
            return "the policy changed since this was first asked"
        changed = [path for path, seen in named.items() if inputs.get("named", {}).get(path) != seen]
        if not changed and tree and inputs.get("tree"):
            changed = list(self.differing(inputs["tree"], tree))
        if not changed:
            return "what it would do changed since this was first asked"
        listed = ", ".join(display_path(path) for path in changed[:10])
        more = f" and {len(changed) - 10} more" if len(changed) > 10 else ""
        return f"changed since this was first asked: {listed}{more}"


def decided(task_id: str, index: int, action: Action, decision: Decision) -> dict[str, Any]:
    """The event data of a decision: what was asked, which rule answered, and why."""
    return {
        "task": task_id,
        "index": index,
        "text": describe(action),
        "tier": decision.tier,
        "layer": decision.layer,
        "rule": decision.rule,
        "reason": decision.reason,
        "claims": [{"kind": claim.kind, "subject": str(display_path(claim.subject))} for claim in decision.claims],
        "flagged": decision.flagged,
    }
