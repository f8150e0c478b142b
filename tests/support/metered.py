"""A sandbox of which only where it is read is asked, and a process to read."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager

import attrs

from orion_tui.core.sandbox.gauges import Gauges


@attrs.define
class Gauged:
    """See `core.session.meters.Measured`."""

    where: Gauges | None

    def gauges(self) -> Gauges | None:
        """Where it is read."""
        return self.where


@contextmanager
def sleeping() -> Generator["subprocess.Popen[bytes]"]:
    """Something that runs."""
    with subprocess.Popen(["sleep", "60"]) as running:
        yield running
        running.kill()
