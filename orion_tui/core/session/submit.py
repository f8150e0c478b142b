"""From a request to a session in the store: everything is checked before anything is written."""

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import Busy, ModelUnavailable, PolicyError, UsageError
from orion_tui.base.ids import new_id
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import display_path
from orion_tui.core import playbook
from orion_tui.core.aegis import guard
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.dryrun import probe
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.boundary import intake
from orion_tui.core.codec import to_json
from orion_tui.core.models.plan_records import PlanDraft
from orion_tui.core.models.plans import Plan
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.repo import session_repo, workspace
from orion_tui.core.sandbox import profiles, select
from orion_tui.core.sandbox.base import Backend
from orion_tui.core.sandbox.lately import Lately
from orion_tui.core.session import budget, plan_tiers, reach
from orion_tui.core.session.plan_rows import rows_of
from orion_tui.core.store import Store, Transaction, events, plan_versions, plans, sessions
from orion_tui.roles.library import Library

#: Characters of a goal; longer texts belong into the plan or a file of the repository.
GOAL_LIMIT = 4_000


@attrs.frozen(kw_only=True)
class SubmitRequest:
    """What a person asks for."""

    workspace: Path
    goal: str
    role: str
    #: A plan written by hand; without one a model has to make it.
    plan_file: Path | None = None
    #: Whether uncommitted changes come along as a snapshot commit.
    snapshot: bool = False
    #: Which model plans and which one works (`plan`, `work`), as `provider/name`. Without a plan both are needed. Which
    #: one thinks the plan over while it is worked on (`review`): without a word that is the one that plans.
    models: Mapping[str, str] = attrs.field(factory=dict[str, str])
    #: Limits of this session in place of its role's: `cost_usd` (None for no limit), `tokens`, `hours`.
    budget: Mapping[str, float | None] = attrs.field(factory=dict[str, float | None])
    #: Whether nothing is done before the person has approved of the plan.
    review_plan: bool = False


def submit(
    home: OrionHome,
    store: Store,
    clock: Clock,
    library: Library,
    request: SubmitRequest,
    choose: Callable[[], Backend] = select.choose,
) -> Session:
    """Check everything, copy the base into a repository of Orion's own, and put the session into the store.

    Without a plan of the person's own the session has none yet: its model makes one.

    Raises the error that names what is wrong: UsageError, NotFound, WorkspaceError, InvalidFile, Blocked (forbidden
    tasks), ModelUnavailable, SandboxUnavailable or Busy. Nothing is left behind then.
    """
    trial = _Trial(choose, Lately(home))
    loaded = library.get(request.role)
    if not loaded.role.enabled:
        raise PolicyError(f"role {loaded.role.name} is disabled", hint="set 'enabled: true' in its file")
    policy = policies.freeze(loaded.role, reach.of_role(store.reader(), loaded.role))
    if unenforced := probe(policies.freeze(loaded.role)):
        raise PolicyError("the gate does not enforce this role, so no session starts", problems=tuple(unenforced))
    models = _models(request)
    limits = budget.check(request.budget)
    plan = _plan(request.plan_file, policy) if request.plan_file is not None else None
    goal = request.goal.strip() or (plan.title if plan is not None else "")
    if not goal:
        raise UsageError("what is to be done? the goal is empty", hint='orion work "what is to be done" --role ROLE')
    if len(goal) > GOAL_LIMIT:
        raise UsageError(f"the goal has {len(goal):,} characters; {GOAL_LIMIT:,} is the most", hint="shorten it")
    guarded = guard.inspect(goal)
    if not (goal := guarded.text.strip()):
        raise UsageError(
            "nothing is left of the goal: all of it reads like an attempt to take over",
            hint="say in your own words what is to be done",
            problems=tuple(str(finding) for finding in guarded.findings),
        )
    found = workspace.inspect(request.workspace)
    if (active := sessions.active_for_workspace(store.reader(), str(found.root))) is not None:
        raise Busy(
            f"session {active.id} ({active.state.words}) works on {found.root}: {display_path(active.goal)}",
            hint=f"let it end, or stop it: orion cancel {active.id}",
        )
    session_id = new_id()
    now = clock.now()
    repo = session_repo.create(home, session_id, found)
    try:
        repo.import_base(found, found.head)
        changed = request.snapshot and (found.dirty or found.untracked)
        snapshot = repo.import_snapshot(found, when=now) if changed else None
        base = intake.contents(repo, snapshot or found.head)
        intake.check_fits(base, profiles.limits(policy.role.sandbox.profile))
        trial.ended()  # raises where nothing can contain the work: better now than in the night
        reviewed = plan is not None and request.review_plan
        session = Session(
            id=session_id,
            workspace=str(found.root),
            goal=goal,
            role=loaded.role.name,
            policy=policy.hash,
            state=SessionState.AWAITING_PLAN if reviewed else SessionState.CREATED,
            reason="its plan waits for you" if reviewed else "waits for a supervisor",
            base_commit=found.head,
            base_branch=found.branch,
            snapshot=snapshot,
            created_at=now,
            updated_at=now,
            tasks_total=len(plan.tasks) if plan is not None and not reviewed else 0,
            models=models,
            budget=limits,
            review_plan=request.review_plan,
        )
        uncommitted = found.uncommitted(snapshot=request.snapshot)
        notes = (*loaded.warnings, *loaded.corrections, *found.notes, *uncommitted)
        store.transact(lambda tx: _insert(tx, session, policy, plan, guarded, notes))
    except BaseException:
        shutil.rmtree(home.sessions / session_id, ignore_errors=True)
        raise
    return session


