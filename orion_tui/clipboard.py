"""The terminal's clipboard: OSC 52, written by Orion alone, and never with anything but base64 inside.

A terminal says nothing of whether it took it. What wraps one has to let it through: tmux does with `allow-passthrough
on`, or takes it itself with `set-clipboard on`; so both ways are written there. GNU screen passes a device control
string on, in pieces of at most some hundred bytes.
"""

import base64
import os
from collections.abc import Mapping
from enum import StrEnum

import attrs

from orion_tui import terminal

#: Bytes of text beyond which terminals drop it: xterm takes 100,000 characters of a sequence, which is that much text.
MOST_BYTES = 74_994
#: Characters of base64 in one piece for GNU screen, whose strings end at 768 bytes.
_PIECE = 512


class Wrap(StrEnum):
    """What stands between the application and the terminal."""

    NONE = "none"
    TMUX = "tmux"
    SCREEN = "screen"


@attrs.frozen(kw_only=True)
class Clipboard:
    """How the terminal's clipboard is reached."""

    #: Whether anything that is written reaches a clipboard at all, as far as the environment tells.
    reached: bool
    wrap: Wrap = Wrap.NONE

    def sequence(self, text: str) -> str:
        """What puts `text` there; empty where the terminal takes none, or none so long."""
        data = text.encode("utf-8", "replace")
        if not self.reached or not data or len(data) > MOST_BYTES:
            return ""
        encoded = base64.b64encode(data).decode("ascii")
        plain = f"\x1b]52;c;{encoded}\x07"
        if self.wrap is Wrap.TMUX:
            return "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\" + plain
        if self.wrap is Wrap.SCREEN:
            pieces = [encoded[at : at + _PIECE] for at in range(0, len(encoded), _PIECE)]
            return "\x1bP\x1b]52;c;" + "\x1b\\\x1bP".join(pieces) + "\x07\x1b\\"
        return plain


def detect(environ: Mapping[str, str] = os.environ) -> Clipboard:
    """The clipboard of the terminal that the environment speaks of."""
    reached = terminal.detect(environ).title  # the same terminals take operating system commands
    if environ.get("TMUX"):
        return Clipboard(reached=reached, wrap=Wrap.TMUX)
    if environ.get("STY"):
        return Clipboard(reached=reached, wrap=Wrap.SCREEN)
    return Clipboard(reached=reached)
