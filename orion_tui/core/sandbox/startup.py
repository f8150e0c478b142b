"""What is sent into a sandbox: the sources of what runs there, and what it is to enforce."""

import functools
import importlib.resources
import json
from typing import Any

_PACKAGE = "orion_tui.core.sandbox.agent"

#: In the order in which they import each other.
_CONFINE = ("kernel", "confine")
_SERVER = (
    "wire",
    "frames",
    "kernel",
    "output",
    "memory",
    "paths",
    "stamps",
    "files",
    "tree",
    "watch",
    "scan",
    "search",
    "population",
    "commands",
    "server",
)


def command(python: str) -> tuple[str, ...]:
    """How the interpreter is started: isolated from environment, site-packages and working directory."""
    return (python, "-I", "-S", "-B", "-X", "utf8", "-c", _source("bootstrap"))


def base_commit(python: str, branch: str, message: str, name: str, email: str) -> tuple[str, ...]:
    """The command that writes the workspace as a commit for `git fast-import`."""
    return (python, "-I", "-S", "-B", "-X", "utf8", "-c", _source("base_commit"), branch, message, name, email)


def messages(config: dict[str, Any]) -> bytes:
    """What is sent before the first request: the confining program and, for when that is done, the server."""
    return _message(_CONFINE, config) + _message(_SERVER, config)


def server_message(config: dict[str, Any]) -> bytes:
    """The server alone, where whoever made the sandbox has confined it already."""
    return _message(_SERVER, config)


def _message(names: tuple[str, ...], config: dict[str, Any]) -> bytes:
    """Length and JSON, as the bootstrap reads it. The last module is started."""
    parents = [_PACKAGE.rsplit(".", count)[0] for count in range(_PACKAGE.count("."), 0, -1)]
    modules = [(name, True, "") for name in (*parents, _PACKAGE)]
    modules += [(f"{_PACKAGE}.{name}", False, _source(name)) for name in names]
    text = json.dumps({"modules": modules, "start": modules[-1][0], "config": config}).encode("ascii")
    return len(text).to_bytes(4, "big") + text


@functools.cache
def _source(name: str) -> str:
    return importlib.resources.files(_PACKAGE).joinpath(f"{name}.py").read_text("utf-8")
