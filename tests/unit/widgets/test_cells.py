"""Lines: what is cut, and where."""

import pytest
from rich.cells import cell_len

from orion_tui.themes import ASCII, UNICODE, make_look
from orion_tui.widgets.cells import fit, fit_path, line

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("path", "width", "shown"),
    [
        ("src/client.py", 20, "src/client.py       "),
        ("src/orion/widgets/deep/client.py", 23, "src/…/deep/client.py   "),
        ("src/orion/widgets/deep/client.py", 16, "src/…/client.py "),
        ("/home/ada/src/api-client/client.py", 16, "/…/client.py    "),
        ("src/orion/a_very_long_name_of_a_file.py", 12, "…f_a_file.py"),
        ("a_very_long_name.py", 8, "…name.py"),
        ("src/日本語/名前.py", 12, "src/…/名前. "),
        ("src/x.py", 1, "…"),
        ("src/x.py", 0, ""),
    ],
)
def test_a_path_is_cut_in_its_middle(path: str, width: int, shown: str) -> None:
    found = fit_path(path, width, UNICODE)
    assert cell_len(found) == width
    if "日" not in path:
        assert found == shown


def test_a_title_is_cut_at_its_end() -> None:
    assert fit("Implement exponential back-off", 12, UNICODE) == "Implement e…"
    assert fit("Implement exponential back-off", 12, ASCII) == "Implement e~"


def test_what_is_cut_does_not_touch_what_follows() -> None:
    strip = line(make_look("dark"), 20, [("a branch with a long name", "text")], [("02:12", "faint")])
    assert strip.text == "a branch with… 02:12"
    strip = line(make_look("dark"), 20, [("a branch", "text")], [("02:12", "faint")])
    assert strip.text == "a branch       02:12"
