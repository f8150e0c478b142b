import os
import stat
from pathlib import Path

import pytest

from orion_tui.base.errors import NotEnrolled, VaultDamaged, VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.core.auth.vault import VaultChoice, choose, chosen, open_vault, read_private, replace_file

pytestmark = pytest.mark.unit


def test_nothing_is_chosen_until_a_person_chooses(orion_home: OrionHome) -> None:
    assert chosen(orion_home) is None
    with pytest.raises(NotEnrolled, match="no place for credentials"):
        open_vault(orion_home)
    choose(orion_home, VaultChoice.MACHINE_KEY)
    assert chosen(orion_home) is VaultChoice.MACHINE_KEY
    assert open_vault(orion_home).choice is VaultChoice.MACHINE_KEY


def test_an_unknown_choice_is_an_error_not_a_default(orion_home: OrionHome) -> None:
    (orion_home.vault / "choice").write_text("plain\n", "ascii")
    with pytest.raises(VaultDamaged, match="does not name a kind") as error:
        open_vault(orion_home)
    assert "keychain, passphrase, machine-key" in str(error.value)


def test_without_a_keychain_the_error_names_the_other_vaults(orion_home: OrionHome) -> None:
    with pytest.raises(VaultError, match="no system keychain") as error:
        open_vault(orion_home, VaultChoice.KEYCHAIN)
    assert "passphrase" in error.value.hint
    assert list(orion_home.vault.iterdir()) == [], "nothing fell back to a file"


def test_a_replaced_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        replace_file(tmp_path / "x", b"one")
        replace_file(tmp_path / "x", b"two")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600
    assert read_private(tmp_path / "x", limit=10) == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_replacement_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_file(tmp_path / "x", b"one")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(VaultError, match="No space left"):
        replace_file(tmp_path / "x", b"two")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"one")]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_file_open_to_others_is_not_read(tmp_path: Path, mode: int) -> None:
    replace_file(tmp_path / "x", b"one")
    assert read_private(tmp_path / "x", limit=10) == b"one"
    (tmp_path / "x").chmod(mode)
    with pytest.raises(VaultError, match="other users can open") as error:
        read_private(tmp_path / "x", limit=10)
    assert "chmod 600" in error.value.hint


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    replace_file(tmp_path / "x", b"one")
    (tmp_path / "link").symlink_to(tmp_path / "x")
    with pytest.raises(VaultError, match="cannot read"):
        read_private(tmp_path / "link", limit=10)


def test_a_fifo_does_not_hang_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x", 0o600)
    assert read_private(tmp_path / "x", limit=10) == b""


def test_a_file_of_another_user_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_file(tmp_path / "x", b"one")
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(VaultError, match="belongs to another user"):
        read_private(tmp_path / "x", limit=10)


def test_an_endless_file_is_not_read_whole(tmp_path: Path) -> None:
    replace_file(tmp_path / "x", b"0" * 11)
    with pytest.raises(VaultDamaged, match="larger than any vault"):
        read_private(tmp_path / "x", limit=10)
