"""`orion model`: keys go in by prompt or standard input, show nowhere, and a model is really asked."""

import stat
from collections.abc import Iterator

import pytest

from orion_tui.base.paths import OrionHome
from tests.support.command_line import Orion
from tests.support.model_server import Answer, Asked, Call, Fail, Hang, ModelServer
from tests.support.models import KEYS, settings_text

pytestmark = [pytest.mark.unit, pytest.mark.mock_llm]

_KEY = KEYS["ANTHROPIC_API_KEY"]
_FORM = '{"title": "Egg", "risk": "low", "steps": [{"text": "boil", "minutes": 7}, {"text": "cool", "minutes": 1}]}'


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEYS, "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(orion_home: OrionHome) -> Iterator[ModelServer]:
    """A scripted model, and settings that send every provider to it."""
    with ModelServer() as running:
        (orion_home.root / "settings.yaml").write_text(settings_text(running.origin), "utf-8")
        yield running


def _able(asked: Asked) -> Answer:
    tools = [tool["function"]["name"] for tool in asked.body.get("tools", [])]
    if tools == ["take_note"]:
        return Answer(calls=[Call(name="take_note", arguments='{"words": "ready"}')])
    if tools == ["report"]:
        return Answer(calls=[Call(name="report", arguments=_FORM)])
    return Answer(text="I am ready. Ask me.", input_tokens=20, output_tokens=6)


def test_the_list_shows_every_provider_and_that_nothing_is_chosen(orion: Orion) -> None:
    listed = orion("model", "list")
    assert listed.code == 0, listed.err
    for name in ("anthropic", "openai", "google", "openrouter", "ollama", "llamacpp", "vllm", "lmstudio"):
        assert name in listed.out
    assert "no model is chosen yet" in listed.out


def test_the_list_says_where_a_key_is_from_and_never_the_key(
    orion: Orion, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEYS["OPENAI_API_KEY"])
    file = orion_home.root / ".env"
    file.write_text(f"GEMINI_API_KEY='{KEYS['GOOGLE_API_KEY']}'\n", "utf-8")
    file.chmod(0o600)
    done = orion("model", "login", "anthropic", "--vault", "machine-key", "--stdin", stdin=f"{_KEY}\n")
    assert done.code == 0, done.err
    listed = orion("model", "list", "--json")
    sources = {one["name"]: one["key_source"] for one in listed.json()["providers"]}
    assert (sources["openai"], sources["google"], sources["anthropic"], sources["ollama"]) == (
        "environment",
        "file",
        "vault",
        None,
    )
    for key in KEYS.values():
        assert key not in listed.out + listed.err + orion("model", "list").out


