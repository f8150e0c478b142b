"""How many tokens a text takes, by estimate: before a question is asked nobody knows it exactly."""

#: Bytes of a token. English prose has about 4, code about 3; an estimate had better be a little too high.
BYTES_PER_TOKEN = 3.5


def estimate_tokens(text: str) -> int:
    """Tokens of `text`: its bytes in UTF-8, divided by 3.5, rounded up."""
    return tokens_in(len(text.encode("utf-8", "surrogatepass")))


def tokens_in(size: int) -> int:
    """Tokens of so many bytes, rounded up."""
    return -(-2 * size // 7)


def bytes_of(tokens: int) -> int:
    """The most bytes whose estimate is not above `tokens`."""
    return max(0, tokens) * 7 // 2
