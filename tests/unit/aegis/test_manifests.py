import json

import pytest

from orion_tui.core.aegis.manifests import ANY, changed_dependencies, is_manifest, requirement_name

pytestmark = pytest.mark.unit


def changed(path: str, before: str | None, after: str | None) -> tuple[str, ...]:
    return changed_dependencies(
        path, None if before is None else before.encode(), None if after is None else after.encode()
    )


PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "x"
version = "1"
description = "a"
dependencies = ["requests>=2", "attrs"]

[project.optional-dependencies]
test = ["pytest"]

[dependency-groups]
dev = ["ruff"]

[tool.poetry.group.docs.dependencies]
mkdocs = "^1"

[tool.ruff]
line-length = 100
"""


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ('version = "1"', 'version = "2"', ()),
        ("line-length = 100", "line-length = 120", ()),
        ('description = "a"', 'description = "requests, flask"', ()),
        ('"attrs"]', '"attrs", "flask"]', ("flask",)),
        ('"requests>=2", ', "", ("requests",)),
        ("requests>=2", "requests>=3", ("requests",)),
        ("requests>=2", "requests @ https://evil.org/x.whl", ("requests",)),
        ('"pytest"', '"pytest", "hypothesis"', ("hypothesis",)),
        ('"ruff"', '"ruff", "black"', ("black",)),
        ('mkdocs = "^1"', 'mkdocs = "^2"', ("mkdocs",)),
        ('mkdocs = "^1"', 'mkdocs = {git = "https://evil.org/x"}', ("mkdocs",)),
        ('"hatchling"]', '"hatchling", "evil-backend"]', ("evil-backend",)),
        ("[tool.ruff]", '[tool.uv.sources]\nrequests = {path = "../x"}\n[tool.ruff]', ("requests",)),
        ("[tool.ruff]", '[[tool.uv.index]]\nurl = "https://evil.org"\n[tool.ruff]', (ANY,)),
        ("[tool.ruff]", '[tool.hatch.envs.default]\ndependencies = ["evil"]\n[tool.ruff]', (ANY,)),
        ('version = "1"', 'version = "1"\ndynamic = ["dependencies"]', (ANY,)),
        ("[project]", "[project", (ANY,)),
        ('dependencies = ["requests>=2", "attrs"]', "dependencies = 5", (ANY,)),
        ('"attrs"]', '"attrs", ["x"]]', (ANY,)),
    ],
)
def test_pyproject(old: str, new: str, names: tuple[str, ...]) -> None:
    assert old in PYPROJECT
    assert changed("pyproject.toml", PYPROJECT, PYPROJECT.replace(old, new, 1)) == names


def test_order_and_layout_of_a_manifest_do_not_count() -> None:
    after = PYPROJECT.replace('["requests>=2", "attrs"]', '[\n  "requests>=2",\n  "attrs",\n]')
    assert changed("pyproject.toml", PYPROJECT, after) == ()


def test_a_new_manifest_names_what_it_brings_and_a_removed_one_what_it_takes() -> None:
    assert changed("pyproject.toml", None, '[project]\nname = "x"\n') == ()
    assert changed("pyproject.toml", None, '[project]\ndependencies = ["a", "b"]\n') == ("a", "b")
    assert changed("sub/package.json", None, '{"name": "x"}') == ()
    assert changed("pyproject.toml", PYPROJECT, None) == ("attrs", "hatchling", "mkdocs", "pytest", "requests", "ruff")


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("a\nb\n", "a\nb\n# c\n", ()),
        ("a\n", "a\nb==1\n", ("b",)),
        ("a==1\n", "a==2\n", ("a",)),
        ("a\n", "a ; python_version < '3'\n", ("a",)),
        ("a\n", "a \\\n  --hash=sha256:00\n", ("a",)),
        ("a\n", "a\n-r other.txt\n", (ANY,)),
        ("a\n", "a\n--index-url https://evil.org\n", (ANY,)),
        ("a\n", "a\ngit+https://evil.org/x\n", (ANY,)),
        ("a\n", "a\n./local\n", (ANY,)),
        ("a\n", "a\n-e .\n", (ANY,)),
        ("a\n", "a @ https://evil.org/a.whl\n", ("a",)),
        ("b\na\n", "a\nb\n", ()),
    ],
)
@pytest.mark.parametrize(
    "path", ["requirements.txt", "requirements-dev.txt", "requirements/base.in", "dev_requirements.txt"]
)
def test_requirements(path: str, before: str, after: str, names: tuple[str, ...]) -> None:
    assert changed(path, before, after) == names


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"version": "2"}, ()),
        ({"scripts": {"test": "jest", "build": "x"}}, ()),
        ({"dependencies": {"a": "1", "b": "2"}}, ("b",)),
        ({"dependencies": {}}, ("a",)),
        ({"dependencies": {"a": "git+https://evil.org"}}, ("a",)),
        ({"devDependencies": {"c": "1"}}, ("c",)),
        ({"overrides": {"d": "1"}}, ("d",)),
        ({"scripts": {"test": "jest", "postinstall": "evil"}}, (ANY,)),
        ({"scripts": {"test": "jest", "prepare": "evil"}}, (ANY,)),
        ({"workspaces": ["x"]}, (ANY,)),
        ({"dependencies": ["a"]}, (ANY,)),
    ],
)
def test_package_json(change: dict[str, object], names: tuple[str, ...]) -> None:
    base: dict[str, object] = {"name": "x", "version": "1", "scripts": {"test": "jest"}, "dependencies": {"a": "1"}}
    assert changed("web/package.json", json.dumps(base), json.dumps({**base, **change}, indent=2)) == names


@pytest.mark.parametrize(
    ("path", "before", "after", "names"),
    [
        ("Cargo.toml", '[dependencies]\na = "1"\n', '[dependencies]\na = "1"\nb = "1"\n', ("b",)),
        ("Cargo.toml", "[package]\nversion='1'\n", "[package]\nversion='2'\n", ()),
        ("Cargo.toml", "", "[target.'cfg(unix)'.dependencies]\nc = '1'\n", ("c",)),
        ("Cargo.toml", "", "[patch.crates-io]\nd = {path='x'}\n", (ANY,)),
        ("go.mod", "module x\ngo 1.22\n", "module x\ngo 1.22\nrequire a.org/b v1.0.0\n", ("a.org/b",)),
        ("go.mod", "module x\n", "module x\nrequire (\n\ta.org/b v1.0.0 // indirect\n)\n", ("a.org/b",)),
        ("go.mod", "module x\n", "module x\nreplace a.org/b => ./evil\n", (ANY,)),
        ("Gemfile", "gem 'a'\n", "gem 'a'\ngem 'b', '~> 1'\n", ("b",)),
        ("Gemfile", "gem 'a'\n", "gem 'a'\nsystem('x')\n", (ANY,)),
        ("Gemfile", "gem 'a'\n", "gem 'a', path: `x`\n", (ANY, "a")),
        ("Pipfile", "[packages]\na = '*'\n", "[packages]\na = '*'\nb = '*'\n", ("b",)),
        ("composer.json", '{"require": {"a/b": "1"}}', '{"require": {"a/b": "2"}}', ("a/b",)),
        ("poetry.lock", "x", "y", (ANY,)),
        ("package-lock.json", "{}", '{"x": 1}', (ANY,)),
        ("Cargo.lock", None, "x", (ANY,)),
        ("setup.py", "x", "y", (ANY,)),
        ("setup.cfg", "x", "y", (ANY,)),
        ("pom.xml", "x", "y", (ANY,)),
        ("build.gradle.kts", "x", "y", (ANY,)),
        ("app.csproj", "x", "y", (ANY,)),
        (".npmrc", None, "registry=https://evil.org", (ANY,)),
        ("PyProject.toml", "", '[project]\ndependencies=["a"]\n', ("a",)),
    ],
)
def test_other_manifests(path: str, before: str | None, after: str, names: tuple[str, ...]) -> None:
    assert changed(path, before, after) == names


@pytest.mark.parametrize(
    "path", ["src/a.py", "README.md", "docs/requirements.md", "pyproject.toml.md", "package.jsonx", "notes.txt"]
)
def test_other_files_are_no_manifests(path: str) -> None:
    assert not is_manifest(path)
    assert changed(path, "a", "b") == ()


def test_an_unchanged_manifest_changes_nothing() -> None:
    assert changed("poetry.lock", "x", "x") == ()


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000])
@pytest.mark.parametrize("path", ["pyproject.toml", "package.json", "requirements.txt", "Pipfile"])
def test_a_manifest_that_cannot_be_read_may_change_anything(path: str, data: bytes) -> None:
    assert ANY in changed_dependencies(path, b"", data)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("requests", "requests"),
        ("requests[socks]>=2", "requests"),
        ("a-b_c.d ; python_version > '3'", "a-b_c.d"),
        ("@scope/name@1", "@scope/name"),
        ("name@1.2", "name"),
        ("  x  ", "x"),
        ("", ""),
        ("=1", ""),
    ],
)
def test_the_name_in_a_requirement(text: str, name: str) -> None:
    assert requirement_name(text) == name
