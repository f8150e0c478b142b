"""Kingfisher, the maintained rule set: a program that is fed files and answers in JSON lines.

It runs without network, home, configuration or inline suppressions, on copies in a private scratch folder, named by
object id so that neither a name nor an ignore file of the tree means anything to it. Its answer counts only when it
ended as it should, read every file, and found the *canary*: a token made up for this run. Everything else is a failure,
and a failure never passes as "nothing found".

Its output holds raw values. They stay in memory: nothing is written, and no error repeats what the program said.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

#: Exit statuses: nothing found, something found.
_ENDED = frozenset({0, 200})
_CANARY = "canary"
_FRESH_SECONDS = 60.0
# Twice what may be scanned at most (GATE-3), so that a full scan cannot fill the machine's memory.
_LEAST_ROOM = 512 * 1024 * 1024
_MOST_OUTPUT = 256 * 1024 * 1024


class ScannerFailed(Exception):
    """The scan cannot be relied on; the text says why, without anything that was scanned."""


class RawFinding(NamedTuple):
    """One answer. `value` is raw: it must not leave the package."""

    file: str
    line: int
    rule: str
    value: bytes

    def __repr__(self) -> str:
        return f"RawFinding({self.rule!r}, {self.file}:{self.line})"


def find() -> Path | None:
    """The program of the package `kingfisher-bin`: its own file, beside this Python, else on PATH. None without it."""
    spec = importlib.util.find_spec("kingfisher")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if os.access(program := Path(place) / "bin" / "kingfisher", os.X_OK):
            return program
    # Not resolved: a virtual environment's Python is a link to the system's, its programs stand beside the link.
    beside = str(Path(sys.executable).parent)
    found = shutil.which("kingfisher", path=beside) or shutil.which("kingfisher")
    return Path(found) if found else None


@contextlib.contextmanager
def scratch(cache: Path, *, memory: Path = Path("/dev/shm")) -> Generator[Path, None, None]:  # noqa: S108  # mkdtemp below
    """A 0700 folder that is gone afterwards; ones that a killed process left behind go first.

    In memory where the system offers that and has room: what is scanned then never touches the disk. Else in `cache`.
    """
    parent = memory if _has_room(memory) else cache
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    prefix = f"orion-scan-{os.geteuid()}-"
    for old in parent.glob(f"{prefix}*"):
        _remove_stale(old)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        (folder / "files").mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _has_room(place: Path) -> bool:
    try:
        system = os.statvfs(place)
    except OSError:
        return False
    return os.access(place, os.W_OK | os.X_OK) and system.f_bavail * system.f_frsize >= _LEAST_ROOM


def _remove_stale(folder: Path) -> None:
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        status = os.fstat(held)
        # A fresh one may belong to a scan that has not locked it yet.
        if status.st_uid == os.geteuid() and time.time() - status.st_mtime > _FRESH_SECONDS:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass  # in use
    finally:
        os.close(held)


class Run:
    """One run over the files of a folder, started at once; `finish` waits for it."""

    def __init__(self, program: Path, folder: Path, *, rule_cache: Path) -> None:
        """`folder` holds the files to scan in `files/`. Raises ScannerFailed when the program cannot be started."""
        self._canary = "gh" + "p_" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(36))
        files = folder / "files"
        _write(files / _CANARY, f"{self._canary}\n".encode("ascii"))
        self._expected = sum(1 for _ in files.iterdir())
        temporary = folder / "tmp"
        temporary.mkdir(mode=0o700, exist_ok=True)
        command = [
            str(program),
            "scan",
            str(files),
            "--format=jsonl",
            "--no-validate",
            "--no-update-check",
            "--no-dedup",
            "--no-ignore",
            "--no-extract-archives",  # `views` unpacks, within bounds
            "--confidence=low",
            "--git-history=none",
            "--max-file-size=0",
            f"--rule-cache-dir={rule_cache}",
            "--quiet",
        ]
        environment = {
            "HOME": str(temporary),
            "TMPDIR": str(temporary),
            "XDG_CONFIG_HOME": str(temporary),
            "XDG_CACHE_HOME": str(temporary),
            "PATH": os.defpath,
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
        }
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=temporary,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise ScannerFailed(f"the scanner kingfisher cannot be started: {error.strerror}") from None

    def finish(self, *, timeout: float) -> list[RawFinding]:
        """What it found. Raises ScannerFailed."""
        try:
            output, _ = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise ScannerFailed(f"the scanner kingfisher did not end within {timeout:.0f} s") from None
        finally:
            self.stop()
        if self._process.returncode not in _ENDED:
            raise ScannerFailed(f"the scanner kingfisher failed with status {self._process.returncode}")
        if len(output) > _MOST_OUTPUT:
            raise ScannerFailed("the scanner kingfisher found more than can be listed")
        try:
            findings, scanned = _parse(output)
        except (ValueError, KeyError, TypeError, IndexError):
            raise ScannerFailed("the scanner kingfisher gave an answer that cannot be read") from None
        if scanned != self._expected:
            raise ScannerFailed(f"the scanner kingfisher read {scanned} of {self._expected} objects")
        canary = [found for found in findings if found.file == _CANARY]
        if self._canary.encode("ascii") not in {found.value for found in canary}:
            raise ScannerFailed("the scanner kingfisher did not find the token that was planted for it")
        return [found for found in findings if found.file != _CANARY]

    def stop(self) -> None:
        """End it and what it started; harmless when it has ended."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()


def write_object(folder: Path, name: str, data: bytes) -> None:
    """Put an object where `Run` finds it."""
    # It passes by what begins like a zip archive, unread; with a blank before it the file is read like any other.
    _write(folder / "files" / name, b" " + data if data.lstrip(b" ").startswith(b"PK") else data)


def read_object(folder: Path, name: str) -> bytes:
    """What `write_object` was given."""
    data = (folder / "files" / name).read_bytes()
    return data[1:] if data.lstrip(b" ").startswith(b"PK") else data


def _write(path: Path, data: bytes) -> None:
    # O_EXCL and 0600: the folder is private, but so is the file from its first byte.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _parse(output: bytes) -> tuple[list[RawFinding], int]:
    """The findings, and how many objects were read to the end."""
    findings: list[RawFinding] = []
    scanned = -1
    for line in output.splitlines():
        entry: dict[str, Any] = json.loads(line)
        if "finding" in entry:
            found = entry["finding"]
            rule = str(entry["rule"]["name"])
            value = str(found["snippet"]).encode("utf-8", "surrogateescape")
            findings.append(RawFinding(Path(str(found["path"])).name, int(found["line"]), rule, value))
        elif "audit" in entry:
            summary = entry["audit"]["summary"]
            if int(summary["scan_failed"]) or int(summary["scan_partial"]):
                return findings, -1
            scanned = sum(int(place["stats"]["blobs_scanned"]) for place in entry["audit"]["repositories"])
    return findings, scanned
