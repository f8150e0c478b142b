"""An image made of this machine's own files: no registry, no base image, about a second."""

import io
import tarfile
from collections.abc import Iterator

from orion_tui.base.errors import OrionError
from orion_tui.core.sandbox.docker.engine import Engine, ImageInfo
from orion_tui.core.sandbox.docker.hostfiles import Entry, HostFiles
from orion_tui.core.sandbox.docker.names import IMAGE_LABEL, INPUTS_LABEL, REPOSITORY

TAG = "host"

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
_PIECE = 1 << 20


def current(engine: Engine, files: HostFiles) -> ImageInfo | None:
    """The image that was made of exactly these files, where there is one."""
    found = engine.image(f"{REPOSITORY}:{TAG}")
    return found if found is not None and found.labels.get(INPUTS_LABEL) == files.digest else None


def make(engine: Engine, files: HostFiles) -> ImageInfo:
    """Make it anew."""
    changes = [f"LABEL {IMAGE_LABEL}={TAG}", f"LABEL {INPUTS_LABEL}={files.digest}", f"ENV PATH={_PATH}"]
    identity = engine.import_image(archive(files), repository=REPOSITORY, tag=TAG, changes=changes)
    image = engine.image(identity)
    if image is None or image.labels.get(INPUTS_LABEL) != files.digest:
        raise OrionError("the engine did not keep the image that it was given")
    return image


def archive(files: HostFiles) -> Iterator[bytes]:
    """A tar stream: the same files give the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w|", format=tarfile.PAX_FORMAT, bufsize=tarfile.BLOCKSIZE) as tar:
        for entry in files.entries:
            _add(tar, entry)
            if buffer.tell() >= _PIECE:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
    yield buffer.getvalue()


def _add(tar: tarfile.TarFile, entry: Entry) -> None:
    info = tarfile.TarInfo(entry.path)
    info.mode = entry.mode & 0o7777
    info.mtime = entry.mtime
    if entry.target:
        info.type = tarfile.SYMTYPE
        info.linkname = entry.target
        tar.addfile(info)
    elif entry.source is not None:
        with entry.source.open("rb") as file:
            data = file.read()
        # Changed since it was looked at, it no longer fits the hash: the next build then makes the image anew.
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    elif entry.mode & 0o170000 == 0o040000:
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
    else:
        info.size = len(entry.data)
        tar.addfile(info, io.BytesIO(entry.data))
