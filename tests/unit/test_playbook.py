"""Playbooks: what loads, and what is refused with its place (MODEL-2, PLAN-1)."""

from pathlib import Path

import pytest

from orion_tui.base.errors import InvalidFile
from orion_tui.base.kinds import ActionKind
from orion_tui.core.models.actions import DeleteFile, EditFile, RunCommand, WriteFile
from orion_tui.core.models.plans import Expectation
from orion_tui.core.playbook import load

pytestmark = pytest.mark.unit

WHOLE = """\
playbook: 1
title: Retry with back-off
description: |
  Two lines,
  kept.
tasks:
  - id: baseline
    title: Run the tests as they are
    kind: run_tests
    confidence: 0.95
    estimate_seconds: 5
    actions:
      - run: python3 -m unittest -q
        timeout: 60
        cwd: sub/dir
        expect: {exit: 1, output: FAILED}
      - run: [git, log, --oneline]
        expect: {exit: any}
  - id: change
    title: Change things
    kind: write_code
    needs: [baseline]
    actions:
      - write: {path: a/b.py, content: "x = 1\\n", executable: true}
      - edit: {path: a/b.py, old: "1", new: ""}
      - delete: a/c.py
      - run: git push --force
        expect: {blocked: true}
    accept:
      - run: python3 -m unittest -q
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    return path


def test_a_whole_playbook_loads_as_written(tmp_path: Path) -> None:
    plan = load(write(tmp_path, WHOLE))
    assert plan.title == "Retry with back-off"
    assert plan.description == "Two lines,\nkept.\n"
    assert [task.id for task in plan.tasks] == ["baseline", "change"]
    baseline, change = plan.tasks
    assert baseline.kind is ActionKind.RUN_TESTS
    assert (baseline.confidence, baseline.estimate_seconds) == (0.95, 5.0)
    shell, argv = baseline.actions
    assert shell.action == RunCommand(
        argv=("sh", "-c", "python3 -m unittest -q"), shell="python3 -m unittest -q", cwd="sub/dir", timeout=60.0
    )
    assert shell.expect == Expectation(exit_code=1, output="FAILED")
    assert argv.action == RunCommand(argv=("git", "log", "--oneline"))
    assert argv.expect == Expectation(exit_code=None)
    assert change.needs == ("baseline",)
    assert [planned.action for planned in change.actions[:3]] == [
        WriteFile(path="a/b.py", content=b"x = 1\n", executable=True),
        EditFile(path="a/b.py", old="1", new=""),
        DeleteFile(path="a/c.py"),
    ]
    assert change.actions[3].expect.blocked
    assert len(change.accept) == 1


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("playbook: 1", "playbook: 2", "plan.yaml:1:11: playbook format '2' is unknown"),
        ("title: Retry with back-off\n", "", "title is missing"),
        ("kind: run_tests", "kind: run_tets", "did you mean 'run_tests'?"),
        ("id: change", "id: baseline", "duplicate id 'baseline': first given at line 7"),
        ("id: change", "id: ../x", "cannot be an id"),
        ("needs: [baseline]", "needs: [basline]", "needs 'basline', which is not in the plan"),
        ("needs: [baseline]", "needs: [change]", "in a circle: change -> change"),
        ("confidence: 0.95", "confidence: 1.5", "must be at least 0 and at most 1"),
        ("timeout: 60", "timeout: 0", "more than 0"),
        ("timeout: 60", "timeuot: 60", "unknown key 'timeuot' (did you mean 'timeout'?)"),
        ("cwd: sub/dir", "cwd: ../sub", "leaves the workspace"),
        ("path: a/b.py, content", "path: /etc/passwd, content", "leaves the workspace"),
        ("path: a/b.py, content", "path: a//b.py, content", "write 'a//b.py' as 'a/b.py'"),
        ("delete: a/c.py", "delete: a/../../c.py", "leaves the workspace"),
        ('content: "x = 1\\n", ', "", "content is missing"),
        (', new: ""', "", "new is missing"),
        ("exit: 1,", "exit: 300,", "at most 255"),
        ("expect: {blocked: true}", "expect: {blocked: true, exit: 1}", "neither exit status nor output"),
        ("run: [git, log, --oneline]", "run: []", "needs at least the program's name"),
        ("- delete: a/c.py", "- delete: a/c.py\n        run: x", "found run and delete"),
        ("- delete: a/c.py", "- fetch: a/c.py", "found none"),
        ("- delete: a/c.py", "- delet: a/c.py", "unknown key 'delet' (did you mean 'delete'?)"),
        ("    accept:\n      - run: python3 -m unittest -q", "    accept:\n      - delete: x", "exactly one of run"),
    ],
)
def test_a_slip_is_named_where_it_stands(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in WHOLE
    with pytest.raises(InvalidFile) as caught:
        load(write(tmp_path, WHOLE.replace(before, after, 1)))
    assert said in "\n".join(caught.value.problems)


@pytest.mark.parametrize("here", [".", "./"])
def test_the_workspace_itself_can_be_named_as_the_directory(tmp_path: Path, here: str) -> None:
    plan = load(write(tmp_path, WHOLE.replace("cwd: sub/dir", f"cwd: '{here}'", 1)))
    action = plan.tasks[0].actions[0].action
    assert isinstance(action, RunCommand)
    assert action.cwd == ""


def test_a_final_slash_of_a_directory_does_not_matter(tmp_path: Path) -> None:
    action = load(write(tmp_path, WHOLE.replace("cwd: sub/dir", "cwd: sub/dir/", 1))).tasks[0].actions[0].action
    assert isinstance(action, RunCommand)
    assert action.cwd == "sub/dir"


@pytest.mark.parametrize("content", [b"[1", b"\xff\xfe"])
def test_of_what_cannot_be_read_nothing_else_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidFile) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert "not YAML" in problem or "not UTF-8" in problem


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    text = (
        WHOLE.replace("kind: run_tests", "kind: nope")
        .replace("a/c.py", "/x")
        .replace("title: Change things", "titel: x")
    )
    with pytest.raises(InvalidFile) as caught:
        load(write(tmp_path, text))
    assert len(caught.value.problems) >= 3
    assert all("plan.yaml:" in problem for problem in caught.value.problems)


def test_a_circle_through_several_tasks_is_drawn(tmp_path: Path) -> None:
    tasks = "".join(
        f"  - {{id: t{n}, title: T, kind: run, needs: [t{(n + 1) % 4}], actions: [{{run: ls}}]}}\n" for n in range(4)
    )
    with pytest.raises(InvalidFile) as caught:
        load(write(tmp_path, f"playbook: 1\ntitle: x\ntasks:\n{tasks}"))
    assert "t0 -> t1 -> t2 -> t3 -> t0" in "\n".join(caught.value.problems)


@pytest.mark.parametrize("text", ["", "[]", "playbook: 1", "tasks: [", "playbook: 1\ntitle: x\ntasks: []\n"])
def test_what_is_no_playbook_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidFile):
        load(write(tmp_path, text))


def test_a_missing_file_and_a_directory_are_told_apart_from_a_bad_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="is not a file"):
        load(tmp_path)
    with pytest.raises(InvalidFile, match="is not a file"):
        load(tmp_path / "none.yaml")


def test_a_task_that_would_do_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile) as caught:
        load(write(tmp_path, "playbook: 1\ntitle: x\ntasks:\n  - {id: a, title: A, kind: run}\n"))
    assert "nothing would happen" in caught.value.problems[0]
