"""`orion model unlock`: keys go to the supervisor that runs, and what is said of them afterwards."""

from collections.abc import Iterator

import pytest

from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.providers import TABLE
from orion_tui.core.session.embedded import EmbeddedSupervisor
from tests.support.command_line import Orion
from tests.support.models import KEYS

pytestmark = pytest.mark.unit

_KEY = KEYS["ANTHROPIC_API_KEY"]
_PASSPHRASE = "correct horse"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEYS, "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def _no_sandbox() -> None:
    raise AssertionError


@pytest.fixture
def supervisor(orion_home: OrionHome) -> Iterator[EmbeddedSupervisor]:
    with EmbeddedSupervisor(orion_home, SystemClock(), _no_sandbox, environ={}) as running:  # pyright: ignore[reportArgumentType]
        yield running


def _value(supervisor: EmbeddedSupervisor, provider: str = "anthropic") -> str | None:
    key = supervisor.keys.find(TABLE[provider])
    return None if key is None else key.value


def _listed(orion: Orion) -> dict[str, bool]:
    return {one["name"]: one["handed_over"] for one in orion("model", "list", "--json").json()["providers"]}


def test_a_key_of_the_environment_reaches_the_supervisor(
    orion: Orion, supervisor: EmbeddedSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", _KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEYS["OPENAI_API_KEY"])
    assert not any(_listed(orion).values())
    done = orion("model", "unlock", "Anthropic")
    assert done.code == 0, done.err
    assert "the supervisor has the key for anthropic (ANTHROPIC_API_KEY) until it ends" in done.out
    assert supervisor.keys.handed() == {"anthropic"}
    assert _value(supervisor) == _KEY
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert _listed(orion) | {"openai": True} == {name: name in {"anthropic", "openai"} for name in TABLE}
    table = orion("model", "list").out
    assert "handed over" in next(line for line in table.splitlines() if "anthropic" in line)
    assert _KEY not in done.out + done.err + table


def test_without_a_name_all_that_there_are(
    orion: Orion, supervisor: EmbeddedSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = orion("model", "unlock")
    assert (none.code, "there is no key here to hand over" in none.err) == (12, True)
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, KEYS[name])
    assert orion("model", "unlock").code == 0
    assert supervisor.keys.handed() == {"anthropic", "openai"}


def test_a_vault_under_a_passphrase_is_opened_here(orion: Orion, supervisor: EmbeddedSupervisor) -> None:
    made = orion("model", "login", "anthropic", "--vault", "passphrase", "--stdin", stdin=f"{_PASSPHRASE}\n{_KEY}\n")
    assert made.code == 0, made.err
    locked = orion("model", "unlock", "anthropic")
    assert (locked.code, "locked" in locked.err) == (12, True)
    wrong = orion("model", "unlock", "anthropic", "--stdin", stdin="wrong horse\n")
    assert wrong.code == 12
    assert "wrong horse" not in wrong.err
    assert supervisor.keys.handed() == frozenset()
    done = orion("model", "unlock", "--stdin", stdin=f"{_PASSPHRASE}\n")
    assert done.code == 0, done.err
    assert _value(supervisor) == _KEY
    again = orion("model", "unlock", "anthropic", "--stdin", stdin=f"{_PASSPHRASE}\n")
    assert "has the key for anthropic" in again.out


def test_what_the_supervisor_finds_by_itself_is_not_handed_over(orion: Orion, supervisor: EmbeddedSupervisor) -> None:
    orion("model", "login", "anthropic", "--vault", "machine-key", "--stdin", stdin=f"{_KEY}\n")
    done = orion("model", "unlock", "anthropic")
    assert done.code == 0, done.err
    assert "there is nothing to hand over for anthropic" in done.out
    assert supervisor.keys.handed() == frozenset()
    assert _value(supervisor) == _KEY


def test_a_missing_key_is_told(orion: Orion, supervisor: EmbeddedSupervisor) -> None:
    done = orion("model", "unlock", "anthropic")
    assert done.code == 12
    assert "set ANTHROPIC_API_KEY, or run: orion model login anthropic" in done.err
    assert orion("model", "unlock", "antropic").code == 3


def test_a_new_key_replaces_the_one_that_was_handed_over_and_a_forgotten_one_is_gone_there_too(
    orion: Orion, supervisor: EmbeddedSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    orion("model", "login", "anthropic", "--vault", "machine-key", "--stdin", stdin="sk-old-0123456789\n")
    assert supervisor.keys.handed() == frozenset(), "a login alone hands nothing over"
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-older-0123456789")
    orion("model", "unlock", "anthropic")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    changed = orion("model", "login", "anthropic", "--stdin", stdin=f"{_KEY}\n")
    assert changed.code == 0, changed.err
    assert _value(supervisor) == _KEY
    gone = orion("model", "logout", "anthropic")
    assert gone.code == 0, gone.err
    assert "forgotten the key that was handed over" in gone.err
    assert _value(supervisor) is None
