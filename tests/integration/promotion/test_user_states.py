"""Promotion and undo over what a user's repository may look like: nothing but the promoted paths may differ.

For each state: promote, undo, promote again. Every other file is compared by bytes, mode, inode and time; every other
index entry with its flags; the whole status as the user sees it.
"""

from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.support import rich
from tests.support.promotion import File, Scene, contents, files, index_lines, status

T = TypeVar("T")

pytestmark = [pytest.mark.unit, pytest.mark.slow]


def _others(found: dict[str, File], touched: set[str]) -> dict[str, File]:
    return {path: one for path, one in found.items() if path not in touched}


def _other_entries(found: dict[str, str], touched: set[str]) -> dict[str, str]:
    return {path: one for path, one in found.items() if path not in touched}


@pytest.mark.parametrize("user", rich.USERS.values(), ids=rich.USERS.keys())
def test_promote_undo_and_promote_again_touch_only_the_work(scene: Scene, user: rich.User) -> None:
    rich.make(scene)
    scene.start()
    scene.work_off(*rich.everything())
    user(scene)

    before, entries, seen = files(scene.work), index_lines(scene.work), status(scene.work)
    before_contents = contents(scene.work)
    kept = {"stash": scene.git("stash", "list"), "config": (scene.git_dir / "config").read_bytes()}

    plan = scene.preview()
    assert plan.refusals == ()
    touched = {change.path for change in plan.changes}
    assert files(scene.work) == before

    # Forward.
    promoted = _without_running_anything(scene, lambda: scene.promote(approved=plan))
    after = files(scene.work)
    assert _others(after, touched) == _others(before, touched)
    assert _other_entries(index_lines(scene.work), touched) == _other_entries(entries, touched)
    assert status(scene.work) == seen
    expected = contents(rich.checked_out(scene, promoted.merge_commit, scene.tmp / "expected"))
    now = contents(scene.work)
    assert {path: now.get(path) for path in touched} == {path: expected.get(path) for path in touched}
    _assert_sound(scene)

    # Back.
    undone = _without_running_anything(scene, lambda: scene.undo(promoted))
    assert scene.tip == undone.revert_commit
    assert contents(scene.work) == before_contents
    assert _others(files(scene.work), touched) == _others(before, touched)
    assert index_lines(scene.work) == entries
    assert status(scene.work) == seen
    assert scene.git("rev-parse", "HEAD^{tree}") == scene.git("rev-parse", f"{scene.base}^{{tree}}")
    _assert_sound(scene)

    # And forward again, whole.
    again = _without_running_anything(scene, scene.promote)
    assert contents(scene.work) == now
    assert scene.git("rev-parse", "HEAD^{tree}") == scene.git("rev-parse", f"{promoted.merge_commit}^{{tree}}")
    assert again.tags == tuple(f"{name}.2" for name in promoted.tags)
    assert status(scene.work) == seen
    _assert_sound(scene)

    assert {"stash": scene.git("stash", "list"), "config": (scene.git_dir / "config").read_bytes()} == kept


def _without_running_anything(scene: Scene, act: Callable[[], T]) -> T:
    ran = scene.tmp / "ran"
    ran.unlink(missing_ok=True)
    result = act()
    assert not ran.exists(), ran.read_text()
    return result


def _assert_sound(scene: Scene) -> None:
    scene.git("fsck", "--strict", "--no-dangling", "--no-progress")
    assert not list(scene.git_dir.rglob("*.lock"))
    assert not [path for path in scene.git_dir.iterdir() if path.name.startswith("orion-")]
    assert not list(scene.work.rglob(".orion-*"))
