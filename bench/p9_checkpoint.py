"""P9: what a checkpoint costs after ten files changed in a tree of 50,000, beside `git add -A` and `git commit`."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measure import Report

from orion_tui.base.paths import OrionHome
from orion_tui.core.boundary.harvest import harvest
from orion_tui.core.boundary.intake import entries, survey
from orion_tui.core.boundary.manifest import baseline
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.ignore import IgnoreRules
from orion_tui.core.repo.workspace import inspect
from orion_tui.core.sandbox.base import MIB, Limits, SandboxSpec
from orion_tui.core.sandbox.bubblewrap import Bubblewrap

FILES = 50_000
CHANGED = 10
ROUNDS = 7

METHOD = f"""\
A tree of {FILES:,} files of about 1 KiB in 2,000 directories, loaded into a bubblewrap sandbox. A round changes
{CHANGED} files, then takes a checkpoint: what changed is read out and checked, written as a tree, a commit and a
reference, all synced. Once as after tool calls, where the changed names are known, and once as after a command, where
the kernel is asked what was touched. The other side changes the same number of files in a clone on the same disk and
runs `git add -A` and `git commit`. The sides take turns. The import copies the base commit from the user's clone."""


def seconds(action: Callable[[], object]) -> float:
    """How long it took, in milliseconds."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1_000


def git(work: Path, *args: str) -> None:
    """git as a person would run it."""
    subprocess.run(["git", *args], cwd=work, check=True, capture_output=True)


def make(work: Path) -> None:
    """The user's repository."""
    for n in range(FILES):
        path = work / f"d{n % 50:02d}" / f"e{n // 50 % 40:02d}" / f"f{n}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"line {n} {line}\n" for line in range(60)))
    git(work, "init", "-q")
    git(work, "config", "user.name", "Bench")
    git(work, "config", "user.email", "bench@example.invalid")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "base")


def main() -> None:
    """Measure, and print the section."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as place:
        root = Path(place)
        work = root / "work"
        work.mkdir()
        make(work)
        home = OrionHome(root / "home")
        home.prepare()
        report = Report(id="P9", title="Checkpoint in a large tree", method=METHOD)
        workspace = inspect(work)
        repos = [session_repo.create(home, os.urandom(6).hex(), workspace) for _ in range(ROUNDS)]
        imports = [seconds(lambda repo=repo: repo.import_base(workspace, workspace.head)) for repo in repos]
        repo = repos[-1]
        tree = repo.tree_of(workspace.head)
        base = survey(repo, tree)
        names = [path.decode() for path in base.items]
        rules = IgnoreRules(repo, tree)
        limits = Limits(workspace_bytes=1_024 * MIB, workspace_entries=4 * FILES, memory_bytes=2_048 * MIB)
        known, looked, plain = list[float](), list[float](), list[float]()
        with Bubblewrap().open(SandboxSpec(session_id=repo.session_id, limits=limits)) as sandbox:
            sandbox.load(entries(repo, base))
            manifest = baseline(sandbox, base, base)
            tip = repo.ref(repo.branch_ref)

            def checkpoint(only: list[bytes] | None) -> None:
                nonlocal tip
                taken = harvest(sandbox, repo, manifest, rules=rules, only=only)
                assert len(taken.changes) == CHANGED
                commit = repo.commit_tree(taken.tree, [tip or workspace.head], "checkpoint", when=time.time())
                repo.set_ref(repo.branch_ref, commit, old=tip)
                tip = commit

            # At most 200 files of the base may change in a session: later rounds change the same ones again.
            for n in range(ROUNDS + 1):
                chosen = [names[(k * 4_999) % FILES] for k in range(CHANGED)]
                rounds = [(known, [name.encode() for name in chosen]), (looked, None)]
                for kept, only in rounds:
                    for name in chosen:
                        sandbox.write(name, f"{n} {only is None} {name}\n".encode() * 20)
                    kept.append(seconds(lambda only=only: checkpoint(only)))
                for name in chosen:
                    (work / name).write_text(f"{n} {name}\n" * 20)
                plain.append(seconds(lambda: (git(work, "add", "-A"), git(work, "commit", "-q", "-m", "x"))))
        # The first round of each side warms caches.
        tools = report.add("checkpoint, changed names known", "ms", known[1:])
        command = report.add("checkpoint, the kernel asked what was touched", "ms", looked[1:])
        beside = report.add("`git add -A && git commit` on the host", "ms", plain[1:])
        report.add(f"import of {FILES:,} files", "ms", imports)
        report.target("checkpoint after tool calls, ms", tools.median, at_most=120)
        report.target("beside git on the host", tools.median / beside.median, at_most=0.5)
        report.target("checkpoint after a command, ms", command.median, at_most=120)
        report.target("beside git on the host", command.median / beside.median, at_most=0.5)
        report.finish(root)


if __name__ == "__main__":
    main()
