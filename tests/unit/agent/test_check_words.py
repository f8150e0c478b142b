"""A check as a line: what is expected of it is shown, can be typed, and never becomes part of the command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.base.errors import UsageError
from orion_tui.core.agent.check_words import check_text, read_check
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import Expectation, PlannedAction

pytestmark = pytest.mark.unit

_PIECES = ["pytest -q", " => exit 1", " => ", "output", ' "x"', "any exit", " => blocked", "\\", '"', ", ", "\n", "é"]
_COMMANDS = st.lists(st.sampled_from(_PIECES), min_size=1).map(lambda parts: "".join(parts).strip()).filter(bool)
_EXPECTED = st.builds(
    Expectation,
    exit_code=st.none() | st.integers(0, 255),
    output=st.none() | st.lists(st.sampled_from(_PIECES), min_size=1).map("".join),
)


def planned(command: str, expect: Expectation) -> PlannedAction:
    return PlannedAction(action=RunCommand(argv=("sh", "-c", command), shell=command), expect=expect)


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        (Expectation(), "make"),
        (Expectation(exit_code=1), "make => exit 1"),
        (Expectation(exit_code=None), "make => any exit"),
        (Expectation(output='a "b"'), 'make => output "a \\"b\\""'),
        (Expectation(exit_code=2, output="no"), 'make => exit 2, output "no"'),
        (Expectation(blocked=True), "make => blocked"),
    ],
)
def test_a_line_says_what_is_expected(expect: Expectation, line: str) -> None:
    assert check_text(planned("make", expect)) == line
    assert read_check(line) == ("make", expect)


@given(_COMMANDS, _EXPECTED)
def test_what_is_shown_is_read_as_it_was_meant(command: str, expect: Expectation) -> None:
    assert read_check(check_text(planned(command, expect))) == (command, expect)


@pytest.mark.parametrize("line", ["ls | sed s/=>/x/", "[ -f x ]", "node -e '() => exitNow()'", "echo a => b"])
def test_an_arrow_that_says_nothing_of_an_end_belongs_to_the_command(line: str) -> None:
    assert read_check(line) == (line, Expectation())


@pytest.mark.parametrize(
    "line", ["x => exit 300", "x => exit one", "x => output no quotes", 'x => output "open', "=> exit 1"]
)
def test_a_misspelled_expectation_is_no_command(line: str) -> None:
    with pytest.raises(UsageError, match="cannot be read") as refused:
        read_check(line)
    assert "exit 1" in refused.value.hint
