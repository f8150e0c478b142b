"""A language model that takes no time, in a process of its own: it shares no interpreter with what is measured.

It speaks chat completions, streamed, over the scripted server of the tests. A session asks for a plan and gets one;
each task's questions get one command each, different every time, and `finish` after the last; a summary is one
line. What it needs for an answer is measured inside of it, and can be asked for: that share is not the asker's.
"""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent


class ScriptedModel:
    """The server's process. `tasks` tasks of `steps` commands each for every session that asks."""

    def __init__(self, *, tasks: int = 1, steps: int = 50, command: str = "echo") -> None:
        self._arguments = [str(tasks), str(steps), command]
        self.origin = ""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        self.origin = self._process.stdout.readline().strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def requests(self) -> list[dict[str, Any]]:
        """Every request so far: `at` (monotonic seconds, when it was whole) and `own` (seconds of the server)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("requests\n")
        self._process.stdin.flush()
        return list(json.loads(self._process.stdout.readline()))


def settings(origin: str, more: str = "") -> str:
    """A `settings.yaml` that leads to it, as the model `box/scripted`."""
    return f"providers:\n  box:\n    base_url: {origin}/v1\n{more}"


def _serve(tasks: int, steps: int, command: str) -> None:
    sys.path.insert(0, str(ROOT))
    import itertools
    import time

    from tests.support.model_server import Answer, Asked, Call, ModelServer

    numbers = itertools.count()
    arrived: list[tuple[float, Asked]] = []

    def answer(asked: Asked) -> Answer:
        arrived.append((time.perf_counter(), asked))
        names = [tool["function"]["name"] for tool in asked.body.get("tools", ())]
        if not names:
            return Answer(text="Commands were run, and all of them did what they should.", piece=4096)
        if "submit_plan" in names:
            plan: dict[str, Any] = {
                "title": "Measure",
                "description": "Commands.",
                "tasks": [
                    {
                        "id": f"t{n}", "title": f"Part {n}", "description": "Commands.", "kind": "run", "needs": [],
                        "accept": [], "estimate_minutes": 1, "confidence": 1.0,
                    }
                    for n in range(tasks)
                ],
            }  # fmt: skip
            return Answer(calls=[Call(name="submit_plan", arguments=json.dumps(plan))], piece=4096)
        turns = sum(message["role"] == "assistant" for message in asked.body["messages"])
        number = next(numbers)
        if "run" not in names or turns >= steps:
            said = {"outcome": "done", "summary": "done", "confidence": 1.0}
            return Answer(calls=[Call(name="finish", arguments=json.dumps(said), id=f"c{number}")], piece=4096)
        run = {"command": f"{command} {number}"}
        return Answer(calls=[Call(name="run", arguments=json.dumps(run), id=f"c{number}")], piece=4096)

    with ModelServer(answer) as server:
        print(server.origin, flush=True)
        for _ in sys.stdin:
            told = [{"at": at, "own": asked.own_seconds} for at, asked in arrived]
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
