"""The prompts: each version is one text, and a changed text is another version."""

import hashlib
import importlib.resources

import pytest

from orion_tui.core.agent import prompt

pytestmark = pytest.mark.unit

#: SHA-256 of each version that there was, by name. Add a line for a new version; never change one.
VERSIONS = {
    "plan": {1: "42c5509c84f4a54bb3ea7979166920666c9c6ad123eecd020e11b40e65fdd96c"},
    "work": {
        1: "fd9cc8e25ba91224da222a36a044a0c450c72ee6a974a7f0c418165ce2d9736a",
        2: "58945676e344e005993c8c2d1eb2cfedb3e266a27b17c285db2aeee2b239f330",
    },
    "replan": {1: "4c4bc6334c190d2defc53b3920917239fbbf7c6d29fd7c385f0fbf75f5186da6"},
    "compact": {1: "fbf62f5d81a85df32b275cbe9dbda157c9d92c8fad0e3345826b863a83f69fc9"},
}


@pytest.mark.parametrize("name", prompt.NAMES)
def test_a_changed_prompt_has_a_new_version(name: str) -> None:
    loaded = prompt.load(name)
    known = VERSIONS[name]
    assert loaded.version == max(known), "the newest version is in the table"
    assert loaded.prompt.hash == known[loaded.version], "the text was changed: give it a new version, and a line here"


@pytest.mark.parametrize("name", prompt.NAMES)
def test_what_is_sent_is_the_file_without_its_version(name: str) -> None:
    data = (importlib.resources.files("orion_tui.core.agent") / "prompts" / f"{name}.md").read_bytes()
    loaded = prompt.load(name)
    assert f"version: {loaded.version}\n{loaded.text}\n".encode() == data
    assert (loaded.prompt.name, loaded.prompt.hash) == (name, hashlib.sha256(data).hexdigest())
    assert prompt.load(name) is loaded


def test_every_file_is_a_prompt() -> None:
    names = [file.name for file in (importlib.resources.files("orion_tui.core.agent") / "prompts").iterdir()]
    assert sorted(names) == sorted(f"{name}.md" for name in prompt.NAMES)


def test_there_is_no_other() -> None:
    with pytest.raises(KeyError):
        prompt.load("../model")


@pytest.mark.parametrize("name", prompt.NAMES)
def test_every_prompt_says_how_fields_are_read(name: str) -> None:
    text = prompt.load(name).text
    assert "<<<KEY label\n    text\n    KEY>>>" in text
    assert "A field ends only at the line that has the same KEY." in text


@pytest.mark.parametrize(
    ("name", "tools"), [("plan", ["submit_plan"]), ("replan", ["keep_plan", "revise_plan", "abort"])]
)
def test_tools_are_called_by_their_names(name: str, tools: list[str]) -> None:
    text = prompt.load(name).text
    assert all(f"`{tool}`" in text for tool in tools)
