"""The durable store: SQLite, one transaction a change, an event with every one.

`Store` opens the file; a `Reader` (one a thread) and a `Transaction` go to the functions of the module of a table
family: `sessions.get(store.reader(), id)`, `store.transact(lambda tx: sessions.set_control(tx, id, "pause"))`.
"""

from orion_tui.core.store.connection import Reader, Transaction
from orion_tui.core.store.database import Store

__all__ = ["Reader", "Store", "Transaction"]
