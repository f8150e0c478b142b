"""What a person decides: approvals, pause, resume, cancel."""

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.session import launch
from tests.support.command_line import Orion
from tests.support.records import Records

pytestmark = pytest.mark.unit

A, B, C = "a" * 12, "b" * 12, "c" * 12


@pytest.fixture
def records(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch) -> Records:
    # No supervisor: these tests look at what a command itself does.
    def none_runs(_: OrionHome, **_more: object) -> launch.SupervisorStatus:
        return launch.SupervisorStatus(running=False)

    monkeypatch.setattr(launch, "ensure", none_runs)
    return Records(orion_home)


def _pending(orion: Orion) -> list[str]:
    return [approval["id"] for approval in orion("approvals", "--json").json()]


def test_approving_answers_once(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    done = orion("approvals", "approve", "bbb")
    assert done.code == 0
    assert "approved" in done.out
    assert "pip install httpx" in done.out
    assert _pending(orion) == []
    assert orion("approvals", "approve", B).code == 10


def test_rejecting_needs_a_reason_and_keeps_it(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    assert orion("approvals", "reject", B).code == 2
    for nothing in ("", "  "):
        done = orion("approvals", "reject", B, "--reason", nothing)
        assert done.code == 2
        assert "the reason is empty" in done.err
    assert _pending(orion) == [B]
    assert orion("approvals", "reject", B, "--reason", "not this year").code == 0
    assert orion("approvals", "show", B, "--json").json()["answer_reason"] == "not this year"


def test_a_slip_in_one_of_several_names_answers_none(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    done = orion("approvals", "approve", B, "ffff")
    assert done.code == 3
    assert _pending(orion) == [B]


def test_several_are_answered_each_by_name(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    records.approval(C, A, text="pip install attrs")
    done = orion("approvals", "approve", B, C, "--yes")
    assert "httpx" in done.out
    assert "attrs" in done.out
    assert _pending(orion) == []


def test_several_are_listed_whole_and_asked_about_first(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    records.approval(C, A, text="pip install attrs\necho \u202ehidden")
    done = orion("approvals", "approve", B, C)
    assert done.code == 2, "no terminal to ask on, and nobody said yes"
    assert "no terminal to ask on" in done.err
    assert "│ pip install httpx" in done.out
    assert "│ pip install attrs" in done.out
    assert "│ echo ⟨U+202E⟩hidden" in done.out
    assert _pending(orion) == [B, C]


def test_all_that_are_alike_are_answered_and_nothing_else(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A, alike="add_dependency pip install")
    records.approval(C, A, text="pip install attrs", alike="add_dependency pip install")
    records.approval("d" * 12, A, text="make", alike="run make")
    listed = orion("approvals").out
    assert "add_dependency pip install  (2)" in listed
    assert f"orion approvals approve --all-like {B}" in listed
    done = orion("approvals", "reject", "--all-like", B, "--reason", "no wheels", "--yes", "--json").json()
    assert [one["id"] for one in done["answered"]] == [B, C]
    assert done["left_out"] == []
    assert _pending(orion) == ["d" * 12]


def test_one_that_is_alike_to_none_is_asked_about_all_the_same(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    assert orion("approvals", "approve", "--all-like", B).code == 2
    assert _pending(orion) == [B]


def test_naming_none_is_no_answer(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    assert orion("approvals", "approve", "--yes").code == 2
    assert _pending(orion) == [B]


def test_the_card_says_how_the_like_was_answered_before(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    for ident in (B, C):
        records.approval(ident, A, alike="add_dependency pip install")
    orion("approvals", "reject", B, "--reason", "we vendor our wheels")
    shown = orion("approvals", "show", C).out
    assert "approved 0, refused 1 before; the last reason: we vendor our wheels" in shown
    assert orion("approvals", "show", C, "--json").json()["before"]["refused"] == 1


def test_pause_resume_and_cancel(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.RUNNING)
    assert orion("pause", A).code == 0
    assert orion("status", A, "--json").json()["state"] == "paused"
    assert orion("pause", A).code == 10
    assert orion("resume").code == 0
    assert orion("status", A, "--json").json()["state"] == "running"
    assert orion("cancel").code == 0
    assert orion("status", A, "--json").json()["state"] == "cancelled"
    assert orion("cancel", A).code == 10


@pytest.mark.parametrize("command", ["cancel", "pause", "promote", "reject", "undo-promote", "status", "diff", "logs"])
def test_an_empty_id_is_not_the_newest_session(orion: Orion, records: Records, command: str) -> None:
    records.session(A, SessionState.RUNNING)
    done = orion(command, "", *(("--reason", "no") if command == "reject" else ()))
    assert done.code == 2
    assert "the session's id is empty" in done.err
    assert orion("status", A, "--json").json()["state"] == "running"


def test_turning_work_down_needs_a_reason_that_says_something(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.COMPLETED)
    assert orion("reject", A, "--reason", " ").code == 2
    assert orion("status", A, "--json").json()["state"] == "completed"


def test_with_nothing_to_steer_it_says_so(orion: Orion, records: Records) -> None:
    for command in ("pause", "resume", "cancel"):
        done = orion(command)
        assert done.code == 2
        assert f"there is no session to {command}" in done.err


def _asked_for_a_command(records: Records, ident: str = B) -> None:
    from orion_tui.core.aegis import policy as policies
    from orion_tui.core.codec import to_json
    from orion_tui.core.models.actions import Classification, RunCommand
    from orion_tui.core.session.editing import asked_of
    from orion_tui.core.store import Store, approval_actions, events, sessions
    from orion_tui.roles.library import Library

    action = RunCommand(argv=("sh", "-c", "pip install httpx"), shell="pip install httpx")
    asked = asked_of(action, None, Classification(claims=()), "role")
    policy = policies.freeze(Library(records.home.roles).get("software-engineer").role)
    with Store.open(records.home.database) as store, store.transaction() as tx:
        sessions.save_policy(tx, policy.hash, policies.to_json(policy))
        sessions.set_policy(tx, A, policy.hash)
        approval_actions.keep(tx, ident, to_json(asked))
        events.append(tx, A, "approval.kept", "orion", {})


def test_an_edited_command_is_shown_asked_about_and_approved(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    _asked_for_a_command(records)
    assert orion("approvals", "edit", B, "--text", "pip install httpx==0.27").code == 2, "nobody said yes"
    assert _pending(orion) == [B]
    done = orion("approvals", "edit", B, "--text", "pip install httpx==0.27", "--yes")
    assert done.code == 0
    assert "instead of   run pip install httpx" in done.out
    assert "│ pip install httpx==0.27" in done.out
    assert _pending(orion) == []
    shown = orion("approvals", "show", B, "--json").json()
    assert shown["card"]["text"] == "pip install httpx==0.27"
    assert shown["card"]["edited_from"] == "run pip install httpx"
    assert shown["status"] == "approved"


def test_a_forbidden_edit_names_its_rule_and_approves_nothing(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    _asked_for_a_command(records)
    done = orion("approvals", "edit", B, "--text", "sudo pip install httpx", "--yes")
    assert done.code == 7
    assert "aegis execute_as_root" in done.err
    assert _pending(orion) == [B]


def test_a_question_cannot_be_edited(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    assert orion("approvals", "edit", B, "--text", "x", "--yes").code == 2


def _asked_for(records: Records, text: str, ident: str = B) -> None:
    from orion_tui.core.aegis.classify import classify
    from orion_tui.core.codec import to_json
    from orion_tui.core.models.actions import RunCommand
    from orion_tui.core.session.editing import asked_of
    from orion_tui.core.store import Store, approval_actions, events

    action = RunCommand(argv=("sh", "-c", text), shell=text)
    with Store.open(records.home.database) as store, store.transaction() as tx:
        tx.run("DELETE FROM approval_actions WHERE approval_id = ?", (ident,))
        approval_actions.keep(tx, ident, to_json(asked_of(action, None, classify(action), "role")))
        events.append(tx, A, "approval.kept", "orion", {})


def test_what_is_allowed_for_a_session_is_shown_listed_and_taken_back(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    _asked_for_a_command(records)
    _asked_for(records, "pip install httpx")
    assert orion("approvals", "reach", "allow", B).code == 2, "nobody said yes"
    assert _pending(orion) == [B]
    done = orion("approvals", "reach", "allow", B, "--rule", "run(pip install *)", "--yes")
    assert done.code == 0, done.err
    assert "rule         run(pip install *)" in done.out
    assert "0 of the last" in done.out
    assert _pending(orion) == []
    listed = orion("approvals", "reach", "list", "--json").json()
    assert listed == [
        {"scope": "session", "of": A, "number": 0, "rule": "run(pip install *)", "directory": ".", "holds": True}
    ]
    assert orion("approvals", "reach", "revoke", "-s", A, "0").code == 0
    assert "nothing is allowed" in orion("approvals", "reach", "list").out


def test_what_would_cover_everything_is_refused(orion: Orion, records: Records) -> None:
    records.session(A, SessionState.WAITING)
    records.approval(B, A)
    _asked_for_a_command(records)
    _asked_for(records, "pip install httpx")
    for rule in ("run(*)", "run", "run(sh *)"):
        done = orion("approvals", "reach", "allow", B, "--rule", rule, "--yes")
        assert done.code == 2
        assert "cannot be allowed" in done.err
    assert _pending(orion) == [B]
