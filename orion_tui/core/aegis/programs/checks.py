"""Test runners, linters and formatters. They run code of the workspace, which is what their kinds stand for."""

import os

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.file_claims import claim_change
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.places import Where
from orion_tui.core.aegis.programs.families import Entry, family
from orion_tui.core.aegis.programs.injection import telling
from orion_tui.core.boundary.names import fold_key
from orion_tui.core.boundary.special import special_reason
from orion_tui.core.models.actions import FileChange

_TEST, _LINT, _FORMAT = ActionKind.RUN_TESTS, ActionKind.RUN_LINTERS, ActionKind.FORMAT_CODE


def _short(arg: str, option: str) -> bool:
    """Whether `arg` begins with a short option and its value, as in `-r./x`."""
    return len(option) == 2 and arg.startswith(option) and len(arg) > 2


def checker(kind: ActionKind, *, refuse: tuple[str, ...] = (), fixes: tuple[str, ...] = ()) -> Handler:
    """A program of one kind; with one of `fixes` it also rewrites code; `refuse` are options that run others."""

    def handler(call: Invocation) -> None:
        call.claim(kind)
        names = {arg.partition("=")[0] for arg in call.args}
        if names & set(fixes):
            call.claim(_FORMAT, "", "it rewrites what it finds")
            _rewrites(call)
        glued = any(_short(arg, option) for arg in call.args for option in refuse)
        if names & set(refuse) or glued or telling(call.args):
            call.doubt(f"an option of {call.name} that may run something else")
        call.hazards()

    return handler


def _pytest(call: Invocation) -> None:
    """Tests of the workspace. What loads other code by name than the tests it collects, or changes settings from the
    command line, is more than that."""
    call.claim(_TEST)
    args = call.parse(("-c", "-k", "-m", "-n", "-o", "-p", "-r", "-W", *_PYTEST_VALUES))
    loads = any(not name.startswith("no:") for name in args.values("-p"))
    if loads or args.has("-o", "--override-ini", "--pdbcls", "--tx") or telling(call.args):
        call.doubt(f"an option of {call.name} that may run something else")
    call.hazards()


def _mypy(call: Invocation) -> None:
    if "--install-types" in call.args:
        call.claim(ActionKind.INSTALL_PACKAGES, "", "installs packages of types")
    checker(_LINT)(call)


def _rewrites(call: Invocation) -> None:
    """What is rewritten by name where rewriting is more than formatting: special paths, Orion's own, git's own."""
    for arg in call.args:
        place = call.place(arg) if not arg.startswith("-") else None
        if place is None or place.where is not Where.WORKSPACE:
            continue
        change = FileChange(path=place.path, before=b"", after=b"")
        own = any(fold_key(os.fsencode(part)) in {b".orion", b".git"} for part in place.path.split("/"))
        if own or special_reason(place.path, change):
            claim_change(call.out, place.path, change=change)


def _formatter(*checks: str) -> Handler:
    """A formatter; with one of `checks` it only tells what it would do."""

    def handler(call: Invocation) -> None:
        if set(call.args) & set(checks):
            call.claim(_LINT)
        else:
            call.claim(_FORMAT)
            _rewrites(call)
        if telling(call.args):
            call.doubt(f"an option of {call.name} that may run something else")
        call.hazards()

    return handler


def _printing_formatter(*writes: str) -> Handler:
    """A formatter that prints unless one of `writes` is given."""

    def handler(call: Invocation) -> None:
        names = {arg.partition("=")[0] for arg in call.args}
        call.claim(_FORMAT if names & set(writes) else _LINT)
        if names & set(writes):
            _rewrites(call)
        if telling(call.args):
            call.doubt(f"an option of {call.name} that may run something else")
        call.hazards()

    return handler


def _sessions(call: Invocation) -> None:
    """tox, nox: tests in environments that they install first."""
    call.claim(_TEST)
    call.claim(ActionKind.INSTALL_PACKAGES, "", f"{call.name} installs what its environments name")
    if telling(call.args) or {"exec", "devenv", "-x"} & {arg.partition("=")[0] for arg in call.args}:
        call.doubt(f"an option of {call.name} that may run something else")
    call.hazards()


