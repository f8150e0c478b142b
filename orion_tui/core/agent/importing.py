"""Importing what is large and stays for good: the libraries that speak to language models."""

import contextlib
import gc
import sys
import threading
from collections.abc import Generator

#: A command line of httpx's, with a renderer for terminals under it; httpx does without where it cannot be imported.
_NOT_WANTED = "httpx._main"

#: As many modules may come in by the way, in another thread.
_FEW = 50

_lock = threading.Lock()


@contextlib.contextmanager
def heavy_imports() -> Generator[None]:
    """A block of imports whose many thousand objects the garbage collector leaves alone, then and later.

    While they come in it would look at all of them time and again, a sixth of the whole import; afterwards with each of
    its full rounds, for a tenth of a second in which no thread runs. For one thread at a time; others wait.
    """
    with _lock:
        before = len(sys.modules)
        collecting = gc.isenabled()
        gc.disable()
        unwanted = _NOT_WANTED not in sys.modules
        if unwanted:
            sys.modules[_NOT_WANTED] = None  # type: ignore[assignment]  # how Python spells "not to be imported"
        try:
            yield
        finally:
            if unwanted:
                del sys.modules[_NOT_WANTED]
            if len(sys.modules) > before + _FEW:
                # Once: whatever else lives then is never collected, and a supervisor comes here for each wire it opens.
                gc.freeze()
            if collecting:
                gc.enable()
