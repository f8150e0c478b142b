"""Manifests and lock files: which dependencies a change of their content adds, removes or moves.

The difference is taken of the content, never of anybody's word. A manifest that cannot be read, or whose language can
compute (setup.py, build.gradle), may change any dependency: that is the name "".
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, cast

#: Any dependency may have changed.
ANY = ""

_REQUIREMENT = re.compile(r"\s*((?:@[\w.-]+/)?[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?)")
_LOCKS = frozenset(
    {
        *(
            "poetry.lock",
            "uv.lock",
            "pdm.lock",
            "pipfile.lock",
            "package-lock.json",
            "npm-shrinkwrap.json",
            "yarn.lock",
        ),
        *(
            "pnpm-lock.yaml",
            "bun.lock",
            "bun.lockb",
            "cargo.lock",
            "go.sum",
            "gemfile.lock",
            "composer.lock",
            "mix.lock",
        ),
        *("flake.lock", "deno.lock", "packages.lock.json", "podfile.lock", "package.resolved", "gradle.lockfile"),
        *("conda-lock.yml", "pixi.lock", "requirements.lock", "pubspec.lock", "conan.lock", "paket.lock"),
    }
)
_COMPUTED = frozenset(
    {
        *(
            "setup.py",
            "setup.cfg",
            "pom.xml",
            "build.gradle",
            "build.gradle.kts",
            "settings.gradle",
            "settings.gradle.kts",
        ),
        *(
            "mix.exs",
            "pubspec.yaml",
            "package.swift",
            "podfile",
            "build.sbt",
            "deno.json",
            "deno.jsonc",
            "conanfile.txt",
        ),
        *("conanfile.py", "vcpkg.json", "environment.yml", "environment.yaml", "flake.nix", "shell.nix", "default.nix"),
        *(
            "directory.packages.props",
            "packages.config",
            "project.clj",
            "deps.edn",
            "rebar.config",
            "cpanfile",
            "brewfile",
        ),
        *(
            "go.work",
            "libs.versions.toml",
            "module.bazel",
            "apt.txt",
            "packages.txt",
            ".npmrc",
            "pip.conf",
            ".yarnrc.yml",
        ),
    }
)
_REQUIREMENTS = re.compile(r".*requirements.*\.(?:txt|in|pip)|constraints.*\.txt")

Reading = Mapping[str, str]


def requirement_name(text: str) -> str:
    """The package that `name[extra]>=1 ; marker`, `name @ url` or `@scope/name@1` names; empty when it names none."""
    found = _REQUIREMENT.match(text)
    return found.group(1) if found else ""


def is_manifest(path: str) -> bool:
    """Whether a change of this file can change what the project depends on."""
    name = path.rsplit("/", 1)[-1].casefold()
    return (
        name in _READERS
        or name in _LOCKS
        or name in _COMPUTED
        or _REQUIREMENTS.fullmatch(name) is not None
        or ("/requirements/" in f"/{path.casefold()}" and name.endswith((".txt", ".in")))
        or name.endswith((".csproj", ".fsproj", ".vbproj", ".gemspec", ".podspec", ".nuspec"))
    )


def is_lock(name: str) -> bool:
    """Whether a file of that name, in lower case, is a lock file: made by a tool, and not for reading."""
    return name in _LOCKS


def changed_dependencies(path: str, before: bytes | None, after: bytes | None) -> tuple[str, ...]:
    """Names of the dependencies that a change of a manifest adds, removes or alters, sorted; `ANY` where it cannot be
    told. Empty when none changed, or when the file is no manifest."""
    if not is_manifest(path) or before == after:
        return ()
    reader = _reader(path)
    if reader is None:
        return (ANY,)
    try:
        old, new = _read(reader, before), _read(reader, after)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return (ANY,)
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def _read(reader: Callable[[str], Reading], data: bytes | None) -> Reading:
    if data is None:
        return reader("{}" if reader in {_package_json, _composer} else "")
    return reader(data.decode("utf-8"))


def _reader(path: str) -> Callable[[str], Reading] | None:
    name = path.rsplit("/", 1)[-1].casefold()
    if name in _READERS:
        return _READERS[name]
    if name in _LOCKS or name in _COMPUTED or name.endswith((".csproj", ".fsproj", ".vbproj", ".gemspec")):
        return None
    return _requirements if name.endswith((".txt", ".in", ".pip")) else None


def _requirements(text: str) -> Reading:
    found: dict[str, str] = {}
    for raw in re.sub(r"\\\n", " ", text).splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw).strip()
        if not line:
            continue
        # `-r other`, `--index-url`, an address or a path: any dependency may come of it.
        plain = re.match(r"[A-Za-z0-9][\w.-]*\s*(?:\[[\w, .-]*\])?\s*(?:[=<>!~;@#\s].*)?$", line)
        name = requirement_name(line) if plain and "/" not in line.split(";")[0].split("@")[0] else ANY
        found[name] = f"{found.get(name, '')}\n{line}"
    return found


def _listed(items: object) -> dict[str, str]:
    """Requirements of a list, nothing as an empty one; TypeError for anything else."""
    if not isinstance(items, list | None):
        raise TypeError("not a list")
    found: dict[str, str] = {}
    for item in cast("list[object]", items or []):
        name = requirement_name(item) if isinstance(item, str) else ANY
        found[name] = f"{found.get(name, '')}\n{item}"
    return found


def _keyed(table: object) -> dict[str, str]:
    return {str(key): json.dumps(value, sort_keys=True, default=str) for key, value in _table(table).items()}


def _table(value: object) -> dict[str, Any]:
    """A mapping as it is, nothing as an empty one; TypeError for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError("not a table")
    return cast("dict[str, Any]", value)


