"""The two containers of one session and the workspace between them, from their start until they are gone."""

import contextlib
import getpass
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs

from orion_tui import __version__
from orion_tui.base.errors import SandboxUnavailable
from orion_tui.core.sandbox import cgroup, gauges
from orion_tui.core.sandbox.base import Attestation, CommandResult, Limits, SandboxSpec
from orion_tui.core.sandbox.cgroup import Cgroup
from orion_tui.core.sandbox.channel import Channel
from orion_tui.core.sandbox.docker import attest, names, options, volume
from orion_tui.core.sandbox.docker.engine import Engine, EngineError, EngineInfo, ImageInfo
from orion_tui.core.sandbox.docker.options import Part
from orion_tui.core.sandbox.docker.part import Container, bring_up
from orion_tui.core.sandbox.gauges import Gauges
from orion_tui.core.sandbox.remote import RemoteSandbox

NAME = "docker"

#: Seconds until the volume of containers that are gone is free.
_LET_GO = 2.0


@attrs.frozen(kw_only=True)
class Order:
    """What one session's sandbox is made of."""

    spec: SandboxSpec
    work: ImageInfo
    hands: ImageInfo
    #: Of the state directory that it belongs to; reconciling goes by it.
    home: str
    #: `{pid}.{start}.{boot}` of the process that opens it.
    process: str


def start(engine: Engine, info: EngineInfo, order: Order) -> RemoteSandbox:
    """A sandbox that answers. SandboxUnavailable or EngineError with what the engine or a server said otherwise.

    The engine's connections become the sandbox's: they are closed with it.
    """
    pair = Pair(engine, info, order)
    try:
        return pair.start()
    except BaseException:
        pair.end()
        raise


class Pair:
    """Both containers and their volume. Implements `remote.Contained`."""

    backend = NAME
    #: Found by the image's own search path.
    python = "python3"

    def __init__(self, engine: Engine, info: EngineInfo, order: Order) -> None:
        self._engine = engine
        self._info = info
        self._order = order
        self._lock = threading.Lock()
        self._ended = False
        #: Why it ended, told to whoever is told that it did.
        self._reason = ""
        limits = order.spec.limits
        self._volume = f"orion-ara-{order.home}-{os.urandom(6).hex()}"
        self._labels = {
            names.HOME_LABEL: order.home,
            names.SESSION_LABEL: order.spec.session_id,
            names.OWNER_LABEL: str(os.getuid()),
            names.PROCESS_LABEL: order.process,
            names.VERSION_LABEL: __version__,
        }
        self.work = self._container("work", order.work, limits)
        self.hands = self._container("hands", order.hands, options.hands_limits(limits))
        self._cgroup = Cgroup.none()
        self._local = engine.is_this_machine(info)

    def _container(self, part: str, image: ImageInfo, limits: Limits) -> Container:
        described = Part(
            name=part,
            image=image,
            limits=limits,
            labels={**self._labels, names.PART_LABEL: part},
            volume=self._volume,
            workspace_entries=self._order.spec.limits.workspace_entries,
        )
        return Container(self._engine, described, self._info)

    # -- start

    def start(self) -> RemoteSandbox:
        """Volume, then both containers at the same time."""
        limits = self._order.spec.limits
        self._engine.create_volume(self._volume, volume.options(limits), self._labels)
        user = names.container_name(_user(), self._order.spec.session_id)
        with ThreadPoolExecutor(2, thread_name_prefix="docker-start") as pool:
            work = pool.submit(self._bring_up, self.work, user)
            hands = pool.submit(self._bring_up, self.hands, f"{user}-hands")
        # A server that does not come up ends the other container too, whose own complaint then says less.
        for failure in (work.exception(), hands.exception()):
            if isinstance(failure, SandboxUnavailable):
                raise failure
        channel, files = work.result(), hands.result()
        if self._local and self.work.init_pid:
            self._cgroup = cgroup.of_process(self.work.init_pid)
        return RemoteSandbox(self, channel, limits, files=files)

    def _bring_up(self, container: Container, name: str) -> Channel:
        container.create(name)
        container.start()
        if container.stream is None:
            raise SandboxUnavailable("the engine gave no connection to the server")
        channel = Channel(container.stream, lambda: self._explain_end(container))
        bring_up(container, channel, container.part.name, self._configuration(container.part))
        return channel

    def _configuration(self, part: Part) -> dict[str, Any]:
        """What the server inside is told."""
        limits = part.limits
        return {
            "answers": 1,
            "holder": options.HOLDER_UID,
            "workspace": {"bytes": limits.workspace_bytes, "entries": limits.workspace_entries},
            "directories": ["/home/agent/tmp", "/home/agent/.cache"],
            # Where the engine cannot bound memory, somebody has to watch.
            "watch_memory": 0 if self._info.limits_memory else limits.memory_bytes,
            "output_bytes": limits.output_bytes,
            "environment": options.environment(part.image),
        }

    # -- Contained

    def memory_kills(self) -> int:
        """How often the kernel has killed something in the work container for memory."""
        return self._cgroup.memory_kills()

    def gauges(self) -> Gauges | None:
        """Those of the work container, where the engine's processes are this machine's; see `base.Sandbox`."""
        if not self._local or not self._cgroup.directories:
            return None
        return gauges.gauges(self.work.init_pid, self._cgroup, self._order.spec.limits)

    def attest(self, run: Callable[[tuple[str, ...]], CommandResult]) -> Attestation:
        """Everything that was promised, measured from inside, from the host, and as the engine tells it."""
        promise = attest.Promise(
            spec=self._order.spec,
            info=self._info,
            local=self._local,
            engine=self._engine,
            work=self.work,
            hands=self.hands,
            volume=self._volume,
            cgroup=self._cgroup,
        )
        return Attestation(backend=NAME, properties=attest.measure(run, promise))

    def end(self) -> None:
        """Kill everything and wait for it. May be called again, and from any thread."""
        with self._lock:
            self._end()

    def _explain_end(self, container: Container) -> str:
        """End it; why one of its servers no longer answers."""
        with self._lock:
            if not self._ended:
                self._reason = container.explain()
            self._end()
            return self._reason

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        with ThreadPoolExecutor(2, thread_name_prefix="docker-end") as pool:
            for ended in [pool.submit(container.end) for container in (self.work, self.hands)]:
                with contextlib.suppress(EngineError):
                    ended.result()
        with contextlib.suppress(EngineError):
            deadline = time.monotonic() + _LET_GO
            # The engine may have forgotten a container, and not yet what that one held.
            while not self._engine.remove_volume(self._volume) and time.monotonic() < deadline:
                time.sleep(0.02)
        self._cgroup.remove()
        self._engine.close()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
