"""What of this machine goes into the image that is made from it: the tools that work needs, and what those stand on.

Chosen by name and found by path. Nothing of home, `/opt`, `/var` or of the machine's own configuration comes along.
"""

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from orion_tui.base.errors import SandboxUnavailable
from orion_tui.core.sandbox import diagnosis
from orion_tui.core.sandbox.arguments import ETC
from orion_tui.core.sandbox.docker import elf
from orion_tui.core.sandbox.interpreter import candidates

#: Changes when what is made of the same files would be another image.
LAYOUT = 1

#: Programs by name; those that are not here are done without.
_PROGRAMS = tuple(
    """
    [ arch awk b2sum base32 base64 basename bash bunzip2 bzcat bzip2 cat chgrp chmod chown cksum clear cmp col column
    comm cp csplit cut dash date dd df diff diff3 dir dircolors dirname du echo egrep env expand expr factor false
    fgrep file find flock fmt fold gawk getconf getopt git grep groups gunzip gzip head hexdump hostid hostname iconv id
    install join kill less ln locale logname look ls make mawk md5sum mkdir mkfifo mknod mktemp more mv nice nl nohup
    nproc numfmt od openssl paste patch pathchk perl pgrep pip pip3 pkill pr printenv printf ps ptx pwd pwdx readlink
    realpath rename renice rev rg rm rmdir script sdiff sed seq setsid sh sha1sum sha224sum sha256sum sha384sum
    sha512sum shred shuf sleep sort split sqlite3 stat stdbuf stty sum sync tac tail tar tee test timeout top touch tput
    tr true truncate tsort tty tzselect uname unexpand uniq unlink unxz unzip uptime users vdir vi wc whoami which who
    xargs xxd xz xzcat yes zcat zcmp zdiff zgrep zip zless zmore zstd
    """.split()
)
_PLACES = ("usr/bin", "bin", "usr/local/bin", "usr/sbin", "sbin")
#: Directories that come whole.
_TREES = (
    "usr/share/git-core",
    "usr/share/ca-certificates",
    "usr/share/zoneinfo",
    "usr/lib/locale/C.utf8",
    "usr/lib/locale/C.UTF-8",
    "usr/lib/file",
    "etc/ssl/certs",
    "usr/lib/terminfo",
    "lib/terminfo",
)
_FILES = (
    "etc/ssl/openssl.cnf",
    "etc/mime.types",
    "etc/protocols",
    "etc/services",
    "usr/lib/ssl/openssl.cnf",
    "usr/share/misc/magic.mgc",
    "usr/share/file/magic.mgc",
)
_TERMINALS = ("a/ansi", "d/dumb", "l/linux", "s/screen", "s/screen-256color", "v/vt100", "x/xterm", "x/xterm-256color")
#: Loaded by name while running: no header tells of them.
_LOADED = ("libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2")
#: Of Python's own library, what only tests, windows and those who link against it need.
_WITHOUT = frozenset(
    {"test", "idlelib", "tkinter", "turtledemo", "lib2to3", "site-packages", "dist-packages", "ensurepip", "config-"}
)
#: The same time zones once more, by other rules.
_WITHOUT_ZONES = frozenset({"right", "posix"})
_PACKAGES = ("pip", "setuptools", "pkg_resources", "wheel", "_distutils_hack")
_SKIPPED_NAMES = frozenset({"sitecustomize.py", "usercustomize.py"})

#: Made for every image, with their modes.
_DIRECTORIES = {
    "tmp": 0o1777,
    "proc": 0o555,
    "sys": 0o555,
    "dev": 0o755,
    "run": 0o755,
    "home": 0o755,
    "home/agent": 0o755,
    "workspace": 0o755,
    "etc": 0o755,
    "root": 0o700,
    "var": 0o755,
}
_GENERATED = {
    path.lstrip("/"): text
    for path, text in ETC.items()
    if path in {"/etc/passwd", "/etc/group", "/etc/nsswitch.conf"}  # the engine makes the others
}


