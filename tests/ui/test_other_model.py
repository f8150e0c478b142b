"""A session that stands still goes on with another model, chosen or written, and checked first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.errors import ModelUnavailable, OrionError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.engine_commands import EngineCommands
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import sessions
from orion_tui.screens.other_model import ModelDialog
from orion_tui.screens.passphrase import PassphraseDialog
from orion_tui.screens.picking import Picker
from tests.support.records import Records
from tests.support.screens.drive import Drive, orion
from tests.support.screens.fake_models import PASSPHRASE
from tests.support.screens.words import LIMITED, evening

pytestmark = pytest.mark.unit

A = "a" * 12


async def _offered(drive: Drive) -> None:
    await drive.press("m")
    await drive.until(lambda: isinstance(drive.screen, Picker))


async def test_a_chosen_model_is_taken_and_the_session_goes_on() -> None:
    async with orion(evening(), session=LIMITED) as drive:
        await drive.shows("again at 03:17")
        await _offered(drive)
        await drive.press("j")
        await drive.shows("No price is known of it")
        await drive.press("enter")
        await drive.called("change_model", LIMITED, "ollama/qwen3-coder:30b")
        await drive.shows("It goes on with ollama")


async def test_a_model_can_be_written() -> None:
    async with orion(evening(), session=LIMITED) as drive:
        await drive.shows("again at 03:17")
        await _offered(drive)
        await drive.press("end", "enter")
        await drive.until(lambda: isinstance(drive.screen, ModelDialog))
        await drive.press(*"box/x1", "enter")
        await drive.called("change_model", LIMITED, "box/x1")


async def test_what_is_wrong_with_it_is_said_and_nothing_goes_on() -> None:
    world = evening()
    world.errors["change_model"] = ModelUnavailable("http://box has no model x1", hint="it has x2")
    async with orion(world, session=LIMITED) as drive:
        await drive.shows("again at 03:17")
        await _offered(drive)
        await drive.press("j", "enter")
        await drive.shows("it has x2")
        assert next(s for s in world.sessions if s.id == LIMITED).state is SessionState.WAITING


async def test_a_locked_vault_asks_for_its_passphrase() -> None:
    async with orion(evening(), session=LIMITED) as drive:
        await drive.shows("again at 03:17")
        await _offered(drive)
        await drive.press("j", "j", "enter")
        await drive.until(lambda: isinstance(drive.screen, PassphraseDialog))
        await drive.press(*"guess", "enter")
        await drive.shows("wrong passphrase")
        await drive.press(*PASSPHRASE, "enter")
        await drive.until(
            lambda: next(s for s in drive.world.sessions if s.id == LIMITED).models["work"] == "vaulted/one"
        )


async def test_looking_only_offers_no_other_model() -> None:
    async with orion(evening(), session=LIMITED, read_only=True) as drive:
        await drive.shows("again at 03:17")
        await drive.press("m")
        assert not isinstance(drive.screen, Picker)
        assert not [call for call in drive.world.calls if call[0] == "models_for"]


# The same over the real engine.


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    home = OrionHome(tmp_path / "home")
    home.prepare()
    (home.root / "settings.yaml").write_text("model:\n  work: anthropic/claude-sonnet-5-5\n")
    opened = Engine.open(home, wake=lambda: None)
    yield opened
    opened.close()


def _paused(engine: Engine) -> None:
    Records(engine.home).session(A, SessionState.PAUSED)
    models = {"plan": "openai/gpt-6", "work": "openai/gpt-6"}
    engine.store.transact(lambda tx: sessions.update(tx, A, models=models))


def test_offered_is_what_it_has_and_what_is_set_up(engine: Engine) -> None:
    _paused(engine)
    offers = EngineCommands(engine.home, engine).models_for(A)
    assert [(one.model, one.current) for one in offers] == [
        ("openai/gpt-6", True),
        ("anthropic/claude-sonnet-5-5", False),
    ]
    assert "settings.yaml" in offers[1].found


def test_a_playbook_is_told_that_it_asks_no_model(engine: Engine) -> None:
    Records(engine.home).session(A, SessionState.PAUSED)
    with pytest.raises(UsageError, match="playbook"):
        EngineCommands(engine.home, engine).models_for(A)


def test_an_unknown_provider_changes_nothing(engine: Engine) -> None:
    _paused(engine)
    with pytest.raises(OrionError, match="nowhere"):
        EngineCommands(engine.home, engine).change_model(A, "nowhere/x")
    assert engine.session(A).models["work"] == "openai/gpt-6"
    assert engine.session(A).state is SessionState.PAUSED
