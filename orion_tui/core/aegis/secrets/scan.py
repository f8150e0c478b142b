"""One scan: Kingfisher and Orion's own patterns over the same objects at the same time, one list of findings."""

import time
from collections.abc import Iterable
from pathlib import Path

import attrs

from orion_tui.base.text import CleanText, clean
from orion_tui.core.aegis.secrets import kingfisher
from orion_tui.core.aegis.secrets.allowlist import Allowlist
from orion_tui.core.aegis.secrets.assignments import is_connection_password
from orion_tui.core.aegis.secrets.detector import Decoded, Detector, Hit, TooSlow, without_repeats
from orion_tui.core.aegis.secrets.models import Allowed, Finding, ScanItem, ScanReport, mask, safe_path

#: Seconds for everything, plus one for every megabyte: a scan that takes longer fails, it does not pass.
TIMEOUT = 120.0

#: Objects are kept in memory up to this much in all, and read back from the scratch folder beyond.
_KEPT = 64 * 1024 * 1024

# A rule of low confidence (`http://user:pass@host` in every manual); its answers are judged like Orion's own.
_URI_RULE = "generic-credential-uri"


@attrs.define
class _Object:
    """One object on its way through the scan."""

    file: str
    names: list[str]
    size: int
    data: bytes | None
    hits: list[Hit] = attrs.field(factory=list[Hit])


@attrs.frozen
class _Piece:
    """Decoded content, written out for Kingfisher: where its findings belong."""

    owner: _Object
    decoded: Decoded


