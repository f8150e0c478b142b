"""What comes out of a sandbox: the difference to what is known, checked entry by entry, written as a tree of Orion's.

First names and stamps of everything, then the content of what changed; nothing is extracted, and what is refused stays
out by name while the rest goes on. Refused means: the tree keeps what it had there.
"""

import os
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from typing import TypeVar

import attrs

from orion_tui.base.errors import BoundaryViolation
from orion_tui.base.text import display_path
from orion_tui.core.boundary.caps import Caps
from orion_tui.core.boundary.change import Before, Change
from orion_tui.core.boundary.collisions import prefixes
from orion_tui.core.boundary.ledger import charge
from orion_tui.core.boundary.links import check_target, leads_through
from orion_tui.core.boundary.manifest import Known, Manifest, Scanned, Standing
from orion_tui.core.boundary.names import check_path, fold_key
from orion_tui.core.boundary.outcome import Harvest, Held, Refusal
from orion_tui.core.boundary.special import special_reason
from orion_tui.core.repo.ignore import IgnoreRules
from orion_tui.core.repo.oid import blob_id
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.tree_writer import Deletion
from orion_tui.core.sandbox.base import EntryKind, StatEntry, TreeEntry

#: Says why a change may not be, or may not be without a person's approval; None when nothing stands against it.
Judge = Callable[[Change], str | None]

_Seen = TypeVar("_Seen")


def special(change: Change) -> str | None:
    """The judge of GATE-4: special paths need approval by name."""
    judged = change.as_file_change()
    return special_reason(judged.path, judged)


def harvest(
    sandbox: Scanned,
    repo: SessionRepo,
    manifest: Manifest,
    *,
    rules: IgnoreRules,
    caps: Caps | None = None,
    approved: Container[tuple[bytes, str]] = (),
    exempt: Collection[bytes] = (),
    judge: Judge | None = None,
    ask: Judge = special,
    only: Collection[bytes] | None = None,
) -> Harvest:
    """Take over what changed in the sandbox since `manifest`, which is brought up to date.

    `judge` gives the policy's reason to refuse a change (a path the role may not touch), `ask` the reason to hold one
    until a person agrees; `approved` has `Held.approval` of those that were agreed to. `exempt` names lock files that
    may have more lines than the cap. With `only`, no other path is looked at: after a tool wrote one file nothing else
    can have changed, and looking at that one costs the same in a tree of any size.
    Raises BoundaryViolation when the workspace as a whole is beyond the caps; nothing is taken over then.
    """
    run = _Run(sandbox, repo, manifest, rules, caps or Caps(), approved, frozenset(exempt), judge, ask, only)
    try:
        return run.harvest()
    except BaseException:
        manifest.forget_names()
        raise


