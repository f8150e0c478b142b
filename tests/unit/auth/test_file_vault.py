import hashlib
import json
import multiprocessing
import os
import stat
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orion_tui.base.errors import UsageError, VaultDamaged, VaultError, WrongPassphrase
from orion_tui.base.paths import OrionHome
from orion_tui.core.auth import file_vault
from orion_tui.core.auth.file_vault import MAGIC, FileVault
from orion_tui.core.auth.vault import VaultChoice

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("cheap_hashes")]

PHRASE = "a long walk by the sea"
SECRET = "the-secret-itself"


def with_passphrase(home: OrionHome, phrase: str | None = PHRASE) -> FileVault:
    return FileVault(home, VaultChoice.PASSPHRASE, passphrase=phrase)


def with_machine_key(home: OrionHome) -> FileVault:
    return FileVault(home, VaultChoice.MACHINE_KEY)


@pytest.fixture(params=[with_passphrase, with_machine_key])
def vault(request: pytest.FixtureRequest, orion_home: OrionHome) -> FileVault:
    made: FileVault = request.param(orion_home)
    return made


def file_of(vault: FileVault, home: OrionHome) -> Path:
    return home.vault / f"{vault.choice.value}.vault"


def reopen(vault: FileVault, home: OrionHome) -> FileVault:
    return with_passphrase(home) if vault.choice is VaultChoice.PASSPHRASE else with_machine_key(home)


def test_secrets_are_kept_replaced_and_forgotten(vault: FileVault, orion_home: OrionHome) -> None:
    assert vault.get("pin") is None
    vault.set("pin", "one")
    vault.set("key", "two")
    vault.set("pin", SECRET)
    again = reopen(vault, orion_home)
    assert (again.get("pin"), again.get("key"), again.get("nothing")) == (SECRET, "two", None)
    again.delete("pin")
    again.delete("pin")
    assert (vault.get("pin"), vault.get("key")) == (None, "two")


def test_nothing_can_be_read_off_the_file(vault: FileVault, orion_home: OrionHome) -> None:
    vault.set("name-of-it", SECRET)
    data = file_of(vault, orion_home).read_bytes()
    for hidden in (SECRET, "name-of-it", PHRASE):
        assert hidden.encode() not in data
    assert SECRET not in repr(vault)
    assert PHRASE not in repr(vault)


def test_files_are_private_even_with_an_open_umask(vault: FileVault, orion_home: OrionHome) -> None:
    old = os.umask(0)
    try:
        vault.set("pin", SECRET)
    finally:
        os.umask(old)
    for path in orion_home.vault.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_the_same_secret_never_looks_the_same(vault: FileVault, orion_home: OrionHome) -> None:
    seen: set[bytes] = set()
    for _ in range(5):
        vault.set("pin", SECRET)
        seen.add(file_of(vault, orion_home).read_bytes())
    assert len(seen) == 5


def test_a_wrong_passphrase_is_not_called_damage(orion_home: OrionHome) -> None:
    with_passphrase(orion_home).set("pin", SECRET)
    with pytest.raises(WrongPassphrase):
        with_passphrase(orion_home, PHRASE + "!").get("pin")
    with pytest.raises(WrongPassphrase):
        with_passphrase(orion_home, PHRASE + "!").set("pin", "x")
    assert with_passphrase(orion_home).get("pin") == SECRET


def test_without_its_passphrase_the_vault_is_locked(orion_home: OrionHome) -> None:
    with_passphrase(orion_home).set("pin", SECRET)
    with pytest.raises(VaultError, match="passphrase is needed"):
        with_passphrase(orion_home, None).get("pin")


def test_a_short_passphrase_is_refused_when_the_vault_is_made(orion_home: OrionHome) -> None:
    with pytest.raises(UsageError, match="at least 8"):
        with_passphrase(orion_home, "short").set("pin", SECRET)
    assert not (orion_home.vault / "passphrase.vault").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_changed_bit_is_damage(vault: FileVault, orion_home: OrionHome, place: float, bit: int) -> None:
    path = file_of(vault, orion_home)
    if not path.exists():
        vault.set("pin", SECRET)
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[int(place * len(changed))] ^= 1 << bit
    path.write_bytes(changed)
    try:
        # A changed version byte may say that a newer Orion wrote it; everything else is damage.
        with pytest.raises((VaultDamaged, VaultError)) as error:
            reopen(vault, orion_home).get("pin")
        assert isinstance(error.value, VaultDamaged) or "newer Orion" in str(error.value)
    finally:
        path.write_bytes(whole)
    assert reopen(vault, orion_home).get("pin") == SECRET


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(place=st.floats(0, 1, exclude_max=True))
def test_a_changed_byte_is_noticed_even_with_the_digest_made_anew(
    vault: FileVault, orion_home: OrionHome, place: float
) -> None:
    path = file_of(vault, orion_home)
    if not path.exists():
        vault.set("pin", SECRET)
    whole = path.read_bytes()
    body = bytearray(whole[:-32])
    body[int(place * len(body))] ^= 0x20
    path.write_bytes(bytes(body) + hashlib.sha256(body).digest())
    try:
        with pytest.raises(VaultError):
            reopen(vault, orion_home).get("pin")
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("size", [0, 1, 15, 60, 200])
def test_a_file_cut_short_is_damage(vault: FileVault, orion_home: OrionHome, size: int) -> None:
    vault.set("pin", SECRET)
    path = file_of(vault, orion_home)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(VaultDamaged, match="changed or cut short"):
        reopen(vault, orion_home).get("pin")


