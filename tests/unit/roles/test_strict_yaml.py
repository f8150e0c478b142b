import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from orion_tui.base.errors import InvalidFile
from orion_tui.roles import strict_yaml
from orion_tui.roles.problems import MAX_PROBLEMS
from orion_tui.roles.strict_yaml import MAX_BYTES, Kind, parse, read

pytestmark = pytest.mark.unit


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test holds for both parsers: libyaml is not built in everywhere."""
    if request.param == "pure":
        monkeypatch.setattr(strict_yaml, "_LOADER", yaml.SafeLoader)
    elif not hasattr(yaml, "CSafeLoader"):
        pytest.skip("this PyYAML has no libyaml")
    return str(request.param)


def lines(source: str | bytes) -> tuple[str, ...]:
    return parse(source, "x.yaml").problems.lines


def test_an_honest_file_has_no_problems_and_keeps_its_order() -> None:
    document = parse("b: 1\na: [x, 'y', \"z\"]\nc:\n  d: |\n    text\n", "x.yaml")
    assert not document.problems
    assert list(document.root.pairs) == ["b", "a", "c"]
    assert [child.value for child in document.root.pairs["a"][1].children] == ["x", "y", "z"]


def test_places_count_from_one() -> None:
    node = parse("a:\n  - one\n  - two\n", "x.yaml").root.pairs["a"][1].children[1]
    assert node.place == "x.yaml:3:5"


def test_a_byte_order_mark_and_windows_lines_are_fine() -> None:
    document = parse(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "x.yaml")
    assert not document.problems
    assert list(document.root.pairs) == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "place", "said"),
    [
        ("a: &x 1\n", "1:4", "anchors"),
        ("a: 1\nb: *x\n", "2:4", "aliases"),
        ("a: !!python/object/apply:os.system [id]\n", "1:4", "tags"),
        ("a: !custom x\n", "1:4", "tags"),
        ("a: !!str 5\n", "1:4", "tags"),
        ("a: ! x\n", "1:4", "tags"),
        ("a: 1\nb: 2\na: 3\n", "3:1", "duplicate key 'a': first given at line 1"),
        ("a: {b: 1, b: 2}\n", "1:11", "duplicate key 'b'"),
        ("base: {x: 1}\nother:\n  <<: {y: 2}\n", "3:3", "merge keys"),
        ("? [a, b]\n: 1\n", "1:3", "a key must be text"),
        ("? {a: b}\n: 1\n", "1:3", "a key must be text"),
        ("~: 1\n", "1:1", "a key must be text"),
        ("a: 1\n---\nb: 2\n", "2:1", "only one document"),
        ("%YAML 1.1\n---\na: 1\n", "", "directives"),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", "", "directives"),
        ("a: 'never closed\n", "", "not YAML"),
        ("a: [1, 2\n", "", "not YAML"),
        ("a: b: c\n", "1:5", "not YAML"),
        ("\ta: 1\n", "", "not YAML"),
        ("a: \x1b[31m\n", "1:4", "U+001B"),
        ("a: \u202eevil\n", "1:4", "U+202E"),
        ("a: x\u2028b: y\n", "1:5", "U+2028"),
        ("a: \x00\n", "1:4", "U+0000"),
        ("a: 1\rb: 2\n", "1:5", "U+000D"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_at_its_place(source: str, place: str, said: str) -> None:
    problems = lines(source)
    assert any(said in line and f"x.yaml:{place}" in line for line in problems), problems


def test_every_problem_is_reported_at_once() -> None:
    problems = lines("a: &x 1\nb: *x\nc: !t 1\na: 2\n")
    assert [line.split(": ")[0] for line in problems] == ["x.yaml:1:4", "x.yaml:2:4", "x.yaml:3:4", "x.yaml:4:1"]


@pytest.mark.parametrize(
    ("data", "place"), [(b"a: \xff\n", "1:4"), ("a: ü\n".encode("latin-1"), "1:4"), ("a: 1\n".encode("utf-16"), "1:1")]
)
def test_only_utf8_is_read(data: bytes, place: str) -> None:
    assert lines(data)[0].startswith(f"x.yaml:{place}: not UTF-8")


def test_a_lone_surrogate_is_no_text() -> None:
    assert "not UTF-8" in lines("a: \ud800\n")[0]


def test_the_size_cap_counts_bytes() -> None:
    assert not parse("#" * MAX_BYTES, "x").problems
    assert "larger than 256 KiB" in lines("#" * (MAX_BYTES + 1))[0]
    assert "larger than 256 KiB" in lines("ü" * (MAX_BYTES // 2 + 1))[0]


def test_nesting_is_capped_and_the_cap_is_generous_enough() -> None:
    assert not parse("[" * 23 + "]" * 23, "x").problems
    assert "nested deeper" in lines("[" * 25 + "]" * 25)[0]


def test_the_report_itself_is_bounded() -> None:
    problems = lines("a: 1\n" * 1000)
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1] == f"x.yaml: and {999 - MAX_PROBLEMS} more"


def test_refuse_raises_with_all_of_them() -> None:
    document = parse("a: &x 1\nb: *x\n", "x.yaml")
    with pytest.raises(InvalidFile, match=r"role file x\.yaml has 2 problems") as caught:
        document.problems.refuse("role file")
    assert len(caught.value.problems) == 2


def test_refuse_is_silent_when_nothing_is_wrong() -> None:
    parse("a: 1\n", "x.yaml").problems.refuse("role file")


def test_a_file_name_cannot_hide_anything() -> None:
    assert "\x1b" not in parse("a: *x", "ev\x1b[31mil.yaml").problems.lines[0]


def test_an_empty_file_is_nothing() -> None:
    root = parse("", "x.yaml").root
    assert root.kind is Kind.MAPPING
    assert not root.pairs


HOSTILE = {
    "billion laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)),
    "deep flow": "[" * (MAX_BYTES - 1),
    "deep mappings": "{a: " * (MAX_BYTES // 4 - 1),
    "deep block": "- " * (MAX_BYTES // 2 - 1),
    "deep questions": "? " * (MAX_BYTES // 2 - 1),
    "duplicate keys": "a: 1\n" * (MAX_BYTES // 5 - 1),
    "many keys": "".join(f"k{i}: 1\n" for i in range(MAX_BYTES // 11)),
    "many items": "- a\n" * (MAX_BYTES // 4 - 1),
    "many flow items": "[" + "a," * (MAX_BYTES // 2 - 8) + "]",
    "aliases": "- *a\n" * (MAX_BYTES // 5 - 1),
    "tags": "- !!python/object/apply:os.system [id]\n" * 6000,
    "escapes": '"' + "\\x41" * (MAX_BYTES // 4 - 2) + '"',
    "folded": "a: >\n" + " x\n" * (MAX_BYTES // 3 - 8),
    "controls": "\x01" * (MAX_BYTES - 1),
    "newlines": "\n" * (MAX_BYTES - 1),
    "colons": "a:" * (MAX_BYTES // 2 - 1),
    "one long number": "a: " + "9" * (MAX_BYTES - 8),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_never_raises_and_is_answered(name: str) -> None:
    document = parse(HOSTILE[name], "x.yaml")
    assert document.problems or name in {"escapes", "folded", "newlines", "one long number"}


_MEASURE = """
import sys, time
from orion_tui.roles import strict_yaml
from orion_tui.roles.strict_yaml import parse, read
from pathlib import Path
if sys.argv[2] == "pure":
    import yaml
    strict_yaml._LOADER = yaml.SafeLoader
before = time.process_time()
parse(read(Path(sys.argv[1])), "x").problems.lines
used = time.process_time() - before
# VmHWM begins anew with the program; ru_maxrss would carry over the peak of the process that started it.
status = Path("/proc/self/status").read_text()
print(used, status.split("VmHWM:")[1].split()[0])
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", [*HOSTILE, "50 MB"])
def test_a_hostile_file_costs_less_than_a_second_and_200_mb(name: str, tmp_path: Path, parser: str) -> None:
    """ROLE-4, measured as processor time and peak memory of a fresh process."""
    file = tmp_path / "x.yaml"
    file.write_text(HOSTILE.get(name) or "x" * 50_000_000, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(file), parser], capture_output=True, text=True, timeout=60, check=True
    )
    seconds, kilobytes = done.stdout.split()
    assert float(seconds) < 1.0
    assert int(kilobytes) < 200 * 1024


def test_read_stops_just_after_the_cap(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"x" * (MAX_BYTES * 3))
    assert len(read(file)) == MAX_BYTES + 1


@pytest.mark.parametrize("what", ["missing", "directory"])
def test_read_refuses_what_is_no_file(tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    if what == "directory":
        path.mkdir()
    with pytest.raises(InvalidFile, match="not a file"):
        read(path)