def _tsc(call: Invocation) -> None:
    call.claim(_LINT if "--noEmit" in call.args else ActionKind.RUN_BUILD)
    call.hazards()


def _pre_commit(call: Invocation) -> None:
    call.claim(_LINT)
    call.claim(_FORMAT, "", "hooks may rewrite files")
    call.doubt("hooks that the workspace names")


#: Options of pytest that take a value which could be mistaken for an option.
_PYTEST_VALUES = ("--deselect", "--ignore", "--maxfail", "--tb", "--durations", "--cov", "--junitxml", "--basetemp")

_FIX: dict[str, Entry] = {"check": checker(_LINT, fixes=("--fix", "--fix-only", "--unsafe-fixes", "--add-noqa"))}

PROGRAMS: dict[str, Handler] = {
    **dict.fromkeys(("pytest", "py.test"), _pytest),
    "mypy": _mypy,
    **dict.fromkeys(
        *(
            (
                *("unittest", "nosetests", "nose2", "trial", "zope-testrunner", "behave", "robot"),
                *("jest", "vitest", "mocha", "ava", "tap", "jasmine", "karma"),
                *("phpunit", "pest", "rspec", "minitest", "cucumber", "ctest", "gotestsum", "bats", "prove", "busted"),
            ),
            checker(_TEST, refuse=("-e", "-r", "-S", "-D", "--build-and-test")),
        )
    ),
    **dict.fromkeys(("tox", "nox"), _sessions),
    **dict.fromkeys(
        *(
            (
                *(
                    "flake8",
                    "pylint",
                    "pyflakes",
                    "pyright",
                    "basedpyright",
                    "pytype",
                    "bandit",
                    "vulture",
                    "radon",
                ),
                *("pycodestyle", "pydocstyle", "pydoclint", "interrogate", "lint-imports", "codespell", "yamllint"),
                *("shellcheck", "hadolint", "actionlint", "tflint", "checkov", "staticcheck", "cppcheck", "clang-tidy"),
                *(
                    "vale",
                    "proselint",
                    "textlint",
                    "ktlint",
                    "detekt",
                    "checkstyle",
                    "djlint",
                    "sqlfluff",
                    "ansible-lint",
                ),
            ),
            checker(_LINT, fixes=("--fix", "-w", "--write-changes", "--fix-errors", "-F")),
        )
    ),
    **dict.fromkeys(
        ("eslint", "stylelint", "markdownlint", "markdownlint-cli2", "rubocop", "golangci-lint", "biome", "oxlint"),
        checker(_LINT, fixes=("--fix", "-a", "-A", "--autocorrect", "--auto-correct", "--write", "--apply")),
    ),
    **dict.fromkeys(("playwright", "cypress"), family({"test": _TEST, "run": _TEST})),
    "ruff": family(
        {
            **_FIX,
            "format": _formatter("--check", "--diff"),
            "rule": _LINT,
            "linter": _LINT,
            "config": _LINT,
            "analyze": _LINT,
            "version": _LINT,
        },
        takes=("--config", "--isolated"),
    ),
    **dict.fromkeys(
        ("black", "isort", "autopep8", "yapf", "docformatter"), _formatter("--check", "--diff", "--check-only")
    ),
    **dict.fromkeys(("autoflake", "pyupgrade", "cmake-format", "taplo", "dprint", "swiftformat"), _formatter()),
    "prettier": _printing_formatter("--write", "-w"),
    "gofmt": _printing_formatter("-w", "-r"),
    "goimports": _printing_formatter("-w"),
    "rustfmt": _formatter("--check"),
    "clang-format": _printing_formatter("-i"),
    "shfmt": _printing_formatter("-w"),
    "tsc": _tsc,
    "vue-tsc": _tsc,
    "pre-commit": _pre_commit,
}
