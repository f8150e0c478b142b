"""`orion diff`: what a session would change in your repository."""

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.text import display_path
from orion_tui.cli.opening import engine, find_session, session_argument
from orion_tui.cli.output import emit_json, json_option, note, plural, say

if TYPE_CHECKING:
    from orion_tui.core.repo.diff import DiffSet, FileDiff

_COLOURS = {"+": "green", "-": "red"}


@click.command()
@session_argument
@click.option("--stat", is_flag=True, help="Only the files, with lines added and removed.")
@click.option("--from", "since", metavar="CHECKPOINT", help="Start from this checkpoint instead of the base.")
@click.option("--to", "until", metavar="CHECKPOINT", help="End at this checkpoint instead of the newest work.")
@json_option
def diff(session_id: str | None, stat: bool, since: str | None, until: str | None, as_json: bool) -> int:
    """Show what a session changed, from its base to its last checkpoint, or between two checkpoints.

    On a terminal the text is made safe to look at; in a pipe it is the exact patch, for `git apply`.
    """
    from orion_tui.core.timeline.names import checkpoint_number

    with engine() as opened:
        session = find_session(opened, session_id, doing="show")
        old, new = (None if name is None else checkpoint_number(name) for name in (since, until))
        changed = opened.diff(session.id, old, new)
        if as_json:
            emit_json(_record(session.id, changed))
        elif stat:
            show_stat(changed)
        elif sys.stdout.isatty():
            _show(changed)
        else:
            # Undecodable bytes of the patch are surrogates in the text: only bytes carry them unharmed.
            sys.stdout.flush()
            sys.stdout.buffer.write(os.fsencode(opened.patch(session.id, old=old, new=new)))
            sys.stdout.buffer.flush()
    return 0


def _record(session_id: str, changed: "DiffSet") -> dict[str, Any]:
    return {
        "session": session_id,
        "old": changed.old,
        "new": changed.new,
        "added": changed.added,
        "removed": changed.removed,
        "files": [
            {
                "path": display_path(file.path),
                "old_path": display_path(file.old_path),
                "status": file.status,
                "old_mode": file.old_mode,
                "new_mode": file.new_mode,
                "added": file.added,
                "removed": file.removed,
                "binary": file.binary,
                "special": file.special_reason,
            }
            for file in changed.files
        ],
    }


def show_stat(changed: "DiffSet") -> None:
    """Files with their counts, and the sum."""
    counts = [_counts(file) for file in changed.files]
    width = max((len(text) for text in counts), default=0)
    for file, text in zip(changed.files, counts, strict=True):
        special = f"  ! {file.special_reason}" if file.special else ""
        say(f"{file.status} {text:>{width}}  {file.display}{special}")
    say(f"{plural(len(changed.files), 'file')}, +{changed.added} -{changed.removed}", bold=True)


def _counts(file: "FileDiff") -> str:
    return "binary" if file.binary else f"+{file.added} -{file.removed}"


def _show(changed: "DiffSet") -> None:
    if not changed.files:
        note("nothing was changed")
    for file in changed.files:
        say(f"{file.status} {file.display}  {_counts(file)}", bold=True)
        if file.special:
            say(f"! {file.special_reason}", style="yellow", bold=True)
        if file.old_mode and file.new_mode and file.old_mode != file.new_mode:
            say(f"mode {file.old_mode} -> {file.new_mode}", style="yellow")
        for hunk in file.hunks:
            say(
                f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@ {hunk.heading}",
                style="cyan",
            )
            for line in hunk.lines:
                say(f"{line.kind}{line.text}", style=_COLOURS.get(line.kind))
        if file.huge:
            say("... more lines changed than are shown", style="yellow")
        say()