def _merge(readings: Mapping[str, Reading]) -> dict[str, str]:
    """One reading of several sections; where a dependency stands is part of what it is."""
    found: dict[str, str] = {}
    for section, reading in sorted(readings.items()):
        for name, value in reading.items():
            found[name] = f"{found.get(name, '')}\n{section}:{value}"
    return found


def _other(value: object) -> Reading:
    """What may bring in any dependency: any change of it counts."""
    return {ANY: json.dumps(value, sort_keys=True, default=str)}


def _pyproject(text: str) -> Reading:
    data = tomllib.loads(text)
    project, tool, build = (_table(data.get(key)) for key in ("project", "tool", "build-system"))
    poetry, uv = _table(tool.get("poetry")), _table(tool.get("uv"))
    parts: dict[str, Reading] = {
        "project": _listed(project.get("dependencies")),
        "build": _listed(build.get("requires")),
        "poetry": _keyed(poetry.get("dependencies")),
        "poetry-dev": _keyed(poetry.get("dev-dependencies")),
        "uv-dev": _listed(uv.get("dev-dependencies")),
        "uv-sources": _keyed(uv.get("sources")),
        # Where packages come from, and what tools install on their own account.
        "other": _other(
            {
                "index": [uv.get("index"), uv.get("index-url"), uv.get("extra-index-url"), poetry.get("source")],
                "pdm": tool.get("pdm"),
                "hatch": _table(tool.get("hatch")).get("envs"),
                "dynamic": project.get("dynamic"),
                "backend": build.get("backend-path"),
            }
        ),
    }
    for name, items in _table(project.get("optional-dependencies")).items():
        parts[f"extra {name}"] = _listed(items)
    for name, items in _table(data.get("dependency-groups")).items():
        parts[f"group {name}"] = _listed(items)
    for name, group in _table(poetry.get("group")).items():
        parts[f"poetry {name}"] = _keyed(_table(group).get("dependencies"))
    return _merge(parts)


def _package_json(text: str) -> Reading:
    data = _table(json.loads(text))
    keys = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "overrides", "resolutions")
    hooks = {name: text for name, text in _table(data.get("scripts")).items() if "install" in name or name == "prepare"}
    rest = [
        data.get(key) for key in ("workspaces", "bundledDependencies", "bundleDependencies", "packageManager", "pnpm")
    ]
    return _merge({**{key: _keyed(data.get(key)) for key in keys}, "other": _other([hooks, rest])})


def _cargo(text: str) -> Reading:
    data = tomllib.loads(text)
    keys = ("dependencies", "dev-dependencies", "build-dependencies")
    tables = {"": data, "workspace": _table(data.get("workspace"))}
    tables |= {f"target {name}": _table(table) for name, table in _table(data.get("target")).items()}
    parts = {f"{where} {key}": _keyed(table.get(key)) for where, table in tables.items() for key in keys}
    return _merge({**parts, "other": _other({key: data.get(key) for key in ("patch", "replace")})})


def _go_mod(text: str) -> Reading:
    found: dict[str, str] = {}
    for raw in text.splitlines():
        line = raw.partition("//")[0].strip()
        match = re.match(r"(?:require\s+)?([\w.~-]+\.[\w.~-]+(?:/[\w.~-]+)+)\s+(v\S+)$", line)
        if match:
            found[match.group(1)] = match.group(2)
        elif line and line not in {"(", ")", "require ("} and not line.startswith(("module ", "go ")):
            found[ANY] = f"{found.get(ANY, '')}\n{line}"
    return found


def _gemfile(text: str) -> Reading:
    found: dict[str, str] = {}
    for raw in text.splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw).strip()
        match = re.match(r"gem\s*\(?\s*['\"]([\w.-]+)['\"]([^#{}`]*)$", line)
        if match:
            found[match.group(1)] = match.group(2)
        elif line:
            found[ANY] = f"{found.get(ANY, '')}\n{line}"
    return found


def _pipfile(text: str) -> Reading:
    data = tomllib.loads(text)
    rest = {key: value for key, value in data.items() if key not in {"packages", "dev-packages"}}
    packages = {key: _keyed(data.get(key)) for key in ("packages", "dev-packages")}
    return _merge({**packages, "other": _other(rest)})


def _composer(text: str) -> Reading:
    data = _table(json.loads(text))
    rest = {key: data.get(key) for key in ("repositories", "scripts", "replace", "provide")}
    required = {key: _keyed(data.get(key)) for key in ("require", "require-dev")}
    return _merge({**required, "other": _other(rest)})


_READERS: dict[str, Callable[[str], Reading]] = {
    "pyproject.toml": _pyproject,
    "package.json": _package_json,
    "cargo.toml": _cargo,
    "go.mod": _go_mod,
    "gemfile": _gemfile,
    "pipfile": _pipfile,
    "composer.json": _composer,
}
