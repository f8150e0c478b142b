"""What an external tool is called before a model: `tracker__create_issue`, in the signs that all providers allow."""

import hashlib
import re

#: Characters of a name that providers allow.
LONGEST = 64
#: A tool's own name as the protocol has it. Others are not offered: what stands in rules and logs must be readable.
TOOL = re.compile(r"[A-Za-z0-9_.-]{1,128}")

_SEPARATOR = "__"


def offered_name(server: str, tool: str) -> str:
    """The name of a server's tool. No tool of Orion's has a `__` in its name, so none can be posed as."""
    plain = f"{server}{_SEPARATOR}{re.sub(r'[^A-Za-z0-9_-]', '_', tool)}"
    if len(plain) <= LONGEST and plain == f"{server}{_SEPARATOR}{tool}":
        return plain
    # Shortened or respelled: the mark keeps it apart from others that come to the same.
    mark = hashlib.sha256(f"{server}/{tool}".encode()).hexdigest()[:8]
    return f"{plain[: LONGEST - 9]}_{mark}"


def server_of(name: str) -> str:
    """The server that an offered name speaks of; empty where it is none."""
    server, separator, _ = name.partition(_SEPARATOR)
    return server if separator else ""
