"""Words of empty panes follow the person's keys."""

import pytest

from orion_tui.base.own_keys import DEFAULT, own_keys
from orion_tui.widgets.teaching import taught

pytestmark = pytest.mark.unit


def test_a_command_becomes_its_key() -> None:
    assert taught("{app.work} hands over a goal", DEFAULT) == [
        ("", "muted"),
        ("w", "key"),
        (" hands over a goal", "muted"),
    ]


def test_a_key_of_ones_own_is_named() -> None:
    keys, wrong = own_keys({"app.work": ["f7"]})
    assert not wrong
    assert ("F7", "key") in taught("{app.work} hands over a goal", keys)


def test_other_braces_stay_as_they_are() -> None:
    assert taught("a {} set", DEFAULT) == [("a {} set", "muted")]


def test_a_command_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        taught("{app.nothing} does nothing", DEFAULT)
