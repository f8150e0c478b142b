"""`orion sessions cleanup`: what Orion keeps and need not."""

from typing import TYPE_CHECKING

import click

from orion_tui.cli.agree import agree
from orion_tui.cli.opening import engine
from orion_tui.cli.output import emit_json, json_option, note, plural, say

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.timeline.retention import Item

_TITLES = {
    "checkpoint": "checkpoints to forget (their commits stay on the branch)",
    "archive": "sessions to archive",
    "branch": "branches to move to the trash, where they stay for 30 days",
    "trash": "pieces of trash to delete for good",
    "repository": "repositories of archived sessions to delete (their work was promoted)",
}
_QUESTIONS = {
    "checkpoint": "Forget {count}?",
    "archive": "Archive {count}?",
    "branch": "Move {count} to the trash?",
    "trash": "Delete {count} for good?",
    "repository": "Delete {count}?",
}
_NOUNS = {
    "checkpoint": "checkpoint",
    "archive": "session",
    "branch": "branch",
    "trash": "piece of work",
    "repository": "repository",
}
_PLURALS = {"branch": "branches", "trash": "pieces of work", "repository": "repositories"}


@click.command()
@click.option("--branches", is_flag=True, help="Also branches of rejected, cancelled and failed work, into the trash.")
@click.option("--dry-run", is_flag=True, help="Show what would go; change nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def cleanup(branches: bool, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Prune what has had its time, kind by kind, each after a question. The supervisor does the same every hour.

    Nothing that was never promoted is deleted at once: it goes to the trash first. Containers and volumes that ended
    sessions have left in the Docker engine are removed without a question.
    """
    from orion_tui.core.timeline import retention
    from orion_tui.core.timeline.upkeep import Upkeep

    with engine() as opened:
        upkeep = Upkeep(home=opened.home, store=opened.store, clock=opened.clock)
        items = retention.plan(upkeep.facts(), branches=branches)
        if not as_json:
            _show(items)
        chosen: list[Item] = []
        if not dry_run:
            for what in retention.What:
                group = [item for item in items if item.what is what]
                if group and (yes or _wanted(str(what), len(group))):
                    chosen += group
        done = upkeep.carry_out(chosen, actor="user")
        # Last, so that an engine that does not answer keeps nothing else from being pruned.
        containers, volumes = (0, 0) if dry_run else _strays(opened)
    if as_json:
        pruned = [{**_record(item), "done": item in done} for item in items]
        emit_json({"containers": containers, "volumes": volumes, "pruned": pruned})
        return 0
    if items and not dry_run:
        note(f"pruned {plural(len(done), 'thing')}")
    if containers or volumes:
        say(f"removed {plural(containers, 'container')} and {plural(volumes, 'volume')} that nobody uses")
    elif not items:
        say("nothing was left behind")
    return 0


def _strays(opened: "Engine") -> tuple[int, int]:
    """Remove what ended sessions of this state directory left in the Docker engine: containers and volumes."""
    from orion_tui.core.session.strays import remove_strays

    removed = remove_strays(opened.home, opened.store)
    return removed.containers, removed.volumes


def _wanted(what: str, count: int) -> bool:
    try:
        agree(_QUESTIONS[what].format(count=_counted(what, count)), yes=False)
    except click.exceptions.Abort:
        return False
    return True


def _counted(what: str, count: int) -> str:
    return f"1 {_NOUNS[what]}" if count == 1 else f"{count:,} {_PLURALS.get(what, _NOUNS[what] + 's')}"


def _show(items: "tuple[Item, ...]") -> None:
    shown = ""
    for item in items:
        if item.what != shown:
            shown = str(item.what)
            say(_TITLES[shown], bold=True)
        number = {"checkpoint": f" cp-{item.number:04d}", "trash": f" {item.number}"}.get(str(item.what), "")
        size = f"  {item.bytes / 1e6:,.1f} MB" if item.bytes else ""
        say(f"  {item.session_id}{number}{size}  {item.reason}")


def _record(item: "Item") -> dict[str, object]:
    return {
        "what": str(item.what),
        "session": item.session_id,
        "number": item.number or None,
        "reason": item.reason,
        "bytes": item.bytes,
    }
