"""From the bytes that a terminal sends to keys, mouse and pastes, whatever those bytes are.

Textual's parser does the reading. What it cannot bear is settled here: bytes that are no UTF-8, sequences on which it
fails, pastes of any size, pastes whose end never comes, and pastes that a terminal hands over as if they were typed.
"""

import codecs
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.message import Message

#: Characters that are kept of one paste. Every field takes less and says so.
LONGEST_PASTE = 1_000_000
#: So many characters in one reading were not typed by a person, unless a key was held down.
FASTEST_TYPING = 16
#: Seconds within which more text belongs to a paste that nothing marked: a terminal hands a long one over in pieces.
STILL_PASTING = 0.05
#: How often one key is taken of one reading: seconds of a key held down while the application was busy.
MOST_REPEATS = 128
#: Different characters among them, below which it was one key or two that were held.
HELD_KEYS = 3

_INTERRUPT = "\x03"


class Keyboard:
    """One terminal's input. `feed` what was read; `tick` when nothing was there to be read for a while."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        #: When the latest piece of a paste came that nothing marked.
        self._unmarked = float("-inf")
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._parser = XTermParser()
        #: The last characters outside of pastes, in which the start of one may be hidden.
        self._tail = ""
        #: What was pasted so far, how much of it was kept, and what may be the beginning of its end; None outside.
        self._paste: list[str] | None = None
        self._kept = 0
        self._held = ""
        self._silent = False

    def feed(self, data: bytes) -> Iterator[Message]:
        """What these bytes mean. Empty `data` means that there will be no more."""
        text = self._decode(data, not data)
        silent, self._silent = self._silent, False
        if self._paste is not None and silent and text == _INTERRUPT:
            # The end of the paste got lost, and the person wants their keys back.
            self._paste = None
            return
        if self._paste is None and self._is_unmarked_paste(text):
            self._tail = ""
            self._unmarked = self._now()
            yield events.Paste(text.replace("\r", "\n"))
            return
        times: Counter[str] = Counter()
        for message in self._messages(text):
            if isinstance(message, events.Key):
                times[message.key] += 1
                if times[message.key] > MOST_REPEATS:
                    continue
            yield message

    def _is_unmarked_paste(self, text: str) -> bool:
        if not text or not _is_text(text) or self._tail.endswith("\x1b"):
            return False
        return _is_paste(text) or self._now() - self._unmarked < STILL_PASTING

    def _messages(self, text: str) -> Iterator[Message]:
        while text:
            if self._paste is None:
                text = yield from self._typed(text)
            else:
                text = yield from self._pasted(text)

    def tick(self) -> Iterator[Message]:
        """Time has passed: an Esc on its own is a key now."""
        self._silent = True
        try:
            yield from self._parser.tick()
        except Exception:  # noqa: BLE001 - as in `_typed`
            self._parser = XTermParser()

    def _typed(self, text: str) -> Generator[Message, None, str]:
        """Up to the start of a paste; returns what follows it."""
        for index, char in enumerate(text):
            try:
                for message in self._parser.feed(char):
                    # Ours are put together below.
                    if not isinstance(message, events.Paste):
                        yield message
            except Exception:  # noqa: BLE001 - the outermost edge: whatever a terminal says ends nothing
                self._parser = XTermParser()
            self._tail = (self._tail + char)[-len(BRACKETED_PASTE_START) :]
            if self._tail == BRACKETED_PASTE_START:
                self._tail = ""
                self._paste, self._kept, self._held = [], 0, ""
                # To the parser it is over at once; it takes each character of a paste by itself, for seconds.
                for end in BRACKETED_PASTE_END:
                    list(self._parser.feed(end))
                return text[index + 1 :]
        return ""

    def _pasted(self, text: str) -> Generator[Message, None, str]:
        """Up to the end of the paste; returns what follows it."""
        assert self._paste is not None
        text = self._held + text
        body, end, rest = text.partition(BRACKETED_PASTE_END)
        self._held = "" if end else _beginning(body)
        body = body[: len(body) - len(self._held)]
        kept = body[: LONGEST_PASTE - self._kept]
        self._paste.append(kept)
        self._kept += len(kept)
        if end:
            whole, self._paste = "".join(self._paste), None
            yield events.Paste(whole.replace("\x00", ""))
        return rest


def _beginning(text: str) -> str:
    """The end of `text` that may be the beginning of a paste's end."""
    for length in range(len(BRACKETED_PASTE_END) - 1, 0, -1):
        if text.endswith(BRACKETED_PASTE_END[:length]):
            return BRACKETED_PASTE_END[:length]
    return ""


def _is_paste(text: str) -> bool:
    """Whether so much came at once, and so little like a key held down, that nobody has typed it."""
    return len(text) >= FASTEST_TYPING and len(set(text)) > HELD_KEYS and _is_text(text)


def _is_text(text: str) -> bool:
    return all(char.isprintable() or char in "\r\n\t" for char in text)
