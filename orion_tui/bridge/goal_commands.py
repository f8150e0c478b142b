"""Starting work over the real engine: what a form needs to know, and every problem of what was entered."""

import os
from collections.abc import Mapping, Set
from pathlib import Path

import attrs

from orion_tui.base.errors import OrionError, UsageError, WrongPassphrase
from orion_tui.bridge.goal_port import (
    GOAL_LIMIT,
    FieldProblem,
    GoalForm,
    GoalRequest,
    ModelPick,
    PlaceView,
    RolePick,
    Submitted,
)
from orion_tui.core import playbook, settings
from orion_tui.core.aegis import guard
from orion_tui.core.agent import choice
from orion_tui.core.agent.keys import Key
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.agent.unpriced import unpriced
from orion_tui.core.engine import Engine
from orion_tui.core.repo import workspace
from orion_tui.core.session import budget
from orion_tui.core.session.submit import SubmitRequest
from orion_tui.core.store import sessions
from orion_tui.roles.library import Library, RoleInfo
from orion_tui.roles.schema import ModelWish

#: Sessions that are looked at for the role that was used last.
_RECENT = 200

#: The role that most people begin with.
_FIRST = "software-engineer"

#: What the screen gives for a field that was emptied.
_NONE = "none"


class _PassphraseWanted(OrionError):
    """A vault has to be opened by the person first."""


