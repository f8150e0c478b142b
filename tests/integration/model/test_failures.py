"""Every way in which there may be no answer, over real HTTP: which failure it is, what it says, what it cost."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.core.agent import model as port
from orion_tui.core.settings import parse
from tests.support.model_formats import events
from tests.support.model_server import Answer, Call, Cut, Fail, Hang, ModelServer, Raw, Truncated
from tests.support.models import MODELS, Asking, asking

pytestmark = pytest.mark.mock_llm

_every_model = pytest.mark.parametrize("model", MODELS)
_INVALID = "INVALID_ARGUMENT"
_LONG = Answer(text="This is a sentence that takes several pieces to be told, and then some more of them.")


def _error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "scripted", **more}}


@_every_model
@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (400, port.RequestRefused),
        (401, port.KeyRefused),
        (402, port.NothingLeft),
        (403, port.KeyRefused),
        (404, port.NoSuchModel),
        (408, port.ServerTrouble),
        (413, port.TooLong),
        (422, port.RequestRefused),
        (429, port.RateLimited),
        (500, port.ServerTrouble),
        (502, port.ServerTrouble),
        (503, port.ServerTrouble),
        (529, port.ServerTrouble),
    ],
)
def test_a_status_is_its_failure_and_says_what_the_provider_said(
    server: ModelServer, ask: Asking, model: str, status: int, failure: type[port.ModelFailure]
) -> None:
    server.script(Fail(status, _error("the why of it\x1b[31m\nand more", status="SCRIPTED", code=status)))
    with pytest.raises(failure) as error:
        ask(model)
    assert type(error.value) is failure
    assert f"({status}): the why of it⏎and more" in error.value.message
    assert error.value.message.startswith(f"{model}: ")
    assert error.value.begun is None, "nobody worked on it"
    assert len(server.asked) == 1, "nothing is retried here"


@_every_model
@pytest.mark.parametrize("status", [401, 500])
def test_a_page_of_a_proxy_is_not_quoted(server: ModelServer, ask: Asking, model: str, status: int) -> None:
    server.script(Fail(status, b"<html><h1>Gateway</h1></html>"))
    with pytest.raises((port.KeyRefused, port.ServerTrouble)) as error:
        ask(model)
    assert "<" not in error.value.message


def test_a_refused_key_says_where_it_is_from_and_how_to_put_another(server: ModelServer, ask: Asking) -> None:
    server.script(Fail(401))
    with pytest.raises(port.KeyRefused) as error:
        ask("anthropic/claude-sonnet-5-5")
    assert "the key from ANTHROPIC_API_KEY" in error.value.hint
    assert "orion model login anthropic" in error.value.hint


@pytest.mark.parametrize(
    ("model", "status", "body", "failure"),
    [
        (MODELS[1], 429, _error("quota", code="insufficient_quota"), port.NothingLeft),
        (
            MODELS[0],
            400,
            {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low"}},
            port.NothingLeft,
        ),
        (MODELS[1], 400, _error("too long", code="context_length_exceeded"), port.TooLong),
        (
            MODELS[0],
            400,
            {"error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000"}},
            port.TooLong,
        ),
        (
            MODELS[2],
            400,
            _error("The input token count (9) exceeds the maximum number of tokens allowed (8).", status=_INVALID),
            port.TooLong,
        ),
        (
            MODELS[4],
            500,
            _error("the request exceeds the available context size", type="exceed_context_size_error"),
            port.TooLong,
        ),
        (MODELS[5], 400, {"message": "This model's maximum context length is 4096 tokens"}, port.TooLong),
        (MODELS[1], 400, _error("flagged", code="content_policy_violation"), port.Declined),
        (MODELS[5], 404, {"detail": "Not Found"}, port.NoSuchModel),
        (MODELS[5], 400, {"error": "just text"}, port.RequestRefused),
    ],
)  # fmt: skip
def test_what_a_provider_says_decides_where_its_status_does_not(
    server: ModelServer, ask: Asking, model: str, status: int, body: object, failure: type[port.ModelFailure]
) -> None:
    server.script(Fail(status, body))
    with pytest.raises(failure) as error:
        ask(model)
    assert type(error.value) is failure


@pytest.mark.parametrize("model", [MODELS[0], MODELS[1], MODELS[2], MODELS[4]])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"Retry-After": "Sun, 15 Jun 2025 15:07:00 GMT"}, 20.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360.0),
        (
            {"anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2025-06-15T15:07:40Z"},
            60.0,
        ),
        ({}, None),
    ],
)  # fmt: skip
def test_a_rate_limit_says_until_when(
    server: ModelServer, model: str, headers: dict[str, str], seconds: float | None
) -> None:
    server.script(Fail(429, headers=headers))
    clock = FixedClock(1_750_000_000.0)  # 2025-06-15T15:06:40Z
    with asking(server, clock=clock) as ask, pytest.raises(port.RateLimited) as error:
        ask(model)
    assert error.value.reset_at == (None if seconds is None else clock.now() + seconds)


@_every_model
@pytest.mark.parametrize("events", [0, 1, 3])
def test_a_stream_that_ends_early_is_never_taken_for_an_answer(
    server: ModelServer, ask: Asking, model: str, events: int
) -> None:
    server.script(Truncated(_LONG, events=events))
    with pytest.raises(port.CutOff):
        ask(model)


@_every_model
@pytest.mark.parametrize("events", [0, 3])
def test_a_connection_that_breaks_in_the_middle_of_a_piece(
    server: ModelServer, ask: Asking, model: str, events: int
) -> None:
    server.script(Cut(_LONG, events=events))
    with pytest.raises(port.CutOff):
        ask(model)


@_every_model
@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_connection_that_breaks_in_the_middle_of_a_refusal_passes(
    server: ModelServer, ask: Asking, model: str, status: int
) -> None:
    server.script(Fail(status, _error("word " * 1_000), cut=True))
    with pytest.raises(port.ModelFailure) as error:
        ask(model)
    assert type(error.value) is port.CutOff, "half a refusal says nothing for sure"
    assert "the connection ended" in error.value.message
    assert len(server.asked) == 1, "nothing is retried here"


def test_a_cut_answer_costs_what_was_counted(server: ModelServer, ask: Asking) -> None:
    server.script(Cut(Answer(text=_LONG.text, input_tokens=900), events=3))
    with pytest.raises(port.CutOff) as error:
        ask("anthropic/claude-sonnet-5-5")
    assert error.value.spent.input_tokens == 900


@_every_model
@pytest.mark.parametrize("broken", [Cut, Truncated])
def test_of_an_answer_that_breaks_off_it_is_known_how_much_was_heard(
    server: ModelServer, ask: Asking, model: str, broken: type[Cut] | type[Truncated]
) -> None:
    words = Answer(text="word " * 200, piece=100)
    server.script(broken(words, events=9))
    with pytest.raises(port.CutOff) as error:
        ask(model)
    assert error.value.begun is not None
    assert 100 < error.value.begun.heard < 286, "some of the 1,000 bytes"


@_every_model
def test_half_a_call_is_heard_too(server: ModelServer, ask: Asking, model: str) -> None:
    noted = Call(name="note", arguments='{"words": "' + "x" * 700 + '"}')
    server.script(Truncated(Answer(calls=[noted], finish=None), events=4))
    with pytest.raises((port.CutOff, port.Garbled)) as error:
        ask(model)
    assert error.value.begun is not None


@_every_model
def test_nothing_is_known_of_an_answer_of_which_nothing_came(server: ModelServer, ask: Asking, model: str) -> None:
    ask(model)  # What is imported for it takes its time, and is no part of the answer's.
    server.script(Hang())
    with pytest.raises(port.TimedOut) as error:
        ask(model, timeout=0.3)
    assert error.value.begun == port.Begun(heard=0)


@_every_model
def test_a_gateway_that_took_too_long_had_somebody_at_work(server: ModelServer, ask: Asking, model: str) -> None:
    server.script(Fail(504))
    with pytest.raises(port.ServerTrouble) as error:
        ask(model)
    assert error.value.begun == port.Begun(heard=0)


@_every_model
def test_of_a_whole_answer_that_does_not_serve_all_is_counted(server: ModelServer, ask: Asking, model: str) -> None:
    server.script(Answer(text="words alone"))
    with pytest.raises(port.NoCall) as error:
        ask(model, must_call=True)
    assert (error.value.begun, error.value.spent.total) == (None, 18)


def test_a_stream_without_a_finish_reason_but_with_its_end_mark_is_whole(server: ModelServer, ask: Asking) -> None:
    chunk = b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"all of it"},"finish_reason":null}]}\n\n'  # noqa: E501 - one line of a stream
    server.script(Raw([chunk, b"data: [DO", b"NE]\n\n"]))
    assert ask("box/any").text == "all of it"


@_every_model
@pytest.mark.parametrize(
    ("pieces", "kind"),
    [
        ([b"<html>hello</html>"], "text/html"),
        ([b'{"answer": 42}'], "application/json"),
        ([b"\x00\xff\xfe\x01" * 500], "application/octet-stream"),
    ],
)
def test_something_that_is_no_stream_is_garbled_and_asks_about_the_address(
    server: ModelServer, ask: Asking, model: str, pieces: list[bytes], kind: str
) -> None:
    server.script(Raw(pieces, content_type=kind))
    with pytest.raises(port.Garbled, match="instead of a stream of events") as error:
        ask(model)
    assert "is the address right?" in error.value.hint


@_every_model
@pytest.mark.parametrize(
    "piece",
    [
        b"data: {not json}\n\n",
        b"data: 7\n\n",
        b"data: []\n\n",
        b'data: {"choices": 7}\n\n',
        b"\xff\xfe\n\n",
        b"data: " + b"[" * 50_000 + b"\n\n",
    ],
    ids=["no json", "a number", "a list", "wrong types", "no text", "deep"],
)
def test_garbage_in_a_stream_is_never_an_answer(server: ModelServer, ask: Asking, model: str, piece: bytes) -> None:
    server.script(Raw([piece]))
    with pytest.raises((port.Garbled, port.CutOff)):
        ask(model)


@pytest.mark.parametrize("model", [MODELS[0], MODELS[1], MODELS[4]])
def test_an_error_inside_a_stream_is_its_failure(server: ModelServer, ask: Asking, model: str) -> None:
    event = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    server.script(Raw([event]))
    with pytest.raises(port.ServerTrouble, match="Overloaded") as error:
        ask(model)
    assert error.value.begun is None


@_every_model
@pytest.mark.parametrize("act", [Hang(), Hang(_LONG, events=3)], ids=["before the first byte", "in the middle"])
def test_a_server_that_hangs_is_given_up_on(server: ModelServer, ask: Asking, model: str, act: Hang) -> None:
    ask(model)  # What is imported for it takes its time, and is no part of the answer's.
    server.script(act)
    with pytest.raises(port.TimedOut, match=r"no whole answer within 0\.3 s"):
        ask(model, timeout=0.3)
    assert server.asked[-1].gone.wait(10), "the connection is closed, so that the provider stops too"


@_every_model
def test_an_endless_answer_is_bounded(server: ModelServer, ask: Asking, model: str) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        begun = [*events(Answer(text="word " * 12_000, piece=60_000), server.asked[-1].path)]
        index = next(number for number, event in enumerate(begun) if b"word" in event)
        yield from begun[:index]
        while sent < 100 * 1024 * 1024:
            sent += len(begun[index])
            yield begun[index]

    server.script(Raw(endless()))
    with pytest.raises(port.Garbled, match=r"more than .* bytes"):
        ask(model, max_tokens=100)
    assert sent < 20 * 1024 * 1024


def test_an_endless_error_is_bounded_too(server: ModelServer, ask: Asking) -> None:
    server.script(Fail(500, b"x" * (100 * 1024 * 1024)))
    with pytest.raises(port.Garbled, match=r"more than .* bytes"):
        ask(max_tokens=100)


def test_a_compressed_answer_is_not_unpacked(server: ModelServer, ask: Asking) -> None:
    import gzip

    server.script(Raw([gzip.compress(b"x" * 10_000_000)], headers={"content-encoding": "gzip"}))
    with pytest.raises(port.Garbled, match="compressed"):
        ask()


def test_nobody_listens(ask: Asking, server: ModelServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with _to(f"http://127.0.0.1:{closed}/v1") as (away, model), pytest.raises(port.Unreachable) as error:
        away(model)
    assert f"nobody listens at 127.0.0.1:{closed}" in error.value.message
    assert error.value.begun is None


def test_a_name_that_does_not_exist() -> None:
    with _to("https://models.invalid/v1") as (away, model), pytest.raises(port.Unreachable) as error:
        away(model)
    assert "the name models.invalid cannot be resolved" in error.value.message
    assert error.value.begun is None


def test_a_server_that_speaks_no_tls() -> None:
    # Not the scripted server: it may take a greeting of random bytes for the beginning of a request, and wait.
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(1)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                while connection.recv(4096):
                    pass

        threading.Thread(target=answer, daemon=True).start()
        at = listening.getsockname()[1]
        with _to(f"https://127.0.0.1:{at}/v1") as (away, model), pytest.raises(port.Unreachable) as error:
            away(model)
    assert f"no secure connection to 127.0.0.1:{at}" in error.value.message


class _to:
    """A provider at that address."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> tuple[Asking, str]:
        self._ask = Asking(parse(f"providers: {{far: {{base_url: '{self._url}'}}}}", "settings.yaml"), {})
        return self._ask, "far/any"

    def __exit__(self, *_: object) -> None:
        self._ask.gateway.close()
