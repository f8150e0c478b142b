"""Scripted work by a model: settings that lead to the scripted server, and answers in the words of Orion's tools."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import Session
from orion_tui.core.session.embedded import EmbeddedSupervisor
from orion_tui.core.session.submit import SubmitRequest
from tests.support.bench import SETTLED, Bench
from tests.support.model_server import Act, Answer, Asked, Call, ModelServer
from tests.support.moved_clock import MovedClock

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


@attrs.frozen(kw_only=True)
class Timed:
    """A bench whose time the test moves, and a scripted server for its models."""

    bench: Bench
    server: ModelServer
    clock: MovedClock

    def supervisor(self, **more: Any) -> EmbeddedSupervisor:
        return EmbeddedSupervisor(self.bench.home, self.clock, self.bench.choose, **more)

    def failures(self, session: Session) -> list[Event]:
        return [event for event in self.bench.events(session) if event.type == "model.failed"]

    def fails(self, session: Session, times: int) -> Event:
        """The failure of that number, once it has come and the session waits for its time."""

        def found() -> Event | None:
            settled = self.bench.engine.session(session.id)
            failed = self.failures(session)
            # The lease is given back last: before that the time that was named does not hold.
            there = len(failed) >= times and settled.state in SETTLED and not settled.lease_owner
            return failed[times - 1] if there else None

        return self.bench.until(found)

    def waits(self, event: Event) -> float:
        """Seconds from a failure to the time that its event names for the next try."""
        return round(float(event.data["again"]) - event.at, 1)

    def later(self, event: Event) -> None:
        """Let the time come that a failure's event names."""
        self.clock.advance(max(float(event.data["again"]) - self.clock.now(), 0.0) + 0.1)


@attrs.define
class Roles:
    """Answers by what is asked for, each kind in its order; the last of a kind stays."""

    plan: list[Act] = attrs.field(factory=list[Act])
    think_over: list[Act] = attrs.field(factory=list[Act])
    work: list[Act] = attrs.field(factory=list[Act])

    def __call__(self, asked: Asked) -> Act:
        """The next answer of the kind that the request's tools call for."""
        tools = tools_of(asked)
        acts = self.plan if "submit_plan" in tools else self.think_over if "revise_plan" in tools else self.work
        return acts.pop(0) if len(acts) > 1 else acts[0]


def gives_up(summary: str = "It cannot be done.") -> Answer:
    """The end of a task that fails."""
    return finishes(summary, outcome="impossible")


def revises(*tasks: Mapping[str, Any], reason: str = "Another way.") -> Answer:
    """A revision of what is left of the plan."""
    return does(call("revise_plan", reason=reason, tasks=list(tasks)))


def keeps(reason: str = "The rest holds.") -> Answer:
    """The plan stays."""
    return does(call("keep_plan", reason=reason))


def aborts(reason: str = "It would do harm.") -> Answer:
    """The end of the session."""
    return does(call("abort", reason=reason))
