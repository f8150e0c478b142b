"""The only place that runs git.

Through GitPython's command layer, always by argument list, never through a shell: stdin null unless input is given,
standard error piped, own session, and a time limit that kills the whole process group. `core.repo.trust` says what git
may see and run. GitPython costs some 0.1 s to import, so that happens at the first command.
"""

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Container, Generator, Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from orion_tui.base.errors import GitError, GitKilled, UsageError
from orion_tui.base.text import CleanText, clean
from orion_tui.core.repo import trust

if TYPE_CHECKING:
    import git.cmd

#: `merge-tree --write-tree` and `safe.bareRepository` arrived with it.
MINIMUM_GIT = (2, 38)

#: Seconds a command may take unless the caller knows better; importing a large tree does.
TIMEOUT = 120.0

#: The names of filters' settings, for `Git.config_names`.
FILTERS = r"^filter\..*\."

#: One word of a command line; bytes for names that are not UTF-8.
Word = str | bytes
#: `bytes`, under another name: the class below has a method of that name.
Raw = bytes

_INSTALL_HINT = "install git 2.38 or newer (Debian, Ubuntu: apt install git)"
_STDERR_KEPT = 64 * 1024


class Git:
    """git on one repository with one trust. Holds no process and no lock; any thread may use it."""

    def __init__(
        self, path: Path, *, prefix: tuple[str, ...], environment: Mapping[str, str], config: Mapping[str, str]
    ) -> None:
        self.path = path
        self._prefix = prefix
        self._environment = dict(environment)
        self._config = dict(config)

    @classmethod
    def user(cls, path: Path, *, config: Mapping[str, str] | None = None) -> "Git":
        """git in the user's repository at or around `path`, with their configuration.

        Filters (LFS, line endings) are the user's and do run where git converts content: use commands that do not,
        or pass `config` that switches them off. Give `diff` commands `NO_DRIVERS`.
        """
        # GitPython runs in the current directory when `path` cannot be entered; git itself refuses.
        prefix = ("-C", str(path.absolute()))
        return cls(path, prefix=prefix, environment=trust.user_environment(config), config=config or {})

    @classmethod
    def owned(cls, path: Path, *, config: Mapping[str, str] | None = None) -> "Git":
        """git in a bare repository of Orion's, whose content is not trusted."""
        environment = trust.owned_environment(config)
        return cls(path, prefix=(f"--git-dir={path}",), environment=environment, config=config or {})

    def configured(self, config: Mapping[str, str]) -> "Git":
        """The same repository of the user's with these settings over their own."""
        return Git.user(self.path, config={**self._config, **config})

    def filterless(self) -> "Git":
        """The same repository of the user's with every configured filter off, so that looking runs no program.

        What a filter would have converted compares by its raw bytes then: an LFS file may look changed.
        """
        return self.without_filters(self.config_names(FILTERS))

    def without_filters(self, names: Iterable[str]) -> "Git":
        """`filterless`, where the names of the settings are known: what `config_names` found by `FILTERS`."""
        config: dict[str, str] = {}
        for name in sorted({key.rpartition(".")[0] for key in names}):
            config |= {f"{name}.clean": "", f"{name}.smudge": "", f"{name}.process": "", f"{name}.required": "false"}
        return self.configured(config)

    def config_names(self, pattern: str) -> frozenset[str]:
        """Names of the settings that match a regular expression, as git spells them (`core.sparsecheckout`)."""
        status, listed, _ = self.status("config", "--name-only", "-z", "--get-regexp", pattern)
        return frozenset(key for key in os.fsdecode(listed).split("\0") if key) if status == 0 else frozenset()

    def text(
        self,
        *args: Word,
        input: Raw | None = None,
        ok: Container[int] = (0,),
        timeout: float = TIMEOUT,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Standard output without its last newline, undecodable bytes in surrogateescape form.

        Raises GitError when the exit status is not in `ok`, or when it took longer than `timeout` seconds.
        """
        output = self.bytes(*args, input=input, ok=ok, timeout=timeout, env=env)
        return os.fsdecode(output.removesuffix(b"\n"))

    def bytes(
        self,
        *args: Word,
        input: Raw | None = None,
        ok: Container[int] = (0,),
        timeout: float = TIMEOUT,
        env: Mapping[str, str] | None = None,
    ) -> Raw:
        """Standard output as it is. Raises like `text`."""
        status, output, errors = self._complete(args, input, timeout, env)
        if status not in ok:
            raise failure(args, status, errors)
        return output

    def status(
        self,
        *args: Word,
        input: Raw | None = None,
        timeout: float = TIMEOUT,
        env: Mapping[str, str] | None = None,
    ) -> tuple[int, Raw, str]:
        """Exit status, standard output, cleaned standard error.

        Raises GitError only when git could not run, took too long, or was killed: callers read a status that is not
        0 as a no, and a git that was killed has not said that.
        """
        status, output, errors = self._complete(args, input, timeout, env)
        if status < 0:
            raise failure(args, status, errors)
        return status, output, clean(errors).strip()

    @contextlib.contextmanager
    def process(
        self, *args: Word, ok: Container[int] = (0,), env: Mapping[str, str] | None = None
    ) -> "Generator[GitProcess]":
        """A command to talk to (`cat-file --batch`, `fast-import`, `update-ref --stdin`).

        Leaving the block closes its input and waits; GitError when its exit status is not in `ok`. Leaving by an
        exception kills it.
        """
        process = GitProcess(args, self._start(args, subprocess.PIPE, env))
        try:
            yield process
        except BrokenPipeError:
            process.finish(ok)  # it ended before its input did, and says why
            raise GitError(f"{describe(args)} ended before its input did") from None
        except BaseException:
            process.kill()
            raise
        process.finish(ok)

    def _complete(
        self, args: tuple[Word, ...], input: Raw | None, timeout: float, env: Mapping[str, str] | None
    ) -> tuple[int, Raw, Raw]:
        process = self._start(args, None if input is None else subprocess.PIPE, env)
        try:
            output, errors = process.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            _kill_group(process)
            raise GitError(
                f"{describe(args)} did not finish within {timeout:g} seconds and was stopped",
                hint="the repository may be very large or on a slow disk",
            ) from None
        except BaseException:
            _kill_group(process)
            raise
        return process.returncode, output or b"", errors or b""

    def _start(
        self, args: tuple[Word, ...], stdin: int | None, env: Mapping[str, str] | None
    ) -> "subprocess.Popen[Raw]":
        environment = {**self._environment, **(env or {})}
        # GitPython always starts from the caller's environment, so what must not pass is taken out on the way.
        scrub = [part for name in trust.leaked(os.environ, environment) for part in ("-u", name)]
        command = [*(["env", *scrub] if scrub else []), git_executable(), *self._prefix, *map(os.fsdecode, args)]
        try:
            started = _commands(self.path).execute(
                command, istream=stdin, as_process=True, env=environment, shell=False, start_new_session=True
            )
        except OSError as error:
            raise GitError(f"{describe(args)} could not start in {self.path}: {error.strerror}") from error
        # Its wrapper would terminate the process when collected; this module owns it from here.
        process = cast("subprocess.Popen[Raw]", started.proc)  # pyright: ignore[reportUnknownMemberType] - GitPython leaves it open
        started.proc = None
        return process


class GitProcess:
    """A running git command: `stdin` and `stdout` are binary, standard error is collected aside (64 KiB kept)."""

    def __init__(self, args: tuple[Word, ...], process: "subprocess.Popen[bytes]") -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise GitError(f"{describe(args)} started without its pipes")
        self.stdin: IO[bytes] = process.stdin
        self.stdout: IO[bytes] = process.stdout
        self._args = args
        self._process = process
        self._errors = bytearray()
        self._killed = False
        self._drain = threading.Thread(
            target=self._collect, args=(process.stderr,), name=f"git-stderr-{process.pid}", daemon=True
        )
        self._drain.start()

    @property
    def errors(self) -> CleanText:
        """What it said so far on standard error."""
        return clean(bytes(self._errors))

    def finish(self, ok: Container[int] = (0,), *, timeout: float = TIMEOUT) -> int:
        """Close its input, wait, and return the exit status. GitError when that is not in `ok`.

        One that was killed on purpose has ended; its status says nothing.
        """
        if self._killed:
            return self._process.returncode
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise GitError(f"{describe(self._args)} did not end within {timeout:g} seconds and was stopped") from None
        self._drain.join(timeout)
        self._close()
        if status not in ok:
            raise failure(self._args, status, bytes(self._errors))
        return status

    def kill(self) -> None:
        """End it and everything it started, now."""
        self._killed = True
        _kill_group(self._process, close=False)
        self._drain.join(5)
        self._close()

    def _collect(self, stream: IO[bytes]) -> None:
        # Never left unread: git blocks on a full pipe.
        while chunk := stream.read(8192):
            if (room := _STDERR_KEPT - len(self._errors)) > 0:
                self._errors += chunk[:room]

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):
                    stream.close()


#: For every `diff`, `diff-tree`, `log -p` and `show`: the user's drivers may be set by attributes of the tree.
NO_DRIVERS = ("--no-ext-diff", "--no-textconv")


def describe(args: tuple[Word, ...]) -> CleanText:
    """`git fast-import ...` on one short line."""
    words = [os.fsdecode(arg) for arg in args]
    line = " ".join(["git", *words[:8], *(["…"] if len(words) > 8 else [])])
    return clean(line if len(line) <= 200 else line[:200] + "…", keep_newlines=False)


def failure(args: tuple[Word, ...], status: int, errors: bytes) -> GitError:
    """The error for a git command that ended badly: command, status, and what it said."""
    how = f"exit status {status}" if status >= 0 else f"signal {-status}"
    said = clean(errors[-4000:]).strip()
    kind = GitError if status >= 0 else GitKilled
    return kind(f"{describe(args)} failed with {how}" + (f": {said}" if said else ""))


@functools.cache
def git_executable() -> str:
    """Absolute path of git. UsageError with what to install when there is none.

    Relative entries of PATH do not count: they would run whatever lies in the directory a command stands in.
    """
    search = os.pathsep.join(p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(p).is_absolute())
    found = shutil.which("git", path=search)
    if found is None:
        raise UsageError("git was not found on PATH", hint=_INSTALL_HINT)
    return found


@functools.cache
def git_version() -> tuple[int, ...]:
    """`(2, 39, 5)`. UsageError when git is missing, GitError when it does not say its version."""
    said = Git.user(Path("/")).text("version", timeout=30)
    match = re.search(r"(\d+(?:\.\d+)+)", said)
    if match is None:
        raise GitError(f"git does not say its version: {clean(said, keep_newlines=False)[:80]}")
    return tuple(int(part) for part in match[1].split("."))


def require_git() -> None:
    """UsageError that names the fix when git is missing or older than 2.38."""
    version = git_version()
    if version < MINIMUM_GIT:
        shown = ".".join(map(str, version))
        raise UsageError(f"git {shown} is too old: Orion needs 2.38 or newer", hint=_INSTALL_HINT)


def _commands(path: Path) -> "git.cmd.Git":
    git_executable()  # before the import, which fails with a page of advice when git is missing
    from git.cmd import Git as Commands

    return Commands(path)


def _kill_group(process: "subprocess.Popen[bytes]", *, close: bool = True) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if close:
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):
                    stream.close()
