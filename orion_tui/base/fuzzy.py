"""How well typed words fit a text: whole words before beginnings, beginnings before middles, letters in order last."""

#: Points of one word.
_BEGINS_TEXT, _BEGINS_WORD, _INSIDE, _SCATTERED = 60, 50, 30, 10
#: Letters of a word that may stand apart: fewer would find everything in anything.
_LEAST_SCATTERED = 3


def score(words: str, text: str) -> int:
    """Points for all the words together, 0 where one of them is not in the text at all. Case makes no difference."""
    total = 0
    low = text.lower()
    for word in words.lower().split():
        points = _word(word, low)
        if not points:
            return 0
        total += points
    return total


def _word(word: str, text: str) -> int:
    at = text.find(word)
    if at == 0:
        return _BEGINS_TEXT + min(len(word), 20)
    while at > 0:
        if not text[at - 1].isalnum():
            return _BEGINS_WORD + min(len(word), 20)
        if (further := text.find(word, at + 1)) < 0:
            return _INSIDE + min(len(word), 20)
        at = further
    return _SCATTERED if len(word) >= _LEAST_SCATTERED and _in_order(word, text) else 0


def _in_order(word: str, text: str) -> bool:
    """Whether the letters stand in order and near each other: across a whole sentence they mean nothing."""
    start = text.find(word[0])
    while start >= 0:
        at = start
        for letter in word[1:]:
            at = text.find(letter, at + 1)
            if at < 0:
                return False
        if at - start <= 2 * len(word) - 3:
            return True
        start = text.find(word[0], start + 1)
    return False
