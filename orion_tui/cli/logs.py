"""`orion logs`: history, event by event."""

import json

import click

from orion_tui.cli.event_line import DETAILS, event_line
from orion_tui.cli.follow import ENDED, Tending, exit_code, looks
from orion_tui.cli.opening import engine, find_session, session_argument
from orion_tui.cli.output import moment, one_line
from orion_tui.cli.records import event_record
from orion_tui.core.models.events import Event


@click.command()
@session_argument
@click.option("--follow", "-f", "following", is_flag=True, help="Go on until the session ends.")
@click.option("--last", "-n", type=click.IntRange(0, 100_000), default=200, show_default=True, help="How far back.")
@click.option("--all", "everything", is_flag=True, help="The events of all sessions.")
@click.option("--details", is_flag=True, help="Each decision of the gate, too: what was asked, which rule answered.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line; keys in docs/cli.md.")
def logs(session_id: str | None, following: bool, last: int, everything: bool, details: bool, as_json: bool) -> int:
    """Show what happened. With -f, the exit code tells how the session ended."""

    def tell(event: Event) -> None:
        if as_json:
            click.echo(json.dumps(event_record(event), ensure_ascii=True))
        elif details or event.type not in DETAILS:
            click.echo(_line(event, named=everything))

    with engine() as opened:
        chosen = None if everything else find_session(opened, session_id, doing="show").id
        # Without events there is nothing to go on from: the cursor is then the beginning.
        told = opened.latest_events(chosen, last) if last else []
        cursor = told[-1].seq if told else (opened.overview().last_seq if not last else 0)
        for event in told:
            tell(event)
        for look in looks(opened, chosen, after=cursor, tend=Tending(opened)) if following else ():
            for event in look.events:
                tell(event)
            if look.session is not None and not look.more and look.session.state in ENDED:
                return exit_code(look.session)
    return 0


def _line(event: Event, *, named: bool) -> str:
    session = f"{event.session_id or '-':<12} " if named else ""
    return one_line(f"{moment(event.at)} {session}{event.actor:<6} {event_line(event)}")
