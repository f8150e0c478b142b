"""Scripted work by a model: settings that lead to the scripted server, and answers in the words of Orion's tools."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import Session
from orion_tui.core.session.submit import SubmitRequest
from tests.support.bench import Bench
from tests.support.model_server import Answer, Asked, Call, ModelServer

#: A model of each wire format, as the settings of `use` name it.
CHAT = "box/scripted-1"
MESSAGES = "anthropic/claude-sonnet-5-5"
KEY_NAME = "ANTHROPIC_API_KEY"

_IDS = itertools.count(1)


def use(home: OrionHome, server: ModelServer, more: str = "") -> None:
    """Settings in which both wire formats lead to the scripted server."""
    home.prepare()
    path = home.root / "settings.yaml"
    path.write_text(
        f"providers:\n  box:\n    base_url: {server.origin}/v1\n  anthropic:\n    base_url: {server.origin}\n{more}"
    )
    path.chmod(0o600)


def call(name: str, **arguments: Any) -> Call:
    return Call(name=name, arguments=json.dumps(arguments), id=f"call_{next(_IDS)}")


def does(*calls: Call, text: str = "", **more: Any) -> Answer:
    """An answer that uses tools."""
    return Answer(text=text, calls=calls, **more)


def task(id: str, title: str = "", **fields: Any) -> dict[str, Any]:
    return {
        "id": id,
        "title": title or f"Do {id}",
        "description": f"What {id} is about.",
        "kind": "write_code",
        "needs": [],
        "accept": [],
        "estimate_minutes": 2,
        "confidence": 0.95,
        **fields,
    }


def plans(*tasks: Mapping[str, Any], title: str = "A plan") -> Answer:
    return does(call("submit_plan", title=title, description="How it is done.", tasks=list(tasks)))


def finish(summary: str = "It is done.", *, outcome: str = "done", confidence: float = 0.95, **more: Any) -> Call:
    return call("finish", outcome=outcome, summary=summary, confidence=confidence, **more)


def finishes(summary: str = "It is done.", **more: Any) -> Answer:
    return does(finish(summary, **more))


def submit(
    bench: Bench, goal: str = "make the value two", *, model: str = CHAT, role: str = "software-engineer", **more: Any
) -> Session:
    request = SubmitRequest(workspace=bench.repo, goal=goal, role=role, models={"plan": model, "work": model}, **more)
    return bench.engine.submit(request)


def said_to(asked: Asked) -> str:
    """Everything that a request holds, as text."""
    return json.dumps(asked.body, ensure_ascii=False)


def tools_of(asked: Asked) -> Sequence[str]:
    """Names of the tools that a request offers."""
    offered: list[dict[str, Any]] = asked.body.get("tools") or []
    return [str(tool.get("name") or tool["function"]["name"]) for tool in offered]
