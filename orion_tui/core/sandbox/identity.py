"""Under which user a sandbox runs.

Started by an ordinary user, it is that user. Started by root it must not be: root passes by process limits, and files
under `/proc/sys` belong to it, in whatever namespace. Then each sandbox gets a uid of its own out of a range that no
distribution hands out, so that process limits count for each sandbox alone.
"""

import contextlib
import os
import pwd
import socket
from typing import Self

import attrs

from orion_tui.base.errors import SandboxError

#: 60578 to 61183 belong to nobody (systemd, "Users, Groups, UIDs and GIDs"), and fit the smallest container's map.
FIRST_UID = 60_600
COUNT = 512

#: Who work is inside.
INSIDE_UID = 1000


@attrs.define
class Identity:
    """A uid and gid to start a sandbox as; `release` gives them back."""

    uid: int
    gid: int
    #: Held while the sandbox lives. A name in the kernel, not a file: it goes with the process, however that ends.
    _claim: socket.socket | None = None

    @property
    def dropped(self) -> bool:
        """Whether this is not the user that Orion runs as."""
        return self._claim is not None

    @classmethod
    def claim(cls) -> Self:
        """This process's own identity, or a free one of the reserved range when it is root's."""
        if os.geteuid() != 0:
            return cls(os.getuid(), os.getgid())
        for uid in range(FIRST_UID, FIRST_UID + COUNT):
            with contextlib.suppress(KeyError):
                pwd.getpwuid(uid)
                continue  # somebody did hand it out
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                claim.bind(f"\0orion-sandbox-uid-{uid}")
            except OSError:
                claim.close()
                continue
            return cls(uid, uid, claim)
        raise SandboxError(f"all {COUNT} user ids for sandboxes are in use")

    def release(self) -> None:
        """Give the uid back; not before the sandbox is gone."""
        if self._claim is not None:
            self._claim.close()
            self._claim = None
