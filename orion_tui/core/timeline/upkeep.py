"""Carrying out what retention plans: facts from disk and store, and the hands that prune."""

import contextlib
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import NotFound, OrionError, StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.models.checkpoints import Checkpoint, checkpoint_name
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.models.trash import TrashEntry, TrashKind
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.session import machine
from orion_tui.core.store import (
    Store,
    Transaction,
    checkpoints,
    events,
    promotions,
    ref_moves,
    sessions,
    trash,
)
from orion_tui.core.timeline import names, retention
from orion_tui.core.timeline.refs import CHECKPOINTS, TRASH, carry_out, checkpoint_ref, settle
from orion_tui.core.timeline.restore import Trash
from orion_tui.core.timeline.retention import Facts, Item, SessionFact, TrashFact, What
from orion_tui.core.timeline.rollback import branch_tip

_log = logging.getLogger("orion.upkeep")

#: Seconds between two rounds in the supervisor, and before the first: one that has nothing to do ends within the hour.
EVERY = 3600.0
FIRST = 120.0
#: Bytes of a log after which it begins anew; the one before is kept.
LOG_BYTES = 50 * 1024**2
#: Seconds that `git gc` may take.
_COLLECTING = 600.0
#: Seconds that the end of the supervisor waits for a round; cut short, the next one goes on.
_PATIENCE = 10.0
#: A reference without a row is left alone this long: somebody may be about to write the row.
_GRACE = 3600.0


