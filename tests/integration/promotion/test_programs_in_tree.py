"""Configuration that leads into the work tree: what the agent wrote there never runs (SHIP-3, THREATS 6)."""

from pathlib import Path

import pytest

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


def test_a_filter_program_in_the_tree_does_not_run_as_the_agent_left_it(scene: Scene, marker: Path) -> None:
    scene.make(TREE)
    _filter(scene)
    scene.start()
    scene.work_off(file("tools/clean.sh", f"touch {marker}\ncat\n"), file("a.nb", "y\n"), file("plain.txt", "z\n"))
    scene.promote()
    assert not marker.exists()
    assert (scene.work / "a.nb").read_text() == "y\n"
    # The control: the user's own look at the file does run it.
    (scene.work / "a.nb").touch()
    assert scene.git("status", "--porcelain") == ""
    assert marker.exists()


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
