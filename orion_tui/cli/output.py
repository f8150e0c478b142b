"""What goes to the screen: plain words, tables, JSON. Text of others is cleaned here once more and shown literally."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import click

from orion_tui.base.text import clean
from orion_tui.cli.fitting import GAP, fitted

#: Columns of a table that nobody looks at but a program: nothing is cut off there.
_UNLIMITED = 10_000

json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Machine-readable output; keys in docs/cli.md."
)


def say(text: str = "", *, style: str | None = None, bold: bool = False) -> None:
    """A line, or several, to standard output."""
    click.secho(clean(text), fg=style, bold=bold)


def note(text: str) -> None:
    """A line for the person, beside the output: to standard error."""
    click.secho(clean(text), fg="cyan", err=True)


def one_line(text: str, limit: int = 0) -> str:
    """Cleaned, newlines shown as a sign, cut with an ellipsis at `limit` characters (0: never)."""
    line = clean(text, keep_newlines=False)
    return line if not limit or len(line) <= limit else line[: limit - 1] + "…"


def prose(text: str) -> str:
    """Words of a person or a model as one line, cleaned."""
    return one_line(" ".join(text.split()))


def emit_json(value: object) -> None:
    """`value` as indented JSON, ASCII only: no byte of it can reach a terminal as a control sequence."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=True))


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = (), least: Sequence[str] = ()
) -> None:
    """Columns with a header, whole when piped; `right` are set to the right. Nothing where there are no rows.

    On a terminal that is too narrow long texts are cut, and then columns left out, those of `least` first; what was
    left out is said.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[one_line(cell) for cell in row] for row in rows]
    if not cells:
        return
    console = Console(
        file=sys.stdout,
        markup=False,
        highlight=False,
        emoji=False,
        width=None if sys.stdout.isatty() else _UNLIMITED,
        legacy_windows=False,
    )
    natural = [max(Text(text).cell_len for text in column) for column in zip(columns, *cells, strict=True)]
    shown = fitted(columns, natural, console.width, least=least)
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for place, width in shown:
        side = "right" if columns[place] in right else "left"
        grid.add_column(Text(columns[place]), justify=side, no_wrap=True, overflow="ellipsis", width=width)
    for row in cells:
        grid.add_row(*(Text(row[place]) for place, _ in shown))
    with console.capture() as capture:
        console.print(grid)
    # Rich pads every line to the last column's width: nothing that a pipe or a diff should carry.
    for line in capture.get().splitlines():
        click.echo(line.rstrip())
    if missing := [name for place, name in enumerate(columns) if name and place not in dict(shown)]:
        note(f"not shown at {console.width} columns: {', '.join(missing)}")


def moment(at: float | None) -> str:
    """A point in time as people write it here: `2026-11-23 03:12:00`; empty for None."""
    return "" if at is None else datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def span(seconds: float) -> str:
    """A duration in its two largest units: `8s`, `3m 20s`, `2h 10m`, `4d 1h`."""
    total = max(0, round(seconds))
    days, rest = divmod(total, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, secs = divmod(rest, 60)
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes}m"
    if minutes:
        return f"{minutes}m {secs}s"
    return f"{secs}s"


def plural(count: int, noun: str) -> str:
    """`1 task`, `3 tasks`, `2 approvals`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
