"""What stands around a secret and is spelled too: signs, quotes and line ends in escapes, literals of one letter, and
the forms that name a password without an assignment. All secrets are made up here."""

import random
import string
import urllib.parse
from pathlib import Path

import pytest

from orion_tui.core.aegis.secrets import kingfisher
from orion_tui.core.aegis.secrets.detector import Detector, Hit

pytestmark = pytest.mark.unit

_DICE = random.Random(11)
HELD = "Xk29" + "fjw0Qz"
PW = "pass" + "word"
TOKEN = "gh" + "p_" + "F".join(_DICE.choice(string.ascii_lowercase + string.digits) for _ in range(18)) + "F"
LINE = f"x = 1\npostgres://bob:{HELD}@db.example.com/x\ny = 2"
KEY = "\n".join(
    [
        "-----BEGIN RSA PRI" + "VATE KEY-----",
        *("".join(_DICE.choice(string.ascii_letters + string.digits + "+/") for _ in range(64)) for _ in range(8)),
        "-----END RSA PRI" + "VATE KEY-----",
    ]
)

SPELLED = {
    "percent": urllib.parse.quote(LINE, safe=""),
    "percent, all": "".join(f"%{ord(c):02x}" for c in LINE),
    "hexadecimal escapes": "".join(f"\\x{ord(c):02x}" for c in LINE),
    "unicode escapes": "".join(f"\\u{ord(c):04x}" for c in LINE),
}


def scan(text: str) -> list[Hit]:
    return Detector().scan(text.encode())[0]


@pytest.mark.parametrize("way", SPELLED)
def test_a_connection_string_is_read_with_its_signs(way: str) -> None:
    assert {hit.kind for hit in scan(LINE)} == {"connection string"}
    assert "connection string" in {hit.kind for hit in scan(SPELLED[way])}
    assert scan(SPELLED[way].replace("Qz", "").replace("%51%7a", "")[:20]) == []


def test_spelled_line_ends_do_not_move_the_line() -> None:
    text = "first\n" + SPELLED["percent"] + "\nlast"
    assert {hit.line for hit in scan(text)} == {2}


def test_a_private_key_is_read_through_percent() -> None:
    assert {hit.kind for hit in scan(KEY)} == {"private key"}
    assert "private key" in {hit.kind for hit in scan("k=" + urllib.parse.quote(KEY, safe=""))}


@pytest.mark.parametrize("between", ["+", " + ", " . "])
def test_literals_of_one_letter_are_joined_even_where_the_letter_may_be_a_prefix(between: str) -> None:
    text = between.join(f"'{c}'" for c in TOKEN)
    assert {hit.kind for hit in scan(text)} == {"GitHub token"}
    assert scan(between.join(f"'{c}'" for c in TOKEN[:9])) == []


def test_prefixes_of_literals_are_no_part_of_them() -> None:
    assert {hit.kind for hit in scan(f"f'{TOKEN[:20]}' f'{TOKEN[20:]}'")} == {"GitHub token"}


@pytest.mark.parametrize(
    "text",
    [
        f"define('DB_{PW.upper()}', '{HELD}');",
        f'define( "{PW.upper()}" , "{HELD}" );',
        f"machine example.com login bob {PW} {HELD}",
        f"machine example.com\n  login bob\n  {PW} {HELD}\n",
    ],
)
def test_passwords_without_an_assignment(text: str) -> None:
    assert {hit.kind for hit in scan(text)} == {PW}
    assert scan(text.replace(HELD, "changeme")) == []


@pytest.mark.parametrize("text", [f"f('{PW}', 'the-name-of-it')", f"the login page and {PW} recovery1"])
def test_words_about_passwords_are_none(text: str) -> None:
    assert scan(text) == []


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", b" PK\x03\x04", b"  PK", b"PK", b"plain", b""])
def test_what_is_written_for_the_scanner_is_read_back_as_it_was(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "files").mkdir()
    kingfisher.write_object(tmp_path, "x", data)
    assert kingfisher.read_object(tmp_path, "x") == data
