"""Asking the scripted model server as the product would: settings, keys, gateway."""

import random
import string
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs

from orion_tui.base.clock import Clock, FixedClock
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.connections import Connections
from orion_tui.core.agent.gateway import Gateway
from orion_tui.core.agent.keys import Keys
from orion_tui.core.agent.model import Message, ModelRef, Question, Reply, Speaker, Tool
from orion_tui.core.agent.price import Prices
from orion_tui.core.settings import Settings, parse
from tests.support.model_server import ModelServer

_DICE = random.Random(1)


def made_up_key(prefix: str) -> str:
    """Something that looks like a key; made when tests run, since no file of the repository may hold such a thing."""
    return f"{prefix}-{''.join(_DICE.choice(string.ascii_letters + string.digits) for _ in range(20))}"


#: Each provider's own, so that a leak says which.
KEYS: Mapping[str, str] = {
    "ANTHROPIC_API_KEY": made_up_key("sk-ant-api03"),
    "OPENAI_API_KEY": made_up_key("sk-proj"),
    "GOOGLE_API_KEY": made_up_key("AIza"),
    "OPENROUTER_API_KEY": made_up_key("sk-or-v1"),
    "BOX_KEY": made_up_key("box"),
}

#: A model of each wire format, and of each kind of server.
MODELS = (
    "anthropic/claude-sonnet-5-5",
    "openai/gpt-6-luna",
    "google/gemini-3.8-flash",
    "openrouter/qwen/qwen3-coder",
    "ollama/qwen3:32b",
    "box/any",
)

NOTE = Tool(
    name="note",
    description="Takes a note.",
    parameters={
        "type": "object",
        "properties": {"words": {"type": "string"}},
        "required": ["words"],
        "additionalProperties": False,
    },
)


def settings_text(origin: str) -> str:
    """`settings.yaml` that sends every provider to one server."""
    entries = [
        f"  anthropic: {{base_url: '{origin}'}}",
        f"  google: {{base_url: '{origin}'}}",
        *(f"  {name}: {{base_url: '{origin}/v1'}}" for name in ("openai", "openrouter", "ollama")),
        f"  box: {{base_url: '{origin}/v1', key_env: BOX_KEY}}",
    ]
    return "\n".join(["providers:", *entries]) + "\n"


def question(model: str = "openai/gpt-6-luna", text: str = "hello", **changes: object) -> Question:
    """A question with one tool and little patience."""
    plain = Question(
        model=ModelRef.parse(model),
        instructions="Be brief.",
        messages=(Message(speaker=Speaker.USER, text=text),),
        tools=(NOTE,),
        timeout=60.0,
    )
    return attrs.evolve(plain, **changes)


class Asking:
    """A gateway whose providers all live on one server."""

    def __init__(self, settings: Settings, environ: Mapping[str, str] = KEYS, *, clock: Clock | None = None) -> None:
        self.keys = Keys(OrionHome(Path("/nonexistent")), environ)
        self.connections = Connections(settings, self.keys)
        self.gateway = Gateway(self.connections.to, clock=clock or FixedClock(), prices=Prices(settings.prices))

    def __call__(
        self,
        model: str = "openai/gpt-6-luna",
        text: str = "hello",
        *,
        heard: Callable[[str], None] | None = None,
        stop: threading.Event | None = None,
        **changes: object,
    ) -> Reply:
        return self.gateway.ask(question(model, text, **changes), heard=heard, stop=stop)


@contextmanager
def asking(server: ModelServer, environ: Mapping[str, str] = KEYS, *, clock: Clock | None = None) -> Generator[Asking]:
    """A gateway to that server, closed at the end."""
    ask = Asking(parse(settings_text(server.origin), "settings.yaml"), environ, clock=clock)
    try:
        yield ask
    finally:
        ask.gateway.close()
