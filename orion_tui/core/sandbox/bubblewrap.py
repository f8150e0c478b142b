"""Sandboxes by bubblewrap: namespaces of an unprivileged user, no daemon, no image."""

import shutil
import subprocess

from orion_tui.base.errors import SandboxError, SandboxUnavailable
from orion_tui.core.sandbox import diagnosis
from orion_tui.core.sandbox.arguments import FULL, PLAIN, Shape
from orion_tui.core.sandbox.base import MIB, Availability, Limits, SandboxSpec
from orion_tui.core.sandbox.interpreter import candidates
from orion_tui.core.sandbox.jail import NAME, start
from orion_tui.core.sandbox.remote import RemoteSandbox


class Bubblewrap:
    """Implements `base.Backend`."""

    def __init__(self, program: str = "bwrap") -> None:
        self._program = program
        #: What worked the last time: which shape, on which interpreter.
        self._works: tuple[Shape, str] | None = None

    @property
    def name(self) -> str:
        """`bubblewrap`."""
        return NAME

    def availability(self) -> Availability:
        """Whether it can serve here, found out by starting one."""
        program = shutil.which(self._program)
        if program is None:
            return Availability(
                backend=NAME,
                available=False,
                detail="bubblewrap is not installed",
                install=diagnosis.install_command("bubblewrap"),
            )
        if not candidates():
            return Availability(
                backend=NAME,
                available=False,
                detail="no Python 3.9 or later is installed in /usr",
                install=diagnosis.install_command("python"),
            )
        try:
            self.open(SandboxSpec(session_id="availability", limits=Limits(workspace_bytes=MIB))).close()
        except SandboxError as error:
            return Availability(backend=NAME, available=False, detail=str(error))
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, cwd="/")
        shape = self._works[0] if self._works else FULL
        detail = said.stdout.strip() + ("" if shape is FULL else " (plain: this system gives it no capabilities)")
        return Availability(backend=NAME, available=True, detail=detail)

    def open(self, spec: SandboxSpec) -> RemoteSandbox:
        """Start a sandbox. SandboxUnavailable with every reason where none comes up."""
        program = shutil.which(self._program)
        if program is None:
            raise SandboxUnavailable("bubblewrap is not installed", hint=diagnosis.install_hint("bubblewrap"))
        problems: list[str] = []
        pythons = candidates()
        for shape, python in (self._works,) if self._works else ((s, p) for s in (FULL, PLAIN) for p in pythons):
            try:
                sandbox = start(program, python, shape, spec.limits)
            except SandboxUnavailable as error:
                problems.append(f"{shape.name}, {python}: {error.message}")
                continue
            self._works = shape, python
            return sandbox
        self._works = None
        if not pythons:
            raise SandboxUnavailable(
                "no Python 3.9 or later is installed in /usr", hint=diagnosis.install_hint("python")
            )
        raise SandboxUnavailable(
            "bubblewrap cannot start a sandbox here", hint=diagnosis.explain(), problems=tuple(problems)
        )