class _Texts:
    """Names and messages as one object, with what each of its lines belongs to."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._places: list[tuple[str, int]] = []

    def add(self, label: str, text: str, *, is_name: bool) -> None:
        """`label` is shown with a finding: the name itself, or what kind of message it is."""
        lines = [text.replace("\n", " ").replace("\r", " ")] if is_name else text.split("\n")
        for number, line in enumerate(lines, 1):
            self._lines.append(line.encode("utf-8", "surrogateescape"))
            self._places.append((label, 0 if is_name else number))
        self._lines.append(b"")
        self._places.append((label, 0))

    @property
    def data(self) -> bytes:
        return b"\n".join(self._lines)

    def place(self, line: int) -> tuple[str, int]:
        return self._places[min(max(line, 1), len(self._places)) - 1]


def scan(
    items: Iterable[ScanItem],
    *,
    cache: Path,
    messages: Iterable[tuple[str, str]] = (),
    names: Iterable[str] = (),
    allowlist: Allowlist | None = None,
    program: Path | None = None,
    timeout: float = TIMEOUT,
) -> ScanReport:
    """Scan every object, every name and every message that would enter the repository.

    `messages` are (what it is, text): `("commit message", "...")`; `names` are further names beside those of the items,
    such as branch and tags. `cache` is Orion's cache directory (scratch folder and compiled rules); `program` is
    Kingfisher, found by itself where it is None. Never raises for what is scanned: what could not be read is a finding,
    what could not be done a failure. OSError when the scratch folder cannot be written.
    """
    program = program or kingfisher.find()
    started = time.monotonic()
    failures: list[str] = []
    with kingfisher.scratch(cache) as folder:
        texts = _Texts()
        objects = _write_out(items, folder, texts)
        for name in dict.fromkeys(names):
            texts.add(name, name, is_name=True)
        for label, text in messages:
            texts.add(label, text, is_name=False)
        written = _Object("messages-and-names", [], len(texts.data), texts.data)
        kingfisher.write_object(folder, written.file, texts.data)
        everything = [*objects, written]
        size = sum(item.size for item in everything)
        deadline = started + timeout + size / 1_000_000
        run = _start(program, folder, cache, failures)
        try:
            pieces = _own_patterns(everything, folder, deadline, failures)
            _collect(
                run, {item.file: _Piece(item, Decoded(b"", 1, True, "")) for item in everything}, deadline, failures
            )
        finally:
            if run is not None:
                run.stop()
        if pieces and run is not None and not failures:
            _second_look(program, cache, pieces, deadline, failures)
    return _report(objects, written, texts, allowlist or Allowlist(), tuple(failures), size)


def _write_out(items: Iterable[ScanItem], folder: Path, texts: _Texts) -> list[_Object]:
    """Each object once, under its id; its names are noted."""
    by_id: dict[str, _Object] = {}
    kept = 0
    for number, item in enumerate(items):
        texts.add(item.name, item.name, is_name=True)
        file = f"{clean(item.oid)}" if item.oid else f"text-{number}"
        if (known := by_id.get(file)) is not None:
            known.names.append(item.name)
            continue
        kingfisher.write_object(folder, file, item.data)
        kept += len(item.data)
        by_id[file] = _Object(file, [item.name], len(item.data), item.data if kept <= _KEPT else None)
    return list(by_id.values())


def _start(program: Path | None, folder: Path, cache: Path, failures: list[str]) -> "kingfisher.Run | None":
    if program is None:
        failures.append("the scanner kingfisher is not installed; only Orion's own patterns were applied")
        return None
    try:
        return kingfisher.Run(program, folder, rule_cache=cache / "kingfisher")
    except kingfisher.ScannerFailed as error:
        failures.append(str(error))
        return None


def _own_patterns(objects: list[_Object], folder: Path, deadline: float, failures: list[str]) -> list[_Piece]:
    detector = Detector(deadline=deadline)
    pieces: list[_Piece] = []
    room = _KEPT
    try:
        for item in objects:
            data = item.data if item.data is not None else kingfisher.read_object(folder, item.file)
            item.data = None
            item.hits, decoded = detector.scan(data)
            for piece in decoded:
                if len(piece.data) >= 16 and len(piece.data) <= room:
                    room -= len(piece.data)
                    pieces.append(_Piece(item, piece))
    except TooSlow:
        failures.append("the scan took too long: not everything was read")
    return pieces


def _collect(run: "kingfisher.Run | None", places: dict[str, _Piece], deadline: float, failures: list[str]) -> None:
    """Add what Kingfisher found to the objects that it belongs to."""
    if run is None:
        return
    try:
        found = run.finish(timeout=max(5.0, deadline - time.monotonic()))
    except kingfisher.ScannerFailed as error:
        failures.append(str(error))
        return
    for raw in found:
        piece = places.get(raw.file)
        if piece is None or not _counts(raw):
            continue
        decoded = piece.decoded
        line = decoded.line + raw.line - 1 if decoded.counts else decoded.line
        piece.owner.hits.append(Hit(raw.rule.replace("-", " "), line, raw.value, decoded.via))


def _counts(raw: kingfisher.RawFinding) -> bool:
    return raw.rule != _URI_RULE or is_connection_password(raw.value)


def _second_look(program: Path | None, cache: Path, pieces: list[_Piece], deadline: float, failures: list[str]) -> None:
    """Show Kingfisher what only appeared by decoding."""
    with kingfisher.scratch(cache) as folder:
        places: dict[str, _Piece] = {}
        for number, piece in enumerate(pieces):
            places[f"piece-{number}"] = piece
            kingfisher.write_object(folder, f"piece-{number}", piece.decoded.data)
        run = _start(program, folder, cache, failures)
        _collect(run, places, deadline, failures)


def _report(
    objects: list[_Object],
    written: _Object,
    texts: _Texts,
    allowlist: Allowlist,
    failures: tuple[str, ...],
    size: int,
) -> ScanReport:
    findings: set[Finding] = set()
    allowed: dict[Finding, str] = {}
    located = [(name, hit.line, hit) for item in objects for hit in without_repeats(item.hits) for name in item.names]
    located += [(*texts.place(hit.line), hit) for hit in without_repeats(written.hits)]
    values = frozenset(hit.value for _, _, hit in located if hit.value)
    for name, line, hit in located:
        finding = Finding(
            path=safe_path(name, values),
            line=line,
            kind=hit.kind,
            masked=mask(hit.value) if hit.value else CleanText("-"),
            via=hit.via,
        )
        reason = allowlist.reason(name, hit.value)
        if reason is None:
            findings.add(finding)
        else:
            allowed[finding] = reason
    return ScanReport(
        findings=tuple(sorted(findings)),
        allowed=tuple(Allowed(finding=finding, reason=reason) for finding, reason in sorted(allowed.items())),
        failures=failures,
        objects=sum(len(item.names) for item in objects),
        size=size,
    )
