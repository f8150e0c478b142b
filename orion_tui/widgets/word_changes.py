"""Which words of a changed line are not those of the line that it was."""

import re
from difflib import SequenceMatcher
from functools import lru_cache

Spans = tuple[tuple[int, int], ...]

#: Lines with more words than this are compared by their common beginning and end only: matching is quadratic.
MOST_WORDS = 160
#: Below this share of common characters the two lines are others, and marks would only be noise.
ALIKE = 1 / 3

_WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)


@lru_cache(maxsize=4096)
def word_changes(old: str, new: str) -> tuple[Spans, Spans]:
    """What stands only in `old` and only in `new`: (begin, end) of each part, whole words. Nothing for other lines."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle, other = before[head : len(before) - tail], after[head : len(after) - tail]
    blocks = [(0, len(middle), 0, len(other))]
    if max(len(middle), len(other)) <= MOST_WORDS:
        matcher = SequenceMatcher(None, middle, other, autojunk=False)
        blocks = [(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]
    left = _spans(before, [(head + a, head + b) for a, b, _, _ in blocks])
    right = _spans(after, [(head + c, head + d) for _, _, c, d in blocks])
    if not _alike(old, left) or not _alike(new, right):
        return (), ()
    return left, right


def alike(old: str, new: str) -> bool:
    """Whether one line is the other one, changed."""
    return old == new or word_changes(old, new) != ((), ())


def _spans(words: list[str], blocks: list[tuple[int, int]]) -> Spans:
    """Characters of the blocks of words; what only a blank separates is one."""
    places = [0]
    for word in words:
        places.append(places[-1] + len(word))
    spans: list[tuple[int, int]] = []
    last = 0
    for begin, end in blocks:
        if begin == end:
            continue
        if spans and not "".join(words[last:begin]).strip():
            spans[-1] = (spans[-1][0], places[end])
        else:
            spans.append((places[begin], places[end]))
        last = end
    return tuple(spans)


def _alike(text: str, spans: Spans) -> bool:
    """Whether enough is left of a line without what changed in it; its indent does not count."""
    indent = len(text) - len(text.lstrip())
    whole = len(text) - indent
    changed = sum(max(0, end - max(begin, indent)) for begin, end in spans)
    return whole - changed >= whole * ALIKE
