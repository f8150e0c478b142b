"""Colours for the file that is looked at: one process that finds them, one thread that waits for it, and never longer
than a person would."""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from orion_tui.bridge.diff_port import Sides
from orion_tui.bridge.tints import KINDS, LineTints, Tints

#: Seconds for one file, the start of the process included; what takes longer stays plain.
PATIENCE = 3.0
#: A line of more characters makes its file plain: nobody reads it for its colours.
LONGEST_LINE = 2_000

_COMMAND = (sys.executable, "-P", "-m", "orion_tui.bridge.tint_worker")


class Tinter:
    """`ask` for a file's colours; `done` is called with them in a thread of this. Only the newest wish is followed."""

    def __init__(
        self,
        done: Callable[[Tints], object],
        *,
        command: tuple[str, ...] = _COMMAND,
        patience: float = PATIENCE,
    ) -> None:
        self._done = done
        self._command = command
        self._patience = patience
        self._changed = threading.Condition()
        self._wish: Sides | None = None
        self._closed = False
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, sides: Sides) -> None:
        """Find this file's colours, rather than those of one that still waits."""
        if any(len(line) > LONGEST_LINE for line in (*sides.old, *sides.new)):
            return
        with self._changed:
            self._wish = sides
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="orion-tints", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """End the process. Does not wait for it: nothing that it does matters any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
            if self._process is not None:
                self._process.kill()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._wish is None and not self._closed:
                    self._changed.wait()
                wish, self._wish = self._wish, None
            if wish is None:
                break
            tints = self._tints(wish)
            if tints is not None and not self._closed:
                self._done(tints)
        self._end()

    def _tints(self, sides: Sides) -> Tints | None:
        """None for a language that is not known, and where the process failed: the next file gets another one."""
        request = json.dumps({"path": sides.path, "old": sides.old, "new": sides.new}) + "\n"
        try:
            answer = self._exchange(request.encode("ascii"))
            return _read(sides.key, json.loads(answer), sides)
        except (OSError, ValueError, TypeError, KeyError, IndexError):
            self._end()
            return None

    def _exchange(self, request: bytes) -> bytes:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        deadline = time.monotonic() + self._patience
        poll = select.poll()
        poll.register(process.stdin, select.POLLOUT)
        poll.register(process.stdout, select.POLLIN)
        rest, answer = memoryview(request), bytearray()
        while not answer.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ready = dict(poll.poll(left * 1000))
            if process.stdin.fileno() in ready:
                rest = rest[os.write(process.stdin.fileno(), rest[:65536]) :]
                if not rest:
                    poll.unregister(process.stdin)
            if process.stdout.fileno() in ready:
                piece = os.read(process.stdout.fileno(), 1 << 20)
                if not piece:
                    raise BrokenPipeError
                answer += piece
        return bytes(answer)

    def _started(self) -> "subprocess.Popen[bytes]":
        with self._changed:
            if self._closed:
                raise OSError("closed")
            if self._process is None:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
                assert self._process.stdin is not None
                os.set_blocking(self._process.stdin.fileno(), False)
            return self._process

    def _end(self) -> None:
        with self._changed:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            process.wait()


def _read(key: str, answer: Any, sides: Sides) -> Tints | None:
    if answer is None:
        return None
    old, new = _lines(answer["old"], sides.old), _lines(answer["new"], sides.new)
    return Tints(key=key, old=old, new=new)


def _lines(found: list[list[tuple[int, int, int]]], lines: tuple[str, ...]) -> tuple[LineTints, ...]:
    if len(found) != len(lines):
        raise ValueError("not the lines that were asked for")
    return tuple(tuple((begin, end, KINDS[kind]) for begin, end, kind in spans) for spans in found)
