"""Documents show what is there: their pictures exist, and the tables of the design system are the code's."""

import getpass
import re
import socket
from pathlib import Path

import pytest

from scripts.design_tables import DOCUMENT, TABLES, with_tables

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


def shown() -> dict[Path, list[str]]:
    """Every picture that a document shows, with the words for those who do not see it."""
    found: dict[Path, list[str]] = {}
    for document in DOCUMENTS:
        for words, target in _IMAGE.findall(document.read_text("utf-8")):
            found.setdefault((document.parent / target).resolve(), []).append(words)
    return found


def test_documents_show_pictures_that_exist_and_say_what_they_show() -> None:
    for picture, words in shown().items():
        assert picture.is_file(), picture
        assert all(words), f"{picture.name} has no words for those who do not see it"


def test_every_picture_is_shown() -> None:
    assert {path.resolve() for path in PICTURES.iterdir()} == {p for p in shown() if p.parent == PICTURES.resolve()}


def test_pictures_name_nothing_of_the_machine_they_were_taken_on() -> None:
    names = [
        name for name in (socket.gethostname(), f"/home/{getpass.getuser()}", f"{ROOT}/", "/tmp/") if len(name) > 3
    ]
    for picture in PICTURES.iterdir():
        source = picture.read_text("utf-8")
        assert not [name for name in names if name in source], picture


def test_the_design_system_has_the_tables_of_the_code() -> None:
    document = DOCUMENT.read_text("utf-8")
    assert set(re.findall(r"<!-- table: (\w+) -->", document)) == set(TABLES)
    assert with_tables(document) == document, "python -m scripts.design_tables writes them"
