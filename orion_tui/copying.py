"""Copying, and saying exactly what was done: nobody knows whether a terminal took what it was sent."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from orion_tui.clipboard import MOST_BYTES, Clipboard
from orion_tui.screens.copying import Copied

if TYPE_CHECKING:
    from orion_tui.bridge.port import Commands

#: Saves a text and calls back with the path.
Keep = Callable[["Callable[[Commands], str]", Callable[[str], None]], None]
Say = Callable[[str, str], None]


def copy(
    copied: Copied, way: str, clipboard: Clipboard, *, write: Callable[[str], bool], keep: Keep | None, say: Say
) -> None:
    """Copy by one of the ways of `ui.clipboard`: `auto`, `osc52`, `file` or `off`.

    `write` puts a sequence on the terminal and says whether there is one; `keep` is None where no file is written.
    """
    text, count = copied.text, f"{len(copied.text):,} characters"
    what = f"{copied.what} ({count})" if len(text) > 1 else copied.what
    if way == "off":
        say("Copying is switched off (ui.clipboard).", "muted")
        return
    sequence = clipboard.sequence(text) if way != "file" else ""
    sent = bool(sequence) and write(sequence)
    if sent and (way == "osc52" or keep is None):
        say(f"Sent to the terminal's clipboard: {what}.", "good")
    elif way == "osc52" or keep is None:
        say(f"Not copied: {_why_not(clipboard, text)}.", "warn")
    elif sent:
        keep(lambda engine: engine.keep_copy(text), lambda path: say(_both(what, path), "good"))
    else:
        keep(lambda engine: engine.keep_copy(text), lambda path: say(f"Saved in {path}: {what}", "good"))


def _both(what: str, path: str) -> str:
    # The place before what it is: a narrow terminal cuts the end.
    return f"Sent to the terminal's clipboard, and saved in {path}: {what}"


def _why_not(clipboard: Clipboard, text: str) -> str:
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return f"terminals take {MOST_BYTES:,} bytes, and it is longer"
    return "this terminal has no clipboard" if not clipboard.reached else "there is no terminal"
