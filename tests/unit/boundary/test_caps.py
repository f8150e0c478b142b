"""The ceilings of GATE-3 and the words for each."""

import pytest

from orion_tui.base.errors import UsageError
from orion_tui.core.boundary.caps import Caps, Usage, count_lines

pytestmark = pytest.mark.unit


def test_the_ceilings_are_those_of_the_contract() -> None:
    caps = Caps()
    assert (caps.file_bytes, caps.file_lines) == (10_000_000, 5_000)
    assert (caps.created, caps.modified, caps.total_bytes) == (100, 200, 200_000_000)


def test_a_role_may_lower_and_never_raise() -> None:
    caps = Caps().lowered({"created": 5, "file_lines": 1_000_000})
    assert caps.created == 5
    assert caps.file_lines == 5_000
    with pytest.raises(UsageError, match="no such write limit: speed"):
        Caps().lowered({"speed": 1})


@pytest.mark.parametrize(("size", "allowed"), [(10_000_000, True), (10_000_001, False)])
def test_size_of_a_file(size: int, allowed: bool) -> None:
    reason = Caps().check_size(size)
    assert (reason is None) is allowed
    if reason:
        assert "10,000,001 bytes, more than the 10,000,000" in reason


def test_lines_of_a_file() -> None:
    caps = Caps()
    assert caps.check_lines(b"x\n" * 5_000, None) is None
    assert "5,001 lines" in (caps.check_lines(b"x\n" * 5_001, None) or "")
    assert "5,001 lines" in (caps.check_lines(b"x\n" * 5_000 + b"x", None) or "")


def test_lines_do_not_count_where_they_say_nothing() -> None:
    long = b"x\n" * 6_000
    caps = Caps()
    assert caps.check_lines(long, None, exempt=True) is None
    assert caps.check_lines(long, b"y\n" * 5_001, exempt=False) is None
    assert caps.check_lines(long, b"y\n" * 5_000, exempt=False)
    assert caps.check_lines(b"\0" + long, None) is None


@pytest.mark.parametrize(
    ("data", "lines"), [(b"", 0), (b"x", 1), (b"x\n", 1), (b"x\ny", 2), (b"\n\n", 2), (b"\0\n\n", 0)]
)
def test_lines_are_counted_as_an_editor_does(data: bytes, lines: int) -> None:
    assert count_lines(data) == lines


def test_each_ceiling_of_the_session_has_its_own_words() -> None:
    caps = Caps()
    assert "created 100 files" in (caps.check_usage(Usage(created=100), creates=True) or "")
    assert "changed 200 files" in (caps.check_usage(Usage(modified=200), modifies=True) or "")
    assert "200,000,001 bytes" in (caps.check_usage(Usage(total_bytes=200_000_000), adds=1) or "")
    full = Usage(created=100, modified=200, total_bytes=200_000_000)
    assert caps.check_usage(full) is None
    assert caps.check_usage(full, adds=-5) is None
