"""`orion mcp`: servers are really asked, and what each role says of their tools is the gate's word."""

import json
import sys
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.external import hub
from tests.support.command_line import Orion

pytestmark = pytest.mark.unit

_SERVER = Path(__file__).parents[2] / "support" / "tool_server.py"
_ROLE = """
name: tooled
display_name: Tooled
description: x
scope: coding
competencies: [x]
authority:
  autonomous: [read_files, use_tool(tracker/look_up)]
  requires_approval: [add_dependency]
  forbidden: [use_tool(tracker/drop_all)]
auth_method: pin
"""


def _set_up(home: OrionHome, mode: str = "plain") -> None:
    command = [sys.executable, str(_SERVER), "--mode", mode]
    (home.root / "settings.yaml").write_text(f"mcp:\n  tracker: {json.dumps({'command': command})}\n")
    home.roles.mkdir(exist_ok=True)
    (home.roles / "tooled.yaml").write_text(_ROLE)


def test_without_servers_the_list_says_where_to_write_one(orion: Orion) -> None:
    assert "under mcp in settings.yaml" in orion("mcp", "list").out
    assert orion("mcp", "test", "tracker").code == 3


def test_the_list_has_tools_and_tiers_and_says_that_servers_are_outside(orion: Orion, orion_home: OrionHome) -> None:
    _set_up(orion_home)
    shown = orion("mcp", "list")
    assert shown.code == 0, shown.err
    assert "outside of the sandbox, with your rights" in " ".join(shown.err.split())
    (server,) = orion("mcp", "list", "--json").json()["servers"]
    assert server["reachable"]
    assert server["roles"] == ["tooled"]
    tiers = {tool["name"]: tool["tiers"]["tooled"] for tool in server["tools"]}
    assert (tiers["look_up"], tiers["create"], tiers["drop_all"]) == ("autonomous", "requires_approval", "forbidden")
    assert {tool["offered_as"] for tool in server["tools"]} >= {"tracker__look_up"}


def test_a_server_that_does_not_start_is_told_with_its_own_words(orion: Orion, orion_home: OrionHome) -> None:
    _set_up(orion_home, "dies")
    done = orion("mcp", "test", "tracker")
    assert done.code == 15
    assert "no licence found" in done.err
    assert "\x1b[31mfound" not in done.err
    (server,) = orion("mcp", "list", "--json").json()["servers"]
    assert not server["reachable"]


def test_a_server_that_answers_is_told(orion: Orion, orion_home: OrionHome) -> None:
    _set_up(orion_home, "noisy")
    done = orion("mcp", "test", "tracker")
    assert done.code == 0, done.err
    assert "it calls itself tracker 1.2" in done.out
    assert "11 tools" in done.out


def test_without_the_extra_it_says_how_to_get_it(
    orion: Orion, orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set_up(orion_home)
    monkeypatch.setattr(hub, "installed", lambda: False)
    done = orion("mcp", "list")
    assert done.code == 15
    assert "pip install 'orion-tui[mcp]'" in done.err
    report = orion("doctor", "--only", "tools", "--json").out
    assert "is not installed" in report
