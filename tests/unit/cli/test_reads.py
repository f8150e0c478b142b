"""What is read: tables for people, promised keys for programs."""

import os

import attrs
import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.task_status import TaskStatus
from tests.support.command_line import Orion
from tests.support.records import Records

pytestmark = pytest.mark.unit

_SESSION = {
    "id", "state", "reason", "goal", "role", "workspace", "base_commit", "base_branch", "snapshot", "backend",
    "backend_lacks", "policy", "tasks_total", "tasks_done", "running_seconds", "cost_usd", "tokens", "models",
    "budget", "review_plan", "created_at", "updated_at", "started_at", "finished_at",
}  # fmt: skip
_TASK = {
    "id", "title", "kind", "tier", "status", "reason", "checked", "needs", "confidence", "estimate_seconds", "attempt",
    "tokens", "cost_usd", "started_at", "finished_at",
}  # fmt: skip
_APPROVAL = {
    "id", "session", "task", "status", "alike", "card", "created_at", "answered_at", "answer_reason", "lapses_at",
}  # fmt: skip

A, B = "a" * 12, "b" * 12


@pytest.fixture
def records(orion_home: OrionHome) -> Records:
    return Records(orion_home)


def test_an_empty_home_says_how_to_begin(orion: Orion) -> None:
    assert "orion work" in orion("status").out
    assert "orion work" in orion("sessions").out
    assert "nothing waits" in orion("approvals").out
    assert orion("sessions", "--json").json() == []
    assert orion("approvals", "--json").json() == []


def test_sessions_are_listed_newest_first(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.COMPLETED, goal="First")
    records.session(B, SessionState.RUNNING, goal="Second")
    out = orion("sessions").out
    assert out.index("Second") < out.index("First")
    assert "✓ completed" in out
    assert "1/2" in out
    assert [s["id"] for s in orion("sessions", "--json").json()] == [B, A]
    assert [s["id"] for s in orion("sessions", "--state", "completed", "--json").json()] == [A]
    assert [s["id"] for s in orion("sessions", "--limit", "1", "--json").json()] == [B]


def test_keys_of_a_session_are_the_documented_ones(orion: Orion, records: Records) -> None:
    records.session(A)
    records.approval(session=A)
    records.checkpoint(A)
    assert orion("sessions", "--json").json()[0].keys() == _SESSION
    shown = orion("status", "aaaa", "--json").json()
    assert shown.keys() == _SESSION | {"tasks", "approvals", "checkpoints", "sandbox_uses", "used_beside"}
    assert shown["tasks"][0].keys() == _TASK
    assert shown["approvals"][0].keys() == _APPROVAL
    assert shown["checkpoints"][0].keys() == {
        "name", "commit", "task", "reason", "created_at", "inside_task",
    }  # fmt: skip
    assert shown["created_at"] == "2025-06-15T15:06:40.000Z"


