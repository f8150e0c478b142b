"""A session's files: as they are in the sandbox, and as they are in Orion's repository.

Everything a step changed is taken over when the step ends, checked entry by entry, and kept twice: as a tree in the
session's repository, and as a delta that is stored with the step. So the files of any moment are those of the last
checkpoint and the deltas after it, whatever happened to the sandbox. What the base's ignore rules cover (caches,
environments, build output) stays in the sandbox and ends with it; an approval of a command says that it is there.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import ConflictError
from orion_tui.base.kinds import Tier
from orion_tui.core.aegis.classify import classify_change
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.boundary import delta, intake
from orion_tui.core.boundary.caps import Caps
from orion_tui.core.boundary.change import Change
from orion_tui.core.boundary.harvest import Harvest, Judge, harvest
from orion_tui.core.boundary.harvest import special as special_change
from orion_tui.core.boundary.intake import Survey, kind_of
from orion_tui.core.boundary.manifest import Manifest, baseline
from orion_tui.core.models.actions import FileChange
from orion_tui.core.repo.ignore import IgnoreRules
from orion_tui.core.repo.oid import blob_id
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.sandbox.base import EntryKind, Limits, Sandbox

#: Who the sandbox's own repository says made its base commit.
_AGENT_NAME, _AGENT_MAIL = "Orion agent", "agent@sandbox.invalid"


class ReplayConflict(ConflictError):
    """What a task changed before it had to wait was changed by another task meanwhile."""


@attrs.frozen(kw_only=True)
class Taken:
    """What one step changed."""

    #: For the step's row; None when nothing changed.
    delta: bytes | None
    changed: tuple[bytes, ...]
    #: What stays out of the work, with the reason; each told once.
    refused: tuple[tuple[bytes, str], ...]


class WorkCopy:
    """The files of one session while one worker holds it. `base` is the commit that its limits are measured against."""

    def __init__(
        self, sandbox: Sandbox, repo: SessionRepo, policy: Policy, clock: Clock, limits: Limits, *, base: str
    ) -> None:
        self._sandbox = sandbox
        self._repo = repo
        self._policy = policy
        self._clock = clock
        self._limits = limits
        self._caps = role_caps(policy)
        self._base: Survey = intake.survey(repo, base)
        self._rules = IgnoreRules(repo, self._base.tree)
        self._manifest: Manifest | None = None
        #: The last checkpoint, or the base before the first one.
        self._commit = base
        self._checkpoint = self._base.tree
        #: Where the session's branch was seen last; None where there is none yet.
        self._branch = repo.ref(repo.branch_ref)
        self._told: set[tuple[bytes, str]] = set()

    def govern(self, policy: Policy) -> None:
        """Judge what commands change by this policy from here on."""
        self._policy = policy

    @property
    def outside(self) -> tuple[str, ...]:
        """One line for each entry that stays out of the sandbox and is read-only."""
        return intake.describe_carried(self._base)

    def fill(self, checkpoint: str) -> None:
        """Load the tree of a checkpoint's commit into the empty sandbox.

        Raises WorkspaceError when the tree leaves no room to work.
        """
        self._commit, self._checkpoint = checkpoint, self._repo.tree_of(checkpoint)
        self._load(self._checkpoint)
        self._make_repository()

    def refuses(self, change: FileChange) -> str | None:
        """Why a file action may not be done (GATE-3), before it is done; None when it may."""
        if change.after is None:
            return None
        path = os.fsencode(change.path)
        base = self._base.items.get(path)
        fresh = path not in self._ready.changed
        had = self._repo.read_blob(base.oid) if base is not None else None
        return (
            self._caps.check_size(len(change.after))
            or self._caps.check_lines(change.after, had)
            or self._caps.check_usage(
                self._ready.usage,
                creates=fresh and base is None,
                modifies=fresh and base is not None,
                adds=len(change.after),
            )
        )

    def take(self, change: FileChange | None = None, *, consented: bool = False) -> Taken:
        """Take over what changed in the sandbox since the last call.

        `change` is the file change that was let through by name; `consented` says that a person approved the command
        that ran. Whatever a command changed is judged like the same change asked for by itself.
        """
        if change is not None:
            found = self._harvest(approved={self._digest(change)}, only={os.fsencode(change.path)})
        else:
            found = self._harvest(judge=self._forbids, ask=special_change if consented else self._needs_person)
        refused = [(item.path, item.reason) for item in found.refused if item.new]
        for held in found.special:
            if held.approval not in self._told:
                self._told.add(held.approval)
                refused.append((held.change.path, f"{held.reason}; only an action that names the file may change it"))
        return Taken(
            delta=delta.encode(found.changes) if found.changes else None,
            changed=tuple(changed.path for changed in found.changes),
            refused=tuple(refused),
        )

    def tree(self) -> str:
        """Id of the tree of everything taken over so far."""
        return self._ready.tree

    def checkpoint(self) -> str:
        """Id of the tree of the last checkpoint."""
        return self._checkpoint

    def at(self, commit: str) -> bool:
        """Whether the sandbox holds the files of a checkpoint's commit, and nothing since."""
        return self._commit == commit and self._manifest is not None and self.tree() == self._checkpoint

    def differing(self, old: str, new: str) -> Sequence[str]:
        """Names of the files that differ between two trees."""
        return [os.fsdecode(path) for path, _, _ in self._differences(old, new)]

    def commit(self, message: str) -> tuple[str, str]:
        """A commit of everything taken over, for a checkpoint: (commit, tree), durable. `publish` comes next."""
        tree = self.tree()
        commit = self._repo.commit_tree(tree, [self._commit], message, when=self._clock.now())
        self._commit, self._checkpoint = commit, tree
        return commit, tree

    def publish(self) -> None:
        """Bring the session's branch to the last checkpoint, once that stands in the store.

        The store knows whose session it is and git does not, so the branch follows the row: a worker that lost its
        session never gets here, and one that loses it here finds that the branch was moved on by another.
        Raises ConflictError then.
        """
        name = self._repo.branch_ref
        if self._branch != self._commit:
            try:
                self._repo.set_ref(name, self._commit, old=self._branch)
            except ConflictError:
                # A git of the worker before may have outlived it, with the same to do.
                if self._repo.ref(name) != self._commit:
                    raise
            self._branch = self._commit

    def commit_aside(self, message: str, ref: str) -> tuple[str, str, str]:
        """Make a checkpoint inside a task: (commit, tree, what the branch stays on), durable under `ref`.

        The branch does not move: a task's work lands whole or not at all.
        """
        tree = self.tree()
        commit = self._repo.commit_tree(tree, [self._commit], message, when=self._clock.now())
        self._repo.set_ref(ref, commit, old=self._repo.ref(ref))
        return commit, tree, self._commit

    def replay(self, step_delta: bytes) -> None:
        """Make again what a finished step changed. Raises ReplayConflict when its files are not what they were."""
        changes = self.changes(step_delta)
        try:
            tree = delta.apply(self._repo, self.tree(), changes)
        except ConflictError as error:
            raise ReplayConflict("; ".join(error.problems)) from error
        self._move_to(tree)

    def changes(self, step_delta: bytes) -> tuple[Change, ...]:
        """What a finished step changed."""
        return delta.decode(step_delta, self._repo.object_format)

    def rewind(self) -> None:
        """Give the sandbox the files of the last checkpoint again."""
        self._move_to(self._checkpoint)

    def beside(self) -> Mapping[bytes, str]:
        """What lies in the workspace and is no part of the work, with its stamp: ignored files, and refused ones."""
        return self._ready.beside

    def leave_alone(self) -> None:
        """Give the sandbox the work and nothing beside it: ignored files go, and its own repository is made anew."""
        self._load(self.tree())
        self._make_repository()

    def _make_repository(self) -> None:
        self._sandbox.git_init(branch="main", message="base", name=_AGENT_NAME, email=_AGENT_MAIL)

    def put_back(self) -> None:
        """Give the sandbox what the work has in the place of what is held.

        Held is what waits for approval by name: no part of the work, and no part of what a person is asked about.
        """
        held = sorted(self._ready.held)
        if not held:
            return
        items = self._repo.entries_at(self.tree(), held)
        if any(kind_of(item) is EntryKind.SYMLINK for item in items.values()):
            self._load(self.tree())
            return
        try:
            # Deletions first, so that a directory may take the place of a file.
            for path in sorted(held, key=lambda path: path in items):
                name = os.fsdecode(path)
                if path in items:
                    executable = kind_of(items[path]) is EntryKind.EXECUTABLE
                    self._sandbox.write(name, self._repo.read_blob(items[path].oid), executable=executable)
                elif self._sandbox.stat(name) is not None:
                    self._sandbox.delete(name)
        except (OSError, ValueError):
            self._load(self.tree())
            return
        self._harvest(only=held)

    def _load(self, tree: str) -> None:
        loaded = self._base if tree == self._base.tree else intake.survey(self._repo, tree)
        intake.check_fits(loaded, self._limits)
        self._sandbox.load(intake.entries(self._repo, loaded))
        self._manifest = baseline(self._sandbox, self._base, loaded)

    def _move_to(self, tree: str) -> None:
        """Bring the sandbox to a tree by its differences; from scratch where those are not plain files."""
        differences = list(self._differences(self.tree(), tree))
        if any(EntryKind.SYMLINK in {before, after} for _, before, after in differences):
            self._load(tree)
            return
        digests: set[tuple[bytes, str]] = set()
        items = self._repo.entries_at(tree, [path for path, _, after in differences if after])
        # Deletions first, so that a directory may become a file.
        for path, _, after in sorted(differences, key=lambda difference: bool(difference[2])):
            if not after:
                self._sandbox.delete(os.fsdecode(path))
                digests.add((path, "deleted"))
                continue
            data = self._repo.read_blob(items[path].oid)
            self._sandbox.write(os.fsdecode(path), data, executable=after == EntryKind.EXECUTABLE)
            digests.add((path, f"{after} {items[path].oid}"))
        paths = {path for path, _, _ in differences}
        self._harvest(approved=digests, only=paths)
        if self.tree() != tree:
            # Something else in the sandbox stands in the way: what it holds then is not what was recorded.
            self._load(tree)

    def _differences(self, old: str, new: str) -> Iterable[tuple[bytes, str, str]]:
        """(path, mode before, mode after) of each difference; an empty mode where there is nothing."""
        if old == new:
            return
        listed = self._repo.git.bytes("diff-tree", "-r", "-z", "--raw", "--no-renames", old, new).split(b"\0")
        for meta, path in zip(listed[::2], listed[1::2], strict=False):
            before, after = (mode.decode() if mode.strip(b"0") else "" for mode in meta.lstrip(b":").split()[:2])
            yield path, before, after

    def _harvest(
        self,
        *,
        approved: Collection[tuple[bytes, str]] = (),
        judge: Judge | None = None,
        ask: Judge = special_change,
        only: Collection[bytes] | None = None,
    ) -> Harvest:
        return harvest(
            self._sandbox,
            self._repo,
            self._ready,
            rules=self._rules,
            caps=self._caps,
            approved=approved,
            judge=judge,
            ask=ask,
            only=only,
        )

    def _forbids(self, change: Change) -> str | None:
        tier, reason = self._judged(change)
        return reason if tier is Tier.FORBIDDEN else None

    def _needs_person(self, change: Change) -> str | None:
        if reason := special_change(change):
            return reason
        tier, reason = self._judged(change)
        return reason if tier is not Tier.AUTONOMOUS else None

    def _judged(self, change: Change) -> tuple[Tier, str]:
        """What the policy says to a change that a command made, with the file's real content before."""
        before = self._repo.read_blob(change.before.oid) if change.before is not None else None
        classification = classify_change(attrs.evolve(change.as_file_change(), before=before))
        decision = decide(classification, self._policy, confidence=1.0)
        return decision.tier, f"{decision.rule or 'no rule matches'}: {decision.reason}"

    def _digest(self, change: FileChange) -> tuple[bytes, str]:
        path = os.fsencode(change.path)
        if change.after is None:
            return path, "deleted"
        kind = EntryKind.EXECUTABLE if change.executable else EntryKind.FILE
        return path, f"{kind.value} {blob_id(change.after, self._repo.object_format)}"

    @property
    def _ready(self) -> Manifest:
        assert self._manifest is not None, "fill comes first"
        return self._manifest


def role_caps(policy: Policy) -> Caps:
    """The write limits in force: a role may lower the ceilings, never raise them (GATE-3)."""
    limits = policy.role.write_limits
    return Caps().lowered(
        {
            "file_bytes": limits.file_bytes,
            "file_lines": limits.file_lines,
            "created": limits.files_created,
            "modified": limits.files_modified,
            "total_bytes": limits.total_bytes,
        }
    )
