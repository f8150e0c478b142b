"""kill -9 at every instant of a session with every kind of step, with the fake sandbox (RUN-7)."""

import os
from pathlib import Path

import pytest

from tests.support.crashing.mortal import executions, live
from tests.support.crashing.plans import STATUSES, every_kind
from tests.support.crashing.verdict import Deaths, check, outcome

from .conftest import prepare

#: The sweep goes over this many runs, at instants spread evenly over the whole; `all` for every instant there is.
SWEEP = os.environ.get("ORION_TEST_CRASH_SWEEP", "")


@pytest.mark.parametrize("power_cut", [False, True], ids=["killed", "power cut"])
def test_wherever_it_dies_another_supervisor_comes_to_the_same_end(tmp_path: Path, repo: Path, power_cut: bool) -> None:
    prepared = prepare(tmp_path / "home", repo, every_kind())
    undisturbed = prepared.copy()
    whole = live(undisturbed, prepared.session_id)
    expected = outcome(undisturbed, prepared.session_id)
    assert expected.statuses == STATUSES
    check(undisturbed, prepared.session_id, Deaths(), executions(undisturbed))
    step = 1
    for instant in range(1, whole.instants + 1, step):
        home = prepared.copy()
        deaths = Deaths()
        life = live(home, prepared.session_id, instant=instant, power_cut=power_cut)
        if life.died:
            deaths.look(home, prepared.session_id)
            live(home, prepared.session_id)
        assert outcome(home, prepared.session_id) == expected, instant
        check(home, prepared.session_id, deaths, executions(home))
