"""Configuration that leads into the work tree: what the agent wrote there never runs (SHIP-3, THREATS 6)."""

from pathlib import Path

import pytest

from orion_tui.base.errors import ConflictError
from tests.support.promotion import Scene, file

pytestmark = pytest.mark.unit

TREE: dict[str, str | bytes] = {
    ".gitattributes": "*.nb filter=mine\n",
    "tools/clean.sh": "cat\n",
    "conf/shared.inc": "[core]\n",
    "a.nb": "x\n",
}


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "ran"


def _filter(scene: Scene) -> None:
    for what in ("clean", "smudge"):
        scene.git("config", f"filter.mine.{what}", "sh tools/clean.sh")


def _include(scene: Scene) -> None:
    scene.git("config", "include.path", "../conf/shared.inc")


def _evil(scene: Scene, marker: Path) -> None:
    """A promotion that changes the program, and one file beside it."""
    scene.start()
    scene.work_off(file("tools/clean.sh", f"touch {marker}\ncat\n"), file("plain.txt", "z\n"))


def test_a_filter_program_in_the_tree_does_not_run_as_the_agent_left_it(scene: Scene, marker: Path) -> None:
    scene.make(TREE)
    _filter(scene)
    _evil(scene, marker)
    scene.promote()
    assert not marker.exists()
    assert (scene.work / "plain.txt").read_text() == "z\n"
    # The control: the user's own look at the file does run it.
    (scene.work / "a.nb").touch()
    assert scene.git("status", "--porcelain") == ""
    assert marker.exists()


@pytest.mark.parametrize("command", ["sh tools/clean.sh", "sh {root}/tools/clean.sh", "cd tools && ./clean.sh"])
def test_a_file_that_needs_a_program_of_the_tree_is_refused_with_a_hint(
    scene: Scene, marker: Path, command: str
) -> None:
    scene.make(TREE)
    for what in ("clean", "smudge"):
        scene.git("config", f"filter.mine.{what}", command.format(root=scene.work))
    _evil(scene, marker)
    scene.work_off(file("a.nb", "y\n"))
    with pytest.raises(ConflictError) as caught:
        scene.promote()
    assert any("a.nb needs a filter program" in line for line in caught.value.problems)
    assert "filter.*.clean" in caught.value.hint
    assert "commit, stash" not in caught.value.hint
    assert not marker.exists()


def test_undo_runs_no_program_that_was_promoted_before(scene: Scene, marker: Path) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(file("tools/clean.sh", f"touch {marker}\ncat\n"), file("a.nb", "y\n"))
    promoted = scene.promote()
    # The file is not raw what the commit says: only the filter could tell whether it is the same.
    _filter(scene)
    (scene.work / "a.nb").write_text("y\n\n")
    with pytest.raises(ConflictError) as caught:
        scene.undo(promoted)
    assert any("a.nb needs a filter program" in line for line in caught.value.problems)
    assert not marker.exists()
    # Where nothing has to be converted, undo goes on: without the filters it is whole.
    (scene.work / "a.nb").write_text("y\n")
    scene.git("config", "--unset", "filter.mine.smudge")
    scene.undo(promoted)
    assert not marker.exists()
    assert (scene.work / "a.nb").read_text() == "x\n"


def test_a_later_promotion_runs_no_program_that_was_promoted_before(scene: Scene, marker: Path) -> None:
    scene.make(TREE)
    _evil(scene, marker)
    scene.promote()
    scene.git("config", "filter.mine.smudge", f"sh {scene.work}/tools/clean.sh")
    scene.work_off(file("a.nb", "y\n"))
    with pytest.raises(ConflictError):
        scene.promote()
    assert not marker.exists()
    # The control: the same filter, whose program is the user's own beside the tree, does run.
    own = scene.tmp / "own.sh"
    own.write_text(f"touch {marker}\ntr a-z A-Z\n")
    scene.git("config", "filter.mine.smudge", f"sh {own}")
    scene.promote()
    assert marker.exists()
    assert (scene.work / "a.nb").read_text() == "Y\n"


def test_configuration_that_is_included_from_the_tree_starts_nothing(scene: Scene, marker: Path) -> None:
    scene.make(TREE)
    _include(scene)
    scene.start()
    program = f"touch {marker}; cat"
    wanted = f'[filter "mine"]\n\tclean = {program}\n\tsmudge = {program}\n[core]\n\tfsmonitor = {program}\n'
    scene.work_off(file("conf/shared.inc", wanted.replace("; ", " && ")), file("a.nb", "y\n"))
    promoted = scene.promote()
    assert not marker.exists()
    (scene.work / "a.nb").touch()
    scene.git("-c", "core.fsmonitor=false", "status", "--porcelain")
    assert marker.exists()
    marker.unlink()
    scene.git("config", "--unset", "include.path")
    scene.undo(promoted)
    assert (scene.work / "a.nb").read_text() == "x\n"
