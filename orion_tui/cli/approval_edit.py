"""`orion approvals edit`: change a command or a file's content, see what the gate says of it, and let that run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from orion_tui.base.errors import InvalidFile, UsageError
from orion_tui.cli.agree import agree
from orion_tui.cli.approval_text import show_content, warn_of_disguise
from orion_tui.cli.opening import engine
from orion_tui.cli.output import emit_json, json_option, one_line, say
from orion_tui.cli.records import approval_record

if TYPE_CHECKING:
    from orion_tui.core.session.editing import Edited

#: Bytes that are read of a file or of standard input: more is refused anyway.
_MOST = 1_000_000


@click.command()
@click.argument("approval_id", metavar="ID")
@click.option("--text", help="The command as it is to run.")
@click.option(
    "--file",
    "source",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Take the text from a file (- for standard input) instead of your $EDITOR.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask: approve what came of it, where it is not forbidden.")
@json_option
def edit(approval_id: str, text: str | None, source: Path | None, yes: bool, as_json: bool) -> int:
    """Change what it asks for in your $EDITOR: a command, or the content of a file. The path stays.

    The gate judges what you made of it; a forbidden one cannot be approved. The rest runs once, as you wrote it, and
    the agent is told that a person changed it, and to what.
    """
    if text is not None and source is not None:
        raise UsageError("both --text and --file were given", hint="give one of them")
    with engine() as opened:
        approval = opened.approval(approval_id)
        before = opened.text_to_edit(approval.id)
        after = text if text is not None else _read(source) if source is not None else _in_editor(before)
        shown = opened.edited(approval.id, after)
        if not as_json:
            _show(shown)
        agree("approve it like this?", yes=yes)
        done = opened.approve_edited(shown, after)
    if as_json:
        emit_json(approval_record(done))
    else:
        say(f"✓ approved as edited {done.id}: {one_line(str(done.card.get('title', '')))}")
    return 0


def _show(shown: "Edited") -> None:
    say(one_line(str(shown.card["title"])), bold=True)
    say(f"  instead of   {one_line(shown.instead_of)}")
    say(f"  the gate     {one_line(f'{shown.decision.tier}: {shown.decision.reason}')}")
    say()
    made = attrs.evolve(shown.approval, card=shown.card)
    warn_of_disguise(made)
    show_content(made)


def _in_editor(before: str) -> str:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("there is no terminal for an editor", hint="give the text with --text or --file")
    data = before.encode("utf-8", "surrogateescape")
    # As bytes: of a text the line ends would be changed on the way.
    after = click.edit(data)
    if after is None or after == data:
        raise UsageError("nothing was changed", hint="approve it as it is, or reject it")
    try:
        return after.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("what came back is not UTF-8", hint="save it as UTF-8") from None


def _read(source: Path) -> str:
    try:
        data = sys.stdin.buffer.read(_MOST + 1) if str(source) == "-" else source.read_bytes()
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFile(f"{one_line(str(source))} cannot be read: {one_line(str(error))}") from error
    if len(data) > _MOST:
        raise UsageError(f"more than {_MOST:,} bytes were given")
    return text
