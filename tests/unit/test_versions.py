"""Which version is older: only then is a supervisor replaced."""

import pytest

from orion_tui.base.versions import older

pytestmark = pytest.mark.unit

IN_ORDER = [
    "8.9",
    "9.0.0.dev1",
    "9.0.0a1",
    "9.0.0b1",
    "9.0.0b2",
    "9.0.0b10",
    "9.0.0rc1",
    "9.0.0",
    "9.0.0.post1",
    "9.0.1",
]


@pytest.mark.parametrize("index", range(len(IN_ORDER) - 1))
def test_each_is_older_than_the_next_and_not_the_other_way_round(index: int) -> None:
    assert older(IN_ORDER[index], IN_ORDER[index + 1])
    assert not older(IN_ORDER[index + 1], IN_ORDER[index])


@pytest.mark.parametrize(("one", "other"), [("9.0", "9.0.0"), ("9.0.0b1", "9.0.0b1"), ("9.0.0+local", "9.0.0")])
def test_equal_ones_are_not_older(one: str, other: str) -> None:
    assert not older(one, other)
    assert not older(other, one)


@pytest.mark.parametrize("text", ["", "nonsense", "9.x", "1.0; rm -rf"])
def test_what_is_no_version_is_never_older(text: str) -> None:
    assert not older(text, "9.0.0")
    assert not older("9.0.0", text)
