"""kill -9 at any instant of a session with every kind of step, with the fake sandbox (RUN-7)."""

from pathlib import Path

import pytest

from tests.support.crashing.lives import SWEEP
from tests.support.crashing.mortal import executions, live
from tests.support.crashing.plans import STATUSES, every_kind
from tests.support.crashing.verdict import Deaths, check, outcome

from .conftest import prepare

#: Places of the normal run, spread evenly over all instants; the sweep takes every one.
SAMPLE = 8


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


#: One task that is flagged, one that runs a command and asks, one that fails: small, for every gap is tried.
SMALL = """
- id: flagged
  title: Be less than sure
  kind: write_docs
  confidence: 0.8
  actions:
    - write: {path: docs/flagged.md, content: flagged}
- id: asks
  title: Ask
  kind: add_dependency
  actions:
    - write: {path: docs/a.md, content: a}
    - run: pip install ./nothing
- id: fails
  title: Fail
  kind: run_tests
  actions:
    - run: python3 -m unittest -q fail_1
"""


@pytest.mark.parametrize("part", range(4))
def test_between_any_two_changes_of_the_store_it_may_die(tmp_path: Path, repo: Path, part: int) -> None:
    prepared = prepare(tmp_path / "home", repo, SMALL)
    undisturbed = prepared.copy()
    whole = live(undisturbed, prepared.session_id, changes=True)
    expected = outcome(undisturbed, prepared.session_id)
    assert expected.statuses == {"flagged": "flagged", "asks": "done", "fails": "failed"}
    assert whole.instants > 30
    for instant in range(1 + part, whole.instants, 4):
        home, deaths = prepared.copy(), Deaths()
        if live(home, prepared.session_id, instant=instant, changes=True).died:
            deaths.look(home, prepared.session_id)
            live(home, prepared.session_id)
        assert outcome(home, prepared.session_id) == expected, instant
        check(home, prepared.session_id, deaths, executions(home))
