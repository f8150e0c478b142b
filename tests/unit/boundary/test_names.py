"""Names that may cross, names that may not, and names that are one."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.boundary.names import MAX_DEPTH, MAX_NAME, MAX_PATH, check_path, fold_key

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "path",
    [
        b"a",
        b"src/main.py",
        b"with space/and\ttab",
        b"new\nline",
        b"\x1b[31mred",
        "bidi\u202etxt.exe".encode(),
        b"-rf",
        b"--upload-pack=x",
        b"caf\xe9",
        "café".encode(),
        b".gitignore",
        b".gitattributes",
        b".github/workflows/ci.yml",
        b"git",
        b"gitx",
        b"git~",
        b"git~x",
        b".git2",
        b".gitted",
        b"a.git",
        b"a.git/b",
        b"...",
        b"..a",
        b"a..",
        b"back\\slash",
        b"co:lon",
        b"x" * MAX_NAME,
        b"/".join([b"d"] * MAX_DEPTH),
        "数据/文件".encode(),
    ],
)
def test_legal_names_pass(path: bytes) -> None:
    assert check_path(path) is None


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"/etc/passwd",
        b"../x",
        b"a/../b",
        b"a/..",
        b"a/./b",
        b".",
        b"a//b",
        b"a/",
        b"a\0b",
        b"a\\..\\..\\b",
        b"..\\b",
        b"x" * (MAX_NAME + 1),
        b"/".join([b"d"] * (MAX_DEPTH + 1)),
        b"/".join([b"n" * 200] * (MAX_PATH // 200 + 1)),
    ],
)
def test_names_that_leave_the_tree_are_refused(path: bytes) -> None:
    assert check_path(path)


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".GIT",
        ".Git",
        ".git.",
        ".git ",
        ".git . .",
        ".git::$INDEX_ALLOCATION",
        ".git:stream",
        ".git\\config",
        "a\\.git\\config",
        "git~1",
        "GIT~1",
        "git~2",
        "git~1.",
        ".g\u200cit",
        ".git\u200d",
        "\ufeff.git",
        ".g\u202ait",
        ".gi\u206at",
        ".g\u0131t",
        ".G\u0130T",
        "．ｇｉｔ",
        ".g\u00adit",
    ],
)
@pytest.mark.parametrize("shape", ["{}", "{}/config", "sub/{}/hooks/pre-commit", "sub/{}"])
def test_anything_taken_for_git_is_refused(name: str, shape: str) -> None:
    assert check_path(shape.format(name).encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("README", "readme"),
        ("Straße", "STRASSE"),
        ("café", unicodedata.normalize("NFD", "café")),
        ("CAFÉ", unicodedata.normalize("NFD", "café")),
        ("a", "a."),
        ("a", "a "),
        ("a. .", "a"),
        ("a./b", "a/b"),
        ("a /b", "a/b"),
        ("ab", "a\u200cb"),
        ("dir/A", "DIR/a"),
        ("µ", "μ"),
    ],
)
def test_names_that_are_one_somewhere_have_one_key(one: str, other: str) -> None:
    assert fold_key(one.encode()) == fold_key(other.encode())


@pytest.mark.parametrize(
    ("one", "other"), [("a", "b"), ("a/b", "ab"), ("é", "e"), ("a.b", "ab"), (".a", "a"), ("a b", "ab")]
)
def test_names_that_are_two_everywhere_have_two_keys(one: str, other: str) -> None:
    assert fold_key(one.encode()) != fold_key(other.encode())


def test_invalid_utf8_keeps_its_bytes_apart() -> None:
    assert fold_key(b"caf\xe9") != fold_key(b"caf\xe8")


@given(st.binary(min_size=1, max_size=40))
def test_key_is_stable_and_keeps_depth(path: bytes) -> None:
    key = fold_key(path)
    assert fold_key(key) == key
    assert key.count(b"/") == path.count(b"/")


@given(st.text(min_size=1, max_size=20))
def test_key_does_not_depend_on_composition(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode() or "x"
    composed = unicodedata.normalize("NFC", text).encode()
    decomposed = unicodedata.normalize("NFD", text).encode()
    assert fold_key(composed) == fold_key(decomposed)


@given(st.binary(max_size=60))
def test_a_path_that_passes_never_names_git_or_leaves(path: bytes) -> None:
    if check_path(path) is None:
        assert not path.startswith(b"/")
        for part in path.split(b"/"):
            assert part not in {b"", b".", b".."}
            assert part.lower().rstrip(b". ") != b".git"
