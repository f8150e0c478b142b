"""A database that is taken away while it is open: nothing is acknowledged that nobody will find."""

import shutil
from pathlib import Path

import pytest

from orion_tui.base.errors import StoreError
from orion_tui.base.paths import OrionHome
from orion_tui.core.store import Store, Transaction, meta

pytestmark = pytest.mark.unit


def write(tx: Transaction) -> None:
    meta.put(tx, "a", "b")


@pytest.mark.parametrize("writer", [False, True])
@pytest.mark.parametrize("how", ["removed", "replaced", "home removed"])
def test_what_was_taken_away_is_not_written_to(orion_home: OrionHome, how: str, writer: bool) -> None:
    orion_home.prepare()
    path = orion_home.database
    with Store.open(path) as store:
        if writer:
            store.start_writer()
        store.transact(write)
        store.check_place()
        if how == "home removed":
            shutil.rmtree(orion_home.root)
        else:
            path.rename(path.with_suffix(".aside"))
        if how == "replaced":
            Store.open(path).close()
        with pytest.raises(StoreError, match="removed or replaced while it was in use"):
            store.transact(write)
        with pytest.raises(StoreError, match="removed or replaced while it was in use"):
            store.check_place()


def test_what_was_put_back_is_written_to_again(orion_home: OrionHome) -> None:
    orion_home.prepare()
    path, aside = orion_home.database, Path(f"{orion_home.database}.aside")
    with Store.open(path) as store:
        path.rename(aside)
        with pytest.raises(StoreError):
            store.transact(write)
        aside.rename(path)
        store.transact(write)
        assert meta.get(store.reader(), "a") == "b"
