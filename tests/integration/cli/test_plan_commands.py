"""`orion work` with a goal, `plan`, `hint`, `budget`, `retry` and answers, on a real repository; no model is asked."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from orion_tui.base.kinds import ActionKind
from orion_tui.base.paths import OrionHome
from orion_tui.cli import main
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import Approval, ApprovalStatus, SessionState
from orion_tui.core.models.task_status import TaskStatus
from orion_tui.core.session.plan_edits import check
from orion_tui.core.store import approvals, events, hints, sessions
from tests.support.command_line import Orion, Ran
from tests.support.drafts import Drafts, plan, task
from tests.support.program import repository

MODEL = "ollama/qwen3"


@attrs.frozen
class Desk:
    """A session on a real repository, and the command line."""

    orion: Orion
    engine: Engine
    drafts: Drafts
    session: str

    def propose(self, *tasks: str) -> int:
        """A plan of tasks, each after the one before, waits for the person."""
        made = [task(id, *tasks[place - 1 : place] if place else ()) for place, id in enumerate(tasks)]
        return self.drafts.propose(plan(*made), self.session)

    def plan(self, *arguments: str, code: int = 0) -> Ran:
        ran = self.orion("plan", self.session, *arguments)
        assert ran.code == code, (ran.out, ran.err)
        return ran

    def waiting(self) -> dict[str, Any]:
        review: dict[str, Any] = self.plan("--json").json()["review"]
        return review

    def ids(self) -> list[str]:
        return [one["id"] for one in self.waiting()["plan"]["tasks"]]

    def state(self) -> str:
        return str(self.engine.session(self.session).state)

    def types(self) -> list[str]:
        return [event.type for event in self.engine.events(session_id=self.session, limit=1000)]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ORION_MODEL", raising=False)
    return repository(tmp_path / "repo", {"a.py": "a = 1\n"})


@pytest.fixture
def engine(orion_home: OrionHome) -> Iterator[Engine]:
    opened = Engine.open(orion_home, wake=lambda: None)
    yield opened
    opened.close()


@pytest.fixture
def desk(orion: Orion, engine: Engine, repo: Path) -> Desk:
    done = orion("work", "Retry with back-off", "-r", "software-engineer", "-w", str(repo), "--model", MODEL, "--json")
    assert done.code == 0, done.err
    return Desk(orion, engine, Drafts(engine=engine), done.json()["id"])


# --- work -------------------------------------------------------------------------------------------------------------


def test_a_goal_is_given_to_the_chosen_models(orion: Orion, engine: Engine, repo: Path) -> None:
    done = orion(
        "work", "Retry", "-r", "software-engineer", "-w", str(repo), "--model", MODEL, "--plan-model", "ollama/big",
        "--review", "--cost", "none", "--tokens", "5000", "--hours", "2",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "plan ollama/big, chosen by --plan-model" in done.out
    assert "work ollama/qwen3, chosen by --model" in done.out
    (session,) = engine.sessions()
    assert session.models == {"plan": "ollama/big", "work": "ollama/qwen3"}
    assert session.budget == {"cost_usd": None, "tokens": 5000.0, "hours": 2.0}
    assert session.review_plan


def test_the_environment_chooses_a_model_too(
    orion: Orion, engine: Engine, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORION_MODEL", "ollama/small")
    assert orion("work", "Retry", "-r", "software-engineer", "-w", str(repo)).code == 0
    assert engine.sessions()[0].models == {"plan": "ollama/small", "work": "ollama/small"}


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ((), 12, "ORION_MODEL"),
        ((), 12, "--plan FILE"),
        (("--model", "nonsense"), 2, "names no model"),
        (("--model", "nobody/x"), 3, "nobody"),
        (("--model", "anthropic/claude"), 12, "ANTHROPIC_API_KEY"),
        (("--model", MODEL, "--hours", "25"), 2, "24 is the most"),
        (("--model", MODEL, "--cost", "much"), 2, "neither a number"),
        (("--model", MODEL, "--plan", "x.yaml"), 2, "without a model"),
    ],
)
def test_what_is_wrong_is_told_before_any_work(
    orion: Orion,
    engine: Engine,
    repo: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    done = orion("work", "Retry", "-r", "software-engineer", "-w", str(repo), *more)
    assert done.code == code, done.err
    assert said in done.err
    assert engine.sessions() == []


def test_waiting_for_a_playbook_that_is_reviewed_has_its_own_exit_code(
    orion: Orion, engine: Engine, repo: Path, tmp_path: Path
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        "playbook: 1\ntitle: Docs\ntasks:\n- {id: d, title: D, kind: write_docs, accept: [{run: test -f docs/a.md}]}\n"
    )
    command = ("work", "-r", "software-engineer", "-w", str(repo), "-p", str(file), "--review", "--wait")
    done = orion(*command)
    assert done.code == 25
    session = engine.sessions()[0].id
    assert f"orion plan {session} --approve" in done.out
    engine.cancel(session)
    assert orion(*command, "--json").json()["review"]["plan"]["tasks"][0]["checks"] == ["test -f docs/a.md"]


# --- plan -------------------------------------------------------------------------------------------------------------


def test_before_there_is_a_plan_that_is_said(desk: Desk) -> None:
    assert "no plan yet" in desk.plan().out
    assert desk.plan("--json").json()["review"] is None
    desk.plan("--approve", code=10)
    desk.plan("--print", code=3)


def test_a_plan_that_waits_is_shown_with_what_to_do(desk: Desk) -> None:
    desk.propose("a", "b")
    out = desk.plan().out
    for word in ("version 1", "Do a", "✓ autonomous", "10 to 20 min", "python3 -m unittest -q", "2 tasks to do"):
        assert word in out
    assert f"orion plan {desk.session} --approve" in out
    assert f"orion plan {desk.session} --review" in desk.orion("status").out
    assert f"orion plan {desk.session} --review" in desk.orion("sessions", "show", desk.session).out


def test_what_is_expected_of_a_check_is_shown(desk: Desk) -> None:
    fails = attrs.evolve(task("a"), accept=(check('python3 -m unittest -q => exit 1, output "Error"'),))
    desk.drafts.propose(plan(fails), desk.session)
    assert 'python3 -m unittest -q => exit 1, output "Error"' in desk.plan().out
    (shown,) = desk.waiting()["plan"]["tasks"]
    assert shown["checks"] == ['python3 -m unittest -q => exit 1, output "Error"']
    assert shown["accept"] == [{"run": "python3 -m unittest -q", "exit": 1, "output": "Error"}]
    assert "exit: 1" in desk.plan("--print").out


def test_what_waits_says_what_it_may_cost_and_which_model_has_no_price(desk: Desk) -> None:
    desk.propose("a")
    assert "10 to 20 min, a guess" in desk.plan().out
    assert f"no price is known of {MODEL}" in desk.plan().out
    assert "$" not in desk.plan().out
    assert f"no price is known of {MODEL}" in desk.orion("status", desk.session).out
    assert desk.plan("--json").json()["unpriced"] == [MODEL]
    (desk.engine.home.root / "settings.yaml").write_text(f"prices:\n  {MODEL}: {{input: 1, output: 2}}\n")
    (desk.engine.home.root / "settings.yaml").chmod(0o600)
    assert "no price" not in desk.plan().out
    assert "cost: not known before there are 5 like tasks" in desk.plan().out


def test_each_option_says_what_it_did_and_the_new_version(desk: Desk, tmp_path: Path) -> None:
    desk.propose("a", "b", "c")
    assert "removed task c: Do c; the plan is version 2 now" in desk.plan("--remove", "c").out
    assert "no task stands before one that it needs" in desk.plan("--move", "b", "1", code=2).err
    assert "task b needs nothing; the plan is version 3 now" in desk.plan("--needs", "b", "").out
    assert "version 4" in desk.plan("--move", "b", "1").out
    assert desk.ids() == ["b", "a"]
    file = tmp_path / "task.yaml"
    file.write_text("title: Docs\nkind: write_docs\nafter: b\nneeds: [b]\n")
    assert "added task docs" in desk.plan("--add", str(file)).out
    assert desk.ids() == ["b", "docs", "a"]
    assert "undone: added task docs" in desk.plan("--undo").out
    assert desk.ids() == ["b", "a"]
    done = desk.plan("--approve")
    assert "version 4 of the plan is in force" in done.out
    assert desk.state() == "running"
    assert [task.id for task in desk.engine.tasks(desk.session)] == ["b", "a"]


def test_what_is_printed_can_be_edited_and_given_back(desk: Desk, tmp_path: Path) -> None:
    desk.propose("a", "b")
    file = tmp_path / "plan.yaml"
    file.write_text(desk.plan("--print").out.replace("title: Do b", "title: Do it better"))
    assert "version 2" in desk.plan("--edit", str(file)).out
    assert "nothing changes" in desk.plan("--edit", str(file)).out
    assert [task["title"] for task in desk.waiting()["plan"]["tasks"]] == ["Do a", "Do it better"]
    file.write_text(
        file.read_text().replace("kind: write_code", "kind: write_cod", 1).replace("needs: [a]", "needs: [z]")
    )
    refused = desk.plan("--edit", str(file), code=4)
    assert refused.err.count(f"{file}:") >= 2
    assert desk.waiting()["version"] == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--remove", "zzz"), 3),
        (("--move", "a", "0"), 2),
        (("--needs", "a", "b"), 2),
        (("--approve", "--at", "7"), 9),
        (("--send-back", ""), 2),
        (("--keep",), 10),
        (("--undo",), 10),
        (("--approve", "--undo"), 2),
        (("--approve", "--versions"), 2),
        (("--comment", "x"), 2),
        (("--at", "1"), 2),
        (("--edit", "nowhere.yaml"), 4),
        (("--review",), 2),
    ],
)
def test_what_cannot_be_done_changes_nothing(desk: Desk, arguments: tuple[str, ...], code: int) -> None:
    desk.propose("a", "b")
    before = desk.waiting()
    assert desk.plan(*arguments, code=code).err
    assert desk.waiting() == before


def test_a_forbidden_task_is_told_and_keeps_the_plan_from_approval(desk: Desk) -> None:
    desk.drafts.propose(plan(task("a"), task("ship", kind=ActionKind.DEPLOY)), desk.session)
    out = desk.plan().out
    assert "■ forbidden" in out
    assert "task ship" in out
    assert "--approve" not in out
    refused = desk.plan("--approve", code=7)
    assert "task ship" in refused.err
    desk.plan("--remove", "ship")
    desk.plan("--approve")


def test_a_plan_is_sent_back(desk: Desk) -> None:
    desk.propose("a")
    desk.plan("--send-back", "smaller steps")
    assert desk.state() == "planning"
    assert "you said: smaller steps" in desk.plan().out


def test_a_plan_that_was_left_open_when_the_work_ended_says_so(desk: Desk) -> None:
    desk.propose("a")
    assert desk.orion("cancel", desk.session).code == 0
    out = desk.plan().out
    assert "never decided on, for the session is cancelled" in out
    assert "--approve" not in out
    desk.plan("--approve", code=10)
    assert desk.orion("retry", desk.session).code == 0
    desk.plan("--approve")


def test_a_revision_shows_what_it_changes_and_can_be_turned_down(desk: Desk) -> None:
    desk.propose("a", "b")
    desk.plan("--approve")
    desk.drafts.status({"a": TaskStatus.DONE}, desk.session)
    desk.propose("a", "b", "new")
    out = desk.plan().out
    assert "+ added task new: Do new" in out
    assert desk.waiting()["changes"][0]["task"] == "new"
    assert desk.plan("--remove", "a", code=10).err
    assert "goes on with version 1" in desk.plan("--keep", "--comment", "enough").out
    assert desk.state() == "running"
    out = desk.plan().out
    assert "✓ done" in out
    assert "new" not in out.split()


def test_versions_are_listed(desk: Desk) -> None:
    desk.propose("a", "b")
    desk.plan("--remove", "b")
    listed = desk.plan("--versions", "--json").json()
    assert [(one["version"], one["parent"], one["author"], one["draft"]) for one in listed] == [
        (1, 0, "acme/planner-1", False),
        (2, 1, "user", True),
    ]
    assert "removed task b" in desk.plan("--versions").out
    desk.plan("--approve")
    assert [one["in_force"] for one in desk.plan("--versions", "--json").json()] == [False, True]


# --- plan --review ----------------------------------------------------------------------------------------------------


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def review(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *said: str) -> Ran:
    """The dialog with a person who types these lines."""
    monkeypatch.setattr(sys, "stdin", _Terminal("".join(f"{line}\n" for line in said)))
    capsys.readouterr()
    code = main.run(["plan", desk.session, "--review"])
    captured = capsys.readouterr()
    return Ran(code, captured.out, captured.err)


def test_a_person_edits_and_approves(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.propose("a", "b", "c")
    ran = review(desk, monkeypatch, capsys, "x", "d zzz", "d 3", "n b", "none", "m b", "1", "d a", "u", "a")
    assert ran.code == 0, ran.err
    assert "say one of the letters" in ran.err
    assert "no task zzz" in ran.err
    assert desk.state() == "running"
    assert [task.id for task in desk.engine.tasks(desk.session)] == ["b", "a"]


@pytest.mark.parametrize(
    ("said", "state"),
    [(("s smaller",), "planning"), (("s", "smaller"), "planning"), (("q",), "awaiting_plan_approval")],
)
def test_a_person_sends_back_or_leaves(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], said: tuple[str, ...], state: str
) -> None:
    desk.propose("a")
    assert review(desk, monkeypatch, capsys, *said).code == 0
    assert desk.state() == state


def test_nothing_said_is_nothing_decided_and_only_a_revision_can_be_turned_down(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.propose("a")
    ran = review(desk, monkeypatch, capsys, "s", "", "k", "q")
    assert ran.code == 0, ran.err
    assert "nothing was said, so nothing is decided" in ran.err
    assert "say one of the letters" in ran.err, "there is no old plan to keep"
    assert "k keep the old one" not in ran.out
    assert desk.state() == "awaiting_plan_approval"


def test_the_menu_breaks_between_its_words(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.propose("a")
    monkeypatch.setenv("COLUMNS", "60")
    lines = review(desk, monkeypatch, capsys, "q").out.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("a approve"))
    menu = lines[start : start + 2]
    assert all(len(line) < 60 for line in menu)
    assert "  ".join(menu).split("  ")[-2:] == ["u undo", "q leave"]


def test_an_editor_gets_every_problem_and_another_chance(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    desk.propose("a", "b")
    editor = tmp_path / "editor"
    # The first time it breaks the plan, the second time it mends it.
    editor.write_text(
        '#!/bin/sh\nif grep -q "needs: .nowhere." "$1"; then sed -i "s/needs: .nowhere./needs: []/" "$1";'
        ' else sed -i "s/needs: .a./needs: [nowhere]/; s/title: Do a/title: Do more/" "$1"; fi\n'
    )
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    ran = review(desk, monkeypatch, capsys, "e", "y", "q")
    assert "needs 'nowhere', which is not in the plan" in ran.err
    tasks = desk.waiting()["plan"]["tasks"]
    assert [(one["title"], one["needs"]) for one in tasks] == [("Do more", []), ("Do b", [])]


def test_somebody_else_was_faster(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    version = desk.propose("a", "b")
    editor = tmp_path / "editor"
    editor.write_text(
        f"#!/bin/sh\n{sys.executable} -m orion_tui.cli.main plan {desk.session} --remove b >/dev/null\n"
        'sed -i "s/title: Do a/title: Do more/" "$1"\n'
    )
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    ran = review(desk, monkeypatch, capsys, "e", "q")
    assert "edited elsewhere" in ran.err
    assert desk.waiting()["version"] == version + 1
    assert [one["title"] for one in desk.waiting()["plan"]["tasks"]] == ["Do a"]


# --- hint, budget, retry, answers -------------------------------------------------------------------------------------


def test_a_hint_comes_from_the_command_line_or_a_pipe(desk: Desk) -> None:
    assert desk.orion("hint", desk.session, "look at a.py").code == 0
    assert desk.orion("hint", desk.session, "-", stdin="and at b.py\n").code == 0
    assert [hint.text for hint in hints.waiting(desk.engine.store.reader(), desk.session)] == [
        "look at a.py",
        "and at b.py",
    ]
    assert desk.orion("hint", desk.session, " ").code == 2
    assert "you said: look at a.py" in desk.orion("logs", desk.session).out
    desk.engine.cancel(desk.session)
    assert desk.orion("hint", desk.session, "too late").code == 10


def test_a_budget_is_shown_and_set(desk: Desk) -> None:
    told = desk.orion("budget", desk.session).out
    assert "cost     not counted" in told
    assert f"no price is known of {MODEL}" in told, "nothing is shown as free that is only not counted"
    done = desk.orion("budget", desk.session, "--cost", "none", "--hours", "12")
    assert done.code == 0, done.err
    assert "of 12 h" in done.out
    assert desk.orion("budget", desk.session, "--json").json() == {
        "session": desk.session,
        "limits": {"cost_usd": None, "tokens": 2_000_000, "hours": 12.0},
        "used": {"cost_usd": 0.0, "tokens": 0, "hours": 0.0},
    }
    assert "cost $5.00 → no limit, hours 8 → 12" in desk.orion("logs", desk.session).out
    assert desk.orion("budget", desk.session, "--tokens", "-1").code == 2


def test_failed_tasks_are_tried_again(desk: Desk) -> None:
    desk.propose("a", "b")
    desk.plan("--approve")
    desk.drafts.status({"a": TaskStatus.FAILED, "b": TaskStatus.BLOCKED}, desk.session)
    with desk.engine.store.transaction() as tx:
        sessions.update(tx, desk.session, cost_usd=5.0)
        sessions.set_state(tx, desk.session, set(SessionState), SessionState.FAILED, "the cost limit is reached")
    assert f"orion retry {desk.session}" in desk.orion("status", desk.session).out
    refused = desk.orion("retry", desk.session)
    assert refused.code == 10
    assert "orion budget" in refused.err
    assert desk.orion("budget", desk.session, "--cost", "9").code == 0
    done = desk.orion("retry", desk.session)
    assert done.code == 0, done.err
    assert f"session {desk.session} is tried again: a, b" in done.out
    assert desk.state() == "running"
    assert desk.orion("retry", desk.session, "a").code == 10
    assert desk.orion("retry", desk.session, "zzz").code == 3


def test_what_ended_at_a_limit_is_not_tried_again_before_it_has_more(desk: Desk) -> None:
    desk.propose("a")
    desk.plan("--approve")
    reason = "the limit of 3,000 tokens leaves 200; the next question takes about 1,900"
    with desk.engine.store.transaction() as tx:
        sessions.update(tx, desk.session, tokens=2_800, budget={"tokens": 3_000.0})
        events.append(tx, desk.session, "limit.reached", "orion", {"limit": "tokens", "reason": reason})
        sessions.set_state(tx, desk.session, set(SessionState), SessionState.FAILED, reason)
    assert f"orion budget {desk.session} --tokens N    then: orion retry" in desk.orion("status", desk.session).out
    refused = desk.orion("retry", desk.session)
    assert (refused.code, reason in refused.err, "orion budget" in refused.err) == (10, True, True)
    assert desk.orion("budget", desk.session, "--tokens", "9000").code == 0
    assert "orion budget" not in desk.orion("status", desk.session).out
    assert desk.orion("retry", desk.session).code == 0


def test_a_plan_says_which_tasks_wait_for_a_yes_because_it_is_unsure_of_them(desk: Desk) -> None:
    desk.drafts.propose(plan(task("sure"), attrs.evolve(task("unsure", "sure"), confidence=0.65)), desk.session)
    shown = desk.plan().out
    assert shown.count("◐ asks first") == 1
    assert "below 0.70 a task waits for your yes before it begins" in shown
    assert desk.waiting()["asks_below"] == 0.7


def test_a_question_is_shown_and_answered(desk: Desk) -> None:
    desk.propose("a")
    desk.plan("--approve")
    asked = Approval(
        id="b" * 12, session_id=desk.session, task_id="a", index=0, status=ApprovalStatus.PENDING, binding="b",
        card={"title": "question: Which port?", "question": "Which port?", "preview": "Which port?"}, created_at=0.0,
    )  # fmt: skip
    with desk.engine.store.transaction() as tx:
        approvals.insert(tx, asked)
        events.append(tx, desk.session, "task.asked", "agent", {"task": "a", "question": "Which port?"})
    assert "the agent asks: Which port?" in desk.orion("status").out
    assert f"orion approvals answer {asked.id}" in desk.orion("approvals", "show", "bb").out
    refused = desk.orion("approvals", "approve", "bb")
    assert refused.code == 2
    assert f"orion approvals answer {asked.id}" in refused.err
    assert desk.orion("approvals", "answer", "bb", "-", stdin="8080\n").code == 0
    assert desk.orion("approvals", "show", asked.id, "--json").json()["answer_reason"] == "8080"
    assert "task a asks you: Which port?" in desk.orion("logs", desk.session).out


def test_models_and_what_they_used_are_shown(desk: Desk) -> None:
    desk.propose("a")
    desk.plan("--approve")
    with desk.engine.store.transaction() as tx:
        sessions.update(tx, desk.session, cost_usd=0.42, tokens=12_345)
    out = desk.orion("status", desk.session).out
    assert "plan ollama/qwen3, work ollama/qwen3" in out
    assert "$0.42 of $5.00, 12,345 of 2,000,000 tokens" in out
    assert desk.orion("status", desk.session, "--json").json()["models"] == {"plan": MODEL, "work": MODEL}
