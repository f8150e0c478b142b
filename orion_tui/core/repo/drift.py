"""What happened in the workspace since a session took its copy (SAVE-3), uncommitted edits included."""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

import attrs

from orion_tui.core.repo.changes import GITLINK, Entry, overlap, tree_changes, tree_entries
from orion_tui.core.repo.disk import DiskRules, differing
from orion_tui.core.repo.files import Kind, Seen
from orion_tui.core.repo.git import Git
from orion_tui.core.repo.place import Place
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.workspace import Workspace
from orion_tui.core.repo.worktree import WorkTree

# Files that decide what is installed, built and tested: work done against another version of them may not hold.
_MANIFEST = re.compile(
    r"pyproject\.toml|setup\.py|setup\.cfg|constraints\.txt|pipfile|pipfile\.lock|poetry\.lock|uv\.lock|"
    r"pdm\.lock|pylock\.toml|environment\.yml|tox\.ini|noxfile\.py|package\.json|package-lock\.json|npm-|"
    r"shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|bun\.lockb|deno\.json|deno\.lock|tsconfig\.json|"
    r"cargo\.toml|cargo\.lock|go\.mod|go\.sum|go\.work|go\.work\.sum|gemfile|gemfile\.lock|composer\.json|"
    r"composer\.lock|pom\.xml|build\.gradle|build\.gradle\.kts|settings\.gradle|settings\.gradle\.kts|"
    r"gradle\.lockfile|mix\.exs|mix\.lock|pubspec\.yaml|pubspec\.lock|package\.swift|package\.resolved|"
    r"flake\.nix|flake\.lock|cmakelists\.txt|makefile|meson\.build|dockerfile|\.gitmodules|\.gitattributes|"
    r"\.gitlab-ci\.yml|\.travis\.yml|jenkinsfile|azure-pipelines\.yml|bitbucket-pipelines\.yml|\.pre-commit-|"
    r"config\.yaml"
    r"|requirements.*\.(?:txt|in)"
)
_CI = re.compile(r"\.(?:github/(?:workflows|actions)|circleci|buildkite|forgejo|gitea|ci)/.*", re.DOTALL)


class DriftLevel(StrEnum):
    """How much the changes matter to the session, worst last."""

    NONE = "none"
    #: Other files changed.
    LOW = "low"
    #: A manifest, lock or CI file changed.
    MEDIUM = "medium"
    #: Files that the session changed, too, were changed.
    HIGH = "high"


@attrs.frozen(kw_only=True)
class Drift:
    """The answer."""

    level: DriftLevel
    #: Everything that is not as it was when the session started, sorted.
    paths: tuple[str, ...] = ()
    #: Those of them that give the level its name: overlapping files, else manifests.
    decisive: tuple[str, ...] = ()


def drift(
    repo: SessionRepo, workspace: Workspace, place: Place, *, base_tree: str, work_tree: str, snapshot: bool
) -> Drift:
    """Compare the branch, and the files where it is checked out, with what the session started from.

    `base_tree` and `work_tree` are trees in `repo`: the session's start and its work so far. With `snapshot` the start
    holds what was uncommitted then; files that still are like that have not drifted. Ignored files do not count.
    """
    base = tree_entries(repo.git, base_tree)
    tip = tree_entries(place.git, place.tip)
    changed = {path for path in base.keys() | tip.keys() if base.get(path) != tip.get(path)}
    worked_on = [change.path for change in tree_changes(repo.git, base_tree, work_tree)]
    if place.checked_out:
        with WorkTree(workspace.root) as tree:
            if snapshot:
                candidates = changed | set(workspace.dirty)
                changed = set(_unlike(place.git, tree, base, candidates))
            else:
                changed.update(workspace.dirty)
            # What was taken along untracked is in the base: it has been compared already.
            changed |= _untracked(place.git) - base.keys()
    return measure(changed, worked_on)


def _unlike(git: Git, tree: WorkTree, base: Mapping[str, Entry], candidates: Iterable[str]) -> Iterator[str]:
    """Candidates whose file on disk is not what `base` says."""
    expected: dict[str, tuple[Entry, Seen]] = {}
    for path in candidates:
        seen = tree.look(path)
        entry = base.get(path)
        if entry is not None and seen.kind in {Kind.FILE, Kind.SYMLINK}:
            expected[path] = (entry, seen)
        elif (entry is None) != (seen.kind is Kind.ABSENT) and (entry is None or entry.mode != GITLINK):
            yield path
    yield from differing(git, tree, DiskRules.read(git), expected)


def _untracked(git: Git) -> set[str]:
    listed = git.text("ls-files", "-z", "--others", "--exclude-standard", "--full-name")
    return {path for path in listed.split("\0") if path}


def measure(changed: Iterable[str], worked_on: Iterable[str]) -> Drift:
    """Judge the user's changed paths against the session's."""
    paths = frozenset(changed)
    shared = overlap(paths, frozenset(worked_on))
    manifests = frozenset(path for path in paths if is_manifest(path))
    if shared:
        level, decisive = DriftLevel.HIGH, shared
    elif manifests:
        level, decisive = DriftLevel.MEDIUM, manifests
    else:
        level, decisive = DriftLevel.LOW if paths else DriftLevel.NONE, frozenset[str]()
    return Drift(level=level, paths=tuple(sorted(paths)), decisive=tuple(sorted(decisive)))


def is_manifest(path: str) -> bool:
    """Whether a path is a manifest, lock or CI file."""
    folded = path.lower()
    return _MANIFEST.fullmatch(folded.rpartition("/")[2]) is not None or _CI.fullmatch(folded) is not None
