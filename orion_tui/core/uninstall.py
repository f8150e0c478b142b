"""Everything Orion made on this machine, listed and removed; what belongs to the user is told, never touched.

Only names that Orion itself gives are removed from the state directory, never the directory as a whole: `ORION_HOME`
may name a place that holds other things.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

from orion_tui import __version__
from orion_tui.base.errors import Busy, OrionError, StateError, StoreError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.sandbox import leftovers
from orion_tui.core.service import install as service
from orion_tui.core.service import unit
from orion_tui.core.session import launch, lock, machine
from orion_tui.core.session.leaving import Tell, unheard
from orion_tui.core.session.status import LOCK
from orion_tui.core.store import Store, sessions

#: Names that Orion gives in its state directory, in the order they go: the store last but for the locks, so that an
#: uninstall that was interrupted can be run again and still knows everything.
_OWN = (
    ("cache", "what can be made again"),
    ("clipboard", "what you copied in the application"),
    ("demo", "the demonstration's repository"),
    ("sessions", "the work of sessions, as bare repositories"),
    ("backups", "copies of the store"),
    ("damaged*", "damaged stores that were set aside"),
    ("vault", "the encrypted credential file"),
    ("roles", "your roles"),
    (".env", "keys for models"),
    ("settings.yaml", "settings"),
    ("secrets_allowlist.yaml", "secrets that you allowed"),
    ("logs", "what the supervisor said"),
    ("orion.db*", "sessions, plans, approvals, history"),
    ("orion.restored", "a restore that was interrupted"),
    ("run", "locks and sockets"),
)


#: Where promotions and sessions may have left references in a user's repository.
_REFERENCES = ("refs/tags/orion-pre-promote", "refs/tags/orion-post-promote", "refs/heads/orion-ara")


@attrs.frozen(kw_only=True)
class Item:
    """One thing that Orion made."""

    #: "service", "sandbox", "credential" or "state".
    kind: str
    name: str
    what: str
    #: Bytes on disk; 0 where unknown.
    size: int
    remove: Callable[[], None]


@attrs.frozen(kw_only=True)
class Inventory:
    """What is there, and what should be known before it goes."""

    items: tuple[Item, ...]
    #: Sessions at work, as `id: goal`.
    running: tuple[str, ...] = ()
    #: Sessions whose work was not taken over and is lost with them, as `id: goal`.
    unpromoted: tuple[str, ...] = ()
    #: References in the user's repositories that stay: `path: refs`.
    kept: tuple[str, ...] = ()
    #: Images that other state directories use too and that stay.
    images: tuple[str, ...] = ()
    #: Names in the state directory that are not Orion's and stay.
    foreign: tuple[str, ...] = ()


def inventory(home: OrionHome, environ: Mapping[str, str] = os.environ, *, keep_roles: bool = False) -> Inventory:
    """Look at everything; nothing is changed. Raises UsageError when the place cannot be Orion's own."""
    _check_place(home)
    items = [*_service(home, environ), *_sandboxes(home), *_credentials(home)]
    found, foreign = _state(home, keep_roles)
    running, unpromoted, kept = _sessions(home)
    return Inventory(
        items=(*items, *found),
        running=running,
        unpromoted=unpromoted,
        kept=kept,
        images=leftovers.shared(),
        foreign=foreign,
    )


def uninstall(
    home: OrionHome,
    environ: Mapping[str, str] = os.environ,
    *,
    force: bool = False,
    keep_roles: bool = False,
    tell: Tell = unheard,
) -> list[str]:
    """Remove everything that `inventory` lists; what could not be removed, with the reason.

    Raises Busy while sessions run (unless `force`: then they finish their step and end) or another Orion works.
    """
    found = inventory(home, environ, keep_roles=keep_roles)
    if found.running and not force:
        raise Busy(
            f"{len(found.running)} session{'s' if len(found.running) > 1 else ''} at work",
            hint="let them end, or cancel them; with --force they are stopped and removed as they are",
            problems=found.running,
        )
    if home.run.is_dir():
        launch.stop(home, timeout=launch.DRAIN_WAIT, tell=tell)
    problems: list[str] = []
    with contextlib.ExitStack() as stack:
        if home.run.is_dir():
            # Whoever would start a supervisor now finds one.
            stack.enter_context(lock.hold(home.run / LOCK, __version__))
        for item in found.items:
            try:
                item.remove()
            except OrionError as error:
                problems.append(f"{item.name}: {error.message}")
            except OSError as error:
                problems.append(f"{item.name}: {error.strerror}")
            else:
                tell(f"removed {item.name}")
        if not problems:
            with contextlib.suppress(OSError):  # what is not Orion's keeps it there
                home.root.rmdir()
    return problems


