"""`orion status SESSION` says what its sandbox uses, and nothing where none stands."""

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.sandbox import gauges
from orion_tui.core.sandbox.base import Limits
from orion_tui.core.sandbox.cgroup import Cgroup
from orion_tui.core.session import meters
from tests.support.command_line import Orion
from tests.support.metered import Gauged, sleeping
from tests.support.records import Records

pytestmark = pytest.mark.unit

A = "aaaaaaaaaaaa"


def test_a_session_at_work_says_what_its_sandbox_uses(orion: Orion, orion_home: OrionHome) -> None:
    Records(orion_home).session(A, SessionState.RUNNING)
    assert "it uses" not in orion("status", A).out
    assert orion("status", A, "--json").json()["sandbox_uses"] is None
    with sleeping() as process:
        shown = meters.show(orion_home, A, Gauged(gauges.gauges(process.pid, Cgroup.none(), Limits())))
        assert shown is not None
        assert "1 of 128 processes" in orion("status", A).out
        uses = orion("status", A, "--json").json()["sandbox_uses"]
    assert (uses["processes"], uses["processes_limit"], uses["memory_limit"]) == (1, 128, Limits().memory_bytes)
    shown.remove()
    assert "it uses" not in orion("status", A).out
