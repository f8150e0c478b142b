"""`run(pytest *)` and nothing else: the ways that have been tried to get something past it (ROLE-5)."""

import pytest

from orion_tui.base.kinds import Tier
from orion_tui.core.models.actions import RunCommand
from tests.support.gate import ask, policy

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]

ONLY_PYTEST = policy(autonomous=["run(pytest *)"])


@pytest.mark.parametrize(
    "text",
    [
        "pytest",
        "pytest -q",
        "  pytest   -q\t-x  ",
        "pytest tests/test_a.py -k 'a and b'",
        'pytest -k "a or b" tests/unit',
        "pytest tests/test_*.py",
        "pytest # with a comment",
        "py'test' -q",
        "p\\ytest",
        "pytest -q && pytest -x",
        "pytest; pytest -q",
        "pytest\npytest",
        "pytest || pytest --lf",
        "! pytest",
        "pytest 2>&1",
        "pytest > /dev/null 2>&1",
        "pytest;",
        "pytest '; rm -rf src'",
        "pytest '$(touch x)' \"a;b\"",
    ],
)
def test_the_plain_forms_are_autonomous(text: str) -> None:
    assert ask(text, ONLY_PYTEST).tier is Tier.AUTONOMOUS


@pytest.mark.parametrize(
    "argv", [("pytest",), ("pytest", "-q"), ("pytest", "; rm -rf x"), ("pytest", "$(x)", "&&", "x")]
)
def test_an_argument_vector_has_no_shell_in_it(argv: tuple[str, ...]) -> None:
    assert ask(RunCommand(argv=argv), ONLY_PYTEST).tier is Tier.AUTONOMOUS


