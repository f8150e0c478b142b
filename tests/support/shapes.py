"""Repositories of every legal shape, the work that is done on each, and the bytes that must be there afterwards."""

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from tests.support.promotion import commit_all, git, write

#: Names that git holds and people type by accident: what quoting, splitting and decoding go wrong on.
SPACE, NEWLINE, DASH, MAGIC = "with space.txt", "new\nline.txt", "-rf", ":(glob)*.txt"
QUOTED, LATIN, CONTROL = 'quo"te\\.txt', os.fsdecode(b"inv\xff\xfe.txt"), "esc\x1b[31m.txt"
ODD = (SPACE, NEWLINE, DASH, MAGIC, QUOTED, LATIN, CONTROL)

MANY = 50_000

_FILES = {"a.py": "a = 1\n", "keep/b.txt": "b\n", "gone.txt": "gone\n"}
_ORDINARY = """
- id: change
  title: Change a file, add one, remove one
  kind: write_code
  actions:
    - edit: {path: a.py, old: "1", new: "2"}
    - write: {path: pkg/new.py, content: "n = 1\\n"}
    - delete: gone.txt
"""
_ORDINARY_RESULT = {"a.py": b"a = 2\n", "pkg/new.py": b"n = 1\n", "gone.txt": None}


@attrs.frozen(kw_only=True)
class Shape:
    """A repository as a user may have it."""

    #: Makes it below a folder; where the user stands.
    make: Callable[[Path], Path]
    plan: str = _ORDINARY
    #: Every path that the work changes: what git stores afterwards, None where it is gone.
    stored: Mapping[str, bytes | None] = attrs.field(factory=lambda: dict(_ORDINARY_RESULT))
    #: Where the file on disk is not what git stores.
    on_disk: Mapping[str, bytes] = attrs.field(factory=dict[str, bytes])
    #: Branch that is named at promotion.
    target: str = ""
    #: Whether promotion shows in the work tree.
    checked_out: bool = True
    #: What the user is told at the start: words of one note.
    told: str = ""
    #: Other work trees, below the same folder, in which nothing may change.
    elsewhere: tuple[str, ...] = ()


def _repository(folder: Path, files: Mapping[str, str | bytes] | None = None, *options: str) -> Path:
    place = folder / "work"
    place.mkdir()
    git(place, "init", "-q", "-b", "main", *options)
    write(place, {**_FILES, **(files or {})})
    commit_all(place, "first")
    return place


def _detached(folder: Path) -> Path:
    place = _repository(folder)
    git(place, "checkout", "-q", "--detach")
    return place


def dirty(folder: Path) -> Path:
    place = _repository(folder, {"mine/edited.txt": "e\n", "mine/staged.txt": "s\n", "mine/gone.txt": "g\n"})
    write(place, {"mine/staged.txt": "staged\n", "mine/new.txt": "staged and new\n"})
    git(place, "add", "--all")
    write(place, {"mine/staged.txt": "and edited again\n", "mine/edited.txt": "edited\n", "notes/untracked": "u\n"})
    (place / "mine/gone.txt").unlink()
    (place / "keep/b.txt").chmod(0o755)
    return place


def _submodule(folder: Path) -> Path:
    folder.joinpath("library").mkdir()
    library = _repository(folder / "library")
    place = _repository(folder)
    git(place, "submodule", "--quiet", "add", f"file://{library}", "vendored")
    git(place, "submodule", "--quiet", "add", f"file://{library}", "empty")
    commit_all(place, "with submodules")
    git(place, "submodule", "--quiet", "deinit", "empty")
    write(place, {"vendored/keep/b.txt": "edited in the submodule\n", "vendored/untracked": "u\n"})
    return place


_SUBMODULE_PLAN = f"""{_ORDINARY}
- id: into
  title: Write where the submodules are
  kind: write_code
  actions:
    - run: mkdir -p vendored empty && echo x > vendored/a.py && echo x > empty/a.py
"""


