"""Take the pictures of the documentation from the real application at work on the shipped demonstration.

    python scripts/screenshots.py [directory]

Needs what the demonstration needs (git, a sandbox). PNGs are made where `rsvg-convert` is installed.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portable_svg import portable
from textual.pilot import Pilot

from orion_tui import terminal
from orion_tui.app import OrionApp
from orion_tui.bridge.demo import begin
from orion_tui.bridge.live import live_bridge

SIZES = {"": (120, 40), "-80x24": (80, 24)}
PATIENCE = 180.0


async def take(directory: Path) -> None:
    """Let the demonstration run, stop at each scene, take it in both sizes."""
    home, session = begin()
    bridge = live_bridge(home)
    bridge.start()
    app = OrionApp(bridge, session=session)
    async with app.run_test(size=SIZES[""]) as pilot:

        async def until(condition: Callable[[], object]) -> None:
            for _ in range(int(PATIENCE / 0.1)):
                if condition():
                    return
                await pilot.pause(0.1)
            raise SystemExit("the demonstration did not get this far")

        await until(lambda: bridge.latest is not None and bridge.latest.approvals)
        await pilot.pause(0.5)
        await picture(pilot, directory, "live")
        await pilot.press("1")
        await pilot.pause(0.5)
        await picture(pilot, directory, "mission")
        await pilot.press("enter")
        await pilot.pause(1.0)
        await picture(pilot, directory, "approval")
        await pilot.press("a")
        await until(lambda: bridge.latest is not None and bridge.latest.reviews)
        app.open_diff(session)
        await pilot.pause(1.5)
        await picture(pilot, directory, "diff")
        await pilot.press("P")
        await pilot.pause(0.5)
        await pilot.pause(8.0)
        await picture(pilot, directory, "promote")
    bridge.close()


async def picture(pilot: Pilot[Any], directory: Path, name: str) -> None:
    """One scene in every size."""
    for suffix, size in SIZES.items():
        await pilot.resize_terminal(*size)
        await pilot.pause(0.4)
        path = directory / f"{name}{suffix}.svg"
        path.write_text(portable(pilot.app.export_screenshot(title="orion-tui")), "utf-8")
        if shutil.which("rsvg-convert"):
            subprocess.run(["rsvg-convert", "-o", str(path.with_suffix(".png")), str(path)], check=True)
        print(path)
    await pilot.resize_terminal(*SIZES[""])
    await pilot.pause(0.3)


def main() -> None:
    """Into `docs`, or the directory that was named."""
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else "docs").absolute()
    directory.mkdir(parents=True, exist_ok=True)
    terminal.prepare(terminal.detect())
    with tempfile.TemporaryDirectory() as place:
        os.environ["ORION_HOME"] = str(Path(place) / "home")
        try:
            asyncio.run(take(directory))
        finally:
            subprocess.run([sys.executable, "-m", "orion_tui.cli.main", "daemon", "stop"], check=False)


if __name__ == "__main__":
    main()
