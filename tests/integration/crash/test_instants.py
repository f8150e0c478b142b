"""kill -9 at any instant of a session with every kind of step, with the fake sandbox (RUN-7)."""

from pathlib import Path

import pytest

from tests.support.crashing.lives import SWEEP
from tests.support.crashing.mortal import executions, live
from tests.support.crashing.plans import STATUSES, every_kind
from tests.support.crashing.verdict import Deaths, check, outcome

from .conftest import prepare

#: Places of the normal run, spread evenly over all instants; the sweep takes every one.
SAMPLE = 14


@pytest.mark.timeout(7200 if SWEEP else 120)
@pytest.mark.parametrize("power_cut", [False, True], ids=["killed", "power cut"])
def test_wherever_it_dies_another_supervisor_comes_to_the_same_end(tmp_path: Path, repo: Path, power_cut: bool) -> None:
    prepared = prepare(tmp_path / "home", repo, every_kind())
    undisturbed = prepared.copy()
    whole = live(undisturbed, prepared.session_id)
    expected = outcome(undisturbed, prepared.session_id)
    assert expected.statuses == STATUSES
    check(undisturbed, prepared.session_id, Deaths(), executions(undisturbed))
    step = 1 if SWEEP else whole.instants // SAMPLE
    for instant in range(3 if power_cut else 1, whole.instants, step):
        home = prepared.copy()
        deaths = Deaths()
        life = live(home, prepared.session_id, instant=instant, power_cut=power_cut)
        if life.died:
            deaths.look(home, prepared.session_id)
            live(home, prepared.session_id)
        assert outcome(home, prepared.session_id) == expected, instant
        check(home, prepared.session_id, deaths, executions(home))
