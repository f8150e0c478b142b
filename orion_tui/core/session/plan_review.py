"""The plan that waits for a person: what they see of it, and what they may do with it (PLAN-2, PLAN-3, PLAN-5).

Every edit is a version of its own in the store, so undo works after a restart and from another terminal. Who acts says
which version they saw; when the draft is another one by then, nothing happens (ConflictError).
"""

from collections.abc import Sequence

import attrs

from orion_tui.base.errors import Blocked, ConflictError, StateError, UsageError
from orion_tui.base.text import clean
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.agent import plan_diff, plan_rules
from orion_tui.core.agent.plan_diff import PlanChange
from orion_tui.core.codec import to_json
from orion_tui.core.models.plan_records import PlanDraft, PlanVersion
from orion_tui.core.models.plans import Plan, Task
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session import plan_edits, plan_in_force, plan_tiers
from orion_tui.core.session.plan_edits import PlanEdit
from orion_tui.core.session.plan_take_over import take_over
from orion_tui.core.store import Reader, Transaction, events, plan_versions, plans, sessions

#: Characters of a comment.
COMMENT_LIMIT = 4_000


@attrs.frozen(kw_only=True)
class PlanReview:
    """A plan that is not in force yet, with everything that a person needs to decide on it."""

    session: Session
    #: The draft's version, to be named with whatever is done to it.
    version: int
    #: The version in force that it would take the place of; 0 for none.
    base: int
    #: With tiers and estimates.
    plan: Plan
    #: What is worked on now; None before the first plan.
    in_force: Plan | None
    #: Ids of the tasks that are completed, which no edit may change.
    done: frozenset[str]
    #: What keeps it from being approved: forbidden tasks, each with the rule and what to do.
    problems: tuple[str, ...]
    #: What it changes of the plan in force; empty where there is none.
    changes: tuple[PlanChange, ...]
    #: Whether the newest edit can be taken back.
    can_undo: bool
    #: What the person said when it was last sent back.
    comment: str
    #: Who made this version (`user` or a model's name), and what was done.
    author: str
    note: str
    #: Seconds that what is left should take, least and most; None where no task has an estimate.
    estimate: tuple[float, float] | None
    #: Dollars that what is left should cost, least and most, and how many of its tasks that range is about: the others
    #: have too few like tasks behind them. None where all have.
    cost: tuple[float, float, int] | None
    #: What was taken out of files of the repository before the model that planned read them (GUARD-1).
    findings: tuple[str, ...]
    #: The lowest confidence of what is left, experience included; 1 where nothing is left.
    lowest_confidence: float
    #: A task of less confidence waits for the person's yes before it begins, whatever its tier (RUN-4).
    asks_below: float

    @property
    def waits(self) -> bool:
        """Whether it is the person's turn: not while it is being planned anew."""
        return self.session.state is SessionState.AWAITING_PLAN


def review(reader: Reader, session_id: str) -> PlanReview:
    """The draft of a session. StateError where it has none."""
    session = sessions.get(reader, session_id)
    draft = plan_versions.draft(reader, session_id)
    if draft is None:
        raise StateError(f"no plan of session {session_id} waits for you")
    version = plan_versions.get(reader, session_id, draft.version)
    plan = plan_in_force.plan_of(reader, session_id, draft.version)
    before = plan_in_force.in_force(reader, session_id)
    policy = _policy(reader, session)
    done = _done(reader, session_id)
    left = [task for task in plan.tasks if task.id not in done]
    estimates = [task.estimate for task in left if task.estimate is not None]
    return PlanReview(
        session=session,
        version=draft.version,
        base=draft.base,
        plan=plan,
        in_force=before,
        done=done,
        problems=_problems(plan, policy),
        changes=plan_diff.diff(before, plan) if before is not None else (),
        can_undo=_undoes(version),
        comment=draft.comment,
        author=version.author,
        note=version.note,
        estimate=(sum(e.least for e in estimates), sum(e.most for e in estimates)) if estimates else None,
        cost=_cost(left),
        findings=_findings(reader, session_id) if not draft.base else (),
        lowest_confidence=min((task.sureness for task in left), default=1.0),
        asks_below=policy.role.confidence_thresholds.execute_and_flag,
    )


def _cost(left: Sequence[Task]) -> tuple[float, float, int] | None:
    costs = [task.cost for task in left if task.cost is not None]
    return (sum(c.least for c in costs), sum(c.most for c in costs), len(costs)) if costs else None


def _findings(reader: Reader, session_id: str) -> tuple[str, ...]:
    told = events.of_type(reader, session_id, "inventory.guarded")
    return tuple(str(finding) for finding in told[-1].data.get("findings", ())) if told else ()


def edit(tx: Transaction, session_id: str, wanted: PlanEdit, version: int) -> None:
    """Make another version of the draft and put it in its place; nothing where the edit changes nothing.

    Raises ConflictError when the draft is another version by now, StateError for a task for a model where the session
    has none, and as `plan_edits.apply`.
    """
    session, draft = _at(tx, session_id, version)
    before = plan_in_force.plan_of(tx, session_id, version)
    edited = plan_edits.apply(before, wanted, done=_done(tx, session_id))
    _check_worker(session, edited.plan)
    plan, _ = plan_tiers.judged(tx, edited.plan, _policy(tx, session))
    if plan == before:
        return
    made = plan_versions.add(tx, session_id, to_json(plan), parent=version, author="user", note=edited.note)
    _show(tx, session, draft, made.version, edited.note)


