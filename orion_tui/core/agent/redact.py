"""Taking a key out of whatever others say: a server may repeat it in an error, a proxy in a page."""

import base64
from urllib.parse import quote

#: What stands where a key was.
MARK = "[key]"
# Shorter ones are placeholders of local servers (`ollama`, `none`), and words of ordinary text.
_SHORTEST = 8


def without(text: str, key: str | None) -> str:
    """`text` with every spelling of `key` replaced: as it is, percent-encoded, in base64."""
    if key is None or len(key) < _SHORTEST:
        return text
    for spelling in (key, quote(key, safe=""), base64.b64encode(key.encode("utf-8", "replace")).decode("ascii")):
        text = text.replace(spelling, MARK)
    return text
