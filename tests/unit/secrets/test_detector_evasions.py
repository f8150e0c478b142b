"""THREATS 13: the same secrets hidden, split, encoded and packed. Nothing here is a secret of anyone's."""

import base64
import bz2
import gzip
import io
import lzma
import random
import string
import tarfile
import tracemalloc
import urllib.parse
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.aegis.secrets import views
from orion_tui.core.aegis.secrets.detector import Detector, Hit

pytestmark = pytest.mark.unit

_DICE = random.Random(4)
TOKEN = "gh" + "p_" + "".join(_DICE.choice(string.ascii_letters + string.digits) for _ in range(36))
KEY_ID = "AK" + "IA" + "".join(_DICE.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
PW = "pass" + "word"
SECURE = "ConvertTo-" + "SecureString"
PLAIN = f"line one\nx {TOKEN} y\n"
ENCODED = base64.b64encode(PLAIN.encode()).decode()


def scan(data: bytes | str) -> list[Hit]:
    return Detector().scan(data.encode("utf-8") if isinstance(data, str) else data)[0]


def told(data: bytes | str) -> list[tuple[str, int, str]]:
    return [(hit.kind, hit.line, hit.via) for hit in scan(data)]


def spread(text: str, between: str) -> str:
    return between.join(text)


def test_the_plain_form_is_the_control() -> None:
    assert told(PLAIN) == [("GitHub token", 2, "")]
    assert told(PLAIN.replace(TOKEN, TOKEN[:9])) == []


HIDDEN: dict[str, bytes | str] = {
    "zero width space": spread(TOKEN, "\u200b"),
    "joiners": spread(TOKEN, "\u2060"),
    "soft hyphens": spread(TOKEN, "\u00ad"),
    "one bidi mark": TOKEN[:12] + "\u202e" + TOKEN[12:],
    "variation selectors": spread(TOKEN, "\ufe0f"),
    "tags": spread(TOKEN, "\U000e0041"),
    "byte order marks inside": spread(TOKEN, "\ufeff"),
    "hangul filler": spread(TOKEN, "\u3164"),
    "full width": "".join(chr(ord(c) + 0xFEE0) for c in KEY_ID),
    "mathematical": "".join(chr(0x1D400 + ord(c) - 65) if c.isalpha() else chr(0x1D7CE + int(c)) for c in KEY_ID),
    "utf-16": PLAIN.encode("utf-16"),
    "utf-16 without mark": PLAIN.encode("utf-16-be"),
    "utf-32": PLAIN.encode("utf-32"),
    "utf-16 in the middle of bytes": b"\x7fELF\x02\x01" + PLAIN.encode("utf-16-le") + b"\xff" * 9,
    "zero bytes": b"\0".join(bytes([c]) for c in TOKEN.encode()),
    "control characters": "\x08".join([TOKEN[:20], TOKEN[20:]]),
    "invalid utf-8": b"\xff".join([TOKEN[:20].encode(), TOKEN[20:].encode()]),
    "lone surrogate bytes": b"\xed\xa0\x80".join([TOKEN[:20].encode(), TOKEN[20:].encode()]),
    "binary around": bytes(range(256)) + TOKEN.encode() + bytes(range(256)),
    "percent": "".join(f"%{ord(c):02X}" for c in TOKEN),
    "percent, a few": urllib.parse.quote(TOKEN).replace("_", "%5F").replace("a", "%61").replace("e", "%65"),
    "\\x": '"' + "".join(f"\\x{ord(c):02x}" for c in TOKEN) + '"',
    "\\u": '"' + "".join(f"\\u{ord(c):04x}" for c in TOKEN) + '"',
    "\\u{}": '"' + "".join(f"\\u{{{ord(c):x}}}" for c in TOKEN) + '"',
    "octal": '"' + "".join(f"\\{ord(c):03o}" for c in TOKEN) + '"',
    "html": "".join(f"&#{ord(c)};" for c in TOKEN),
    "html, hex": "".join(f"&#x{ord(c):x};" for c in TOKEN),
    "plus": f'a = "{TOKEN[:9]}" + "{TOKEN[9:20]}" + "{TOKEN[20:]}"',
    "plus, two letters each": " + ".join(f"'{KEY_ID[at : at + 2]}'" for at in range(0, 20, 2)),
    "side by side": f"a = '{TOKEN[:2]}' '{TOKEN[2:20]}' \"{TOKEN[20:]}\"",
    "touching": f'a = "{TOKEN[:9]}""{TOKEN[9:]}"',
    "over lines": f'a = ("{TOKEN[:9]}"\n     "{TOKEN[9:]}")',
    "over lines, operator first": f'a = "{TOKEN[:9]}"\n    + "{TOKEN[9:]}"',
    "over lines, operator last": f"const a = `{TOKEN[:9]}` +\r\n\t`{TOKEN[9:]}`;",
    "with an empty one": f'a = "{TOKEN[:9]}" + "" + "{TOKEN[9:]}"',
    "prefixed literals": f'a = b"{TOKEN[:9]}" rb"{TOKEN[9:]}"',
    "php": f'$a = "{TOKEN[:9]}" . "{TOKEN[9:]}";',
    "basic": f'a = "{TOKEN[:9]}" & "{TOKEN[9:]}"',
    "line that goes on": f"export A={TOKEN[:9]}\\\n{TOKEN[9:]}",
    "line that goes on in a literal": f'a = "{TOKEN[:9]}\\\n{TOKEN[9:]}"',
    "backslash between literals": f"a = '{TOKEN[:9]}' \\\n    '{TOKEN[9:]}'",
    "base64": base64.b64encode(PLAIN.encode()),
    "base64 in a line": f'data: "{base64.b64encode(PLAIN.encode()).decode()}"',
    "base64, url alphabet": base64.urlsafe_b64encode(b"\xfb\xef" + PLAIN.encode() * 2 + b"ok"),
    "base64 without padding": base64.b64encode(PLAIN.encode()).rstrip(b"="),
    "base64, wrapped": base64.encodebytes((PLAIN * 6).encode()),
    "base64, wrapped and indented": base64.encodebytes((PLAIN * 6).encode()).replace(b"\n", b"\n    "),
    "base64, a letter in front": b"Q" + base64.b64encode(PLAIN.encode()),
    "base64, three letters in front": b"Qqq" + base64.b64encode(PLAIN.encode()),
    "base64 twice": base64.b64encode(base64.b64encode(PLAIN.encode())),
    "base64 of utf-16": base64.b64encode(PLAIN.encode("utf-16-le")),
    "base64 of gzip": base64.b64encode(gzip.compress(PLAIN.encode() * 2)),
    "base64 in joined literals": f'"{ENCODED[:20]}" + "{ENCODED[20:]}"',
    "a joined literal in base64": base64.b64encode(f'"{TOKEN[:9]}" + "{TOKEN[9:]}"'.encode()),
    "hexadecimal": PLAIN.encode().hex(),
    "hexadecimal, capitals": PLAIN.encode().hex().upper(),
    "gzip": gzip.compress(PLAIN.encode()),
    "two gzip members": gzip.compress(b"harmless\n") + gzip.compress(PLAIN.encode()),
    "gzip, cut short": gzip.compress(PLAIN.encode() + _DICE.randbytes(4000))[:-200],
    "gzip twice": gzip.compress(gzip.compress(PLAIN.encode())),
    "bzip2": bz2.compress(PLAIN.encode()),
    "xz": lzma.compress(PLAIN.encode()),
    "zlib": zlib.compress(PLAIN.encode()),
}  # fmt: skip


@pytest.mark.parametrize("how", HIDDEN)
def test_a_hidden_token_is_found(how: str) -> None:
    kinds = {kind for kind, _, _ in told(HIDDEN[how])}
    assert kinds & {"GitHub token", "AWS access key id"}, kinds


@pytest.mark.parametrize("how", [how for how, data in HIDDEN.items() if isinstance(data, str)])
def test_a_hidden_token_is_found_at_its_line(how: str) -> None:
    data = HIDDEN[how]
    assert isinstance(data, str)
    lines = {line for _, line, _ in told("first é\n\n" + data + "\n\nlast\n")}
    assert lines, how
    assert lines <= {3, 4}


def packed(write: str) -> bytes:
    out = io.BytesIO()
    if write == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/readme.txt", "nothing\n")
            archive.writestr("a/settings.ini", PLAIN)
    else:
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            member = tarfile.TarInfo("settings.ini")
            member.size = len(PLAIN)
            archive.addfile(member, io.BytesIO(PLAIN.encode()))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_is_read_member_by_member(kind: str) -> None:
    assert {kind for kind, _, _ in told(packed(kind))} == {"GitHub token"}


def test_a_name_inside_an_archive_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"{TOKEN}.txt", "nothing\n")
    assert {kind for kind, _, _ in told(out.getvalue())} == {"GitHub token"}


