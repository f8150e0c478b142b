import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from orion_tui.base.clock import FixedClock, SystemClock
from orion_tui.base.errors import (
    AuthError,
    LockedOut,
    NotEnrolled,
    OrionError,
    UsageError,
    VaultError,
    WrongCredential,
    WrongPassphrase,
)
from orion_tui.base.paths import OrionHome
from orion_tui.core.auth import pin
from orion_tui.core.auth.authenticator import Authenticator
from orion_tui.core.auth.file_vault import FileVault
from orion_tui.core.auth.vault import VaultChoice, choose, is_enrolled
from orion_tui.core.store import Store, counters, events
from orion_tui.roles.schema import AuthMethod

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("cheap_hashes")]

PIN = "274911"
WRONG = "835206"
KEY_VAULT = VaultChoice.MACHINE_KEY


def of(home: OrionHome, store: Store, clock: FixedClock, boot: str = "boot-one") -> Authenticator:
    return Authenticator(home, store, clock, boot_id=lambda: boot)


@pytest.fixture
def auth(orion_home: OrionHome, store: Store, clock: FixedClock) -> Authenticator:
    return of(orion_home, store, clock)


@pytest.fixture
def enrolled(auth: Authenticator) -> Authenticator:
    auth.enroll_pin(PIN, current=None, vault=KEY_VAULT)
    return auth


def lock(auth: Authenticator) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredential):
            auth.verify("pin", WRONG)


def count_checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    checked: list[str] = []
    real = pin.verify

    def verify(stored: str, candidate: str) -> bool:
        checked.append(candidate)
        return real(stored, candidate)

    monkeypatch.setattr(pin, "verify", verify)
    return checked


# Setting up


def test_before_the_first_pin_nothing_verifies(auth: Authenticator) -> None:
    assert auth.status().methods == ()
    assert auth.status().vault is None
    with pytest.raises(NotEnrolled, match="no PIN is set"):
        auth.verify(AuthMethod.PIN, PIN)


def test_the_first_pin_is_free_and_then_it_is_the_one(enrolled: Authenticator) -> None:
    enrolled.verify("pin", PIN)
    with pytest.raises(WrongCredential, match="4 attempts are left"):
        enrolled.verify("pin", WRONG)
    status = enrolled.status()
    assert (status.methods, status.vault, status.locked_until) == ((AuthMethod.PIN,), KEY_VAULT, None)


@pytest.mark.parametrize("bad", ["123456", "12345", "abcdef"])
def test_what_cannot_be_a_pin_changes_nothing(auth: Authenticator, orion_home: OrionHome, bad: str) -> None:
    with pytest.raises(UsageError):
        auth.enroll_pin(bad, current=None, vault=KEY_VAULT)
    assert auth.status().methods == ()
    assert list(orion_home.vault.iterdir()) == []


def test_changing_the_pin_needs_the_current_one(enrolled: Authenticator) -> None:
    with pytest.raises(AuthError, match="needs the current one"):
        enrolled.enroll_pin("940217", current=None, vault=KEY_VAULT)
    with pytest.raises(WrongCredential):
        enrolled.enroll_pin("940217", current=WRONG, vault=KEY_VAULT)
    enrolled.verify("pin", PIN)
    enrolled.enroll_pin("940217", current=PIN, vault=KEY_VAULT)
    enrolled.verify("pin", "940217")
    with pytest.raises(WrongCredential):
        enrolled.verify("pin", PIN)


def test_guessing_through_a_change_of_pin_is_counted(enrolled: Authenticator) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredential):
            enrolled.enroll_pin("940217", current=WRONG, vault=KEY_VAULT)
    with pytest.raises(LockedOut):
        enrolled.enroll_pin("940217", current=PIN, vault=KEY_VAULT)


def test_without_a_keychain_it_is_refused_and_nothing_is_set_up(auth: Authenticator, orion_home: OrionHome) -> None:
    with pytest.raises(VaultError, match="no system keychain"):
        auth.enroll_pin(PIN, current=None, vault=VaultChoice.KEYCHAIN)
    assert auth.status().vault is None
    assert not (orion_home.vault / "choice").exists()


def test_the_passphrase_vault_must_be_unlocked_in_each_process(
    auth: Authenticator, orion_home: OrionHome, store: Store, clock: FixedClock
) -> None:
    auth.unlock("a long walk by the sea")
    auth.enroll_pin(PIN, current=None, vault=VaultChoice.PASSPHRASE)
    auth.verify("pin", PIN)
    later = of(orion_home, store, clock)
    assert later.status().needs_passphrase
    with pytest.raises(VaultError, match="passphrase is needed"):
        later.verify("pin", PIN)
    with pytest.raises(WrongPassphrase):
        later.unlock("a short walk by the sea")
    assert later.status().needs_passphrase
    later.unlock("a long walk by the sea")
    assert not later.status().needs_passphrase
    later.verify("pin", PIN)


