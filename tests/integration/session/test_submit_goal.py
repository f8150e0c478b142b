"""A goal in words, handed in: what the session is then, and what is refused, leaving nothing behind (RUN-6, PLAN-3)."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orion_tui.base.errors import ModelUnavailable, NotFound, SandboxUnavailable, UsageError
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.sandbox import select
from orion_tui.core.sandbox.base import Backend
from orion_tui.core.sandbox.lately import Lately
from orion_tui.core.session.submit import SubmitRequest
from orion_tui.core.session.submit import submit as submit_to

if TYPE_CHECKING:
    from tests.support.bench import Bench

pytestmark = pytest.mark.bubblewrap

MODELS = {"plan": "acme/planner-1", "work": "Acme:worker-1"}
PLAYBOOK = """\
playbook: 1
title: Write the docs
tasks:
- id: docs
  title: Write them
  kind: write_docs
  actions: [{write: {path: docs/a.md, content: a}}]
"""


def submit(bench: "Bench", **given: object) -> Session:
    request = {"workspace": bench.repo, "goal": "Retry with back-off", "role": "software-engineer", **given}
    return bench.engine.submit(SubmitRequest(**request))  # pyright: ignore[reportArgumentType]


def test_a_goal_in_words_is_a_session_without_a_plan(bench: "Bench") -> None:
    session = submit(bench, models=MODELS, budget={"cost_usd": None, "tokens": 5e5, "hours": 2}, review_plan=True)
    found = bench.engine.session(session.id)
    assert (found.state, found.tasks_total, found.review_plan) == (SessionState.CREATED, 0, True)
    assert found.models == {"plan": "acme/planner-1", "work": "acme/worker-1"}
    assert found.budget == {"cost_usd": None, "tokens": 5e5, "hours": 2.0}
    assert bench.engine.plan_in_force(session.id) is None
    assert bench.engine.tasks(session.id) == []


@pytest.mark.parametrize("models", [{}, {"plan": "acme/planner-1"}, {"plan": "acme/planner-1", "work": " "}])
def test_without_a_model_the_fix_is_told(bench: "Bench", models: dict[str, str]) -> None:
    with pytest.raises(ModelUnavailable) as refused:
        submit(bench, models=models)
    assert "ORION_MODEL" in refused.value.hint
    assert "--plan" in refused.value.hint
    assert not any(bench.home.sessions.iterdir())


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"goal": " "}, UsageError),
        ({"models": {"plan": "nonsense", "work": "a/b"}}, UsageError),
        ({"models": {**MODELS, "cook": "a/b"}}, UsageError),
        ({"budget": {"hours": 25}}, UsageError),
        ({"budget": {"cost_usd": -0.01}}, UsageError),
        ({"budget": {"cost_usd": math.nan}}, UsageError),
        ({"budget": {"tokens": None}}, UsageError),
        ({"budget": {"beers": 1}}, UsageError),
        ({"role": "nobody"}, NotFound),
    ],
)
def test_what_is_wrong_with_a_request_is_told_before_anything_is_made(
    bench: "Bench", given: dict[str, object], kind: type[UsageError]
) -> None:
    with pytest.raises(kind):
        submit(bench, **{"models": MODELS, **given})
    assert bench.engine.sessions() == []
    assert not any(bench.home.sessions.iterdir())


def test_a_plan_of_ones_own_can_be_looked_at_first(bench: "Bench", tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAYBOOK)
    session = submit(bench, plan_file=file, review_plan=True)
    assert session.state is SessionState.AWAITING_PLAN
    assert bench.engine.tasks(session.id) == []
    seen = bench.engine.plan_review(session.id)
    assert [task.id for task in seen.plan.tasks] == ["docs"]
    assert not seen.can_undo
    bench.engine.approve_plan(session.id, version=seen.version)
    with bench.supervisor():
        assert bench.wait(session).state is SessionState.COMPLETED
    assert bench.files(session) == ["docs/a.md"]


def test_a_sandbox_is_tried_ahead_unless_one_came_up_lately(bench: "Bench") -> None:
    tried: list[Backend] = []

    def choose() -> Backend:
        tried.append(select.choose())
        return tried[-1]

    engine = bench.engine
    request = SubmitRequest(workspace=bench.repo, goal="Retry", role="software-engineer", models=MODELS)

    def submitted() -> None:
        session = submit_to(bench.home, engine.store, engine.clock, engine.library(bench.repo), request, choose)
        engine.cancel(session.id)

    submitted()
    submitted()
    assert len(tried) == 1
    Lately(bench.home).forget()
    submitted()
    assert len(tried) == 2


def test_where_no_sandbox_comes_up_nothing_is_remembered(bench: "Bench") -> None:
    def choose() -> Backend:
        raise SandboxUnavailable("none here")

    engine = bench.engine
    request = SubmitRequest(workspace=bench.repo, goal="Retry", role="software-engineer", models=MODELS)
    with pytest.raises(SandboxUnavailable):
        submit_to(bench.home, engine.store, engine.clock, engine.library(bench.repo), request, choose)
    assert not Lately(bench.home).came_up()
    assert not any(bench.home.sessions.iterdir())
