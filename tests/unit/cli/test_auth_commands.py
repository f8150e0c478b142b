"""`orion auth`: the PIN by prompt or standard input, and nowhere else."""

import os
import pty
import subprocess
import sys

import pytest

from orion_tui.base.paths import OrionHome
from tests.support.command_line import Orion

pytestmark = pytest.mark.unit


def test_nothing_is_set_at_first(orion: Orion) -> None:
    done = orion("auth", "status", "--json")
    assert done.json() == {"methods": [], "vault": None, "locked_until": None, "needs_passphrase": False}


def test_a_first_pin_needs_a_place_to_be_named_where_there_is_no_keychain(orion: Orion) -> None:
    done = orion("auth", "set", "--pin-stdin", stdin="493827\n")
    assert done.code == 2
    assert "--vault passphrase" in done.err
    assert orion("auth", "status", "--json").json()["methods"] == []


def test_a_pin_is_set_from_standard_input(orion: Orion) -> None:
    done = orion("auth", "set", "--vault", "machine-key", "--pin-stdin", stdin="493827\n")
    assert done.code == 0, done.err
    assert "does not survive a stolen disk" in done.err
    status = orion("auth", "status", "--json").json()
    assert (status["methods"], status["vault"]) == (["pin"], "machine-key")


def test_changing_it_needs_the_current_one(orion: Orion) -> None:
    orion("auth", "set", "--vault", "machine-key", "--pin-stdin", stdin="493827\n")
    wrong = orion("auth", "set", "--pin-stdin", stdin="111222\n928374\n")
    assert wrong.code == 8
    assert "wrong PIN" in wrong.err
    right = orion("auth", "set", "--pin-stdin", stdin="493827\n928374\n")
    assert right.code == 0, right.err
    assert orion("auth", "set", "--pin-stdin", stdin="493827\n123987\n").code == 8


def test_five_wrong_ones_lock_it_and_status_says_until_when(orion: Orion) -> None:
    orion("auth", "set", "--vault", "machine-key", "--pin-stdin", stdin="493827\n")
    for _ in range(5):
        assert orion("auth", "set", "--pin-stdin", stdin="111222\n928374\n").code == 8
    right = orion("auth", "set", "--pin-stdin", stdin="493827\n928374\n")
    assert right.code == 8
    assert "locked" in right.err
    assert orion("auth", "status", "--json").json()["locked_until"] is not None


def test_a_passphrase_vault_asks_for_its_passphrase_first(orion: Orion) -> None:
    made = orion("auth", "set", "--vault", "passphrase", "--pin-stdin", stdin="correct horse\n493827\n")
    assert made.code == 0, made.err
    assert orion("auth", "status", "--json").json()["needs_passphrase"] is True
    changed = orion("auth", "set", "--pin-stdin", stdin="correct horse\n493827\n928374\n")
    assert changed.code == 0, changed.err
    assert orion("auth", "set", "--pin-stdin", stdin="wrong horse\n928374\n493827\n").code == 8


@pytest.mark.parametrize("pin", ["12345", "123456789", "abcdef", ""])
def test_what_cannot_be_a_pin_is_refused_and_nothing_is_set(orion: Orion, pin: str) -> None:
    done = orion("auth", "set", "--vault", "machine-key", "--pin-stdin", stdin=f"{pin}\n")
    assert done.code == 2, done.err
    assert pin not in done.err or not pin
    assert orion("auth", "status", "--json").json()["methods"] == []


def test_without_a_terminal_nothing_is_asked(orion: Orion) -> None:
    done = orion("auth", "set", "--vault", "machine-key")
    assert done.code == 2
    assert "--pin-stdin" in done.err


def test_standard_input_that_ends_early_is_told(orion: Orion) -> None:
    done = orion("auth", "set", "--vault", "machine-key", "--pin-stdin")
    assert done.code == 2
    assert "standard input ended before the answer to: New PIN" in done.err


def test_a_pin_can_be_neither_argument_nor_variable(orion: Orion, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ORION_PIN", "PIN", "ORION_AUTH_SET_PIN"):
        monkeypatch.setenv(name, "493827")
    assert orion("auth", "set", "--vault", "machine-key", "--pin", "493827").code == 2
    assert orion("auth", "set", "--vault", "machine-key", "493827").code == 2
    assert orion("auth", "set", "--vault", "machine-key").code == 2
    assert orion("auth", "status", "--json").json()["methods"] == []


def test_on_a_terminal_it_is_asked_twice_and_not_shown(orion_home: OrionHome) -> None:
    control, terminal = pty.openpty()
    command = [sys.executable, "-m", "orion_tui.cli.main", "auth", "set", "--vault", "machine-key"]
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True, close_fds=True
    )
    os.close(terminal)
    said = b""

    def until(text: bytes) -> None:
        nonlocal said
        while text not in said:
            said += os.read(control, 1024)

    until(b"New PIN (6 to 8 digits): ")
    os.write(control, b"493827\n")
    until(b"Once more: ")
    os.write(control, b"493827\n")
    until(b"the PIN is set")
    assert process.wait(30) == 0
    os.close(control)
    assert b"493827" not in said