def test_the_value_may_be_split_and_the_name_not() -> None:
    assert told(f'{PW} = "Sup3r" + "S3cret9"') == [("password", 1, "joined literals")]


def test_joined_literals_are_told_at_the_line_where_they_stand() -> None:
    halves = [f'    "{TOKEN[:20]}" + "{TOKEN[20:-1]}{letter}",' for letter in "abc"]
    text = "\n".join(['NAMES = ["a"', '    "b",', *halves, "]"])
    assert [line for _, line, _ in told(text)] == [3, 4, 5]


def test_escapes_are_told_at_the_line_where_they_stand() -> None:
    lines = ["".join(f"\\x{ord(c):02x}" for c in TOKEN[:-1] + letter) for letter in "abc"]
    assert [line for _, line, _ in told("\n".join(["first", *lines]))] == [2, 3, 4]


def test_how_it_was_hidden_is_told() -> None:
    hits = told(base64.b64encode(gzip.compress(PLAIN.encode() * 2)))
    assert ("GitHub token", 1, "base64, gzip") in hits


def test_comments_that_ask_to_look_away_mean_nothing() -> None:
    for plea in ("# nosec", "# gitleaks:allow", "// kingfisher:ignore", "# pragma: allowlist secret", "# noqa"):
        assert told(f"{TOKEN}  {plea}") == [("GitHub token", 1, "")]


