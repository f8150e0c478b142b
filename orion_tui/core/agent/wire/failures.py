"""From whatever a provider, an SDK or the network did to the one failure of the port that it is.

Texts of others are cut, cleaned, made one line and freed of the key before they enter a message. The error that a
message was made from is not kept with it: it holds the request, and that holds the key.
"""

import socket
import ssl
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2
from pydantic_ai import exceptions as theirs

from orion_tui.base.text import clean
from orion_tui.core.agent import model as ours
from orion_tui.core.agent.redact import without
from orion_tui.core.agent.resets import reset_at
from orion_tui.core.agent.wire.http import CONNECT_TIMEOUT, Call

_LONGEST = 300
_STREAM = "text/event-stream"

# How servers say that a question is too long, where they have no code for it.
_TOO_LONG = (
    "context length",
    "context window",
    "context size",
    "exceed_context_size",
    "prompt is too long",
    "too many tokens",
    "input is too long",
)
_DECLINED = ("content_filter", "content_policy", "content policy", "responsibleai", "flagged", "safety")


def failure(error: BaseException, call: Call, *, now: float, spent: ours.Usage) -> ours.ModelFailure:
    """What the asker is told."""
    asked = call.connection.model
    if call.problem:
        return ours.Garbled(f"{asked}: {call.problem}", spent=spent)
    if 300 <= call.status < 400:
        return ours.RequestRefused(
            f"{asked}: {call.connection.base_url} answers with a redirection, which is not followed with a key",
            hint=f"set the address that it moved to: providers.{asked.provider}.base_url in settings.yaml",
        )
    if isinstance(error, theirs.ModelAPIError):
        return _from_provider(error, call, now=now, spent=spent)
    if isinstance(error, theirs.UserError):
        return ours.RequestRefused(f"{asked} cannot be asked this: {said(error.message, call)}", spent=spent)
    if any(isinstance(one, httpx2.TransportError | ConnectionError) for one in _chain(error)):
        return _cut_off(call, spent)
    if not call.status:
        # Nothing came back: the question itself is at fault, such as a turn that this format has no place for.
        return ours.RequestRefused(f"{asked}: the question cannot be put ({type(error).__name__})", spent=spent)
    if isinstance(error, theirs.UnexpectedModelBehavior):
        return nothing(call, spent=spent)
    return _unreadable(call, spent)


def nothing(call: Call, *, spent: ours.Usage, finished: bool = False) -> ours.ModelFailure:
    """An answer without words and calls: cut off, something else entirely, or really nothing."""
    asked = call.connection.model
    if call.content_type != _STREAM:
        return _unreadable(call, spent)
    if finished or call.has_end_mark:
        return ours.NoAnswer(f"{asked}: the answer is empty", spent=spent)
    return _cut_off(call, spent)


def broke_off(call: Call, words: str, *, spent: ours.Usage) -> ours.ServerTrouble:
    """An error, in the provider's `words`, in the middle of an answer."""
    told = f": {said(words, call)}" if words else ""
    title = call.connection.provider.title
    return ours.ServerTrouble(f"{call.connection.model}: {title} broke off{told}", spent=spent)


def _unreadable(call: Call, spent: ours.Usage) -> ours.Garbled:
    # The text of the SDK's error is not repeated: nobody knows what it holds.
    asked = call.connection.model
    if call.content_type == _STREAM:
        return ours.Garbled(f"{asked}: the answer cannot be read", spent=spent)
    what = said(call.content_type, call) or "something without a type"
    return ours.Garbled(
        f"{asked}: {call.connection.base_url} answers with {what} instead of a stream of events",
        hint="is the address right? It ends where the provider's documentation ends its base URL, mostly in /v1",
        spent=spent,
    )


def said(text: object, call: Call) -> str:
    """Words of others, fit for a message."""
    key = call.connection.key
    line = clean(without(str(text), key.value if key else None), keep_newlines=False)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _cut_off(call: Call, spent: ours.Usage) -> ours.CutOff:
    where = "in the middle of the answer" if call.read else "before an answer"
    return ours.CutOff(f"{call.connection.model}: the connection ended {where}", spent=spent)


