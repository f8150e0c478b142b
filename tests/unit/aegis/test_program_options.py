"""Options that turn a known program into something else, or move what it writes: each is a doubt or is seen.

The policy is a starter's, so that what slips through would run without anybody being asked.
"""

import pytest

from orion_tui.base.kinds import ActionKind, Tier
from tests.support.gate import ask, kinds, policy, seen, starter, subjects

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]

ENGINEER = "software-engineer"

#: Innocent neighbours that run by themselves: the positive control.
AUTONOMOUS = [
    "printf '%s' x; pytest",
    "printf -- x; pytest",
    "cd tests && echo x > a.py",
    "command -v pytest",
    "touch -c -d yesterday src/x.py",
    "mkdir -p -m 700 src/x",
    "cp -pf a.py tests/x.py",
    "sed -i s/a/b/ tests/x.py",
    "sed -n -i -e s/a/b/ tests/x.py",
    "uniq -c a.txt",
    "tee -a tests/x.py",
    "pytest -ra -q -p no:cacheprovider -k 'a and b' tests",
    "pytest -pno:cacheprovider",
    "mocha -R spec",
    "prove t",
    "mypy --strict src",
    "poetry run pytest",
    "black src .",
    "black --check .github/x.py",
    "ruff check .github/x.py",
    "git cat-file -p HEAD:x",
    "git commit -m 'a message'",
    "python -m venv .venv",
    "python -m build --outdir dist",
    "pytest -q --junitxml=tests/report.xml --basetemp=/tmp/x --cov=src --cov-report=term-missing",
    "pytest --cov-report=html:htmlcov",
    "coverage html -d htmlcov",
    "mypy --cache-dir=/dev/null src",
    "ruff check --output-file=/tmp/ruff.txt src",
    "ruff check --output-format=concise src",
    "go test -coverprofile=/tmp/c.out ./...",
    "cargo build --target-dir target",
]

#: What each would do unseen stands behind it.
ASKED = [
    ("printf -v PATH /workspace/bin; pytest", "bash assigns the search path"),
    ("printf -vPATH /workspace/bin; pytest", "bash assigns the search path"),
    ("command printf -v PATH /workspace/bin; pytest", "the same through a wrapper"),
    ("cd tests && command cd .. && echo x > Makefile", "the write lands outside tests"),
    ("cd tests && builtin cd .. && echo x > Makefile", "the write lands outside tests"),
    ("touch -m .gitattributes", "-m takes no value: the file was taken for one"),
    ("fallocate -d .gitattributes", "-d takes no value"),
    ("uniq -c tests/a .gitattributes", "-c takes no value: the second operand is written"),
    ("uniq tests/a*", "a pattern that becomes two operands"),
    ("cp --target-dir=docs/x a.py tests/x.py", "an abbreviation that sets the destination"),
    ("mv --target-dir=docs/x a.py tests/x.py", "an abbreviation that sets the destination"),
    ("cp --parents .github/x.py tests", "a path is made below the destination"),
    ("cp -P link tests/x", "a link is copied as a link"),
    ("cp -b a.py tests/x.py", "a backup beside it"),
    ("cp -S /../y a.py tests/x.py", "a backup elsewhere"),
    ("sed --in-place='.github/workflows/*' s/a/b/ tests/x.py", "a backup in another directory"),
    ("sed -iE s/a/b/ tests/x.py", "a backup named by what looks like an option"),
    ("pytest -p evil", "a plugin by name"),
    ("pytest -pevil", "a plugin by name"),
    ("pytest -qp evil", "a plugin by name, in a cluster"),
    ("pytest -o addopts=-pevil", "a setting from the command line"),
    ("pytest --pdbcls=evil:Evil --pdb", "a class that is loaded"),
    ("pytest -n1 --tx popen//python=./evil", "an interpreter by name"),
    ("python -m pytest -p evil", "a plugin by name"),
    ("mocha -r./evil.js", "a module, glued to its option"),
    ("prove -e./evil t", "an interpreter, glued to its option"),
    ("mypy --install-types --non-interactive src", "packages are installed"),
    ("poetry run echo x", "a script of the project may have that name"),
    ("git cat-file --filters HEAD:x", "a filter program runs"),
    ("git commit --template=/etc/passwd -m x", "a file of the host"),
    ("black .github/x.py", "a special path is rewritten"),
    ("ruff format --quiet .vscode", "a special path is rewritten"),
    ("ruff check --fix .github/x.py", "a special path is rewritten"),
    ("python -m venv .vscode", "an environment in the place of a special directory"),
    ("python -m build --outdir .github", "what is built goes there"),
    ("python -m build -o.github", "glued"),
    ("pytest --basetemp=src", "the directory is emptied"),
    ("pytest --baset src", "an abbreviation"),
    ("pytest --junitxml=.gitattributes", "a special path is written"),
    ("python -m pytest --junitxml .gitattributes", "through the module"),
    ("poetry run pytest --junit-xml=.gitattributes", "through a wrapper"),
    ("pytest --cov-report=xml:.gitattributes", "with a format before it"),
    ("coverage xml -o .gitattributes", "a special path is written"),
    ("python -m coverage html -d .github", "a special directory"),
    ("ruff check --output-file=.gitattributes", "a special path is written"),
    ("ruff check -o .gitattributes src", "a special path is written"),
    ("mypy --junit-xml=.gitattributes src", "a special path is written"),
    ("mypy --html-report .github src", "a special directory"),
    ("flake8 --output-file=.gitattributes", "a special path is written"),
    ("eslint -o .gitattributes src", "a special path is written"),
    ("vitest --outputFile.junit=.gitattributes", "a special path is written"),
    ("jest --coverageDirectory=.github", "a special directory"),
    ("tsc --outDir .github", "a special directory"),
    ("go test -coverprofile=.gitattributes ./...", "a special path is written"),
    ("go build -o .gitattributes ./...", "a special path is written"),
    ("cargo build --target-dir .github", "a special directory"),
    ("cmake -B .github", "a special directory"),
    ("sphinx-build docs .github", "a special directory"),
    ("mkdocs build -d .github", "a special directory"),
    ("uv run ls", "a directory of the workspace may have that name"),
]


