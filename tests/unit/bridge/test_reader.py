"""What the reading thread reads: everything after a commit, and only what was chosen when the choice changes."""

from collections.abc import Sequence

import pytest

from orion_tui.bridge.reader import Composer
from orion_tui.bridge.snapshots import Interest
from orion_tui.core.models.sessions import Session, SessionState
from tests.support.screens.fake_engine import FakeReads
from tests.support.screens.night import night
from tests.support.screens.rows import RETRY, SHOP

pytestmark = pytest.mark.unit


class Counting(FakeReads):
    """Counts how often the lists are read."""

    lists = 0

    def sessions(self, *, limit: int, states: Sequence[SessionState] | None = None) -> list[Session]:
        self.lists += 1
        return super().sessions(limit=limit, states=states)


def test_another_selection_reads_no_list_again() -> None:
    reads = Counting(night())
    composer = Composer(reads)
    first = composer.compose(Interest(selected=SHOP))
    once = reads.lists
    second = composer.compose(Interest(selected=RETRY), changed=False)
    assert reads.lists == once
    assert second.sessions is first.sessions
    assert second.glance is not None
    assert second.glance.session.id == RETRY
    composer.compose(Interest(selected=RETRY), changed=True)
    assert reads.lists == 2 * once
