"""Which libraries a program of this machine needs, read from its own header: nothing is run to find out."""

import functools
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

_MAGIC = b"\x7fELF"
_CLASS_64, _LITTLE = 2, 1
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_RPATH, _DT_RUNPATH = 1, 5, 10, 15, 29

_PLACES = ("lib", "usr/lib", "lib64", "usr/lib64", "usr/local/lib")


@attrs.frozen(kw_only=True)
class Needs:
    """What one ELF file asks the loader for."""

    interpreter: str = ""
    libraries: tuple[str, ...] = ()
    #: Directories to look in first, `$ORIGIN` filled in.
    paths: tuple[str, ...] = ()


@functools.lru_cache(maxsize=4096)
def needs(path: Path) -> Needs | None:
    """What it needs; None for what is no 64-bit little-endian ELF file."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
            if len(head) < 64 or head[:4] != _MAGIC or head[4] != _CLASS_64 or head[5] != _LITTLE:
                return None
            (table,) = struct.unpack_from("<Q", head, 32)
            size, count = struct.unpack_from("<HH", head, 54)
            file.seek(table)
            raw = file.read(size * count)
            headers = [struct.unpack_from("<IIQQQQQQ", raw, size * index) for index in range(count)]
            interpreter = ""
            loads: list[tuple[int, int, int]] = []
            dynamic = b""
            for kind, _, offset, address, _, length, _, _ in headers:
                if kind == _PT_LOAD:
                    loads.append((address, offset, length))
                elif kind == _PT_INTERP:
                    file.seek(offset)
                    interpreter = os.fsdecode(file.read(length).rstrip(b"\0"))
                elif kind == _PT_DYNAMIC:
                    file.seek(offset)
                    dynamic = file.read(length)
            entries = [struct.unpack_from("<qQ", dynamic, at) for at in range(0, len(dynamic) - 15, 16)]
            values = dict(entries)
            strings = b""
            for address, offset, length in loads:
                if address <= values.get(_DT_STRTAB, -1) < address + length:
                    file.seek(offset + values[_DT_STRTAB] - address)
                    strings = file.read(values.get(_DT_STRSZ, 0))
    except (OSError, struct.error, ValueError, OverflowError):
        return None

    def text(at: int) -> str:
        return os.fsdecode(strings[at : strings.find(b"\0", at)])

    origin = str(path.resolve().parent)
    paths = [text(value) for tag, value in entries if tag in {_DT_RPATH, _DT_RUNPATH}]
    return Needs(
        interpreter=interpreter,
        libraries=tuple(text(value) for tag, value in entries if tag == _DT_NEEDED),
        paths=tuple(
            place.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for line in paths for place in line.split(":")
        ),
    )


@functools.cache
def library_directories(root: Path = Path("/")) -> tuple[Path, ...]:
    """Where this machine's loader looks, in about its order."""
    found: list[Path] = list(_configured(root / "etc/ld.so.conf", root, 0))
    for place in _PLACES:
        found.append(root / place)
        found += sorted((root / place).glob("*-linux-*"))
    return tuple(dict.fromkeys(path for path in found if path.is_dir()))


def _configured(path: Path, root: Path, depth: int) -> Iterator[Path]:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        word = line.partition("#")[0].strip()
        if word.startswith("include ") and depth < 4:
            for included in sorted((root / "etc").glob(word.split()[1].removeprefix("/etc/"))):
                yield from _configured(included, root, depth + 1)
        elif word.startswith("/"):
            yield root / word.lstrip("/")


def locate(name: str, first: Sequence[str], root: Path = Path("/")) -> Path | None:
    """The file that the loader would take for a library's name."""
    if "/" in name:
        return Path(name) if Path(name).exists() else None
    for directory in (*map(Path, first), *library_directories(root)):
        candidate = directory / name
        if candidate.exists() and needs(candidate) is not None:
            return candidate
    return None
