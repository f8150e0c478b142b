"""PINs: what may be one, how it is stored, how it is checked (AUTH-1).

A PIN is 6 to 8 decimal digits. It is stored as an argon2id hash with the second recommended parameter set of RFC 9106
(section 4): 3 passes over 64 MiB, 4 lanes, 16 bytes of salt, 32 bytes of tag, some 0.2 s of one ordinary core. That
slows a guess down; it does not make a million PINs many. What keeps them out of reach is the lockout, for who types,
and the vault, for who steals the hash.

PINs that a stranger tries first are *refused*, not warned about: with five attempts a lock, the first fifty guesses are
the only ones that matter. Refused are: all digits equal; a run up or down (`123456`, `890123`); a group repeated
(`121212`, `123123`); pairs (`112233`); a palindrome (`123321`); and a short list of what people choose most. A date is
not refused: a person's PIN may be one, and there are too many to list.
"""

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from orion_tui.base.errors import UsageError, VaultDamaged

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: RFC 9106, 4: the second recommended option. Hashes made with other parameters are renewed at the next right PIN.
TIME_COST = 3
MEMORY_KIB = 64 * 1024
LANES = 4
SALT_BYTES = 16
TAG_BYTES = 32

_FORM = re.compile(r"[0-9]{6,8}")

# Keypad figures and other favourites of published PIN statistics that no rule below covers.
_FAVOURITES = frozenset(
    {
        "159753", "147258", "258369", "147852", "159357", "789456", "456789", "741852", "963852", "852456",
        "142536", "123654", "456123", "321654", "987456", "010203", "102030", "100200", "131415", "520131",
        "520520", "131420", "314159", "271828", "202020", "696969", "420420", "007007", "012012", "123789",
        "1234560", "1234321", "12341234", "11223344", "14789632", "31415926", "27182818", "19191919", "12344321",
    }
)  # fmt: skip


def check(pin: str) -> None:
    """Raise UsageError, without repeating the PIN, when `pin` cannot be one."""
    if not _FORM.fullmatch(pin):
        raise UsageError("a PIN is 6 to 8 digits")
    if why := weakness(pin):
        raise UsageError(f"this PIN is among the first that anyone would try: {why}", hint="choose another one")


def weakness(pin: str) -> str:
    """Why a well-formed PIN would be guessed at once; empty when nothing speaks against it."""
    digits = [int(digit) for digit in pin]
    steps = {(after - before) % 10 for before, after in pairwise(digits)}
    if steps == {0}:
        return "all its digits are the same"
    if steps in ({1}, {9}):
        return "its digits run up or down"
    if any(pin == (pin[:size] * len(pin))[: len(pin)] for size in (2, 3, 4) if size <= len(pin) // 2):
        return "it repeats a group"
    if len(pin) % 2 == 0 and pin[::2] == pin[1::2]:
        return "it is made of pairs"
    if pin == pin[::-1]:
        return "it reads the same backwards"
    return "it is a well-known one" if pin in _FAVOURITES else ""


def hash_pin(pin: str) -> str:
    """The argon2id hash of a PIN, with a random salt, in PHC form (`$argon2id$v=19$m=...`)."""
    return _hasher().hash(pin)


def verify(stored: str, pin: str) -> bool:
    """Whether `pin` is the one of `stored`.

    Raises VaultDamaged when `stored` is no argon2id hash. Neither value appears in the error.
    """
    from argon2 import exceptions

    try:
        # PHC strings name their algorithm; a weaker one put in its place must not count.
        if not stored.startswith("$argon2id$"):
            raise exceptions.InvalidHashError
        return _hasher().verify(stored, pin)
    except exceptions.VerifyMismatchError:
        return False
    except (exceptions.InvalidHashError, exceptions.VerificationError):
        raise VaultDamaged("the stored PIN is not an argon2id hash") from None


def needs_rehash(stored: str) -> bool:
    """Whether `stored` was made with other parameters than today's."""
    return _hasher().check_needs_rehash(stored)


def _hasher() -> "PasswordHasher":
    import argon2

    return argon2.PasswordHasher(
        time_cost=TIME_COST,
        memory_cost=MEMORY_KIB,
        parallelism=LANES,
        hash_len=TAG_BYTES,
        salt_len=SALT_BYTES,
        type=argon2.Type.ID,
    )
