from enum import StrEnum

import pytest

from orion_tui.roles.strict_yaml import Document, Fields, parse

pytestmark = pytest.mark.unit


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def fields(text: str) -> tuple[Fields, Document]:
    document = parse(text, "x.yaml")
    found = document.root.fields()
    assert found is not None
    return found, document


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("5", 'found the number 5; put it in quotes: "5"'),
        ("1.10", 'found the number 1.10; put it in quotes: "1.10"'),
        ("true", "found the truth value true; put it in quotes"),
        ("False", "found the truth value False"),
        ("[a]", "expected text, found a list"),
        ("{a: b}", "expected text, found a mapping"),
        ('""', "found an empty text"),
    ],
)
def test_text_is_only_what_is_text(value: str, said: str) -> None:
    found, document = fields(f"a: {value}\n")
    node = found.get("a")
    assert node is not None
    assert node.text() is None
    assert said in document.problems.lines[0]
    assert document.problems.lines[0].startswith("x.yaml:1:4: ")


@pytest.mark.parametrize(
    "value", ["no", "yes", "on", "off", "'5'", '"true"', "null-ish", "07:30", "1_000", "0x10", ".inf"]
)
def test_what_only_older_yaml_reads_as_something_else_is_text(value: str) -> None:
    found, document = fields(f"a: {value}\n")
    assert found.text("a") == value.strip("'\"")
    assert not document.problems


@pytest.mark.parametrize(("value", "expected"), [("5", 5.0), ("-0.5", -0.5), ("1e3", 1000.0), (".5", 0.5), ("+2", 2.0)])
def test_numbers_are_read(value: str, expected: float) -> None:
    found, document = fields(f"a: {value}\n")
    assert found.number("a", 0) == expected
    assert not document.problems


@pytest.mark.parametrize(
    "value", ["'5'", "five", "true", "[5]", ".nan", ".inf", "1_000", "0x10", "9" * 30, "1e999", "null5"]
)
def test_what_is_no_number_is_refused(value: str) -> None:
    found, document = fields(f"a: {value}\n")
    assert found.number("a", 7) == 7
    assert "expected a number" in document.problems.lines[0]


@pytest.mark.parametrize(
    ("value", "said"),
    [("0", "must be more than 0 and at most 24, not 0"), ("25", "must be more than 0 and at most 24, not 25")],
)
def test_limits_are_told(value: str, said: str) -> None:
    found, document = fields(f"a: {value}\n")
    assert found.number("a", 8, above=0, most=24) == 8
    assert said in document.problems.lines[0]


def test_whole_numbers_have_no_fraction() -> None:
    found, document = fields("a: 1.5\nb: 3\n")
    assert found.integer("a", 2) == 2
    assert found.integer("b", 2) == 3
    assert document.problems.lines == ("x.yaml:1:4: expected a whole number, found '1.5'",)


@pytest.mark.parametrize("value", ["yes", "no", "on", "off", "1", "'true'", "[true]", "y"])
def test_truth_values_are_true_and_false_only(value: str) -> None:
    found, document = fields(f"a: {value}\n")
    assert found.boolean("a", True) is True
    assert "expected true or false" in document.problems.lines[0]


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("True", True), ("FALSE", False)])
def test_truth_values_are_read(value: str, expected: bool) -> None:
    found, _ = fields(f"a: {value}\n")
    assert found.boolean("a", not expected) is expected


def test_a_choice_names_its_options_and_the_likely_one() -> None:
    found, document = fields("a: gren\n")
    assert found.choice("a", Colour.RED) is Colour.RED
    assert document.problems.lines == ("x.yaml:1:4: must be one of red, green, not 'gren' (did you mean 'green'?)",)


def test_a_choice_ignores_case() -> None:
    found, _ = fields("a: Green\n")
    assert found.choice("a", Colour.RED) is Colour.GREEN


def test_a_list_of_texts_notes_each_wrong_entry() -> None:
    found, document = fields("a: [x, 1, {}, y]\n")
    assert found.texts("a") == ("x", "y")
    assert [line.split(": ")[0] for line in document.problems.lines] == ["x.yaml:1:8", "x.yaml:1:11"]


def test_missing_and_empty_are_told_apart() -> None:
    found, document = fields("a:\n")
    assert found.require("a") is None
    assert found.require("b") is None
    assert document.problems.lines == ("x.yaml:1:1: a is empty", "x.yaml:1:1: b is missing")


def test_an_explicit_null_can_be_asked_for() -> None:
    found, _ = fields("a: null\nb: ~\n")
    assert found.get("a") is None
    node = found.given("a")
    assert node is not None
    assert node.is_null
    assert found.given("c") is None


def test_unknown_keys_are_named_with_the_likely_one() -> None:
    found, document = fields("nmae: x\nzzz: y\n")
    found.text("name")
    found.done()
    assert document.problems.lines == (
        "x.yaml:1:1: unknown key 'nmae' (did you mean 'name'?)",
        "x.yaml:2:1: unknown key 'zzz'",
    )


def test_keys_that_are_iterated_are_known() -> None:
    found, document = fields("x: 1\ny: 2\n")
    assert [key.value for key, _ in found] == ["x", "y"]
    found.done()
    assert not document.problems


def test_nested_fields_and_wrong_shapes() -> None:
    found, document = fields("a: {b: x}\nc: [1]\n")
    inner = found.fields("a")
    assert inner is not None
    assert inner.text("b") == "x"
    assert found.fields("c") is None
    assert found.fields("d") is None
    assert document.problems.lines == ("x.yaml:2:4: expected a mapping, found a list",)


def test_a_long_unknown_key_costs_nothing_and_is_cut() -> None:
    found, document = fields(f"{'k' * 900}: 1\n")
    found.text("name")
    found.done()
    assert len(document.problems.lines[0]) < 120


def test_what_a_message_quotes_hides_nothing() -> None:
    found, document = fields('a: "gr\\u202een"\n')
    found.choice("a", Colour.RED)
    assert "⟨U+202E⟩" in document.problems.lines[0]
