"""Which changes of a task are changes of its own check (RUN-4)."""

import pytest

from orion_tui.core.boundary.change import Before, Change
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.sandbox.base import EntryKind, TreeEntry
from orion_tui.core.session.own_checks import changed, told

pytestmark = pytest.mark.unit


def check(text: str) -> RunCommand:
    return RunCommand(argv=("sh", "-c", text), shell=text)


def change(path: str, before: str | None = "old", after: str | None = "new") -> Change:
    held = path.encode()
    entry = TreeEntry(path=held, kind=EntryKind.FILE, data=b"") if after is not None else None
    was = Before(kind=EntryKind.FILE, oid=before) if before is not None else None
    return Change(path=held, before=was, after=entry, oid=after or "")


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("python3 -m unittest -q", "test_app.py"),
        ("pytest", "tests/helpers.py"),
        ("pytest -q", "pyproject.toml"),
        ("cd web && npm test", "web/src/button.spec.ts"),
        ("npm test", "package.json"),
        ("go test ./...", "store/store_test.go"),
        ("make test", "Makefile"),
        ("make check", "web/__tests__/button.js"),
        ("./check.sh", "check.sh"),
        ("python3 scripts/proof.py", "scripts/proof.py"),
        ("python3 -m unittest checks.proof", "checks/proof.py"),
        ("ruff check .", "ruff.toml"),
    ],
)
def test_what_a_check_runs_and_runs_through_is_part_of_it(command: str, path: str) -> None:
    assert changed([check(command)], [change("app.py"), change(path)]) == (path,)
    assert changed([check(command)], [change(path, after=None)]) == (path,)


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("python3 -m unittest -q", "app.py"),
        ("python3 -m unittest -q", "pyproject.toml"),
        ("grep -q done docs/guide.md", "docs/guide.md"),
        ("ruff check app.py", "app.py"),
        ("ruff check .", "tests/test_app.py"),
        ("test -f tests/test_app.py", "tests/test_app.py"),
    ],
)
def test_what_a_check_looks_at_is_no_part_of_it(command: str, path: str) -> None:
    assert changed([check(command)], [change(path)]) == ()


def test_a_new_test_weakens_none_but_new_settings_of_the_runner_may() -> None:
    new = [change(path, before=None) for path in ("tests/test_more.py", "tests/conftest.py", "tests/test_named.py")]
    assert changed([check("pytest")], new) == ("tests/conftest.py",)
    assert changed([check("pytest tests/test_named.py")], new) == ("tests/conftest.py", "tests/test_named.py")


def test_what_is_in_the_end_as_it_was_is_not_changed() -> None:
    there_and_back = [change("test_a.py", "old", "new"), change("test_a.py", "new", "old")]
    assert changed([check("pytest")], there_and_back) == ()
    made_and_taken_away = [change("conftest.py", None, "new"), change("conftest.py", "new", None)]
    assert changed([check("pytest")], made_and_taken_away) == ()


def test_without_a_check_there_is_none_to_change() -> None:
    assert changed([], [change("test_a.py")]) == ()


def test_it_is_told_in_one_line() -> None:
    assert told(()) == ""
    assert told(("a", "b")) == "its check was changed by the same task: a, b"
    assert told([f"t{n}" for n in range(8)]).endswith("t3, t4 and 3 more")