@attrs.frozen(kw_only=True)
class Entry:
    """One file, link or directory of the image."""

    #: Below the root, without a slash in front.
    path: str
    mode: int
    #: Whole seconds: compiled Python names those of its source.
    mtime: int = 0
    #: Where its bytes come from; None for what has none, or brings them.
    source: Path | None = None
    size: int = 0
    #: What a symbolic link says.
    target: str = ""
    #: The bytes of a generated file.
    data: bytes = b""


@attrs.frozen(kw_only=True)
class HostFiles:
    """Everything that goes in, in order, and what it was made from as one hash."""

    entries: tuple[Entry, ...]
    python: str
    digest: str


def collect(root: Path = Path("/")) -> HostFiles:
    """Look through this machine: about a tenth of a second, and nothing is read but names and headers.

    Raises SandboxUnavailable where there is no Python for the server inside, or no shell.
    """
    pythons = candidates(root)
    if not pythons:
        raise SandboxUnavailable(
            "no Python 3.9 or later is installed in /usr, and the image needs one",
            hint=diagnosis.install_hint("python"),
        )
    gathered = _Gathering(root)
    python = pythons[0]
    for name in (*_PROGRAMS, Path(python).name, "python3"):
        for place in _PLACES:
            if (root / place / name).exists():
                gathered.add(f"{place}/{name}")
                break
    if "usr/bin/sh" not in gathered and "bin/sh" not in gathered:
        raise SandboxUnavailable("there is no /bin/sh on this machine, and the image needs one")
    gathered.add(python.lstrip("/"))
    for tree in _TREES:
        gathered.add_tree(tree, without=_WITHOUT_ZONES)
    for file in (*_FILES, *(f"usr/share/terminfo/{name}" for name in _TERMINALS)):
        gathered.add(file)
    _add_python(gathered, root, python)
    if (core := _git_core(root)) is not None:
        gathered.add_tree(core)
    for name in _LOADED:
        if (library := elf.locate(name, (), root)) is not None:
            gathered.add(str(library.relative_to(root)))
    return HostFiles(entries=gathered.finish(), python=python, digest=gathered.digest())


