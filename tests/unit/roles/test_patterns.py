import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.roles.patterns import (
    command_matches,
    command_problem,
    host_matches,
    host_problem,
    package_matches,
    package_problem,
    path_matches,
    path_problem,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("pattern", "path", "strict"),
    [
        ("docs/**", "docs/a.md", True),
        ("docs/**", "docs/a/b/c.md", True),
        ("docs/**", "docs", False),
        ("docs/**", "docsx/a.md", False),
        ("docs/**", "src/docs/a.md", False),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/a/b.md", False),
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/*.md", "README.md", True),
        ("**/*.md", "a/b/README.md", True),
        ("src/**/test_*.py", "src/test_a.py", True),
        ("src/**/test_*.py", "src/x/y/test_a.py", True),
        ("src/**/test_*.py", "src/x/y/a.py", False),
        ("**", "anything/at/all", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("src/a+b.py", "src/a+b.py", True),
        ("docs/**", "Docs/a.md", False),
        ("docs/*", "docs/a\nb", True),
    ],
)
def test_path_patterns_in_the_strict_reading(pattern: str, path: str, strict: bool) -> None:
    assert path_matches(pattern, path, generous=False) is strict


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("docs/**", "Docs/A.md"),
        ("secrets/**", "SECRETS/key"),
        ("caf\u00e9/**", "cafe\u0301/x"),
        ("stra\u00dfe/**", "STRASSE/x"),
        ("src/secret/**", "src"),
        ("src/secret/**", "."),
        ("src/secret/key", "src/secret"),
        ("docs/**", "docs"),
    ],
)
def test_path_patterns_that_stop_also_see_other_spellings_and_the_directory_above(pattern: str, path: str) -> None:
    assert path_matches(pattern, path, generous=True)
    assert not path_matches(pattern, path, generous=False)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("src/secret/**", "src/a.py"), ("*/secret", "README.md"), ("src/**/secret", "src/a.py"), ("docs/**", "")],
)
def test_a_stopping_pattern_does_not_stop_its_neighbours(pattern: str, path: str) -> None:
    assert not path_matches(pattern, path, generous=True)


@pytest.mark.parametrize(
    "pattern", ["/etc/**", "../x", "a/../b", "./a", "a//b", "", "a/", "[ab]", "{a,b}", "a**", "x\\y", "!a"]
)
def test_path_patterns_that_mean_nothing_are_refused(pattern: str) -> None:
    assert path_problem(pattern)


@pytest.mark.parametrize("pattern", ["docs/**", "**/*.md", "a-b_c.d/e f", ".github/**", "*"])
def test_path_patterns_that_mean_something_pass(pattern: str) -> None:
    assert not path_problem(pattern)


@pytest.mark.parametrize(
    ("pattern", "argv", "strict"),
    [
        ("pytest *", ["pytest"], True),
        ("pytest *", ["pytest", "-q", "tests"], True),
        ("pytest *", ["pytest", "; rm -rf x"], True),
        ("pytest *", ["./pytest"], False),
        ("pytest *", ["/usr/bin/pytest"], False),
        ("pytest *", ["env", "pytest"], False),
        ("pytest *", ["pytestx"], False),
        ("pytest *", ["pytest;", "x"], False),
        ("pytest *", ["A=1", "pytest"], False),
        ("pytest", ["pytest"], True),
        ("pytest", ["pytest", "-q"], False),
        ("npm run build", ["npm", "run", "build"], True),
        ("npm run build", ["npm", "run", "deploy"], False),
        ("npm run build *", ["npm", "run", "build", "--x"], True),
        ("npm run build *", ["npm", "--prefix", "x", "run", "build"], False),
        ("python3 tools/*.py", ["python3", "tools/a.py"], True),
        ("python3 tools/*.py", ["python3", "tools/../evil.py"], False),
        ("python3 tools/*.py", ["python3", "tools/x/../../e.py"], False),
        ("python3 tools/*.py", ["python3", "tools/sub/a.py"], False),
        ("python3* -m pytest *", ["python3.11", "-m", "pytest", "-q"], True),
        ("echo 'a b' *", ["echo", "a b", "c"], True),
        ("echo 'a b' *", ["echo", "a", "b"], False),
        ("x --out=*", ["x", "--out=..", "y"], False),
    ],
)
def test_command_patterns_in_the_strict_reading(pattern: str, argv: list[str], strict: bool) -> None:
    assert command_matches(pattern, shlex.join(argv), generous=False) is strict


