"""Every setting with its value, where the value comes from, and how it is changed: what `orion settings` and the screen
show and set.

Names are paths with dots: `model.default`, `sessions.running`, `keys.live.pause`, `prices.workshop/qwen3.input`. A name
that does not exist is refused with what may have been meant.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import attrs

from orion_tui.base.errors import ConflictError, InvalidFile, UsageError
from orion_tui.base.key_catalogue import CATALOGUE
from orion_tui.base.own_keys import own_keys
from orion_tui.base.paths import OrionHome
from orion_tui.core import appearance, settings
from orion_tui.core.agent.choice import VARIABLE
from orion_tui.core.agent.connections import laid_over
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.auth.vault import replace_file
from orion_tui.core.yaml_splice import Value, set_value, unset
from orion_tui.roles import strict_yaml
from orion_tui.roles.problems import did_you_mean
from orion_tui.roles.yaml_node import Kind, Node


class Origin(StrEnum):
    """Who decided a value."""

    DEFAULT = "default"
    FILE = "settings.yaml"
    ENVIRONMENT = "environment"


@attrs.frozen(kw_only=True)
class Setting:
    """One thing that can be set."""

    name: str
    help: str
    #: What holds where nobody says anything, as shown.
    default: str = ""
    #: The only values, where there are but a few.
    choices: tuple[str, ...] = ()
    #: Whether the value is a list of texts.
    many: bool = False

    @property
    def group(self) -> str:
        """Its heading: the name's first part."""
        return self.name.partition(".")[0]


@attrs.frozen(kw_only=True)
class Row:
    """A setting as it stands."""

    setting: Setting
    value: str
    origin: Origin
    #: `settings.yaml:4`, `ORION_MODEL`; empty for a default.
    place: str = ""
    #: Whether the file says it, and the environment something else.
    overruled: bool = False


_SWITCH = ("true", "false")
FIXED: tuple[Setting, ...] = (
    Setting(name="model.default", help="The model that plans and works: provider/name."),
    Setting(name="model.plan", help="The model that plans; else the default one."),
    Setting(name="model.work", help="The model that works; else the default one."),
    Setting(name="model.review", help="The model that thinks the plan over; else the one that plans."),
    Setting(
        name="sessions.running",
        help=f"Sessions that work at a time, 1 to {settings.MOST_RUNNING}.",
        default=str(settings.RUNNING),
    ),
    Setting(
        name="ui.theme",
        help="Colours; ansi takes the terminal's own.",
        default="dark, or ansi where there are few colours",
        choices=appearance.THEMES,
    ),
    Setting(name="ui.ascii", help="Signs that every font has.", default="as the terminal can", choices=_SWITCH),
    Setting(name="ui.bell", help="Ring when something begins to wait for you.", default="true", choices=_SWITCH),
    Setting(
        name="ui.mouse",
        help="Take the mouse; false leaves it to the terminal's own selecting.",
        default="true",
        choices=_SWITCH,
    ),
    Setting(
        name="ui.clipboard",
        help="What y does: auto sends to the terminal's clipboard and saves a file; osc52 or file does one of them.",
        default="auto",
        choices=appearance.CLIPBOARD,
    ),
)
_BY_NAME = {setting.name: setting for setting in FIXED}
_KEYS = {
    f"keys.{key.id}": Setting(name=f"keys.{key.id}", help=key.help, default=key.all_shown, many=True)
    for key in CATALOGUE
}
#: Names with a part of the person's own: how they are written, and what they are.
_OPEN = {
    ("providers", "base_url"): "Address of the provider's interface.",
    ("providers", "key_env"): "Environment variable that holds its key; never the key itself.",
    ("prices", "input"): "Dollars for a million tokens that are sent.",
    ("prices", "output"): "Dollars for a million tokens that come back.",
    ("prices", "cached"): "Dollars for a million tokens read from the provider's cache.",
}


def describe(name: str) -> Setting:
    """The setting of that name. UsageError, with what may have been meant, where there is none."""
    if (known := _BY_NAME.get(name) or _KEYS.get(name)) is not None:
        return known
    group, _, rest = name.partition(".")
    inner, _, last = rest.rpartition(".")
    if inner and (text := _OPEN.get((group, last))) is not None:
        return Setting(name=name, help=text)
    if group == "prices" and rest:
        return Setting(name=name, help="Dollars for a million tokens: sent, back and, if it differs, from the cache.")
    if group == "contexts" and rest:
        return Setting(name=name, help="Tokens that the model's context window holds.")
    if group == "mcp":
        raise UsageError(f"{name}: a server of tools is a block of its own", hint="write it with: orion settings edit")
    known_names = [*_BY_NAME, *_KEYS]
    raise UsageError(f"there is no setting {name}{did_you_mean(name, known_names)}", hint="all: orion settings")


def path_of(name: str) -> tuple[str, ...]:
    """Where a setting stands in the file."""
    group, _, rest = name.partition(".")
    inner, _, last = rest.rpartition(".")
    return (group, inner, last) if inner and (group, last) in _OPEN else (group, rest)


def listed(home: OrionHome, environ: Mapping[str, str] = os.environ, *, every_key: bool = False) -> list[Row]:
    """All settings: the fixed ones, and what else the file says; `every_key` lists the keys that it leaves as they are,
    too. Raises InvalidFile as `settings.load`."""
    settings.load(home)
    text = _text(settings.settings_file(home))
    given = dict(_given(strict_yaml.parse(text, "settings.yaml").root)) if text.strip() else {}
    rows = [_row(setting, given.pop(path_of(setting.name), None), environ) for setting in FIXED]
    keys = list(_KEYS.values()) if every_key else []
    rows += [_row(_described(path), node, environ) for path, node in given.items() if ".".join(path) not in _KEYS]
    rows += [_row(_KEYS[".".join(path)], node, environ) for path, node in given.items() if ".".join(path) in _KEYS]
    rows += [_row(setting, None, environ) for setting in keys if path_of(setting.name) not in given]
    return rows


