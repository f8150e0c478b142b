"""From a goal to a plan, and from a plan to a better one, by asking a model.

How a dialogue ended is a step, written together with the plan and the state of the session that came of it: between
them there is no instant (`plan_dialogue`, `plan_handing`).
"""

from collections.abc import Callable, Sequence
from enum import Enum

import attrs

from orion_tui.base.errors import OrionError, PlanRefused
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.agent import plan_diff
from orion_tui.core.agent.model import Declined, ModelRef, RequestRefused, TooLong
from orion_tui.core.agent.planner import Assignment, Planner
from orion_tui.core.agent.replan import Abort, Keep, Replanner, Revise
from orion_tui.core.codec import to_json
from orion_tui.core.models.agent import PlanDecision
from orion_tui.core.models.plan_records import PlanDraft
from orion_tui.core.models.plans import Plan
from orion_tui.core.models.sessions import Session, TaskRow
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.session import plan_handing, plan_progress, plan_tiers
from orion_tui.core.session.asking import Asking
from orion_tui.core.session.plan_dialogue import Dialogues
from orion_tui.core.session.plan_in_force import in_force, plan_of
from orion_tui.core.session.plan_inventory import Survey
from orion_tui.core.session.plan_take_over import take_over
from orion_tui.core.session.record import Record, Tell
from orion_tui.core.store import Reader, Transaction, plan_versions, plans, rejections

#: Revisions that one session may have: a plan that never settles is none.
MOST_REVISIONS = 20

#: What keeps a question from being answered with a plan, and concerns nothing but that question.
_NO_PLAN = (PlanRefused, TooLong, Declined, RequestRefused)


class Planned(Enum):
    """What is to happen after a dialogue about the plan."""

    #: There is a plan in force, perhaps another one than before.
    GO = "go"
    #: The person comes first: the session has the state that says so.
    AWAIT = "await"
    #: The model sees no way to the goal: the session has ended.
    ABORT = "abort"


