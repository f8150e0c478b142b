"""One move at a time in a repository, and a way to tell whether the one that is journalled still runs.

The lock lives with Orion's state, not in the user's repository; the system lets go of it when its process dies.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Generator
from pathlib import Path

from orion_tui.base.errors import Busy
from orion_tui.base.text import display_path


@contextlib.contextmanager
def exclusive(run: Path, common_dir: Path) -> Generator[None]:
    """Hold the repository at `common_dir`; `run` is the directory of Orion's locks. Raises Busy when it is held."""
    name = hashlib.sha256(os.fsencode(common_dir)).hexdigest()[:16]
    handle = os.open(run / f"promote-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                f"another promotion or undo is running in {display_path(str(common_dir))}", hint="wait for it to end"
            ) from None
        yield
    finally:
        os.close(handle)
