"""A key that is gone in the middle of the work: it is said where people look, and going on brings one along (RUN-6)."""

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.bridge.reader import Composer
from orion_tui.bridge.snapshots import Interest, NeedKind
from orion_tui.bridge.store_reads import StoreReads
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session import handover, launch
from orion_tui.core.session.embedded import EmbeddedSupervisor
from orion_tui.core.session.stuck import needs_person
from tests.support.agent import KEY_NAME, MESSAGES, Timed, plans, submit, task
from tests.support.command_line import Orion, in_process
from tests.support.model_server import Fail
from tests.support.models import KEYS


@pytest.fixture
def orion(timed: Timed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orion:
    def as_it_is(home: OrionHome, **_more: object) -> launch.SupervisorStatus:
        return launch.status(home)

    monkeypatch.setenv("ORION_HOME", str(timed.bench.home.root))
    monkeypatch.setattr(launch, "ensure", as_it_is)
    return in_process(monkeypatch, capsys)


def supervisor(timed: Timed) -> EmbeddedSupervisor:
    """One that finds no key by itself, as after a restart."""
    return EmbeddedSupervisor(timed.bench.home, timed.clock, timed.bench.choose, environ={})


def paused(timed: Timed) -> Session:
    session = submit(timed.bench, model=MESSAGES, review_plan=True)
    return timed.bench.wait(session, SessionState.PAUSED)


def test_it_is_among_what_needs_the_person(timed: Timed, orion: Orion) -> None:
    with supervisor(timed):
        session = paused(timed)
    assert needs_person(session)
    reads = StoreReads(timed.bench.home)
    snapshot = Composer(reads).compose(Interest())
    reads.close()
    assert [(need.kind, need.session.id) for need in snapshot.needs] == [(NeedKind.STUCK, session.id)]
    assert "waits for you: no key for anthropic" in orion("status").out
    for arguments in (["status"], ["status", session.id]):
        said = orion(*arguments).out
        assert said.count("no key for anthropic") == 1
        assert "orion model login anthropic" in said
        assert f"orion resume {session.id}" in said


def test_resume_brings_the_key_of_its_environment_along(timed: Timed, orion: Orion) -> None:
    timed.server.script(plans(task("one")))
    with supervisor(timed):
        session = paused(timed)
        resumed = orion("resume", session.id)
        assert resumed.code == 0, resumed.err
        timed.bench.wait(session, SessionState.AWAITING_PLAN)


def test_a_key_that_was_revoked_is_replaced_by_a_newer_one(
    timed: Timed, orion: Orion, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed.server.script(Fail(401), plans(task("one")))
    with supervisor(timed):
        handover.hand_over(timed.bench.home, timed.bench.engine.keys_for([ModelRef.parse(MESSAGES)]), wait=5)
        session = paused(timed)
        assert needs_person(session)
        monkeypatch.setenv(KEY_NAME, newer := KEYS[KEY_NAME][::-1])
        assert orion("resume", session.id).code == 0
        timed.bench.wait(session, SessionState.AWAITING_PLAN)
    assert newer in str(timed.server.asked[-1].headers)


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_who_has_no_key_is_told_what_to_do_and_nothing_goes_on(
    timed: Timed, orion: Orion, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    with supervisor(timed):
        session = paused(timed)
        monkeypatch.delenv(KEY_NAME)
        refused = orion(command, session.id)
    assert refused.code == 12, refused.out
    assert "no key for anthropic" in refused.err
    assert f"set {KEY_NAME}, or run: orion model login anthropic" in refused.err
    assert timed.bench.engine.session(session.id).state is SessionState.PAUSED


def test_one_that_the_person_paused_is_not_stuck(timed: Timed, orion: Orion) -> None:
    session = submit(timed.bench, model=MESSAGES)
    timed.bench.engine.pause(session.id)
    assert not needs_person(timed.bench.engine.session(session.id))
    assert f"go on: orion resume {session.id}" in orion("status").out
