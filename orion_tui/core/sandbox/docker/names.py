"""What Orion's things are called in an engine, and the labels that alone tell them from everybody else's."""

import hashlib
import os
import re
import socket
from pathlib import Path

from orion_tui.base.paths import OrionHome

_PREFIX = "orion.ara"
#: On every container and volume: which state directory it belongs to.
HOME_LABEL = f"{_PREFIX}.home"
SESSION_LABEL = f"{_PREFIX}.session"
OWNER_LABEL = f"{_PREFIX}.owner-uid"
#: Process that opened it: number, start and boot, as leases name processes.
PROCESS_LABEL = f"{_PREFIX}.process"
VERSION_LABEL = f"{_PREFIX}.version"
#: `work` or `hands`.
PART_LABEL = f"{_PREFIX}.part"

IMAGE_LABEL = f"{_PREFIX}.image"
#: Hash of what an image was made from.
INPUTS_LABEL = f"{_PREFIX}.inputs"

REPOSITORY = "orion-sandbox"

_UNFIT = re.compile(r"[^a-zA-Z0-9_.-]+")


def home_id(home: OrionHome) -> str:
    """Tells one state directory from every other, of this machine and of others that share an engine with it."""
    machine = _machine_id() or socket.gethostname()
    return hashlib.sha256(os.fsencode(home.root.resolve()) + b"\0" + machine.encode()).hexdigest()[:16]


def _machine_id(root: Path = Path("/")) -> str:
    try:
        return (root / "etc/machine-id").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def container_name(user: str, session_id: str, suffix: str = "") -> str:
    """`orion-ara-{user}-{session}`, made of characters that the engine takes."""
    name = f"orion-ara-{_fit(user) or 'user'}-{_fit(session_id[:12]) or 'session'}"
    return f"{name}-{suffix}" if suffix else name


def _fit(text: str) -> str:
    return _UNFIT.sub("-", text).strip("-.")[:32]
