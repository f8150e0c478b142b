"""The demonstration's playbook is one like any other, and shows what it is meant to show."""

import pytest

from orion_tui import demo
from orion_tui.base.kinds import ActionKind
from orion_tui.core import playbook
from orion_tui.core.models.actions import RunCommand

pytestmark = pytest.mark.unit


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
    assert "--no-index --find-links wheels" in install.text


def test_the_forbidden_action_is_expected_to_be_blocked() -> None:
    (action,) = playbook.load(demo.PLAYBOOK).task("shortcut").actions
    assert action.expect.blocked


def test_other_tasks_go_on_while_the_approval_waits() -> None:
    plan = playbook.load(demo.PLAYBOOK)
    assert {"docs", "shortcut"} <= {task.id for task in plan.tasks if "jitter" not in task.needs}