def undo(tx: Transaction, session_id: str, version: int) -> None:
    """Put the version that the draft was made from back. StateError where that was no edit of the person."""
    session, draft = _at(tx, session_id, version)
    newest = plan_versions.get(tx, session_id, version)
    if not _undoes(newest):
        raise StateError("nothing to undo: this is the plan as it was proposed")
    _show(tx, session, draft, newest.parent, f"undone: {newest.note}")


def approve(tx: Transaction, session_id: str, version: int) -> Session:
    """Put the draft in force and let the session go on. Blocked, with every problem, where it may not be done."""
    session, draft = _at(tx, session_id, version)
    plan = plan_in_force.plan_of(tx, session_id, version)
    policy = _policy(tx, session)
    if problems := _problems(plan, policy):
        raise Blocked(
            "the plan cannot be approved like this",
            hint="edit it, undo, or send it back with a comment",
            problems=problems,
        )
    if draft.base != plans.version_in_force(tx, session_id):
        raise ConflictError(
            "another plan is in force than the one that this was made for",
            hint=f"keep that one: orion plan {session_id} --review --keep",
        )
    take_over(tx, session_id, version)
    plan_versions.drop_draft(tx, session_id)
    data = {"version": version, "tasks": len(plan.tasks), "title": plan.title, "revision": draft.base > 0}
    events.append(tx, session_id, "plan.approved", "user", data, session.policy)
    _state(tx, session, SessionState.RUNNING, "you approved the plan")
    return sessions.get(tx, session_id)


def send_back(tx: Transaction, session_id: str, comment: str, version: int) -> None:
    """Have it planned anew with a comment. UsageError without one, StateError where no model plans."""
    said = _comment(comment)
    if not said:
        raise UsageError("say what is to be different: a plan is sent back with a comment")
    session, draft = _at(tx, session_id, version)
    if not session.models.get("plan"):
        raise StateError("no model plans this session, so nobody would read the comment", hint="edit the plan yourself")
    plan_versions.set_draft(tx, attrs.evolve(draft, comment=said))
    events.append(tx, session_id, "plan.sent_back", "user", {"version": version, "comment": said}, session.policy)
    _state(tx, session, SessionState.PLANNING, "you sent the plan back")


def keep(tx: Transaction, session_id: str, comment: str, version: int) -> None:
    """Turn a revision down and go on with the plan in force. StateError where there is none."""
    session, _ = _at(tx, session_id, version)
    kept = plans.version_in_force(tx, session_id)
    if not kept:
        raise StateError(
            "there is no earlier plan to keep",
            hint=f"edit this one, send it back, or end the session: orion cancel {session_id}",
        )
    plan_versions.drop_draft(tx, session_id)
    data = {"version": kept, "refused": version, "comment": _comment(comment)}
    events.append(tx, session_id, "plan.kept", "user", data, session.policy)
    _state(tx, session, SessionState.RUNNING, "you kept the plan")


def _at(tx: Transaction, session_id: str, version: int) -> tuple[Session, PlanDraft]:
    session = sessions.get(tx, session_id)
    draft = plan_versions.draft(tx, session_id)
    if draft is None:
        raise StateError(f"no plan of session {session_id} waits for you")
    if session.state is not SessionState.AWAITING_PLAN:
        raise StateError(f"session {session_id} is {session.state.words}; its plan is not up for review now")
    if draft.version != version:
        raise ConflictError(
            f"the plan is at version {draft.version} by now, not {version}: it was edited elsewhere",
            hint="look at it again",
        )
    return session, draft


def _show(tx: Transaction, session: Session, draft: PlanDraft, version: int, note: str) -> None:
    plan_versions.set_draft(tx, attrs.evolve(draft, version=version))
    data = {"version": version, "from": draft.version, "note": note}
    events.append(tx, session.id, "plan.edited", "user", data, session.policy)


def _state(tx: Transaction, session: Session, to: SessionState, reason: str) -> None:
    sessions.set_state(tx, session.id, {SessionState.AWAITING_PLAN}, to, reason, actor="user", control="")


def _check_worker(session: Session, plan: Plan) -> None:
    """Raise StateError where the plan has tasks for a model, and no model works on the session."""
    if session.models.get("work"):
        return
    if idle := [task.id for task in plan.tasks if task.agent]:
        raise StateError(
            f"task {idle[0]} is for a model to work on, and this session follows a playbook: it has no model",
            hint="give the task actions, as a playbook has them, in a file:"
            f" orion plan {session.id} --add FILE, or --edit FILE (docs/plans.md); or start work with a model:"
            ' orion work "GOAL" --role ROLE (docs/models.md)',
        )


def _undoes(version: PlanVersion) -> bool:
    return version.author == "user" and version.parent > 0


def _done(reader: Reader, session_id: str) -> frozenset[str]:
    return frozenset(row.id for row in plans.all(reader, session_id) if row.status.succeeded)


def _policy(reader: Reader, session: Session) -> Policy:
    return policies.from_json(sessions.policy(reader, session.policy))


def _problems(plan: Plan, policy: Policy) -> tuple[str, ...]:
    _, forbidden = plan_tiers.tiered(plan, policy)
    return tuple(_mended(forbidden)) + tuple(plan_rules.plan_problems(plan))


def _mended(forbidden: Sequence[str]) -> list[str]:
    return [f"{problem}; change what it does, or remove it" for problem in forbidden]


def _comment(text: str) -> str:
    said = clean(text).strip()
    if len(said) > COMMENT_LIMIT:
        raise UsageError(f"the comment has {len(said):,} characters; {COMMENT_LIMIT:,} is the most")
    return said