@pytest.mark.parametrize(
    ("pattern", "argv"),
    [
        ("git push --force *", ["git", "push", "origin", "--force"]),
        ("git push --force *", ["git", "-C", "x", "push", "--force"]),
        ("rm *", ["/bin/rm", "x"]),
        ("rm *", ["./rm", "x"]),
        ("rm -r *", ["rm", "-f", "-r", "x"]),
        ("python3 tools/*", ["python3", "tools/a/b.py"]),
        ("python3 tools/*", ["python3", "tools/../x"]),
    ],
)
def test_command_patterns_that_stop_see_the_ways_around(pattern: str, argv: list[str]) -> None:
    assert command_matches(pattern, shlex.join(argv), generous=True)


@pytest.mark.parametrize(
    ("pattern", "argv"),
    [("git push *", ["git", "status"]), ("git stash", ["git", "stash", "list"]), ("rm *", ["rmdir", "x"])],
)
def test_a_stopping_command_pattern_does_not_stop_its_neighbours(pattern: str, argv: list[str]) -> None:
    assert not command_matches(pattern, shlex.join(argv), generous=True)


@given(st.lists(st.text(min_size=0, max_size=12), max_size=5))
def test_a_granting_pattern_grants_only_its_own_program(args: list[str]) -> None:
    """Whatever the arguments are, and whatever stands in place of the program."""
    assert command_matches("pytest *", shlex.join(["pytest", *args]), generous=False)
    for program in args:
        expected = program == "pytest"
        assert command_matches("pytest *", shlex.join([program, "pytest"]), generous=False) is expected


@pytest.mark.parametrize(
    "pattern",
    ["", "*", "* x", "a * b", "pytest; rm", "a && b", "a | b", "a > b", "a $(b)", "a `b`", "a $X", "'open", "a\nb"],
)
def test_command_patterns_that_mean_something_else_are_refused(pattern: str) -> None:
    assert command_problem(pattern)


@pytest.mark.parametrize("pattern", ["pytest *", "npm run build", "grep 'a|b' *", "python3* -m x"])
def test_command_patterns_that_mean_one_command_pass(pattern: str) -> None:
    assert not command_problem(pattern)


@pytest.mark.parametrize(
    ("pattern", "package", "matches"),
    [
        ("requests", "requests", True),
        ("Typing_Extensions", "typing-extensions", True),
        ("ruamel.yaml", "ruamel-yaml", True),
        ("types-*", "types-requests", True),
        ("types-*", "typesrequests", False),
        ("@scope/*", "@scope/thing", True),
        ("@scope/*", "@other/thing", False),
        ("requests", "requests2", False),
        ("requests", "", False),
        ("*", "", False),
        ("*", "anything", True),
    ],
)
def test_package_patterns(pattern: str, package: str, matches: bool) -> None:
    assert package_matches(pattern, package) is matches


def test_a_package_pattern_is_a_name() -> None:
    assert package_problem("a b")
    assert package_problem("a;b")
    assert not package_problem("@scope/name")


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        ("docs.python.org", "docs.python.org", True),
        ("docs.python.org", "DOCS.python.org.", True),
        ("docs.python.org", "evil-docs.python.org", False),
        ("docs.python.org", "docs.python.org.evil.com", False),
        ("*.python.org", "docs.python.org", True),
        ("*.python.org", "a.b.python.org", True),
        ("*.python.org", "python.org", False),
        ("*.python.org", "evilpython.org", False),
        ("docs.python.org", "", False),
    ],
)
def test_host_patterns(pattern: str, host: str, matches: bool) -> None:
    assert host_matches(pattern, host) is matches


@pytest.mark.parametrize(
    "pattern",
    ["https://a.org", "a.org/x", "a.org:80", "*", "*.org", "a.*.org", "*a.org", "", "a b", "-a.org", "ä.org", "a..b"],
)
def test_host_patterns_that_are_none_are_refused(pattern: str) -> None:
    assert host_problem(pattern)


@pytest.mark.parametrize("pattern", ["docs.python.org", "*.python.org", "localhost", "127.0.0.1"])
def test_host_patterns_that_are_some_pass(pattern: str) -> None:
    assert not host_problem(pattern)
