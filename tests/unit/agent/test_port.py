"""The supervisor's port: settings that change meanwhile, keys that come and go, nothing imported before its time."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.gateway import Gateway
from orion_tui.core.agent.keys import Keys
from orion_tui.core.agent.live_settings import LiveSettings
from orion_tui.core.agent.model import NoKey, NotSetUp, Stopped
from orion_tui.core.agent.port import open_port, supervisor_keys
from orion_tui.core.auth.vault import VaultChoice, choose, open_vault
from orion_tui.core.settings import RUNNING, settings_file
from tests.support.model_server import Answer, Hang, ModelServer
from tests.support.models import made_up_key, question

pytestmark = [pytest.mark.unit, pytest.mark.mock_llm]

_BOX = "box/any"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def keys(orion_home: OrionHome) -> Keys:
    return supervisor_keys(orion_home, {})


@pytest.fixture
def port(orion_home: OrionHome, keys: Keys) -> Iterator[Gateway]:
    opened = open_port(SystemClock(), keys, LiveSettings(orion_home))
    yield opened
    opened.close()


def _write(home: OrionHome, text: str) -> None:
    """Replace the settings as an editor does: the new file is another one, also within one tick of the clock."""
    new = home.root / "settings.new"
    new.write_text(text, "utf-8")
    new.chmod(0o600)
    new.replace(settings_file(home))


def _box(origin: str, price: str = "") -> str:
    return f"providers: {{box: {{base_url: '{origin}/v1'}}}}\n{price}"


def test_a_question_follows_the_settings_as_they_are_now(
    orion_home: OrionHome, port: Gateway, server: ModelServer
) -> None:
    server.script(Answer(text="first", input_tokens=1_000_000, output_tokens=0))
    _write(orion_home, _box(server.origin))
    assert (port.ask(question(_BOX)).text, port.ask(question(_BOX)).cost_usd) == ("first", None)
    with ModelServer(Answer(text="second", input_tokens=1_000_000, output_tokens=0)) as other:
        _write(orion_home, _box(other.origin, "prices: {box/any: {input: 3, output: 1}}"))
        reply = port.ask(question(_BOX))
        assert (reply.text, reply.cost_usd) == ("second", 3.0)
    settings_file(orion_home).unlink()
    with pytest.raises(NotSetUp, match="no provider is called 'box'"):
        port.ask(question(_BOX))


def test_a_broken_file_leaves_the_last_good_one_in_force(
    orion_home: OrionHome, port: Gateway, server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    _write(orion_home, _box(server.origin))
    port.ask(question(_BOX))
    secret = made_up_key("sk-pasted")
    for text in (f"model: {{default: {secret}}}", f"{secret}: [", "providers: {box: {base_ulr: x}}"):
        _write(orion_home, text)
        for _ in range(3):
            assert port.ask(question(_BOX)).text == "hello"
    said = [record for record in caplog.records if record.name == "orion.settings"]
    assert len(said) == 3, "once for each"
    assert secret not in caplog.text
    _write(orion_home, _box(server.origin))
    settings_file(orion_home).chmod(0o666)
    assert port.ask(question(_BOX)).text == "hello"


def test_a_file_that_was_never_whole_is_not_guessed_at(orion_home: OrionHome, port: Gateway, keys: Keys) -> None:
    keys.hand_over("anthropic", made_up_key("sk"))
    _write(orion_home, "providers: {anthropic: {base_ulr: 'https://gateway.example'}}")
    with pytest.raises(NotSetUp, match="no model is asked before the settings can be read") as error:
        port.ask(question("anthropic/claude-sonnet-5-5"))
    assert any("did you mean 'base_url'?" in problem for problem in error.value.problems)
    assert LiveSettings(orion_home).running() == RUNNING


def test_a_file_that_others_could_write_counts_again_once_it_is_closed(orion_home: OrionHome) -> None:
    settings = LiveSettings(orion_home)
    _write(orion_home, "sessions: {running: 9}")
    settings_file(orion_home).chmod(0o666)
    assert settings.running() == RUNNING
    settings_file(orion_home).chmod(0o600)
    assert settings.running() == 9


def test_a_key_that_was_handed_over_is_used_and_its_absence_told(
    orion_home: OrionHome, port: Gateway, keys: Keys, server: ModelServer
) -> None:
    _write(orion_home, f"providers: {{openai: {{base_url: '{server.origin}/v1'}}}}")
    with pytest.raises(NoKey, match="no key for openai") as error:
        port.ask(question())
    assert "with OPENAI_API_KEY set, run: orion model unlock openai" in error.value.hint
    assert "orion model login openai" in error.value.hint
    first, second = made_up_key("sk-one"), made_up_key("sk-two")
    for key in (first, second):
        keys.hand_over("openai", key)
        port.ask(question())
    assert [asked.headers["authorization"] for asked in server.asked] == [f"Bearer {first}", f"Bearer {second}"]


def test_what_holds_the_key_and_cannot_be_used_is_a_failure_like_any_other(
    orion_home: OrionHome, port: Gateway
) -> None:
    (orion_home.root / ".env").write_text("OPENAI_API_KEY=sk-1\nnonsense\n", "utf-8")
    (orion_home.root / ".env").chmod(0o600)
    with pytest.raises(NotSetUp, match="lines that are not NAME=value"):
        port.ask(question())


def test_a_vault_that_needs_no_passphrase_is_opened_and_followed(orion_home: OrionHome, keys: Keys) -> None:
    from orion_tui.core.agent.providers import TABLE

    choose(orion_home, VaultChoice.MACHINE_KEY)
    vault = open_vault(orion_home)
    for value in ("sk-one", "sk-two"):
        vault.set("model/openai", value)
        found = keys.require(TABLE["openai"])
        assert found is not None
        assert found.value == value
    choose(orion_home, VaultChoice.PASSPHRASE)
    with pytest.raises(NoKey, match="the vault needs its passphrase, and nobody is asked here") as error:
        keys.require(TABLE["openai"])
    assert "orion model unlock" in error.value.hint


def test_closing_calls_off_what_is_under_way(orion_home: OrionHome, port: Gateway, server: ModelServer) -> None:
    server.script(Hang())
    _write(orion_home, _box(server.origin))
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            port.ask(question(_BOX))
        except Stopped as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not server.asked:
        thread.join(0.01)
    port.close()
    thread.join()
    assert len(ended) == 1
    with pytest.raises(Stopped):
        port.ask(question(_BOX))


_LOAD = """
import os, sys
from pathlib import Path
from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.live_settings import LiveSettings
from orion_tui.core.agent.port import load_libraries, open_port, supervisor_keys
home = OrionHome(Path(os.environ["ORION_HOME"]))
settings = LiveSettings(home)
port = open_port(SystemClock(), supervisor_keys(home, {}), settings)
load_libraries([], settings)
load_libraries(["nonsense", "nowhere/x"], settings)
print(sorted({"pydantic_ai", "openai", "anthropic"} & set(sys.modules)))
load_libraries(["openai/x", "ollama/y"], settings)
print(sorted({"pydantic_ai", "openai", "anthropic"} & set(sys.modules)))
"""


def test_libraries_are_imported_for_the_formats_that_are_asked_in_and_for_no_others(orion_home: OrionHome) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[]", "['openai', 'pydantic_ai']"]


def test_nothing_of_a_key_is_logged(
    orion_home: OrionHome, port: Gateway, keys: Keys, server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    secret = made_up_key("sk-quiet")
    with caplog.at_level(logging.DEBUG):
        _write(orion_home, f"providers: {{openai: {{base_url: '{server.origin}/v1'}}}}")
        keys.hand_over("openai", secret)
        port.ask(question())
    assert secret in server.asked[0].headers["authorization"]
    assert secret not in caplog.text