# What cannot be read is told


def test_a_bomb_is_a_finding_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_UNPACKED", 100_000)
    for bomb in (gzip.compress(b"0" * 10_000_000), bz2.compress(b"0" * 10_000_000), lzma.compress(b"0" * 10_000_000)):
        assert [hit.kind for hit in scan(bomb)] == ["unreadable: more than 0 MB when unpacked"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}", b"0" * 10_000)
    assert [hit.kind for hit in scan(out.getvalue())] == ["unreadable: more than 0 MB when decoded"]


def test_a_bomb_is_not_blown_up_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_UNPACKED", 100_000)
    zeros = b"0" * 50_000_000
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", zeros)
    bombs = [gzip.compress(zeros), bz2.compress(zeros), lzma.compress(zeros), zlib.compress(zeros), out.getvalue()]
    del zeros
    for bomb in bombs:
        tracemalloc.start()
        scan(bomb)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10_000_000


def test_many_members_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_MEMBERS", 3)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}", b"0")
    assert [hit.kind for hit in scan(out.getvalue())] == ["unreadable: an archive of more than 3 files"]


def test_an_encrypted_or_damaged_archive_is_a_finding() -> None:
    whole = bytearray(packed("zip"))
    assert scan(bytes(whole[: len(whole) // 2]))[0].kind.startswith("unreadable: an archive that cannot be read")
    for place in range(len(whole) - 4):
        # The flag "encrypted" of both members, in the local header and in the directory.
        if bytes(whole[place : place + 4]) == b"PK\x03\x04":
            whole[place + 6] |= 1
        if bytes(whole[place : place + 4]) == b"PK\x01\x02":
            whole[place + 8] |= 1
    assert [hit.kind for hit in scan(bytes(whole))] == ["unreadable: an encrypted archive"]


def test_a_damaged_stream_is_a_finding() -> None:
    assert [hit.kind for hit in scan(b"\x1f\x8b\x08" + b"nonsense" * 9)] == ["unreadable: a damaged gzip stream"]
    assert scan(b"x\x9c is how this text begins") == [], "two bytes are no proof of a stream"


def test_endless_nesting_is_a_finding() -> None:
    data = PLAIN.encode()
    for _ in range(12):
        data = gzip.compress(data)
    assert [hit.kind for hit in scan(data)] == ["unreadable: encoded more than 4 times over"]


# Whatever comes in


@given(st.binary(max_size=3000))
def test_any_bytes_are_scanned_without_an_error(data: bytes) -> None:
    scan(data)


@given(
    st.lists(
        st.sampled_from(
            [PW, "key", "token", " = ", '"', "'", "\\", "%41", "\\x41", "://", "@", ":", "eyJ", "-----BEGIN ",
             "PRIVATE KEY", "-----", "\n", "\0", "\u200b", "AKIA", "A" * 16, "aGVsbG8gd29ybGQgaGVsbG8=", "PK\x03\x04",
             "x9Kq2", "+", " "]
        ),
        max_size=60,
    )
)  # fmt: skip
def test_any_mixture_of_what_it_looks_for_is_scanned_without_an_error(parts: list[str]) -> None:
    text = "".join(parts)
    for hit in scan(text):
        assert 0 <= hit.line <= text.count("\n") + 1


def test_what_is_encoded_in_two_ways_stands_where_it_stands() -> None:
    hits = scan("\n\npassword = %41%41\\x41\n")
    assert {hit.line for hit in hits} == {3}


@given(before=st.text(max_size=200), after=st.text(max_size=200))
def test_nothing_around_it_hides_a_token(before: str, after: str) -> None:
    text = f"{before}\n{TOKEN}\n{after}"
    found = [hit for hit in scan(text.encode("utf-8", "surrogatepass")) if hit.kind == "GitHub token"]
    assert before.count("\n") + 2 in {hit.line for hit in found}


MEGABYTE = 1_000_000
HOSTILE = {
    "letters": "a",
    "equal signs": "=",
    "quotes": '"',
    "glue": '"a" + ',
    "quotes and blanks": '" ',
    "keyword": "token",
    "keyword and sign": "key=",
    "keyword, sign, quote": 'password="',
    "keyword, blanks": "secret                        ",
    "open values": 'api_key = "aaaaa1',
    "userinfo": "://a:",
    "userinfo, no end": "://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:bbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "jwt": "eyJaaaaaaaa",
    "jwt, half": "eyJaaaaaaaa.eyJ",
    "begin marks": "-----BEGIN PRIVATE KEY-----",
    "half marks": "-----BEGIN ",
    "pem headers": "-----BEGIN PRIVATE KEY-----\nAbc: def\n",
    "aws": "AKIA",
    "xox": "xoxb-",
    "sk": "sk-",
    "percent": "%41",
    "escapes": "\\x41",
    "line goes on": "a\\\n",
    "base64": "aGVsbG8gd29ybGQg",
    "base64 lines": "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQg\n",
    "base64 lines, half text": "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQg\n/////////////////////w==\n",
    "hex": "68656c6c6f20776f",
    "zero bytes": "a\0",
    "zero width": "a\u200b",
    "full width": "\uff21",
    "combining": "a\u0301",
    "brackets": "token([(",
    "dots": "a.b/c-d_e",
    "html": "&#65;",
    "authorization": "authorization: bearer ",
    "short lines": "a=b\n",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_ends(name: str) -> None:
    """Bounded repetitions keep the time linear: a pattern that backtracks over all of it would run for hours."""
    unit = HOSTILE[name]
    scan((unit * (MEGABYTE // len(unit) + 1))[:MEGABYTE])


SPLIT = {
    "across a comment": f'token = ("{TOKEN[:12]}"  # the first half\n    "{TOKEN[12:]}")',
    "across a block comment": f'token = "{TOKEN[:12]}" /* and */ + "{TOKEN[12:]}";',
    "a list that is joined": f"token = ''.join(['{TOKEN[:9]}', '{TOKEN[9:20]}', '{TOKEN[20:]}'])",
    "a list that is joined elsewhere": f'const t = ["{TOKEN[:9]}", "{TOKEN[9:]}"].join("");',
    "two names that are added": f'first = "{TOKEN[:14]}"\nsecond = "{TOKEN[14:]}"\nuse(first + second)',
}


@pytest.mark.parametrize("text", SPLIT.values(), ids=SPLIT.keys())
def test_pieces_that_a_program_puts_together_are_read_together(text: str) -> None:
    assert "GitHub token" in {hit.kind for hit in scan(text)}
    # The control: the same pieces, which put together are no token.
    assert "GitHub token" not in {hit.kind for hit in scan(text.replace(TOKEN[:9], "abcdefghi"))}


@pytest.mark.parametrize(
    "text",
    [
        f'{PW} = "correcthorsebatterystaple"',
        f"{PW}: 'hGtRkLmNpQwZxVb'",
        f'db_{PW} := "xkcdqwrtplmnbv"',
        f'{SECURE} "Wint3r-is-coming" -AsPlainText -Force',
        f"$p = {SECURE} -String 'tr0ub4dor' -AsPlainText",
    ],
)
def test_what_only_letters_or_a_command_give_away(text: str) -> None:
    assert [hit.kind for hit in scan(text)] == ["password"]


@pytest.mark.parametrize(
    "text",
    [
        f'{PW} = "authentication"',
        f'{PW} = "misconfigurations"',
        f'{PW} = "FieldOfTheForm"',
        f'{PW} = "wrongpassword"',
        f'if {PW} == "correcthorsebatterystaple":',
        "ConvertTo-SecureString $env:SECRET -AsPlainText",
        'ConvertTo-SecureString "$plain" -AsPlainText',
        'names = ", ".join(["alpha", "beta"])',
        "total = first + second",
    ],
)
def test_words_and_references_are_none(text: str) -> None:
    assert scan(text) == []
