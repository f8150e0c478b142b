"""Servers in the settings: what is understood, what is refused, and what a server is given of the environment."""

import pytest

from orion_tui.base.errors import InvalidFile, ToolsUnavailable
from orion_tui.base.paths import OrionHome
from orion_tui.core.external.hub import Hub
from orion_tui.core.external.servers import ToolServer
from orion_tui.core.settings import parse

pytestmark = pytest.mark.unit


def test_both_forms_are_read() -> None:
    servers = parse(
        "mcp:\n  tracker: {url: 'https://t.example.org/mcp', headers_env: {Authorization: TOKEN}}\n"
        "  notes: {command: [notes, --stdio], env: [DIR], timeout_seconds: 5}\n",
        "s",
    ).mcp
    assert servers["tracker"] == ToolServer(
        name="tracker", url="https://t.example.org/mcp", headers=(("Authorization", "TOKEN"),)
    )
    assert servers["notes"] == ToolServer(name="notes", command=("notes", "--stdio"), env=("DIR",), timeout=5)


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("a: {}", "either a url or a command"),
        ("a: {url: 'https://x.org', command: [x]}", "either a url or a command"),
        ("a: {url: 'http://x.org/mcp'}", "must begin with https://"),
        ("a: {url: 'https://me:pw@x.org/mcp'}", "must not hold a user or password"),
        ("a_b: {command: [x]}", "small letters, digits and -"),
        ("a: {command: [x], headers_env: {A: B}}", "only a server with a url has headers"),
        ("a: {url: 'https://x.org', env: [B]}", "only a server with a command has an environment"),
        ("a: {command: [x], env: [ANTHROPIC_API_KEY]}", "the key of a model provider"),
        ("a: {url: 'https://x.org', headers_env: {Authorization: WORKSHOP_KEY}}", "the key of a model provider"),
        ("a: {url: 'https://x.org', headers_env: {Host: B}}", "no header that can be set"),
        ("a: {url: 'https://x.org', headers_env: {Authorization: 'Bearer abc'}}", "names no environment variable"),
        ("a: {command: [x], shell: true}", "unknown key"),
        ("a: {command: [x], timeout_seconds: 100000}", "at most 600"),
    ],
)
def test_what_is_wrong_is_told(block: str, problem: str) -> None:
    workshop = "providers:\n  workshop: {base_url: 'https://w.org/v1', key_env: WORKSHOP_KEY}\n"
    with pytest.raises(InvalidFile) as told:
        parse(f"{workshop}mcp:\n  {block}\n", "s")
    assert problem in "\n".join(told.value.problems)
    assert "Bearer abc" not in str(told.value)


def test_a_program_gets_what_was_named_and_little_else(orion_home: OrionHome) -> None:
    (orion_home.root / ".env").write_text("FROM_FILE='kept there'\n")
    (orion_home.root / ".env").chmod(0o600)
    environ = {"PATH": "/bin", "HOME": "/h", "SECRET": "s", "NAMED": "n", "TERM": "x"}
    hub = Hub(orion_home, dict, environ)
    headers, env = hub.environment(ToolServer(name="a", command=("x",), env=("NAMED", "FROM_FILE")))
    assert headers == {}
    assert env == {"PATH": "/bin", "HOME": "/h", "NAMED": "n", "FROM_FILE": "kept there"}


@pytest.mark.parametrize("value", [None, "two\nlines"])
def test_a_header_that_cannot_be_sent_is_told_without_its_value(orion_home: OrionHome, value: str | None) -> None:
    hub = Hub(orion_home, dict, {} if value is None else {"TOKEN": value})
    server = ToolServer(name="a", url="https://x.org", headers=(("Authorization", "TOKEN"),))
    with pytest.raises(ToolsUnavailable) as told:
        hub.environment(server)
    assert "TOKEN" in told.value.message
    assert "two" not in str(told.value)
