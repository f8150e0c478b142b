"""What servers of the user's own say that they have: asked briefly, at their own address, and believed with care."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orion_tui.base.errors import ModelUnavailable
from orion_tui.base.paths import OrionHome
from orion_tui.core import settings
from orion_tui.core.agent import model_names
from orion_tui.core.agent.connections import Connections
from orion_tui.core.agent.keys import Key, Keys, KeySource
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.agent.providers import TABLE, Provider
from tests.support.model_server import ModelServer

pytestmark = pytest.mark.unit

KEY = Key(value="sk-a-key-of-mine", source=KeySource.ENVIRONMENT, place="BOX_KEY")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


def named(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"id": name, "object": "model", **more} for name in names]


def box(server: ModelServer) -> Provider:
    return Provider(name="box", title="a server of your own", base_url=f"{server.origin}/v1", local=True)


def check(server: ModelServer, tmp_path: Path, *models: str, more: str = "") -> None:
    found = settings.parse(f"providers: {{box: {{base_url: '{server.origin}/v1'}}}}\n{more}", "settings.yaml")
    connections = Connections(found, Keys(OrionHome(tmp_path), {}))
    model_names.check([ModelRef.parse(model) for model in models], found, connections)


def test_a_name_that_the_server_does_not_list_is_refused_with_what_it_has(server: ModelServer, tmp_path: Path) -> None:
    server.models = named("mine", *(f"other-{n}" for n in range(20)))
    with pytest.raises(ModelUnavailable) as refused:
        check(server, tmp_path, "box/minne")
    assert "has no model minne (did you mean 'mine'?)" in refused.value.message
    assert "it has mine, other-0" in refused.value.hint
    assert "other-8 and 11 more" in refused.value.hint
    assert "other-9" not in refused.value.hint


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        (named("mine"), "box/mine"),
        (named("qwen3:latest"), "box/qwen3"),
        (named("openai/*"), "box/openai/gpt-6"),
        (named("/models/some.gguf", owned_by="llamacpp"), "box/whatever"),
        (None, "box/whatever"),
        ([{"name": "of another form"}], "box/whatever"),
        (named("a" * 300), "box/whatever"),
    ],
)
def test_what_is_listed_and_what_proves_nothing_is_let_through(
    server: ModelServer, tmp_path: Path, listed: list[dict[str, Any]] | None, asked: str
) -> None:
    server.models = listed
    check(server, tmp_path, asked, asked)
    assert len(server.listed) == 1, "one question for a server"


def test_a_model_that_the_settings_know_is_taken_on_trust(server: ModelServer, tmp_path: Path) -> None:
    server.models = named("mine")
    check(server, tmp_path, "box/alias", more="contexts: {box/alias: 8192}\n")
    assert not server.listed


def test_the_key_goes_to_the_base_url_and_not_where_that_leads(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ModelServer() as elsewhere:
        elsewhere.models = named("theirs")
        monkeypatch.setenv("http_proxy", elsewhere.origin)
        server.models = named("mine")
        assert model_names.names(box(server), KEY) == ("mine",)
        assert server.listed[0].headers["authorization"] == "Bearer sk-a-key-of-mine"
        moved = _redirects_to(f"{elsewhere.origin}/v1/models")
        asked = Provider(name="box", title="", base_url=f"http://127.0.0.1:{moved}/v1", local=True)
        assert model_names.names(asked, KEY) is None
        assert not elsewhere.listed
        assert not elsewhere.asked


def test_who_says_nothing_is_not_waited_for(server: ModelServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        asked = Provider(name="box", title="", base_url=f"http://127.0.0.1:{port}/v1", local=True)
        assert model_names.names(asked, None, patience=0.05) is None
    assert model_names.names(asked, None) is None, "nobody listens there any more"


def test_providers_elsewhere_are_not_asked() -> None:
    assert model_names.names(TABLE["openai"], KEY) is None
    assert model_names.names(TABLE["anthropic"], KEY) is None


def _redirects_to(address: str) -> int:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(f"HTTP/1.1 302 Moved\r\nLocation: {address}\r\nContent-Length: 0\r\n\r\n".encode())

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])