def test_the_overview_shows_what_waits_first_of_all(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(session=A)
    out = orion("status").out
    assert "waits for you: run pip install httpx" in out
    assert f"orion approvals show {B}" in out
    report = orion("status", "--json").json()
    assert report.keys() == {"supervisor", "states", "pending_approvals", "sessions"}
    assert report["states"] == {"waiting": 1}
    assert report["pending_approvals"] == 1
    assert report["supervisor"] == {
        "running": False,
        "pid": None,
        "version": "",
        "answers": False,
        "trouble": "",
    }


def test_one_session_in_full_lists_its_tasks(orion: Orion, records: Records) -> None:
    records.session(A, tasks=(TaskStatus.DONE, TaskStatus.FLAGGED, TaskStatus.FAILED, TaskStatus.BLOCKED))
    out = orion("status", A).out
    for words in ("✓ done", "⚑ flagged", "✗ failed", "■ blocked", "task-3", "Do part 2"):
        assert words in out


def test_an_unknown_session_is_not_found(orion: Orion) -> None:
    done = orion("status", "ffff")
    assert done.code == 3
    assert "ffff" in done.err


def test_an_ambiguous_beginning_is_told(orion: Orion, records: Records) -> None:
    records.session("abc000000001", SessionState.COMPLETED)
    records.session("abc000000002", SessionState.COMPLETED)
    done = orion("status", "abc")
    assert done.code == 2


def test_an_approval_shows_exactly_what_would_run(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(session=A, text="rm -rf ⟨U+202E⟩ build")
    out = orion("approvals", "show", "bbb").out
    assert "rm -rf ⟨U+202E⟩ build" in out
    assert "requires_approval[0] add_dependency" in out
    assert "waits on it  task-2" in out
    assert orion("approvals", "show", B, "--json").json().keys() == _APPROVAL | {"before"}


def test_history_is_told_line_by_line_and_as_json_lines(orion: Orion, records: Records) -> None:
    records.session(A)
    records.event("task.done", A, task="task-0", title="Do part 0", flagged=True, checked="passed", seconds=61)
    out = orion("logs", A).out
    assert "✓ task task-0: Do part 0 (1m 1s, its check passed in the sandbox, flagged for review)" in out
    lines = orion("logs", A, "--json", "--last", "1").out.splitlines()
    assert len(lines) == 1
    import json

    assert json.loads(lines[0]).keys() == {"seq", "at", "session", "type", "actor", "policy", "data"}


def test_history_of_all_sessions_names_them(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.COMPLETED)
    records.session(B)
    out = orion("logs", "--all").out
    assert A in out
    assert B in out


def test_following_ends_with_the_session_and_its_exit_code(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.FAILED)
    assert orion("logs", "-f", A).code == 20
    records.session(B, SessionState.COMPLETED)
    assert orion("logs", "-f", B).code == 0


def test_notes_of_a_session_are_told_with_their_words(orion: Orion, records: Records) -> None:
    records.session(A)
    records.event("session.noted", A, notes=["a.txt stays out", "lib is a submodule"])
    out = orion("logs", A).out
    assert "noted: a.txt stays out, lib is a submodule" in out


def test_a_question_that_no_rule_asked_is_told_with_its_reason(orion: Orion, records: Records) -> None:
    records.session(A)
    records.event("approval.asked", A, approval="b1", text="run sh x.sh", rule="", reason="a script: not certain")
    records.event("approval.asked", A, approval="b2", text="pip install x", rule="requires_approval[0]", reason="why")
    out = orion("logs", A).out
    assert "approval b1: run sh x.sh - a script: not certain\n" in out
    assert "approval b2: pip install x - requires_approval[0]\n" in out


def test_control_sequences_of_others_never_reach_the_terminal(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.COMPLETED, goal="evil \x1b]0;owned\x07\x1b[2J goal", reason="\x9b31m")
    records.event("action.failed", A, text="\x1b[31mred", summary="\u202eyad")
    for arguments in (["sessions"], ["status"], ["status", A], ["logs", A]):
        out = orion(*arguments).out
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out), arguments


def test_markup_of_others_is_shown_literally(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.COMPLETED, goal="[bold]not[/bold] [link=file:///x]markup[/link]")
    assert "[bold]not[/bold] [link=file:///x]markup[/link]" in orion("sessions").out


def test_the_session_of_this_folder_is_meant_where_none_is_named(
    orion: Orion, records: Records, tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    records.session(A, SessionState.COMPLETED, workspace=os.fspath(tmp_path))
    records.session(B, SessionState.COMPLETED)
    monkeypatch.chdir(tmp_path)
    assert A in orion("logs", "--last", "1").out or "plan" in orion("logs").out
    monkeypatch.chdir("/")
    done = orion("logs")
    assert done.code == 2
    assert "which session" in done.err
    assert B in done.err


def test_tables_that_are_piped_are_not_cut(orion: Orion, records: Records) -> None:
    goal = "a very long goal " * 30
    records.session(A, SessionState.COMPLETED, goal=goal)
    assert goal.strip() in orion("sessions").out


def test_a_session_that_waits_for_a_model_says_why_in_the_list(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING, reason="box/one: nobody listens; asks again at 22:06")
    assert "asks again at 22:06" in orion("sessions").out


def test_a_snapshot_names_what_goes_on_by_itself(records: Records) -> None:
    from orion_tui.bridge.snapshots import Since, Snapshot

    waits = records.session(A, SessionState.WAITING, reason="box/one: nobody listens; asks again at 22:06")
    timed = attrs.evolve(waits, due_at=1_750_000_900.0)
    for_you = attrs.evolve(waits, id=B)
    shot = Snapshot(needs=(), sessions=(timed, for_you), counts={}, since=Since(looked_at=None, seq=0), newest=None)
    assert shot.delayed == (timed,)


def test_a_session_without_tasks_shows_no_empty_table(orion: Orion, records: Records) -> None:
    records.session(B, SessionState.PLANNING, tasks=())
    out = orion("status", B).out
    assert "no tasks yet" in out
    assert "status  title" not in out


def test_the_words_of_a_prompt_are_shown_with_the_hash_that_a_log_names(orion: Orion) -> None:
    from orion_tui.core.agent import prompt

    shown = orion("model", "prompt", "work")
    assert prompt.load("work").prompt.hash in shown.err
    assert prompt.load("work").text.splitlines()[0] in shown.out
