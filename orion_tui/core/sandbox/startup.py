"""The start message: the server's sources and what it is to enforce."""

import functools
import importlib.resources
import json
from typing import Any

_PACKAGE = "orion_tui.core.sandbox.agent"

#: In the order in which they import each other.
_MODULES = (
    "wire",
    "frames",
    "kernel",
    "output",
    "memory",
    "paths",
    "stamps",
    "files",
    "tree",
    "search",
    "commands",
    "confine",
    "server",
)


@functools.cache
def bootstrap() -> str:
    """The program that the interpreter is given on its command line."""
    return _source("bootstrap")


def message(config: dict[str, Any]) -> bytes:
    """Length and JSON, as the bootstrap reads it."""
    parents = [_PACKAGE.rsplit(".", count)[0] for count in range(_PACKAGE.count("."), 0, -1)]
    modules = [(name, True, "") for name in (*parents, _PACKAGE)]
    modules += [(f"{_PACKAGE}.{name}", False, _source(name)) for name in _MODULES]
    text = json.dumps({"modules": modules, "start": f"{_PACKAGE}.server", "config": config}).encode("ascii")
    return len(text).to_bytes(4, "big") + text


@functools.cache
def _source(name: str) -> str:
    return importlib.resources.files(_PACKAGE).joinpath(f"{name}.py").read_text("utf-8")
