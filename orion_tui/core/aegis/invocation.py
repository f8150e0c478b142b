"""One program with its arguments, on its way to being understood.

A handler of `aegis.programs` gets an `Invocation` and says what it amounts to. The rule that keeps it safe: a claim
that a role may grant (`run_tests`, `read_files` ...) is made only of an invocation that is understood whole. What is
not, is a doubt as well, and a doubt is never autonomous. Claims that a role may stop are made as soon as they are seen.
"""

import re
import shlex
from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.file_claims import claim_change
from orion_tui.core.aegis.findings import Findings
from orion_tui.core.aegis.manifests import is_manifest
from orion_tui.core.aegis.places import HOME, HOME_TEMPORARY, Place, Where, relative, resolve

_HAZARDS = {
    Where.HOST: ActionKind.ACCESS_HOST_FILESYSTEM,
    Where.CREDENTIALS: ActionKind.ACCESS_CREDENTIALS_STORE,
    Where.ORION: ActionKind.MODIFY_AEGIS_RULES,
}
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PLAIN_URL = re.compile(r"https?://([A-Za-z0-9.-]+)(?::[0-9]{1,5})?(?:[/?#][!-~]*)?")


class Reader(Protocol):
    """Whoever takes commands apart: `aegis.commands`."""

    def argv(self, argv: tuple[str, ...], around: "Invocation") -> None:
        """Classify what `around` runs as part of itself."""
        ...

    def script(self, text: str, around: "Invocation") -> None:
        """Classify the shell text that `around` runs."""
        ...


@attrs.frozen(kw_only=True)
class Args:
    """Arguments taken apart: options with their values (None where there is none), and operands."""

    options: tuple[tuple[str, str | None], ...]
    operands: tuple[str, ...]

    def has(self, *names: str) -> bool:
        """Whether one of these options is given; a long one also by a beginning of it, as GNU programs accept."""
        return any(
            given == name or (given.startswith("--") and len(given) > 2 and name.startswith(given))
            for given, _ in self.options
            for name in names
        )

    def values(self, *names: str) -> tuple[str, ...]:
        """The values given to these options."""
        return tuple(value for given, value in self.options if given in names and value is not None)

    def only(self, *names: str) -> bool:
        """Whether no option but these is given."""
        return all(given in names for given, _ in self.options)