class GoalHand:
    """The part of the lanes' hold on the engine that starts work."""

    _engine: Engine

    def goal_form(self, workspace: str) -> GoalForm:
        """See GoalCommands."""
        place = self._place(workspace)
        library = self._engine.library(Path(place.root) if place.root else None)
        wish, problem = self._settings_wish()
        used = [session.role for session in self._engine.sessions(limit=_RECENT)]
        picks = [_role(library, info, wish, problem) for info in library.list() if info.counts]

        def place_in_list(pick: RolePick) -> tuple[bool, int, bool, str]:
            last = used.index(pick.name) if pick.name in used else _RECENT
            return (bool(pick.unusable), last, pick.name != _FIRST, pick.name)

        free = frozenset(
            unpriced(self._engine.home, {pick.model for role in picks for pick in (role.plan, role.work) if pick.model})
        )
        picks = [attrs.evolve(role, plan=_priced(role.plan, free), work=_priced(role.work, free)) for role in picks]
        return GoalForm(roles=tuple(sorted(picks, key=place_in_list)), place=place)

    def _settings_wish(self) -> tuple[ModelWish, str]:
        try:
            return settings.load(self._engine.home).model, ""
        except OrionError as error:
            return ModelWish(), "; ".join((error.message, *error.problems))

    def _place(self, given: str) -> PlaceView:
        if not given.strip():
            return PlaceView(path=given, problem="the path of a git repository is missing")
        try:
            found = workspace.inspect(Path(given.strip()).expanduser())
        except (OrionError, ValueError, OSError) as error:
            hint = error.hint if isinstance(error, OrionError) else ""
            return PlaceView(path=given, problem=str(error).partition("\n")[0], hint=hint)
        active = sessions.active_for_workspace(self._engine.store.reader(), str(found.root))
        return PlaceView(
            path=given,
            root=str(found.root),
            branch=found.branch,
            head=found.head,
            changed=len(found.dirty),
            untracked=len(found.untracked),
            notes=tuple(map(str, found.notes)),
            problem=f"session {active.id} ({active.state.words}) works on it" if active is not None else "",
            hint="one session at a time works on a repository: let it end, or cancel it" if active is not None else "",
        )

    def guard(self, goal: str) -> tuple[str, ...]:
        """See GoalCommands."""
        return guard_words(goal)

    def submit_goal(self, request: GoalRequest, passphrase: str = "") -> Submitted:
        """See GoalCommands."""
        problems: list[FieldProblem] = []
        _check_goal(request, problems)
        form = self.goal_form(request.workspace)
        role = next((pick for pick in form.roles if pick.name == request.role), None)
        if role is None or role.unusable:
            why = role.unusable if role is not None else f"there is no role {request.role}" if request.role else "none"
            problems.append(FieldProblem(field="role", message=why, hint="Enter shows the roles that can be used"))
        if form.place.problem:
            problems.append(FieldProblem(field="workspace", message=form.place.problem, hint=form.place.hint))
        limits = _limits(request, problems)
        plan_file = _playbook(request, problems)
        models: dict[str, ModelRef] = {}
        if plan_file is None and not request.playbook and role is not None:
            models = _models(request, role, problems)
        try:
            keys = self._keys(models, passphrase, problems)
        except WrongPassphrase as error:
            return Submitted(problems=(FieldProblem(field="", message=error.message),), needs_passphrase=True)
        except _PassphraseWanted:
            # First what can be mended without a secret.
            return Submitted(problems=tuple(problems), needs_passphrase=not problems)
        self._on_their_servers(models, problems)
        if problems:
            return Submitted(problems=tuple(problems))
        wanted = SubmitRequest(
            workspace=Path(form.place.root),
            goal=request.goal,
            role=request.role,
            plan_file=plan_file,
            snapshot=request.snapshot,
            models={step: str(model) for step, model in models.items()},
            budget=limits,
            review_plan=request.review_plan,
        )
        try:
            self._engine.hand_over_keys(keys)
            return Submitted(session_id=self._engine.submit(wanted).id)
        except OrionError as error:
            return Submitted(problems=(_told("", error),))

    def _keys(self, models: Mapping[str, ModelRef], passphrase: str, problems: list[FieldProblem]) -> dict[str, Key]:
        """The keys to hand over; where one is missing, that is a problem of the field of its model."""
        wanted = False

        def ask() -> str:
            if not passphrase:
                raise _PassphraseWanted("the vault wants its passphrase")
            return passphrase

        found: dict[str, Key] = {}
        told: dict[str, OrionError] = {}
        for step, model in models.items():
            if model.provider in told:
                # The vault is not opened again to say the same.
                problems.append(_told(step, told[model.provider]))
                continue
            try:
                found.update(self._engine.keys_for([model], ask_passphrase=ask))
            except _PassphraseWanted:
                wanted = True
            except OrionError as error:
                if isinstance(error.__cause__, WrongPassphrase):
                    raise error.__cause__ from error
                told[model.provider] = error
                problems.append(_told(step, error))
        if wanted:
            raise _PassphraseWanted("the vault wants its passphrase")
        return found

    def _on_their_servers(self, models: Mapping[str, ModelRef], problems: list[FieldProblem]) -> None:
        """Models that a server of the person's own does not have are problems of their fields."""
        told: set[ModelRef] = set()
        for step, model in models.items():
            if model in told or problems:
                continue  # a server that does not answer costs its two seconds: not before all else is well
            told.add(model)
            try:
                self._engine.check_models([model])
            except OrionError as error:
                problems.append(_told(step, error))


def guard_words(goal: str) -> tuple[str, ...]:
    """What a goal loses before a model reads it, and what it reads then; nothing where it loses nothing."""
    guarded = guard.inspect(goal)
    found = tuple(f"read as an attempt to take over, and left out: {finding}" for finding in guarded.findings)
    rest = " ".join(guarded.text.split())
    return (*found, f"the goal then reads: {rest}" if rest else "nothing is left of the goal") if found else ()


def _role(library: Library, info: RoleInfo, wish: ModelWish, problem: str) -> RolePick:
    unusable = ""
    if info.errors:
        unusable = f"its file has problems: {info.errors[0]}"
    elif not info.trusted:
        unusable = "it came with the repository, and such roles cannot be used yet"
    elif not info.enabled:
        unusable = "it is disabled in its file"
    pick = RolePick(
        name=info.name,
        description=info.display_name,
        scope=info.scope.value if info.scope is not None else "",
        auth=info.auth.value if info.auth is not None else "",
        source=info.source.value,
        unusable=unusable,
    )
    if info.errors:
        return pick
    role = library.read(info.name, info.source).role
    return attrs.evolve(
        pick,
        description=role.description or role.display_name,
        cost_usd=role.limits.max_cost_usd,
        tokens=role.limits.max_tokens,
        hours=role.limits.max_session_hours,
        plan=_pick(choice.Step.PLAN, wish, role.model, problem),
        work=_pick(choice.Step.WORK, wish, role.model, problem),
        review=_pick(choice.Step.REVIEW, wish, role.model, problem),
    )


