"""Names that are one elsewhere, directories included."""

import pytest

from orion_tui.core.boundary.collisions import FoldIndex, prefixes

pytestmark = pytest.mark.unit


def test_directories_of_a_path() -> None:
    assert list(prefixes(b"a/b/c")) == [b"a", b"a/b"]
    assert list(prefixes(b"a")) == []


@pytest.mark.parametrize(
    ("there", "new"),
    [
        (b"README", b"readme"),
        (b"Dir/x", b"dir/y"),
        (b"a/B/x", b"a/b"),
        (b"a", b"A/x"),
        ("é".encode(), "e\u0301".encode()),
        (b"x", b"x."),
    ],
)
def test_a_clash_names_the_other(there: bytes, new: bytes) -> None:
    index = FoldIndex([there, b"unrelated"])
    assert index.clash(new)
    assert index.clash(b"another") is None


def test_the_same_directory_is_no_clash() -> None:
    index = FoldIndex([b"dir/a", b"dir/b"])
    assert index.clash(b"dir/c") is None
    assert index.clash(b"dir/a") is None


def test_what_went_away_clashes_no_more() -> None:
    index = FoldIndex([b"Dir/a", b"Dir/b"])
    index.remove(b"Dir/a")
    assert index.clash(b"dir/x")
    index.remove(b"Dir/b")
    assert index.clash(b"dir/x") is None
    index.add(b"dir/x")
    assert index.clash(b"Dir/a") == b"dir"
