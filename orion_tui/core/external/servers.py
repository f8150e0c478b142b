"""The user's servers of external tools, as `settings.yaml` names them:

    mcp:
      tracker:
        url: https://tracker.example.org/mcp
        headers_env: {Authorization: TRACKER_TOKEN}     # the variable's name, never the token
      notes:
        command: [notes-server, --stdio]
        env: [NOTES_DIR]                                # what it gets of the environment beside PATH, HOME and LANG
        timeout_seconds: 120

Neither a role nor a repository can name one: a server runs with the user's rights.
"""

import re
from collections.abc import Collection, Mapping

import attrs

from orion_tui.core.agent.providers import TABLE, address_problem, is_exposed
from orion_tui.roles.strict_yaml import Fields, Node

#: Seconds that one use of a tool may take, where nothing else is said, and at the most.
TIMEOUT = 60.0
MOST_TIMEOUT = 600.0
#: Servers that settings may name.
MOST_SERVERS = 32

#: A name without `_`: what comes after `__` in the name of a tool is the tool's.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
# What the transport itself says.
_OWN_HEADERS = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-length", "content-type", "transfer-encoding"}
)


@attrs.frozen(kw_only=True)
class ToolServer:
    """One server: reached at `url`, or started as `command`."""

    name: str
    url: str = ""
    #: Header and the variable that holds its value.
    headers: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    #: Variables that are passed on to the program.
    env: tuple[str, ...] = ()
    #: Seconds that one use of a tool may take.
    timeout: float = TIMEOUT

    @property
    def where(self) -> str:
        """Its address or its command line, for people."""
        return self.url or " ".join(self.command)


def reserved(key_variables: Collection[str] = ()) -> frozenset[str]:
    """Variables that hold the keys of model providers: no server is given one. `key_variables` are the user's own."""
    return frozenset(key_variables) | {name for provider in TABLE.values() for name in provider.key_names}


def read(fields: Fields, keys: Collection[str]) -> Mapping[str, ToolServer]:
    """The `mcp` block of the settings; problems are noted at their place. `keys` are variables that none may name."""
    inner = fields.fields("mcp")
    found: dict[str, ToolServer] = {}
    for key, value in inner or ():
        if not NAME.fullmatch(key.value):
            key.problem("a server's name has small letters, digits and - only, 31 at the most")
        entry = value.fields()
        if entry is None:
            continue
        found[key.value] = _server(key, key.value, entry, keys)
        entry.done()
    if inner is not None and len(found) > MOST_SERVERS:
        inner.node.problem(f"{len(found)} servers; {MOST_SERVERS} is the most")
    return found


def _server(key: Node, name: str, entry: Fields, keys: Collection[str]) -> ToolServer:
    url, command = entry.text("url"), entry.texts("command")
    if bool(url) == bool(command):
        key.problem("a server has either a url or a command")
    if (node := entry.get("url")) is not None and url:
        if problem := address_problem(url):
            node.problem(f"this address {problem}")
        elif is_exposed(url):
            node.problem("this address must begin with https://: what is sent there crosses a network")
    if (node := entry.get("command")) is not None and any(not word or "\0" in word for word in command):
        node.problem("a command is a list of words, none of them empty")
    headers = tuple(_headers(entry, keys))
    if headers and not url and (node := entry.key("headers_env")) is not None:
        node.problem("only a server with a url has headers")
    env = entry.texts("env")
    if (node := entry.get("env")) is not None:
        if not command:
            node.problem("only a server with a command has an environment")
        for variable in env:
            _check_variable(node, variable, keys)
    timeout = entry.number("timeout_seconds", TIMEOUT, least=1, most=MOST_TIMEOUT)
    return ToolServer(name=name, url=url, headers=headers, command=command, env=env, timeout=timeout)


def _headers(entry: Fields, keys: Collection[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for header, value in entry.fields("headers_env") or ():
        lower = header.value.lower()
        if not _HEADER.fullmatch(header.value) or lower in _OWN_HEADERS or lower.startswith("mcp-"):
            header.problem("is no header that can be set")
        if (variable := value.text()) is not None:
            _check_variable(value, variable, keys)
            found.append((header.value, variable))
    return found


def _check_variable(node: Node, variable: str, keys: Collection[str]) -> None:
    if not _VARIABLE.fullmatch(variable):
        # Not quoted back: people paste the secret itself here.
        node.problem("names no environment variable; the value itself does not belong here")
    elif variable in keys:
        node.problem(f"{variable} is the key of a model provider, which no other server is given")
