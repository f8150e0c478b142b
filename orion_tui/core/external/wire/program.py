"""A server that is a program: started alone in its process group, spoken to over its pipes, killed at the end.

The library's own transport keeps a line of any length in memory and passes variables on that nobody named. Here a
message has a length, a flood an end, and the environment is what the caller says.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp.types import jsonrpc_message_adapter

#: Bytes of one message of a server's.
MAX_MESSAGE = 16 * 1024 * 1024
#: Messages, and bytes of them, that a server may send for each message that it gets.
_MOST_MESSAGES = 1_000
_MOST_BYTES = 4 * MAX_MESSAGE
#: Seconds that a program has to end by itself once nobody speaks to it any more.
_GRACE = 0.3
#: Bytes of what it writes to standard error that are kept, for a person who looks for the reason.
_TAIL = 2_000

# The kernel kills the program when the thread that started it dies: also when Orion is killed outright.
_LAUNCH = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    os._exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""

_Incoming = SessionMessage | Exception


@attrs.define
class Said:
    """What is known of a program that ended: for messages to people."""

    #: Why nothing more of it is read.
    problem: str = ""
    #: The end of its standard error.
    errors: bytes = b""


@asynccontextmanager
async def speak(
    command: Sequence[str], env: Mapping[str, str], cwd: str, said: Said
) -> AsyncGenerator[tuple[MemoryObjectReceiveStream[_Incoming], MemoryObjectSendStream[SessionMessage]]]:
    """The two streams of a client session. Raises OSError when the program cannot be started."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid())),
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(env),
        cwd=cwd,
        start_new_session=True,
        limit=MAX_MESSAGE,
    )
    # Nothing is awaited between the start and the `try`: a cancellation there would leave it running.
    to_session, incoming = anyio.create_memory_object_stream[_Incoming](0)
    outgoing, from_session = anyio.create_memory_object_stream[SessionMessage](0)
    talk = _Talk(process, said)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk.listen, to_session)
            tasks.start_soon(talk.tell, from_session, to_session)
            tasks.start_soon(talk.overhear)
            try:
                yield incoming, outgoing
            finally:
                tasks.cancel_scope.cancel()
    finally:
        for stream in (to_session, incoming, outgoing, from_session):
            stream.close()
        with anyio.CancelScope(shield=True):
            await _end(process)


class _Talk:
    def __init__(self, process: asyncio.subprocess.Process, said: Said) -> None:
        self._process = process
        self._said = said
        self._messages = self._bytes = 0

    async def listen(self, to_session: MemoryObjectSendStream[_Incoming]) -> None:
        assert self._process.stdout is not None
        async with to_session:
            while True:
                try:
                    line = await self._process.stdout.readline()
                except ValueError:
                    self._said.problem = f"it sent a message of more than {MAX_MESSAGE:,} bytes"
                    return
                if not line:
                    return
                self._messages += 1
                self._bytes += len(line)
                if self._messages > _MOST_MESSAGES or self._bytes > _MOST_BYTES:
                    self._said.problem = "it sends without end"
                    return
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    continue  # programs print a greeting; whatever is no message is counted and left out
                try:
                    await to_session.send(SessionMessage(message))
                except (anyio.ClosedResourceError, anyio.BrokenResourceError):
                    return

    async def tell(
        self, from_session: MemoryObjectReceiveStream[SessionMessage], to_session: MemoryObjectSendStream[_Incoming]
    ) -> None:
        assert self._process.stdin is not None
        async with from_session:
            async for message in from_session:
                self._messages = self._bytes = 0
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                try:
                    self._process.stdin.write(text.encode("utf-8") + b"\n")
                    await self._process.stdin.drain()
                except OSError:
                    # Whoever waits for an answer is told that the connection is over.
                    await to_session.aclose()
                    return

    async def overhear(self) -> None:
        assert self._process.stderr is not None
        while chunk := await self._process.stderr.read(65_536):
            self._said.errors = (self._said.errors + chunk)[-_TAIL:]


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, wait a moment, kill it with all that it started."""
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GRACE):
            await process.wait()
    # Also when it has ended: what it started is in its group, whose number it keeps as long as anybody is in it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GRACE * 10):
            await process.wait()
    # Something that left the group may hold a pipe open: without this the transport would stay with it.
    transport: Any = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()
