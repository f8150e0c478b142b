"""What this process holds on to: threads, open files, and memory by what is in use.

What the kernel counts as resident also grows where nothing is kept, by pages that are half free; what the allocators
have handed out and not got back does not.
"""

import ctypes
import gc
import statistics
import sys
import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Self

import attrs


class _Malloc(ctypes.Structure):
    """`struct mallinfo2` of glibc 2.33."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


@attrs.frozen(kw_only=True)
class Held:
    """What is held now, or what more is held than before."""

    threads: int
    files: int
    #: Small pieces of memory in Python's own allocator: a few for each object.
    blocks: int
    #: Of everything else: long texts and bytes, and what libraries such as SQLite and OpenSSL keep.
    kilobytes: int

    @classmethod
    def now(cls) -> Self:
        """As it is, once nothing is left to collect."""
        gc.collect()
        ask = ctypes.CDLL(None).mallinfo2
        ask.restype = _Malloc
        malloc = ask()
        return cls(
            threads=threading.active_count(),
            files=len(list(Path("/proc/self/fd").iterdir())),
            blocks=sys.getallocatedblocks(),
            kilobytes=(malloc.uordblks + malloc.hblkhd) // 1024,
        )


def growth(held: Sequence[Held]) -> Held:
    """What was added from one time to the next, typically: the lower median.

    Something done for the first time grows once, whenever it comes; a leak grows every time.
    """
    rows = [attrs.astuple(one) for one in held]
    steps = [[after - before for before, after in zip(*pair, strict=True)] for pair in pairwise(rows)]
    threads, files, blocks, kilobytes = (int(statistics.median_low(column)) for column in zip(*steps, strict=True))
    return Held(threads=threads, files=files, blocks=blocks, kilobytes=kilobytes)
