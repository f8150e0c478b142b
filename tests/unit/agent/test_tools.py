"""From a model's call to an action or a step: whatever the arguments are, there is an answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.agent.arguments import problems
from orion_tui.core.agent.model import ToolCall
from orion_tui.core.agent.tools import MAX_COMMAND, MAX_CONTENT, READ_ONLY, TOOLS, parse
from orion_tui.core.codec import action_to_json, agent_step_to_json
from orion_tui.core.models.actions import (
    DeleteFile,
    EditFile,
    ListFiles,
    ReadFile,
    RunCommand,
    SearchFiles,
    WriteFile,
)
from orion_tui.core.models.agent import (
    AskModel,
    AskPerson,
    BadCall,
    Compaction,
    Finish,
    Hint,
    Note,
    Opening,
    PlanDecision,
)

pytestmark = pytest.mark.unit

_NAMES = [tool.name for tool in TOOLS]
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers().map(lambda n: n * 10**5_000)
    | st.floats()
    | st.text()
    | st.sampled_from(["..", "/etc", "a/../b", "\0", "\ud800", "\udc80", "", ".", "done", "impossible"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_KEYS = sorted({key for tool in TOOLS for key in tool.parameters["properties"]})


def _call(name: str, /, **arguments: Any) -> ToolCall:
    return ToolCall(id="c1", name=name, arguments=arguments)


def _problem(name: str, /, **arguments: Any) -> str:
    step = parse(_call(name, **arguments))
    assert isinstance(step, BadCall), step
    assert step.name == name
    return step.problem


@pytest.mark.parametrize(
    ("call", "action"),
    [
        (_call("read_file", path="src/a.py"), ReadFile(path="src/a.py")),
        (_call("read_file", path="a", first_line=3.0, lines=2), ReadFile(path="a", first=3, lines=2)),
        (_call("list_files"), ListFiles(path="")),
        (_call("list_files", path="."), ListFiles(path="")),
        (_call("list_files", path="src/"), ListFiles(path="src")),
        (_call("search", pattern="a|b", path="./src"), SearchFiles(pattern="a|b", path="src")),
        (_call("write_file", path="é.txt", content="ü"), WriteFile(path="é.txt", content="ü".encode())),
        (
            _call("write_file", path="run", content="", executable=True),
            WriteFile(path="run", content=b"", executable=True),
        ),
        (_call("edit_file", path="a", old="x", new=""), EditFile(path="a", old="x", new="")),
        (_call("delete_file", path="a\n\x1bb"), DeleteFile(path="a\n\x1bb")),
        (
            _call("run", command="make test"),
            RunCommand(argv=("sh", "-c", "make test"), shell="make test", cwd="", timeout=180.0),
        ),
        (
            _call("run", command="ls", cwd="./a//b", timeout_seconds=5),
            RunCommand(argv=("sh", "-c", "ls"), shell="ls", cwd="a/b", timeout=5.0),
        ),
        (_call("ask_person", question="A or\u202e B?"), AskPerson(question="A or B?")),
        (_call("note", text=" seen "), Note(text="seen")),
        (
            _call("finish", outcome="done", summary="It works.", confidence=1),
            Finish(summary="It works.", outcome="done", confidence=1.0, unchecked=""),
        ),
        (
            _call("finish", outcome="impossible", summary="No.", confidence=0.5, unchecked="all"),
            Finish(summary="No.", outcome="impossible", confidence=0.5, unchecked="all"),
        ),
    ],
    ids=lambda value: value.name if isinstance(value, ToolCall) else "",
)
def test_a_call_becomes_what_it_asks_for(call: ToolCall, action: object) -> None:
    assert parse(call) == action


@pytest.mark.parametrize(
    ("path", "becomes"), [("./a//b", "a/b"), ("a/./b/", "a/b"), ("a b", "a b"), ("...", "..."), ("a\\b", "a\\b")]
)
def test_paths_are_normalised(path: str, becomes: str) -> None:
    assert parse(_call("read_file", path=path)) == ReadFile(path=becomes)


def test_bytes_of_a_name_have_one_spelling() -> None:
    assert parse(_call("read_file", path="\udcc3\udca9\udcff")) == ReadFile(path="é\udcff")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/etc/passwd", "absolute"),
        ("a/../b", ".."),
        ("..", ".."),
        ("./../a", ".."),
        ("", "no file"),
        (".", "no file"),
        ("./", "no file"),
        ("a\0b", "NUL"),
        ("\ud800", "surrogate"),
        ("\udc2e\udc2e", "surrogate"),
        ("a" * 256, "too long"),
        ("a/" * 101, "too long"),
        ("a/" * 3_000, "too long"),
    ],
)
@pytest.mark.parametrize("name", ["read_file", "write_file", "delete_file", "edit_file"])
def test_a_path_that_names_no_file_of_the_workspace_is_told(name: str, path: str, says: str) -> None:
    more: dict[str, Any] = {"write_file": {"content": "x"}, "edit_file": {"old": "a", "new": "b"}}.get(name, {})
    assert says in _problem(name, path=path, **more)


@pytest.mark.parametrize("name", ["list_files", "search", "run"])
def test_directories_are_held_to_the_same(name: str) -> None:
    more = {"search": {"pattern": "x"}, "run": {"command": "x"}}.get(name, {})
    key = "cwd" if name == "run" else "path"
    assert "absolute" in _problem(name, **{key: "/tmp"}, **more)
    assert f"{key} must not have a .." in _problem(name, **{key: "../x"}, **more)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("run", {"command": " \n"}, "empty"),
        ("run", {"command": "a\0b"}, "NUL"),
        ("run", {"command": "echo \udc80"}, "surrogate"),
        ("run", {"command": "x" * (MAX_COMMAND + 1)}, "write a script"),
        ("run", {"command": "x", "timeout_seconds": 0}, "at least 1"),
        ("run", {"command": "x", "timeout_seconds": 3_601}, "at most 3600"),
        ("run", {"command": "x", "timeout_seconds": float("nan")}, "1 to 3600"),
        ("run", {"command": "x", "timeout_seconds": 10**5_000}, "at most 3600"),
        ("run", {"command": "x", "timeout_seconds": True}, "number"),
        ("run", {}, "command is missing"),
        ("run", {"command": "x", "env": {}}, "unknown"),
        ("search", {"pattern": ""}, "empty"),
        ("search", {"pattern": "x" * 10_001}, "10,000"),
        ("write_file", {"path": "a", "content": "\ud800"}, "surrogate"),
        ("write_file", {"path": "a", "content": "é" * (MAX_CONTENT // 2 + 1)}, "more than 10,485,760 bytes"),
        ("edit_file", {"path": "a", "old": "", "new": "x"}, "old is empty"),
        ("edit_file", {"path": "a", "old": "x", "new": "x"}, "nothing would change"),
        ("read_file", {"path": "a", "first_line": 0}, "at least 1"),
        ("read_file", {"path": "a", "lines": 1e300}, "at most"),
        ("ask_person", {"question": "\u202e"}, "empty"),
        ("note", {"text": "x" * 8_001}, "8,000"),
        ("finish", {"outcome": "maybe", "summary": "x", "confidence": 1}, "done, impossible"),
        ("finish", {"outcome": "done", "summary": "x", "confidence": 2}, "at most 1"),
        ("finish", {"outcome": "done", "summary": "x", "confidence": float("nan")}, "0 to 1"),
    ],
)
def test_arguments_that_cannot_be_used_are_told(name: str, arguments: dict[str, Any], says: str) -> None:
    assert says in _problem(name, **arguments)


def test_an_unknown_tool_is_told_with_the_nearest_one() -> None:
    assert parse(_call("readfile", path="a")) == BadCall(
        name="readfile", problem="there is no tool 'readfile' (did you mean 'read_file'?)"
    )


def test_arguments_that_were_not_even_read_are_told_in_the_words_of_whoever_tried() -> None:
    call = ToolCall(id="c", name="run", arguments=None, problem="the arguments are not valid JSON")
    assert parse(call) == BadCall(name="run", problem="the arguments are not valid JSON")
    silent = parse(ToolCall(id="c", name="run", arguments=None))
    assert isinstance(silent, BadCall)
    assert "JSON object" in silent.problem


@given(
    st.sampled_from(_NAMES) | st.text(),
    st.none() | st.dictionaries(st.sampled_from(_KEYS) | st.text(), _JSON, max_size=6),
    st.text(),
)
def test_no_call_makes_an_error(name: str, arguments: dict[str, Any] | None, problem: str) -> None:
    step = parse(ToolCall(id="c", name=name, arguments=arguments, problem=problem))
    match step:
        case BadCall():
            assert step.problem
            assert len(step.name) <= 128
            agent_step_to_json(step)
        case AskPerson() | Note() | Finish():
            agent_step_to_json(step)
        case Opening() | AskModel() | Hint() | Compaction() | PlanDecision():
            pytest.fail("a call is none of these")
        case _:
            action_to_json(step)


@given(
    st.sampled_from(["read_file", "delete_file"]),
    st.text() | st.lists(st.sampled_from(["a", ".", "..", "", "/"])).map("/".join),
)
def test_no_path_that_passes_leaves_the_workspace(name: str, path: str) -> None:
    step = parse(_call(name, path=path))
    if isinstance(step, ReadFile | DeleteFile):
        assert not step.path.startswith("/")
        assert all(part not in {"", ".", ".."} for part in step.path.split("/"))
        assert parse(_call(name, path=step.path)) == step


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_can_be_parsed_and_takes_nothing_that_is_not_described(tool: Any) -> None:
    assert tool.parameters["additionalProperties"] is False
    assert problems(tool.parameters, {"surplus": 1})
    assert set(tool.parameters["required"]) <= set(tool.parameters["properties"])
    assert all(item.get("description") or item.get("enum") for item in tool.parameters["properties"].values())
    assert "there is no tool" not in _problem(tool.name, surplus=1)


def test_what_changes_nothing_is_known() -> None:
    read_only = {
        type(parse(_call(name, path="a", **more)))
        for name, more in [("read_file", {}), ("list_files", {}), ("search", {"pattern": "x"})]
    }
    assert read_only == set(READ_ONLY)
