"""The program from outside: what it imports before the first paint, and what it writes to a real terminal."""

import gc
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen

from orion_tui import app as application
from tests.support.screens.drive import orion
from tests.support.screens.night import night
from tests.support.screens.terminal import TerminalRun

pytestmark = pytest.mark.unit

#: Too heavy for the way to the first paint.
HEAVY = (
    "argon2",
    "cattrs",
    "click",
    "cryptography",
    "docker",
    "git",
    "httpx",
    "keyring",
    "orion_tui.bridge.entry_views",
    "orion_tui.clipboard",
    "orion_tui.core.engine",
    "orion_tui.core.models.checkpoints",
    "orion_tui.core.models.events",
    "orion_tui.core.models.outcomes",
    "orion_tui.roles",
    "pydantic",
    "requests",
    "urllib3",
    "yaml",
)
#: Modules that the first paint may load beside those that an empty Textual application loads: ours, attrs, sqlite3.
BUDGET = 116

_EMPTY = """
import asyncio, json, sys
from textual.app import App
async def main():
    async with App().run_test() as pilot:
        await pilot.pause()
        print(json.dumps(sorted(sys.modules)))
asyncio.run(main())
"""

_PROBE = """
import json, sys
from orion_tui import terminal
terminal.prepare(terminal.detect())
from pathlib import Path
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.live import live_bridge
bridge = live_bridge(OrionHome(Path(sys.argv[1])))
bridge.start()
from orion_tui.app import OrionApp
import asyncio
async def main():
    app = OrionApp(bridge)
    # What the app does after its first paint is not part of the question.
    app._wake_supervisor = lambda: None
    async with app.run_test() as pilot:
        while app.view is None or app.view.snapshot is None:
            await pilot.pause(0.01)
        print(json.dumps(sorted(sys.modules)))
asyncio.run(main())
"""


def _loaded(program: str, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_the_first_paint_loads_little_and_nothing_heavy(tmp_path: Path) -> None:
    loaded = _loaded(_PROBE, str(tmp_path / "home"))
    assert "orion_tui.core.store.database" in loaded
    assert not {name for name in loaded for heavy in HEAVY if name == heavy or name.startswith(f"{heavy}.")}
    more = loaded - _loaded(_EMPTY)
    assert len(more) <= BUDGET, sorted(more)


async def test_the_collector_that_the_start_held_off_is_let_in_after_the_first_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(application, "WAKE_AFTER", 0.01)
    before = gc.get_freeze_count()
    gc.disable()
    try:
        async with orion(night()) as drive:
            await drive.until(gc.isenabled)
            assert gc.get_freeze_count() > before
    finally:
        gc.enable()
        gc.unfreeze()


async def test_the_first_frame_is_painted_once_with_what_there_is_to_see(monkeypatch: pytest.MonkeyPatch) -> None:
    whole: list[bool] = []
    display: Any = vars(App)["_display"]

    def counted(app: application.OrionApp, screen: Screen[object], frame: object) -> None:
        if type(frame).__name__ == "LayoutUpdate":
            whole.append(app.view is not None and app.view.snapshot is not None)
        display(app, screen, frame)

    monkeypatch.setattr(application.OrionApp, "_display", counted)
    async with orion(night()) as drive:
        await drive.until(lambda: bool(whole))
        await drive.pilot.pause()
        assert whole == [True]


def test_version_needs_no_terminal() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orion_tui", "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.startswith("orion-tui ")


def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orion_tui"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "ORION_HOME": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr


def test_an_unset_home_is_an_error_and_not_a_place(tmp_path: Path) -> None:
    environ = {k: v for k, v in os.environ.items() if k not in {"HOME", "ORION_HOME"}}
    with TerminalRun(home=None, environ=environ, cwd=tmp_path) as run:
        assert run.wait() == 11
        assert "neither ORION_HOME nor HOME is set" in run.text
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_store_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "orion.db").write_bytes(b"this is no database" * 1000)
    with TerminalRun(home=home) as run:
        assert run.wait() == 11
        assert "orion.db" in run.text


