"""What to prune (SAVE-4): decided from facts alone, so that every rule of it can be tried on any facts.

Nothing that was never promoted is deleted: it goes to the trash, and from there after its time. No commit of a branch
is pruned while the branch stands; a checkpoint that goes takes its name and its record of the tasks along, no more.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import attrs

from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.trash import KEPT_FOR, TrashKind
from orion_tui.core.session import machine

HOUR, DAY = 3600.0, 86_400.0
GIB = 1024**3

#: Checkpoints of a session that stay, and of one whose work was promoted.
CHECKPOINTS = 20
CHECKPOINTS_PROMOTED = 3
#: Of those of the last day every so manieth stays.
EVERY = 5
#: Seconds after which an ended session is archived, and sessions that are not archived at the most.
ARCHIVED_AFTER = 30 * DAY
SESSIONS = 50
#: Bytes of a session's own objects; those of its base do not count.
SESSION_BYTES = 500 * 1024**2
#: A disk fuller than this is made emptier, while Orion itself holds more than so many bytes.
DISK_FULL = 0.80
ORION_BYTES = 5 * GIB

#: Ended without having been promoted; its branch may go to the trash when the person says so.
UNWANTED = frozenset({SessionState.REJECTED, SessionState.CANCELLED, SessionState.FAILED, SessionState.UNRECOVERABLE})


@attrs.frozen(kw_only=True)
class TrashFact:
    """Something in the trash."""

    id: int
    kind: TrashKind
    thrown_at: float
    #: What its purge would free, as far as known.
    bytes: int = 0


@attrs.frozen(kw_only=True)
class SessionFact:
    """A session, as far as its upkeep is concerned."""

    id: str
    state: SessionState
    #: When it ended, or changed last.
    ended_at: float
    promoted: bool
    #: Whether its repository exists, and what it holds beyond its base.
    has_repo: bool = True
    bytes: int = 0
    #: (number, made at), oldest first.
    checkpoints: tuple[tuple[int, float], ...] = ()
    trash: tuple[TrashFact, ...] = ()

    @property
    def thrown_away(self) -> bool:
        """Whether its branch lies in the trash."""
        return any(entry.kind is TrashKind.SESSION for entry in self.trash)


@attrs.frozen(kw_only=True)
class Facts:
    """Everything that counts, at one moment."""

    now: float
    sessions: tuple[SessionFact, ...]
    #: Used part of the disk that holds the state, 0 to 1, and its size in bytes.
    disk_used: float = 0.0
    disk_bytes: int = 0
    #: What all of Orion's state takes.
    orion_bytes: int = 0


class What(StrEnum):
    """Kinds of pruning, in the order in which they are carried out."""

    CHECKPOINT = "checkpoint"
    ARCHIVE = "archive"
    BRANCH = "branch"
    TRASH = "trash"
    REPOSITORY = "repository"


@attrs.frozen(kw_only=True)
class Item:
    """One thing to prune, and why."""

    what: What
    session_id: str
    #: Checkpoint or trash number; 0 for the others.
    number: int = 0
    reason: str
    bytes: int = 0


def plan(facts: Facts, *, branches: bool = False) -> tuple[Item, ...]:
    """What to prune now, in order. With `branches` also branches of ended work that nobody took, into the trash."""
    items: list[Item] = []
    archived = {item.session_id: item for item in _archives(facts)}
    for session in facts.sessions:
        items += _thin(facts.now, session)
        if (archive := archived.get(session.id)) is not None:
            items.append(archive)
        if (item := _branch(facts.now, session, archive is not None, branches)) is not None:
            items.append(item)
        items += _old_trash(facts.now, session)
        if (item := _repository(facts.now, session)) is not None:
            items.append(item)
    chosen = {(item.what, item.session_id, item.number) for item in items}
    more = [*_big_sessions(facts, chosen)]
    chosen |= {(item.what, item.session_id, item.number) for item in more}
    more += _full_disk(facts, [*items, *more], chosen)
    order = list(What)
    return tuple(sorted([*items, *more], key=lambda item: order.index(item.what)))


def keep(now: float, checkpoints: Sequence[tuple[int, float]], limit: int = CHECKPOINTS) -> set[int]:
    """Numbers of the checkpoints that stay, at most `limit` of them; all while there are no more than that.

    What goes first: of those older than a day all but the first and the last; then of those older than an hour all but
    every fifth; then the oldest. The first of all and the newest always stay.
    """
    kept = [number for number, _ in checkpoints]
    if len(kept) <= limit:
        return set(kept)
    always = {kept[0], kept[-1]} if limit > 1 else {kept[-1]}
    old = [number for number, made in checkpoints if now - made > DAY]
    ends = {old[0], old[-1]} if old else set[int]()
    day = [number for number, made in checkpoints if HOUR < now - made <= DAY and number % EVERY]
    # By number, not by place: what was every fifth once stays it, however many went in between.
    queue = [*(n for n in old if n not in ends), *day, *kept]
    for number in queue:
        if len(kept) <= limit:
            break
        if number in kept and number not in always:
            kept.remove(number)
    return set(kept)


def _thin(now: float, session: SessionFact) -> Iterable[Item]:
    promoted = session.state is SessionState.PROMOTED
    if promoted:
        stay = {number for number, _ in session.checkpoints[-CHECKPOINTS_PROMOTED:]}
        why = f"promoted: the last {CHECKPOINTS_PROMOTED} stay"
    else:
        stay = keep(now, session.checkpoints)
        why = f"more than {CHECKPOINTS} checkpoints"
    for number, _ in session.checkpoints:
        if number not in stay:
            yield Item(what=What.CHECKPOINT, session_id=session.id, number=number, reason=why)


def _archives(facts: Facts) -> Iterable[Item]:
    """Ended sessions whose time is over, and the oldest ended ones beyond the number that is kept."""
    standing = [s for s in facts.sessions if s.state not in {SessionState.ARCHIVED, SessionState.REJECTED}]
    may = sorted(
        (s for s in standing if SessionState.ARCHIVED in machine.LEGAL[s.state]), key=lambda s: (s.ended_at, s.id)
    )
    too_many = len(standing) - SESSIONS
    for place, session in enumerate(may):
        if facts.now - session.ended_at > ARCHIVED_AFTER:
            yield Item(what=What.ARCHIVE, session_id=session.id, reason="ended more than 30 days ago")
        elif place < too_many:
            yield Item(what=What.ARCHIVE, session_id=session.id, reason=f"more than {SESSIONS} sessions")


def _branch(now: float, session: SessionFact, archiving: bool, asked: bool) -> Item | None:
    """Work that was never promoted goes to the trash when its session is put away."""
    if session.promoted or session.thrown_away or not session.has_repo:
        return None
    old = now - session.ended_at > ARCHIVED_AFTER
    if archiving:
        why = "never promoted, and its session is archived"
    elif session.state is SessionState.REJECTED and old:
        why = "rejected more than 30 days ago"
    elif asked and session.state in UNWANTED:
        why = f"{session.state}, never promoted"
    else:
        return None
    return Item(what=What.BRANCH, session_id=session.id, reason=why)


def _old_trash(now: float, session: SessionFact) -> Iterable[Item]:
    for entry in session.trash:
        if now - entry.thrown_at > KEPT_FOR:
            yield Item(
                what=What.TRASH, session_id=session.id, number=entry.id, bytes=entry.bytes,
                reason="in the trash for more than 30 days",
            )  # fmt: skip


def _repository(now: float, session: SessionFact) -> Item | None:
    """What an archived, promoted session leaves: all of it is in the person's repository."""
    gone = session.state is SessionState.ARCHIVED and session.promoted and not session.trash
    if gone and session.has_repo and now - session.ended_at > ARCHIVED_AFTER:
        return Item(what=What.REPOSITORY, session_id=session.id, bytes=session.bytes, reason="promoted and archived")
    return None


