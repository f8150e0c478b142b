"""Where questions go, with which headers, and where they do not go."""

import logging
import os
import signal
import threading
import traceback
from collections.abc import Iterator

import pytest

from orion_tui.core.agent import model as port
from orion_tui.core.agent.keys import Keys
from orion_tui.core.settings import parse
from tests.support.model_server import Answer, Asked, Call, Fail, Hang, ModelServer, Raw
from tests.support.models import KEYS, MODELS, Asking, asking

pytestmark = pytest.mark.mock_llm

_every_model = pytest.mark.parametrize("model", MODELS)
_SENT = {
    "host",
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "user-agent",
    "authorization",
    "x-goog-api-key",
    "anthropic-version",
}


@_every_model
def test_only_known_headers_leave(server: ModelServer, ask: Asking, model: str) -> None:
    ask(model)
    (asked,) = server.asked
    assert set(asked.headers) <= _SENT
    assert asked.headers["user-agent"].startswith("orion-tui/")


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        (MODELS[0], "ANTHROPIC_API_KEY"),
        (MODELS[1], "OPENAI_API_KEY"),
        (MODELS[2], "GOOGLE_API_KEY"),
        (MODELS[3], "OPENROUTER_API_KEY"),
        (MODELS[5], "BOX_KEY"),
    ],
)
def test_a_provider_gets_its_own_key_and_no_other(server: ModelServer, ask: Asking, model: str, variable: str) -> None:
    ask(model)
    sent = str(server.asked[0].headers) + server.asked[0].target
    assert [name for name, key in KEYS.items() if key in sent] == [variable]


def test_a_server_without_a_key_is_sent_none(server: ModelServer, ask: Asking) -> None:
    ask("ollama/qwen3:32b")
    assert "authorization" not in server.asked[0].headers


def test_what_the_sdks_take_from_the_environment_is_not_sent(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "OPENAI_ORG_ID": "org-1",
        "OPENAI_PROJECT_ID": "proj-1",
        "OPENAI_ADMIN_KEY": "admin-1",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/elsewhere",
        "OPENAI_CUSTOM_HEADERS": "X-Extra: of-the-shell\nAuthorization: Bearer someone-else",
        "ANTHROPIC_CUSTOM_HEADERS": "X-Extra: of-the-shell\nAuthorization: Bearer someone-else",
        "ANTHROPIC_AUTH_TOKEN": "token-1",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:1/elsewhere",
        "OLLAMA_BASE_URL": "http://127.0.0.1:1/elsewhere",
        "OLLAMA_API_KEY": "not-of-this-process",
    }.items():
        monkeypatch.setenv(name, value)
    with asking(server) as ask:
        for model in MODELS:
            ask(model)
    for asked in server.asked:
        sent = str(asked.headers)
        assert "of-the-shell" not in sent
        assert "someone-else" not in sent
        assert "token-1" not in sent
        assert "admin-1" not in sent
    assert [asked.headers.get("openai-organization") for asked in server.asked] == [
        None,
        "org-1",
        None,
        None,
        None,
        None,
    ]
    assert "authorization" not in server.asked[4].headers


@_every_model
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_not_followed(server: ModelServer, ask: Asking, model: str, status: int) -> None:
    with ModelServer() as elsewhere:
        server.script(Fail(status, headers={"location": f"{elsewhere.origin}/v1/chat/completions"}))
        with pytest.raises(port.RequestRefused, match="redirection") as error:
            ask(model)
        assert elsewhere.asked == []
    assert "base_url" in error.value.hint


def test_a_proxy_of_the_environment_is_used(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.origin)
    far = parse("providers: {far: {base_url: 'http://models.invalid/v1'}}", "settings.yaml")
    away = Asking(far, {})
    try:
        assert away("far/any").text == "hello"
    finally:
        away.gateway.close()
    assert server.asked[0].target == "http://models.invalid/v1/chat/completions"


def test_this_machine_is_never_asked_through_a_proxy(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with asking(server) as ask:
        assert ask("ollama/qwen3:32b").text == "hello"


def test_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "models.invalid")
    away = Asking(parse("providers: {far: {base_url: 'http://models.invalid/v1'}}", "settings.yaml"), {})
    try:
        with pytest.raises(port.Unreachable, match="cannot be resolved"):
            away("far/any")
    finally:
        away.gateway.close()


def _echoes(asked: Asked) -> str:
    return asked.headers.get("authorization", "") + asked.headers.get("x-goog-api-key", "")


