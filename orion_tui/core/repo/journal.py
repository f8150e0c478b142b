"""What is written down before the user's repository is touched, so that a crash at any instant can be mended.

States: `preparing` (nothing of the user's has changed but locks), `prepared` (files may be half moved, the index may be
the new one, the references may have moved: `Progress` tells them apart), then `committed` or `aborted`.
"""

from enum import StrEnum
from pathlib import Path
from typing import Protocol

import attrs

from orion_tui.core.repo.changes import PathChange
from orion_tui.core.repo.files import Seen
from orion_tui.core.repo.refs import LockFile


class MoveKind(StrEnum):
    """Why a branch moves."""

    PROMOTE = "promote"
    UNDO = "undo"
    #: The user's own uncommitted files, committed before a promotion that builds on them.
    COMMIT_FIRST = "commit-first"


class MoveState(StrEnum):
    """How far a move got."""

    PREPARING = "preparing"
    PREPARED = "prepared"
    COMMITTED = "committed"
    ABORTED = "aborted"


@attrs.frozen(kw_only=True)
class Move:
    """One branch moved from one commit to another, with the user's files, or without where it is not checked out."""

    kind: MoveKind
    session_id: str
    #: Top of the user's work tree; git runs here.
    root: str
    git_dir: str
    common_dir: str
    #: Full name of the branch.
    target_ref: str
    old_tip: str
    new_tip: str
    #: Full names of references that are created with it.
    tags: dict[str, str] = attrs.field(factory=dict[str, str])
    #: Whether the branch is checked out in `root`, so that files and index move too.
    checked_out: bool
    #: What differs between the trees of both commits.
    changes: tuple[PathChange, ...]
    #: What differs too, but stands on disk already: only the index follows.
    on_disk: tuple[PathChange, ...] = ()
    #: Names everything this move makes beside the user's files, and marks its locks.
    token: str
    #: The tree that was accepted (promotions only).
    accepted_tree: str = ""

    @property
    def scratch(self) -> Path:
        """Where new files are made and old ones are kept until it is over; on the file system of the repository."""
        return Path(self.git_dir) / f"orion-{self.token}"


@attrs.frozen(kw_only=True)
class Staged:
    """A file ready to be put in place: what recovery knows it by."""

    #: SHA-256 of its bytes, or of where the link points.
    digest: str
    symlink: bool
    executable: bool


@attrs.frozen(kw_only=True)
class Progress:
    """What is known when everything is ready and locked, just before the first file moves."""

    #: Files that will be put, by path; a new path that is missing here stays out of the work tree (sparse checkout).
    staged: dict[str, Staged] = attrs.field(factory=dict[str, Staged])
    #: Files that will be taken, as they were last seen.
    taken: dict[str, Seen] = attrs.field(factory=dict[str, Seen])
    #: Directories that do not exist yet, nearest the root first.
    new_directories: tuple[str, ...] = ()
    #: Directories that may become empty and go, with their permission bits.
    old_directories: dict[str, int] = attrs.field(factory=dict[str, int])
    locks: tuple[LockFile, ...] = ()
    #: SHA-256 of the index file before, and of the one that replaces it ("" until that is ready).
    old_index: str = ""
    new_index: str = ""


class JournalPort(Protocol):
    """Where a move is recorded, durably, before each step that cannot be taken back. The store is the real one.

    Every method returns only after the record would survive a power cut, and raises StoreError when it cannot.
    """

    def begin(self, move: Move) -> None:
        """A move is about to start."""
        ...

    def mark(self, state: MoveState, progress: Progress | None = None) -> None:
        """It got this far. With `progress`, that replaces what was known; without, it stays."""
        ...


@attrs.frozen(kw_only=True)
class JournalRecord:
    """A move as the journal has it."""

    move: Move
    state: MoveState
    progress: Progress


class MemoryJournal:
    """A journal that lasts as long as its process: for tests and trials."""

    def __init__(self) -> None:
        self.records: list[JournalRecord] = []

    def begin(self, move: Move) -> None:
        """Remember it."""
        self.records.append(JournalRecord(move=move, state=MoveState.PREPARING, progress=Progress()))

    def mark(self, state: MoveState, progress: Progress | None = None) -> None:
        """Replace the last record."""
        last = self.records[-1]
        self.records[-1] = attrs.evolve(last, state=state, progress=last.progress if progress is None else progress)
