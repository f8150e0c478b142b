"""Cheap hashes, a clock that stands still, a store of the test's own."""

from collections.abc import Generator

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.auth import pin
from orion_tui.core.store import Store


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id at its least: what is tested here is not its price."""
    monkeypatch.setattr(pin, "TIME_COST", 1)
    monkeypatch.setattr(pin, "MEMORY_KIB", 64)
    monkeypatch.setattr(pin, "LANES", 1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def store(orion_home: OrionHome, clock: FixedClock) -> Generator[Store, None, None]:
    with Store.open(orion_home.database, clock) as store:
        yield store
