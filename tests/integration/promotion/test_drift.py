"""Drift (SAVE-3): what changed in the workspace since the session began, uncommitted edits included."""

import pytest

from orion_tui.core.repo.drift import DriftLevel, is_manifest
from tests.support.promotion import Change, Scene, file, gone

pytestmark = pytest.mark.unit

TREE: dict[str, str | bytes] = {
    "src/a.py": "a\n",
    "src/b.py": "b\n",
    "docs/c.md": "c\n",
    "pyproject.toml": "p\n",
    ".github/workflows/ci.yml": "ci\n",
}
WORK: tuple[Change, ...] = (file("src/a.py", "A\n"), file("pkg/new.py", "n\n"), gone("src/b.py"))


def _level(scene: Scene) -> tuple[DriftLevel, tuple[str, ...]]:
    drift = scene.preview().drift
    return drift.level, drift.decisive


@pytest.mark.parametrize("how", ["committed", "staged", "unstaged"])
@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({}, ("none", ())),
        ({"docs/c.md": "user\n"}, ("low", ())),
        ({"docs/new.md": "user\n"}, ("low", ())),
        ({"pyproject.toml": "user\n", "docs/c.md": "x\n"}, ("medium", ("pyproject.toml",))),
        ({".github/workflows/ci.yml": "user\n"}, ("medium", (".github/workflows/ci.yml",))),
        ({"sub/package-lock.json": "user\n"}, ("medium", ("sub/package-lock.json",))),
        ({"src/a.py": "user\n", "pyproject.toml": "x\n"}, ("high", ("src/a.py",))),
        ({"src/b.py": "user\n"}, ("high", ("src/b.py",))),
        ({"pkg/new.py": "user\n"}, ("high", ("pkg/new.py",))),
        ({"pkg": "a file where a directory comes\n"}, ("high", ("pkg",))),
        ({"pkg/other.py": "user\n"}, ("low", ())),
    ],
)
def test_the_level_says_how_much_it_matters(
    scene: Scene, edit: dict[str, str | bytes], expected: tuple[str, tuple[str, ...]], how: str
) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*WORK)
    scene.write(edit)
    if how != "unstaged":
        scene.git("add", "-A")
    if how == "committed":
        scene.commit()
    level, decisive = _level(scene)
    assert level == expected[0]
    if level != "low":
        assert decisive == expected[1]


def test_a_deleted_file_has_drifted(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*WORK)
    (scene.work / "src/a.py").unlink()
    assert _level(scene) == ("high", ("src/a.py",))


def test_ignored_files_do_not_count(scene: Scene) -> None:
    scene.make({**TREE, ".gitignore": "*.log\n"})
    scene.start()
    scene.work_off(*WORK)
    scene.write({"src/x.log": "x\n"})
    assert _level(scene) == ("none", ())


def test_another_branch_that_is_checked_out_has_nothing_to_say(scene: Scene) -> None:
    scene.make(TREE)
    scene.start()
    scene.work_off(*WORK)
    scene.git("switch", "-q", "-c", "other")
    scene.write({"src/a.py": "user\n"})
    assert _level(scene) == ("none", ())


def test_what_was_taken_along_has_not_drifted_until_it_changes(scene: Scene) -> None:
    scene.make(TREE)
    scene.write({"src/a.py": "mine\n", "mine/new.py": "mine\n"})
    (scene.work / "docs/c.md").unlink()
    scene.start(snapshot=True)
    scene.work_off(*WORK)
    assert _level(scene) == ("none", ())
    scene.write({"mine/new.py": "mine again\n"})
    assert scene.preview().drift.paths == ("mine/new.py",)
    scene.write({"mine/new.py": "mine\n", "src/a.py": "mine again\n"})
    assert _level(scene) == ("high", ("src/a.py",))
    scene.write({"src/a.py": "mine\n", "docs/c.md": "back\n"})
    assert scene.preview().drift.paths == ("docs/c.md",)


def test_what_was_taken_along_and_committed_since_has_not_drifted(scene: Scene) -> None:
    scene.make(TREE)
    scene.write({"src/a.py": "mine\n", "mine/new.py": "mine\n"})
    scene.start(snapshot=True)
    scene.work_off(*WORK)
    scene.commit()
    assert _level(scene) == ("none", ())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pyproject.toml", True),
        ("a/b/Cargo.lock", True),
        ("requirements-dev.txt", True),
        ("requirements/base.txt", False),
        (".github/workflows/x.yml", True),
        (".github/CODEOWNERS", False),
        ("src/makefile.py", False),
        ("Makefile", True),
        (".gitlab-ci.yml", True),
        ("docs/.circleci/config.yml", False),
    ],
)
def test_manifests_are_known_by_name(path: str, expected: bool) -> None:
    assert is_manifest(path) is expected
