"""One container of a session, from its creation to a server that answers in it, and to its end."""

import contextlib
import secrets
import socket
import threading
import time
from typing import Any

from orion_tui.base.errors import ChannelClosed, SandboxUnavailable
from orion_tui.base.text import clean
from orion_tui.core.sandbox import startup
from orion_tui.core.sandbox.channel import Channel
from orion_tui.core.sandbox.docker import options
from orion_tui.core.sandbox.docker.engine import Engine, EngineError, EngineInfo
from orion_tui.core.sandbox.docker.options import Part
from orion_tui.core.sandbox.docker.stream import ExecStream
from orion_tui.core.sandbox.identity import INSIDE_UID

#: Seconds that the server inside may take to come up.
_START = 30.0
#: Seconds until the engine has removed what it was told to remove.
_END = 20.0
#: Seconds in which the engine learns what became of a container whose server is gone, and what that server said last.
_SETTLE = 2.0
_LAST_WORDS = 1.0
#: How a process ends that is killed.
_KILLED = 128 + 9
_NAMES = 4
_CONFLICT = 409

_PYTHON = "python3"


class Container:
    """A started container, and the server in it. `end` may be called again, and from any thread."""

    def __init__(self, engine: Engine, part: Part, info: EngineInfo) -> None:
        self.part = part
        self.id = ""
        #: The server inside, as the engine and as the host number it.
        self.exec_id = ""
        self.server_pid = 0
        self.init_pid = 0
        self._engine = engine
        self._info = info
        self._lock = threading.Lock()
        self._ended = False
        #: Held for as long as the container is to live: the engine ends its main process when this goes.
        self._life: ExecStream | None = None
        self.stream: ExecStream | None = None

    def create(self, name: str) -> None:
        """Create it under a name that is free: one that somebody else has is left to them."""
        configuration = options.configuration(self.part, self._info)
        for attempt in range(_NAMES):
            chosen = f"{name}-{secrets.token_hex(3)}" if attempt else name
            try:
                self.id = self._engine.create_container(chosen, configuration)
            except EngineError as error:
                if error.status != _CONFLICT or attempt == _NAMES - 1:
                    raise
            else:
                return

    def start(self) -> None:
        """Start its main process, and the server beside it. Raises EngineError."""
        # Before it starts: a supervisor that dies in between leaves a container whose input nobody ever held.
        self._life = self._engine.attach_input(self.id)
        self._engine.start_container(self.id)
        self.exec_id, self.stream = self._engine.execute(
            self.id,
            startup.command(_PYTHON),
            user=f"{INSIDE_UID}:{INSIDE_UID}",
            directory="/",
            environment={"PATH": options.environment(self.part.image)["PATH"], "LANG": "C.UTF-8"},
        )

    def shake_hands(self, channel: Channel, configuration: dict[str, Any]) -> None:
        """Send the server its program and wait until it answers. Raises ChannelClosed with what it said."""
        channel.send_raw(startup.server_message(configuration), timeout=_START)
        channel.receive_ready(timeout=_START)
        if (server := self._engine.inspect_exec(self.exec_id)) is not None:
            self.server_pid = server.pid
        if (container := self._engine.inspect_container(self.id)) is not None:
            self.init_pid = container.pid

    def explain(self) -> str:
        """Why its server no longer answers, as far as the engine tells."""
        said = ""
        with contextlib.suppress(EngineError):
            said = self._what_happened()
        errors = self.stream.read_errors(_LAST_WORDS) if self.stream is not None else b""
        return clean("\n".join(text for text in (said, errors.decode("utf-8", "replace").strip()) if text))

    def _what_happened(self) -> str:
        name = self.part.name
        deadline = time.monotonic() + _SETTLE
        while True:
            container = self._engine.inspect_container(self.id)
            if container is None:
                return f"the {name} container was removed"
            if not container.running:
                return f"the {name} container was stopped"
            server = self._engine.inspect_exec(self.exec_id)
            if server is not None and not server.running and server.exit_code != _KILLED:
                return f"the server in the {name} container ended with {server.exit_code}"
            # A container that is being ended loses its server first: give the engine time to say which it was.
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        if server is None or server.running:
            return ""
        return (
            f"the server in the {name} container was killed: by a command that kills everything it can reach, or "
            "for memory"
        )

    def end(self) -> None:
        """Kill everything in it, remove it, and wait until it is gone."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            for stream in (self.stream, self._life):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.shutdown(socket.SHUT_RDWR)
            try:
                if self.id:
                    self._remove()
            finally:
                for stream in (self.stream, self._life):
                    if stream is not None:
                        stream.close()

    def _remove(self) -> None:
        deadline = time.monotonic() + _END
        while True:
            try:
                self._engine.remove_container(self.id)
                if self._engine.inspect_container(self.id) is None:
                    return
            except EngineError:
                # An engine that is gone or busy: what is left carries our label, and is looked for later.
                if time.monotonic() > deadline - _END / 2:
                    return
            if time.monotonic() > deadline:
                return
            time.sleep(0.02)


def bring_up(container: Container, channel: Channel, name: str, configuration: dict[str, Any]) -> None:
    """Everything up to a server that answers. Raises SandboxUnavailable with the reason."""
    try:
        container.shake_hands(channel, configuration)
    except ChannelClosed as error:
        raise SandboxUnavailable(
            f"no server comes up in the {name} container: {error.message}",
            hint=f"the image needs a Python 3.9 or later as `python3`: {container.part.image.id[:19]}",
        ) from error
