"""New file contents, made ready beside the repository as a checkout would write them.

Line endings, encodings, `ident` and the user's own filters (LFS) apply, with the attributes of the tree that is coming:
git compares files against those from then on. One thing does not follow the coming attributes. A filter *program* that
they newly name for a path does not run for it; the file is written as git stores it, and the user's own next checkout
or `git add` runs what their configuration says. Attribute files reach this point only when a person approved them by
name, and they can only name programs that the user's own configuration defines; still, promotion starts none of them.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from orion_tui.base.errors import ConflictError, GitError
from orion_tui.core.repo import files
from orion_tui.core.repo.changes import SYMLINK, Entry, ancestors
from orion_tui.core.repo.durable import sync_directory
from orion_tui.core.repo.files import Kind
from orion_tui.core.repo.filter_programs import InsideFilters, inside_filters
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.index import Index
from orion_tui.core.repo.journal import Move, Staged
from orion_tui.core.repo.obstacles import Survey
from orion_tui.core.repo.worktree import WorkTree

_ATTRIBUTES = ".gitattributes"
#: Seconds that filters may take: LFS downloads.
_TIMEOUT = 1800.0


@attrs.frozen(kw_only=True)
class FilterPlan:
    """Which of the coming paths must not meet a filter program that their attributes newly name."""

    newly_named: frozenset[str] = frozenset()
    #: Configuration that makes those programs pass everything through.
    silenced: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def groups(self, paths: Iterable[str]) -> tuple[tuple[list[str], Mapping[str, str]], ...]:
        """The paths, apart by the configuration that git gets for them."""
        listed = list(paths)
        usual = [path for path in listed if path not in self.newly_named]
        quiet = [path for path in listed if path in self.newly_named]
        nothing: Mapping[str, str] = {}
        return tuple((part, config) for part, config in ((usual, nothing), (quiet, self.silenced)) if part)


@attrs.frozen(kw_only=True)
class Staging:
    """Everything that will be put, ready in the scratch directory."""

    files: dict[str, Staged]
    filters: FilterPlan


def file_of(move: Move, path: str) -> Path:
    """Where the staged form of `path` lies."""
    return move.scratch / "new" / path


def stage(git: Git, tree: WorkTree, move: Move, survey: Survey) -> Staging:
    """Write what every coming file will be. ConflictError when a required filter of the user's fails."""
    coming = {
        change.path: change.new
        for change in move.changes
        if change.new is not None and change.path not in survey.off_disk
    }
    (move.scratch / "new").mkdir()
    attributes = move.scratch / "attributes"
    attributes.mkdir()
    _lay_out_attributes(git, tree, move, attributes, coming)
    environment = {
        "GIT_DIR": move.git_dir,
        "GIT_WORK_TREE": str(attributes),
        "GIT_INDEX_FILE": str(move.scratch / "index.coming"),
    }
    filters = _plan_filters(git, attributes, environment, move, coming)
    if coming:
        _check_out(attributes, environment, move, coming, filters, inside_filters(git, tree.root))
    staged = {path: _seal(file_of(move, path), survey.seen.get(path)) for path in coming}
    _sync(move.scratch / "new")
    return Staging(files=staged, filters=filters)


def _check_out(
    place: Path,
    environment: Mapping[str, str],
    move: Move,
    coming: Mapping[str, Entry],
    filters: FilterPlan,
    inside: InsideFilters,
) -> None:
    entries = [f"{entry.mode} {entry.oid}\t".encode("ascii") + os.fsencode(path) for path, entry in coming.items()]
    Git.user(place).bytes("update-index", "-z", "--index-info", input=_records(entries), env=environment)
    for paths, config in filters.groups(coming):
        try:
            inside.without(Git.user(place, config=config)).bytes(
                *("checkout-index", "-z", "--stdin", f"--prefix={move.scratch / 'new'}/"),
                input=_records(os.fsencode(path) for path in paths),
                env=environment,
                timeout=_TIMEOUT,
            )
        except GitError as error:
            raise ConflictError(
                f"the files could not be written as your git configuration asks: {error.message}",
                hint="a filter (LFS for one) failed: make `git checkout` work in this repository, then retry",
            ) from error


def _lay_out_attributes(git: Git, tree: WorkTree, move: Move, place: Path, coming: Mapping[str, Entry]) -> None:
    """A work tree of nothing but attribute files: the coming ones, and the user's as they stand."""
    moved = {change.path: change.new for change in move.changes}
    index: Index | None = None
    for directory in sorted({"", *(above for path in coming for above in ancestors(path))}):
        name = f"{directory}/{_ATTRIBUTES}" if directory else _ATTRIBUTES
        content: bytes | None = None
        if name in moved:
            entry = moved[name]
            if entry is not None and entry.mode != SYMLINK:  # git does not read attributes through a link
                content = git.bytes("cat-file", "blob", entry.oid)
        elif tree.look(name).kind is Kind.FILE:
            with tree.open(name) as handle, os.fdopen(os.dup(handle), "rb") as stream:
                content = stream.read()
        elif tree.look(name).kind is Kind.ABSENT:
            index = index or Index.read(git)
            if (known := index.get(name)) is not None:
                content = git.bytes("cat-file", "blob", known.entry.oid)
        if content is not None:
            (place / directory).mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)


def _plan_filters(
    git: Git, place: Path, environment: Mapping[str, str], move: Move, coming: Mapping[str, Entry]
) -> FilterPlan:
    if not any(change.path.rpartition("/")[2] == _ATTRIBUTES for change in move.changes):
        return FilterPlan()
    before = _filter_names(git, coming, {})
    after = _filter_names(Git.user(place), coming, environment)
    newly = frozenset(path for path in coming if after[path] and after[path] != before[path])
    silenced = {
        f"filter.{name}.{key}": "false" if key == "required" else ""
        for name in sorted({after[path] for path in newly})
        for key in ("clean", "smudge", "process", "required")
    }
    return FilterPlan(newly_named=newly, silenced=silenced)


def _filter_names(git: Git, paths: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    listed = [os.fsencode(path) for path in paths]
    fields = git.text("check-attr", "-z", "--stdin", "filter", input=_records(listed), env=environment).split("\0")
    triples = zip(fields[0::3], fields[2::3], strict=False)
    return {path: "" if name in {"unspecified", "unset", "set"} else name for path, name in triples}


def _seal(path: Path, old: files.Seen | None) -> Staged:
    seen = files.seen_at(path)
    if seen.kind is Kind.FILE:
        if old is not None and old.kind is Kind.FILE:
            # Who may read it was the user's choice; only the executable bit is git's.
            mode = old.mode & 0o666
            path.chmod(mode | (mode & 0o444) >> 2 if seen.executable else mode)
        handle = os.open(path, files.READ)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return Staged(
        digest=files.digest_at(path), symlink=seen.kind is Kind.SYMLINK, executable=files.seen_at(path).executable
    )


def _sync(top: Path) -> None:
    for directory, _, _ in os.walk(top):
        sync_directory(Path(directory))


def _records(records: Iterable[bytes]) -> bytes:
    return b"".join(record + b"\0" for record in records)
