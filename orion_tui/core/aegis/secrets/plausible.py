"""Whether the value of a suspicious assignment is a secret or something to stand in for one.

These judgements are what keeps the scan usable: `password = "password"` and `token = next_token` stand in every code
base. They err towards telling: a value that mixes letters and digits like a random one is told whatever words it holds.
"""

import math
import re
from collections import Counter

# What people write where a secret would stand. Compared with the value in lower case, separators removed.
_STAND_INS = re.compile(
    rb"x{3,}|\*{3,}|\.{3,}|0{4,}|#{3,}|example|sample|placeholder|change_?me|replace|insert|enter|your|dummy|fake|mock"
    rb"|foo|bar|baz|test|demo|todo|fixme|redacted|removed|hidden|secret|password|passwd|passphrase|token|apikey|api_key"
    rb"|credential|username|user|admin|default|none|null|undefined|true|false|string|value|invalid|wrong|correct"
    rb"|abc|1234|qwerty|letmein|some|random|any|valid|expired|session|access|refresh|client|basic|bearer|key|auth|my"
)

# Variables, templates, references: the secret is elsewhere.
_REFERENCE = re.compile(
    rb"\$\{|\$\(|\{\{|\{[A-Za-z_0-9.!:]{0,40}\}|#\{|<[A-Za-z_][^<>]{0,80}>|<%|%\(|%[sdrvqxf]\b|%[A-Z_]{2,40}%"
    rb"|^\$[A-Za-z_]{2}|^@[A-Za-z]|^\[|^env[.:]|^process\.env|^os\.|::|^data:|^arn:|^ref:|^op://|^vault:"
)

# Even what looks random is a sample when it says so.
_MARKED_SAMPLE = re.compile(rb"(?i)example|placeholder|x{6}|your[_-]|change_?me|redacted|dummy")

# A path, URL, version, date, MIME type, colour, module name, e-mail or format: made of words, not of chance.
_STRUCTURED = re.compile(
    rb"[a-z][a-z0-9+.-]{1,20}://\S*"
    rb"|(?:\.{0,2}/|~/|[A-Za-z]:\\)\S*"
    rb"|v?[0-9]{1,4}(?:[.:/-][0-9]{1,4}){1,5}\S{0,12}"
    rb"|#?[0-9a-fA-F]{6}"
    rb"|[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"
    rb"|[a-z]+/[a-z0-9.+-]+(?:;\S*)?"
    rb"|(?:[A-Za-z0-9_-]{1,40}/){2,}[A-Za-z0-9_.-]{0,60}"
)

_NAME_LIKE = re.compile(rb"[A-Za-z0-9_./:+ -]*")
_JOINED = re.compile(rb"[A-Za-z0-9]+(?:[_./:-]+[A-Za-z0-9]*)+")
# How long words end.
_ONE_WORD = re.compile(
    rb"(?:ations?|izations?|ings?|ments?|ness|ilit(?:y|ies)|ables?|istically|ically|ologies|ology)\Z"
)
# A change of class within a word: letter and digit, small and capital. A capital that begins a word is none.
_CHANGE = re.compile(rb"(?<=[0-9])[A-Za-z]|(?<=[A-Za-z])[0-9]|(?<=[a-z])[A-Z]|(?<=[A-Z][A-Z])[a-z]")
# How DER-encoded public keys begin in base64, and named hashes.
_PUBLIC_VALUE = re.compile(
    rb"MFkwEwYH|MHYwEAYH|MIGbMBAG|MII[BC]Ij|MIGfMA0G|MCowBQYDK2V|AAAA[BCE]3N|ssh-|(?i:sha[0-9]{1,3}[:-])"
)


def entropy(value: bytes) -> float:
    """Shannon entropy of the byte frequencies, in bits a byte."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0


def is_random(value: bytes) -> bool:
    """Long, mixed and without pattern: what chance makes and a person does not."""
    if len(value) < 16 or value.isalpha() or not any(48 <= c <= 57 for c in value) or _PUBLIC_VALUE.match(value):
        return False
    if _is_hex(value):
        return len(value) >= 32 and entropy(value) >= 3.0
    return entropy(value) >= (3.5 if len(value) >= 20 else 3.3) and not is_words(value)


def is_words(value: bytes) -> bool:
    """An identifier or phrase: letters and digits keep to themselves (`sha256_password`, `Ed25519PrivateKey`).

    In what chance makes of letters and digits, four to five of ten neighbours differ in class; in names, one or two.
    """
    return _NAME_LIKE.fullmatch(value) is not None and len(_CHANGE.findall(value)) * 4 < len(value)


def is_elsewhere(value: bytes) -> bool:
    """A variable, template or reference: what is meant stands elsewhere."""
    return _REFERENCE.search(value) is not None


def is_stand_in(value: bytes) -> bool:
    """What is written where a secret would be: nothing but such words, digits that count, and punctuation is left."""
    rest = _STAND_INS.sub(b"", value.lower())
    if len(rest) == len(value):
        return len(set(value)) <= 2
    return len([c for c in rest if chr(c).isalnum()]) <= max(4, len(value) // 3)


def is_password(value: bytes) -> bool:
    """Whether a value under a name like `password` is one that somebody uses."""
    if len(value) < 6 or is_elsewhere(value) or _STRUCTURED.fullmatch(value) or is_stand_in(value):
        return False
    letters = any(chr(c).isalpha() and c < 128 for c in value)
    digits = any(48 <= c <= 57 for c in value)
    symbols = any(33 <= c <= 126 and not chr(c).isalnum() and c not in b"_-./:" for c in value)
    if not letters or not (digits or symbols):
        return False
    # One word with a number (`hunter2`) is a password; several with punctuation (`sha2-password`) are a name.
    return symbols or not (_JOINED.fullmatch(value) and is_words(value))


def is_passphrase(value: bytes) -> bool:
    """Letters alone, and yet no name: several words without a gap, or letters that chance put together.

    One word ends like one; of an identifier each part begins with a capital.
    """
    if (
        len(value) < 12
        or not (value.isascii() and value.isalpha())
        or is_stand_in(value)
        or len(set(value.lower())) < 7
    ):
        return False
    if len(_CHANGE.findall(value)) * 4 >= len(value):
        return True
    vowels = sum(c in b"aeiouyAEIOUY" for c in value)
    return value.islower() and (vowels * 5 < len(value) or (len(value) >= 16 and _ONE_WORD.search(value) is None))


def is_key(value: bytes, *, named: bool = True) -> bool:
    """Whether a value under a name like `secret`, `token` or `api_key` is one; `named` for a name that says so."""
    if len(value) < 8 or is_elsewhere(value) or _STRUCTURED.fullmatch(value):
        return False
    if is_random(value):
        return not _MARKED_SAMPLE.search(value)
    if not named or is_stand_in(value) or _PUBLIC_VALUE.match(value):
        return False
    digits = sum(48 <= c <= 57 for c in value)
    if not digits or not any(chr(c).isalpha() and c < 128 for c in value) or entropy(value) < 2.75:
        return False
    # Of words and numbers only one long run counts (`abcdef1234567890`), no name.
    return not is_words(value) or (value.isalnum() and len(value) >= 16 and digits >= 4)


def _is_hex(value: bytes) -> bool:
    return all(c in b"0123456789abcdefABCDEF" for c in value)
