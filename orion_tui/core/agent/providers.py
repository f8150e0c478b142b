"""Who offers language models: address, wire format, where a key usually is, whether one is needed.

What `settings.yaml` says of a provider is laid over this table; a name that is not in it is a server of the user's own
that speaks OpenAI's format. Addresses come from here or from the settings and from nowhere else: an environment
variable that names another host would send the key there.
"""

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit

import attrs


class Wire(StrEnum):
    """A format that questions are put in."""

    #: Anthropic's `/v1/messages`.
    MESSAGES = "messages"
    #: OpenAI's `/chat/completions`, and everything that imitates it.
    CHAT = "chat"
    #: Google's `:streamGenerateContent`.
    GENERATE = "generate"


@attrs.frozen(kw_only=True)
class Provider:
    """One place to ask models."""

    name: str
    title: str
    wire: Wire = Wire.CHAT
    #: Empty where only the settings can say it.
    base_url: str = ""
    #: Environment variables that hold its key; the first is the one to tell people of.
    key_names: tuple[str, ...] = ()
    #: Whether asking without a key is hopeless.
    needs_key: bool = False
    #: Runs on the user's own machines: nothing to pay.
    local: bool = False


TABLE: Mapping[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            name="anthropic",
            title="Anthropic",
            wire=Wire.MESSAGES,
            base_url="https://api.anthropic.com",
            key_names=("ANTHROPIC_API_KEY",),
            needs_key=True,
        ),
        Provider(
            name="openai",
            title="OpenAI",
            base_url="https://api.openai.com/v1",
            key_names=("OPENAI_API_KEY",),
            needs_key=True,
        ),
        Provider(
            name="google",
            title="Google Gemini",
            wire=Wire.GENERATE,
            base_url="https://generativelanguage.googleapis.com",
            key_names=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
            needs_key=True,
        ),
        Provider(
            name="openrouter",
            title="OpenRouter",
            base_url="https://openrouter.ai/api/v1",
            key_names=("OPENROUTER_API_KEY",),
            needs_key=True,
        ),
        # The ports are those that each server listens on when nobody says otherwise. Some can be told to ask for a key.
        Provider(
            name="ollama",
            title="Ollama",
            base_url="http://127.0.0.1:11434/v1",
            key_names=("OLLAMA_API_KEY",),
            local=True,
        ),
        Provider(
            name="llamacpp",
            title="llama.cpp server",
            base_url="http://127.0.0.1:8080/v1",
            key_names=("LLAMA_API_KEY",),
            local=True,
        ),
        Provider(
            name="vllm", title="vLLM", base_url="http://127.0.0.1:8000/v1", key_names=("VLLM_API_KEY",), local=True
        ),
        Provider(
            name="lmstudio",
            title="LM Studio",
            base_url="http://127.0.0.1:1234/v1",
            key_names=("LM_API_TOKEN",),
            local=True,
        ),
        Provider(name="openai-compatible", title="a server of your own", local=True),
    )
}


def address_problem(url: str) -> str:
    """What is wrong with a base URL, for people; empty when it can be used."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "is no URL"
    if parts.scheme not in {"http", "https"}:
        return "must begin with https:// or http://"
    if not parts.hostname or not port_is_fine:
        return "names no host"
    if parts.username is not None or parts.password is not None:
        return "must not hold a user or password: addresses are shown and logged, keys are not"
    if parts.query or parts.fragment:
        return "must end with its path, without ? or #"
    if any(char <= " " or char > "~" for char in url):
        return "holds characters that no URL has"
    return ""


def is_exposed(url: str) -> bool:
    """Whether what is sent there, the key included, crosses a network unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and (parts.hostname or "") not in {"localhost", "127.0.0.1", "::1"}
