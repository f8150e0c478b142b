"""What is scanned, and what is told of it. A value that was found leaves this package only masked."""

import attrs

from orion_tui.base.text import CleanText, display_path, reveal

#: Values up to this length are not shown at all.
HIDDEN_LENGTH = 8

_HIDDEN = "••••"


@attrs.frozen(kw_only=True)
class ScanItem:
    """One object that would enter the repository: a blob under one of its names, or a text such as a message."""

    #: Workspace path, or what else to call it (`commit message`).
    name: str
    #: git object id; None for what is no object. Items with equal ids have equal data.
    oid: str | None = None
    data: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True, order=True)
class Finding:
    """A place that looks like a secret. Holds the masked value only: printing or storing one is always safe."""

    #: Where it stands; where the name itself holds the secret, that part is masked.
    path: CleanText
    #: Counted from 1; 0 where it is the name itself or the file as a whole.
    line: int
    #: `AWS access key id`, `password`, `private key` ...
    kind: str
    #: First 4 ... last 2; hidden when there are 8 characters or fewer.
    masked: CleanText
    #: How it was hidden: `base64`, `gzip`, `utf-16`, `joined literals` ...; empty where it stood there plainly.
    via: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        hidden = f" (in {self.via})" if self.via else ""
        return f"{place}: {self.kind}{hidden} {self.masked}"


@attrs.frozen(kw_only=True)
class Allowed:
    """A finding that the user's allowlist covers, with the reason that stands there."""

    finding: Finding
    reason: str


@attrs.frozen(kw_only=True)
class ScanReport:
    """The outcome of one scan. Nothing may pass on it unless `clean`."""

    findings: tuple[Finding, ...] = ()
    allowed: tuple[Allowed, ...] = ()
    #: Why the scan is not complete: scanner missing, failed, timed out. Never empty when anything was left unscanned.
    failures: tuple[str, ...] = ()
    #: Objects and bytes that were read.
    objects: int = 0
    size: int = 0

    @property
    def clean(self) -> bool:
        """Everything was scanned, and nothing was found."""
        return not self.findings and not self.failures


def mask(value: bytes) -> CleanText:
    """`AKIA...7Q`; hidden whole when there are 8 characters or fewer. The length is not told either way."""
    text = value.decode("utf-8", "replace")
    if len(text) <= HIDDEN_LENGTH:
        return CleanText(_HIDDEN)
    return reveal(f"{text[:4]}...{text[-2:]}", keep_newlines=False)


def safe_path(name: str, values: frozenset[bytes]) -> CleanText:
    """A name for showing, with every found value that it contains masked."""
    for value in sorted(values, key=len, reverse=True):
        name = name.replace(value.decode("utf-8", "surrogateescape"), mask(value))
    return display_path(name.encode("utf-8", "surrogateescape"))