def test_the_list_says_what_each_step_asks_and_what_it_costs(
    orion: Orion, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    (orion_home.root / "settings.yaml").write_text(
        "model: {default: openai/gpt-6-luna, review: shed/big}\n"
        "providers: {shed: {base_url: 'http://127.0.0.1:9/v1'}}\n"
        "prices: {shed/big: {input: 2, output: 4}}\n",
        "utf-8",
    )
    plan, work, review = orion("model", "list", "--json").json()["models"]
    assert (plan["model"], plan["chosen_by"]) == ("openai/gpt-6-luna", "settings.yaml (model.default)")
    assert work["input_usd_per_million"] > 0
    assert (review["model"], review["input_usd_per_million"], review["output_usd_per_million"]) == ("shed/big", 2, 4)
    monkeypatch.setenv("ORION_MODEL", "nowhere:x")
    models = orion("model", "list", "--json").json()["models"]
    assert {(one["chosen_by"], one["known"]) for one in models} == {("ORION_MODEL", False)}
    assert "no such provider" in orion("model", "list").out


def test_a_key_is_kept_private_and_forgotten_again(orion: Orion, orion_home: OrionHome) -> None:
    done = orion("model", "login", "Anthropic", "--vault", "machine-key", "--stdin", stdin=f"  {_KEY}\r\n")
    assert done.code == 0, done.err
    assert "does not survive a stolen disk" in done.err
    assert _KEY not in done.out + done.err
    for path in orion_home.root.rglob("*"):
        if path.is_file():
            assert _KEY.encode() not in path.read_bytes(), path
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077 or path.parent != orion_home.vault, path
    assert "is forgotten" in orion("model", "logout", "anthropic").out
    assert "holds no key" in orion("model", "logout", "anthropic").out
    sources = {one["name"]: one["key"] for one in orion("model", "list", "--json").json()["providers"]}
    assert sources["anthropic"] is None


def test_a_login_before_the_first_pin_is_no_sign_of_one(orion: Orion) -> None:
    orion("model", "login", "anthropic", "--vault", "machine-key", "--stdin", stdin=f"{_KEY}\n")
    assert orion("auth", "status", "--json").json()["methods"] == []
    done = orion("auth", "set", "--pin-stdin", stdin="493827\n")
    assert done.code == 0, done.err
    assert orion("auth", "status", "--json").json()["methods"] == ["pin"]
    assert orion("auth", "set", "--pin-stdin", stdin="111222\n928374\n").code == 8


def test_keys_come_along_when_the_vault_changes(orion: Orion, orion_home: OrionHome) -> None:
    orion("auth", "set", "--vault", "machine-key", "--pin-stdin", stdin="493827\n")
    orion("model", "login", "anthropic", "--stdin", stdin=f"{_KEY}\n")
    moved = orion("auth", "set", "--vault", "passphrase", "--pin-stdin", stdin="493827\ncorrect horse\n493827\n")
    assert moved.code == 0, moved.err
    listed = {one["name"]: one for one in orion("model", "list", "--json").json()["providers"]}
    assert listed["anthropic"]["key"] == "the vault (passphrase, locked)"
    assert listed["ollama"]["key"] is None
    assert listed["openai"]["problem"] is None
    gone = orion("model", "logout", "anthropic", "--stdin", stdin="correct horse\n")
    assert "is forgotten" in gone.out, gone.err


def test_a_passphrase_vault_asks_for_it_first(orion: Orion) -> None:
    made = orion(
        "model", "login", "openai", "--vault", "passphrase", "--stdin", stdin="correct horse\nsk-one-0123456789\n"
    )
    assert made.code == 0, made.err
    wrong = orion("model", "login", "openai", "--stdin", stdin="wrong horse\nsk-two-0123456789\n")
    assert wrong.code == 8
    assert "sk-two" not in wrong.err


@pytest.mark.parametrize("key", ["", "two words", "line\x1b[31m", "ключ-0123456789", "x" * 5000])
def test_what_is_no_key_is_refused_without_being_repeated(orion: Orion, key: str) -> None:
    done = orion("model", "login", "anthropic", "--vault", "machine-key", "--stdin", stdin=f"{key}\n")
    assert done.code == 2, done.err
    assert not key or key not in done.err
    assert orion("model", "logout", "anthropic").out.startswith("the vault holds no key")


def test_a_key_is_no_argument(orion: Orion) -> None:
    assert orion("model", "login", "anthropic", _KEY).code == 2


def test_nothing_is_asked_of_a_pipe(orion: Orion) -> None:
    done = orion("model", "login", "anthropic")
    assert done.code == 2
    assert "--stdin" in done.err


def test_without_a_keychain_the_place_has_to_be_named(orion: Orion) -> None:
    done = orion("model", "login", "anthropic", "--stdin", stdin=f"{_KEY}\n")
    assert done.code == 2
    assert "where the key is kept has to be chosen" in done.err


def test_an_unknown_provider_is_told_with_a_guess(orion: Orion) -> None:
    for arguments in (("login", "antropic", "--stdin"), ("logout", "antropic"), ("test", "antropic/x")):
        done = orion("model", *arguments)
        assert done.code == 3
        assert "did you mean 'anthropic'?" in done.err


def test_a_model_that_can_all_of_it(orion: Orion, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEYS["OPENAI_API_KEY"])
    server.script(_able)
    done = orion("model", "test", "openai/gpt-6-luna", "--timeout", "100")
    assert done.code == 0, done.out + done.err
    for wanted in ("the key from OPENAI_API_KEY", server.origin, "I am ready. Ask me.", "pieces, the first after"):
        assert wanted in done.out
    for name in ("key", "address", "answer", "streaming", "tool call", "structured output"):
        assert f"✓ {name}" in done.out
    assert "42 tokens in, 20 out, $0.0" in done.out
    told = orion("model", "test", "openai/gpt-6-luna", "--timeout", "100", "--json").json()
    assert (told["works"], told["input_tokens"], told["output_tokens"]) == (True, 42, 20)
    assert told["cost_usd"] > 0
    assert [check["outcome"] for check in told["checks"]] == ["ok"] * 6


def test_without_a_name_the_chosen_one_is_tried(
    orion: Orion, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = orion("model", "test")
    assert (none.code, "no model is chosen" in none.err) == (12, True)
    monkeypatch.setenv("ORION_MODEL", "ollama:qwen3:32b")
    server.script(_able)
    done = orion("model", "test", "--timeout", "100")
    assert done.code == 0, done.out + done.err
    assert "ollama/qwen3:32b, chosen by ORION_MODEL" in done.out
    assert "no price known" in done.out
    assert "none found, and none is needed" in done.out


def test_a_model_that_only_talks_cannot_be_worked_with(orion: Orion, server: ModelServer) -> None:
    server.script(Answer(text="I would rather talk."))
    done = orion("model", "test", "ollama/x", "--timeout", "100")
    assert done.code == 12
    assert "it talked instead of using the tool" in done.out
    told = orion("model", "test", "ollama/x", "--timeout", "100", "--json")
    assert (told.code, told.json()["works"]) == (12, False)


def test_a_form_that_is_filled_in_wrongly_is_a_warning(orion: Orion, server: ModelServer) -> None:
    def sloppy(asked: Asked) -> Answer:
        if "report" not in str(asked.body.get("tools")):
            return _able(asked)
        return Answer(calls=[Call(name="report", arguments='{"title": "Egg", "risk": "some", "steps": []}')])

    server.script(sloppy)
    done = orion("model", "test", "ollama/x", "--timeout", "100")
    assert done.code == 0, done.out
    assert "! structured output  risk must be one of low, medium, high" in done.out


def test_a_refused_key_ends_the_test_with_what_to_do(
    orion: Orion, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEYS["OPENAI_API_KEY"])
    server.script(Fail(401, {"error": {"message": f"Incorrect API key provided: {KEYS['OPENAI_API_KEY']}"}}))
    done = orion("model", "test", "openai/gpt-6-luna", "--timeout", "100")
    assert done.code == 12
    assert "the key is refused (401): Incorrect API key provided: [key]" in done.out
    assert "orion model login openai" in done.out
    assert len(server.asked) == 1, "nothing more is asked"
    assert KEYS["OPENAI_API_KEY"] not in done.out + done.err


def test_a_missing_key_is_told_before_anything_is_asked(orion: Orion, server: ModelServer) -> None:
    done = orion("model", "test", "anthropic/claude-sonnet-5-5")
    assert done.code == 12
    assert "set ANTHROPIC_API_KEY, or run: orion model login anthropic" in done.err
    assert server.asked == []


def test_a_silent_model_is_given_up_on_in_time(orion: Orion, server: ModelServer) -> None:
    server.script(Hang())
    done = orion("model", "test", "ollama/x", "--timeout", "1")
    assert done.code == 12
    assert "no whole answer within" in done.out


def test_the_passphrase_is_asked_once_for_all_questions(orion: Orion, server: ModelServer) -> None:
    orion("model", "login", "box", "--vault", "passphrase", "--stdin", stdin="correct horse\nbox-0123456789\n")
    server.script(_able)
    done = orion("model", "test", "box/x", "--timeout", "100", "--stdin", stdin="correct horse\n")
    assert done.code == 0, done.out + done.err
    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer box-0123456789"}
    locked = orion("model", "test", "box/x")
    assert locked.code == 12
    assert "the vault is locked" in locked.err


def test_settings_with_a_slip_are_refused_with_a_guess(orion: Orion, orion_home: OrionHome) -> None:
    (orion_home.root / "settings.yaml").write_text("providers: {ollama: {base_ulr: 'http://x/v1'}}\n", "utf-8")
    done = orion("model", "list")
    assert done.code == 4
    assert "did you mean 'base_url'?" in done.err


def test_the_list_names_what_a_server_of_ones_own_has(orion: Orion, server: ModelServer, orion_home: OrionHome) -> None:
    server.models = [{"id": f"m{n}"} for n in range(30)]
    (orion_home.root / "settings.yaml").write_text(
        f"providers: {{home: {{base_url: '{server.origin}/v1'}}}}\n", "utf-8"
    )
    listed = orion("model", "list")
    assert "home has m0, m1" in listed.out
    assert "m19 and 10 more" in listed.out
    assert orion("model", "list", "--json").json()["offered"] == {"home": [f"m{n}" for n in range(30)]}
    assert len(server.listed) == 2, "what nobody set up is not asked"
    assert not server.asked


def test_a_form_that_is_not_kept_to_says_what_to_do(orion: Orion, server: ModelServer) -> None:
    def talks(asked: Asked) -> Answer:
        forms = [tool for tool in asked.body.get("tools", []) if tool["function"]["name"] == "report"]
        return Answer(text="I would rather talk.") if forms else _able(asked)

    server.script(talks)
    lines = orion("model", "test", "ollama/some").out.splitlines()
    place = next(at for at, line in enumerate(lines) if "structured output" in line)
    assert "fix: plans may need several tries" in lines[place + 1]
