"""What goes into the image of this machine: everything that it stands on, nothing of its owner's, always the same."""

import os
import tarfile
from pathlib import Path

import pytest

from orion_tui.base.errors import SandboxUnavailable
from orion_tui.core.sandbox.docker import elf, hostfiles, hostimage
from orion_tui.core.sandbox.docker.hostfiles import HostFiles

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def files() -> HostFiles:
    return hostfiles.collect()


def test_the_tools_that_work_needs_are_there(files: HostFiles) -> None:
    names = {Path(entry.path).name for entry in files.entries}
    assert {"sh", "bash", "python3", "git", "grep", "sed", "find", "tar", "diff", "ls", "passwd"} <= names


def test_everything_that_a_program_needs_comes_along(files: HostFiles) -> None:
    names = {Path(entry.path).name for entry in files.entries}
    for entry in files.entries:
        if entry.source is not None and entry.path.startswith("usr/bin/"):
            found = elf.needs(entry.source)
            assert found is None or {Path(name).name for name in found.libraries} <= names, entry.path


def test_every_link_leads_to_something_that_is_in(files: HostFiles) -> None:
    entries = {entry.path: entry for entry in files.entries}

    def resolved(path: str, hops: int = 0) -> str:
        real = ""
        parts = path.split("/")
        for index, part in enumerate(parts):
            if part in {"", "."}:
                continue
            if part == "..":
                real = real.rpartition("/")[0]
                continue
            real = f"{real}/{part}".lstrip("/")
            entry = entries.get(real)
            if entry is not None and entry.target and hops < 40:
                start = "" if entry.target.startswith("/") else real.rpartition("/")[0]
                return resolved("/".join([start, entry.target, *parts[index + 1 :]]), hops + 1)
        return real

    dangling = [entry.path for entry in files.entries if entry.target and resolved(entry.path) not in entries]
    assert dangling == []


def test_nothing_of_anybodys_is_in(files: HostFiles) -> None:
    tops = {entry.path.partition("/")[0] for entry in files.entries}
    assert not tops & {"opt", "srv", "mnt", "media", "boot"}
    for place in ("home", "root", "var", "run", "tmp", "workspace"):
        below = [entry.path for entry in files.entries if entry.path.startswith(f"{place}/")]
        assert below == (["home/agent"] if place == "home" else [])
    assert not [entry for entry in files.entries if entry.mode & 0o6000]
    assert not [entry for entry in files.entries if entry.path in {"etc/shadow", "etc/machine-id", "etc/hostname"}]


def test_the_same_machine_gives_the_same_bytes(files: HostFiles) -> None:
    again = hostfiles.collect()
    assert again.digest == files.digest
    few = HostFiles(entries=files.entries[:40], python=files.python, digest=files.digest)
    assert b"".join(hostimage.archive(few)) == b"".join(hostimage.archive(few))


def test_parents_come_before_what_is_in_them_and_names_once(files: HostFiles, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    with archive.open("wb") as file:
        for piece in hostimage.archive(files):
            file.write(piece)
    seen: set[str] = set()
    with tarfile.open(archive) as tar:
        for member in tar:
            assert member.name not in seen
            parent = member.name.rpartition("/")[0]
            assert not parent or parent in seen
            assert (member.uid, member.gid, member.uname) == (0, 0, "")
            seen.add(member.name)


def small_machine(root: Path) -> None:
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/lib").mkdir()
    (root / "bin").symlink_to("usr/bin")
    for name in ("sh", "git", "grep"):
        (root / "usr/bin" / name).write_text("#!/bin/sh\n")
        (root / "usr/bin" / name).chmod(0o4755)
        os.utime(root / "usr/bin" / name, (1000, 1000))
    # What is asked for its paths has to run; a link would leave the tree.
    (root / "usr/bin/python3.11").write_text("#!/bin/sh\necho /usr/lib/python3.11; echo /usr/lib/python3.11\n")
    (root / "usr/bin/python3.11").chmod(0o755)
    (root / "usr/lib/python3.11").mkdir()
    (root / "usr/lib/python3.11/os.py").write_text("")
    (root / "usr/lib/python3.11/sitecustomize.py").write_text("import spy")


def test_a_change_of_a_file_changes_the_hash_and_nothing_else_does(tmp_path: Path) -> None:
    small_machine(tmp_path)
    first = hostfiles.collect(tmp_path)
    assert "usr/lib/python3.11/os.py" in {entry.path for entry in first.entries}
    assert "usr/lib/python3.11/sitecustomize.py" not in {entry.path for entry in first.entries}
    assert {entry.mode for entry in first.entries if entry.path == "usr/bin/git"} == {0o755}
    (tmp_path / "usr/bin/unrelated").write_text("x")
    assert hostfiles.collect(tmp_path).digest == first.digest
    (tmp_path / "usr/bin/git").write_text("#!/bin/sh\n# newer\n")
    assert hostfiles.collect(tmp_path).digest != first.digest


def test_a_machine_without_python_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "usr/bin").mkdir(parents=True)
    with pytest.raises(SandboxUnavailable, match=r"Python 3\.9"):
        hostfiles.collect(tmp_path)


def test_what_is_no_elf_file_needs_nothing(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"\x7fELF")
    (tmp_path / "wild").write_bytes(b"\x7fELF\x02\x01" + b"\xff" * 200)
    assert elf.needs(tmp_path / "short") is None
    assert elf.needs(tmp_path / "wild") is None
    assert elf.needs(tmp_path / "none") is None
