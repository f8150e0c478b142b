"""`~/.orion/settings.yaml`: what the user decided once for all sessions, read strictly.

    model:
      default: anthropic/claude-sonnet-5-5
      review: openai/gpt-6-luna
    providers:
      ollama:
        base_url: http://192.168.1.7:11434/v1
      workshop:                       # any other name: a server of your own that speaks OpenAI's format
        base_url: https://models.example.org/v1
        key_env: WORKSHOP_KEY
    prices:                           # dollars for a million tokens, where the price table is wrong or silent
      workshop/qwen3: {input: 0.2, output: 0.6, cached: 0.02}
    contexts:                         # tokens that a model's context window holds, where the table is wrong or silent
      workshop/qwen3: 131072
    sessions:
      running: 4                      # that work at a time
    ui: {theme: light}                # see `core.appearance`
    keys: {live.pause: space}
    mcp:                              # servers of external tools; see `core.external.servers`
      tracker: {url: "https://tracker.example.org/mcp", headers_env: {Authorization: TRACKER_TOKEN}}

No key is ever in this file. Every problem is told at its place, and an unknown key is one.
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import attrs

from orion_tui.base.errors import InvalidFile, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core import appearance
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.agent.providers import address_problem
from orion_tui.core.appearance import Appearance
from orion_tui.core.external import servers
from orion_tui.core.external.servers import ToolServer
from orion_tui.roles import strict_yaml
from orion_tui.roles.schema import ModelWish
from orion_tui.roles.strict_yaml import Fields, Node

#: Sessions that run at a time where nothing else is said (RUN-2), and at the most.
RUNNING = 4
MOST_RUNNING = 64

#: Tokens of a context window: less holds no work, and no model has more.
LEAST_CONTEXT = 2_048
MOST_CONTEXT = 100_000_000

_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


@attrs.frozen(kw_only=True)
class ProviderSettings:
    """What is laid over the table of providers; empty keeps what the table says."""

    base_url: str = ""
    key_env: str = ""


@attrs.frozen(kw_only=True)
class Price:
    """Dollars for a million tokens."""

    input: float
    output: float
    #: Of what was read from the provider's cache; None costs as `input` does.
    cached: float | None = None


@attrs.frozen(kw_only=True)
class Settings:
    """The file, parsed; all empty where there is none."""

    model: ModelWish = attrs.field(factory=ModelWish)
    providers: Mapping[str, ProviderSettings] = attrs.field(factory=dict[str, ProviderSettings])
    prices: Mapping[ModelRef, Price] = attrs.field(factory=dict[ModelRef, Price])
    #: Context windows in tokens.
    contexts: Mapping[ModelRef, int] = attrs.field(factory=dict[ModelRef, int])
    #: Sessions that run at a time.
    running: int = RUNNING
    #: Servers of external tools.
    mcp: Mapping[str, ToolServer] = attrs.field(factory=dict[str, ToolServer])
    #: How the application looks, and its keys.
    appearance: Appearance = attrs.field(factory=Appearance)


def settings_file(home: OrionHome) -> Path:
    """Where it is looked for."""
    return home.root / "settings.yaml"


def load(home: OrionHome) -> Settings:
    """The user's settings. Raises InvalidFile with every problem, or when others could have written it."""
    path = settings_file(home)
    try:
        status = path.stat()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise InvalidFile(f"cannot read {path}: {error.strerror}") from error
    # An address in it decides where keys are sent.
    if status.st_uid not in {os.geteuid(), 0} or stat.S_IMODE(status.st_mode) & 0o022:
        raise InvalidFile(
            f"others can change {path}, and it says where keys are sent",
            hint=f"look at it; if it is as you wrote it: chmod go-w {path}",
        )
    return parse(strict_yaml.read(path), str(path))


def parse(source: str | bytes, name: str) -> Settings:
    """Settings from text; `name` is what problems call it. Raises InvalidFile with every problem."""
    document = strict_yaml.parse(source, name)
    settings = Settings()
    # An empty file, or one of comments alone, decides nothing.
    if not document.root.is_null and (fields := document.root.fields()):
        providers = _providers(fields)
        keys = servers.reserved([one.key_env for one in providers.values() if one.key_env])
        settings = Settings(
            model=_model(fields),
            providers=providers,
            prices=_prices(fields),
            contexts=_contexts(fields),
            running=_running(fields),
            mcp=servers.read(fields, keys),
            appearance=appearance.read(fields),
        )
        fields.done()
    document.problems.refuse("settings file")
    return settings


def _model(fields: Fields) -> ModelWish:
    inner = fields.fields("model")
    if inner is None:
        return ModelWish()
    wish = ModelWish(
        default=_ref(inner, "default"), plan=_ref(inner, "plan"), work=_ref(inner, "work"), review=_ref(inner, "review")
    )
    inner.done()
    return wish


def _ref(fields: Fields, key: str) -> str:
    text = fields.text(key)
    node = fields.get(key)
    if text and node is not None and _parsed(text, node) is None:
        return ""
    return text


def _parsed(text: str, node: Node) -> ModelRef | None:
    try:
        return ModelRef.parse(text)
    except UsageError as error:
        node.problem(f"{error.message}; {error.hint}")
        return None


def _providers(fields: Fields) -> Mapping[str, ProviderSettings]:
    inner = fields.fields("providers")
    read: dict[str, ProviderSettings] = {}
    for key, value in inner or ():
        if not _PROVIDER.fullmatch(key.value):
            key.problem("a provider's name has small letters, digits, - and _ only, 40 at the most")
        entry = value.fields()
        if entry is None:
            continue
        one = ProviderSettings(base_url=entry.text("base_url").rstrip("/"), key_env=entry.text("key_env"))
        if (node := entry.get("base_url")) and one.base_url and (problem := address_problem(one.base_url)):
            node.problem(f"this address {problem}")
        if (node := entry.get("key_env")) and one.key_env and not _VARIABLE.fullmatch(one.key_env):
            # Not quoted back: people paste the key itself here.
            node.problem("names no environment variable; the key itself does not belong here (orion model login)")
        entry.done()
        read[key.value] = one
    return read


def _prices(fields: Fields) -> Mapping[ModelRef, Price]:
    inner = fields.fields("prices")
    read: dict[ModelRef, Price] = {}
    for key, value in inner or ():
        ref = _parsed(key.value, key)
        entry = value.fields()
        if entry is None or ref is None:
            continue
        entry.require("input")
        entry.require("output")
        cached = entry.number("cached", -1, least=0, most=1e6)
        read[ref] = Price(
            input=entry.number("input", 0, least=0, most=1e6),
            output=entry.number("output", 0, least=0, most=1e6),
            cached=cached if cached >= 0 else None,
        )
        entry.done()
    return read


def _contexts(fields: Fields) -> Mapping[ModelRef, int]:
    inner = fields.fields("contexts")
    read: dict[ModelRef, int] = {}
    for key, value in inner or ():
        ref = _parsed(key.value, key)
        tokens = value.integer(least=LEAST_CONTEXT, most=MOST_CONTEXT)
        if ref is not None and tokens is not None:
            read[ref] = tokens
    return read


def _running(fields: Fields) -> int:
    inner = fields.fields("sessions")
    if inner is None:
        return RUNNING
    running = inner.integer("running", RUNNING, least=1, most=MOST_RUNNING)
    inner.done()
    return running