def test_idle_writes_nothing_to_the_terminal_and_q_restores_it(tmp_path: Path) -> None:
    with TerminalRun(home=tmp_path / "home") as run:
        run.until("No work yet.")
        run.quiet()
        assert run.read_for(2.0) == b""
        run.send(b"q")
        assert run.wait() == 0
        assert b"\x1b[?1049l" in run.raw


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x1b[999~\x1bOZ\x1b[<0;500;500M\x1b[200~\x1b[201~",
        bytes(range(128, 256)),
        b"\x00\x01\x02\x1c\x1d\x1e\x1f\x7f",
        b"\x1b]52;c;?\x07\x1bP+q\x1b\\\x1b[?1;2c",
        b"zzZZ#%&*(){}~`\xf0\x9f\x92\xa9",
    ],
    ids=["sequences", "high bytes", "controls", "answers", "letters"],
)
def test_garbage_keys_do_no_harm(tmp_path: Path, garbage: bytes) -> None:
    with TerminalRun(home=tmp_path / "home") as run:
        run.until("No work yet.")
        run.send(garbage)
        run.quiet()
        assert run.alive, run.text[-2000:]
        at = len(run.raw)
        run.send(b"3")
        run.until("approvals", since=at)
        run.send(b"\x03")
        assert run.wait() == 0


def test_hostile_rows_of_a_real_store_reach_the_terminal_as_text(tmp_path: Path) -> None:
    from orion_tui.base.paths import OrionHome
    from orion_tui.core.models.sessions import SessionState
    from orion_tui.core.store import Store, Transaction, sessions
    from tests.support.screens.hostile import PAYLOADS
    from tests.support.screens.rows import POLICY, session

    home = OrionHome(tmp_path / "home")
    home.prepare()
    with Store.open(home.database) as store:

        def fill(tx: Transaction) -> None:
            sessions.save_policy(tx, POLICY, "{}")
            for n, payload in enumerate(PAYLOADS.values()):
                row = session(f"{n:012x}", SessionState.COMPLETED, f"goal {n} {payload}", workspace=f"/w/{n}{payload}")
                sessions.insert(tx, row)

        store.transact(fill)
    with TerminalRun(home=home.root, size=(140, 50)) as run:
        run.until("goal 11")
        run.send(b"\r")
        run.quiet()
        run.send(b"q2")
        run.quiet()
        raw = run.raw
    for sequence in (b"\x1b]52", b"\x1b]0;", b"\x1b]8;", b"\x1b[2J\x1b[H\x1b[2J", b"\x1b]8;;https"):
        assert sequence not in raw
    text = raw.decode("utf-8", "surrogateescape")
    for char in ("\u202e", "\u2066", "\u2069", "\u200b", "\u2060", "\ufeff", "\x9b", "\x9d", "\x90", "\U000e0041"):
        assert char not in text, hex(ord(char))
    assert "[@click=app.quit]click[/]" in text
    assert re.search(rb"\x1b\]2;Orion - \d+ to review\x07", raw)
    # Textual's own, the shape of the mouse pointer; and our title, in which there are numbers only.
    assert b"\x07" not in re.sub(rb"\x1b\](?:22;[a-z]*|2;Orion[- ,a-z0-9]*)\x07", b"", raw)
    assert b"\x0e" not in raw


def test_no_color_writes_no_color(tmp_path: Path) -> None:
    with TerminalRun(home=tmp_path / "home", environ={**os.environ, "NO_COLOR": "1"}) as run:
        run.until("No work yet.")
        run.send(b"2")
        run.quiet()
        raw = run.raw
    codes = {part for found in re.findall(rb"\x1b\[([0-9;]*)m", raw) for part in found.split(b";")}
    assert not codes & {b"38", b"48", *(str(n).encode() for n in (*range(30, 38), *range(40, 48), *range(90, 98)))}
