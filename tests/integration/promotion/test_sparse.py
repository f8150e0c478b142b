"""Sparse checkouts: what the user keeps off the disk stays off it."""

import pytest

from orion_tui.base.errors import ConflictError
from tests.support.promotion import Scene, contents, file, gone, index_lines, status

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("options", [(), ("--sparse-index",)], ids=["full-index", "sparse-index"])
def test_paths_outside_the_cone_move_in_the_index_only(scene: Scene, options: tuple[str, ...]) -> None:
    scene.make(
        {
            "root.txt": "root\n",
            "in/a.txt": "a\n",
            "in/deep/b.txt": "b\n",
            "out/c.txt": "c\n",
            "out/d.txt": "d\n",
            "far/away/e.txt": "e\n",
        }
    )
    scene.start()
    scene.work_off(
        file("root.txt", "ROOT\n"),
        file("in/a.txt", "A\n"),
        file("in/new.txt", "new\n"),
        file("out/c.txt", "C\n"),
        gone("out/d.txt"),
        file("out/new.txt", "new\n"),
        file("elsewhere/new.txt", "new\n"),
    )
    scene.git("sparse-checkout", "init", "--cone", *options)
    scene.git("sparse-checkout", "set", "in")
    scene.write({"in/mine.txt": "mine\n", "in/deep/b.txt": "edited\n"})
    before, seen, entries = contents(scene.work), status(scene.work), index_lines(scene.work)

    promoted = scene.promote()

    now = contents(scene.work)
    assert now == {
        **before,
        "root.txt": ("file", False, b"ROOT\n"),
        "in/a.txt": ("file", False, b"A\n"),
        "in/new.txt": ("file", False, b"new\n"),
    }
    assert status(scene.work) == seen
    after = index_lines(scene.work)
    assert after["far/away/e.txt"] == entries["far/away/e.txt"]
    assert [path for path, line in after.items() if line.startswith("|S")] == [
        *("elsewhere/new.txt", "far/away/e.txt", "out/c.txt", "out/new.txt"),
    ]
    assert scene.git("diff", "--cached", "--name-only") == ""

    scene.undo(promoted)
    assert contents(scene.work) == before
    assert index_lines(scene.work) == entries
    assert status(scene.work) == seen
    scene.git("sparse-checkout", "disable")
    assert scene.git("status", "--porcelain") == " M in/deep/b.txt\n?? in/mine.txt"


def test_a_file_of_the_users_where_the_cone_ends_is_still_in_the_way(scene: Scene) -> None:
    scene.make({"in/a.txt": "a\n", "out/c.txt": "c\n"})
    scene.start()
    scene.work_off(file("out/new.txt", "agent\n"))
    scene.git("sparse-checkout", "set", "--cone", "in")
    scene.write({"out/new.txt": "mine\n"})
    before = scene.everything()
    with pytest.raises(ConflictError) as refused:
        scene.promote()
    assert refused.value.problems == ("out/new.txt is an untracked file in the way",)
    assert scene.everything() == before


def test_a_pattern_list_shows_new_files(scene: Scene) -> None:
    scene.make({"a.txt": "a\n", "b.md": "b\n"})
    scene.start()
    scene.work_off(file("a.txt", "A\n"), file("b.md", "B\n"), file("n.md", "n\n"))
    scene.git("sparse-checkout", "set", "--no-cone", "/*", "!*.md")
    assert not (scene.work / "b.md").exists()
    scene.promote()
    assert contents(scene.work) == {"a.txt": ("file", False, b"A\n"), "n.md": ("file", False, b"n\n")}
    assert scene.git("status", "--porcelain") == ""
