"""What the vault holds beside the PIN, by name.

A vault is asked for one name at a time, and one under a passphrase cannot be looked into unasked. So the store notes
which names were put there: to tell a person without opening anything, and to take them along when the vault changes.
"""

import json
from typing import cast

from orion_tui.core.store import Reader, Transaction, meta

_NAMES = "vault.entries"
_WITHOUT_PIN = "vault.without_pin"


def names(reader: Reader) -> tuple[str, ...]:
    """The noted names, in order. A lost or damaged note is no names: the entries themselves are not touched by it."""
    try:
        noted = json.loads(meta.get(reader, _NAMES) or "[]")
    except ValueError:
        return ()
    return tuple(sorted(map(str, cast("list[object]", noted)))) if isinstance(noted, list) else ()


def note(tx: Transaction, name: str) -> None:
    """Remember that there is an entry of that name."""
    _write(tx, {*names(tx), name})


def forget(tx: Transaction, name: str) -> None:
    """Remember that there is none."""
    _write(tx, {*names(tx)} - {name})


def note_without_pin(tx: Transaction) -> None:
    """Remember that the vault was chosen for something else, so that it is no sign of a PIN."""
    meta.put(tx, _WITHOUT_PIN, "1")


def chosen_without_pin(reader: Reader) -> bool:
    """Whether it was, and no PIN came since."""
    return meta.get(reader, _WITHOUT_PIN) == "1"


def _write(tx: Transaction, names: set[str]) -> None:
    meta.put(tx, _NAMES, json.dumps(sorted(names)))
