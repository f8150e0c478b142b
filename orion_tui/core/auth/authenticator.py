"""The one that front ends ask: is a credential set up, set one up, is this the person?

A credential is a record in the vault (hash and a random id) plus a counter in the store under that id plus one line in
the store's `meta` that says which id is enrolled, and a mark beside the choice of vault. All belong together: a record
without its counter is locked, an enrolled id or a mark without the record is an error and never "not set up yet", so
deleting files does not open a way to set a new PIN.
Nothing here is ever given a PIN to keep: it is hashed or compared, and in no event, message or attribute.
"""

import contextlib
import json
import secrets
from collections.abc import Callable

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import (
    AuthError,
    LockedOut,
    NotEnrolled,
    VaultDamaged,
    VaultError,
    WrongCredential,
)
from orion_tui.base.paths import OrionHome
from orion_tui.core.auth import entries, lockout, pin
from orion_tui.core.auth.vault import Vault, VaultChoice, choose, chosen, is_enrolled, open_vault, vault_lock
from orion_tui.core.store import Store, Transaction, counters, events, meta
from orion_tui.roles.schema import AuthMethod

#: What the PIN is filed under in a vault.
PIN_ENTRY = "pin"
_META = "auth.pin"

_NO_TOTP = "this role asks for TOTP, which this version cannot verify yet"
_NO_TOTP_HINT = "use a role with `auth_method: pin`, or set that in a copy of this role"


@attrs.frozen(kw_only=True)
class AuthStatus:
    """What is set up, for showing. Cheap: neither vault nor keychain is opened for it."""

    #: Methods with a credential.
    methods: tuple[AuthMethod, ...]
    #: Wall-clock end of the lock in force; None when there is none.
    locked_until: float | None
    #: Where credentials are kept; None before a person chose.
    vault: VaultChoice | None
    #: `unlock` must be called before a credential can be set or verified.
    needs_passphrase: bool


@attrs.frozen(kw_only=True)
class _Record:
    """What the vault keeps of a PIN."""

    id: str
    hash: str = attrs.field(repr=False)

    @property
    def counter(self) -> str:
        return _counter_key(self.id)

    def text(self) -> str:
        return json.dumps({"v": 1, "id": self.id, "hash": self.hash})

    @classmethod
    def parse(cls, text: str) -> "_Record":
        try:
            data = json.loads(text)
            if data["v"] != 1 or not isinstance(data["id"], str) or not isinstance(data["hash"], str) or not data["id"]:
                raise ValueError
            return cls(id=data["id"], hash=data["hash"])
        except (ValueError, KeyError, TypeError):
            raise VaultDamaged("the PIN's record in the vault cannot be read") from None