def _described(path: tuple[str, ...]) -> Setting:
    name = ".".join(path)
    try:
        return describe(name)
    except UsageError:
        return Setting(name=name, help="Written by hand: orion settings edit.")


def _row(setting: Setting, node: Node | None, environ: Mapping[str, str]) -> Row:
    if setting.group == "model" and (said := environ.get(VARIABLE, "").strip()):
        return Row(setting=setting, value=said, origin=Origin.ENVIRONMENT, place=VARIABLE, overruled=node is not None)
    if node is None:
        return Row(setting=setting, value=setting.default, origin=Origin.DEFAULT)
    return Row(setting=setting, value=_shown(node), origin=Origin.FILE, place=f"settings.yaml:{node.line}")


def _shown(node: Node) -> str:
    return ", ".join(_shown(child) for child in node.children) if node.kind is Kind.LIST else node.value


def _given(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    if node.kind is Kind.MAPPING:
        for key, value in node.pairs.values():
            yield from _given(value, (*path, key.value))
    elif not node.is_null:
        yield path, node


# --- change -----------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Change:
    """A change of the file that is valid, and not yet made."""

    name: str
    before: str
    after: str


def changed(home: OrionHome, name: str, value: str | None) -> Change:
    """The file with the setting at `value`, or without it (None), checked as a whole.

    Raises UsageError for a name or value that does not exist, InvalidFile where the file would be wrong with it (or is
    wrong already), Unchangeable where its layout does not allow it.
    """
    path = settings.settings_file(home)
    settings.load(home)
    before = _text(path)
    if value is None:
        return Change(name=name, before=before, after=unset(before, _existing(name)))
    setting = describe(name)
    after = before
    for at, each in _values(setting, value.strip()):
        after = set_value(after, at, each)
    try:
        parsed = settings.parse(after, "settings.yaml")
    except InvalidFile as wrong:
        raise UsageError(f"{name} cannot be {value!r}", problems=wrong.problems) from wrong
    if setting.group == "model":
        _check_provider(name, value, parsed)
    if setting.group == "keys":
        _, problems = own_keys(parsed.appearance.wishes)
        mine = [str(each) for each in problems if f"keys.{each.name}" == name]
        if mine:
            raise UsageError(f"{name} cannot be {value!r}", problems=tuple(mine))
    return Change(name=name, before=before, after=after)


def _check_provider(name: str, value: str, parsed: settings.Settings) -> None:
    """UsageError where no provider of that name is known."""
    known, provider = laid_over(parsed), ModelRef.parse(value).provider
    if provider not in known:
        raise UsageError(
            f"{name} cannot be {value!r}: no provider is called {provider}{did_you_mean(provider, known)}",
            hint=f"known: {', '.join(known)}; a server of your own: orion settings set providers.NAME.base_url http://...",
        )


def make(home: OrionHome, change: Change) -> None:
    """Put a change on disk, whole or not at all. ConflictError when the file is another one by now."""
    home.prepare()
    path = settings.settings_file(home)
    if _text(path) != change.before:
        raise ConflictError(f"{path} was changed meanwhile", hint="nothing was written; look at it, then try again")
    if change.after != change.before:
        replace_file(path, change.after.encode())


def source(home: OrionHome) -> str:
    """The file's text; empty where there is none. Raises InvalidFile when it cannot be read."""
    return _text(settings.settings_file(home))


def problems(text: str) -> tuple[str, ...]:
    """All that would be wrong with this text as the settings file, keys included."""
    try:
        parsed = settings.parse(text, "settings.yaml")
    except InvalidFile as wrong:
        return wrong.problems
    return parsed.appearance.keys()[1]


def _existing(name: str) -> tuple[str, ...]:
    try:
        describe(name)
    except UsageError:
        if not name.startswith("mcp."):
            raise
        # A block may be taken out whole.
        return tuple(name.split("."))
    return path_of(name)


def _values(setting: Setting, text: str) -> list[tuple[tuple[str, ...], Value]]:
    """What is to stand where: a price is three values that only hold together."""
    at = path_of(setting.name)
    if setting.group != "prices" or len(at) != 2:
        return [(at, _value(setting, text))]
    parts = text.replace(",", " ").split()
    if len(parts) not in {2, 3}:
        raise UsageError(f"{setting.name} needs two or three numbers, not {text!r}", hint="IN OUT [CACHED]: 0.2 0.6")
    return [((*at, field), part) for field, part in zip(("input", "output", "cached"), parts, strict=False)]


def _value(setting: Setting, text: str) -> Value:
    if not text:
        raise UsageError(f"{setting.name} needs a value", hint=f"to take it back: orion settings unset {setting.name}")
    if setting.choices and text.lower() not in setting.choices:
        raise UsageError(f"{setting.name} is one of {', '.join(setting.choices)}, not {text!r}")
    if setting.many:
        return _listed(text)
    return text.lower() if setting.choices else text


def _listed(text: str) -> Sequence[str]:
    parts = [part.strip() for part in text.split(",")] if text != "," else [","]
    return tuple(part for part in parts if part)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFile(f"cannot read {path}: {error}") from error
