"""A scripted server, and a gateway to it; one of each for a file, since a gateway reads the system's certificates."""

from collections.abc import Iterator

import pytest

from tests.support.model_server import Answer, ModelServer
from tests.support.models import Asking, asking


@pytest.fixture(scope="module")
def _running() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="module")
def _ready(_running: ModelServer) -> Iterator[Asking]:
    with asking(_running) as ready:
        yield ready


@pytest.fixture
def server(_running: ModelServer) -> ModelServer:
    _running.asked.clear()
    _running.script(Answer(text="hello"))
    return _running


@pytest.fixture
def ask(_ready: Asking, server: ModelServer) -> Asking:
    return _ready
