"""The application with a made-up world on the terminal that it is started in: `python -m tests.support.screens.stage`.

The world is named by the first argument; the second names a file for what the engine was asked, written at the end.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from orion_tui import terminal

#: Without a payload the same texts in the same places, to compare with.
CLEAN = "clean"


def worlds() -> Mapping[str, Callable[[], object]]:
    """The names there are."""
    from tests.support.screens import hostile, night, words

    payloads = {**hostile.PAYLOADS, **hostile.SHAPES, CLEAN: "payload"}
    return {
        "night": night.night,
        "evening": words.evening,
        "empty": night.empty,
        **{f"night:{name}": lambda p=p: hostile.hostile_world(p) for name, p in payloads.items()},
        **{f"evening:{name}": lambda p=p: hostile.hostile_evening(p) for name, p in payloads.items()},
    }


def main() -> int:
    """Run it; its exit code."""
    name, calls = sys.argv[1], Path(sys.argv[2])
    kind = terminal.detect()
    terminal.prepare(kind)
    from orion_tui.app import OrionApp
    from tests.support.screens.fake_engine import bridge_to
    from tests.support.screens.world import World

    world = worlds()[name]()
    assert isinstance(world, World)
    bridge = bridge_to(world)
    bridge.start()
    app = OrionApp(bridge, ascii_only=kind.ascii, titled=kind.title, workspace="/home/ada/src")
    code = app.run() or app.return_code or 0
    bridge.close()
    calls.write_text(json.dumps([repr(call) for call in world.calls]), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
