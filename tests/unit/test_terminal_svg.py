"""Pictures of terminals: small, the same each time, held to their cells."""

import re
from xml.etree import ElementTree

import pytest
from rich.segment import Segment
from rich.style import Style

from scripts.terminal_svg import HEIGHT, MARGIN, NIGHT, WIDTH, terminal_svg

pytestmark = pytest.mark.unit

SVG = "{http://www.w3.org/2000/svg}"


def picture(*lines: list[Segment], columns: int = 10) -> ElementTree.Element:
    return ElementTree.fromstring(terminal_svg(lines, columns, NIGHT, "a <title>"))


def test_text_stands_in_its_cells() -> None:
    root = picture([Segment("  né "), Segment("日本", Style(bold=True))], [Segment("x")])
    found = [(text.text, float(text.get("x", "0")), text.get("textLength")) for text in root.iter(f"{SVG}text")]
    assert found == [
        ("né", MARGIN + 2 * WIDTH, f"{2 * WIDTH:g}"),
        ("日本", MARGIN + 5 * WIDTH, f"{4 * WIDTH:g}"),
        ("x", MARGIN, None),
    ]


def test_markup_of_others_is_text() -> None:
    root = picture([Segment("<script>&amp;")])
    assert [text.text for text in root.iter(f"{SVG}text")] == ["<script>&amp;"]
    assert [title.text for title in root.iter(f"{SVG}title")] == ["a <title>"]


def test_a_line_across_many_cells_is_one_stroke() -> None:
    root = picture([Segment("╭────────╮")], [Segment("│        │")], [Segment("│        │")])
    strokes = [path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("fill") == "none"]
    assert len(strokes) == 1
    assert re.findall(r"h([\d.]+)", strokes[0]) == [f"{8 * WIDTH:g}"]
    assert re.findall(r"v([\d.]+)", strokes[0]) == [f"{2 * HEIGHT:g}"] * 2


def test_reverse_and_grounds_are_drawn() -> None:
    root = picture([Segment("ab", Style(reverse=True)), Segment("cd", Style(bgcolor="#102030"))])
    grounds = {path.get("fill") for path in root.iter(f"{SVG}path")}
    assert grounds == {NIGHT.foreground, "#102030"}


def test_the_same_screen_is_the_same_bytes() -> None:
    lines = [[Segment("ab", Style(color="red")), Segment("─█▁ ok")]]
    assert terminal_svg(lines, 8) == terminal_svg(lines, 8)
