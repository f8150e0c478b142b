"""`orion keys`: what every key of the application does, under the names by which it can be changed."""

import click

from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, json_option, note, table


@click.command()
@click.argument("view", default="")
@json_option
def keys(view: str, as_json: bool) -> int:
    """The keys of orion-tui: all, or those of one VIEW (mission, live, diff ...), with your own laid over them."""
    from orion_tui.base.errors import UsageError
    from orion_tui.base.key_catalogue import CATALOGUE, VIEWS
    from orion_tui.base.key_names import display
    from orion_tui.core import appearance
    from orion_tui.roles.problems import did_you_mean

    if view and view not in VIEWS:
        raise UsageError(f"there is no view {view}{did_you_mean(view, list(VIEWS))}", hint=f"one of {', '.join(VIEWS)}")
    found, wrong = appearance.load(OrionHome.from_environment())
    used, clashes = found.keys()
    shown = [used.get(key.id) for key in CATALOGUE if not view or key.view == view]
    if as_json:
        emit_json(
            [
                {
                    "id": key.id,
                    "view": key.view,
                    "keys": [display(name) for name in key.keys.split(",")],
                    "label": key.label,
                    "help": key.help,
                    "own": key.id in used.own,
                }
                for key in shown
            ]
        )
        return 0
    table(
        ("id", "keys", "what it does"),
        [(key.id, key.all_shown + (" (yours)" if key.id in used.own else ""), key.help) for key in shown],
    )
    for problem in (*wrong, *clashes):
        note(problem)
    note('another key: orion settings set keys.ID KEY   for example: orion settings set keys.live.pause "space, f2"')
    return 0
