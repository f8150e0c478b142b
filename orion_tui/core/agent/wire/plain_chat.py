"""Chat completions past the OpenAI SDK's request machinery.

The SDK checks every field of every message against its types, to rename aliases and encode files that chat messages do
not have: a third of a millisecond a message, 30 ms for each question of a long task, while the loop serves nobody else.
Then it copies and validates its options, collects headers about the machine and prepares to try again, which takes
another millisecond. What pydantic-ai hands over is plain JSON already, Orion's client says itself which headers leave,
and nothing is tried twice: so the question goes to that client as it is. The answer is read by the SDK as ever.
"""

import json
import ssl
from typing import Any, cast

import httpx2
from openai import APIConnectionError, APITimeoutError, AsyncOpenAI, AsyncStream, NotGiven, Omit
from openai.resources.chat.completions import AsyncCompletions
from openai.types.chat import ChatCompletionChunk

#: Arguments that are about the request and no part of its body.
_BESIDE = frozenset({"extra_headers", "extra_query", "extra_body", "timeout"})
#: What is called a connection that failed, as the SDK does; some errors of TLS come unmapped.
_NO_CONNECTION = (httpx2.RequestError, ssl.SSLError)


class PlainCompletions(AsyncCompletions):
    """Sends streamed questions as they are given."""

    # The same arguments by name, whichever they are: the SDK's own signature has four overloads of forty.
    async def create(self, **arguments: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As the SDK's, streamed; all arguments of the body must be JSON values.

        Raises the SDK's own errors: APITimeoutError, APIConnectionError, and the APIStatusError of an answer's status.
        """
        body = {
            name: list(value) if name in {"messages", "tools"} else value
            for name, value in arguments.items()
            if name not in _BESIDE and not isinstance(value, Omit | NotGiven)
        }
        body |= arguments.get("extra_body") or {}
        # A client of httpx, whose timeouts hold: the ones given here are those or none.
        client: httpx2.AsyncClient = cast("Any", self._client)._client
        request = client.build_request(
            "POST",
            str(self._client.base_url).rstrip("/") + "/chat/completions",
            content=json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(),
            headers=_headers(self._client),
        )
        try:
            response = await client.send(request, stream=True)
            if not response.is_success:
                # Of the question too, where the connection ends in the middle of a refusal: nobody knows what it was.
                await response.aread()
        except httpx2.TimeoutException as error:
            raise APITimeoutError(request=request) from error
        except _NO_CONNECTION as error:
            raise APIConnectionError(request=request) from error
        if not response.is_success:
            # The SDK's own reading of what a server says of a refusal: which error, and which of its words.
            raise cast("Any", self._client)._make_status_error_from_response(response)
        return AsyncStream(cast_to=ChatCompletionChunk, response=response, client=self._client)


def _headers(client: AsyncOpenAI) -> dict[str, str]:
    """Of one question: the key, and which of several accounts of OpenAI's pays."""
    paying = {"OpenAI-Organization": client.organization, "OpenAI-Project": client.project}
    return {
        "Accept": "application/json",
        "Content-Type": "application/json",
        **client.auth_headers,
        **{name: value for name, value in paying.items() if value is not None},
    }


def plainly(client: AsyncOpenAI) -> AsyncOpenAI:
    """The same client, whose chat completions are `PlainCompletions`."""
    # A cached property: what is stored under its name is what it gives.
    vars(client.chat)["completions"] = PlainCompletions(client)
    return client
