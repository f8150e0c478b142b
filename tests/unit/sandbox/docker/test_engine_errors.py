"""An engine that cannot be spoken to is told by why, with what mends it."""

import os
import socket
from pathlib import Path

import pytest

from orion_tui.core.sandbox.docker.endpoint import Endpoint
from orion_tui.core.sandbox.docker.engine import Engine, EngineError

pytestmark = pytest.mark.unit


def at(path: Path) -> Endpoint:
    return Endpoint(url=f"unix://{path}", source="the system's engine")


def test_where_nobody_listens_it_says_how_to_start_one(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "s"))
    for name in ("s", "none"):
        with pytest.raises(EngineError, match="no Docker engine answers") as caught:
            Engine(at(tmp_path / name))
        assert "start it" in caught.value.hint


def test_a_socket_that_may_not_be_used_has_words_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: socket.socket, address: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(EngineError, match="you may not speak to the Docker engine") as caught:
        Engine(at(tmp_path / "s"))
    assert "usermod -aG docker" in caught.value.hint