class Authenticator:
    """PIN authentication of one Orion home. Any thread may use it; checking a PIN takes a fraction of a second."""

    def __init__(
        self, home: OrionHome, store: Store, clock: Clock, *, boot_id: Callable[[], str] = lockout.boot_id
    ) -> None:
        self._home = home
        self._store = store
        self._clock = clock
        self._boot_id = boot_id
        self._vaults: dict[VaultChoice, Vault] = {}

    def status(self) -> AuthStatus:
        """What is set up. Raises VaultDamaged when the choice of vault cannot be read."""
        enrolled = self._enrolled_id()
        vault = chosen(self._home)
        until = None
        if enrolled:
            until = lockout.until(self._store.reader(), _counter_key(enrolled), self._now())
        return AuthStatus(
            # With the mark alone the database was lost, not the PIN. Without a mark (before there was one) the choice
            # says as much, unless it was made for something else.
            methods=(AuthMethod.PIN,) if enrolled or (vault and self._is_marked()) else (),
            locked_until=until,
            vault=vault,
            needs_passphrase=vault is VaultChoice.PASSPHRASE and vault not in self._vaults,
        )

    def obstacles(self, method: AuthMethod) -> tuple[str, ...]:
        """Why no credential of that method could be verified now, for people; empty when one could be, or set up."""
        if method is AuthMethod.TOTP:
            return (f"{_NO_TOTP}; {_NO_TOTP_HINT}",)
        try:
            until = self.status().locked_until
        except VaultError as error:
            return (error.message,)
        return () if until is None else (f"the PIN is locked for another {_minutes(until - self._clock.now())}",)

    def unlock(self, passphrase: str, choice: VaultChoice = VaultChoice.PASSPHRASE) -> None:
        """Open the passphrase vault for as long as this object lives; the first time, the one about to be made.

        Raises WrongPassphrase, VaultDamaged, VaultError.
        """
        vault = open_vault(self._home, choice, passphrase=passphrase)
        vault.get(PIN_ENTRY)
        self._vaults[choice] = vault

    def enroll_pin(self, new: str, *, current: str | None, vault: VaultChoice) -> None:
        """Set the PIN, or change it or where it is kept. The first one needs nothing, every other the `current` one.

        `new` was asked for twice by the caller. Raises UsageError for what cannot be a PIN (`pin.check`), VaultError
        when that vault cannot be used, and what `verify` raises for `current`. The old PIN counts until the new one
        is in place.
        """
        pin.check(new)
        with vault_lock(self._home, "enrol.lock"):
            place = self._vault(vault)
            # Where the note of the choice was lost, or the whole directory, the record may stand where it always did.
            left = place.get(PIN_ENTRY) if chosen(self._home) is None else None
            old = _Record.parse(left) if left is not None else self._current_record()
            if old is not None:
                if current is None:
                    raise AuthError("a PIN is set already: changing it needs the current one")
                self._check(old, current)
            self._put_in_place(new, place, old)

    def verify(self, method: AuthMethod | str, secret: str) -> None:
        """Return when `secret` is the person's; the attempt is counted on disk before it is looked at.

        Raises WrongCredential (says how many attempts are left), LockedOut (says for how long; even for the right
        PIN), NotEnrolled, VaultError, and AuthError for TOTP, which cannot be verified yet.
        """
        if AuthMethod(method) is AuthMethod.TOTP:
            raise AuthError(_NO_TOTP, hint=_NO_TOTP_HINT)
        record = self._current_record()
        if record is None:
            raise NotEnrolled("no PIN is set yet", hint="run: orion auth set")
        self._check(record, secret)

    def _check(self, record: _Record, secret: str) -> None:
        attempt = self._store.transact(lambda tx: self._count(tx, record))
        if not attempt.granted:
            raise _locked_out(attempt)
        # Something that cannot be a PIN is a wrong one, and was counted: no oracle for the form.
        if not (secret.isascii() and secret.isdigit() and len(secret) <= 8 and pin.verify(record.hash, secret)):
            self._store.transact(lambda tx: self._tell_wrong(tx, attempt))
            raise _wrong(attempt)
        self._store.transact(lambda tx: self._settle(tx, record))
        if (kept := chosen(self._home)) is not None and not is_enrolled(self._home):
            with contextlib.suppress(VaultError):
                choose(self._home, kept, enrolled=True)
        if pin.needs_rehash(record.hash):
            # A vault that cannot be written to now is no reason to turn a right PIN away.
            with contextlib.suppress(VaultError):
                renewed = attrs.evolve(record, hash=pin.hash_pin(secret))
                self._vault(None).set(PIN_ENTRY, renewed.text())

    def _count(self, tx: Transaction, record: _Record) -> lockout.Attempt:
        attempt = lockout.begin(tx, record.counter, self._now())
        if attempt.missing:
            meta.put(tx, _META, record.id)
            data = {"method": "pin", "seconds": attempt.locked_seconds, "reason": "the counter is missing"}
            events.append(tx, "", "auth.locked", "aegis", data)
        elif not attempt.granted:
            events.append(tx, "", "auth.refused", "aegis", {"method": "pin", "seconds": attempt.locked_seconds})
        return attempt

    def _tell_wrong(self, tx: Transaction, attempt: lockout.Attempt) -> None:
        events.append(tx, "", "auth.failed", "user", {"method": "pin", "left": attempt.left})
        if not attempt.left:
            data = {"method": "pin", "seconds": attempt.locked_seconds, "reason": "too many wrong attempts"}
            events.append(tx, "", "auth.locked", "aegis", data)

    def _settle(self, tx: Transaction, record: _Record) -> None:
        lockout.succeed(tx, record.counter)
        # Mends what a crash between the steps of `_put_in_place` left open.
        meta.put(tx, _META, record.id)
        events.append(tx, "", "auth.verified", "user", {"method": "pin"})

    def _put_in_place(self, new: str, place: Vault, old: _Record | None) -> None:
        """Counter, then record, then the note of which counts: cut off anywhere, the old or the new PIN works."""
        record = _Record(id=secrets.token_hex(16), hash=pin.hash_pin(new))
        self._store.transact(lambda tx: counters.save(tx, lockout.fresh(record.counter)))
        previous = chosen(self._home)
        if previous is None:
            choose(self._home, place.choice)
        place.set(PIN_ENTRY, record.text())
        if previous in {None, place.choice}:
            choose(self._home, place.choice, enrolled=True)
        moved = entries.names(self._store.reader()) if previous not in {None, place.choice} else ()
        if previous is not None and previous is not place.choice:
            # What else is in the vault comes along before anybody looks for it in the new one.
            for name in moved:
                if (value := self._vault(previous).get(name)) is not None:
                    place.set(name, value)
            choose(self._home, place.choice, enrolled=True)

        def note(tx: Transaction) -> None:
            meta.put(tx, _META, record.id)
            if old is not None:
                counters.delete(tx, old.counter)
            what = "auth.changed" if old is not None else "auth.enrolled"
            events.append(tx, "", what, "user", {"method": "pin", "vault": place.choice.value})

        self._store.transact(note)
        if previous is not None and previous is not place.choice:
            for name in (PIN_ENTRY, *moved):
                with contextlib.suppress(VaultError):
                    self._vault(previous).delete(name)

    def _is_marked(self) -> bool:
        return is_enrolled(self._home) or not entries.chosen_without_pin(self._store.reader())

    def _current_record(self) -> _Record | None:
        """The record that counts; None before the first PIN.

        Raises VaultError when a PIN was set and its record, or the note of where it is, is gone.
        """
        enrolled = self._enrolled_id()
        if chosen(self._home) is None and not enrolled:
            return None
        text = None if chosen(self._home) is None else self._vault(None).get(PIN_ENTRY)
        if text is not None:
            return _Record.parse(text)
        if enrolled or is_enrolled(self._home):
            raise VaultError("a PIN was set, and the vault does not hold it any more", hint=self._way_out())
        return None

    def _way_out(self) -> str:
        return (
            f"put {self._home.vault} back from a copy; without one, a new PIN needs a new state directory "
            "(ORION_HOME), for nothing sets it here without the old one"
        )

    def _enrolled_id(self) -> str:
        return meta.get(self._store.reader(), _META) or ""

    def _vault(self, choice: VaultChoice | None) -> Vault:
        wanted = choice or chosen(self._home)
        if wanted is not None and (opened := self._vaults.get(wanted)):
            return opened
        vault = open_vault(self._home, wanted)
        if vault.choice is not VaultChoice.PASSPHRASE:
            self._vaults[vault.choice] = vault
        return vault

    def _now(self) -> lockout.Moment:
        return lockout.Moment.of(self._clock, self._boot_id())


def _counter_key(record_id: str) -> str:
    return f"pin:{record_id}"


def _minutes(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = -(-int(seconds) // 60)
    return f"{minutes} min"


def _wrong(attempt: lockout.Attempt) -> WrongCredential:
    if not attempt.left:
        return WrongCredential(f"wrong PIN; that was the last attempt: locked for {_minutes(attempt.locked_seconds)}")
    tries = "1 attempt is" if attempt.left == 1 else f"{attempt.left} attempts are"
    return WrongCredential(f"wrong PIN; {tries} left before a lock")


def _locked_out(attempt: lockout.Attempt) -> LockedOut:
    wait = _minutes(attempt.locked_seconds)
    if attempt.missing:
        return LockedOut(
            f"the record of earlier attempts is missing, so the PIN is locked for {wait}",
            hint="after that it can be tried again as usual; the state directory was emptied or exchanged",
        )
    return LockedOut(f"too many wrong attempts: locked for another {wait}", hint="the right PIN is refused, too")
