"""What `orion checkpoints` says that models had cost by then."""

import pytest

from orion_tui.cli.checkpoints import spent
from orion_tui.core.models.so_far import SoFar

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (SoFar(tokens=84_210, cost_usd=0.468), ("84,210", "$0.47")),
        (SoFar(tokens=9_000, cost_usd=0.2, unpriced=True), ("9,000", "$0.20+")),
        (SoFar(tokens=9_000, unpriced=True), ("9,000", "no price")),
        (SoFar(worked=12.0), ("", "")),
        (None, ("", "")),
    ],
)
def test_dollars_are_told_as_far_as_they_are_known(used: SoFar | None, said: tuple[str, str]) -> None:
    assert spent(used) == said
