"""How trees travel as one stream of bytes: entries with content one way, stamps the other."""

from __future__ import annotations

import struct

#: Kind (`f` file, `x` executable, `l` link), bytes of path, bytes of content; path and content follow.
ENTRY = struct.Struct("!cIQ")

#: Kind, links, size, bytes of path, bytes of stamp, bytes of what; these three follow.
STAT = struct.Struct("!cIQIII")

FILE = b"f"
EXECUTABLE = b"x"
SYMLINK = b"l"
#: Something that may not cross; `what` says what it is.
OTHER = b"o"
#: Gone since the scan before.
REMOVED = b"-"

#: No path that can be opened by one system call is longer.
MAX_PATH = 4095
