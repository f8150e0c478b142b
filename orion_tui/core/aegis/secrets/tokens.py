"""Secrets that are known by their own form, wherever they stand: issuer's prefix, length, alphabet.

`TOKEN` is one regular expression; the name of the group that matched is the key into `KINDS`. It is matched at places
that `detector` proposes, never searched over a whole file: that is what makes the scan fast.
"""

import base64
import binascii
import re
from collections.abc import Iterator

#: What a group of `TOKEN` is called for people.
KINDS = {
    "aws": "AWS access key id",
    "github": "GitHub token",
    "gitlab": "GitLab token",
    "slack": "Slack token",
    "hook": "Slack webhook",
    "google": "Google API key",
    "googleoauth": "Google OAuth secret",
    "anthropic": "Anthropic API key",
    "openai": "OpenAI API key",
    "stripe": "Stripe key",
    "jwt": "JSON web token",
    "npm": "npm token",
    "pypi": "PyPI token",
    "huggingface": "Hugging Face token",
    "age": "private key (age)",
}

_W = rb"[A-Za-z0-9_-]"

TOKEN = re.compile(
    rb"(?P<aws>(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Z0-9]))"
    rb"|(?P<github>gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{36,255})"
    rb"|(?P<gitlab>(?<![A-Za-z0-9])(?:gl(?:pat|dt|rt|ptt|ft|agent|soat|imt|cbt|oas|ffct|cat)-"
    + _W
    + rb"{20,512}|GR1348941"
    + _W
    + rb"{20,64}))"
    rb"|(?P<slack>xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,512}|xapp-[0-9]-[A-Za-z0-9-]{20,512})"
    rb"|(?P<hook>hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{30,120})"
    rb"|(?P<google>AIza" + _W + rb"{35}(?!" + _W + rb"))"
    rb"|(?P<googleoauth>GOCSPX-" + _W + rb"{28}|ya29\." + _W + rb"{20,512})"
    rb"|(?P<anthropic>sk-ant-" + _W + rb"{20,512})"
    rb"|(?P<openai>(?<![A-Za-z0-9])sk-(?:(?:proj|svcacct|admin|None|or-v1)-" + _W + rb"{20,512}|[A-Za-z0-9]{32,128}))"
    rb"|(?P<stripe>(?<![A-Za-z0-9])[sr]k_(?:live|test)_[A-Za-z0-9]{10,255}|whsec_[A-Za-z0-9+/=]{24,128})"
    rb"|(?P<jwt>eyJ" + _W + rb"{8,512}\.eyJ" + _W + rb"{8,8192}\." + _W + rb"{8,2048})"
    rb"|(?P<npm>npm_[A-Za-z0-9]{36})"
    rb"|(?P<pypi>pypi-AgE" + _W + rb"{50,512})"
    rb"|(?P<huggingface>(?<![A-Za-z0-9])hf_[A-Za-z0-9]{34,64})"
    rb"|(?P<age>AGE-SECRET-KEY-1[0-9A-Z]{50,64})"
)

# How the alternatives of `TOKEN` begin: much cheaper to look for.
_BEGIN = re.compile(
    rb"A(?:KIA|SIA|BIA|CCA|Iza|GE-SECRET)|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|GR1348941|xox|xapp-|hooks\.slack|GOCSPX-"
    rb"|ya29\.|sk-|[sr]k_(?:live|test)_|whsec_|eyJ|npm_|pypi-AgE|hf_"
)

# Beginnings of tokens that need not hold 16 letters or digits in a row, with their length. A pattern that begins with
# one rare literal byte is searched with memchr, ten times as fast as any other.
_ANCHORS = (
    (re.compile(rb"k(?<=sk)-"), 3),
    (re.compile(rb"z(?<=AIz)a"), 4),
    (re.compile(rb"x(?<=xox)"), 3),
    (re.compile(rb"-(?<=glpat-)"), 6),
)

# How far before a long run of letters and digits its token may begin (`github_pat_`, `hooks.slack.com/...`).
_REACH = 64

_MARKS = (
    re.compile(rb"V(?<=PRIV)ATE KEY(?: BLOCK)? ?-{4,5}"),
    re.compile(rb"L(?<=Private-L)ines:"),
)
_BEFORE_MARK = re.compile(rb"-{4,5} ?BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRI\Z")
_PEM_NOISE = re.compile(rb"\\[nrt]|[\s\"'+,\\|#*;.()<>$`-]+")
_PEM_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z-]{2,30}:[^\r\n\\]{0,100}(?:\r?\n|\\n|\\r)[\s\"'+,]{0,40}){1,4}")
_KEY_MATERIAL = re.compile(rb"[A-Za-z0-9/=]{32}")


def tokens_at(data: bytes, start: int, end: int) -> Iterator["re.Match[bytes]"]:
    """The tokens that hold something of the run of letters and digits at `data[start:end]`."""
    at = max(0, start - _REACH)
    while (begin := _BEGIN.search(data, at, end)) is not None:
        match = TOKEN.match(data, begin.start())
        at = begin.start() + 1 if match is None else match.end()
        if match is not None and match.end() > start and _is_real(match):
            yield match


def anchored(data: bytes) -> Iterator["re.Match[bytes]"]:
    """Tokens that `detector` would not find by a long run of letters and digits."""
    for anchor, length in _ANCHORS:
        read_to = 0
        for begin in anchor.finditer(data):
            if begin.start() < read_to:
                continue
            match = TOKEN.match(data, begin.end() - length)
            if match is not None:
                read_to = match.end()
                if _is_real(match):
                    yield match


def private_keys(data: bytes) -> list[tuple[int, int]]:
    """(start, end) of every begin mark of a private key that is followed by key material.

    A mark alone, as code that looks for one has it, is no key. Line ends may be written out (`\\n`), and the lines be
    literals of their own.
    """
    found: list[tuple[int, int]] = []
    for pattern in _MARKS:
        for match in pattern.finditer(data):
            start = match.start()
            if pattern is _MARKS[0]:
                before = _BEFORE_MARK.search(data, max(0, start - 100), start)
                if before is None:
                    continue
                start = before.start()
            if _is_key_material(data[match.end() : match.end() + 1200]):
                found.append((start, match.end()))
    return found


def _is_key_material(after: bytes) -> bool:
    after = after.lstrip(b" \t\r\n\\nr\"'+,")
    if header := _PEM_HEADER.match(after):
        after = after[header.end() :]
    material = _PEM_NOISE.sub(b"", after.partition(b"---")[0][:600])[:64]
    return _KEY_MATERIAL.match(material) is not None and len(set(material[:32])) > 8


def _is_real(match: "re.Match[bytes]") -> bool:
    value = match.group()
    kind = match.lastgroup
    if kind == "jwt":
        return _is_jwt(value)
    if kind == "hook":
        # `T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX` stands in every manual.
        return not re.search(rb"X{8}|x{8}|\.\.\.", value)
    # `sk-xxxxxxxxxxxxxxxx`, `ghp_0000...`: fewer kinds of characters than chance could give.
    body = re.split(rb"[_-]", value, maxsplit=1)[-1]
    return len(set(body)) > 5


def _is_jwt(value: bytes) -> bool:
    head = value.split(b".", 1)[0]
    try:
        header = base64.urlsafe_b64decode(head + b"=" * (-len(head) % 4))
    except (binascii.Error, ValueError):
        return False
    return b'"alg"' in header or b'"enc"' in header or b'"typ"' in header