class _Trial:
    """Whether something can contain the work: known from lately, or found out beside other things.

    A sandbox is tried while roles are read and git copies: it takes longest, and is waiting, mostly.
    """

    def __init__(self, choose: Callable[[], Backend], lately: Lately) -> None:
        self._choose = choose
        self._lately = lately
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        if not lately.came_up():
            self._thread = threading.Thread(target=self._try, name="sandbox-trial", daemon=True)
            self._thread.start()

    def _try(self) -> None:
        try:
            self._choose()
            self._lately.note()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asks
            self._error = error

    def ended(self) -> None:
        """Wait for it. Raises what was found to be wrong."""
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error


def _models(request: SubmitRequest) -> dict[str, str]:
    """The models as they are kept. UsageError for what names none, ModelUnavailable where one is missing."""
    steps = (*_STEPS, "review")
    if unknown := request.models.keys() - set(steps):
        raise UsageError(f"no model is asked for {', '.join(sorted(unknown))}", hint=f"only for {', '.join(steps)}")
    models = {step: str(ModelRef.parse(text)) for step, text in request.models.items() if text.strip()}
    missing = [step for step in _STEPS if step not in models]
    if request.plan_file is None and missing:
        raise ModelUnavailable(
            f"a goal in words needs a model that plans and one that works; none is chosen to {' or '.join(missing)}",
            hint="set ORION_MODEL=provider/name, or model: in settings.yaml (docs/models.md);"
            " or give a plan: orion work --plan PLAN.yaml (docs/playbooks.md)",
        )
    return models


#: What a goal in words asks a model for.
_STEPS = ("plan", "work")


def _plan(path: Path, policy: Policy) -> Plan:
    plan, forbidden = plan_tiers.tiered(playbook.load(path), policy)
    plan_tiers.refuse(forbidden, plan, policy)
    return plan


def _insert(
    tx: Transaction, session: Session, policy: Policy, plan: Plan | None, guarded: guard.Guarded, notes: Sequence[str]
) -> None:
    sessions.save_policy(tx, policy.hash, policies.to_json(policy))
    sessions.insert(tx, session)
    if plan is not None:
        _insert_plan(tx, session, plan)
    if notes:
        events.append(tx, session.id, "session.noted", "orion", {"notes": [str(note) for note in notes]})
    if guarded.findings:
        events.append(tx, session.id, "goal.guarded", "aegis", {"findings": [str(f) for f in guarded.findings]})


def _insert_plan(tx: Transaction, session: Session, plan: Plan) -> None:
    told = {"tasks": len(plan.tasks), "title": plan.title, "source": plan.source}
    if session.state is SessionState.AWAITING_PLAN:
        made = plan_versions.add(tx, session.id, to_json(plan), parent=0, author="user", note="as submitted")
        plan_versions.set_draft(tx, PlanDraft(session_id=session.id, version=made.version, base=0))
        events.append(tx, session.id, "plan.proposed", "user", {"version": made.version, **told})
        return
    plans.save(tx, session.id, to_json(plan), version=1)
    plans.insert_all(tx, rows_of(session.id, plan))
    events.append(tx, session.id, "plan.accepted", "user", told)
