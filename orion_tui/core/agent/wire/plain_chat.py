"""Chat completions without the OpenAI SDK's walk over the whole conversation.

The SDK checks every field of every message against its types, to rename aliases and encode files that chat messages do
not have. That takes a third of a millisecond a message: 30 ms for each question of a long task, while the loop serves
nobody else. What is sent is made of plain JSON values already; so it goes past that walk as `extra_body`, which the SDK
offers for fields that it does not know.
"""

from collections.abc import Mapping
from typing import Any

from openai import AsyncOpenAI, Omit
from openai.resources.chat.completions import AsyncCompletions

#: What grows with the conversation, or is long in every question.
_PLAIN = ("messages", "tools")


class PlainCompletions(AsyncCompletions):
    """Sends messages and tools as they are given."""

    # The same arguments by name, of which only two are looked at: the SDK's own signature has four overloads of forty.
    async def create(self, **arguments: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As the SDK's; `messages` and `tools` must be JSON values."""
        plain = {
            name: list(arguments.pop(name))
            for name in _PLAIN
            if name in arguments and not isinstance(arguments[name], Omit)
        }
        body: Mapping[str, Any] = {**plain, **(arguments.pop("extra_body", None) or {})}
        send: Any = super().create
        return await send(**arguments, messages=[], extra_body=body)


def plainly(client: AsyncOpenAI) -> AsyncOpenAI:
    """The same client, whose chat completions are `PlainCompletions`."""
    # A cached property: what is stored under its name is what it gives.
    vars(client.chat)["completions"] = PlainCompletions(client)
    return client
