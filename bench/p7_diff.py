"""P7: the diff of 1,000 files with 100,000 changed lines, from the key to the frame, beside `git diff` itself."""

import asyncio
import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure import Report

from orion_tui.app import OrionApp
from orion_tui.base.paths import OrionHome
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.engine_commands import EngineCommands
from orion_tui.bridge.store_reads import StoreReads
from orion_tui.core.engine import Engine
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.workspace import inspect
from orion_tui.core.store import Transaction, checkpoints, sessions
from orion_tui.screens.diff import DiffScreen

FILES = 1_000
LINES = 150
CHANGED = 50
ROUNDS = 9
SESSION = "0123456789ab"
SIZE = (160, 48)

METHOD = f"""\
{FILES:,} Python files of {LINES} lines, {CHANGED} of them replaced in each, in two places: {2 * FILES * CHANGED:,}
changed lines in a session's repository. The application is driven without a terminal, at {SIZE[0]}x{SIZE[1]}, with the
real engine and git. *First frame*: from opening the diff until the list and the first file's changes are drawn, side by
side. *Jump to a file*: `]` until the next file's changes are drawn, while counts are still being found out. *Jump to a
hunk*: `n` within a file. *All counted*: until every file's counts are known, in the background. The other side is
`git diff` of the same two commits into a pipe. The sides take turns."""


def text(n: int, *, changed: bool) -> str:
    """One file."""
    half = LINES // 2
    return "".join(
        f"def step_{n}_{k}(value: int) -> int:  # {'after' if changed and k % half < CHANGED // 2 else 'before'}\n"
        for k in range(LINES)
    )


def make(work: Path) -> tuple[str, str]:
    """The two commits."""
    work.mkdir()
    git = ("git", "-C", str(work), "-c", "user.name=Bench", "-c", "user.email=bench@example.invalid")
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    commits: list[str] = []
    for changed in (False, True):
        for n in range(FILES):
            path = work / f"package_{n % 25:02d}" / f"module_{n:04d}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text(n, changed=changed))
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
        said = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
        commits.append(said.stdout.strip())
    return commits[0], commits[1]


def prepared(root: Path) -> OrionHome:
    """A home with one finished session that changed them all."""
    old, new = make(root / "work")
    home = OrionHome(root / "home")
    home.prepare()
    workspace = inspect(root / "work")
    repo = session_repo.create(home, SESSION, workspace)
    for commit in (old, new):
        repo.import_base(workspace, commit)

    def change(tx: Transaction) -> None:
        sessions.save_policy(tx, "p" * 64, "{}")
        session = Session(
            id=SESSION, workspace=str(root / "work"), goal="g", role="bench", policy="p" * 64,
            state=SessionState.COMPLETED, base_commit=old, base_branch="main", created_at=tx.now, updated_at=tx.now,
        )  # fmt: skip
        sessions.insert(tx, session)
        checkpoints.insert(
            tx,
            Checkpoint(
                session_id=SESSION, number=0, commit=new, tree=repo.tree_of(new), step=0, task_id="", reason="",
                created_at=tx.now,
            ),
        )  # fmt: skip

    with contextlib.closing(Engine.open(home, wake=lambda: None)) as engine:
        engine.store.transact(change)
    return home


async def shown(app: OrionApp, screen: DiffScreen, key: str, words: str) -> None:
    """Wait until a file's changes are drawn."""
    await until(lambda: screen.hunks.diff is not None and screen.hunks.diff.key == key)
    await until(lambda: drawn(app, words))


async def until(condition: Callable[[], bool]) -> None:
    """Let the application run until it holds."""
    deadline = time.perf_counter() + 60
    while not condition():
        if time.perf_counter() > deadline:
            raise SystemExit("never drawn")
        await asyncio.sleep(0.0005)


def drawn(app: OrionApp, words: str) -> bool:
    """Whether the words stand in the picture that would go to the terminal."""
    compositor: Any = getattr(app.screen, "_compositor")  # noqa: B009 - there is no public way to it
    return any(words in "".join(segment.text for segment in strip) for strip in compositor.render_strips())


async def measured(app: OrionApp, plain: Callable[[], float]) -> dict[str, list[float]]:
    """Milliseconds by name, a value a round."""
    found: dict[str, list[float]] = {name: [] for name in ("first", "file", "hunk", "counted", "git")}
    async with app.run_test(size=SIZE):
        await until(lambda: app.view is not None and app.view.snapshot is not None)
        for number in range(ROUNDS + 1):
            await asyncio.sleep(0.5)  # what the round before left to do is done
            begun = time.perf_counter()
            app.open_diff(SESSION)
            await until(
                lambda: isinstance(app.screen, DiffScreen) and drawn(app, "step_0_0(value: int) -> int:  # aft")
            )
            first = time.perf_counter()
            screen = app.screen
            assert isinstance(screen, DiffScreen)
            files: list[float] = []
            hunks = screen.hunks
            for n in range(1, 8):
                key = screen.files.rows[n].key
                name = key.removesuffix(".py")[-4:].lstrip("0")
                start = time.perf_counter()
                screen.action_next_file()
                await shown(app, screen, key, f"step_{name}_0(value: int) -> int:  # a")
                files.append(time.perf_counter() - start)
            start = time.perf_counter()
            screen.action_next()
            await until(lambda hunks=hunks: hunks.at > 0 and drawn(app, "@@"))
            hunk = time.perf_counter() - start
            await until(lambda files=screen.files: all(file.counted for file in files.rows))
            counted = time.perf_counter() - begun
            await app.pop_screen()
            values = (first - begun, sorted(files)[len(files) // 2], hunk, counted, plain())
            if number:  # the first one imports and warms
                for name, value in zip(found, values, strict=True):
                    found[name].append(value * 1_000)
    return found


def main() -> None:
    """Measure, and print the section."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as place:
        root = Path(place)
        home = prepared(root)

        def plain() -> float:
            start = time.perf_counter()
            subprocess.run(["git", "-C", str(root / "work"), "diff", "HEAD~", "HEAD"], check=True, capture_output=True)
            return time.perf_counter() - start

        with contextlib.closing(Engine.open(home, wake=lambda: None)) as engine:
            commands = EngineCommands(home, engine)
            bridge = Bridge(lambda: StoreReads(home), lambda: commands)
            bridge.start()
            try:
                found = asyncio.run(measured(OrionApp(bridge), plain))
            finally:
                bridge.close()
        report = Report(id="P7", title="Diff viewer", method=METHOD)
        first = report.add("first frame", "ms", found["first"])
        file = report.add("jump to a file", "ms", found["file"])
        hunk = report.add("jump to a hunk", "ms", found["hunk"])
        report.add("all counted", "ms", found["counted"])
        beside = report.add("`git diff` of the same", "ms", found["git"])
        report.target("first frame, ms", first.median, at_most=150)
        report.target("jump to a file, ms", file.median, at_most=50)
        report.target("jump to a hunk, ms", hunk.median, at_most=50)
        report.target("first frame beside git", first.median / beside.median, at_most=1)
        report.finish(root)


if __name__ == "__main__":
    main()