# git-lfs in two lines: the store is a directory beside the repository, named by digest.
_CLEAN = """#!/bin/sh
cat > "$0.tmp.$$"; oid=$(sha256sum < "$0.tmp.$$" | cut -d' ' -f1); size=$(stat -c %s "$0.tmp.$$")
mv "$0.tmp.$$" "$(dirname "$0")/$oid"
printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' "$oid" "$size"
"""
_SMUDGE = """#!/bin/sh
oid=$(sed -n 's/^oid sha256://p'); exec cat "$(dirname "$0")/$oid"
"""
LARGE = bytes(range(256)) * 64
_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:ac31bb78d8e3ba3ce4e5f2aaf4a4e0d4c9a41f5f0ec0c1b7f79d8bd3b4a5e000\nsize 16384\n"
)


def _script(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def _lfs(folder: Path) -> Path:
    place = _repository(folder)
    git(place, "config", "filter.lfs.clean", str(_script(folder / "lfs/clean", _CLEAN)))
    git(place, "config", "filter.lfs.smudge", str(_script(folder / "lfs/smudge", _SMUDGE)))
    git(place, "config", "filter.lfs.required", "true")
    write(place, {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "big.bin": LARGE, "old.bin": b"old"})
    commit_all(place, "with LFS")
    return place


def _lfs_not_installed(folder: Path) -> Path:
    place = _repository(folder, {"big.bin": _POINTER})
    write(place, {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    commit_all(place, "with LFS")
    return place


def _links(folder: Path) -> Path:
    place = _repository(folder, {"dir/x.txt": "x\n"})
    outside = folder / "outside.txt"
    outside.write_text("not of the repository\n")
    for name, target in {"to-file": "a.py", "to-dir": "dir", "dangling": "no/where", "out": str(outside)}.items():
        (place / name).symlink_to(target)
    commit_all(place, "with links")
    return place


_LINKS_PLAN = """
- id: change
  title: Change a file that a link names, remove a link
  kind: write_code
  actions:
    - edit: {path: a.py, old: "1", new: "2"}
    - delete: dangling
    - run: cat to-file to-dir/x.txt
      expect: {output: "a = 2"}
    - run: cat out
      expect: {exit: 1}
"""


def _attributes(folder: Path) -> Path:
    place = _repository(folder)
    git(place, "config", "filter.shout.clean", "tr A-Z a-z")
    git(place, "config", "filter.shout.smudge", "tr a-z A-Z")
    write(
        place,
        {
            ".gitattributes": "hidden export-ignore\nsubst export-subst\n*.up filter=shout\n*.dos text eol=crlf\n"
            "*.u16 working-tree-encoding=UTF-16LE\n*.id ident\n",
            "hidden": "hidden\n",
            "subst": "$Format:%H$\n",
            "one.up": "HELLO\n",
            "one.dos": b"one\r\ntwo\r\n",
            "one.u16": "one\n".encode("utf-16-le"),
            "one.id": "$Id$\n",
        },
    )
    commit_all(place, "with attributes")
    return place


_ATTRIBUTES_PLAN = """
- id: change
  title: Change what attributes speak of
  kind: write_code
  actions:
    - run: cat one.up one.dos one.u16 one.id subst hidden
      expect: {output: "hello\\none\\ntwo\\none\\n$Id$\\n$Format:%H$\\nhidden\\n"}
    - write: {path: hidden, content: "still here\\n"}
    - write: {path: subst, content: "$Format:%H$ again\\n"}
    - write: {path: one.up, content: "goodbye\\n"}
    - write: {path: one.dos, content: "three\\nfour\\n"}
    - write: {path: one.u16, content: "zwölf\\n"}
    - write: {path: new.dos, content: "new\\n"}
"""


def _odd_names(folder: Path) -> Path:
    return _repository(folder, dict.fromkeys(ODD, "odd\n") | {f"keep/{name}": "kept\n" for name in ODD})


_ODD_PLAN = f"""
- id: change
  title: Change files with odd names
  kind: write_code
  actions:
    - write: {{path: "{SPACE}", content: "changed\\n"}}
    - write: {{path: "new\\nline.txt", content: "changed\\n"}}
    - write: {{path: "{DASH}", content: "changed\\n"}}
    - delete: "{MAGIC}"
    - write: {{path: 'quo"te\\.txt', content: "changed\\n"}}
    - run: n=$(printf 'inv\\377\\376.txt'); echo changed > "$n"; cp "$n" "more $n"
    - run: rm "$(printf 'esc\\033[31m.txt')"
"""


def _many(folder: Path) -> Path:
    place = _repository(folder)
    stream = b"commit refs/heads/main\ncommitter Ada <ada@example.org> 1750000000 +0000\ndata 4\nmany\n"
    stream += b"from refs/heads/main^0\n" + b"".join(
        b"M 100644 inline d%02d/e%02d/f%d\ndata %d\n%d\n" % (n % 50, n // 50 % 40, n, len(str(n)) + 1, n)
        for n in range(MANY)
    )
    git(place, "fast-import", "--quiet", "--force", data=stream)
    git(place, "reset", "-q", "--hard", "main")
    return place


def _shallow(folder: Path) -> Path:
    (folder / "origin").mkdir()
    origin = _repository(folder / "origin")
    write(origin, {"a.py": "a = 0\n"})
    commit_all(origin, "second")
    write(origin, {"a.py": "a = 1\n"})
    commit_all(origin, "third")
    git(folder, "clone", "-q", "--depth=1", f"file://{origin}", "work")
    return folder / "work"


def _linked(folder: Path) -> Path:
    place = _repository(folder)
    git(place, "worktree", "add", "-q", "-b", "side", str(folder / "linked"))
    write(place, {"a.py": "edited in the other work tree\n"})
    return folder / "linked"


def _below(folder: Path) -> Path:
    return _repository(folder) / "keep"


def _sha256(folder: Path) -> Path:
    return _repository(folder, None, "--object-format=sha256")


def _pointer_of(data: bytes) -> bytes:
    digest = hashlib.sha256(data).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(data)}\n".encode()


_LFS_PLAN = """
- id: change
  title: Copy one large file, remove another
  kind: write_code
  actions:
    - run: grep -c git-lfs big.bin && cp big.bin copy.bin
    - delete: old.bin
"""

SHAPES: dict[str, Shape] = {
    "detached-head": Shape(make=_detached, target="main", checked_out=False, told="HEAD is detached"),
    "dirty": Shape(make=dirty, told="uncommitted changes stay out"),
    "submodules": Shape(
        make=_submodule, plan=_SUBMODULE_PLAN, told="submodules stay as they are", elsewhere=("library",)
    ),
    "lfs": Shape(
        make=_lfs,
        plan=_LFS_PLAN,
        stored={"copy.bin": _pointer_of(LARGE), "old.bin": None},
        on_disk={"copy.bin": LARGE},
        told="LFS files enter as their pointers",
    ),
    "lfs-not-installed": Shape(
        make=_lfs_not_installed,
        plan=_LFS_PLAN.replace("old.bin", "gone.txt"),
        stored={"copy.bin": _POINTER, "gone.txt": None},
        told="LFS files enter as their pointers",
    ),
    "symlinks": Shape(make=_links, plan=_LINKS_PLAN, stored={"a.py": b"a = 2\n", "dangling": None}),
    "attributes": Shape(
        make=_attributes,
        plan=_ATTRIBUTES_PLAN,
        stored={
            "hidden": b"still here\n",
            "subst": b"$Format:%H$ again\n",
            "one.up": b"goodbye\n",
            "one.dos": b"three\nfour\n",
            "one.u16": "zwölf\n".encode(),
            "new.dos": b"new\n",
        },
        on_disk={
            "one.up": b"GOODBYE\n",
            "one.dos": b"three\r\nfour\r\n",
            "one.u16": "zwölf\n".encode("utf-16-le"),
            "new.dos": b"new\r\n",
        },
        told="attributes that convert files are not applied",
    ),
    "odd-names": Shape(
        make=_odd_names,
        plan=_ODD_PLAN,
        stored={
            **dict.fromkeys((SPACE, NEWLINE, DASH, QUOTED, LATIN, f"more {LATIN}"), b"changed\n"),
            MAGIC: None,
            CONTROL: None,
        },
    ),
    "fifty-thousand-files": Shape(make=_many),
    "shallow-clone": Shape(make=_shallow, told="a shallow clone"),
    "linked-work-tree": Shape(make=_linked, told="a linked work tree", elsewhere=("work",)),
    "subdirectory": Shape(make=_below, told="using the whole repository"),
    "sha256": Shape(make=_sha256),
}
