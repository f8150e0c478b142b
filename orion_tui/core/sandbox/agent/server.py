"""The loop of the server inside: one request, one answer, until the host hangs up."""

from __future__ import annotations

import errno
import fcntl
import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from orion_tui.core.sandbox.agent import files, frames, kernel, scan, search, tree
from orion_tui.core.sandbox.agent.commands import Commands
from orion_tui.core.sandbox.agent.memory import MemoryWatch
from orion_tui.core.sandbox.agent.paths import Root, components, open_directory
from orion_tui.core.sandbox.agent.population import Population
from orion_tui.core.sandbox.agent.stamps import classify, stamp

_WORKSPACE = "/workspace"
#: Bytes of search results that travel at most.
_MAX_RESULTS = 4 * 1024 * 1024
_PIECE = 256 * 1024


class Server:
    """Answers requests that come over one descriptor, on the same or on another one."""

    def __init__(
        self, requests: int, answers: int, config: dict[str, Any], adjust: int | None, population: Population
    ) -> None:
        self._requests = requests
        self._answers = answers
        self._population = population
        self._root = Root(_WORKSPACE)
        os.fchdir(self._root.descriptor)
        self._known = scan.Known(watched=True)
        self._entry_limit: int = config["workspace"]["entries"]
        self._number = 0
        self._buffer = b""
        self._body_open = False
        watched: int = config["watch_memory"]
        self._commands = Commands(
            root=self._root,
            channel=requests,
            environment=config["environment"],
            output_limit=config["output_bytes"],
            adjust=adjust,
            watch=MemoryWatch(watched) if watched else None,
            population=population,
        )
        self._operations: dict[str, Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]]] = {
            "ping": self._ping,
            "run": self._run,
            "read": self._read,
            "stat": self._stat,
            "write": self._write,
            "delete": self._delete,
            "list": self._list,
            "search": self._search,
            "load": self._load,
            "scan": self._scan,
            "fetch": self._fetch,
        }

    def serve(self) -> None:
        """Until the host hangs up. Raises Malformed when it says something that is no request."""
        while True:
            kind, self._number, meta, _ = self._receive()
            if kind not in {frames.CALL, frames.OPEN}:
                raise frames.Malformed("not a request")
            self._body_open = kind == frames.OPEN
            try:
                result, data = self._operations[meta["op"]](meta)
                kind = frames.RESULT
            except tree.Refused as error:
                kind, result, data = frames.FAIL, {"error": "refused", "text": str(error)}, b""
            except ValueError as error:
                kind, result, data = frames.FAIL, {"error": "value", "text": str(error)}, b""
            except OSError as error:
                kind, result, data = frames.FAIL, {"error": "os", "errno": error.errno or errno.EIO}, b""
            for _ in self._body():  # whatever of the request was not looked at
                pass
            self._send(kind, result, data)

    # -- frames

    def _receive(self) -> tuple[int, int, dict[str, Any], bytes]:
        kind, number, meta, size = frames.decode_header(self._exactly(frames.HEADER.size))
        return kind, number, frames.decode_meta(self._exactly(meta)), self._exactly(size)

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            piece = os.read(self._requests, max(65536, count - len(self._buffer)))
            if not piece:
                self._population.leave()
            self._buffer = self._buffer + piece if self._buffer else piece
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _body(self) -> Iterator[bytes]:
        """The rest of a request's body."""
        while self._body_open:
            kind, number, _, data = self._receive()
            if number != self._number or kind not in {frames.DATA, frames.END}:
                raise frames.Malformed("not the body of the request")
            if kind == frames.END:
                self._body_open = False
            if data:
                yield data

    def _body_reader(self) -> Callable[[int], bytes]:
        pieces = self._body()
        rest = memoryview(b"")

        def read(count: int) -> bytes:
            nonlocal rest
            if not rest:
                rest = memoryview(next(pieces, b""))
            data, rest = bytes(rest[:count]), rest[count:]
            return data

        return read

    def _send(self, kind: int, meta: dict[str, Any], data: bytes) -> None:
        while len(data) > frames.MAX_DATA:
            files.write_all(self._answers, frames.encode(frames.DATA, self._number, {}, data[: frames.MAX_DATA]))
            data = data[frames.MAX_DATA :]
        files.write_all(self._answers, frames.encode(kind, self._number, meta, data))

    def _stream(self, pieces: Iterator[bytes]) -> bytes:
        """Send all but the last of `pieces`, small ones joined; the last goes with the result."""
        waiting = bytearray()
        for piece in pieces:
            if len(waiting) + len(piece) > frames.MAX_DATA:
                self._send(frames.DATA, {}, bytes(waiting))
                waiting.clear()
            waiting += piece
        return bytes(waiting)

    # -- operations

    def _ping(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        del meta
        return {"pid": os.getpid()}, b""

    def _run(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        watcher = self._partial if meta.get("watch") else None
        return self._commands.run(meta["argv"], os.fsencode(meta["cwd"]), meta["timeout"], meta["env"], watcher)

    def _partial(self, data: bytes, dropped: int) -> None:
        self._send(frames.PARTIAL, {"dropped": dropped} if dropped else {}, data)

    def _read(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        return {}, self._stream(files.read(self._root, os.fsencode(meta["path"]), meta["limit"]))

    def _stat(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        status = files.status(self._root, os.fsencode(meta["path"]))
        if status is None:
            return {}, b""
        kind, what = classify(status)
        return {
            "kind": kind.decode(),
            "what": what,
            "size": status.st_size,
            "links": status.st_nlink,
            "stamp": stamp(status),
        }, b""

    def _write(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        files.write(self._root, os.fsencode(meta["path"]), self._body(), meta["executable"])
        return {}, b""

    def _delete(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        files.delete(self._root, os.fsencode(meta["path"]))
        return {}, b""

    def _list(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        found = files.names(self._root, os.fsencode(meta["path"]), meta["limit"])
        return {}, self._stream(name + b"\0" for name in found)

    def _search(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """In a child, the compiling of the pattern too: either may take for ever, or all memory."""
        os.close(open_directory(self._root, components(os.fsencode(meta["path"]))))
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            self._search_in_child(meta, writer)
        os.close(writer)
        deadline = time.monotonic() + meta["seconds"]
        data = bytearray()
        try:
            poll = select.poll()
            poll.register(reader, select.POLLIN)
            while len(data) < _MAX_RESULTS:
                left = deadline - time.monotonic()
                if left <= 0 or not poll.poll(left * 1000):
                    raise TimeoutError(errno.ETIMEDOUT, "the search took too long")
                piece = os.read(reader, 65536)
                if not piece:
                    break
                data += piece
        finally:
            os.close(reader)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        lines = bytes(data[: data.rfind(b"\n") + 1])
        first, _, rest = lines.partition(b"\n")
        if first != b"ok":
            raise ValueError(first.decode("utf-8", "replace") or "not a pattern that can be searched for")
        return {}, self._stream(iter((rest[start : start + _PIECE] for start in range(0, len(rest), _PIECE))))

    def _search_in_child(self, meta: dict[str, Any], writer: int) -> None:
        try:
            os.close(self._requests)
            if self._answers != self._requests:
                os.close(self._answers)
            try:
                pattern = search.compile_pattern(meta["pattern"])
            except ValueError as error:
                files.write_all(writer, str(error).replace("\n", " ").encode("utf-8", "replace") + b"\n")
                return
            files.write_all(writer, b"ok\n")
            for path, number, line in search.matches(self._root, pattern, os.fsencode(meta["path"]), meta["limit"]):
                files.write_all(writer, json.dumps([os.fsdecode(path), number, line]).encode("ascii") + b"\n")
        except (OSError, MemoryError, RecursionError):
            return
        finally:
            os._exit(0)

    def _load(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        del meta
        return {"entries": tree.load(self._root, self._body_reader())}, b""

    def _scan(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        if meta["since"] != self._known.generation:
            self._known.close()
            self._known = scan.Known(watched=True)
        whole = not self._known.generation
        data = self._stream(scan.scan(self._root, self._known, self._entry_limit))
        self._known.generation = meta["since"] + 1
        return {"whole": whole, "generation": self._known.generation, "entries": len(self._known.entries)}, data

    def _fetch(self, meta: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        paths = b"".join(self._body()).split(b"\0")[:-1]
        return {}, self._stream(tree.fetch(self._root, paths, meta["budget"]))


def start(config: dict[str, Any]) -> None:
    """Serve, once out of the reach of everything that will be started from here."""
    adjust = _open_adjust()
    kernel.hide_from_peers()
    if not hasattr(os, "pidfd_open"):
        sys.exit("the system's Python cannot wait for processes by descriptor")
    os.umask(0o022)
    kernel.adopt_orphans()
    population = Population(config["holder"])
    requests = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    answers = fcntl.fcntl(config["answers"], fcntl.F_DUPFD_CLOEXEC, 3) if config["answers"] else requests
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # with a handler, work could raise KeyboardInterrupt in here
    try:
        for directory in config["directories"]:
            os.makedirs(directory, exist_ok=True)
        os.environ.clear()
        server = Server(requests, answers, config, adjust, population)
        files.write_all(answers, frames.encode(frames.RESULT, 0, {"python": list(sys.version_info[:3])}))
        gc.collect()
        gc.freeze()
        gc.disable()
        server.serve()
    finally:
        population.end()


def _open_adjust() -> int | None:
    """This process's oom_score_adj, opened while that is still possible."""
    try:
        descriptor = os.open("/proc/self/oom_score_adj", os.O_RDWR | os.O_CLOEXEC)
        os.pwrite(descriptor, b"0", 0)
    except OSError:
        return None
    return descriptor
