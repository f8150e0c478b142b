"""Which backend contains the work on this machine."""

from orion_tui.base.errors import SandboxUnavailable, UsageError
from orion_tui.core.sandbox.base import Availability, Backend
from orion_tui.core.sandbox.bubblewrap import Bubblewrap

#: In order of preference.
_BACKENDS = {"bubblewrap": Bubblewrap}


def backends() -> list[Availability]:
    """Every backend there is, tried."""
    return [make().availability() for make in _BACKENDS.values()]


def choose(preferred: str | None = None) -> Backend:
    """The first backend that can serve here; with `preferred`, that one or none.

    Raises SandboxUnavailable with what is missing and the command that installs it: work never runs without one.
    """
    if preferred is not None and preferred not in _BACKENDS:
        raise UsageError(f"there is no sandbox backend {preferred!r}", hint=f"there are: {', '.join(_BACKENDS)}")
    problems: list[str] = []
    hint = ""
    for name, make in _BACKENDS.items():
        if preferred in {None, name}:
            backend = make()
            found = backend.availability()
            if found.available:
                return backend
            problems.append(f"{name}: {found.detail}")
            hint = hint or ("install it: " + " ".join(found.install) if found.install else "")
    raise SandboxUnavailable("nothing on this machine can contain the work", hint=hint, problems=tuple(problems))
