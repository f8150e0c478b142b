"""`orion settings`: every setting, where its value comes from, and a change that keeps the file's comments."""

from typing import Any

import click

from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, json_option, note, say, table


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def settings(context: click.Context, as_json: bool) -> int | None:
    """Every setting, its value, and who decided it: you, the environment, or Orion's default."""
    if context.invoked_subcommand is not None:
        return None
    from orion_tui.core import settings_table

    home = OrionHome.from_environment()
    rows = settings_table.listed(home)
    if as_json:
        emit_json([_record(row) for row in rows])
        return 0
    table(
        ("setting", "value", "from", "what it is"),
        [(row.setting.name, row.value or "-", row.place or row.origin.value, row.setting.help) for row in rows],
    )
    note(f"change one: orion settings set NAME VALUE   the file: {home.root / 'settings.yaml'}")
    _complain(home)
    return 0


@settings.command("get")
@click.argument("name")
@json_option
def get(name: str, as_json: bool) -> int:
    """The value of one setting; exit code 3 where nobody decided it and it has no default."""
    from orion_tui.core import settings_table

    setting = settings_table.describe(name)
    rows = {row.setting.name: row for row in settings_table.listed(OrionHome.from_environment())}
    row = rows.get(name) or settings_table.Row(
        setting=setting, value=setting.default, origin=settings_table.Origin.DEFAULT
    )
    if as_json:
        emit_json(_record(row))
    elif row.value:
        say(row.value)
    return 0 if row.value else 3


@settings.command("set")
@click.argument("name")
@click.argument("value")
def set_one(name: str, value: str) -> int:
    """Set one setting. Comments and layout of the file stay; a value that is wrong changes nothing.

    Several keys are separated by commas: orion settings set keys.live.pause "space, f2".
    """
    return _change(name, value)


@settings.command("unset")
@click.argument("name")
def unset_one(name: str) -> int:
    """Take one setting out of the file, so that the default holds again."""
    return _change(name, None)


@settings.command("path")
def path() -> int:
    """Where the file is."""
    say(str(OrionHome.from_environment().root / "settings.yaml"))
    return 0


@settings.command("check")
def check() -> int:
    """Check the file, keys included; every problem with its place."""
    from orion_tui.base.errors import InvalidFile
    from orion_tui.core import appearance, settings_table
    from orion_tui.core import settings as core

    home = OrionHome.from_environment()
    found, wrong = appearance.load(home)  # as the application reads `ui` and `keys`
    try:
        core.load(home)
    except InvalidFile as error:
        raise InvalidFile(error.message, problems=(*error.problems, *found.keys()[1]), hint=error.hint) from error
    if problems := (*wrong, *found.keys()[1]):
        raise InvalidFile(f"{core.settings_file(home)} has keys that cannot be used", problems=problems)
    say(f"{core.settings_file(home)}: {sum(row.origin.value != 'default' for row in settings_table.listed(home))} set")
    return 0


@settings.command("edit")
def edit() -> int:
    """Open the file in $EDITOR; what is wrong with it afterwards is said, and a wrong file is not taken over."""
    from orion_tui.core import settings_table

    home = OrionHome.from_environment()
    before = settings_table.source(home)
    after = before
    while True:
        after = click.edit(after or _BEGINNING, extension=".yaml", require_save=False) or ""
        if after in {before, _BEGINNING}:
            say("nothing was changed")
            return 0
        problems = settings_table.problems(after)
        if not problems:
            break
        for problem in problems:
            note(problem)
        if not click.confirm("Edit again? (no: nothing is changed)", default=True, err=True):
            return 4
    settings_table.make(home, settings_table.Change(name="", before=before, after=after))
    say("written")
    return 0


_BEGINNING = """\
# What you decided once for all sessions. All settings: orion settings
"""


def _change(name: str, value: str | None) -> int:
    from orion_tui.core import settings_table

    home = OrionHome.from_environment()
    change = settings_table.changed(home, name, value)
    settings_table.make(home, change)
    if change.before == change.after:
        say(f"{name} is not set" if value is None else f"{name} is that already")
    else:
        say(f"{name} is now the default" if value is None else f"{name} is now {value}")
    return 0


def _record(row: Any) -> dict[str, object]:
    return {
        "name": row.setting.name,
        "value": row.value or None,
        "origin": row.origin.value,
        "place": row.place or None,
        "default": row.setting.default or None,
        "help": row.setting.help,
        "choices": list(row.setting.choices) or None,
    }


def _complain(home: OrionHome) -> None:
    from orion_tui.core import appearance

    found, wrong = appearance.load(home)
    for problem in (*wrong, *found.keys()[1]):
        note(problem)
