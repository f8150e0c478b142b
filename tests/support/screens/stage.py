"""The application with a made-up world on the terminal that it is started in: `python -m tests.support.screens.stage`.

The first argument names the world (`night`, `evening`), or a payload to walk through all screens with;
the second names a file for what the engine was asked, written at the end. `STAGE_UNSAFE` leaves texts as they come.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from orion_tui import terminal

#: A walk without any payload, to compare with.
CLEAN = "clean"


def main() -> int:
    """Run it; its exit code."""
    name, calls = sys.argv[1], Path(sys.argv[2])
    kind = terminal.detect()
    terminal.prepare(kind)
    from orion_tui.app import OrionApp
    from tests.support.screens.drive import Drive
    from tests.support.screens.fake_engine import bridge_to, clock
    from tests.support.screens.hostile import COMPOSITES
    from tests.support.screens.night import night
    from tests.support.screens.walk import walk
    from tests.support.screens.words import evening

    if os.environ.get("STAGE_UNSAFE"):
        _trust()
    payload = {**COMPOSITES, CLEAN: "payload"}.get(name)
    world = evening() if name == "evening" else night()
    bridge = bridge_to(world)
    bridge.start()
    at = clock()
    app = OrionApp(
        bridge,
        clock=at if payload is not None else None,
        ascii_only=kind.ascii,
        titled=kind.title,
        workspace="/home/ada/src",
    )

    async def tour(pilot: Pilot[Any]) -> None:
        async def look(place: str) -> None:
            del place

        assert payload is not None
        await walk(Drive(app, pilot, world, at), payload, look)
        app.exit(0)

    code = app.run(auto_pilot=tour if payload is not None else None) or app.return_code or 0
    bridge.close()
    calls.write_text(json.dumps([repr(call) for call in world.calls]), "utf-8")
    if app.crash:
        print(app.crash, file=sys.stderr)
    return code


def _trust() -> None:
    """Take the sanitiser away where lines are made: what a forgotten call would amount to."""
    from orion_tui.widgets import cells

    cells._made_literal = lambda text, ascii_only: text  # pyright: ignore[reportPrivateUsage]


if __name__ == "__main__":
    sys.exit(main())