def _priced(pick: ModelPick, free: Set[str]) -> ModelPick:
    return attrs.evolve(pick, unpriced=pick.model in free)


def _pick(step: choice.Step, wish: ModelWish, role: ModelWish, problem: str) -> ModelPick:
    try:
        chosen = choice.choose(step, environ=os.environ, settings=wish, role=role)
    except UsageError as error:
        return ModelPick(problem=error.message)
    if chosen is None:
        return ModelPick(problem=problem)
    return ModelPick(model=str(chosen.model), chosen_by=chosen.chosen_by)


def _check_goal(request: GoalRequest, problems: list[FieldProblem]) -> None:
    goal = request.goal
    if not goal.strip():
        if not request.playbook:
            problems.append(FieldProblem(field="goal", message="say what is to be done"))
    elif len(goal) > GOAL_LIMIT:
        told = f"{len(goal):,} characters; {GOAL_LIMIT:,} is the most"
        problems.append(FieldProblem(field="goal", message=told, hint="shorten it, or put the rest into a file"))
    elif not guard.inspect(goal).text.strip():
        told = "nothing is left of it: all of it reads like an attempt to take over"
        problems.append(FieldProblem(field="goal", message=told, hint="say in your own words what is to be done"))


def _models(request: GoalRequest, role: RolePick, problems: list[FieldProblem]) -> dict[str, ModelRef]:
    found: dict[str, ModelRef] = {}
    for step, entered, pick in (("plan", request.plan_model, role.plan), ("work", request.work_model, role.work)):
        text = "" if entered == _NONE else entered or pick.model
        if not text:
            hint = "provider/name, such as anthropic/claude-sonnet-5-5; settings.yaml can choose for all work"
            problems.append(FieldProblem(field=step, message=pick.problem or "no model is chosen", hint=hint))
            continue
        try:
            found[step] = ModelRef.parse(text)
        except UsageError as error:
            problems.append(_told(step, error))
    # Who enters another model to plan means all that is asked about the plan.
    if not request.plan_model and role.review.model not in {"", role.plan.model}:
        found["review"] = ModelRef.parse(role.review.model)
    return found


def _limits(request: GoalRequest, problems: list[FieldProblem]) -> dict[str, float | None]:
    given: dict[str, float | None] = {}
    for name, text, what in (
        ("cost_usd", request.cost_usd, "dollars"),
        ("tokens", request.tokens, "tokens"),
        ("hours", request.hours, "hours"),
    ):
        if not text:
            continue
        if text == _NONE:
            given[name] = None
            continue
        try:
            given[name] = float(text.replace(",", "").removeprefix("$"))
        except ValueError:
            told = f"{what}: {text[:20]!r} is no number"
            problems.append(FieldProblem(field="budget", message=told, hint="such as 5, 2,000,000 or 0.5"))
    try:
        return budget.check(given)
    except OrionError as error:
        problems += [FieldProblem(field="budget", message=problem) for problem in error.problems or (error.message,)]
        return {}


def _playbook(request: GoalRequest, problems: list[FieldProblem]) -> Path | None:
    if not request.playbook:
        return None
    path = Path(request.playbook).expanduser()
    try:
        playbook.load(path)
    except OrionError as error:
        problems.append(_told("playbook", error))
        return None
    except ValueError as error:  # a path with a null byte
        problems.append(FieldProblem(field="playbook", message=str(error)))
        return None
    return path


def _told(field: str, error: OrionError) -> FieldProblem:
    return FieldProblem(field=field, message="; ".join((error.message, *error.problems[:3])), hint=error.hint)
