"""P10: the secret scan over 30 MB of source, with Kingfisher and Orion's own patterns, and how often it is wrong."""

import sysconfig
import tempfile
import time
from pathlib import Path

from measure import Report

from orion_tui.core.aegis.secrets import ScanItem, kingfisher, scan
from orion_tui.core.aegis.secrets.detector import Detector

ROUNDS = 7
SIZE = 30_000_000
MOST_OF_A_FILE = 10_000_000

METHOD = f"""\
{SIZE // 1_000_000} MB of Python source, taken evenly from the standard library and the installed packages of this
environment, each file an object, as at a promotion: written to the scratch folder, read by Kingfisher (all rules, low
confidence, its compiled rules cached) and by Orion's own patterns at the same time. *Start-up* is the same scan of one
empty file: Kingfisher reads its rules anew each time. Kingfisher and own patterns are also timed alone. False alarms
are counted over every text file of both trees: a file counts when anything in it would block a promotion. Private keys
are not counted, they are the real ones of test suites."""


def texts() -> list[Path]:
    """Every text file of the standard library and of the installed packages."""
    places = sysconfig.get_paths()
    standard, packages = Path(places["stdlib"]), Path(places["purelib"])
    found = [path for path in standard.rglob("*") if path.relative_to(standard).parts[0] != "site-packages"]
    found += packages.rglob("*")
    return sorted({path for path in found if path.is_file() and not path.is_symlink() and _is_text(path)})


def _is_text(path: Path) -> bool:
    with path.open("rb") as stream:
        return path.stat().st_size <= MOST_OF_A_FILE and b"\0" not in stream.read(8192)


def items(paths: list[Path]) -> list[ScanItem]:
    """Objects as the gate gets them."""
    return [ScanItem(name=str(path), oid=f"{number:040x}", data=path.read_bytes()) for number, path in enumerate(paths)]


def source(paths: list[Path]) -> list[ScanItem]:
    """`SIZE` bytes of Python files, evenly from all of them."""
    python = [path for path in paths if path.suffix == ".py"]
    total = sum(path.stat().st_size for path in python)
    step = max(1, total // SIZE)
    chosen: list[Path] = []
    size = 0
    for path in [*python[::step], *python[1::step]]:
        if size < SIZE:
            chosen.append(path)
            size += path.stat().st_size
    return items(chosen)


def scanner_alone(objects: list[ScanItem], cache: Path) -> float:
    """Seconds of one run of Kingfisher."""
    program = kingfisher.find()
    if program is None:
        raise RuntimeError("kingfisher is not installed")
    with kingfisher.scratch(cache) as folder:
        for item in objects:
            kingfisher.write_object(folder, item.oid or "", item.data)
        begin = time.perf_counter()
        kingfisher.Run(program, folder, rule_cache=cache / "kingfisher").finish(timeout=600)
        return time.perf_counter() - begin


def own_alone(objects: list[ScanItem]) -> float:
    """Seconds of Orion's own patterns, on one core."""
    detector = Detector()
    begin = time.perf_counter()
    for item in objects:
        detector.scan(item.data)
    return time.perf_counter() - begin


def main() -> None:
    """Measure and tell."""
    report = Report(id="P10", title="Secret scan", method=METHOD)
    paths = texts()
    objects = source(paths)
    megabytes = sum(len(item.data) for item in objects) / 1e6
    nothing = [ScanItem(name="empty", oid="e" * 40, data=b"")]
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="p10-") as name:
        cache = Path(name)
        for round_ in range(ROUNDS + 1):
            taken: dict[str, float] = {}
            begin = time.perf_counter()
            if scan(objects, cache=cache, timeout=600).failures:
                raise RuntimeError("the scan failed")
            taken["whole"] = time.perf_counter() - begin
            begin = time.perf_counter()
            scan(nothing, cache=cache, timeout=600)
            taken["start"] = time.perf_counter() - begin
            taken["kingfisher"] = scanner_alone(objects, cache)
            taken["own"] = own_alone(objects)
            if round_ == 0:
                continue  # the rules are compiled
            for what, seconds in taken.items():
                figures.setdefault(what, []).append(seconds)
        everything = scan(items(paths), cache=cache, timeout=600)
    whole = report.add(
        f"whole scan of {megabytes:.0f} MB, {len(objects):,} objects", "MB/s", [megabytes / s for s in figures["whole"]]
    )
    report.add("start-up: scan of one empty file", "s", figures["start"])
    report.add(
        "whole scan beyond start-up",
        "MB/s",
        [megabytes / max(s - t, 0.001) for s, t in zip(figures["whole"], figures["start"], strict=True)],
    )
    report.add("Kingfisher alone, with its start-up", "MB/s", [megabytes / s for s in figures["kingfisher"]])
    report.add("own patterns alone, one core", "MB/s", [megabytes / s for s in figures["own"]])
    report.target("whole scan, start-up included, MB/s", whole.median, at_least=40)
    wrong = {finding.path for finding in everything.findings if "private key" not in finding.kind}
    rate = 1000 * len(wrong) / len(paths)
    report.target(f"false alarms a 1,000 files ({len(wrong)} of {len(paths):,} files)", rate, at_most=1)
    report.finish(Path(__file__).parent)


if __name__ == "__main__":
    main()
