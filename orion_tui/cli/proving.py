"""`orion doctor --prove`: the proof, line by line as it happens."""

import signal
import threading
from types import FrameType

from orion_tui.base.errors import SandboxUnavailable
from orion_tui.cli.output import emit_json, note, one_line, say
from orion_tui.demo.proof import Line, prove


def prove_recovery(*, as_json: bool) -> int:
    """Kill a supervisor in the middle of its work and look. 0 when all of it holds, 1 when not."""
    lines: list[Line] = []
    broken_off = threading.Event()

    def tell(line: Line) -> None:
        lines.append(line)
        if not as_json:
            say(f"{'✓' if line.holds else '✗'} {line.title}", style="green" if line.holds else "red", bold=True)
            say(f"    {one_line(line.measured)}")

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        broken_off.set()

    if not as_json:
        note("a session works in a directory of its own; its supervisor is killed in the middle of a step ...")
    # Ctrl-C, a polite end and a terminal that goes away: each is noticed in a moment, and everything cleaned up.
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        holds = prove(tell, broken_off.is_set)
    except SandboxUnavailable as error:
        error.hint = error.hint or "orion doctor --only sandbox says what is missing"
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if as_json:
        emit_json(
            {
                "proven": holds,
                "lines": [{"name": n.name, "title": n.title, "holds": n.holds, "measured": n.measured} for n in lines],
            }
        )
    return 0 if holds else 1
