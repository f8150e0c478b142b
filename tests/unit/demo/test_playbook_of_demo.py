"""The demonstration's playbook is one like any other, and shows what it is meant to show."""

from pathlib import Path

import pytest

from orion_tui import demo
from orion_tui.base.kinds import ActionKind, Tier
from orion_tui.base.paths import OrionHome
from orion_tui.core import playbook
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.policy import Policy, freeze
from orion_tui.core.models.actions import RunCommand
from orion_tui.demo import without_pip
from orion_tui.roles.library import Library

pytestmark = pytest.mark.unit


def _policy() -> Policy:
    return freeze(Library(Path("/nonexistent")).get(demo.ROLE).role)


def test_it_loads_through_the_loader_of_every_playbook() -> None:
    plan = playbook.load(demo.PLAYBOOK)
    assert len(plan.tasks) >= 6


def test_tests_fail_before_the_change_and_pass_after_it() -> None:
    plan = playbook.load(demo.PLAYBOOK)
    assert plan.task("failing-tests").actions[-1].expect.exit_code == 1
    assert plan.task("implement").needs == ("failing-tests",)
    assert plan.task("implement").accept[0].expect.exit_code == 0


def test_a_dependency_is_added_from_a_wheel_in_the_repository() -> None:
    task = playbook.load(demo.PLAYBOOK).task("jitter")
    assert task.kind is ActionKind.ADD_DEPENDENCY
    install = task.actions[0].action
    assert isinstance(install, RunCommand)
    decision = decide(classify(install, None), _policy(), confidence=task.confidence)
    assert (decision.tier, decision.rule) == (Tier.REQUIRES_APPROVAL, "requires_approval[0] add_dependency")
    # What is approved is this wheel, whatever happens to the rest of the tree meanwhile.
    classification = classify(install, None)
    assert not classification.opaque
    assert "wheels/tidejitter-1.0.0-py3-none-any.whl" in classification.named_paths


def test_it_asks_a_person_exactly_once() -> None:
    policy = _policy()
    asked = [
        planned.action
        for task in playbook.load(demo.PLAYBOOK).tasks
        for planned in (*task.actions, *task.accept)
        if isinstance(planned.action, RunCommand)
        and decide(classify(planned.action, None), policy, confidence=task.confidence).tier is Tier.REQUIRES_APPROVAL
    ]
    assert len(asked) == 1


def test_without_pip_the_wheel_is_unpacked_after_everything_that_changes_the_tree(
    orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(without_pip, "sandbox_has_pip", lambda: False)
    plan = playbook.load(demo.prepare(orion_home).plan_file)
    install = plan.task("jitter").actions[0].action
    assert isinstance(install, RunCommand)
    assert "|| python3 -m zipfile -e wheels/" in install.text
    assert decide(classify(install, None), _policy(), confidence=1.0).rule == "requires_approval[0] add_dependency"
    assert set(plan.task("jitter").needs) == {"implement", "shortcut", "docs"}


def test_with_pip_the_shipped_playbook_is_played(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(without_pip, "sandbox_has_pip", lambda: True)
    assert demo.prepare(orion_home).plan_file == demo.PLAYBOOK


def test_the_forbidden_action_is_expected_to_be_blocked() -> None:
    (action,) = playbook.load(demo.PLAYBOOK).task("shortcut").actions
    assert action.expect.blocked


def test_other_tasks_go_on_while_the_approval_waits() -> None:
    plan = playbook.load(demo.PLAYBOOK)
    assert {"docs", "shortcut"} <= {task.id for task in plan.tasks if "jitter" not in task.needs}
