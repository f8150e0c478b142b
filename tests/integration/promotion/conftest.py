"""A scene for every test: a user's repository and a session on it."""

from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from tests.support.promotion import Scene


@pytest.fixture
def scene(tmp_path: Path, orion_home: OrionHome) -> Scene:
    """Nothing made yet: `make` the repository, then `start` the session."""
    return Scene(tmp_path, orion_home)
