"""Sandboxes by a Docker engine."""

import os
from collections.abc import Mapping

from orion_tui.base.errors import OrionError, SandboxUnavailable
from orion_tui.core.sandbox import diagnosis
from orion_tui.core.sandbox.base import Availability, SandboxSpec
from orion_tui.core.sandbox.docker import endpoint, images
from orion_tui.core.sandbox.docker.engine import Engine, EngineInfo
from orion_tui.core.sandbox.docker.pair import NAME, Order, start
from orion_tui.core.sandbox.remote import RemoteSandbox
from orion_tui.core.session import lock


class Docker:
    """Implements `base.Backend`."""

    def __init__(self, home: str, environ: Mapping[str, str] = os.environ) -> None:
        """`home` is `names.home_id` of the state directory that everything it starts belongs to."""
        self._home = home
        self._environ = environ

    @property
    def name(self) -> str:
        """`docker`."""
        return NAME

    def availability(self, spec: SandboxSpec | None = None) -> Availability:
        """Whether an engine answers that can contain work, and has an image for it. Starts nothing: opening does."""
        try:
            with self._engine() as engine:
                info = engine.info()
                _require(info)
                detail = f"Docker {info.version} ({'rootless, ' if info.rootless else ''}{engine.endpoint.source})"
                images.for_work(engine, spec)
                images.for_hands(engine)
        except SandboxUnavailable as error:
            install = diagnosis.install_command("docker") if error.hint.startswith("install it") else ()
            return Availability(backend=NAME, available=False, detail=_text(error), install=install)
        except OrionError as error:
            return Availability(backend=NAME, available=False, detail=_text(error))
        return Availability(backend=NAME, available=True, detail=detail)

    def open(self, spec: SandboxSpec) -> RemoteSandbox:
        """Start a sandbox. SandboxUnavailable or SandboxError with the reason."""
        engine = self._engine()
        try:
            info = engine.info()
            _require(info)
            work, hands = images.for_work(engine, spec), images.for_hands(engine)
            process = f"{os.getpid()}.{lock.process_start(os.getpid())}.{lock.boot_id()}"
            order = Order(spec=spec, work=work, hands=hands, home=self._home, process=process)
            return start(engine, info, order)
        except BaseException:
            engine.close()
            raise

    def _engine(self) -> Engine:
        found = endpoint.find(self._environ)
        if found is None:
            raise SandboxUnavailable("no Docker engine is here", hint=diagnosis.install_hint("docker"))
        return Engine(found)


def _require(info: EngineInfo) -> None:
    if not info.seccomp:
        raise SandboxUnavailable("the Docker engine was built or started without seccomp, and filters nothing")


def _text(error: OrionError) -> str:
    return error.message + (f"; {error.hint}" if error.hint else "")
