"""What the README says of the program is what the program does."""

from pathlib import Path

import pytest

from orion_tui import keymap

pytestmark = pytest.mark.unit

_README = Path(__file__).parents[2] / "README.md"


def test_the_table_of_keys_is_the_catalogue() -> None:
    section = _README.read_text("utf-8").partition("\n## Keys\n")[2].partition("\n## ")[0]
    table = "".join(f"{line}\n" for line in section.splitlines() if line.startswith("|"))
    assert table == keymap.table(), "put keymap.table() into the README"
