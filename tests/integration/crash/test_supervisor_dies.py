"""kill -9 of the real supervisor process with a real sandbox, at every place that matters (RUN-7).

Whatever the place: the next supervisor comes to the same tree and statuses as an undisturbed run, every finished
step ran once, the one in flight at most once more, and a spent approval was not asked again.
"""

from collections.abc import Callable

import pytest

from tests.support.crashing.lives import SWEEP, Lives
from tests.support.crashing.mortal import executions
from tests.support.crashing.plans import STATUSES, every_kind
from tests.support.crashing.verdict import Deaths, check, outcome

#: Seconds that each half of the long command takes.
PAUSE = 0.4
#: The tree that an undisturbed run ends with, whatever contains it: the first test makes sure.
TREE = "38086be135cb3600b8f9f90a921934c2bd497d04"

#: (point, side, nth): `support.crashing.supervisor.POINTS` has the points, in the order in which a step passes them.
#: The fake sandbox dies at every instant elsewhere (`test_instants`); here are the places where the real one matters
#: and, in the sweep, all the others.
PLACES = [
    ("fill", "after", 1),
    ("publish", "before", 1),  # the base's checkpoint has its row, and no branch
    ("perform", "during", 8),  # the command that changes files, between its first and second
    ("take", "after", 8),
    ("commit", "after", 4),  # the commit stands, its row does not
    ("end", "after", 3),  # the row stands, the branch is behind
    ("use", "after", 1),  # spent, in a transaction that is not committed
    ("state", "before", 2),  # about to wait
]
REST = [
    ("adopt", "after", 1),
    ("claim", "after", 1),
    ("state", "after", 1),  # running
    ("start", "before", 1),
    ("start-row", "after", 2),  # inside the transaction
    ("start", "after", 5),
    ("perform", "after", 3),  # an edit
    ("finish-row", "after", 8),
    ("finish", "after", 8),
    ("checkpoint-row", "after", 4),
    ("publish", "after", 4),
    ("ask-row", "after", 1),
    ("ask", "after", 2),
    ("rewind", "after", 1),
    ("replay", "after", 1),
    ("release", "after", 1),
]


def test_undisturbed_it_ends_as_expected(lives: Callable[[str], Lives]) -> None:
    life = lives(every_kind(PAUSE))
    life.finish()
    end = outcome(life.home, life.session_id)
    assert end.statuses == STATUSES
    check(life.home, life.session_id, Deaths(), executions(life.home))
    assert end.tree == TREE


@pytest.mark.parametrize(
    ("point", "side", "nth"),
    [*PLACES, *(pytest.param(*place, marks=pytest.mark.slow) for place in REST if SWEEP)],
    ids=str,
)
def test_killed_there_the_next_one_comes_to_the_same_end(
    lives: Callable[[str], Lives], point: str, side: str, nth: int
) -> None:
    life = lives(every_kind(PAUSE))
    deaths = Deaths()
    life.until_dead(life.begin(point, side, str(nth), "kill"))
    deaths.look(life.home, life.session_id)
    life.finish()
    end = outcome(life.home, life.session_id)
    assert end.statuses == STATUSES
    assert end.tree == TREE
    check(life.home, life.session_id, deaths, executions(life.home))
    assert life.remains() == []
