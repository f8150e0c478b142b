"""Which backend contains the work on this machine."""

import os
from collections.abc import Callable, Mapping

from orion_tui.base.errors import SandboxError, SandboxUnavailable, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core.sandbox import inside
from orion_tui.core.sandbox.base import Availability, Backend, Sandbox, SandboxSpec
from orion_tui.core.sandbox.bubblewrap import Bubblewrap
from orion_tui.core.sandbox.docker import endpoint, names
from orion_tui.core.sandbox.docker.backend import Docker

AUTO = "auto"


def _docker() -> Docker:
    return Docker(names.home_id(OrionHome.from_environment()))


#: In order of preference.
_BACKENDS: dict[str, Callable[[], Backend]] = {"docker": _docker, "bubblewrap": Bubblewrap}


def usual(environ: Mapping[str, str] = os.environ) -> str:
    """What `auto` means to this user: `ORION_SANDBOX` may name one backend. UsageError where that is none."""
    named = environ.get("ORION_SANDBOX") or AUTO
    if named != AUTO and named not in _BACKENDS:
        raise _unknown(named, "ORION_SANDBOX names no backend")
    return named


def promises_less(backend: str, than: str) -> bool:
    """Whether work that began in `than` would be held by less in `backend`."""
    order = list(_BACKENDS)
    return backend in order and than in order and order.index(backend) > order.index(than)


def backends() -> list[Availability]:
    """Every backend there is, tried; first the one that serves by preference."""
    first = usual()
    order = sorted(_BACKENDS, key=lambda name: name != first)
    return [_BACKENDS[name]().availability() for name in order]


def choose(preferred: str | None = None) -> Backend:
    """What contains the work: with `preferred`, that backend; without, the best that serves each session's wishes.

    Raises SandboxUnavailable with what is missing and the command that installs it: work never runs without one.
    """
    if preferred in {None, "", AUTO}:
        return Automatic(usual())
    if preferred not in _BACKENDS:
        raise _unknown(str(preferred), "there is no such sandbox backend")
    backend = _BACKENDS[preferred]()
    found = backend.availability()
    if not found.available:
        raise _nothing([found])
    return backend


class Automatic:
    """The best backend that serves: Docker where an engine answers and has an image, else bubblewrap, and says so.

    Implements `base.Backend`.
    """

    def __init__(self, usual: str = AUTO) -> None:
        """With `usual`, that backend alone for sessions that name none. SandboxUnavailable where none serves."""
        self._usual = usual
        tried: list[Availability] = []
        for make in _BACKENDS.values() if usual == AUTO else (_BACKENDS[usual],):
            backend = make()
            found = backend.availability()
            if found.available:
                self._serving = backend
                return
            tried.append(found)
        raise _nothing(tried)

    @property
    def name(self) -> str:
        """Of the backend that serves where a session wishes nothing else."""
        return self._serving.name

    def availability(self) -> Availability:
        """As that backend's."""
        return self._serving.availability()

    def open(self, spec: SandboxSpec) -> Sandbox:
        """Start a sandbox as the session wishes it. SandboxUnavailable or SandboxError with the reason."""
        wanted = spec.backend if spec.backend not in {"", AUTO} else self._usual
        if wanted != AUTO:
            if wanted not in _BACKENDS:
                raise _unknown(wanted, "there is no such sandbox backend")
            return _BACKENDS[wanted]().open(spec)
        if not _engine_is_there():
            return self._without_engine(spec)
        try:
            return _docker().open(spec)
        except SandboxError as error:
            # An image that a role names is what the work needs: nothing else is it.
            if spec.image:
                raise
            text = f"{error.message}; {error.hint}" if error.hint else error.message
            return _noted(Bubblewrap(), spec, "docker", "the default", text, error)

    def _without_engine(self, spec: SandboxSpec) -> Sandbox:
        if not spec.image:
            return Bubblewrap().open(spec)
        text = "bubblewrap uses this machine's own tools: there is no Docker engine"
        return _noted(Bubblewrap(), spec, "image", spec.image, text, None)


def _noted(
    backend: Bubblewrap, spec: SandboxSpec, name: str, promised: str, measured: str, cause: SandboxError | None
) -> Sandbox:
    try:
        sandbox = backend.open(spec)
    except SandboxUnavailable as error:
        raise SandboxUnavailable(
            error.message, hint=error.hint, problems=(*error.problems, f"{name}: {measured}")
        ) from cause
    sandbox.add_lack(inside.lacking(name, promised, measured, "host"))
    return sandbox


def _engine_is_there() -> bool:
    return endpoint.find(os.environ) is not None


def _unknown(name: str, text: str) -> UsageError:
    return UsageError(f"{text}: {name!r}", hint=f"there are: {', '.join(_BACKENDS)}")


def _nothing(tried: list[Availability]) -> SandboxUnavailable:
    # bubblewrap needs one package and no service: of several ways, the last is the shortest.
    installs = [" ".join(found.install) for found in reversed(tried) if found.install]
    return SandboxUnavailable(
        "nothing on this machine can contain the work",
        hint=f"install it: {installs[0]}" if installs else "",
        problems=tuple(f"{found.backend}: {found.detail}" for found in tried),
    )
