"""A plan as a file for an editor: what goes out comes back, and what is wrong is told with its place (PLAN-3)."""

from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.base.errors import InvalidFile
from orion_tui.base.kinds import ActionKind
from orion_tui.base.text import clean
from orion_tui.core.models.actions import DeleteFile, EditFile, RunCommand, WriteFile
from orion_tui.core.models.plans import Expectation, Plan, PlannedAction, Task
from orion_tui.core.plan_file import dumps, load_task, loads
from orion_tui.core.session.plan_edits import check

pytestmark = pytest.mark.unit

_LINES = st.text(min_size=1, max_size=80).map(lambda text: " ".join(clean(text).split())).filter(bool)
_TEXTS = st.text(max_size=200).map(lambda text: clean(text).strip())
_COMMANDS = st.text(min_size=1, max_size=80).map(lambda text: clean(text).strip()).filter(bool)
_EXPECTED = st.builds(Expectation, exit_code=st.none() | st.integers(0, 255), output=st.none() | _LINES)


def _check(command: str, timeout: float, expect: Expectation) -> PlannedAction:
    return PlannedAction(action=RunCommand(argv=("sh", "-c", command), shell=command, timeout=timeout), expect=expect)


_CHECKS = st.builds(_check, _COMMANDS, st.sampled_from([600.0, 180.0, 0.5]), _EXPECTED)
_FILES = st.sampled_from(
    [
        PlannedAction(action=WriteFile(path="a/b.py", content=b"x = 1\n\x0c\ttab\n", executable=True)),
        PlannedAction(action=WriteFile(path="e", content=b"")),
        PlannedAction(action=EditFile(path="a", old="one\ntwo", new="")),
        PlannedAction(action=DeleteFile(path="a b"), expect=Expectation(blocked=True)),
        PlannedAction(action=RunCommand(argv=("git", "log", "--oneline"), cwd="sub")),
    ]
)


@st.composite
def _plans(draw: st.DrawFn) -> Plan:
    ids = draw(st.lists(st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True), min_size=1, max_size=4, unique=True))
    tasks: list[Task] = []
    for place, id in enumerate(ids):
        agent = draw(st.booleans())
        tasks.append(
            Task(
                id=id,
                title=draw(_LINES),
                description=draw(_TEXTS),
                kind=draw(st.sampled_from([ActionKind.RUN, ActionKind.WRITE_CODE, ActionKind.DEPLOY])),
                needs=tuple(draw(st.lists(st.sampled_from(ids[:place]), unique=True))) if place else (),
                actions=() if agent else tuple(draw(st.lists(_FILES, min_size=1, max_size=2))),
                accept=tuple(draw(st.lists(_CHECKS, max_size=2))),
                estimate_seconds=draw(st.none() | st.integers(0, 1440).map(lambda minutes: minutes * 60.0)),
                confidence=draw(st.integers(0, 100)) / 100,
                agent=agent,
            )
        )
    return Plan(title=draw(_LINES), description=draw(_TEXTS), tasks=tuple(tasks), source="user")


@given(_plans())
def test_what_is_written_is_read_back_exactly(plan: Plan) -> None:
    assert loads(dumps(plan), "plan.yaml") == plan


def test_it_reads_like_a_file_that_a_person_wrote() -> None:
    task = Task(
        id="add",
        title="Add retries",
        description="Two lines,\nkept.",
        kind=ActionKind.WRITE_CODE,
        needs=(),
        accept=(check("python3 -m unittest -q"),),
        estimate_seconds=600.0,
        confidence=0.9,
        agent=True,
    )
    text = dumps(Plan(title="Retry", tasks=(task, attrs.evolve(task, id="b", needs=("add",), accept=())), source="x"))
    assert "\n".join(line for line in text.splitlines() if not line.startswith("#")) == (
        "plan: 1\n"
        "title: Retry\n"
        "tasks:\n"
        "  - id: add\n"
        "    title: Add retries\n"
        "    kind: write_code\n"
        "    description: |-\n"
        "      Two lines,\n"
        "      kept.\n"
        "    accept:\n"
        "      - run: python3 -m unittest -q\n"
        "    estimate_minutes: 10\n"
        "    confidence: 0.9\n"
        "  - id: b\n"
        "    title: Add retries\n"
        "    kind: write_code\n"
        "    description: |-\n"
        "      Two lines,\n"
        "      kept.\n"
        "    needs: [add]\n"
        "    estimate_minutes: 10\n"
        "    confidence: 0.9"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("plan: 1", "plan: 2", "1:7: plan format '2' is unknown"),
        ("title: T", "titel: T", "titel"),
        ("needs: [a]", "needs: [zz]", "needs 'zz', which is not in the plan"),
        ("kind: run_tests", "kind: force_push", "never allowed"),
        ("kind: run_tests", "kind: coffee", "coffee"),
        ("confidence: 0.5", "confidence: 2", "p.yaml:9"),
        ("id: b", "id: B", "cannot be an id"),
        ("id: b", "id: a", "duplicate id"),
        ("tasks:", "tasks: []\nx:", "at least one task"),
        ("confidence: 0.5", "estimate_minutes: -1", "p.yaml:9"),
        ("confidence: 0.5", "actions: []", "nothing would happen"),
    ],
)
def test_problems_are_told_with_their_place(old: str, new: str, said: str) -> None:
    text = (
        "plan: 1\ntitle: T\ntasks:\n- {id: a, title: A, kind: run}\n"
        "- id: b\n  title: B\n  kind: run_tests\n  needs: [a]\n  confidence: 0.5\n"
    )
    loads(text, "p.yaml")
    assert old in text
    with pytest.raises(InvalidFile) as refused:
        loads(text.replace(old, new, 1), "p.yaml")
    assert any(said in problem for problem in refused.value.problems), refused.value.problems


def test_a_task_of_its_own_says_where_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "task.yaml"
    file.write_text(
        "title: Docs\nkind: write_docs\nafter: a\nneeds: [a]\nestimate_minutes: 5\naccept: [run: test -f x]\n"
    )
    task = load_task(file)
    assert (task.id, task.title, task.kind, task.after, task.needs) == ("", "Docs", "write_docs", "a", ("a",))
    assert (task.estimate_minutes, task.accept) == (5.0, (check("test -f x"),))
    file.write_text("title: Docs\nkind: write_docs\nactions: [run: x]\n")
    assert [planned.action for planned in load_task(file).actions] == [RunCommand(argv=("sh", "-c", "x"), shell="x")]
    file.write_text("title: Docs\nkind: write_docs\nactions: []\n")
    with pytest.raises(InvalidFile, match="problem"):
        load_task(file)


def test_a_task_to_be_added_tells_every_problem_at_once(tmp_path: Path) -> None:
    file = tmp_path / "task.yaml"
    file.write_text("title: Docs\nkind: write_dcs\nafter: gret\nneeds: [nowhere]\ntitel: x\n")
    with pytest.raises(InvalidFile) as refused:
        load_task(file, ["greet"])
    told = "\n".join(refused.value.problems)
    assert len(refused.value.problems) == 4, told
    assert "no task 'gret' is in the plan (did you mean 'greet'?)" in told
    assert "no task 'nowhere' is in the plan" in told
    assert "unknown key 'titel'" in told
    assert "did you mean 'write_docs'?" in told
    assert "disable_aegis" not in told, "what is always forbidden is not offered"