def test_a_damaged_vault_is_not_overwritten(vault: FileVault, orion_home: OrionHome) -> None:
    vault.set("pin", SECRET)
    path = file_of(vault, orion_home)
    path.write_bytes(path.read_bytes()[:-5])
    before = path.read_bytes()
    with pytest.raises(VaultDamaged):
        reopen(vault, orion_home).set("pin", "new")
    assert path.read_bytes() == before


def test_the_header_is_bound_to_the_secrets(orion_home: OrionHome) -> None:
    """Swapping the header of one vault for another's, wrapped key and all, does not open the secrets."""
    vault = with_machine_key(orion_home)
    vault.set("pin", SECRET)
    path = file_of(vault, orion_home)
    first = path.read_bytes()
    path.unlink()
    vault.set("pin", "other")
    second = path.read_bytes()
    length = int.from_bytes(first[12:16], "big")
    head = len(MAGIC) + 5 + length
    mixed = second[:head] + first[head:-32]
    path.write_bytes(mixed + hashlib.sha256(mixed).digest())
    with pytest.raises(VaultDamaged):
        vault.get("pin")


@pytest.mark.parametrize(
    "change",
    [{"memory_kib": 10**9}, {"passes": 10**6}, {"lanes": 0}, {"salt": ""}, {"kdf": "md5"}, {"passes": "x"}],
)
def test_a_header_cannot_ask_for_all_memory_or_none(orion_home: OrionHome, change: dict[str, object]) -> None:
    vault = with_passphrase(orion_home)
    vault.set("pin", SECRET)
    path = file_of(vault, orion_home)
    data = path.read_bytes()
    length = int.from_bytes(data[12:16], "big")
    header = json.dumps(json.loads(data[16 : 16 + length]) | change).encode()
    body = data[:12] + len(header).to_bytes(4, "big") + header + data[16 + length : -32]
    path.write_bytes(body + hashlib.sha256(body).digest())
    with pytest.raises(VaultDamaged):
        with_passphrase(orion_home).get("pin")


def test_a_file_of_a_newer_orion_is_not_called_damage(vault: FileVault, orion_home: OrionHome) -> None:
    vault.set("pin", SECRET)
    path = file_of(vault, orion_home)
    data = bytearray(path.read_bytes())
    data[len(MAGIC)] = 2
    path.write_bytes(data)
    with pytest.raises(VaultError, match="newer Orion"):
        reopen(vault, orion_home).get("pin")


def test_a_lost_machine_key_is_named(orion_home: OrionHome) -> None:
    vault = with_machine_key(orion_home)
    vault.set("pin", SECRET)
    key = orion_home.vault / "machine.key"
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(VaultError, match=r"machine key .* is missing"):
        vault.get("pin")
    with pytest.raises(VaultError, match=r"machine key .* is missing"):
        vault.set("pin", "x")
    assert not key.exists(), "a new key would make the loss final"
    key.write_bytes(os.urandom(32))
    key.chmod(0o600)
    with pytest.raises(VaultError, match="is not the key of"):
        vault.get("pin")
    key.write_bytes(kept)
    assert vault.get("pin") == SECRET


@pytest.mark.parametrize("name", ["machine.key", "machine-key.vault"])
def test_a_file_open_to_others_stops_everything(orion_home: OrionHome, name: str) -> None:
    vault = with_machine_key(orion_home)
    vault.set("pin", SECRET)
    (orion_home.vault / name).chmod(0o644)
    with pytest.raises(VaultError, match="other users can open"):
        vault.get("pin")


def test_a_vault_of_another_kind_in_its_place_is_told(orion_home: OrionHome) -> None:
    with_machine_key(orion_home).set("pin", SECRET)
    (orion_home.vault / "machine-key.vault").rename(orion_home.vault / "passphrase.vault")
    with pytest.raises(VaultError, match="another kind"):
        with_passphrase(orion_home).get("pin")


def _write_many(root: str, worker: int, ready: Barrier) -> None:
    vault = FileVault(OrionHome(Path(root)), VaultChoice.MACHINE_KEY)
    ready.wait()
    for number in range(10):
        vault.set(f"{worker}-{number}", "x")


def test_processes_that_write_at_once_lose_nothing(orion_home: OrionHome) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(4)
    workers = [context.Process(target=_write_many, args=(str(orion_home.root), n, ready)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    vault = with_machine_key(orion_home)
    assert [vault.get(f"{worker}-{number}") for worker in range(4) for number in range(10)] == ["x"] * 40


def test_the_parameters_are_the_documented_ones(orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # not the cheap ones
    vault = with_passphrase(orion_home)
    vault.set("pin", SECRET)
    data = file_of(vault, orion_home).read_bytes()
    header = json.loads(data[16 : 16 + int.from_bytes(data[12:16], "big")])
    assert (header["kdf"], header["passes"], header["memory_kib"], header["lanes"]) == ("argon2id", 3, 65536, 4)
    assert file_vault.VERSION == 1
