"""Whether a task changed what was to prove it: its tests, the script or the settings that its check runs through.

A check that passes then says less than it seems to. It is no refusal, for tests are there to be changed, but a person
is to see it before the work is taken over. Looked at is what the task did, not what its check did; a new test that the
check does not name weakens none that was there.
"""

import os
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.path_kinds import is_test
from orion_tui.core.boundary.change import Before, Change
from orion_tui.core.models.actions import Action, RunCommand

_PYTHON = ("pyproject.toml", "setup.cfg", "tox.ini")
#: Files that say what a program does, by its name; a name of one of them counts in every folder.
_RUNS_THROUGH: Mapping[str, tuple[str, ...]] = {
    "pytest": _PYTHON,
    "tox": _PYTHON,
    "nox": ("noxfile.py",),
    "ruff": ("pyproject.toml", "ruff.toml", ".ruff.toml"),
    "mypy": (*_PYTHON, "mypy.ini", ".mypy.ini"),
    "pyright": ("pyproject.toml", "pyrightconfig.json"),
    "flake8": ("setup.cfg", "tox.ini", ".flake8"),
    **dict.fromkeys(("poetry", "hatch", "pdm", "uv"), ("pyproject.toml",)),
    **dict.fromkeys(("make", "gmake"), ("makefile", "gnumakefile")),
    "just": ("justfile", ".justfile"),
    **dict.fromkeys(("npm", "npx", "yarn", "pnpm", "bun"), ("package.json",)),
    "cargo": ("cargo.toml",),
    "go": ("go.mod", "go.work"),
    "mvn": ("pom.xml",),
    **dict.fromkeys(("gradle", "gradlew"), ("build.gradle", "build.gradle.kts")),
}
#: Settings of test runners, which count when they are new, too.
_SETTINGS = re.compile(r"conftest\.py|pytest\.ini|(?:jest|vitest)\.config\.[a-z]+")
_WORD = re.compile(r"[\w.\-]+")
_RUNS = frozenset({ActionKind.RUN_TESTS, ActionKind.RUN_BUILD})


def changed(accept: Iterable[Action], changes: Iterable[Change]) -> tuple[str, ...]:
    """Paths, in order, that a task changed and that decide what its acceptance checks do.

    `changes` are the task's own, in the order in which they were made.
    """
    checks = [_Check(action) for action in accept]
    found = (path for path, new in _net(changes).items() if any(check.rests_on(path, new=new) for check in checks))
    return tuple(sorted(found))


def told(paths: Sequence[str], most: int = 5) -> str:
    """For people; empty where nothing was changed."""
    if not paths:
        return ""
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return f"its check was changed by the same task: {', '.join(paths[:most])}{more}"


def _net(changes: Iterable[Change]) -> dict[str, bool]:
    """Paths that hold something else than before all of it, each with whether it is new."""
    first: dict[bytes, Before | None] = {}
    last: dict[bytes, Before | None] = {}
    for change in changes:
        first.setdefault(change.path, change.before)
        last[change.path] = Before(kind=change.after.kind, oid=change.oid) if change.after is not None else None
    return {os.fsdecode(path): first[path] is None for path in first if first[path] != last[path]}


class _Check:
    """One acceptance check."""

    def __init__(self, action: Action) -> None:
        seen = classify(action)
        # What a linter or a search is given is what it looks at; what a runner or a script is given is what it runs.
        self._runs = seen.opaque or not _RUNS.isdisjoint(claim.kind for claim in seen.claims)
        named = seen.named_paths if self._runs else ()
        # `unittest checks.proof` names a module.
        self._named = frozenset((*named, *(f"{name.replace('.', '/')}.py" for name in named)))
        words = _WORD.findall(action.text) if isinstance(action, RunCommand) else ()
        through = (_RUNS_THROUGH.get(posixpath.basename(word), ()) for word in words)
        self._through = frozenset(name for names in through for name in names)

    def rests_on(self, path: str, *, new: bool) -> bool:
        name = posixpath.basename(path).casefold()
        if name in self._through or path in self._named:
            return True
        return self._runs and is_test(path) and (not new or _SETTINGS.fullmatch(name) is not None)