@attrs.frozen(kw_only=True)
class Invocation:
    """A program and its arguments."""

    #: Without directory and version: `python` for `/usr/bin/python3.11`.
    name: str
    args: tuple[str, ...]
    #: Absolute directory inside the sandbox.
    cwd: str
    out: Findings
    reader: Reader
    depth: int = 0
    #: The command as run, and what runs it, outermost first: each in `shlex.join` form, and where it stands.
    chain: tuple[tuple[str, str], ...] = ()
    #: Texts that are seen to come in on standard input.
    stdin: tuple[str, ...] = ()

    def claim(self, kind: ActionKind, subject: str = "", because: str = "") -> None:
        """It amounts to `kind`."""
        self.out.claim(kind, subject, because, directory=self.directory)

    @property
    def directory(self) -> str:
        """`cwd` as a claim has it."""
        return relative(self.cwd)

    def doubt(self, reason: str) -> None:
        """What it does is not certain."""
        self.out.doubt(reason)

    def run(self, argv: Iterable[str]) -> None:
        """It runs another command as itself."""
        self.reader.argv(tuple(argv), self)

    def script(self, text: str) -> None:
        """It runs a shell text."""
        self.reader.script(text, self)

    def look(self) -> None:
        """It only looks at something, or touches nothing that matters."""
        self.claim(ActionKind.READ_FILES)

    def parse(self, takes: Iterable[str] = ()) -> Args:
        """Options and operands, as GNU programs read them; `takes` names the options that take a value."""
        wanted = frozenset(takes)
        options: list[tuple[str, str | None]] = []
        operands: list[str] = []
        rest = list(self.args)
        while rest:
            arg = rest.pop(0)
            if arg == "--":
                operands.extend(rest)
                break
            if arg.startswith("--"):
                name, equals, value = arg.partition("=")
                if not equals and name in wanted and rest:
                    options.append((name, rest.pop(0)))
                else:
                    options.append((name, value if equals else None))
            elif arg.startswith("-") and len(arg) > 1:
                self._cluster(arg, wanted, options, rest)
            else:
                operands.append(arg)
        return Args(options=tuple(options), operands=tuple(operands))

    @staticmethod
    def _cluster(arg: str, wanted: frozenset[str], options: list[tuple[str, str | None]], rest: list[str]) -> None:
        if arg in wanted:  # `-name` as find and go spell it, or a lone letter
            options.append((arg, rest.pop(0) if rest else None))
            return
        for index, letter in enumerate(arg[1:], 1):
            name = f"-{letter}"
            if name in wanted:
                value = arg[index + 1 :]
                options.append((name, value or (rest.pop(0) if rest else None)))
                return
            options.append((name, None))

    # -- paths ----------------------------------------------------------------------------------------------------

    def place(self, path: str) -> Place:
        """Where an argument that is a path leads; claims what no role can grant, doubts what is unknown."""
        place = resolve(path, self.cwd)
        if kind := _HAZARDS.get(place.where):
            self.claim(kind, "", f"{place.path} is {place.where.value}")
        elif place.where is Where.NETWORK:
            self.claim(ActionKind.FETCH, place.path, "a network device")
            self.doubt("a network device")
        elif place.where is Where.UNKNOWN:
            self.doubt("a path outside the workspace")
        return place

    def read(self, path: str) -> None:
        """It reads a file or directory."""
        place = self.place(path)
        self.claim(ActionKind.READ_FILES, place.path if place.where is Where.WORKSPACE else "")

    def decides(self, path: str) -> None:
        """What it does stands in this file."""
        place = self.place(path)
        if place.where is Where.WORKSPACE:
            self.out.name(place.path)

    def write(self, path: str) -> None:
        """It creates or changes a file."""
        place = self.place(path)
        if place.where is Where.WORKSPACE:
            claim_change(self.out, place.path)
            if is_manifest(place.path):
                self.claim(ActionKind.ADD_DEPENDENCY, "", "what it writes into the manifest is not known")
        elif place.where is Where.SYSTEM:
            self.claim(ActionKind.ACCESS_HOST_FILESYSTEM, "", f"changes {place.path}")
        elif place.where is Where.SCRATCH:
            self._scratch(place.path)

    def _scratch(self, path: str) -> None:
        """A change of scratch space: settings in the home directory change what later programs do."""
        self.look()
        if path.startswith(HOME) and not path.startswith(HOME_TEMPORARY):
            self.doubt("a file in the home directory may change what programs do")

    def delete(self, path: str, *, whole: bool = False) -> None:
        """It removes a file; with `whole` a directory and everything in it."""
        place = self.place(path.rstrip("*") if whole and path.endswith("/*") else path)
        if place.where is Where.WORKSPACE:
            if place.path == "." or (whole and place.path == "*"):
                self.claim(ActionKind.DELETE_REPOSITORY, "", "removes the whole workspace")
            first = place.path.split("/")[0].casefold()
            if first == ".git" or (("*" in first or "?" in first) and first.startswith(".")):
                self.claim(ActionKind.DELETE_REPOSITORY, "", "removes git's own files")
            if any(c in place.path for c in "*?"):
                self.doubt("a pattern in what is removed")
            claim_change(self.out, place.path, deletes=True)
            if whole and place.path != ".":
                self.doubt("everything below a directory is removed")
        elif place.path == "/":
            self.claim(ActionKind.DELETE_REPOSITORY, "", "removes everything")
        elif place.where is Where.SYSTEM:
            self.claim(ActionKind.ACCESS_HOST_FILESYSTEM, "", f"removes {place.path}")
        elif place.where is Where.SCRATCH:
            self._scratch(place.path)

    def hazards(self, args: Iterable[str] | None = None) -> None:
        """Look through arguments whose meaning is not known for paths that lead where none may, and name the files."""
        for arg in self.args if args is None else args:
            for text in _path_like(arg):
                place = self.place(text)
                if place.where is Where.WORKSPACE and place.path != ".":
                    self.out.name(place.path)

    def fetch(self, url: str) -> None:
        """It reads from or writes to the network."""
        found = _PLAIN_URL.fullmatch(url)
        if found and "\\" not in url and "@" not in url.partition("?")[0]:
            self.claim(ActionKind.FETCH, found.group(1).lower().rstrip("."), "reads from the network")
            return
        scheme = _URL.match(url)
        if scheme and scheme.group(1).lower() == "file":
            self.place("/" + url[scheme.end() :].lstrip("/"))
        self.claim(ActionKind.FETCH, "", "an address that cannot be read with certainty")
        self.doubt("an address that cannot be read with certainty")


def _path_like(arg: str) -> Iterable[str]:
    """The parts of an argument that may be paths."""
    text = arg
    if text.startswith("-"):
        name, equals, value = text.partition("=")
        # `-I/usr/include`, `--root=/x`; the name of an option is none.
        text = value if equals else (name[2:] if not name.startswith("--") else "")
    elif re.match(r"[A-Za-z_]\w*=", text):
        text = text.partition("=")[2]
    text = text.lstrip("@")
    if scheme := _URL.match(text):
        if scheme.group(1).lower() == "file":
            yield "/" + text[scheme.end() :].lstrip("/")
        return
    for piece in (text, *text.split(":")) if ":" in text else (text,):
        if "/" in piece or piece == ".." or piece.startswith(("~", "$")) or re.search(r"\w\.\w{1,8}$", piece):
            yield piece


Handler = Callable[[Invocation], None]


def joined(argv: Iterable[str]) -> str:
    """An argument vector as the subject of a claim."""
    return shlex.join(argv)