@pytest.mark.parametrize("model", [MODELS[0], MODELS[1], MODELS[2], MODELS[3], MODELS[5]])
def test_a_key_that_is_thrown_back_shows_nowhere(
    server: ModelServer, ask: Asking, model: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A hostile server repeats the key in everything it says: error, header, words, arguments, garbage."""
    caplog.set_level(logging.DEBUG)

    def error(asked: Asked) -> Fail:
        told = _echoes(asked)
        return Fail(400, {"error": {"message": f"bad {told}", "type": told, "code": told}}, headers={"x-said": told})

    def page(asked: Asked) -> Fail:
        return Fail(401, f"you said {_echoes(asked)}".encode())

    def garbage(asked: Asked) -> Raw:
        return Raw([b"data: {" + _echoes(asked).encode() + b"\n\n"], content_type=f"text/{_echoes(asked)[-12:]}")

    def words(asked: Asked) -> Answer:
        arguments = '{"words": "' + _echoes(asked) + '"}'
        return Answer(text=f"your key: {_echoes(asked)}", calls=[Call(name="note", arguments=arguments)], piece=500)

    said: list[str] = []
    for act in (error, page, garbage):
        server.script(act)
        with pytest.raises(port.ModelFailure) as failed:
            ask(model)
        said.append("".join(traceback.format_exception(failed.value)))
        said.append(f"{failed.value!r} {failed.value.args} {vars(failed.value)}")
        assert failed.value.__context__ is None, "no error of an SDK, with its request, is kept"
        assert failed.value.__cause__ is None
    server.script(words)
    said.append(repr(ask(model)))
    said += [repr(ask.keys), repr(ask.gateway), repr(ask.connections), str(vars(ask.gateway))]
    said.append(repr(ask.connections.to(port.ModelRef.parse(model))))
    out, err = capfd.readouterr()
    said += [caplog.text, out, err]
    for text in said:
        for key in KEYS.values():
            assert key not in text


def test_a_key_is_not_shown_by_its_own_kind() -> None:
    from pathlib import Path

    from orion_tui.base.paths import OrionHome
    from orion_tui.core.agent.providers import TABLE

    keys = Keys(OrionHome(Path("/nonexistent")), KEYS)
    keys.hand_over("openai", "sk-handed-0123456789")
    for name in ("anthropic", "openai"):
        key = keys.require(TABLE[name])
        assert key is not None
        assert key.value not in f"{key} {key!r} {keys!r}"


@pytest.fixture
def hanging(server: ModelServer, ask: Asking) -> ModelServer:
    server.script(Hang(Answer(text="a first piece of it, and never more"), events=3))
    return server


def test_a_set_stop_calls_it_off_and_closes_the_connection(hanging: ModelServer, ask: Asking) -> None:
    stop = threading.Event()
    with pytest.raises(port.Stopped, match="called off") as error:
        ask(heard=lambda _: stop.set(), stop=stop)
    assert error.value.begun is not None
    assert error.value.begun.heard > 0
    assert hanging.asked[-1].gone.wait(10)
    hanging.script(Answer(text="and on it goes"))
    assert ask().text == "and on it goes"


def test_what_is_called_off_beforehand_is_never_asked(server: ModelServer, ask: Asking) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(port.Stopped) as error:
        ask(stop=stop)
    assert server.asked == []
    assert error.value.begun is None


def test_closing_lets_every_asker_go(server: ModelServer) -> None:
    server.script(Answer(text="warm"), Hang())
    ended: list[BaseException] = []
    with asking(server) as ask:
        ask()

        def wait() -> None:
            try:
                ask(timeout=600.0)
            except port.ModelFailure as error:
                ended.append(error)

        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        while len(server.asked) < 4:
            threads[0].join(0.01)
        ask.gateway.close()
        for thread in threads:
            thread.join(20)
        assert [type(error) for error in ended] == [port.Stopped] * 3
        with pytest.raises(port.Stopped, match="closed"):
            ask()
        ask.gateway.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "orion-models" and not thread.daemon]


def test_askers_do_not_wait_for_each_other(server: ModelServer, ask: Asking) -> None:
    ask()
    gate = threading.Barrier(4, timeout=30)

    def together(asked: Asked) -> Answer:
        # Only when all four are asking at once does any of them get an answer.
        gate.wait()
        return Answer(text=str(asked.body["messages"][-1]["content"]))

    server.script(together)
    answers: list[str] = []

    def put(text: str) -> None:
        answers.append(ask(text=text).text)

    threads = [threading.Thread(target=put, args=(text,)) for text in ("a", "b", "c", "d")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == ["a", "b", "c", "d"]


def test_an_error_of_the_listener_comes_back_as_it_is(server: ModelServer, ask: Asking) -> None:
    def listen(piece: str) -> None:
        raise LookupError(piece)

    with pytest.raises(LookupError, match="hello"):
        ask(heard=listen)
    assert ask().text == "hello"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whoever starts the tests in the background has them ignore an interrupt."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_asker_leaves_nothing_behind(hanging: ModelServer, ask: Asking) -> None:
    interrupted: list[str] = []

    def interrupt(piece: str) -> None:
        if not interrupted:
            interrupted.append(piece)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        ask(heard=interrupt, stop=threading.Event())
    assert hanging.asked[-1].gone.wait(10)
