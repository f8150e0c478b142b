"""Where supervisor processes are born quickly: a process that has imported everything, and forks one at each request.

    python -P -m tests.support.crashing.nursery

Importing what a model takes costs seconds, which every life of a supervisor would pay for. Requests and answers are
lines of JSON on standard input and output: `Nursery` is the other end.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs

from orion_tui.base.paths import OrionHome
from tests.support.program import ROOT


@attrs.frozen(kw_only=True)
class Child:
    """A supervisor that was born there."""

    nursery: "Nursery"
    pid: int

    def poll(self) -> int | None:
        """None while it lives; then its exit code, or the signal that killed it as a negative number."""
        return self.nursery.request({"poll": self.pid})


class Nursery:
    """The process, for as long as the context lasts."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.support.crashing.nursery"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def begin(self, home: OrionHome, backend: str, wanted: str, nth: int, environment: Mapping[str, str]) -> Child:
        """A supervisor of `home` that dies at the nth instant called `wanted` (`support.crashing.model_points`)."""
        request = {
            "home": str(home.root),
            "backend": backend,
            "wanted": wanted,
            "nth": nth,
            "environment": dict(environment),
        }
        return Child(nursery=self, pid=self.request(request))

    def request(self, request: Mapping[str, Any]) -> Any:
        """Ask the process for something."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def main() -> int:
    from orion_tui.core.agent.gateway import load
    from orion_tui.core.agent.providers import Wire
    from tests.support.crashing import model_points, supervisor

    for wire in Wire:
        load(wire)
    ended: dict[int, int] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if (polled := request.get("poll")) is not None:
            if polled not in ended:
                pid, status = os.waitpid(polled, os.WNOHANG)
                if pid:
                    ended[polled] = os.waitstatus_to_exitcode(status)
            answer = ended.get(polled)
        else:
            answer = os.fork()
            if answer == 0:
                _live(request, supervisor, model_points)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return 0


def _live(request: Mapping[str, Any], supervisor: Any, model_points: Any) -> None:
    """The life of a child; it ends with it."""
    code = 1
    try:
        home = Path(request["home"])
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        output = os.open(home / "supervisor-output", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.environ.update(request["environment"], ORION_HOME=str(home))
        sys.argv[1:] = []
        supervisor.prepare(home, request["backend"])
        model_points.plant(home / "instants", request["wanted"], request["nth"])
        code = supervisor.daemon.main()
    except BaseException:  # noqa: BLE001 - a child must not go on as its parent would
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
