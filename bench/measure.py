"""How figures are taken and told: medians of at least five rounds with min and max, beside the machine they came from.

A benchmark is a script `pNN_name.py` with a `main` that fills a `Report` and ends with `report.finish()`. Run alone it
prints its section; `python bench/run.py` runs them all and writes `RESULTS.md`.
"""

import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import attrs

from orion_tui.base.paths import file_system_of

#: Fewer rounds than this are an anecdote.
LEAST_ROUNDS = 5


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * (len(ordered) - 1))))]


@attrs.frozen(kw_only=True)
class Figure:
    """One thing measured, a value a round."""

    what: str
    unit: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of the rounds."""
        return statistics.median(self.rounds)

    def row(self) -> str:
        """As a row of the table."""
        cells = (self.median, min(self.rounds), max(self.rounds))
        return f"| {self.what} | {' | '.join(_number(c) for c in cells)} | {self.unit} | {len(self.rounds)} |"


@attrs.define(kw_only=True)
class Report:
    """What one benchmark found."""

    id: str
    title: str
    #: What was done, so that anyone can judge it: payloads, counts, what the sides of a comparison are.
    method: str
    figures: list[Figure] = attrs.field(factory=list[Figure])
    verdicts: list[str] = attrs.field(factory=list[str])
    met: bool = True

    def add(self, what: str, unit: str, rounds: Sequence[float]) -> Figure:
        """A figure of at least `LEAST_ROUNDS` rounds."""
        if len(rounds) < LEAST_ROUNDS:
            raise ValueError(f"{what}: {len(rounds)} rounds; at least {LEAST_ROUNDS} are needed")
        figure = Figure(what=what, unit=unit, rounds=tuple(rounds))
        self.figures.append(figure)
        return figure

    def target(self, text: str, value: float, *, at_most: float | None = None, at_least: float | None = None) -> None:
        """Hold a figure against its target; both are told, met or not."""
        met = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
        self.met &= met
        bounds = [f"<= {_number(at_most)}"] if at_most is not None else []
        bounds += [f">= {_number(at_least)}"] if at_least is not None else []
        self.verdicts.append(
            f"{text}: **{_number(value)}**, target {' and '.join(bounds)}: {'met' if met else 'MISSED'}"
        )

    def markdown(self, machine: str) -> str:
        """The section of `RESULTS.md`."""
        lines = [f"## {self.id} {self.title}", "", machine, "", self.method, ""]
        lines += ["| what | median | min | max | unit | rounds |", "|---|---|---|---|---|---|"]
        lines += [figure.row() for figure in self.figures]
        lines += ["", *(f"- {verdict}" for verdict in self.verdicts)]
        return "\n".join(lines) + "\n"

    def finish(self, directory: Path = Path()) -> None:
        """Print the section (or, asked by the runner, its JSON) for a benchmark that worked in `directory`."""
        section = self.markdown(machine_line(directory))
        if "--json" in sys.argv:
            sys.stdout.write(json.dumps({"id": self.id, "section": section, "met": self.met}) + "\n")
        else:
            sys.stdout.write(section)


def machine_line(directory: Path) -> str:
    """Date, hardware, system, file system of `directory` and versions: a figure without them is worth little."""
    parts = [
        datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        _processor(),
        f"{os.cpu_count()} CPUs",
        f"{_memory_gib():.0f} GiB",
        f"{platform.system()} {platform.release().split('-')[0]}",
        file_system_of(directory) or "unknown file system",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"Textual {metadata.version('textual')}",
        _git(),
    ]
    return "*" + ", ".join(part for part in parts if part) + f"; load before {os.getloadavg()[0]:.1f}*"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _git() -> str:
    try:
        done = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip().replace("git version", "git")


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
