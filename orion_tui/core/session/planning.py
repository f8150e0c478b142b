"""From a goal to a plan, and from a plan to a better one: the dialogues with a model, as steps that belong to no task.

A dialogue is resumed from its recorded answers. How it ended is a step, too, written together with the plan that came
of it: between the two there is no instant.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

import attrs

from orion_tui.base.errors import OrionError, PlanRefused
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.agent import inventory, plan_diff, prompt
from orion_tui.core.agent.model import ModelFailure, ModelRef, NoCall, Question, Reply, TooLong
from orion_tui.core.agent.planner import Assignment, Planner, Rejection
from orion_tui.core.agent.replan import Abort, Keep, Outcome, Progress, Replanner, Revise
from orion_tui.core.agent.reply_record import of_record
from orion_tui.core.boundary import intake
from orion_tui.core.codec import agent_step_to_json, to_json
from orion_tui.core.models.agent import PlanDecision
from orion_tui.core.models.plans import Plan, Task, TaskStatus
from orion_tui.core.models.sessions import PlanDraft, Session, SessionState, Step, StepStatus, TaskRow
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.session import machine, plan_tiers
from orion_tui.core.session.asking import Asking
from orion_tui.core.session.plan_in_force import in_force, plan_of
from orion_tui.core.session.plan_take_over import take_over
from orion_tui.core.session.record import Observed, Record, Tell
from orion_tui.core.store import Reader, Transaction, plan_versions, plans, rejections, sessions, steps

#: Revisions that one session may have: a plan that never settles is none.
MOST_REVISIONS = 20


class Planned(Enum):
    """What is to happen after a dialogue about the plan."""

    #: There is a plan in force, perhaps another one than before.
    GO = "go"
    #: A person has to look at it first.
    AWAIT = "await"
    #: The model sees no way to the goal.
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

    def make(self) -> Planned:
        """Ask for the first plan, or for another one where the person sent the last one back.

        Raises PlanRefused when there is no valid plan in three answers; TooLong, Declined and RequestRefused as they
        are; and what `Asking.ask` raises about the whole session.
        """
        reader = self._reader
        draft = plan_versions.draft(reader, self.session.id)
        if draft is not None and draft.base:
            return self.revise(plans.all(reader, self.session.id), draft)
        earlier = plan_of(reader, self.session.id, draft.version) if draft is not None else None
        assignment = Assignment(
            goal=self.session.goal,
            role=self.policy.role,
            inventory=self._inventory(),
            rejections=[Rejection(what=one.what, reason=one.reason) for one in self._rejections()],
            earlier=earlier,
            comment=draft.comment if draft is not None else "",
        )
        attempt = self._attempt()
        planner = Planner(self._ask(attempt, "plan"), self._model, check=self._forbidden_once())
        try:
            found, _ = planner.plan(assignment)
        except PlanRefused as refused:
            self._refused(attempt, refused)
            raise
        plan, problems = plan_tiers.judged(reader, found, self.policy)
        parent = draft.version if draft is not None else 0
        wait = bool(problems) or self.session.review_plan or draft is not None
        why = problems[0] if problems else "waits for your review of the plan"

        def change(tx: Transaction) -> None:
            note = "as planned" if draft is None else "planned anew"
            made = plan_versions.add(
                tx, self.session.id, to_json(plan), parent=parent, author=str(self._model), note=note
            )
            if wait:
                plan_versions.set_draft(tx, PlanDraft(session_id=self.session.id, version=made.version, base=0))
                self._await(tx, why, len(plan.tasks))
            else:
                take_over(tx, self.session.id, made.version)

        data = {
            "title": plan.title,
            "tasks": len(plan.tasks),
            "source": plan.source,
            "problems": list(problems),
            "review": wait,
        }
        self._end(attempt, PlanDecision(outcome="plan", reason=plan.title), ("plan.proposed", "agent", data), change)
        return Planned.AWAIT if wait else Planned.GO

    def due(self, rows: Sequence[TaskRow]) -> bool:
        """Whether the plan is to be thought over: every N tasks, and when one failed (PLAN-5)."""
        # By the log and not by a count of its own: a rollback, another try and a revision all change what has ended.
        since = max((step.finished_at or 0.0 for step in self._decisions()), default=0.0)
        new = [row for row in rows if row.finished_at is not None and row.finished_at > since]
        if any(row.status in {TaskStatus.WAITING, TaskStatus.RUNNING} for row in rows):
            return False  # what is in hand, or waits for the person, is not taken away
        failed = any(row.status is TaskStatus.FAILED for row in new)
        left = any(row.status is TaskStatus.QUEUED for row in rows)
        interval = self.policy.role.limits.replan_interval_tasks
        return (failed or (left and len(new) >= interval)) and self._revisions() < MOST_REVISIONS

    def revise(self, rows: Sequence[TaskRow], sent_back: PlanDraft | None = None) -> Planned:
        """Ask whether the plan still leads to the goal. Raises as `make`; PlanRefused leaves the plan as it is."""
        reader = self._reader
        before = in_force(reader, self.session.id)
        if before is None:
            raise OrionError(f"session {self.session.id} has no plan to revise")
        attempt = self._attempt()
        replanner = Replanner(self._ask(attempt, "replan"), self._model, check=self._forbidden)
        try:
            decision, _ = replanner.decide(self._progress(before, rows, sent_back))
        except PlanRefused as refused:
            self._refused(attempt, refused)
            return Planned.GO
        match decision:
            case Keep():
                self._end(
                    attempt,
                    PlanDecision(outcome="keep", reason=decision.reason),
                    ("plan.kept", "agent", {"reason": decision.reason}),
                    lambda tx: self._drop(tx, sent_back),
                )
                return Planned.GO
            case Abort():
                self._end(
                    attempt,
                    PlanDecision(outcome="abort", reason=decision.reason),
                    ("plan.aborted", "agent", {"reason": decision.reason}),
                    lambda tx: self._drop(tx, sent_back),
                )
                return Planned.ABORT
            case Revise():
                return self._revised(attempt, before, decision, sent_back)

    def reason(self) -> str:
        """Why the last dialogue ended as it did."""
        ends = self._decisions()
        return str(ends[-1].action.get("reason", "")) if ends else ""

    def _revised(self, attempt: int, before: Plan, decision: Revise, sent_back: PlanDraft | None) -> Planned:
        plan, problems = plan_tiers.judged(self._reader, decision.plan, self.policy)
        higher = plan_tiers.raises(before, plan)
        wait = bool(problems) or higher or sent_back is not None
        changes = plan_diff.lines(plan_diff.diff(before, plan))
        base = plans.version_in_force(self._reader, self.session.id)
        why = (
            problems[0]
            if problems
            else "the revised plan needs your approval: "
            + ("it has tasks of a higher tier" if higher else "you sent the last one back")
        )

        def change(tx: Transaction) -> None:
            parent = sent_back.version if sent_back is not None else base
            made = plan_versions.add(
                tx, self.session.id, to_json(plan), parent=parent, author=str(self._model), note=decision.reason
            )
            if wait:
                plan_versions.set_draft(tx, PlanDraft(session_id=self.session.id, version=made.version, base=base))
                self._await(tx, why, None)
            else:
                take_over(tx, self.session.id, made.version)

        data = {"reason": decision.reason, "changes": list(changes)[:100], "problems": list(problems), "review": wait}
        end = PlanDecision(outcome="revise", reason=decision.reason)
        self._end(attempt, end, ("plan.revised", "agent", data), change)
        return Planned.AWAIT if wait else Planned.GO

    def _progress(self, plan: Plan, rows: Sequence[TaskRow], sent_back: PlanDraft | None) -> Progress:
        by_id = {row.id: row for row in rows}
        done: list[Outcome] = []
        failed: list[Outcome] = []
        remaining: list[Task] = []
        said = self._said()
        for task in plan.tasks:
            row = by_id.get(task.id)
            if row is not None and row.status.succeeded:
                done.append(Outcome(task=task, what=said.get(task.id) or row.reason or "done"))
            elif row is not None and row.status.finished:
                failed.append(Outcome(task=task, what=row.reason or row.status.value))
            else:
                remaining.append(task)
        return Progress(
            goal=self.session.goal,
            comment=sent_back.comment if sent_back is not None else "",
            role=self.policy.role,
            plan=plan,
            done=done,
            failed=failed,
            remaining=remaining,
        )

    def _said(self) -> dict[str, str]:
        """What the agent said of each task in the end."""
        return {
            step.task_id: str(step.action.get("summary", ""))
            for step in steps.counted(self._reader, self.session.id)
            if step.action.get("do") == "Finish"
        }

    # --- the dialogue ---------------------------------------------------------------------------------------------

    def _ask(self, attempt: int, name: str) -> Callable[[Question, int], Reply]:
        def said() -> list[Step]:
            return [step for step in self._dialogue_steps() if step.attempt == attempt]

        # A question that was lost, or is to be asked again later, has a step and is no part of the dialogue.
        known = [step for step in said() if _answers(step)]
        loaded = prompt.load(name)

        def ask(question: Question, number: int) -> Reply:
            if number < len(known):
                return _recorded(known[number])
            index = max((step.index for step in said()), default=-1) + 1
            _, reply = self.asking.ask(
                question, purpose=name, prompt=loaded.prompt, task_id="", attempt=attempt, index=index
            )
            return reply

        return ask

    def _attempt(self) -> int:
        """The number of the dialogue that is under way, or of the next one."""
        last = -1
        ended = False
        for step in self._dialogue_steps():
            if step.attempt > last:
                last, ended = step.attempt, False
            ended = ended or step.action.get("do") == "PlanDecision"
        return max(last + 1, 0) if ended or last < 0 else last

    def _dialogue_steps(self) -> list[Step]:
        return [
            step
            for step in steps.counted(self._reader, self.session.id)
            if not step.task_id and step.status is StepStatus.DONE
        ]

    def _decisions(self) -> list[Step]:
        """How the dialogues so far ended."""
        return [step for step in self._dialogue_steps() if step.action.get("do") == "PlanDecision"]

    def _end(self, attempt: int, decision: PlanDecision, told: Tell, along: Callable[[Transaction], object]) -> None:
        known = [step.index for step in self._dialogue_steps() if step.attempt == attempt]
        made = Observed(action=agent_step_to_json(decision), result={"ok": True}, events=(told,), along=along)
        self.record.observed("", attempt, max(known, default=-1) + 1, [made])

    def _refused(self, attempt: int, refused: PlanRefused) -> None:
        data = {"reason": refused.message, "problems": list(refused.problems)[:40]}
        decision = PlanDecision(outcome="refused", reason=refused.message)
        self._end(attempt, decision, ("plan.refused", "orion", data), lambda _: None)

    def _drop(self, tx: Transaction, sent_back: PlanDraft | None) -> None:
        if sent_back is not None:
            plan_versions.drop_draft(tx, self.session.id)

    def _await(self, tx: Transaction, reason: str, total: int | None) -> None:
        to = SessionState.AWAITING_PLAN
        sessions.set_state(tx, self.session.id, machine.sources(to), to, reason, control="")
        if total is not None:
            sessions.update(tx, self.session.id, tasks_total=total)

    # --- what the model is told -----------------------------------------------------------------------------------

    @property
    def _reader(self) -> Reader:
        return self.record.store.reader()

    @property
    def _model(self) -> ModelRef:
        return ModelRef.parse(self.session.models["plan"])

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

    def _rejections(self) -> list[rejections.Rejected]:
        return rejections.latest(self._reader, self.session.role)

    def _inventory(self) -> Callable[[int], str]:
        found: Mapping[str, tuple[str, int]] | None = None

        def take(budget: int) -> str:
            nonlocal found
            repo = self.repo()
            if found is None:
                surveyed = intake.survey(repo, repo.tree_of(self.session.snapshot or self.session.base_commit))
                found = {
                    item.path.decode("utf-8", "surrogateescape"): (item.oid, item.size)
                    for item in surveyed.items.values()
                    if item.mode != "120000"
                }
            known = found
            files = [(path, size) for path, (_, size) in known.items()]
            with repo.reading() as read:
                return inventory.take(
                    files, lambda path: read(known[path][0]), goal=self.session.goal, budget=budget
                ).text

        return take


#: Failures that the dialogue reacts to; any other one ends or interrupts it.
_HEARD: tuple[type[ModelFailure], ...] = (TooLong, NoCall)


def _answers(step: Step) -> bool:
    """Whether a step holds something that the dialogue went on from."""
    result = step.result or {}
    return "reply" in result or result.get("failure") in {failure.__name__ for failure in _HEARD}


def _recorded(step: Step) -> Reply:
    """The answer that a step of an earlier run holds; raises what it raised then."""
    result = step.result or {}
    for failure in _HEARD:
        if result.get("failure") == failure.__name__:
            raise failure(str(result.get("summary", "")))
    return attrs.evolve(of_record(result["reply"]), replayed=True)