def _add_python(gathered: "_Gathering", root: Path, python: str) -> None:
    program = "import sysconfig; p = sysconfig.get_paths(); print(p['stdlib'], p['platstdlib'], sep='\\n')"
    done = subprocess.run(
        [str(root / python.lstrip("/")), "-I", "-S", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if done.returncode:
        raise SandboxUnavailable(f"{python} does not work: {done.stderr.strip()[-300:]}")
    places = dict.fromkeys(place.lstrip("/") for place in done.stdout.split())
    for place in places:
        gathered.add_tree(place, without=_WITHOUT)
    for directory in (
        "usr/lib/python3/dist-packages",
        *(f"{p.lstrip('/')}/site-packages" for p in done.stdout.split()),
    ):
        for name in _PACKAGES:
            gathered.add_tree(f"{directory}/{name}")
            for described in sorted((root / directory).glob(f"{name}-*.*-info")):
                gathered.add_tree(str(described.relative_to(root)))


def _git_core(root: Path) -> str | None:
    for place in ("usr/lib/git-core", "usr/libexec/git-core"):
        if (root / place).is_dir():
            return place
    return None


class _Gathering:
    """Paths with everything that they stand on: links on their way, directories above, libraries."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = str(root).rstrip("/")
        self._entries: dict[str, Entry] = {}
        #: Where directories that were walked to really are: most files lie in few of them.
        self._real: dict[str, str | None] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._entries or str(self._resolved(path)) in self._entries

    def _resolved(self, path: str) -> Path:
        return (self._root / path).resolve().relative_to(self._root.resolve())

    def add(self, path: str) -> None:
        """A file or link. What is not there, or may not be read, is left out."""
        pending = [path]
        while pending:
            current = pending.pop()
            if (real := self._walk(current)) is None or real in self._entries:
                continue
            source = Path(f"{self._top}/{real}")
            status = os.lstat(source)
            if not stat.S_ISREG(status.st_mode) or not os.access(source, os.R_OK):
                continue
            # Neither setuid nor what only root may read or write.
            mode = 0o755 if status.st_mode & 0o111 else 0o644
            self._entries[real] = Entry(
                path=real, mode=mode, mtime=int(status.st_mtime), source=source, size=status.st_size
            )
            if mode == 0o755 or ".so" in source.name:
                pending += self._needed(source)

    def add_tree(self, path: str, *, without: frozenset[str] = frozenset()) -> None:
        """A directory with everything below it."""
        if not (self._root / path).is_dir():
            return
        if (top := self._walk(path)) is None:
            return
        for directory, names, files in os.walk(self._root / top):
            below = os.path.relpath(directory, self._root)
            kept = sorted(name for name in names if below != top or not _is_in(name, without))
            names[:] = [name for name in kept if not os.path.islink(f"{directory}/{name}")]  # noqa: PTH114
            for name in (*files, *(set(kept) - set(names))):
                if name not in _SKIPPED_NAMES:
                    self.add(f"{below}/{name}")

    def finish(self) -> tuple[Entry, ...]:
        """Everything, parents before what is in them."""
        for path, mode in _DIRECTORIES.items():
            self._entries[path] = Entry(path=path, mode=stat.S_IFDIR | mode)
        for path, text in _GENERATED.items():
            self._entries[path] = Entry(path=path, mode=0o644, data=text.encode())
        for path in list(self._entries):
            self._parents(path)
        return tuple(self._entries[path] for path in sorted(self._entries))

    def digest(self) -> str:
        """One hash of everything that would change the image: names, kinds, sizes and times."""
        text = hashlib.sha256(f"layout {LAYOUT}\n".encode())
        for path, entry in sorted(self._entries.items()):
            line = f"{path}\0{entry.mode:o}\0{entry.mtime}\0{entry.size}\0{entry.target}\0"
            text.update(os.fsencode(line) + entry.data + b"\n")
        return text.hexdigest()

    # -- inside

    def _walk(self, path: str) -> str | None:
        """Follow the links of a path, adding each: where it really is. None where it is nowhere."""
        parent, _, name = path.rpartition("/")
        if parent not in self._real:
            self._real[parent] = self._follow(parent, "")
        above = self._real[parent]
        return None if above is None else self._follow(name, above)

    def _follow(self, path: str, real: str) -> str | None:
        parts = path.split("/")
        hops = 0
        while parts:
            part = parts.pop(0)
            if part in {"", "."}:
                continue
            if part == "..":
                real = real.rpartition("/")[0]
                continue
            candidate = f"{real}/{part}" if real else part
            source = f"{self._top}/{candidate}"
            try:
                target = os.readlink(source)  # noqa: PTH115  the text itself, whatever it is
            except OSError:
                target = ""
            if target:
                hops += 1
                if hops > 40 or not os.path.exists(source):  # noqa: PTH110  thousands of times
                    return None
                self._entries[candidate] = Entry(path=candidate, mode=stat.S_IFLNK | 0o777, target=target)
                parts = [*target.split("/"), *parts]
                if target.startswith("/"):
                    real = ""
                continue
            if not os.path.lexists(source):
                return None
            real = candidate
        return real

    def _parents(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        while parent and parent not in self._entries:
            self._entries[parent] = Entry(path=parent, mode=stat.S_IFDIR | 0o755)
            parent = parent.rpartition("/")[0]

    def _needed(self, source: Path) -> Iterable[str]:
        found = elf.needs(source)
        if found is None:
            yield from _script_interpreter(source)
            return
        if found.interpreter:
            yield found.interpreter.lstrip("/")
        for name in found.libraries:
            library = elf.locate(name, found.paths, self._root)
            if library is not None:
                yield os.path.relpath(library, self._root)


def _is_in(name: str, without: frozenset[str]) -> bool:
    """Whether it is one of the names, or begins like one that ends with a dash."""
    return name in without or any(entry.endswith("-") and name.startswith(entry) for entry in without)


def _script_interpreter(source: Path) -> Iterator[str]:
    """The program of a `#!` line, without arguments."""
    with source.open("rb") as file:
        head = file.read(256)
    if head.startswith(b"#!"):
        words = os.fsdecode(head[2:].split(b"\n")[0]).split()
        if words and words[0].startswith("/"):
            yield words[0].lstrip("/")
