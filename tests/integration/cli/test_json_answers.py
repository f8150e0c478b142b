"""docs/cli.md lists what `--json` answers with, and is right about it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import click
import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.cli.main import cli
from orion_tui.core.engine import Engine
from tests.support.command_line import Orion
from tests.support.drafts import Drafts, plan, task
from tests.support.program import repository

DOCUMENT = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8").partition("## JSON")[2]
#: Records that other answers are made of, by the name that stands before their keys.
RECORDS = re.findall(r"(?ms)^\*\*(\w+)\*\*: (.*?)\n\n", DOCUMENT)
#: What is under these is another's: a state, a step, a path; whatever an event or a role holds.
FREE = {"states", "data", "role", "models", "origins"}

READS = [
    "sessions",
    "status",
    "status SESSION",
    "sessions show",
    "plan",
    "plan --versions",
    "budget",
    "logs",
    "role list",
    "role show",
    "settings",
    "settings get",
    "keys",
    "auth status",
    "model list",
    "mcp list",
    "daemon status",
]
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "role show": ("software-engineer",),
    "settings get": ("ui.theme",),
    "budget": ("SESSION",),
    "plan": ("SESSION",),
    "plan --versions": ("SESSION",),
    "sessions show": ("SESSION",),
    "logs": ("SESSION",),
}


def _table() -> dict[str, str]:
    """What the table says of each command; "the same" is what it says of the one before."""
    rows = re.findall(r"(?m)^\| (`[^|]+) \| (.*) \|$", DOCUMENT.partition("## Environment")[0])
    told: dict[str, str] = {}
    before = ""
    for names, says in rows:
        before = f"{before} {says}" if says.startswith("the same") else says
        told |= dict.fromkeys(re.findall(r"`([^`]+)`", names), before)
    return told


def _words(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", text))


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield key
            if key not in FREE:
                yield from _keys(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _keys(inner)


def _with_json(command: click.Command, path: str = "") -> Iterator[str]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            if not inner.hidden:
                yield from _with_json(inner, f"{path} {name}".strip())
    if path and any("--json" in parameter.opts for parameter in command.params):
        yield path


def test_every_command_that_answers_in_json_is_in_the_table() -> None:
    named = set(_table())
    # A group that answers like one of its commands is named by either.
    assert [
        name
        for name in _with_json(cli)
        if not any(row == name or row.startswith((f"{name} ", f"{name},")) for row in named)
        and not (name.endswith(" list") and name.removesuffix(" list") in named)
    ] == []


def test_every_key_of_an_answer_is_in_the_document(
    orion: Orion, orion_home: OrionHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ORION_MODEL", raising=False)
    repo = repository(tmp_path / "repo", {"a.py": "a = 1\n"})
    (orion_home.root / "settings.yaml").write_text("mcp: {notes: {command: [no-such-server]}}\n")
    (orion_home.root / "settings.yaml").chmod(0o600)
    engine = Engine.open(orion_home, wake=lambda: None)
    made = orion("work", "a goal", "-r", "software-engineer", "-w", str(repo), "--model", "ollama/qwen3", "--json")
    session = made.json()["id"]
    Drafts(engine=engine).propose(plan(task("one"), task("two", "one")), session)
    answers = {read: orion(*_arguments(read, session), "--json").out for read in READS}
    engine.close()
    assert [read for read, out in answers.items() if not set(_found(out))] == [], "an empty answer shows nothing"
    assert {read: new for read, out in answers.items() if (new := sorted(set(_found(out)) - _known(read)))} == {}


def _arguments(read: str, session: str) -> list[str]:
    return [session if word == "SESSION" else word for word in (*read.split(), *ARGUMENTS.get(read, ()))]


def _found(out: str) -> Iterator[str]:
    """Keys of an answer, or of one a line."""
    whole = [out] if out.startswith(("[", "{\n")) else out.splitlines()
    for answer in whole:
        yield from _keys(json.loads(answer))


def _known(read: str) -> set[str]:
    table = _table()
    told = table[read]
    if (other := told.removeprefix("as ").strip("`")) in table:
        told = table[other]
    known = _words(told)
    for name, keys in RECORDS:
        if re.search(rf"\b{name}s?\b", told):
            known |= _words(keys)
    return known