HOSTILE = [
    # another command behind, before or inside
    "pytest; rm -rf src",
    "pytest;rm -rf src",
    "pytest && x",
    "pytest&&x",
    "pytest || x",
    "pytest | sh",
    "pytest|sh",
    "pytest |& x",
    "pytest & x",
    "pytest &",
    "pytest\nx",
    "pytest\n\n\nx",
    "pytest;\nx",
    "pytest ;; x",
    "pytest #\nx",
    "pytest '#'; x",
    "pytest \\\\\nx",
    "'pytest'; x",
    "\\pytest; x",
    "pytest 'a' ; 'x'",
    "pytest \\; a ; x",
    "x; pytest",
    "x && pytest",
    "x | pytest",
    "cat x | pytest",
    "pytest\tx; y",
    "[ -f x ] && pytest",
    "true; pytest; x",
    # substitutions and expansions
    "pytest $(x)",
    "pytest `x`",
    'pytest "$(x)"',
    'pytest "`x`"',
    "pytest ${X:-$(x)}",
    "pytest $X",
    "pytest ${X}",
    'pytest "$X"',
    "pytest $((1))",
    "pytest $[1]",
    "pytest $'x'",
    'pytest $"x"',
    "pytest <(x)",
    "pytest >(x)",
    "pytest {a,b}",
    "pytest [a-z]*",
    "pytest *",
    "pytest -*",
    "pytest .*",
    "pyt?st",
    "py*",
    "$X pytest",
    "pytest${IFS}x",
    "pytest ~root/x",
    "pytest \\\n$(x)",
    "py\\\ntest",
    # redirections
    "pytest > src/x.py",
    "pytest >> conftest.py",
    "pytest 2> x",
    "pytest 3> x",
    "pytest &> x",
    "pytest >& x",
    "pytest >| x",
    "pytest <> x",
    "pytest < x",
    "pytest > $X",
    "pytest>x",
    "pytest>x&&y",
    "pytest 2>&x",
    "pytest <<EOF\nx\nEOF",
    "pytest <<< x",
    "pytest > /etc/x",
    "pytest > ~/.bashrc",
    # another program of that name, or another way to it
    "./pytest",
    "bin/pytest",
    "../pytest",
    "/tmp/pytest",
    "/usr/bin/pytest",
    "~/pytest",
    "~/bin/pytest -q",
    "./pytest -q",
    "PYTEST",
    "Pytest -q",
    "pytest.exe",
    "pytest3",
    "p\u0443test",
    "pytest\u00a0-q",
    "pytest\u200b",
    "pytest\r\nx",
    "pytest\x0bx",
    "pytest \u202ex",
    # run by something else
    "env pytest",
    "/usr/bin/env pytest",
    "env A=1 pytest",
    "A=1 pytest",
    "CI=1 pytest",
    "PYTEST_ADDOPTS='-p evil' pytest",
    "PATH=. pytest",
    "PATH=.:$PATH pytest",
    "LD_PRELOAD=./x.so pytest",
    "PYTHONPATH=evil pytest",
    "sh -c pytest",
    "sh -c 'pytest -q'",
    "bash -c 'pytest; x'",
    "eval pytest",
    "exec pytest",
    "command pytest",
    "builtin pytest",
    "nohup pytest",
    "time pytest",
    "timeout 5 pytest",
    "nice pytest",
    "xargs pytest",
    "find . -exec pytest {} ;",
    "busybox pytest",
    "coverage run -m pytest",
    "python -m pytest",
    "python3 -m pytest -q",
    "uv run pytest",
    "npx pytest",
    "make pytest",
    "ssh host pytest",
    "docker run x pytest",
    "sudo pytest",
    # what is run is changed before
    "alias pytest=x; pytest",
    "alias pytest=x\npytest",
    "pytest() { x; }; pytest",
    "function pytest { x; }; pytest",
    "hash -p ./x pytest; pytest",
    "PATH=.; pytest",
    "export PATH=.; pytest",
    "export PYTEST_ADDOPTS=x; pytest",
    "set -- x; pytest",
    "trap x EXIT; pytest",
    ". ./x; pytest",
    "source x; pytest",
    "cd sub; pytest",
    "cd /tmp && pytest",
    "cd .. && pytest",
    "enable -f ./x pytest; pytest",
    # control flow
    "(pytest)",
    "{ pytest; }",
    "if pytest; then x; fi",
    "while pytest; do x; done",
    "for i in 1; do pytest; done",
    "case x in x) pytest;; esac",
    "coproc pytest",
    # places that are none of the workspace's
    "pytest /etc/passwd",
    "pytest ../../x",
    "pytest --rootdir=/etc",
    "pytest -c/etc/x.ini",
    "pytest ~/.ssh/id_rsa",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_else_gets_past_it(text: str) -> None:
    assert ask(text, ONLY_PYTEST).tier is not Tier.AUTONOMOUS


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize(
    "env", [("PATH", "."), ("PYTEST_ADDOPTS", "-p evil"), ("LD_PRELOAD", "./x.so"), ("BASH_ENV", "x"), ("GIT_DIR", "x")]
)
def test_a_variable_beside_the_command_is_no_way_either(env: tuple[str, str]) -> None:
    assert ask(RunCommand(argv=("pytest",), env=(env,)), ONLY_PYTEST).tier is Tier.REQUIRES_APPROVAL
    shell = RunCommand(argv=("sh", "-c", "pytest"), shell="pytest", env=(env,))
    assert ask(shell, ONLY_PYTEST).tier is Tier.REQUIRES_APPROVAL


def test_a_harmless_variable_beside_the_command_changes_nothing() -> None:
    assert ask(RunCommand(argv=("pytest",), env=(("NO_COLOR", "1"),)), ONLY_PYTEST).tier is Tier.AUTONOMOUS


@pytest.mark.parametrize("cwd", ["..", "/", "/etc", "a/../..", "/workspace"])
def test_another_directory_outside_is_no_way_either(cwd: str) -> None:
    assert ask(RunCommand(argv=("pytest",), cwd=cwd), ONLY_PYTEST).tier is Tier.FORBIDDEN


@pytest.mark.parametrize("cwd", ["", "sub/dir", "./sub", "a/../b"])
def test_a_directory_inside_is_fine(cwd: str) -> None:
    assert ask(RunCommand(argv=("pytest",), cwd=cwd), ONLY_PYTEST).tier is Tier.AUTONOMOUS


def test_what_is_shown_is_what_runs() -> None:
    """A `shell` text that is not what `argv` runs would show a person something else."""
    disguised = RunCommand(argv=("sh", "-c", "rm -rf src"), shell="pytest")
    assert ask(disguised, ONLY_PYTEST).tier is Tier.FORBIDDEN
    honest = RunCommand(argv=("sh", "-c", "pytest"), shell="pytest")
    assert ask(honest, ONLY_PYTEST).tier is Tier.AUTONOMOUS


def test_a_shell_given_as_a_vector_is_a_program_of_its_own() -> None:
    assert ask(RunCommand(argv=("sh", "-c", "pytest")), ONLY_PYTEST).tier is Tier.REQUIRES_APPROVAL
    both = policy(autonomous=["run(pytest *)", "run(sh -c pytest)"])
    assert ask(RunCommand(argv=("sh", "-c", "pytest")), both).tier is Tier.AUTONOMOUS