@pytest.mark.parametrize("command", AUTONOMOUS)
def test_innocent_options_are_not_asked_about(command: str) -> None:
    assert ask(command, starter(ENGINEER)).tier is Tier.AUTONOMOUS, seen(command)


@pytest.mark.parametrize(("command", "why"), ASKED)
def test_options_that_do_more_are_asked_about(command: str, why: str) -> None:
    assert ask(command, starter(ENGINEER)).tier is not Tier.AUTONOMOUS, why


def test_a_pattern_for_pytest_does_not_cover_other_plugins() -> None:
    role = policy(autonomous=["run(pytest *)"])
    assert ask("pytest -q tests", role).tier is Tier.AUTONOMOUS
    assert ask("pytest -p evil tests", role).tier is Tier.REQUIRES_APPROVAL


@pytest.mark.parametrize("mode", ["5755", "3755", "04755", "00002755", "u+s"])
def test_set_user_id_modes_are_seen_in_every_spelling(mode: str) -> None:
    assert ActionKind.EXECUTE_AS_ROOT in kinds(f"chmod {mode} tests/x")


@pytest.mark.parametrize("mode", ["0755", "755", "1777", "u+x"])
def test_other_modes_are_not(mode: str) -> None:
    assert ActionKind.EXECUTE_AS_ROOT not in kinds(f"chmod {mode} tests/x")


def test_only_ascii_digits_number_a_stream() -> None:
    # '²' is a digit to Python and a name to every shell.
    assert "²" in subjects("rm ²>/dev/null", ActionKind.DELETE_FILES)
    assert subjects("rm x 2>/dev/null", ActionKind.DELETE_FILES) == {"x"}


def test_a_file_that_curl_names_itself_is_asked_about() -> None:
    role = policy(autonomous=["run(curl *)", "fetch(a.org)"])
    assert ask("curl -s https://a.org/x", role).tier is Tier.AUTONOMOUS
    assert ask("curl -sO https://a.org/x.py", role).tier is Tier.REQUIRES_APPROVAL


@pytest.mark.parametrize("command", ["python -m venv .orion", "pytest --junitxml=.orion/x", "coverage xml -o .orion/x"])
def test_orions_own_directory_is_no_place_for_output(command: str) -> None:
    assert ask(command, starter(ENGINEER)).tier is Tier.FORBIDDEN


@pytest.mark.parametrize("command", ["black .orion", "isort sub/.orion/x.py", "prettier --write .Orion/roles/x.yaml"])
def test_orions_own_directory_is_not_formatted(command: str) -> None:
    assert ask(command, starter(ENGINEER)).tier is Tier.FORBIDDEN
