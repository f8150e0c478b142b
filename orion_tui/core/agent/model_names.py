"""Which models a server of the user's own has: one short question to its `/models`, before work begins.

With the standard library alone, in whoever asks: the libraries of the providers are loaded in the supervisor only. The
request goes to the provider's base URL and nowhere else (no proxy, no redirection), with the key that was found for it,
and everything about it is bounded. A server that does not answer proves nothing: work goes on as if nobody had asked.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, cast

from orion_tui.base.errors import ModelUnavailable, OrionError
from orion_tui.core.agent.connections import Connections
from orion_tui.core.agent.keys import Key
from orion_tui.core.agent.model import LONGEST_NAME, ModelRef
from orion_tui.core.agent.providers import Provider, Wire
from orion_tui.core.settings import Settings
from orion_tui.roles.problems import did_you_mean, excerpt

#: Seconds that a server has for its list, and bytes that are read of it.
PATIENCE = 2.0
_MOST_BYTES = 1 << 20
#: Patterns of a list that are looked at, and characters of one.
_MOST_PATTERNS, _LONGEST_PATTERN = 100, 200
#: Names that a message tells.
_TOLD = 10
#: What llama.cpp's server writes into its list: it answers for its one model under whatever name it is asked.
_ANY_NAME = "llamacpp"

#: The names that a provider lists; None where that is not known.
Lister = Callable[[Provider, Key | None], tuple[str, ...] | None]


def names(provider: Provider, key: Key | None, *, patience: float = PATIENCE) -> tuple[str, ...] | None:
    """The names of the models that a server of the user's own lists, in its order.

    None where it is no such server, gives no list within `patience` seconds, or takes any name.
    """
    if not provider.local or provider.wire is not Wire.CHAT or not provider.base_url:
        return None
    found: list[tuple[str, ...] | None] = []
    # A name that does not resolve is waited for by the system, however short the time of the socket is.
    asker = threading.Thread(
        target=lambda: found.append(_ask(provider, key, patience)), name="model-names", daemon=True
    )
    asker.start()
    asker.join(patience)
    return found[0] if found else None


def check(
    models: Iterable[ModelRef],
    settings: Settings,
    connections: Connections,
    *,
    ask: Lister = names,
) -> None:
    """See that each model is on the list of its server, where that is one of the user's own and gives one.

    A model that the settings give a price or a context window is taken on trust: servers may answer to names that they
    do not list. Raises ModelUnavailable with what the server has.
    """
    listed: dict[str, tuple[str, ...] | None] = {}
    for model in dict.fromkeys(models):
        provider = connections.providers.get(model.provider)
        if provider is None or model in settings.contexts or model in settings.prices:
            continue
        if model.provider not in listed:
            listed[model.provider] = ask(provider, _key(connections, provider))
        there = listed[model.provider]
        if there is not None and not _has(there, model.name):
            raise _missing(model, provider, there)


def by_provider(
    connections: Connections, among: Collection[str], *, ask: Lister = names
) -> Mapping[str, tuple[str, ...]]:
    """What each server of the user's own lists that is `among` those names, asked all at the same time.

    Servers that give no list are left out.
    """
    found: dict[str, tuple[str, ...] | None] = {}

    def look(provider: Provider, key: Key | None) -> None:
        found[provider.name] = ask(provider, key)

    askers = [
        threading.Thread(target=look, args=(provider, _key(connections, provider)), daemon=True)
        for provider in connections.providers.values()
        if provider.name in among
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return {name: found[name] or () for name in connections.providers if found.get(name)}


def _key(connections: Connections, provider: Provider) -> Key | None:
    try:
        return connections.key(provider)
    except OrionError:
        return None  # whether there is one is asked elsewhere, and a server may give its list without


def _has(there: tuple[str, ...], name: str) -> bool:
    # Ollama lists the tag that a bare name stands for; proxies list patterns, and few of them: each costs time.
    patterns = [one for one in there if "*" in one and len(one) <= _LONGEST_PATTERN][:_MOST_PATTERNS]
    return not {name, f"{name}:latest"}.isdisjoint(there) or any(fnmatchcase(name, one) for one in patterns)


def _missing(model: ModelRef, provider: Provider, there: tuple[str, ...]) -> ModelUnavailable:
    told = ", ".join(excerpt(one)[1:-1] for one in there[:_TOLD])
    more = f" and {len(there) - _TOLD:,} more" if len(there) > _TOLD else ""
    has = f"it has {told}{more}" if there else "it lists none"
    return ModelUnavailable(
        f"{provider.base_url} has no model {model.name}{did_you_mean(model.name, there)}",
        hint=f"{has}; one that it has and does not list is named under contexts: in settings.yaml",
    )


def _ask(provider: Provider, key: Key | None, patience: float) -> tuple[str, ...] | None:
    from http.client import HTTPException
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

    class Stay(HTTPRedirectHandler):
        """An address that moved is an address that nobody gave the key for."""

        def redirect_request(self, *_: Any, **__: Any) -> None:
            """See HTTPRedirectHandler."""

    # The settings take addresses of http and https only (`providers.address_problem`).
    request = Request(f"{provider.base_url}/models", headers={"Accept": "application/json"})  # noqa: S310
    if key is not None:
        request.add_unredirected_header("Authorization", f"Bearer {key.value}")
    try:
        with build_opener(ProxyHandler({}), Stay).open(request, timeout=patience) as answer:
            return _names(answer.read(_MOST_BYTES + 1))
    except (OSError, HTTPException, ValueError, RecursionError):
        return None


def _names(body: bytes) -> tuple[str, ...] | None:
    """The ids of a list in OpenAI's form. Raises ValueError where it is none."""
    if len(body) > _MOST_BYTES:
        return None  # of a list that was cut off nothing is missing for certain
    document: object = json.loads(body)
    entries = cast("dict[str, object]", document).get("data") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return None
    found: list[str] = []
    for each in cast("list[object]", entries):
        entry = cast("dict[str, object]", each) if isinstance(each, dict) else {}
        if not isinstance(name := entry.get("id"), str) or len(name) > LONGEST_NAME:
            return None
        if entry.get("owned_by") == _ANY_NAME:
            return None
        found.append(name)
    return tuple(found)