def _big_sessions(facts: Facts, chosen: set[tuple[What, str, int]]) -> Iterable[Item]:
    """Trash of a session that is too big, oldest first, as long as it is."""
    for session in facts.sessions:
        size = session.bytes
        for entry in sorted(session.trash, key=lambda entry: entry.thrown_at):
            # The only copy of a session's work does not go for its size.
            if size <= SESSION_BYTES or entry.kind is TrashKind.SESSION:
                break
            size -= entry.bytes
            if (What.TRASH, session.id, entry.id) not in chosen:
                yield Item(
                    what=What.TRASH, session_id=session.id, number=entry.id, bytes=entry.bytes,
                    reason="its session holds more than 500 MB",
                )  # fmt: skip


def _full_disk(facts: Facts, planned: Sequence[Item], chosen: set[tuple[What, str, int]]) -> Iterable[Item]:
    """Trash, oldest first, then what archived sessions left, while the disk is full and Orion holds much of it."""
    orion = facts.orion_bytes - sum(item.bytes for item in planned)
    used = facts.disk_used * facts.disk_bytes - sum(item.bytes for item in planned)
    entries = sorted(
        ((entry.thrown_at, session, entry) for session in facts.sessions for entry in session.trash),
        key=lambda row: (row[0], row[2].id),
    )
    candidates = [
        Item(what=What.TRASH, session_id=session.id, number=entry.id, bytes=entry.bytes, reason="the disk is full")
        for _, session, entry in entries
    ]
    candidates += [
        Item(what=What.REPOSITORY, session_id=session.id, bytes=session.bytes, reason="the disk is full")
        for session in sorted(facts.sessions, key=lambda session: session.ended_at)
        if session.state is SessionState.ARCHIVED and session.promoted and session.has_repo
    ]
    for item in candidates:
        if used <= DISK_FULL * facts.disk_bytes or orion <= ORION_BYTES:
            return
        if (item.what, item.session_id, item.number) not in chosen:
            orion -= item.bytes
            used -= item.bytes
            yield item
