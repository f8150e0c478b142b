"""What a goal amounts to, in lines."""

import pytest

from orion_tui.bridge.goal_port import GoalRequest, PlaceView
from orion_tui.themes import UNICODE
from orion_tui.widgets.goal_lines import LABEL, about_lines

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("room", range(9, 40))
def test_a_path_is_broken_between_its_folders(room: int) -> None:
    path = "/home/ada/.orion-demo/demo/tidepool"
    width = LABEL + 1 + room
    place, request = PlaceView(path=path, root=path), GoalRequest(goal="", role="", workspace=path)
    lines = about_lines(None, place, request, width, UNICODE)
    end = next(n for n, each in enumerate(lines) if each.text.startswith("from"))
    shown = [each.text[LABEL + 1 :] for each in lines[:end]]
    assert "".join(shown) == path
    assert all(len(piece) <= room for piece in shown)
    if room >= len("/.orion-demo"):
        assert all(piece.startswith("/") for piece in shown)
