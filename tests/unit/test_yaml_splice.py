"""One value of a YAML file is changed; everything else stays as it was, byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.yaml_splice import Unchangeable, flat, set_value, unset

pytestmark = pytest.mark.unit

FILE = """\
# mine

model:
    default: anthropic/x   # the good one
    plan: "openai/y"

providers: {ollama: {base_url: "http://x:1/v1"}}   # at home

keys:
    live.pause: [a,
                 b]
    mission.approve:
      - A
      - f2
# the end
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("model default", "openai/z", "anthropic/x   #", "openai/z   #"),
        ("model plan", "a/b:7b", '"openai/y"', "a/b:7b"),
        ("model work", "a/b", '    plan: "openai/y"\n', '    plan: "openai/y"\n    work: a/b\n'),
        ("providers ollama base_url", "http://y:2/v1", '"http://x:1/v1"', "http://y:2/v1"),
        ("providers ollama key_env", "KEY", '/v1"}}', '/v1", key_env: KEY}}'),
        ("providers shop base_url", "http://y/v1", '/v1"}}', '/v1"}, shop: {base_url: http://y/v1}}'),
        ("keys live.pause", ("z", "?"), "[a,\n                 b]", '[z, "?"]'),
        ("keys mission.approve", ("A",), "\n      - A\n      - f2\n", " [A]\n"),
        ("keys live.hint", ("i",), "      - f2\n", "      - f2\n    live.hint: [i]\n"),
        ("ui theme", "light", "# the end\n", "# the end\n"),
    ],
)
def test_only_the_one_value_changes(path: str, value: str | tuple[str, ...], old: str, new: str) -> None:
    changed = set_value(FILE, path.split(), value)
    if path == "ui theme":
        assert changed == FILE.replace("      - f2\n", "      - f2\nui:\n  theme: light\n")
    else:
        assert changed == FILE.replace(old, new, 1)


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "{}\n", "ui:\n", "ui:   # looks\n", "ui: {}\n", "ui: {bell: true}"]
)
def test_a_value_is_made_where_there_is_none(text: str) -> None:
    changed = set_value(text, ("ui", "theme"), "light")
    assert flat(changed)[("ui", "theme")] == "light"
    assert ("#" in text) == ("#" in changed)


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("model plan", '    plan: "openai/y"\n'),
        ("keys mission.approve", "    mission.approve:\n      - A\n      - f2\n"),
        ("keys live.pause", "    live.pause: [a,\n                 b]\n"),
    ],
)
def test_an_entry_is_taken_out_with_its_lines(path: str, gone: str) -> None:
    assert unset(FILE, path.split()) == FILE.replace(gone, "")


def test_what_was_noted_behind_an_entry_stays() -> None:
    assert unset(FILE, ("model", "default")) == FILE.replace("default: anthropic/x   #", "#")


def test_a_mapping_that_would_be_empty_goes_with_its_last_entry() -> None:
    assert unset("ui:\n  theme: light\nmodel: {default: a/b}\n", ("ui", "theme")) == "model: {default: a/b}\n"
    assert unset("a: {b: {c: 1}, d: 2}\n", ("a", "b", "c")) == "a: {d: 2}\n"
    assert unset("a: {d: 2, b: 3}\n", ("a", "b")) == "a: {d: 2}\n"


def test_what_is_not_there_need_not_be_taken_out() -> None:
    assert unset(FILE, ("ui", "theme")) == FILE


def test_a_comment_is_never_lost() -> None:
    with pytest.raises(Unchangeable, match="without touching"):
        set_value("keys:\n  live.pause:\n    - a  # why\n    - b\n", ("keys", "live.pause"), ("z",))


_NAMES = st.sampled_from(["a", "b", "live.pause", "x/y:1", "on", "7"])
_VALUES = st.one_of(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=("Cc", "Cf")), min_size=1, max_size=12
    ),
    st.lists(st.sampled_from(["a", "?", "f2", ",", "ctrl+x"]), min_size=1, max_size=3).map(tuple),
)
_TEXTS = st.recursive(
    st.sampled_from(["v", '"q r"', "7", "[x, y]"]),
    lambda inner: st.dictionaries(_NAMES, inner, max_size=3).map(
        lambda entries: "{" + ", ".join(f'"{key}": {value}' for key, value in entries.items()) + "}"
    ),
    max_leaves=6,
)


@st.composite
def _files(draw: st.DrawFn) -> str:
    lines: list[str] = []
    for name in draw(st.lists(_NAMES, unique=True, max_size=3)):
        if draw(st.booleans()):
            lines += ["# note", f'"{name}": {draw(_TEXTS)}  # behind']
        else:
            lines.append(f'"{name}":')
            lines += [f'   "{key}": {draw(_TEXTS)}' for key in draw(st.lists(_NAMES, unique=True, max_size=3))]
            if draw(st.booleans()):
                lines.append("")
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"]))


@given(_files(), st.lists(_NAMES, min_size=1, max_size=3), _VALUES)
def test_whatever_the_layout_the_value_is_set_and_nothing_else_or_nothing_is_done(
    text: str, path: list[str], value: str | tuple[str, ...]
) -> None:
    try:
        changed = set_value(text, path, value)
    except Unchangeable:
        return
    assert flat(changed)[tuple(path)] == value
    kept = {at: known for at, known in flat(text).items() if at[: len(path)] != tuple(path)}
    assert {at: known for at, known in flat(changed).items() if at != tuple(path)} == kept
    try:
        assert flat(unset(changed, path)) == kept
    except Unchangeable:
        return
