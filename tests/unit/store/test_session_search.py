"""Sessions by words: what is found, what typed signs mean, and that the answer stays small."""

from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.bridge.engine_commands import EngineCommands
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.store import Store, session_search, sessions
from tests.support.records import Records
from tests.support.screens.rows import POLICY, session

pytestmark = pytest.mark.unit


@pytest.fixture
def home(tmp_path: Path) -> OrionHome:
    home = OrionHome(tmp_path / "home")
    home.prepare()
    return home


def found(home: OrionHome, words: str, *, loosely: bool = False, limit: int = 10) -> list[str]:
    """Goals, newest first."""
    with Store.open(home.database) as store:
        return [s.goal for s in session_search.matching(store.reader(), words, limit=limit, loosely=loosely)]


def test_words_are_looked_for_in_goal_folder_role_and_at_the_beginning_of_the_id(home: OrionHome) -> None:
    records = Records(home)
    records.session("a1b2c3d4e5f6", SessionState.COMPLETED, goal="Add retry", workspace="/srv/api-client")
    records.session("ffffc3d4e5f6", SessionState.COMPLETED, goal="Bump images", workspace="/srv/infra")
    assert found(home, "RETRY api") == ["Add retry"]
    assert found(home, "infra") == ["Bump images"]
    assert found(home, "a1b2") == ["Add retry"]
    assert found(home, "c3d4") == []
    assert len(found(home, "software-engineer")) == 2
    assert len(found(home, "")) == 2
    assert found(home, "rtry") == []
    assert found(home, "rtry", loosely=True) == ["Add retry"]
    assert found(home, "ry", loosely=True) == ["Add retry"]


@pytest.mark.parametrize("sign", ["%", "_", "!", "\\", "'", '"', "*", "\udcff", "(", "a" * 10_000])
def test_signs_mean_themselves(home: OrionHome, sign: str) -> None:
    Records(home).session(goal="Add retry")
    assert found(home, sign) == []
    assert found(home, sign * 3, loosely=True) == []


def test_of_many_only_the_likeliest_come_and_the_rest_is_counted(home: OrionHome) -> None:
    with Store.open(home.database) as store, store.transaction() as tx:
        sessions.save_policy(tx, POLICY, "{}")
        for n in range(300):
            goal = "Retry it" if n == 40 else f"Add retry number {n}"
            sessions.insert(tx, session(f"{n:012x}", SessionState.COMPLETED, goal, workspace="/srv/x"))
        reader = store.reader()
    commands = EngineCommands(home)
    try:
        many = commands.find_sessions("retry", 8)
        assert (len(many.sessions), many.count, many.more) == (8, 300, False)
        few = commands.find_sessions("retry it", 8)
        assert [s.goal for s in few.sessions] == ["Retry it"]
        loose = commands.find_sessions("rtry nmber", 8)
        assert len(loose.sessions) == 8
        assert commands.find_sessions("zzz", 8).count == 0
    finally:
        commands.close()
    with Store.open(home.database) as store:
        reader = store.reader()
        assert session_search.count(reader, "retry", most=100) == 100
