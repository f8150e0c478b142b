"""How a key reaches the supervisor without ever lying anywhere: over a unix socket, into its memory (RUN-6, AUTH-5).

The supervisor does not have the environment of the commands that submit work, and cannot open a vault that needs a
passphrase. So a command finds the key, and hands it over at `run/keys.sock`: 0600 in a 0700 directory, and both ends
look at whose process the other one is before anything is said.

A request is a frame of `{"keys": {provider: key or null}}`, null to forget one; the answer, given once the keys are in
memory, is a frame of `{"handed": [providers that a key was handed over for]}`, or of `{"problem": ...}`. A frame is its
length in four bytes, big end first, and so many bytes of JSON. A connection is good for one request, and ends without
an answer where that is too large, too slow, or no request. No key is ever logged, answered or part of an error.
"""

import contextlib
import json
import logging
import os
import re
import selectors
import socket
import struct
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import attrs

from orion_tui.base.errors import StateError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.keys import Key, Keys, checked
from orion_tui.core.session import socket_address

NAME = "keys.sock"

#: Bytes of a frame.
MOST = 64 * 1024
#: Providers that keys are kept for; nobody has accounts with more.
MOST_PROVIDERS = 64
#: Connections that are listened to at a time; more wait for their turn.
AT_A_TIME = 4
#: Seconds that one connection has for all of it.
PATIENCE = 5.0
#: Seconds that a command waits for a supervisor that is just starting, or just making room for its successor.
COME_UP = 30.0
_TRY_EVERY = 0.05

_SIZE = struct.Struct(">I")
_CREDENTIALS = struct.Struct("3i")
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

_log = logging.getLogger("orion.keys")


