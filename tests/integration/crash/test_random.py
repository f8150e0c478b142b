"""Random plans, whose supervisor dies at random instants again and again until they are done."""

import random
from pathlib import Path

import pytest

from tests.support.crashing.lives import SWEEP
from tests.support.crashing.mortal import executions, live
from tests.support.crashing.plans import random_plan
from tests.support.crashing.verdict import Deaths, check, outcome

from .conftest import prepare

#: How many plans, and how many instants a supervisor lives at the most: some dozens are one step.
PLANS = 60 if SWEEP else 3
LONGEST = 120
#: A step whose supervisor always dies is given up after ten starts; the last lives are undisturbed.
MOST_DEATHS = 40


@pytest.mark.timeout(7200 if SWEEP else 120)
@pytest.mark.parametrize("seed", range(PLANS))
def test_however_often_it_dies_it_comes_to_the_same_end(tmp_path: Path, repo: Path, seed: int) -> None:
    chance = random.Random(seed)
    plan = random_plan(chance)
    prepared = prepare(tmp_path / "home", repo, plan)
    undisturbed = prepared.copy()
    live(undisturbed, prepared.session_id)
    expected = outcome(undisturbed, prepared.session_id)
    home, deaths = prepared.copy(), Deaths()
    for _ in range(MOST_DEATHS):
        instant = chance.randint(1, LONGEST)
        if not live(home, prepared.session_id, instant=instant, power_cut=chance.random() < 0.3).died:
            break
        deaths.look(home, prepared.session_id)
    else:
        live(home, prepared.session_id)
    assert outcome(home, prepared.session_id) == expected, plan
    check(home, prepared.session_id, deaths, executions(home))