def _from_provider(error: theirs.ModelAPIError, call: Call, *, now: float, spent: ours.Usage) -> ours.ModelFailure:
    if isinstance(error, theirs.ModelConnectionError):
        return _from_network(error, call, spent)
    asked, provider = call.connection.model, call.connection.provider
    status = error.status_code if isinstance(error, theirs.ModelHTTPError) else 0
    headers = error.headers or {} if isinstance(error, theirs.ModelHTTPError) else {}
    words = _words(error)
    code = f" ({status})" if status else ""
    told = f"{code}: {said(words, call)}" if words else code
    lower = f"{words} {error.provider_error_code} {error.provider_error_type}".lower()
    key = call.connection.key

    if isinstance(error, theirs.ModelQuotaExceededError) or status == 402:
        return ours.NothingLeft(
            f"{asked}: the account has nothing left{told}",
            hint=f"top it up with {provider.title}, or choose another model",
            spent=spent,
        )
    if isinstance(error, theirs.ModelRateLimitError) or status == 429:
        at = now + error.retry_after if error.retry_after is not None else None
        return ours.RateLimited(f"{asked}: too many requests{told}", spent=spent, reset_at=reset_at(headers, now) or at)
    if (
        isinstance(error, theirs.ModelContextWindowExceededError)
        or status == 413
        or (status in {400, 422, 500} and any(mark in lower for mark in _TOO_LONG))
    ):
        return ours.TooLong(f"{asked}: the question is too long{told}", spent=spent)
    if status in {400, 403, 422} and any(mark in lower for mark in _DECLINED):
        return ours.Declined(f"{asked}: the provider will not have this question{told}", spent=spent)
    if isinstance(error, theirs.ModelAuthenticationError) or status in {401, 403}:
        origin = f"it is {key}; " if key else "none was sent; "
        return ours.KeyRefused(
            f"{asked}: the key is refused{told}",
            hint=f"{origin}a new one: orion model login {provider.name}",
            spent=spent,
        )
    if isinstance(error, theirs.ModelNotFoundError) or status == 404:
        return ours.NoSuchModel(
            f"{asked}: {call.connection.base_url if provider.local else provider.title} does not have this model{told}",
            hint=f"check the name, and that {call.connection.base_url} is the right address",
            spent=spent,
        )
    trouble = (theirs.ModelUnavailableError, theirs.ModelServerError)
    if isinstance(error, trouble) or status in {408, 409, 425} or status >= 500:
        return ours.ServerTrouble(f"{asked}: {provider.title} has trouble{told}", spent=spent)
    if status >= 400 or isinstance(error, theirs.ModelRequestRejectedError):
        return ours.RequestRefused(f"{asked}: the question is refused{told}", spent=spent)
    if error.in_stream:
        return broke_off(call, words, spent=spent)
    return _unreadable(call, spent)


def _words(error: theirs.ModelAPIError) -> str:
    """What the provider says, out of the several shapes that error bodies have."""
    body: object = error.body
    for name in ("error", "message", "detail"):
        if isinstance(body, dict) and name in body:
            body = cast("dict[str, Any]", body)[name]
        elif isinstance(body, list) and body:
            body = cast("list[object]", body)[0]
    if isinstance(body, str):
        # A page of HTML explains nothing.
        return "" if body.lstrip()[:1] == "<" else body
    if isinstance(body, dict):
        return str(cast("dict[str, Any]", body).get("message", ""))
    return ""


def _from_network(error: theirs.ModelConnectionError, call: Call, spent: ours.Usage) -> ours.ModelFailure:
    asked = call.connection.model
    phase = error.phase
    if phase == "read" and isinstance(error, theirs.ModelTimeoutError):
        return ours.TimedOut(f"{asked}: nothing more came", spent=spent)
    if call.status or phase == "read":
        return _cut_off(call, spent)
    return ours.Unreachable(f"{asked}: {_obstacle(error, call)}", hint=_advice(call))


def _obstacle(error: BaseException, call: Call) -> str:
    """Why there is no connection, for people."""
    address = urlsplit(call.connection.base_url)
    place = address.netloc
    for one in _chain(error):
        if isinstance(one, socket.gaierror):
            return f"the name {address.hostname} cannot be resolved"
        if isinstance(one, ConnectionRefusedError):
            return f"nobody listens at {place}"
        if isinstance(one, ssl.SSLCertVerificationError):
            return f"the certificate of {place} is not trusted: {said(one.verify_message, call)}"
        if isinstance(one, ssl.SSLError):
            return f"no secure connection to {place}: {said(one.reason or 'TLS failed', call)}"
        if isinstance(one, httpx2.ProxyError):
            return f"the proxy does not let through to {place}"
        if isinstance(one, httpx2.TimeoutException | TimeoutError):
            return f"no connection to {place} within {CONNECT_TIMEOUT:g} s"
    return f"no connection to {place}"


def _advice(call: Call) -> str:
    provider = call.connection.provider
    if provider.local:
        return f"is {provider.title} running? Its address is providers.{provider.name}.base_url in settings.yaml"
    return "check the network; the supervisor takes proxies from .env, HTTPS_PROXY and NO_PROXY (docs/models.md)"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what it was raised from, and what those were raised from."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting.extend(cause for cause in (one.__cause__, one.__context__) if cause is not None)
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(cast("BaseExceptionGroup[BaseException]", one).exceptions)