class _Run:
    """One harvest under way. Of the manifest it touches the names only until the tree is written."""

    def __init__(
        self,
        sandbox: Scanned,
        repo: SessionRepo,
        manifest: Manifest,
        rules: IgnoreRules,
        caps: Caps,
        approved: Container[tuple[bytes, str]],
        exempt: frozenset[bytes],
        judge: Judge | None,
        ask: Judge,
        only: Collection[bytes] | None,
    ) -> None:
        self._sandbox = sandbox
        self._repo = repo
        self._manifest = manifest
        self._rules = rules
        self._caps = caps
        self._approved = approved
        self._exempt = exempt
        self._judge = judge
        self._ask = ask
        self._only = frozenset(only) if only is not None else None
        self._format = repo.object_format
        self._usage = manifest.usage
        self._refused: dict[bytes, Standing] = {}
        self._held: dict[bytes, Held] = {}
        self._held_stamps: dict[bytes, str] = {}
        self._beside: dict[bytes, str] = {}
        self._accepted: list[Change] = []
        self._stamps: dict[bytes, Known] = {}
        # Paths that the tree keeps although the sandbox has something else, or nothing, there.
        self._kept: set[bytes] = {entry.path for entry in manifest.base.carried}
        self._kept_above: set[bytes] = {name for path in self._kept for name in prefixes(path)}

    def harvest(self) -> Harvest:
        differing, gone = self._look()
        for path in gone:
            self._delete(path)
        wanted = list(self._screen(differing))
        for stat, entry in self._content(wanted):
            self._take(stat, entry)
        tree = self._write()
        return self._finish(tree)

    # -- names and stamps

    def _look(self) -> tuple[list[StatEntry], list[bytes]]:
        known = self._manifest.known
        seen: set[bytes] = set()
        differing: list[StatEntry] = []
        limit = self._caps.entries
        for entry in self._present():
            path = entry.path
            seen.add(path)
            if len(seen) > limit:
                raise BoundaryViolation(
                    f"the workspace has more than {limit:,} entries",
                    hint="a command flooded it; the session goes on from its last checkpoint",
                )
            was = known.get(path)
            if was is None or was.stamp != entry.stamp or was.kind is not entry.kind:
                differing.append(entry)
        gone = known.keys() - seen if self._only is None else (known.keys() & self._only) - seen
        untracked = [e.path for e in differing if e.path not in known and e.path not in self._manifest.base.items]
        # Until something of it is taken over, or held.
        self._beside = {entry.path: entry.stamp for entry in differing}
        skipped = self._rules.ignored(untracked)
        differing = [entry for entry in differing if entry.path not in skipped]
        differing.sort(key=lambda entry: entry.path)
        return differing, sorted(gone)

    def _present(self) -> Iterable[StatEntry]:
        """What is there, of everything or of the paths that were asked about."""
        if self._only is None:
            return self._sandbox.scan()
        found = (self._sandbox.stat(os.fsdecode(path)) for path in sorted(self._only))
        return (entry for entry in found if entry is not None and entry.what != "directory")

    def _delete(self, path: bytes) -> None:
        was = self._manifest.known[path]
        change = Change(path=path, before=Before(kind=was.kind, oid=was.oid), after=None)
        if not self._settle(change, stamp="gone", size=-1):
            self._keep(path)

    def _keep(self, path: bytes) -> None:
        self._kept.add(path)
        self._kept_above.update(prefixes(path))

    def _screen(self, differing: list[StatEntry]) -> Iterator[StatEntry]:
        """What is worth fetching; the rest is refused by what it is."""
        expected = self._usage
        for entry in differing:
            if nested := _nested_repository(entry.path):
                self._refuse(nested, "", "a repository's own directory, which never leaves the sandbox")
                continue
            reason = self._unfit(entry)
            if reason is None:
                # A flood is refused by count and size, before anything of it is read. Only files that are surely new
                # are refused here: of the others the content decides.
                new = entry.path not in self._manifest.known and entry.path not in self._manifest.base.items
                before = self._manifest.changed.get(entry.path)
                adds = entry.size - max(before or 0, 0) if new or before is not None else 0
                reason = self._caps.check_usage(expected, creates=True, adds=adds) if new else None
                if reason is None:
                    expected = attrs.evolve(
                        expected, created=expected.created + new, total_bytes=expected.total_bytes + adds
                    )
            if reason is None:
                yield entry
            else:
                self._refuse(entry.path, entry.stamp, reason)

    def _unfit(self, entry: StatEntry) -> str | None:
        path = entry.path
        if entry.kind is None:
            return entry.what or "neither a file nor a link"
        if reason := check_path(path):
            return reason
        if fold_key(path.split(b"/", 1)[0]) == b".orion":
            return "Orion's own settings, which no agent writes"
        if entry.links > 1 and entry.kind is not EntryKind.SYMLINK:
            return f"a hard link: one file under {entry.links} names"
        if path in self._kept or path in self._kept_above or not self._kept.isdisjoint(prefixes(path)):
            return "in the place of something that is read-only here, or could not be deleted"
        return None if entry.kind is EntryKind.SYMLINK else self._caps.check_size(entry.size)

    # -- content

    def _content(self, wanted: list[StatEntry]) -> Iterator[tuple[StatEntry, TreeEntry]]:
        """Each entry with its content, read in portions that are bounded together."""
        portion: list[StatEntry] = []
        size = 0
        for entry in wanted:
            if portion and size + entry.size > self._caps.file_bytes:
                yield from self._fetch(portion, size)
                portion, size = [], 0
            portion.append(entry)
            size += entry.size
        if portion:
            yield from self._fetch(portion, size)

    def _fetch(self, portion: list[StatEntry], size: int) -> Iterator[tuple[StatEntry, TreeEntry]]:
        try:
            fetched = list(self._sandbox.fetch((entry.path for entry in portion), limit=size))
            if [entry.path for entry in fetched] != [entry.path for entry in portion]:
                raise BoundaryViolation("the sandbox answered with other entries than it was asked for")
        except BoundaryViolation as violation:
            if len(portion) == 1:
                self._refuse(portion[0].path, "", f"it changed while it was read: {violation.message}")
                return
            # One of them is not what it was: find out which, and let the others pass.
            for entry in portion:
                yield from self._fetch([entry], entry.size)
            return
        yield from zip(portion, fetched, strict=True)

    def _take(self, stat: StatEntry, entry: TreeEntry) -> None:
        oid = blob_id(entry.data, self._format)
        was = self._manifest.known.get(entry.path)
        if was is not None and (was.oid, was.kind) == (oid, entry.kind):
            self._stamps[entry.path] = was._replace(stamp=stat.stamp)
            return
        before = Before(kind=was.kind, oid=was.oid) if was is not None else None
        change = Change(path=entry.path, before=before, after=entry, oid=oid)
        if reason := self._unfit_content(entry):
            self._refuse(entry.path, stat.stamp, reason)
        elif self._settle(change, stamp=stat.stamp, size=len(entry.data)):
            self._stamps[entry.path] = Known(stat.stamp, entry.kind, oid, len(entry.data))

    def _unfit_content(self, entry: TreeEntry) -> str | None:
        if entry.kind is EntryKind.SYMLINK:
            return check_target(entry.path, entry.data) or leads_through(entry.path, entry.data, self._link_at)
        if reason := self._caps.check_size(len(entry.data)):
            return reason
        exempt = entry.path in self._exempt
        reason = self._caps.check_lines(entry.data, None, exempt=exempt)
        base = self._manifest.base.items.get(entry.path)
        if reason is not None and base is not None:
            reason = self._caps.check_lines(entry.data, self._repo.read_blob(base.oid), exempt=exempt)
        return reason

    def _link_at(self, path: bytes) -> bytes | None:
        known = self._manifest.known.get(path)
        if known is None or known.kind is not EntryKind.SYMLINK:
            return None
        return self._repo.read_blob(known.oid)

    # -- decisions on a whole change

    def _settle(self, change: Change, *, stamp: str, size: int) -> bool:
        """Accept, refuse or hold a change whose content is in hand."""
        reason = (self._judge(change) if self._judge is not None else None) or self._clash(change)
        usage = self._usage
        if reason is None:
            reason, usage = charge(self._manifest, self._usage, self._caps, change, size)
        if reason is not None:
            self._refuse(change.path, stamp, reason)
            return False
        question = self._ask(change) or self._held_before(change.path, stamp)
        if question is not None and (change.path, change.digest) not in self._approved:
            self._held[change.path] = Held(change=change, reason=question)
            self._held_stamps[change.path] = stamp
            return False
        self._usage = usage
        self._accepted.append(change)
        self._manifest.count(change)
        return True

    def _held_before(self, path: bytes, stamp: str) -> str | None:
        """Why a path was held, while nothing has touched it since: who agrees to a command agrees to what that did."""
        before = self._manifest.held.get(path)
        return before.reason if before is not None and before.stamp == stamp else None

    def _clash(self, change: Change) -> str | None:
        if change.after is None or change.before is not None:
            return None
        # Names count as they will be: a file may be renamed to another case.
        other = self._manifest.names(self._accepted).clash(change.path)
        return f"some file systems take it for {display_path(other)}" if other is not None else None

    def _refuse(self, path: bytes, stamp: str, reason: str) -> None:
        self._refused[path] = Standing(stamp, reason)

    # -- the result

    def _write(self) -> str:
        changes = [c.after if c.after is not None else Deletion(path=c.path) for c in self._accepted]
        return self._repo.write_tree(self._manifest.tree, changes)

    def _finish(self, tree: str) -> Harvest:
        manifest = self._manifest
        manifest.take_over(tree, self._accepted, self._stamps)
        refused = tuple(
            Refusal(path=path, reason=standing.reason, new=manifest.standing.get(path) != standing)
            for path, standing in sorted(self._refused.items())
        )
        manifest.standing = self._kept_of(manifest.standing) | self._refused
        gone = {path: seen.stamp for path, seen in self._refused.items() if seen.stamp == "gone"}
        new = self._beside.keys() - self._stamps.keys() - self._held_stamps.keys()
        manifest.beside = self._kept_of(manifest.beside) | {path: self._beside[path] for path in new} | gone
        manifest.held = self._kept_of(manifest.held) | {
            path: Standing(stamp, self._held[path].reason) for path, stamp in self._held_stamps.items()
        }
        return Harvest(
            tree=tree,
            changes=tuple(self._accepted),
            refused=refused,
            special=tuple(held for _, held in sorted(self._held.items())),
            usage=self._usage,
        )

    def _kept_of(self, known: dict[bytes, _Seen]) -> dict[bytes, _Seen]:
        """What is still known of paths that were not looked at."""
        return {} if self._only is None else {path: seen for path, seen in known.items() if path not in self._only}


def _nested_repository(path: bytes) -> bytes | None:
    """`a/.git` of `a/.git/config`: refused once, not once for every file in it."""
    before, found, _ = (b"/" + path + b"/").partition(b"/.git/")
    return (before + b"/.git")[1:] if found else None
