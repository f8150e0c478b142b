"""Filter programs that lie in the work tree: an agent may have written them, so Orion starts none of them (THREATS 6).

A command counts as inside when one of its words leads to a tracked file or directory, when it is a program that runs
what the directory it stands in says (`make`, `npm`), or when the setting itself comes from a tracked file that the
user's configuration includes. Untracked files do not count: nothing that is promoted ever takes their place.
"""

import os
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from orion_tui.core.repo.git import Git
from orion_tui.core.repo.index import Index

_CLEAN, _SMUDGE, _PROCESS = "clean", "smudge", "process"
_KEYS = (_CLEAN, _SMUDGE, _PROCESS, "required")
#: Programs that do what a file of the directory they stand in says.
_LOCAL = frozenset(
    (
        *("make", "gmake", "just", "task", "rake", "bundle", "npm", "npx", "yarn", "pnpm", "bun", "bunx", "deno"),
        *("cargo", "go", "mvn", "gradle", "ant", "tox", "nox", "poetry", "pipenv", "pdm", "uv", "hatch", "dotnet"),
    )
)
_SUFFIXES = ("", ".py", ".js", ".mjs", ".cjs", ".sh", ".rb", ".pl")
#: Git's own and LFS's: their words are subcommands, never files.
_LFS = re.compile(r"\s*git[- ]lfs(?:\.exe)?\s+(?:clean|smudge|filter-process)(?:\s+(?:--skip|--|%f|'%f'|\"%f\"))*\s*")


@attrs.frozen(kw_only=True)
class InsideFilters:
    """Filters with a program inside the work tree: by name, the keys (`clean`, `smudge`, `process`) that have one."""

    by_name: dict[str, frozenset[str]] = attrs.field(factory=dict[str, frozenset[str]])

    def without(self, git: Git) -> Git:
        """The same repository with these filters passing everything through."""
        if not self.by_name:
            return git
        return git.configured({f"filter.{name}.{key}": _off(key) for name in self.by_name for key in _KEYS})

    def converting(self, git: Git, paths: Iterable[str], *, to_disk: bool) -> frozenset[str]:
        """Those paths that such a filter would convert, on their way to the disk or from it."""
        keys = {_SMUDGE if to_disk else _CLEAN, _PROCESS}
        names = {name for name, having in self.by_name.items() if having & keys}
        listed = list(paths)
        if not names or not listed:
            return frozenset()
        records = b"".join(os.fsencode(path) + b"\0" for path in listed)
        fields = git.text("check-attr", "-z", "--stdin", "filter", input=records).split("\0")
        return frozenset(path for path, name in zip(fields[0::3], fields[2::3], strict=False) if name in names)


def inside_filters(git: Git, root: Path) -> InsideFilters:
    """What the configuration that `git` reads says now, for the work tree at `root`."""
    status, output, _ = git.status(
        "config", "--show-origin", "-z", "--get-regexp", rf"^filter\..*\.({_CLEAN}|{_SMUDGE}|{_PROCESS})$"
    )
    if status != 0:
        return InsideFilters()
    fields = os.fsdecode(output).split("\0")
    said = (setting.partition("\n") for setting in fields[1::2])
    # The last value of a key is the one that counts.
    last = {key: (origin, command) for origin, (key, _, command) in zip(fields[0::2], said, strict=False)}
    tree = _Tree(root, git)
    found: dict[str, set[str]] = {}
    for key, (origin, command) in last.items():
        name, _, which = key.removeprefix("filter.").rpartition(".")
        if command and (tree.holds_setting(origin) or tree.runs(command)):
            found.setdefault(name, set()).add(which)
    return InsideFilters(by_name={name: frozenset(keys) for name, keys in found.items()})


class _Tree:
    """The tracked files of a work tree. The index is read when it is first asked for."""

    def __init__(self, root: Path, git: Git) -> None:
        self._root = Path(os.path.realpath(root))
        self._git = git
        self._index: Index | None = None

    def holds_setting(self, origin: str) -> bool:
        """Whether `file:conf/shared.inc` is a tracked file."""
        return origin.startswith("file:") and self._tracked(origin.removeprefix("file:"))

    def runs(self, command: str) -> bool:
        """Whether a shell command would start, or read its program from, something tracked."""
        if _LFS.fullmatch(command):
            return False
        first = True
        for word in _words(command):
            if not word:  # a new command begins
                first = True
                continue
            if first and "=" in word and not word.startswith("="):
                if any(map(self._leads_inside, word.partition("=")[2].split(os.pathsep))):
                    return True
                continue
            if (self._is_inside_program if first else self._leads_inside)(word):
                return True
            first = False
        return False

    def _is_inside_program(self, word: str) -> bool:
        name = word.rpartition("/")[2]
        if name in _LOCAL:
            return True
        if "/" in word or "$" in word:
            return self._leads_inside(word)
        found = shutil.which(word)
        return found is not None and self._tracked(found)

    def _leads_inside(self, word: str) -> bool:
        return any(self._tracked(each + suffix) for each in _readings(word) for suffix in _SUFFIXES)

    def _tracked(self, path: str) -> bool:
        if not path or "\0" in path:
            return False
        try:
            # Both the name that is written and where it leads: either may be the agent's.
            written = os.path.normpath(self._root / Path(path).expanduser())
            led = os.path.realpath(written)
        except (OSError, RuntimeError, ValueError):
            return False
        root = str(self._root)
        return any(self._has(os.path.relpath(each, root)) for each in {written, led} if each.startswith(root + os.sep))

    def _has(self, path: str) -> bool:
        self._index = self._index or Index.read(self._git)
        # A directory above it that is a tracked link leads wherever that says.
        above = path.split("/")
        prefixes = ("/".join(above[:count]) for count in range(1, len(above) + 1))
        return bool(self._index.below(path)) or any(map(self._index.get, prefixes))


def _words(command: str) -> Iterator[str]:
    """Its words; an empty one wherever a new command begins."""
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars="();<>|&`{}\n")
        lexer.whitespace = " \t\r"
        lexer.whitespace_split = True
        lexer.commenters = ""
        words = list(lexer)
    except ValueError:
        words = re.split(r"[\s'\"]+", command)
    for word in words:
        if word and not word.strip("();<>|&`{}\n"):
            yield ""
        elif " " in word:  # `sh -c 'tools/clean.sh | cat'`
            yield ""
            yield from re.split(r"[\s'\"();<>|&`{}]+", word)
        else:
            yield word


def _readings(word: str) -> Iterator[str]:
    """What a word may name: itself, the value of an option, what follows a variable, a module of Python."""
    yield word
    if "=" in word:
        yield from word.partition("=")[2].split(os.pathsep)
    if "$" in word or ")" in word:
        yield re.split(r"[$)][A-Za-z0-9_{}(]*", word)[-1].lstrip("/}")
    if re.fullmatch(r"[A-Za-z_]\w*(?:\.\w+)+", word):
        yield word.replace(".", "/")
    if re.fullmatch(r"-[A-Za-z].+", word):
        yield word[2:]


def _off(key: str) -> str:
    return "false" if key == "required" else ""


def silenced(git: Git, root: Path) -> Git:
    """`git` without the filters that would start a program inside the work tree."""
    return inside_filters(git, root).without(git)


#: How a filter reads where its program is refused.
HINT = (
    "Orion starts no filter program that lies inside the repository, for an agent may have written it: let "
    "filter.*.clean and filter.*.smudge name a program outside of it, or unset them until this is done, then retry"
)