class Handover:
    """The supervisor's end, on a thread of its own from the moment that it is made until `close`."""

    def __init__(self, folder: Path, keys: Keys, *, patience: float = PATIENCE, uid: int | None = None) -> None:
        """Listen in `folder` for processes of user `uid` (by default this one's). Only the lock's holder may.

        Where no socket can be made that is logged, and nothing can be handed over.
        """
        self._keys = keys
        self._patience = patience
        self._uid = os.geteuid() if uid is None else uid
        self._callers: dict[socket.socket, _Caller] = {}
        self._over = False
        self._wake_end, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._listener = _listen(folder)
        self._thread = threading.Thread(target=self._serve, name="keys", daemon=True)
        if self._listener is not None:
            self._thread.start()

    def turn_away(self) -> None:
        """Listen to nobody any more: the next supervisor takes keys now. For any thread, and for signal handlers."""
        self._over = True
        with contextlib.suppress(OSError):
            self._waker.send(b".")

    def close(self) -> None:
        """End the thread. The socket's file stays for the next supervisor to replace: it may be there already."""
        self.turn_away()
        if self._listener is not None:
            self._thread.join()
        self._wake_end.close()
        self._waker.close()

    def _serve(self) -> None:
        assert self._listener is not None
        with self._listener, selectors.DefaultSelector() as selector:
            selector.register(self._wake_end, selectors.EVENT_READ)
            selector.register(self._listener, selectors.EVENT_READ)
            listening = True
            while not self._over:
                for key, _ in selector.select(self._until_the_next_deadline()):
                    if key.fileobj is self._listener:
                        self._accept(self._listener, selector)
                    elif isinstance(caller := key.data, _Caller) and self._hear(caller):
                        self._part(caller, selector)
                for caller in [caller for caller in self._callers.values() if time.monotonic() >= caller.deadline]:
                    _log.warning("whoever wanted to hand over a key was too slow")
                    self._part(caller, selector)
                # Beyond so many they wait in the kernel's queue.
                if listening is not (room := len(self._callers) < AT_A_TIME):
                    listening = room
                    if room:
                        selector.register(self._listener, selectors.EVENT_READ)
                    else:
                        selector.unregister(self._listener)
            for caller in list(self._callers.values()):
                self._part(caller, selector)

    def _until_the_next_deadline(self) -> float | None:
        if not self._callers:
            return None
        return max(0.0, min(caller.deadline for caller in self._callers.values()) - time.monotonic())

    def _accept(self, listener: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            end, _ = listener.accept()
        except BlockingIOError:
            return  # whoever called has hung up already
        except OSError as error:
            # No descriptor left, mostly; without the pause it would be tried without end.
            _log.warning("a connection to hand over a key failed: %s", error.strerror)
            time.sleep(_TRY_EVERY)
            return
        if _peer(end) != self._uid:
            _log.warning("a process of another user wanted to hand over a key, and was not listened to")
            end.close()
            return
        end.setblocking(False)
        caller = _Caller(end=end, deadline=time.monotonic() + self._patience)
        self._callers[end] = caller
        selector.register(end, selectors.EVENT_READ, caller)

    def _hear(self, caller: "_Caller") -> bool:
        """Read what there is; whether that ends it."""
        try:
            piece = caller.end.recv(MOST)
        except BlockingIOError:
            return False
        except OSError:
            return True
        caller.read += piece
        if len(caller.read) >= _SIZE.size:
            (size,) = _SIZE.unpack_from(caller.read)
            if size > MOST or len(caller.read) > _SIZE.size + size:
                _log.warning("what was to be handed over is no key: it is too long")
                return True
            if len(caller.read) == _SIZE.size + size:
                self._answer(caller, bytes(caller.read[_SIZE.size :]))
                return True
        return not piece

    def _answer(self, caller: "_Caller", body: bytes) -> None:
        try:
            wanted = _parsed(body)
        except _NoRequest:
            _log.warning("what was to be handed over is no key: it is no request")
            return
        answer: dict[str, Any]
        try:
            self._take(wanted)
            answer = {"handed": sorted(self._keys.handed())}
        except UsageError as error:
            answer = {"problem": error.message}
        with contextlib.suppress(OSError):  # it fits into the socket's buffer, or nobody waits for it any more
            caller.end.sendall(_framed(answer))

    def _take(self, wanted: Mapping[str, str | None]) -> None:
        """All of them, or none."""
        for provider, value in wanted.items():
            if value is not None:
                checked(value, f"the key handed over for {provider}")
        if len(self._keys.handed() | wanted.keys()) > MOST_PROVIDERS:
            raise UsageError(f"keys for more than {MOST_PROVIDERS} providers cannot be handed over")
        for provider, value in wanted.items():
            if value is None:
                self._keys.take_back(provider)
                _log.info("the key for %s is forgotten", provider)
            else:
                self._keys.hand_over(provider, value)
                _log.info("a key for %s was handed over", provider)

    def _part(self, caller: "_Caller", selector: selectors.BaseSelector) -> None:
        selector.unregister(caller.end)
        del self._callers[caller.end]
        caller.end.close()
        caller.read.clear()


class NobodyListens(StateError):
    """No supervisor takes keys now: none runs, or it is just starting, or ending."""


def hand_over(home: OrionHome, keys: Mapping[str, Key], *, wait: float = COME_UP) -> None:
    """Give keys, by the names of their providers, to the running supervisor; it has them when this returns.

    A supervisor that is just coming up is waited for, `wait` seconds at the most. Raises StateError, with what to do.
    """
    if keys:
        _ask(home, {provider: key.value for provider, key in keys.items()}, wait)


def take_back(home: OrionHome, provider: str) -> None:
    """Have the running supervisor forget a key that was handed over. StateError where none runs."""
    _ask(home, {provider: None}, 0)


def handed(home: OrionHome) -> frozenset[str]:
    """The providers for which the running supervisor was handed a key; none where no supervisor runs."""
    try:
        return _ask(home, {}, 0)
    except StateError:
        return frozenset()


def _ask(home: OrionHome, keys: Mapping[str, str | None], wait: float) -> frozenset[str]:
    frame = _framed({"keys": keys})
    if len(frame) > _SIZE.size + MOST:
        raise StateError("these are too many keys, or too long ones, to be handed over at once")
    deadline = time.monotonic() + wait
    # A supervisor that ends may hang up on who had got through to it just before: its successor listens.
    while (answer := _asked(home, frame)) is None:
        if time.monotonic() >= deadline:
            raise NobodyListens(
                "no supervisor takes keys",
                hint=f"start one: orion daemon start; if one runs: try again, and see {home.logs / 'orion.log'}",
            )
        time.sleep(_TRY_EVERY)
    if problem := answer.get("problem"):
        raise StateError(f"the supervisor did not take the key: {problem}", hint="look at the key, and try again")
    return frozenset(map(str, answer["handed"]))


def _asked(home: OrionHome, frame: bytes) -> dict[str, Any] | None:
    """The answer to one request; None where nobody listens, or hangs up. Raises StateError for a stranger."""
    if (end := _connected(home)) is None:
        return None
    with end:
        if _peer(end) != os.geteuid():
            raise StateError(
                f"whoever listens at {home.run / NAME} is not your supervisor: no key was handed over",
                hint=f"look at who made {home.run} and what is in it",
            )
        try:
            end.sendall(frame)
            answer = json.loads(_read(end))
        except (OSError, ValueError):
            return None
    return answer if {"handed", "problem"} & answer.keys() else None


def _connected(home: OrionHome) -> socket.socket | None:
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.settimeout(2 * PATIENCE)
    try:
        with socket_address.address(home.run, NAME) as address:
            end.connect(address)
    except OSError:
        end.close()
        return None
    return end


def _listen(folder: Path) -> socket.socket | None:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        socket_address.bind(listener, folder, NAME)
        listener.listen(16)
        listener.setblocking(False)
    except OSError as error:
        _log.warning("no key can be handed over: there is no socket in %s: %s", folder, error.strerror)
        listener.close()
        return None
    return listener


def _peer(end: socket.socket) -> int:
    """The user of the process at the other end, as the kernel noted it when that one connected or listened."""
    _, uid, _ = _CREDENTIALS.unpack(end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return uid


def _framed(content: Mapping[str, Any]) -> bytes:
    body = json.dumps(content).encode("ascii")
    return _SIZE.pack(len(body)) + body


def _read(end: socket.socket) -> bytes:
    """The answer's content. OSError where it does not come, ValueError where it is none."""
    with end.makefile("rb") as reader:
        head = reader.read(_SIZE.size)
        if len(head) < _SIZE.size or (size := _SIZE.unpack(head)[0]) > MOST:
            raise ValueError
        return reader.read(size)


class _NoRequest(Exception):
    """Something else than a request."""


def _parsed(body: bytes) -> dict[str, str | None]:
    # Raised outside of the handler: the other error keeps what it could not read.
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or cast("dict[str, object]", content).keys() != {"keys"}:
        raise _NoRequest
    keys = cast("dict[str, object]", content)["keys"]
    if not isinstance(keys, dict):
        raise _NoRequest
    wanted: dict[str, str | None] = {}
    for provider, value in cast("dict[str, object]", keys).items():
        if not _PROVIDER.fullmatch(provider) or not (value is None or isinstance(value, str)):
            raise _NoRequest
        wanted[provider] = value
    return wanted


@attrs.define(kw_only=True, eq=False)
class _Caller:
    """A connection, and what came so far."""

    end: socket.socket
    deadline: float
    read: bytearray = attrs.field(factory=bytearray, repr=False)
