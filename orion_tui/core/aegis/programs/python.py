"""Python: modules that are known by name, scripts and texts that are not."""

import re

import attrs

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.programs import builds, checks, packages, visible
from orion_tui.core.aegis.programs.outputs import claim_outputs

#: Modules run with `-m` that are a program of their own name.
_AS_PROGRAM: dict[str, Handler] = {
    **{
        name: checks.PROGRAMS[name]
        for name in (
            *("pytest", "unittest", "nose2", "behave", "trial", "tox", "nox", "flake8", "pylint", "pyflakes", "mypy"),
            *("bandit", "vulture", "pycodestyle", "pydocstyle", "codespell", "yamllint", "ruff", "black", "isort"),
            *("autopep8", "yapf", "pyupgrade", "autoflake", "pyright", "radon", "pytype", "robot"),
        )
    },
    **{name: packages.PROGRAMS[name] for name in ("pip", "pipx", "poetry", "pdm", "hatch", "flit", "pipenv", "uv")},
    "mkdocs": builds.PROGRAMS["mkdocs"],
    "sphinx": builds.PROGRAMS["sphinx-build"],
}
_KINDS = {
    "doctest": ActionKind.RUN_TESTS,
    "test": ActionKind.RUN_TESTS,
    "build": ActionKind.RUN_BUILD,
    "compileall": ActionKind.RUN_BUILD,
    "py_compile": ActionKind.RUN_BUILD,
    "venv": ActionKind.RUN_BUILD,
    "virtualenv": ActionKind.RUN_BUILD,
    "tabnanny": ActionKind.RUN_LINTERS,
    "twine": ActionKind.PUBLISH,
    "ensurepip": ActionKind.INSTALL_PACKAGES,
    "keyring": ActionKind.ACCESS_CREDENTIALS_STORE,
}
_CLUSTER = re.compile(r"-[BOqsEIuvbdPS]+(?=[mc])")
#: Options without a value that change nothing about what runs.
_PLAIN = frozenset({"-B", "-O", "-OO", "-q", "-s", "-E", "-I", "-u", "-v", "-b", "-bb", "-d", "-P", "-S"})


def _python(call: Invocation) -> None:
    rest = list(call.args)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        if found := _CLUSTER.match(option):
            # `-Im pip`: single letters that end in the one that says what runs.
            option = "-" + option[found.end() :]
        if option.startswith("-m"):
            module = option[2:] or (rest.pop(0) if rest else "")
            run_module(call, module, rest)
            return
        if option.startswith("-c"):
            text = option[2:] or (rest.pop(0) if rest else "")
            call.doubt("a program given as a text")
            visible.judge(call, text)
            call.hazards(rest)
            return
        if option in {"-V", "-VV", "--version", "-h", "--help"}:
            call.look()
            return
        if option in {"-W", "-X"} and rest:
            rest.pop(0)
        elif option[:2] not in {"-W", "-X"} and option not in _PLAIN:
            call.doubt("an option of python that may change what runs")
            call.hazards((option,))
    if not rest:
        call.doubt("a program from standard input")
        for text in call.stdin:
            visible.judge(call, text)
        return
    call.doubt("a program from the workspace")
    call.hazards(rest)
    call.decides(rest[0])


def run_module(call: Invocation, module: str, args: list[str]) -> None:
    """`python -m MODULE ARGS`: by the module's name."""
    inner = attrs.evolve(call, name=module, args=tuple(args))
    claim_outputs(inner)
    if handler := _AS_PROGRAM.get(module):
        handler(inner)
    elif module == "coverage":
        _coverage(inner)
    elif kind := _KINDS.get(module):
        inner.claim(kind)
        inner.hazards()
    else:
        call.doubt("a module that the workspace may define")
        call.hazards(args)


def _coverage(call: Invocation) -> None:
    """`coverage run -m MODULE` or a script; reports only look."""
    if call.args[:1] and call.args[0] in {"report", "html", "xml", "json", "lcov", "combine", "erase", "annotate"}:
        call.claim(ActionKind.RUN_TESTS)
        call.hazards()
        return
    rest = list(call.args[1:])
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in {"-m", "--module"} and rest:
            run_module(call, rest[0], rest[1:])
            return
        if option in {"--source", "--omit", "--include", "--rcfile", "--data-file", "--context"} and rest:
            rest.pop(0)
    call.doubt("a program from the workspace")
    call.hazards(rest)


PROGRAMS: dict[str, Handler] = {
    **dict.fromkeys(("python", "pypy", "python3t", "ipython", "bpython"), _python),
    "coverage": _coverage,
}