@attrs.frozen(kw_only=True)
class Upkeep:
    """Pruning of one person's state."""

    home: OrionHome
    store: Store
    clock: Clock

    def facts(self) -> Facts:
        """Look at everything; walks the state directory, and asks git only about what is big."""
        reader = self.store.reader()
        disk = shutil.disk_usage(self.home.root)
        orion_bytes = _size(self.home.root)
        crowded = disk.used > retention.DISK_FULL * disk.total and orion_bytes > retention.ORION_BYTES
        thrown: dict[str, list[TrashEntry]] = {}
        for entry in trash.there(reader):
            thrown.setdefault(entry.session_id, []).append(entry)
        found: list[SessionFact] = []
        last: str | None = None
        while page := sessions.page(reader, limit=500, before=last):
            last = page[-1].id
            found += [self._fact(session, thrown.get(session.id, []), crowded=crowded) for session in page]
        return Facts(
            now=self.clock.now(),
            sessions=tuple(found),
            disk_used=disk.used / disk.total if disk.total else 0.0,
            disk_bytes=disk.total,
            orion_bytes=orion_bytes,
        )

    def _fact(self, session: Session, entries: list[TrashEntry], *, crowded: bool) -> SessionFact:
        reader, place = self.store.reader(), self.home.session_repo(session.id)
        size = _size(place)
        measured = size > retention.SESSION_BYTES or crowded
        repo = None
        if measured:
            with contextlib.suppress(StateError):
                repo = session_repo.open(self.home, session.id)
        if repo is not None:
            size = max(0, size - _disk_usage(repo, session.snapshot or session.base_commit))
        return SessionFact(
            id=session.id,
            state=session.state,
            ended_at=session.finished_at or session.updated_at,
            promoted=session.state is SessionState.PROMOTED or promotions.standing(reader, session.id) is not None,
            has_repo=(place / "HEAD").is_file(),
            bytes=size,
            checkpoints=tuple((made.number, made.created_at) for made in checkpoints.all(reader, session.id)),
            trash=tuple(
                TrashFact(
                    id=entry.id,
                    kind=entry.kind,
                    thrown_at=entry.created_at,
                    bytes=_disk_usage(repo, entry.ref, session.base_commit, branch_tip(reader, session)) if repo else 0,
                )
                for entry in entries
            ),
        )

    def carry_out(self, items: Iterable[Item], *, actor: str = "orion") -> list[Item]:
        """Prune; what was. Something that meanwhile is in use again is left, and so is what fails, with a log line."""
        done: list[Item] = []
        touched: set[str] = set()
        for item in items:
            try:
                self._prune(item, actor)
            except OrionError as error:
                _log.warning("not pruned: %s of session %s: %s", item.what, item.session_id, error.message)
                continue
            done.append(item)
            touched.add(item.session_id)
        for session_id in touched:
            self._collect(session_id)
        return done

    def _prune(self, item: Item, actor: str) -> None:
        match item.what:
            case What.CHECKPOINT:
                self._forget(item, actor)
            case What.ARCHIVE:
                self._archive(item, actor)
            case What.BRANCH:
                self._throw_branch(item, actor)
            case What.TRASH:
                bin = Trash(home=self.home, store=self.store, clock=self.clock)
                entry = trash.get(self.store.reader(), item.number)
                bin.purge(entry, actor=actor, reason=item.reason)
                if entry.kind is TrashKind.SESSION:
                    self._remove(item, actor)
            case What.REPOSITORY:
                self._remove(item, actor)

    def _forget(self, item: Item, actor: str) -> None:
        def change(tx: Transaction) -> None:
            latest = checkpoints.latest(tx, item.session_id)
            if latest is None or latest.number <= item.number:
                raise StateError("the newest checkpoint stays")
            checkpoints.delete(tx, item.session_id, [item.number])
            data = {"checkpoints": [checkpoint_name(item.number)], "reason": item.reason}
            events.append(tx, item.session_id, "checkpoints.pruned", actor, data)

        self.store.transact(change)

    def _archive(self, item: Item, actor: str) -> None:
        def change(tx: Transaction) -> None:
            session = sessions.get(tx, item.session_id)
            if SessionState.ARCHIVED not in machine.LEGAL[session.state]:
                raise StateError(f"session {session.id} is {session.state.words} by now")
            sessions.set_state(tx, session.id, {session.state}, SessionState.ARCHIVED, item.reason, actor=actor)

        self.store.transact(change)

    def _throw_branch(self, item: Item, actor: str) -> None:
        """The branch becomes an entry of the trash; the repository stays as it is, and nothing is copied."""
        settle(self.home, self.store, item.session_id)
        reader = self.store.reader()
        session = sessions.get(reader, item.session_id)
        latest = checkpoints.latest(reader, session.id)
        if latest is None:
            self._remove(item, actor)  # work never began: there is nothing to keep
            return
        repo = session_repo.open(self.home, session.id)
        name = names.free(repo, trash.names(reader, session.id), self.clock.now(), latest.name)
        entry = TrashEntry(
            id=0, session_id=session.id, kind=TrashKind.SESSION, name=name, commit=branch_tip(reader, session),
            checkpoint=latest.number, step=latest.step, created_at=self.clock.now(),
            line={"session": {"state": session.state.value}, "tasks": {}, "checkpoints": []},
            summary=f"the branch of “{session.goal[:60]}”, never promoted",
        )  # fmt: skip
        repo.set_ref(entry.ref, entry.commit, old=None)
        was = repo.ref(repo.branch_ref) or ""

        def change(tx: Transaction) -> ref_moves.RefMove:
            now = sessions.get(tx, session.id)
            if now.state in machine.ACTIVE or checkpoints.latest(tx, session.id) != latest:
                raise StateError(f"session {session.id} is in use again")
            number = trash.insert(tx, entry)
            data = {"trash": number, "name": name, "reason": item.reason}
            events.append(tx, session.id, "trash.thrown", actor, data)
            return ref_moves.begin(tx, session.id, repo.branch_ref, was, "")

        carry_out(self.home, self.store, self.store.transact(change))

    def _remove(self, item: Item, actor: str) -> None:
        place = self.home.session_repo(item.session_id).parent
        data = {"reason": item.reason}
        self.store.transact(lambda tx: events.append(tx, item.session_id, "repository.removed", actor, data))
        shutil.rmtree(place, ignore_errors=True)

    def _collect(self, session_id: str) -> None:
        """References that nothing needs any more, then objects; not while somebody may work in the repository."""
        with contextlib.suppress(StateError, NotFound):
            session = sessions.get(self.store.reader(), session_id)
            if session.state in machine.ACTIVE or session.lease_owner:
                return
            repo = session_repo.open(self.home, session_id)
            self._sweep(repo)
            # What is younger may belong to work that begins at this moment.
            repo.git.status("gc", "--quiet", "--prune=1.hour.ago", timeout=_COLLECTING)

    def _sweep(self, repo: SessionRepo) -> None:
        reader = self.store.reader()
        entries = trash.there(reader, repo.session_id)
        inside = [made for made in checkpoints.all(reader, repo.session_id) if made.partial]
        inside += [Checkpoint(**kept["checkpoint"]) for entry in entries for kept in entry.line.get("checkpoints", ())]
        needed = {checkpoint_ref(made.name) for made in inside if made.partial}
        for ref, commit in repo.refs(CHECKPOINTS).items():
            if ref not in needed:
                repo.delete_ref(ref, old=commit)
        held = {entry.ref for entry in entries}
        for ref, commit in repo.refs(TRASH).items():
            written = (repo.path / ref).stat().st_mtime if (repo.path / ref).exists() else 0.0
            if ref not in held and self.clock.now() - written > _GRACE:
                repo.delete_ref(ref, old=commit)

    def rotate_logs(self) -> list[Path]:
        """Begin logs anew that grew too long; their writers append, and go on in the emptied file."""
        rotated: list[Path] = []
        with contextlib.suppress(OSError):
            for path in sorted(self.home.logs.glob("*.log")):
                if path.stat().st_size > LOG_BYTES:
                    shutil.copyfile(path, path.with_name(path.name + ".1"))
                    os.truncate(path, 0)
                    rotated.append(path)
        return rotated


