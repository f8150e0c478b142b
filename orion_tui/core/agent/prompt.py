"""The prompts that models are asked with: files of this package, each with a version and a hash.

The first line of a file is `version: N`; it is not sent. A session's steps keep the hash (`models.agent.Prompt`), so
that an old one can be understood by the words it was made with.
"""

import functools
import hashlib
import importlib.resources

import attrs

from orion_tui.core.models.agent import Prompt

#: Every prompt there is.
NAMES = ("plan", "work", "replan", "compact")

_FILES = importlib.resources.files("orion_tui.core.agent") / "prompts"


@attrs.frozen(kw_only=True)
class LoadedPrompt:
    """A prompt as it is sent."""

    text: str
    version: int
    #: Name and hash, for the record.
    prompt: Prompt


@functools.cache
def load(name: str) -> LoadedPrompt:
    """The prompt of that name. KeyError where there is none; ValueError when its file does not begin as it must."""
    if name not in NAMES:
        raise KeyError(name)
    data = (_FILES / f"{name}.md").read_bytes()
    first, _, text = data.decode("utf-8").partition("\n")
    word, _, number = first.partition(": ")
    if word != "version" or not number.isdecimal():
        raise ValueError(f"the prompt {name} does not begin with its version")
    return LoadedPrompt(
        text=text.strip(),
        version=int(number),
        prompt=Prompt(name=name, hash=hashlib.sha256(data).hexdigest()),
    )
