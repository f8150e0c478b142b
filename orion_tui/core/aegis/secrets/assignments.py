"""Secrets that are known by what stands before them: `password = ...`, `api_key: ...`, `scheme://user:...@host`.

Keywords are found by plain substring search; at each one a regular expression with bounded repetitions is matched, so
that the time is linear in the size of the file whatever it holds.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from orion_tui.core.aegis.secrets.plausible import (
    is_elsewhere,
    is_key,
    is_passphrase,
    is_password,
    is_random,
    is_stand_in,
)


class Assigned(NamedTuple):
    """A value that is assigned to a telling name. `start` and `end` are its place."""

    kind: str
    start: int
    end: int


# Behind the keyword: the rest of the name, what closes it (`"]`), a type, the sign, and what a value can begin with.
# In lower-case text, as a filter that says no quickly; `_at` then reads the value itself.
_TAIL = (
    rb"[a-z0-9_-]{0,24}+\\?[\"'`]?[\])}]?(?:[ \t]{0,4}:[ \t]{0,4}[a-z_][a-z0-9_.|\[\]]{0,30}[ \t]{0,4}(?==[^=]))?"
    rb"(?:[ \t]{0,24}+(?P<sign>=>|:=|\?=|[=!]==?|[=:,(>])|[ \t]{1,4}+(?=[A-Za-z0-9]))"
    rb"(?=[\s(\[]{0,40}+[bfru@$]{0,2}\\?[\"'`][^\s\"'`\\]{6}"
    rb"|[ \t]{0,24}(?:[|>][-+]?[ \t]{0,4}\r?\n[ \t]{1,24})?[^\s\"'`;,<>(){}\[\]\\|&]{0,120}[0-9!@#$%^*+~?])"
)
# A pattern that begins with one rare literal byte is searched with memchr: ten times as fast as one pattern for all.
_KEYWORDS = (
    re.compile(rb"k(?:ey|(?<=tok)en)" + _TAIL),
    re.compile(rb"w(?<=pw)d" + _TAIL),
    re.compile(rb"p(?=ass)ass" + _TAIL),
    re.compile(rb"c(?<=sec)ret" + _TAIL),
)
_QUOTED = re.compile(rb"[\s(\[]{0,40}[bfruBFRU@$]{0,2}\\?(?P<quote>[\"'`])(?P<value>[^\s\"'`\\]{6,512})\\?(?P=quote)")
_BARE = re.compile(
    rb"[ \t]{0,24}(?:[|>][-+]?[ \t]{0,4}\r?\n[ \t]{1,24})?"
    rb"(?P<value>[^\s\"'`;,<>(){}\[\]\\|&=][^\s\"'`;,<>(){}\[\]\\|&]{5,511})(?P<after>[\"'`;,<&}\])|]|\\n|\s|\Z)"
)
# Where only a literal is meant: comparisons, calls, lists.
_NOT_BARE = frozenset({b"==", b"===", b"!=", b"!==", b"(", b","})
# Where a literal is what the name is given from there on.
_GIVES = frozenset({b"=", b":", b":=", b"=>"})
_NAME = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_NAME_AFTER = re.compile(rb"[A-Za-z0-9_-]{0,32}")

# Names that say what a thing is about, not that it holds the secret: whatever the value, and unless it is random.
_IDENTIFIES = re.compile(
    rb"(?:_|-|\b|(?<=[a-z])|key)(?:ids?|hash(?:es)?|digest|checksum|fingerprint|thumbprint|length|size|count|type|url|uri"
    rb"|alg|algorithm)\Z",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    rb"(?:_|-|\b|(?<=[a-z]))(?:name|names|path|file|dir|field|label|hint|prompt|placeholder|help|error|message|msg|title"
    rb"|text|desc|description|len|max|min|limit|limits|expiry|expires|expiration|ttl|regex|pattern|format|policy|strength"
    rb"|version|env|var|header|param|params|parameter|kind|class|idx|index|prefix|suffix|separator|list|map|set|func"
    rb"|callback|handler|provider|factory|manager|store|storage|cache|validator|validation|required|enabled|visible|icon"
    rb"|color|colour|style|width|height)s?\Z",
    re.IGNORECASE,
)
# `password`, `db_pass`, `PGPASSWORD`, `smtpPass`: the word itself, not another one that holds it.
_PASSWORD = re.compile(rb"(?i:passw(?:or)?d|passphrase|passcode|pwd)|(?i:(?:\A|[_.-])pass\Z)|[a-z]Pass\Z")
_PUBLIC = re.compile(
    rb"public|pub_?key|primary|foreign|unique|partition|sort|group|row|cache_?key|keyword|keyboard|keycode|keypress"
    rb"|keydown|keyup|keysym|keymap|keyfile|keystore|hotkey|monkey|turkey|passive|passage|passenger|passed|passing"
    rb"|passthrough|pass_?through|bypass|compass|tokeni[sz]|tokenid|token_?type|csrf_?token_?name|secretary",
    re.IGNORECASE,
)
# With `key` alone many things are named; with one of these before it, it is one that opens something.
_STRONG_KEY = re.compile(
    rb"(?:api|access|secret|private|priv|auth|encrypt(?:ion)?|decrypt(?:ion)?|sign(?:ing)?|master|account|storage|client|service"
    rb"|license|session|consumer|deploy|ssh|app|application|hmac|jwt|aes|rsa|crypt|crypto|cipher|shared|webhook|admin|root"
    rb"|security|subscription|write|ingest|server|bot|integration|merchant|publishable|aws|azure|gcp|google|stripe|openai"
    rb"|anthropic|github|gitlab|slack)[_.-]?key[a-z0-9_-]{0,8}\Z",
    re.IGNORECASE,
)
_AWS_NAME = re.compile(rb"aws|amazon|secret_?access|s3", re.IGNORECASE)
_AWS_SECRET = re.compile(rb"[A-Za-z0-9/+]{40}")

_AUTHORIZATION = re.compile(
    rb"z(?<=authoriz)ation[\"'`]?[ \t]{0,4}[:=,][ \t\"'`bfu(]{0,8}(?:bearer|basic|token|apikey)[ \t]{1,4}"
    rb"(?P<value>[a-z0-9._~+/=-]{16,2048})"
)

_SECURE_STRING = re.compile(
    rb"convertto-securestring(?:[ \t]{1,4}-(?:string|asplaintext|force)){0,3}[ \t]{1,4}"
    rb"[\"'](?P<value>[^\"'\r\n]{4,256})[\"']"
)
# What comes before the keyword in PHP's `define('DB_PASSWORD', '...')` and in `.netrc`.
_DEFINE = re.compile(rb"define[ \t]{0,4}\([ \t]{0,4}[\"'][A-Za-z0-9_]{0,40}\Z")
_NETRC = re.compile(rb"\blogin[ \t]{1,8}\S{1,80}\s{1,20}\Z")

# User, colon, password between `://` and `@`.
_USERINFO = re.compile(
    rb":(?=//)//(?P<user>[^\s:/?#@\"'`<>\\]{0,128}):(?P<value>[^\s/@\"'`<>\\]{3,256})@[A-Za-z0-9\[{%$_-]"
)
_SAMPLE_PASSWORDS = frozenset(
    b"user username pass passwd password pw pwd secret token xxx xxxx changeme guest postgres root admin foo bar baz"
    b" test 123 1234 abc pass123 p4ss passw0rd me my mypass mypassword userpass credentials cred auth key apikey"
    b" x-oauth-basic oauth2 git anonymous demo example sample".split()
)


def assigned(data: bytes, low: bytes) -> Iterator[Assigned]:
    """Every plausible secret that is assigned to a telling name in `data`; `low` is `data.lower()`."""
    for pattern in _KEYWORDS:
        for match in pattern.finditer(low):
            if (found := _at(data, match)) is not None:
                yield found
    for match in _AUTHORIZATION.finditer(low):
        value = data[match.start("value") : match.end("value")]
        if _is_credential(value):
            yield Assigned("authorization header", *match.span("value"))
    if b"convertto-securestring" in low:
        for match in _SECURE_STRING.finditer(low):
            value = data[match.start("value") : match.end("value")]
            # Without a key in the open, long hexadecimal is what the system has encrypted.
            if not is_elsewhere(value) and not is_stand_in(value) and not re.fullmatch(rb"[0-9a-fA-F]{64,}", value):
                yield Assigned("password", *match.span("value"))


def connection_strings(data: bytes) -> Iterator[Assigned]:
    """The password of every `scheme://user:password@host` that holds a plausible one."""
    for match in _USERINFO.finditer(data):
        if is_connection_password(match["value"], match["user"]):
            yield Assigned("connection string", *match.span("value"))


def _at(data: bytes, keyword: "re.Match[bytes]") -> Assigned | None:
    sign, end = keyword["sign"], keyword.end()
    # A blank makes an assignment only of a flag: `--password VALUE`.
    flag = sign is None
    match = None if flag else _QUOTED.match(data, end)
    quoted = match is not None
    if match is None and (sign in _NOT_BARE or (match := _BARE.match(data, end)) is None):
        return None
    value = match["value"]
    name = _name(data, keyword.start())
    before = data[max(0, keyword.start() - 120) : keyword.start()]
    if flag and not name.startswith(b"--") and not (name == b"password" and _NETRC.search(before)):
        return None
    if quoted and not _DEFINE.search(before) and not _quoted_value_counts(data, match, sign or b""):
        return None
    if not quoted and not _bare_value_counts(data, match, flag):
        return None
    kind = _kind(name, value, quoted=quoted and sign in _GIVES)
    if flag and kind == "key":
        return None  # `--recv-keys FINGERPRINT`
    return None if kind is None else Assigned(kind, *match.span("value"))


def _name(data: bytes, place: int) -> bytes:
    """The whole name that stands at `data[place]`."""
    before = data[max(0, place - 32) : place]
    after = _NAME_AFTER.match(data, place)
    return before[len(before.rstrip(_NAME)) :] + (after.group() if after else b"")


def _kind(name: bytes, value: bytes, *, quoted: bool) -> str | None:
    """What an assignment gives away; None when nothing."""
    random = is_random(value)
    if _PUBLIC.search(name) or _IDENTIFIES.search(name) or (_ABOUT.search(name) and not random):
        return None
    if _AWS_SECRET.fullmatch(value) and _AWS_NAME.search(name) and not is_elsewhere(value) and len(set(value)) > 8:
        return "AWS secret access key"
    if _PASSWORD.search(name):
        return "password" if is_password(value) or (quoted and is_passphrase(value)) else None
    low = name.lower()
    if b"secret" in low:
        return "secret" if is_key(value) or (is_password(value) and b"_" not in value) else None
    if b"token" in low:
        return "token" if is_key(value) else None
    if _STRONG_KEY.search(name):
        return "API key" if is_key(value) else None
    # A key of some mapping more often than one that opens something.
    return "key" if random and len(value) >= 24 and is_key(value, named=False) else None


def _quoted_value_counts(data: bytes, match: "re.Match[bytes]", sign: bytes) -> bool:
    """In a call the value must be the only argument; in a list only what is random counts."""
    if sign == b"(":
        return data[match.end() : match.end() + 16].lstrip()[:1] in {b")", b""}
    return sign != b"," or is_random(match["value"])


def _bare_value_counts(data: bytes, match: "re.Match[bytes]", flag: bool) -> bool:
    """Without quotes a value is one only where the file is no program: there it would be a name, a call, a number."""
    value = match["value"]
    if not any(48 <= c <= 57 or c in b"!@#$%^*+~?" for c in value):
        return False
    if is_random(value):
        return b"." not in value or b"=" in value
    # `NAME=value`, `name: value` to the end of the line; `--password VALUE`; `<password>VALUE</password>`.
    ends = match["after"] in {b"", b"\n", b"\r", b"\\n", b"<"}
    tight = data[match.start("value") - 1 : match.start("value")] == b"="
    return (ends or flag or tight) and not re.search(rb"[.](?![0-9])|->|=", value)


def _is_credential(value: bytes) -> bool:
    return (is_random(value) or is_key(value)) and not is_stand_in(value)


def is_connection_password(value: bytes, user: bytes = b"") -> bool:
    """Whether what stands between user and host opens something, or stands in for it as in every manual."""
    value = unquote_to_bytes(value)
    if is_elsewhere(value) or value.lower() in _SAMPLE_PASSWORDS or value.lower() == user.lower() or is_stand_in(value):
        return False
    # A port and a path (`host:8080/x@y`), a mask (`***`), a short plain word (`thing`).
    if value.isdigit() or len(value) < 5 or len(set(value)) < 3 or not any(chr(c).isalnum() for c in value):
        return False
    return len(value) >= 8 or not value.islower() or not value.isalpha()
