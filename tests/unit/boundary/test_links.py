"""Link targets: what stays inside the tree however links are chained."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.boundary.links import check_target, leads_through

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (b"a", b"b"),
        (b"a", b"b/c"),
        (b"d/a", b"../b"),
        (b"d/e/a", b"../../b/c"),
        (b"a", b"."),
        (b"a", b"./b"),
        (b"d/a", b".."),
        (b"a", b"b//c/"),
        (b"a", b"caf\xe9"),
        (b"a", b".gitignore"),
    ],
)
def test_targets_inside_are_fine(path: bytes, target: bytes) -> None:
    assert check_target(path, target) is None


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (b"a", b""),
        (b"a", b"/etc/passwd"),
        (b"a", b"//x"),
        (b"a", b".."),
        (b"a", b"../b"),
        (b"d/a", b"../../b"),
        (b"a", b"b/../../c"),
        (b"a", b"b/../c"),
        (b"d/a", b"b/../c"),
        (b"d/e/a", b"../b/../c"),
        (b"a", b"b\0c"),
        (b"a", b".git/config"),
        (b"a", b".GIT"),
        (b"d/a", b"../.git/hooks"),
        (b"a", b"git~1"),
    ],
)
def test_targets_outside_or_into_git_are_refused(path: bytes, target: bytes) -> None:
    assert check_target(path, target)


def test_a_way_through_a_link_of_the_base_that_leaves_is_refused() -> None:
    links = {b"out": b"/etc", b"in": b"d", b"d/up": b".."}
    assert leads_through(b"a", b"out/passwd", links.get)
    assert leads_through(b"x/a", b"../out", links.get)
    assert leads_through(b"a", b"in/file", links.get) is None
    assert leads_through(b"a", b"d/up/file", links.get) is None


_NAMES = st.sampled_from([b"a", b"b", b"c", b"d"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map(b"/".join)
_TARGETS = st.lists(st.one_of(_NAMES, st.just(b".."), st.just(b".")), min_size=1, max_size=5).map(b"/".join)


@given(links=st.dictionaries(_PATHS, _TARGETS, max_size=6), probe=_PATHS)
def test_no_chain_of_accepted_links_leaves_the_tree(
    tmp_path_factory: pytest.TempPathFactory, links: dict[bytes, bytes], probe: bytes
) -> None:
    """Tried on a real file system: resolve everything, with every accepted link in place."""
    root = tmp_path_factory.mktemp("tree")
    for path, target in links.items():
        if check_target(path, target) is not None:
            continue
        place = root / os.fsdecode(path)
        if any(parent.is_symlink() for parent in (place, *place.parents)):
            continue  # a git path never passes through a link
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(os.fsdecode(target))
        except OSError:
            continue
    for name in (probe, *links):
        try:
            resolved = (root / os.fsdecode(name)).resolve()
        except (OSError, RuntimeError):
            continue  # a loop leads nowhere
        assert resolved.is_relative_to(Path(root).resolve())