def keep_up(
    home: OrionHome, store: Store, clock: Clock, stop: threading.Event, *, first: float = FIRST, every: float = EVERY
) -> None:
    """The supervisor's part: prune what is due, once an hour, until told to stop."""
    upkeep, pause = Upkeep(home=home, store=store, clock=clock), first
    while not stop.wait(pause):
        _round(upkeep)
        pause = every


def start(home: OrionHome, store: Store, clock: Clock, stop: threading.Event) -> Callable[[], None]:
    """`keep_up` in a thread of its own; what is returned waits for the round in progress once `stop` is set."""
    thread = threading.Thread(target=keep_up, args=(home, store, clock, stop), name="upkeep", daemon=True)
    thread.start()
    return lambda: thread.join(_PATIENCE)


def _round(upkeep: Upkeep) -> None:
    try:
        upkeep.rotate_logs()
        for item in upkeep.carry_out(retention.plan(upkeep.facts())):
            _log.info("pruned: %s %s of session %s: %s", item.what, item.number or "", item.session_id, item.reason)
    except OrionError as error:
        _log.error("upkeep: %s", error)
    except Exception:  # noqa: BLE001 - the outermost boundary of the thread: the next round tries again
        _log.exception("upkeep")


def _size(place: Path) -> int:
    """Bytes of all files below a place; what goes away meanwhile does not count."""
    total = 0
    for folder, _, files in os.walk(place):
        for name in files:
            with contextlib.suppress(OSError):
                total += (Path(folder) / name).lstat().st_size
    return total


def _disk_usage(repo: SessionRepo, tip: str, *without: str) -> int:
    """Bytes on disk of what is reachable from `tip` alone; 0 where git cannot tell."""
    status, said, _ = repo.git.status("rev-list", "--objects", "--disk-usage", tip, *(f"^{name}" for name in without))
    return int(said) if status == 0 else 0