def test_moving_to_another_vault_leaves_nothing_in_the_old_one(enrolled: Authenticator, orion_home: OrionHome) -> None:
    enrolled.unlock("a long walk by the sea")
    enrolled.enroll_pin("940217", current=PIN, vault=VaultChoice.PASSPHRASE)
    enrolled.verify("pin", "940217")
    assert enrolled.status().vault is VaultChoice.PASSPHRASE
    assert FileVault(orion_home, KEY_VAULT).get("pin") is None


# The lock


def test_five_wrong_lock_and_the_right_one_is_not_even_looked_at(
    enrolled: Authenticator, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = count_checks(monkeypatch)
    lock(enrolled)
    with pytest.raises(LockedOut, match="another 5 min"):
        enrolled.verify("pin", PIN)
    assert checked == [WRONG] * 5
    assert enrolled.status().locked_until == clock.now() + 300
    clock.advance(300)
    enrolled.verify("pin", PIN)
    assert enrolled.status().locked_until is None


def test_locks_double_until_the_right_pin_comes(enrolled: Authenticator, clock: FixedClock) -> None:
    minutes: list[float] = []
    for _ in range(6):
        lock(enrolled)
        until = enrolled.status().locked_until
        assert until is not None
        minutes.append((until - clock.now()) / 60)
        clock.advance(until - clock.now())
    assert minutes == [5, 10, 20, 40, 60, 60]
    enrolled.verify("pin", PIN)
    lock(enrolled)
    with pytest.raises(LockedOut, match="another 5 min"):
        enrolled.verify("pin", PIN)


def test_the_right_pin_forgets_the_wrong_ones(enrolled: Authenticator) -> None:
    for _ in range(4):
        for _ in range(4):
            with pytest.raises(WrongCredential):
                enrolled.verify("pin", WRONG)
        enrolled.verify("pin", PIN)


@pytest.mark.parametrize("odd", ["", "x" * 10_000, "２７４９１１", "274911\n", "\x00", "274 911", "\udcff"])
def test_what_cannot_be_a_pin_is_a_wrong_one_and_counts(enrolled: Authenticator, odd: str) -> None:
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCredential, match=f"{left} attempt"):
            enrolled.verify("pin", odd)


def test_a_restart_keeps_the_count(orion_home: OrionHome, clock: FixedClock) -> None:
    with Store.open(orion_home.database, clock) as store:
        of(orion_home, store, clock).enroll_pin(PIN, current=None, vault=KEY_VAULT)
    for left in (4, 3, 2, 1, 0):
        with (
            Store.open(orion_home.database, clock) as store,
            pytest.raises(WrongCredential, match="last attempt" if not left else f"{left} attempt"),
        ):
            of(orion_home, store, clock).verify("pin", WRONG)
    with Store.open(orion_home.database, clock) as store, pytest.raises(LockedOut):
        of(orion_home, store, clock).verify("pin", PIN)


def test_the_wall_clock_does_not_end_a_lock(enrolled: Authenticator, clock: FixedClock) -> None:
    lock(enrolled)
    for step in (1e6, -3e6, 1e9):
        clock.step_wall(step)
        with pytest.raises(LockedOut):
            enrolled.verify("pin", PIN)
    clock.advance(300)
    enrolled.verify("pin", PIN)


def test_a_reboot_does_not_shorten_a_lock(enrolled: Authenticator, orion_home: OrionHome, store: Store) -> None:
    lock(enrolled)
    rebooted = FixedClock()
    rebooted.advance(-990)  # ten seconds after boot
    with pytest.raises(LockedOut, match="another 5 min"):
        of(orion_home, store, rebooted, "boot-two").verify("pin", PIN)
    rebooted.advance(290)
    of(orion_home, store, rebooted, "boot-two").verify("pin", PIN)