def _check_place(home: OrionHome) -> None:
    root = home.root.resolve()
    mine = Path(os.environ.get("HOME", "/")).resolve()
    if mine.is_relative_to(root) or (root / ".git").exists():
        raise UsageError(
            f"{home.root} holds more than Orion's state, so nothing is removed from it",
            hint="remove by hand what Orion made there: see docs/guide.md, “Where things are”",
        )
    if home.root.exists() and home.root.stat().st_uid != os.geteuid():
        raise StateError(f"{home.root} belongs to another user")


def _service(home: OrionHome, environ: Mapping[str, str]) -> Iterator[Item]:
    path = unit.path_of(home, environ)
    if unit.look(path) is not unit.Found.NOTHING:

        def remove() -> None:
            service.uninstall(home, environ)

        yield Item(kind="service", name=str(path), what="the systemd service", size=path.stat().st_size, remove=remove)


def _sandboxes(home: OrionHome) -> Iterator[Item]:
    for leftover in leftovers.find(home):
        yield Item(kind="sandbox", name=leftover.name, what="", size=leftover.size, remove=leftover.remove)


def _credentials(home: OrionHome) -> Iterator[Item]:
    from orion_tui.core.auth.authenticator import PIN_ENTRY
    from orion_tui.core.auth.vault import VaultChoice, chosen

    try:
        if chosen(home) is not VaultChoice.KEYCHAIN:
            return
    except OrionError:
        return

    names = (PIN_ENTRY, *_noted(home))

    def remove() -> None:
        from orion_tui.core.auth.keychain import KeyringVault, find_backend

        vault = KeyringVault(home, find_backend())
        for name in names:
            vault.delete(name)

    what = f"{len(names)} entries" if len(names) > 1 else "the hash of your PIN"
    yield Item(kind="credential", name="Orion's entries in the system keychain", what=what, size=0, remove=remove)


def _noted(home: OrionHome) -> tuple[str, ...]:
    """What else was put into the vault: keys of model providers. None is known where the store cannot be read."""
    from orion_tui.core.auth import entries

    if not home.database.exists():
        return ()
    try:
        with Store.open(home.database) as store:
            return entries.names(store.reader())
    except StoreError:
        return ()


def _state(home: OrionHome, keep_roles: bool) -> tuple[list[Item], tuple[str, ...]]:
    if not home.root.is_dir():
        return [], ()
    items: list[Item] = []
    known: set[Path] = set()
    for pattern, what in _OWN:
        for path in sorted(home.root.glob(pattern)):
            known.add(path)
            if keep_roles and path == home.roles:
                continue
            items.append(
                Item(
                    kind="state",
                    name=str(path),
                    what=what,
                    size=_size(path),
                    remove=lambda path=path: _remove(path),
                )
            )
    kept = {home.roles} if keep_roles and home.roles.exists() else set[Path]()
    foreign = tuple(sorted(str(path) for path in {*home.root.iterdir()} - known | kept))
    return items, foreign


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(folder) / name).lstat().st_size
    return total


def _remove(path: Path) -> None:
    # A link that somebody put there is removed itself, never what it points to.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sessions(home: OrionHome) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """At work, not taken over, and the references that promotions left in the user's repositories."""
    if not home.database.exists():
        return (), (), ()
    try:
        with Store.open(home.database) as store:
            all_of_them = sessions.page(store.reader(), limit=10_000)
    except StoreError:  # a damaged store is removed like any other
        return (), (), ()
    supervised = launch.status(home).running
    at_work = {SessionState.RUNNING, SessionState.PLANNING}
    running = tuple(f"{s.id}: {s.goal}" for s in all_of_them if supervised and s.state in at_work and s.lease_owner)
    unpromoted = tuple(
        f"{s.id}: {s.goal}"
        for s in all_of_them
        if s.tasks_done and (s.state in machine.REVIEWABLE or s.state in machine.ACTIVE)
    )
    places = sorted({s.workspace for s in all_of_them} - {str(home.root / "demo" / "tidepool")})
    return running, unpromoted, tuple(line for place in places if (line := _references(Path(place))))


def _references(workspace: Path) -> str:
    """`path: 2 tags, 1 branch`, for a repository that holds references of Orion's; empty where it holds none."""
    from orion_tui.core.repo.git import Git

    try:
        listed = Git.user(workspace).text("for-each-ref", "--format=%(refname)", *_REFERENCES)
    except OrionError:
        return ""
    names = [name.removeprefix("refs/").partition("/")[2] for name in str(listed).splitlines()]
    return f"{workspace}: {', '.join(names)}" if names else ""