@attrs.frozen(kw_only=True)
class Planning:
    """The plans of one session."""

    record: Record
    asking: Asking
    policy: Policy
    session: Session
    #: The session's repository, opened when it is first wanted.
    repo: Callable[[], SessionRepo]
    #: Running time of the session so far.
    running_seconds: Callable[[], float]

    def make(self) -> Planned:
        """Ask for the first plan, or for another one where the person sent the last one back.

        Where none comes of it, a plan that was sent back is before the person again. Where there was none, raises
        PlanRefused when there is no valid one in three answers, and TooLong, Declined and RequestRefused as they are.
        Raises what `Asking.ask` raises about the whole session.
        """
        reader = self._reader
        draft = plan_versions.draft(reader, self.session.id)
        if draft is not None and draft.base:
            return self.revise(plans.all(reader, self.session.id), draft)
        earlier = plan_of(reader, self.session.id, draft.version) if draft is not None else None
        survey = Survey(session=self.session, repo=self.repo)
        assignment = Assignment(
            goal=self.session.goal,
            role=self.policy.role,
            inventory=survey.take,
            rejections=plan_progress.told(rejections.latest(reader, self.session.role)),
            earlier=earlier,
            comment=draft.comment if draft is not None else "",
        )
        number = self._dialogues.number()
        planner = Planner(self._dialogues.ask(number, "plan"), self._model("plan"), check=self._forbidden_once())
        try:
            found, _ = planner.plan(assignment)
        except _NO_PLAN as refused:
            self._refused(number, refused, draft)
            if draft is None:
                raise
            return Planned.AWAIT
        plan, problems = plan_tiers.judged(reader, found, self.policy)
        parent = draft.version if draft is not None else 0
        wait = bool(problems) or self.session.review_plan or draft is not None
        why = problems[0] if problems else "waits for your review of the plan"

        def change(tx: Transaction) -> None:
            note = "as planned" if draft is None else "planned anew"
            author = str(self._model("plan"))
            made = plan_versions.add(tx, self.session.id, to_json(plan), parent=parent, author=author, note=note)
            if wait:
                proposed = PlanDraft(session_id=self.session.id, version=made.version, base=0)
                seconds = self.running_seconds()
                plan_handing.hand_over(tx, proposed, why, seconds=seconds, total=len(plan.tasks))
            else:
                take_over(tx, self.session.id, made.version)

        data = {
            "title": plan.title,
            "tasks": len(plan.tasks),
            "source": plan.source,
            "problems": list(problems),
            "review": wait,
        }
        told: list[Tell] = [("plan.proposed", "agent", data)]
        if survey.findings:
            told.insert(0, ("inventory.guarded", "aegis", {"findings": list(survey.findings)}))
        self._dialogues.end(number, PlanDecision(outcome="plan", reason=plan.title), told, change)
        return Planned.AWAIT if wait else Planned.GO

    def due(self, rows: Sequence[TaskRow]) -> bool:
        """Whether the plan is to be thought over: every N tasks, and when one failed (PLAN-5)."""
        if "plan" not in self.session.models:
            return False
        # By the log and not by a count of its own: a rollback, another try and a revision all change what has ended.
        since = max((step.finished_at or 0.0 for step in self._dialogues.decisions()), default=0.0)
        new = [row for row in rows if row.finished_at is not None and row.finished_at > since]
        if any(row.status in {TaskStatus.WAITING, TaskStatus.RUNNING} for row in rows):
            return False  # what is in hand, or waits for the person, is not taken away
        failed = any(row.status is TaskStatus.FAILED for row in new)
        left = any(row.status is TaskStatus.QUEUED for row in rows)
        interval = self.policy.role.limits.replan_interval_tasks
        return (failed or (left and len(new) >= interval)) and self._revisions() < MOST_REVISIONS

    def revise(self, rows: Sequence[TaskRow], sent_back: PlanDraft | None = None) -> Planned:
        """Ask whether the plan still leads to the goal.

        Where no answer comes of it, the plan in force stays, and a revision that was sent back is before the person
        again. Raises what `Asking.ask` raises about the whole session.
        """
        reader, session = self._reader, self.session
        before = in_force(reader, session.id)
        if before is None:
            raise OrionError(f"session {session.id} has no plan to revise")
        number = self._dialogues.number()
        ask = self._dialogues.ask(number, "replan")
        replanner = Replanner(ask, self._model("replan"), check=self._forbidden)
        try:
            decision, _ = replanner.decide(
                plan_progress.progress(reader, session, self.policy.role, before, rows, sent_back)
            )
        except _NO_PLAN as refused:
            self._refused(number, refused, sent_back)
            return Planned.GO if sent_back is None else Planned.AWAIT
        match decision:
            case Keep():
                self._dialogues.end(
                    number,
                    PlanDecision(outcome="keep", reason=decision.reason),
                    [("plan.kept", "agent", {"reason": decision.reason})],
                    lambda tx: self._drop(tx, sent_back),
                )
                return Planned.GO
            case Abort():
                self._abort(number, decision, sent_back)
                return Planned.ABORT
            case Revise():
                return self._revised(number, before, decision, sent_back)

    def _abort(self, number: int, decision: Abort, sent_back: PlanDraft | None) -> None:
        def change(tx: Transaction) -> None:
            self._drop(tx, sent_back)
            reason = f"the model sees no way to the goal: {decision.reason}"
            plan_handing.give_up(tx, self.session.id, reason, seconds=self.running_seconds())

        told: Tell = ("plan.aborted", "agent", {"reason": decision.reason})
        self._dialogues.end(number, PlanDecision(outcome="abort", reason=decision.reason), [told], change)

    def _revised(self, number: int, before: Plan, decision: Revise, sent_back: PlanDraft | None) -> Planned:
        reader, session_id = self._reader, self.session.id
        plan, problems = plan_tiers.judged(reader, decision.plan, self.policy)
        changes = plan_diff.lines(plan_diff.diff(before, plan))
        base = plans.version_in_force(reader, session_id)
        why = self._why_wait(before, plan, problems, sent_back)

        def change(tx: Transaction) -> None:
            parent = sent_back.version if sent_back is not None else base
            author = str(self._model("replan"))
            made = plan_versions.add(tx, session_id, to_json(plan), parent=parent, author=author, note=decision.reason)
            if why:
                draft = PlanDraft(session_id=session_id, version=made.version, base=base)
                plan_handing.hand_over(tx, draft, why, seconds=self.running_seconds())
            else:
                take_over(tx, session_id, made.version)

        data = {
            "reason": decision.reason,
            "changes": list(changes)[:100],
            "problems": list(problems),
            "review": bool(why),
            "why": why,
        }
        end = PlanDecision(outcome="revise", reason=decision.reason)
        self._dialogues.end(number, end, [("plan.revised", "agent", data)], change)
        return Planned.AWAIT if why else Planned.GO

    def _why_wait(self, before: Plan, plan: Plan, problems: Sequence[str], sent_back: PlanDraft | None) -> str:
        """Why a revision needs the person; empty where it does not."""
        if problems:
            return problems[0]
        reasons: list[str] = []
        if plan_tiers.raises(before, plan):
            reasons.append("it has tasks of a higher tier")
        if sent_back is not None:
            reasons.append("you sent the last one back")
        # The same work under other words would never be asked about: only the person can tell.
        if refused := rejections.starts(self._reader, self.session.id):
            more = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
            reasons.append(f"you refused to {refused[-1].what}{more}")
        return f"the revised plan needs your approval: {', and '.join(reasons)}" if reasons else ""

    def _refused(self, number: int, refused: OrionError, draft: PlanDraft | None) -> None:
        """No plan came of a dialogue: what is in force stays, and what was sent back is the person's again."""
        data = {"reason": refused.message, "problems": list(refused.problems)[:40]}

        def change(tx: Transaction) -> None:
            if draft is not None:
                reason = f"the model made no other plan of your comment: {refused.message}"
                again = attrs.evolve(draft, comment="")
                plan_handing.hand_over(tx, again, reason, seconds=self.running_seconds())

        decision = PlanDecision(outcome="refused", reason=refused.message)
        self._dialogues.end(number, decision, [("plan.refused", "orion", data)], change)

    def _drop(self, tx: Transaction, sent_back: PlanDraft | None) -> None:
        if sent_back is not None:
            plan_versions.drop_draft(tx, self.session.id)

    # --- what it works with ---------------------------------------------------------------------------------------

    @property
    def _reader(self) -> Reader:
        return self.record.store.reader()

    @property
    def _dialogues(self) -> Dialogues:
        return Dialogues(record=self.record, asking=self.asking)

    def _model(self, purpose: str) -> ModelRef:
        models = self.session.models
        return ModelRef.parse(models["plan"] if purpose == "plan" else models.get("review", models["plan"]))

    def _revisions(self) -> int:
        return sum(version.author != "user" for version in plan_versions.all(self._reader, self.session.id))

    def _forbidden(self, plan: Plan) -> Sequence[str]:
        return plan_tiers.tiered(plan, self.policy)[1]

    def _forbidden_once(self) -> Callable[[Plan], Sequence[str]]:
        """What the role forbids is told to the model once; what it still wants then, the person sees."""
        told = False

        def check(plan: Plan) -> Sequence[str]:
            nonlocal told
            if told:
                return ()
            told = bool(problems := self._forbidden(plan))
            return problems

        return check
