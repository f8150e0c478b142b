"""Which names may cross the boundary, and which two names are one on some file system.

git stores any bytes; a file system folds case, composes accents, ignores invisible characters, cuts trailing dots.
What an agent writes must mean one thing everywhere, and must never reach a `.git` (CVE-2014-9390, CVE-2019-1353,
CVE-2021-21300). Nothing here touches a disk.
"""

import os
import re
import unicodedata

#: Bytes of a whole path: PATH_MAX less room for where the workspace stands.
MAX_PATH = 3_800
#: Bytes of one component: NAME_MAX of every file system in use.
MAX_NAME = 255
#: Components of a path.
MAX_DEPTH = 100

# Code points that HFS+ ignores when it compares names, as git's utf8.c lists them.
_HFS_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# The short name that FAT and NTFS give `.git`; any number, since earlier ones may be taken.
_SHORT_GIT = re.compile(r"git~[0-9]+")
# NTFS ends a name at a stream's colon and drops dots and spaces before the end.
_NTFS_TAIL = re.compile(r"[. ]*(?::.*)?\Z", re.DOTALL)


def check_path(path: bytes) -> str | None:
    """Why `path` may not cross the boundary, for people; None when it may.

    Relative, `/`-separated, no empty, `.` or `..` component, nothing that some file system takes for `.git`. Any
    other bytes are legal: newlines, control characters and invalid UTF-8 are names that git holds, and this carries.
    """
    if not path:
        return "an empty name"
    if b"\0" in path:
        return "a name with a NUL byte"
    if path.startswith(b"/"):
        return "an absolute path"
    if len(path) > MAX_PATH:
        return f"a path of more than {MAX_PATH:,} bytes"
    parts = path.split(b"/")
    if len(parts) > MAX_DEPTH:
        return f"a path more than {MAX_DEPTH} levels deep"
    for part in parts:
        if reason := _check_component(part):
            return reason
    return None


def _check_component(part: bytes) -> str | None:
    if not part:
        return "a path with an empty component"
    if part in {b".", b".."}:
        return f"a path with a {part.decode()!r} component"
    if len(part) > MAX_NAME:
        return f"a name of more than {MAX_NAME} bytes"
    if part == b".git":
        return "a path inside .git"
    if b"\\" in part and any(piece in {b".", b".."} for piece in part.split(b"\\")):
        return "a name that leaves its directory where backslashes separate"
    if looks_like_git(part):
        return "a name that some file systems take for .git"
    return None


def looks_like_git(part: bytes) -> bool:
    """Whether HFS+, APFS, FAT or NTFS may open `.git` when asked for the component `part`."""
    if part.isascii() and b"git" not in part.lower():
        return False
    text = os.fsdecode(part)
    return any(_is_git(piece) for piece in text.split("\\"))


def _is_git(text: str) -> bool:
    # Wider than any file system in use folds (accents, compatibility forms, the dotless i): nobody needs such a name.
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in {"Cf", "Mn"})
    folded = bare.upper().casefold()
    cut = _NTFS_TAIL.sub("", folded)
    return cut == ".git" or _SHORT_GIT.fullmatch(cut) is not None


def fold_key(path: bytes) -> bytes:
    """Equal for two paths exactly when some common file system would hold them as one.

    Canonical caseless matching (Unicode 3.13 D145) of each component, without what HFS+ ignores and without the
    trailing dots and spaces that NTFS drops.
    """
    if path.isascii():
        lowered = path.lower()
        if (
            b". " not in lowered
            and b"./" not in lowered
            and b" /" not in lowered
            and not lowered.endswith((b".", b" "))
        ):
            return lowered
        return b"/".join(part.rstrip(b". ") or part for part in lowered.split(b"/"))
    return b"/".join(_fold_component(part) for part in path.split(b"/"))


def _fold_component(part: bytes) -> bytes:
    if part.isascii():
        return part.lower().rstrip(b". ") or part
    text = _HFS_IGNORED.sub("", os.fsdecode(part))
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return os.fsencode(text.rstrip(". ") or text) or part
