"""Compile Kingfisher's rules ahead of time: some ten seconds of work that the first promotion should not wait for."""

from pathlib import Path

from orion_tui.core.aegis.secrets import kingfisher

#: Seconds that compiling may take on a busy machine.
TIMEOUT = 600.0


def warm(cache: Path, *, timeout: float = TIMEOUT) -> bool:
    """Whether the compiled rules are in `cache` (Orion's cache directory) now. Quick when they were there already.

    Never raises for a scanner that is missing or fails: the scan itself tells that, where it matters.
    """
    program = kingfisher.find()
    if program is None:
        return False
    try:
        with kingfisher.scratch(cache) as folder:
            kingfisher.Run(program, folder, rule_cache=rule_cache(cache)).finish(timeout=timeout)
    except (kingfisher.ScannerFailed, OSError):
        return False
    return True


def rule_cache(cache: Path) -> Path:
    """Where the compiled rules are kept. A real directory: Kingfisher uses no link to one."""
    return cache / "kingfisher"
