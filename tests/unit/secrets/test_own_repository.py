"""This repository holds nothing that its own scan would stop: tests make their secrets up when they run."""

from pathlib import Path

import pytest

from orion_tui.core.aegis.secrets.detector import Detector

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
HELD = ("orion_tui", "tests", "docs", "bench", "scripts", "requirements")


def test_every_file_of_this_repository_is_clean() -> None:
    files = [path for folder in HELD for path in (ROOT / folder).rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file()]
    detector = Detector()
    read = 0
    found: list[str] = []
    for path in files:
        if "__pycache__" in path.parts or path.stat().st_size > 10_000_000:
            continue
        read += 1
        hits, _ = detector.scan(path.read_bytes())
        # The places only: a failing test must not print what it found.
        found += (f"{path.relative_to(ROOT)}:{hit.line} {hit.kind}" for hit in hits)
    assert read > 300, "the control: there is a repository to read"
    assert found == []
