"""Object ids computed here, so that content can be compared without asking git."""

import hashlib


def blob_id(data: bytes, object_format: str) -> str:
    """The id git gives a blob of these bytes; `object_format` is `sha1` or `sha256`."""
    header = b"blob %d\0" % len(data)
    if object_format == "sha256":
        return hashlib.sha256(header + data).hexdigest()
    return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()
