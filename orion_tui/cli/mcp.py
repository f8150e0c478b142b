"""`orion mcp`: the servers of external tools in the settings, what they offer, and what each role says of it."""

import time
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.errors import NotFound, OrionError, ToolsUnavailable
from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, json_option, note, one_line, plural, say, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orion_tui.core.aegis.policy import Policy
    from orion_tui.core.external.hub import Hub
    from orion_tui.core.external.port import Listing
    from orion_tui.core.external.servers import ToolServer

_WARNING = (
    "These servers run outside of the sandbox, with your rights. A session uses one only when its role names it "
    "(docs/mcp.md)."
)
_SAID = 80


@click.group()
def mcp() -> None:
    """Servers of external tools (MCP): outside of the sandbox, with your rights, only where a role names them."""


@mcp.command("list")
@json_option
def list_servers(as_json: bool) -> int:
    """Servers, whether each can be reached, its tools, and what every role says of them.

    Each server is connected to, and those that are programs are started, for as long as that takes.
    """
    home = OrionHome.from_environment()
    servers, hub = _hub(home)
    try:
        policies = _policies(home) if servers else {}
        records = [_record(hub, server, policies) for server in servers.values()]
    finally:
        hub.close()
    if as_json:
        emit_json({"servers": records})
        return 0
    if not records:
        say("no server is set up: write one under mcp in settings.yaml (docs/mcp.md)")
        return 0
    note(_WARNING)
    for record in records:
        _show(record)
    return 0


@mcp.command("test")
@click.argument("name", metavar="NAME")
@json_option
def test_server(name: str, as_json: bool) -> int:
    """Connect to one server, and list its tools. Exit code 15 when it cannot be reached."""
    home = OrionHome.from_environment()
    servers, hub = _hub(home)
    try:
        if name not in servers:
            raise NotFound(f"no server {one_line(name, 60)} is in settings.yaml", hint="orion mcp list shows all")
        started = time.monotonic()
        try:
            line = hub.line(servers[name])
            greeting = line.open()
            listing = line.tools()
        except ToolsUnavailable as error:
            if not as_json:
                raise
            emit_json({"name": name, "reachable": False, "problem": error.message, "fix": error.hint or None})
            return error.exit_code
    finally:
        hub.close()
    seconds = time.monotonic() - started
    if as_json:
        emit_json(
            {
                "name": name,
                "reachable": True,
                "server": greeting.name or None,
                "version": greeting.version or None,
                "protocol": greeting.protocol,
                "tools": [tool.name for tool in listing.tools],
                "more_tools": listing.cut,
                "seconds": round(seconds, 3),
            }
        )
        return 0
    called = " ".join(filter(None, (greeting.name, greeting.version))) or "a server without a name"
    say(f"✓ {name} answers: it calls itself {called}, protocol {greeting.protocol} ({seconds:.1f} s)", style="green")
    more = ", and there are more, which are not read" if listing.cut else ""
    say(f"  {plural(len(listing.tools), 'tool')}{more}")
    for tool in listing.tools[:100]:
        say(f"  {one_line(tool.name, 60):<30} {one_line(tool.description, _SAID)}".rstrip())
    return 0


def _hub(home: OrionHome) -> "tuple[Mapping[str, ToolServer], Hub]":
    from orion_tui.core import settings
    from orion_tui.core.external.hub import HOW_TO_INSTALL, MISSING, Hub, installed

    servers = settings.load(home).mcp
    if servers and not installed():
        raise ToolsUnavailable(MISSING, hint=HOW_TO_INSTALL)
    return servers, Hub(home, lambda: servers)


def _policies(home: OrionHome) -> "dict[str, Policy]":
    """The roles that can be used, frozen as a session would have them."""
    from orion_tui.core.aegis.policy import freeze
    from orion_tui.roles.library import Library

    found: dict[str, Policy] = {}
    library = Library(home.roles)
    for info in library.list():
        try:
            found[info.name] = freeze(library.get(info.name).role)
        except OrionError:
            continue  # `orion role list` says what is wrong with it
    return found


def _record(hub: "Hub", server: "ToolServer", policies: "dict[str, Policy]") -> dict[str, Any]:
    from orion_tui.core.external.toolbox import named_servers

    named_by = [name for name, policy in policies.items() if server.name in named_servers(policy.role)]
    record: dict[str, Any] = {
        "name": server.name,
        "url": server.url or None,
        "command": list(server.command) or None,
        "headers": dict(server.headers),
        "environment": list(server.env),
        "roles": named_by,
        "reachable": False,
        "problem": None,
        "fix": None,
        "tools": [],
        "more_tools": False,
    }
    line = hub.line(server)
    try:
        line.open()
        listing = line.tools()
    except ToolsUnavailable as error:
        return record | {"problem": error.message, "fix": error.hint or None}
    finally:
        line.close()
    tools = _tools(server, listing, {name: policies[name] for name in named_by})
    return record | {"reachable": True, "tools": tools, "more_tools": listing.cut}


def _tools(server: "ToolServer", listing: "Listing", policies: "dict[str, Policy]") -> list[dict[str, Any]]:
    from orion_tui.core.external.names import TOOL, offered_name
    from orion_tui.core.external.toolbox import tier_of

    records: list[dict[str, Any]] = []
    for tool in listing.tools:
        usable = TOOL.fullmatch(tool.name) is not None
        records.append(
            {
                "name": tool.name,
                "offered_as": offered_name(server.name, tool.name) if usable else None,
                "description": one_line(tool.description, 500),
                "tiers": {name: tier_of(server.name, tool.name, policy).value for name, policy in policies.items()}
                if usable
                else {},
            }
        )
    return records


def _show(record: dict[str, Any]) -> None:
    where = record["url"] or " ".join(record["command"])
    say()
    if not record["reachable"]:
        say(f"✗ {record['name']}  {one_line(where)}", style="red")
        say(f"    {one_line(record['problem'])}")
        if record["fix"]:
            say(f"    fix: {one_line(record['fix'])}")
        return
    say(f"✓ {record['name']}  {one_line(where)}", style="green")
    if not record["roles"]:
        say(f"    no role of yours names it, so no session uses it: use_tool({record['name']}/*) in a role does")
    rows = [
        (tool["name"], *(tool["tiers"].get(role, "not offered") for role in record["roles"]), tool["description"])
        for tool in record["tools"]
    ]
    table(("tool", *record["roles"], "its own words"), [(*row[:-1], one_line(row[-1], _SAID)) for row in rows])
    if record["more_tools"]:
        say("    and there are more, which are not read")
