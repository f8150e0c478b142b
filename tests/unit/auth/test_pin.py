import subprocess
import sys

import pytest

from orion_tui.base.errors import UsageError, VaultDamaged
from orion_tui.core.auth import pin

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("text", ["", "12345", "123456789", "12345a", "274 911", "٢٧٤٩١١", "274911\n", "-27491"])
def test_only_six_to_eight_ascii_digits_are_a_pin(text: str) -> None:
    with pytest.raises(UsageError, match="6 to 8 digits"):
        pin.check(text)


@pytest.mark.parametrize(
    "text",
    [
        "000000", "77777777", "123456", "890123", "654321", "21098765", "121212", "123123", "1231231", "12341234",
        "112233", "11223344", "123321", "147258", "159753",
    ],
)  # fmt: skip
def test_the_first_guesses_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="first that anyone would try") as refusal:
        pin.check(text)
    assert text not in str(refusal.value)


@pytest.mark.parametrize("text", ["274911", "9402175", "58203461", "120895", "274927"])
def test_an_ordinary_pin_is_accepted(text: str) -> None:
    pin.check(text)


def test_fewer_than_one_pin_in_a_hundred_is_refused() -> None:
    refused = sum(1 for number in range(0, 1_000_000, 7) if pin.weakness(f"{number:06d}"))
    assert refused / (1_000_000 / 7) < 0.01


def test_a_hash_says_its_parameters_and_nothing_of_the_pin() -> None:
    stored = pin.hash_pin("274911")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert "274911" not in stored
    assert pin.hash_pin("274911") != stored, "salted"
    assert not pin.needs_rehash(stored)


def test_the_right_pin_fits_and_another_does_not() -> None:
    stored = pin.hash_pin("274911")
    assert pin.verify(stored, "274911")
    assert not pin.verify(stored, "274912")


def test_a_hash_of_other_parameters_is_due_for_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pin, "TIME_COST", 1)
    stored = pin.hash_pin("274911")
    monkeypatch.undo()
    assert pin.needs_rehash(stored)
    assert pin.verify(stored, "274911")


@pytest.mark.parametrize("stored", ["", "274911", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaA", "$argon2id$v=19$x"])
def test_a_hash_that_is_none_is_damage_not_a_wrong_pin(stored: str) -> None:
    with pytest.raises(VaultDamaged) as error:
        pin.verify(stored, "274911")
    assert "274911" not in str(error.value)


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    code = (
        "import sys; import orion_tui.core.auth.authenticator, orion_tui.core.auth.file_vault,"
        " orion_tui.core.auth.keychain; "
        "print([m for m in ('argon2', 'cryptography', 'keyring', 'cattrs', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
