"""What the terminal can do, told from the environment before Textual is imported.

Textual reads its switches at import, so `prepare` must run first. Nothing here writes to the terminal or asks it.
"""

import os
import select
import sys
from collections.abc import Mapping, MutableMapping

import attrs

#: Terminals that draw no box lines or geometric signs worth relying on.
_POOR = frozenset({"dumb", "vt100", "vt220", "ansi", "linux-m", "unknown"})
_SIXTEEN = frozenset({"linux", "screen", "xterm", "rxvt", "cygwin"})

#: Below this nothing useful fits; a message says so instead.
MINIMUM_WIDTH = 60
MINIMUM_HEIGHT = 16


@attrs.frozen(kw_only=True)
class Terminal:
    """The terminal as far as the environment tells."""

    #: Draw with ASCII only.
    ascii: bool
    #: The person asked for no colour (`NO_COLOR`, any value but the empty one).
    no_color: bool
    #: 16 colours at most: the theme must use the terminal's own.
    few_colors: bool
    #: It has a title that programs set.
    title: bool
    #: The far end of a network link: few bytes, nothing that moves.
    remote: bool


def detect(environ: Mapping[str, str] = os.environ) -> Terminal:
    """Read the environment. `ORION_ASCII=1` forces ASCII; `=0` forbids it."""
    term = environ.get("TERM", "")
    forced = environ.get("ORION_ASCII", "")
    return Terminal(
        ascii=forced == "1" or (forced != "0" and (term in _POOR or term == "linux" or not _speaks_utf8(environ))),
        no_color=bool(environ.get("NO_COLOR")) or term in _POOR,
        few_colors=term in _SIXTEEN and "COLORTERM" not in environ,
        title=term not in _POOR and term != "linux",
        remote=any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")),
    )


def prepare(terminal: Terminal, theme: str = "dark", environ: MutableMapping[str, str] = os.environ) -> None:
    """Set Textual's switches: no animation anywhere, few frames over a network. Call before importing Textual.

    What the person set themselves stays.
    """
    environ["TEXTUAL_THEME"] = "ansi" if terminal.no_color else theme
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    if terminal.remote:
        environ.setdefault("TEXTUAL_FPS", "15")
    # Textual takes an empty NO_COLOR for a wish; the convention says that only a value is one.
    if not terminal.no_color:
        environ.pop("NO_COLOR", None)
    else:
        environ["NO_COLOR"] = "1"


def _speaks_utf8(environ: Mapping[str, str]) -> bool:
    wish = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if not wish or wish in {"C", "POSIX"}:
        # Python takes UTF-8 there (PEP 538, 540), and so do the terminals of this century.
        return sys.getfilesystemencoding().lower().replace("-", "") == "utf8"
    name = wish.partition(".")[2].partition("@")[0].lower().replace("-", "")
    return name == "utf8" if name else True


def hung_up(descriptor: int = 0) -> bool:
    """Whether the terminal behind `descriptor` is gone: a dropped connection, a closed window."""
    poll = select.poll()
    poll.register(descriptor, 0)  # hang-ups and errors are always reported
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))
