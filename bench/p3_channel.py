"""P3: one tool call through the channel of each backend, beside a sandbox a call, a bare process, and `docker exec`."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable

from measure import Report, percentile

from orion_tui.core.sandbox.base import SandboxSpec
from orion_tui.core.sandbox.bubblewrap import Bubblewrap
from orion_tui.core.sandbox.docker.backend import Docker
from orion_tui.core.sandbox.docker.pair import Pair
from orion_tui.core.sandbox.remote import RemoteSandbox

ROUNDS = 7
CALLS = 400
#: Calls a round of what takes tens of milliseconds.
SLOW_CALLS = 20

METHOD = f"""\
`true`, {CALLS} times a round, and {SLOW_CALLS} times where each call costs a sandbox or a client; the sides in turn.
The bare process is the floor: the same machine starting the same program, contained by nothing."""


def milliseconds(action: Callable[[], object], calls: int) -> list[float]:
    """How long each call took."""
    taken: list[float] = []
    for _ in range(calls):
        started = time.perf_counter()
        action()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def bare() -> None:
    """A process of the host's, contained by nothing: the floor under all of this."""
    os.waitpid(os.posix_spawn("/usr/bin/true", ["true"], {}), 0)


def sandbox_a_call() -> None:
    """What a call costs where each gets a sandbox of its own, without any of the server's work."""
    argv = ["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    subprocess.run([*argv, "true"], check=True, cwd="/")


def docker() -> tuple[RemoteSandbox, Callable[[], None]] | None:
    """A sandbox in Docker, and `docker exec` of the same in its container; None without an engine, image or client."""
    backend = Docker("bench")
    if shutil.which("docker") is None or not backend.availability().available:
        return None
    sandbox = backend.open(SandboxSpec(session_id="bench"))
    assert isinstance(sandbox.contained, Pair)
    container = sandbox.contained.work.id

    def call() -> None:
        subprocess.run(["docker", "exec", "--user", "1000:1000", container, "true"], check=True)

    return sandbox, call


def main() -> None:
    """Take turns, so that whatever else the machine does falls on all sides alike."""
    engine = docker()
    report = Report(id="P3", title="tool call through the channel", method=METHOD)
    if engine is None:
        report.verdicts.append("no Docker engine with Orion's image here: `docker exec` was not measured")
    rounds: dict[str, list[list[float]]] = {}
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Bubblewrap().open(SandboxSpec(session_id="bench")))
        sides: list[tuple[str, Callable[[], object], int]] = [
            ("channel", lambda: sandbox.run(("true",)), CALLS),
            ("bare process on the host", bare, CALLS),
            ("a new sandbox each call", sandbox_a_call, SLOW_CALLS),
        ]
        if engine:
            contained = stack.enter_context(engine[0])
            sides.append(("channel into Docker", lambda: contained.run(("true",)), CALLS))
            sides.append(("docker exec", engine[1], SLOW_CALLS))
        for _, action, _ in sides:
            milliseconds(action, 10)
        for _ in range(ROUNDS):
            for name, action, calls in sides:
                rounds.setdefault(name, []).append(milliseconds(action, calls))
    halves: dict[str, float] = {}
    for name, taken in rounds.items():
        halves[name] = report.add(f"{name}, p50", "ms", [percentile(values, 0.5) for values in taken]).median
        figure = report.add(f"{name}, p99", "ms", [percentile(values, 0.99) for values in taken])
        if name.startswith("channel"):
            report.target(f"{name} p50, ms", halves[name], at_most=1.5)
            report.target(f"{name} p99, ms", figure.median, at_most=5.0)
    if engine:
        for name in ("channel", "channel into Docker"):
            report.target(f"{name}: times as fast as docker exec", halves["docker exec"] / halves[name], at_least=30)
    report.verdicts.append(
        f"beyond a bare process: {halves['channel'] - halves['bare process on the host']:.2f} ms; "
        f"a sandbox a call costs {halves['a new sandbox each call'] / halves['channel']:.0f} times as much"
    )
    report.finish()


if __name__ == "__main__":
    main()
