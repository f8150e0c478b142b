"""The whole program from outside: `orion` in processes of its own, on real repositories."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

ROOT = Path(__file__).parents[2]
PIN = "493827"


@attrs.frozen
class Program:
    """`orion` with a state directory of its own. `stop` at the end: its supervisor outlives every command."""

    home: Path
    environment: Mapping[str, str]

    @classmethod
    def at(cls, home: Path, **environment: str) -> "Program":
        """A program whose state lies in `home`, which need not be there yet."""
        return cls(home, {**os.environ, "ORION_HOME": str(home), **environment})

    def run(
        self, *arguments: str, stdin: str | None = None, cwd: Path | None = None, timeout: float = 110
    ) -> subprocess.CompletedProcess[str]:
        """One command to its end; without `stdin` it has none, as in a cron job."""
        return subprocess.run(
            [sys.executable, "-m", "orion_tui.cli.main", *arguments],
            cwd=cwd or self.home.parent,
            env=self.environment,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=timeout,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        """What a read says with `--json`. The command must succeed."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def set_pin(self) -> None:
        """Set `PIN`, kept under a machine key."""
        done = self.run("auth", "set", "--vault", "machine-key", "--pin-stdin", stdin=f"{PIN}\n")
        assert done.returncode == 0, done.stderr

    def stop(self) -> None:
        """End the supervisor, if one was started."""
        self.run("daemon", "stop")


def git(repository: Path, *arguments: str) -> str:
    """What git says in a repository; it must succeed."""
    done = subprocess.run(
        ["git", *arguments], cwd=repository, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, (arguments, done.stderr.decode("utf-8", "replace"))
    return os.fsdecode(done.stdout).removesuffix("\n")


def repository(path: Path, files: Mapping[str, str | bytes], *, message: str = "Begin") -> Path:
    """A repository on `main` with one commit that holds these files."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    write_files(path, files)
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", message)
    return path


def write_files(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Put files into a directory."""
    for name, content in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)


def clone_of_this_project(target: Path) -> Path:
    """A clone of the repository that these tests stand in; made from its files where it has no `.git`."""
    source = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--git-dir"], capture_output=True, check=False)
    if source.returncode == 0:
        # --no-local: a shallow or linked source must not leak its peculiarities into the clone.
        git(target.parent, "clone", "--quiet", "--no-local", "--single-branch", f"file://{ROOT}", target.name)
        git(target, "checkout", "--quiet", "-B", "main")
        return target
    ignored = shutil.ignore_patterns(".venv*", ".demo", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, target, ignore=ignored, symlinks=True)
    git(target, "init", "--quiet", "--initial-branch=main")
    git(target, "add", "--all")
    git(target, "commit", "--quiet", "--message", "As it is")
    return target


def snapshot(root: Path, *, without: Sequence[str] = (".git",)) -> dict[str, tuple[int, bytes]]:
    """Mode and bytes of every file below `root`: to compare before and after."""
    found: dict[str, tuple[int, bytes]] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in without]
        for name in names:
            path = Path(folder) / name
            data = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            found[os.path.relpath(path, root)] = (path.lstat().st_mode, data)
    return found
