"""The sample repository: plain files of this package, committed with fixed dates and one author.

Every machine gets the same commits, so documentation, tests and screenshots can name them.
"""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import attrs

from orion_tui.base.errors import StoreError
from orion_tui.core.repo.git import Git, require_git

SAMPLE = Path(__file__).parent / "sample"

_AUTHOR = "Marisol Reyes"
_EMAIL = "marisol@tidepool.example"


@attrs.frozen
class _Commit:
    """A step of the sample's history: message, day, and the paths that appear with it."""

    message: str
    when: datetime
    paths: tuple[str, ...]


_HISTORY = (
    _Commit(
        "Ask a station over a transport of one's choice",
        datetime(2026, 1, 12, 9, 30, tzinfo=UTC),
        (".gitignore", "README.md", "pyproject.toml", "tidepool", "docs"),
    ),
    _Commit("Test the client against a scripted station", datetime(2026, 1, 13, 16, 5, tzinfo=UTC), ("tests",)),
    _Commit(
        "Keep wheels for machines without a network",
        datetime(2026, 2, 2, 11, 0, tzinfo=UTC),
        ("wheels", "CHANGELOG.md"),
    ),
)


def make(workspace: Path) -> None:
    """A repository at `workspace`, on branch `main`, clean, with three commits; whole or not at all.

    Raises StoreError when the place cannot be written, UsageError or GitError when git cannot do it.
    """
    require_git()
    scratch: Path | None = None
    try:
        workspace.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".making-", dir=workspace.parent))
        _fill(scratch)
        scratch.rename(workspace)
    except OSError as error:
        raise StoreError(
            f"cannot make the sample repository at {workspace}: {error.strerror}",
            hint="make the place writable, or set ORION_HOME to another directory",
        ) from error
    finally:
        if scratch is not None and scratch.exists():
            shutil.rmtree(scratch, ignore_errors=True)


def _fill(root: Path) -> None:
    # The user's own template, hooks, signing and line endings have no part in a repository that is the same everywhere.
    git = Git.user(root, config={"core.autocrlf": "false", "core.safecrlf": "false", "commit.gpgSign": "false"})
    git.text("init", "--quiet", "--template=", "--initial-branch=main")
    for key, value in {
        "user.name": _AUTHOR,
        "user.email": _EMAIL,
        # Promoting the demonstration must not ask for a signing key.
        "commit.gpgSign": "false",
        "tag.gpgSign": "false",
        "core.autocrlf": "false",
    }.items():
        git.text("config", key, value)
    for commit in _HISTORY:
        for path in commit.paths:
            _copy(SAMPLE / path, root / path)
        git.text("add", "--force", "--", *commit.paths)
        date = commit.when.isoformat()
        git.text(
            "commit", "--quiet", "--no-verify", "--message", commit.message,
            env={
                "GIT_AUTHOR_NAME": _AUTHOR, "GIT_AUTHOR_EMAIL": _EMAIL, "GIT_AUTHOR_DATE": date,
                "GIT_COMMITTER_NAME": _AUTHOR, "GIT_COMMITTER_EMAIL": _EMAIL, "GIT_COMMITTER_DATE": date,
            },
        )  # fmt: skip


def _copy(source: Path, target: Path) -> None:
    """Contents alone: how this package was installed (read-only, executable, compiled) must not show."""
    if source.is_dir():
        for child in sorted(source.iterdir()):
            if child.name != "__pycache__":
                _copy(child, target / child.name)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes())
    target.chmod(0o644)