def test_a_deleted_database_locks_for_the_longest_period(
    orion_home: OrionHome, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(orion_home.database, clock) as store:
        of(orion_home, store, clock).enroll_pin(PIN, current=None, vault=KEY_VAULT)
        of(orion_home, store, clock).verify("pin", PIN)
    for path in orion_home.root.glob("orion.db*"):
        path.unlink()
    checked = count_checks(monkeypatch)
    with Store.open(orion_home.database, clock) as store:
        auth = of(orion_home, store, clock)
        assert auth.status().methods == (AuthMethod.PIN,), "the PIN is not forgotten with the database"
        with pytest.raises(AuthError, match="needs the current one"):
            auth.enroll_pin("940217", current=None, vault=KEY_VAULT)
        with pytest.raises(LockedOut, match=r"record of earlier attempts is missing.*60 min"):
            auth.verify("pin", PIN)
        assert checked == []
        assert auth.status().locked_until == clock.now() + 3600
        clock.advance(3600)
        auth.verify("pin", PIN)


def test_database_and_vault_deleted_together_open_no_way_to_a_new_pin(orion_home: OrionHome, clock: FixedClock) -> None:
    with Store.open(orion_home.database, clock) as store:
        of(orion_home, store, clock).enroll_pin(PIN, current=None, vault=KEY_VAULT)
    for path in [*orion_home.root.glob("orion.db*"), *orion_home.vault.glob("*.vault")]:
        path.unlink()
    with Store.open(orion_home.database, clock) as store:
        auth = of(orion_home, store, clock)
        assert auth.status().methods == (AuthMethod.PIN,)
        with pytest.raises(VaultError) as caught:
            auth.enroll_pin("940217", current=None, vault=KEY_VAULT)
        assert "ORION_HOME" in caught.value.hint
        with pytest.raises(VaultError):
            auth.verify("pin", PIN)


def test_a_choice_made_for_something_else_lets_the_first_pin_be_set(orion_home: OrionHome, clock: FixedClock) -> None:
    """The control: keys of model providers lie in a vault before there is a PIN."""
    choose(orion_home, KEY_VAULT)
    with Store.open(orion_home.database, clock) as store:
        auth = of(orion_home, store, clock)
        auth.enroll_pin(PIN, current=None, vault=KEY_VAULT)
        auth.verify("pin", PIN)


def test_an_older_note_of_the_choice_is_marked_by_the_right_pin(enrolled: Authenticator, orion_home: OrionHome) -> None:
    (orion_home.vault / "choice").write_text("machine-key\n")
    enrolled.verify("pin", PIN)
    assert is_enrolled(orion_home)


def test_a_deleted_counter_row_locks(enrolled: Authenticator, store: Store) -> None:
    enrolled.verify("pin", PIN)
    store.transact(lambda tx: tx.run("DELETE FROM auth_counters"))
    with pytest.raises(LockedOut, match="missing"):
        enrolled.verify("pin", PIN)


def test_another_homes_database_does_not_unlock(
    enrolled: Authenticator, orion_home: OrionHome, store: Store, tmp_path: Path, clock: FixedClock
) -> None:
    """A database with a fresh counter, made elsewhere, counts another credential."""
    lock(enrolled)
    other = OrionHome(tmp_path / "other")
    other.prepare()
    with Store.open(other.database, clock) as fresh:
        of(other, fresh, clock).enroll_pin(WRONG, current=None, vault=KEY_VAULT)
    store.close()
    for path in orion_home.root.glob("orion.db*"):
        path.unlink()
    shutil.copy(other.database, orion_home.database)
    with Store.open(orion_home.database, clock) as swapped, pytest.raises(LockedOut, match="missing"):
        of(orion_home, swapped, clock).verify("pin", PIN)


def test_a_deleted_vault_does_not_open_a_way_to_a_new_pin(enrolled: Authenticator, orion_home: OrionHome) -> None:
    for name in ("choice", "machine-key.vault", "machine.key"):
        (orion_home.vault / name).unlink()
        with pytest.raises(VaultError):
            enrolled.verify("pin", PIN)
        with pytest.raises(AuthError):
            enrolled.enroll_pin("940217", current=None, vault=KEY_VAULT)


def test_a_deleted_choice_is_mended_with_the_current_pin(enrolled: Authenticator, orion_home: OrionHome) -> None:
    (orion_home.vault / "choice").unlink()
    enrolled.enroll_pin("940217", current=PIN, vault=KEY_VAULT)
    enrolled.verify("pin", "940217")


def test_an_emptied_home_does_not_orphan_a_pin_in_the_keychain(
    orion_home: OrionHome, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orion_tui.core.auth import keychain

    entries: dict[tuple[str, str], str] = {}

    class Memory:
        def get_password(self, service: str, username: str) -> str | None:
            return entries.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            entries[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del entries[service, username]

    monkeypatch.setattr(keychain, "find_backend", Memory)
    with Store.open(orion_home.database, clock) as store:
        of(orion_home, store, clock).enroll_pin(PIN, current=None, vault=VaultChoice.KEYCHAIN)
    shutil.rmtree(orion_home.root)
    orion_home.prepare()
    with Store.open(orion_home.database, clock) as store:
        auth = of(orion_home, store, clock)
        with pytest.raises(AuthError, match="needs the current one"):
            auth.enroll_pin("940217", current=None, vault=VaultChoice.KEYCHAIN)
        with pytest.raises(LockedOut):
            auth.enroll_pin("940217", current=PIN, vault=VaultChoice.KEYCHAIN)
        clock.advance(3600)
        auth.enroll_pin("940217", current=PIN, vault=VaultChoice.KEYCHAIN)
        auth.verify("pin", "940217")


# Crashes and crowds


@pytest.mark.parametrize("step", ["counter", "choice", "record", "note"])
@pytest.mark.parametrize("first", [True, False])
def test_cut_off_anywhere_the_old_or_the_new_pin_works(
    auth: Authenticator,
    store: Store,
    orion_home: OrionHome,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    first: bool,
) -> None:
    class Cut(Exception):
        pass

    if not first:
        auth.enroll_pin(PIN, current=None, vault=KEY_VAULT)
    steps = {"counter": 0, "choice": 1, "record": 2, "note": 3}
    done = 0

    def cutting(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            nonlocal done
            if steps[name] == steps[step]:
                raise Cut
            done += 1
            return real(*args, **kwargs)

        return call

    from orion_tui.core.auth import authenticator

    monkeypatch.setattr(counters, "save", cutting("counter", counters.save) if first else counters.save)
    monkeypatch.setattr(authenticator, "choose", cutting("choice", authenticator.choose))
    monkeypatch.setattr(FileVault, "set", cutting("record", FileVault.set))
    monkeypatch.setattr(authenticator.meta, "put", cutting("note", authenticator.meta.put) if first else _put(step))
    try:
        auth.enroll_pin("940217", current=None if first else PIN, vault=KEY_VAULT)
        cut = False
    except (Cut, OrionError, InterruptedError):
        cut = True
    monkeypatch.undo()
    monkeypatch.setattr(pin, "TIME_COST", 1)
    monkeypatch.setattr(pin, "MEMORY_KIB", 64)
    monkeypatch.setattr(pin, "LANES", 1)
    again = of(orion_home, store, clock)
    works = [candidate for candidate in (PIN, "940217") if _verifies(again, candidate)]
    if works:
        assert len(works) == 1
    else:
        assert first
        assert cut
        again.enroll_pin("940217", current=None, vault=KEY_VAULT)
        again.verify("pin", "940217")


def _put(step: str) -> Callable[..., None]:
    from orion_tui.core.store import meta

    real, calls = meta.put, [0]

    def put(*args: object) -> None:
        calls[0] += 1
        # The first call belongs to the check of the current PIN.
        if step == "note" and calls[0] == 2:
            raise InterruptedError
        real(*args)  # type: ignore[arg-type]

    return put


def _verifies(auth: Authenticator, candidate: str) -> bool:
    try:
        auth.verify("pin", candidate)
    except (WrongCredential, NotEnrolled):
        return False
    return True


def _guess(root: str, number: int, ready: Barrier, answers: "Queue[str]") -> None:
    home = OrionHome(Path(root))
    with Store.open(home.database) as store:
        auth = Authenticator(home, store, SystemClock())
        ready.wait()
        for guess in range(3):
            try:
                auth.verify("pin", f"{835200 + number * 10 + guess}")
                answers.put("right")
            except LockedOut:
                answers.put("locked")
            except WrongCredential:
                answers.put("checked")


def test_guessing_from_many_processes_gains_nothing(orion_home: OrionHome) -> None:
    with Store.open(orion_home.database) as store:
        Authenticator(orion_home, store, SystemClock()).enroll_pin(PIN, current=None, vault=KEY_VAULT)
    context = multiprocessing.get_context("spawn")
    ready, answers = context.Barrier(8), context.Queue()
    crowd = [context.Process(target=_guess, args=(str(orion_home.root), n, ready, answers)) for n in range(8)]
    for process in crowd:
        process.start()
    found = [answers.get(timeout=60) for _ in range(24)]
    for process in crowd:
        process.join()
    assert sorted(set(found)) == ["checked", "locked"]
    assert found.count("checked") == 5


_KILLED = """
import os, signal, sys
from orion_tui.base.clock import SystemClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.auth import pin
from orion_tui.core.auth.authenticator import Authenticator
from orion_tui.core.store import Store
from pathlib import Path

pin.verify = lambda stored, candidate: os.kill(os.getpid(), signal.SIGKILL)
home = OrionHome(Path(sys.argv[1]))
Authenticator(home, Store.open(home.database), SystemClock()).verify("pin", sys.stdin.read())
"""


def test_killing_the_process_during_the_check_costs_the_attempt(orion_home: OrionHome) -> None:
    with Store.open(orion_home.database) as store:
        Authenticator(orion_home, store, SystemClock()).enroll_pin(PIN, current=None, vault=KEY_VAULT)
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", _KILLED, str(orion_home.root)], input=WRONG.encode(), check=False)
        assert done.returncode == -signal.SIGKILL
    with Store.open(orion_home.database) as store, pytest.raises(LockedOut):
        Authenticator(orion_home, store, SystemClock()).verify("pin", PIN)


# What must not be left behind


def test_no_pin_is_in_any_file_event_message_or_repr(
    enrolled: Authenticator, orion_home: OrionHome, store: Store
) -> None:
    said: list[str] = []
    for attempt in (WRONG, WRONG, PIN, WRONG):
        try:
            enrolled.verify("pin", attempt)
        except OrionError as error:
            said += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    try:
        enrolled.enroll_pin("121212", current=PIN, vault=KEY_VAULT)
    except OrionError as error:
        said += [str(error), repr(error), repr(error.__context__)]
    enrolled.enroll_pin("940217", current=PIN, vault=KEY_VAULT)
    said += [repr(enrolled), repr(vars(enrolled)), repr(enrolled.status())]
    said += [json.dumps(event.data) for event in events.after(store.reader(), 0)]
    for path in orion_home.root.rglob("*"):
        if path.is_file():
            said.append(path.read_bytes().decode("latin-1"))
    for digits in (PIN, WRONG, "121212", "940217"):
        assert not [text for text in said if digits in text]


def test_every_answer_is_an_event(enrolled: Authenticator, store: Store) -> None:
    lock(enrolled)
    with pytest.raises(LockedOut):
        enrolled.verify("pin", PIN)
    told = [event.type for event in events.after(store.reader(), 0)]
    assert told == ["auth.enrolled", *["auth.failed"] * 5, "auth.locked", "auth.refused"]


def test_totp_is_refused_with_the_way_out(enrolled: Authenticator, store: Store) -> None:
    before = len(events.after(store.reader(), 0))
    with pytest.raises(AuthError, match="cannot verify yet") as error:
        enrolled.verify("totp", "123456")
    assert "auth_method: pin" in error.value.hint
    assert len(events.after(store.reader(), 0)) == before, "no PIN attempt is spent"


def test_obstacles_are_told_before_a_credential_is_asked_for(enrolled: Authenticator, clock: FixedClock) -> None:
    assert enrolled.obstacles(AuthMethod.PIN) == ()
    assert "cannot verify yet" in enrolled.obstacles(AuthMethod.TOTP)[0]
    lock(enrolled)
    assert enrolled.obstacles(AuthMethod.PIN) == ("the PIN is locked for another 5 min",)
    clock.advance(300)
    assert enrolled.obstacles(AuthMethod.PIN) == ()


def test_a_pin_that_can_still_be_set_is_no_obstacle(auth: Authenticator, orion_home: OrionHome) -> None:
    assert auth.obstacles(AuthMethod.PIN) == ()
    (orion_home.vault / "choice").write_text("nonsense", "ascii")
    assert "does not name a kind" in auth.obstacles(AuthMethod.PIN)[0]


def test_a_hash_of_older_parameters_is_renewed_by_the_right_pin(
    enrolled: Authenticator, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored() -> str:
        return FileVault(orion_home, KEY_VAULT).get("pin") or ""

    assert "t=1" in stored()
    monkeypatch.setattr(pin, "TIME_COST", 2)
    with pytest.raises(WrongCredential):
        enrolled.verify("pin", WRONG)
    assert "t=1" in stored()
    enrolled.verify("pin", PIN)
    assert "t=2" in stored()
    enrolled.verify("pin", PIN)
    with pytest.raises(WrongCredential):
        enrolled.verify("pin", WRONG)


def test_a_vault_that_cannot_be_written_does_not_turn_the_right_pin_away(
    enrolled: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pin, "TIME_COST", 2)
    monkeypatch.setattr(os, "fsync", full)
    enrolled.verify("pin", PIN)


def test_the_counter_belongs_to_the_credential_in_the_vault(enrolled: Authenticator, store: Store) -> None:
    rows = store.reader().rows("SELECT key FROM auth_counters")
    assert len(rows) == 1
    enrolled.enroll_pin("940217", current=PIN, vault=KEY_VAULT)
    renewed = store.reader().rows("SELECT key FROM auth_counters")
    assert len(renewed) == 1
    assert renewed != rows
