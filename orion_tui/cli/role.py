"""`orion role`: which roles there are, what one allows, and whether a file is one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from orion_tui.base.kinds import Tier
from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, json_option, note, one_line, say, table

if TYPE_CHECKING:
    from orion_tui.roles.library import Library, RoleInfo
    from orion_tui.roles.schema import LoadedRole

_TIER_SIGNS = {Tier.AUTONOMOUS: "✓ by itself", Tier.REQUIRES_APPROVAL: "◐ asks you", Tier.FORBIDDEN: "■ never"}

_workspace_option = click.option(
    "--workspace",
    "-w",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Roles that come with this repository are listed too (default: the one around this folder).",
)


@click.group()
def role() -> None:
    """Roles say what an agent may do by itself, must ask for, and may never do."""


@role.command("list")
@_workspace_option
@json_option
def list_roles(workspace: Path | None, as_json: bool) -> int:
    """List every role: starters, yours, and those that come with the repository."""
    listed = _library(workspace).list()
    if as_json:
        emit_json([_info_record(info) for info in listed])
        return 0
    table(
        ("name", "display name", "scope", "auth", "source", "usable"),
        [
            (
                info.name,
                info.display_name,
                str(info.scope or "?"),
                str(info.auth or "?"),
                str(info.source),
                _usable(info),
            )
            for info in listed
        ],
    )
    for info in listed:
        for problem in info.errors:
            note(f"{info.name}: {problem}")
    return 0


@role.command()
@click.argument("name")
@_workspace_option
@json_option
def show(name: str, workspace: Path | None, as_json: bool) -> int:
    """Show a role in full, as it is in force: corrections of AEGIS included."""
    library = _library(workspace)
    info = library.find(name)
    loaded = library.read(name)
    if as_json:
        emit_json({**_info_record(info), "role": _role_record(loaded)})
    else:
        _show(info, loaded)
    return 0


@role.command()
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def validate(path: Path, as_json: bool) -> int:
    """Check a role file. Every problem is named with line and column; exit code 4 when there is one."""
    from orion_tui.base.errors import InvalidFile
    from orion_tui.roles.loader import load_roles

    try:
        loaded = load_roles(path)
    except InvalidFile as error:
        if not as_json:
            raise
        emit_json({"valid": False, "problems": list(error.problems), "roles": [], "warnings": [], "corrections": []})
        return error.exit_code
    warnings = [warning for one in loaded for warning in one.warnings]
    corrections = [correction for one in loaded for correction in one.corrections]
    names = [one.role.name for one in loaded]
    if as_json:
        record = {"valid": True, "problems": [], "roles": names, "warnings": warnings, "corrections": corrections}
        emit_json(record)
    else:
        say(f"✓ {one_line(str(path))}: {', '.join(names)}")
        for text in (*warnings, *corrections):
            say(f"  note: {one_line(text)}")
    return 0


def _library(workspace: Path | None) -> "Library":
    from orion_tui.roles.library import Library

    return Library(OrionHome.from_environment().roles, workspace=workspace or _repository_here())


def _repository_here() -> Path | None:
    """The nearest folder, from here upward, that has a `.git`: enough to find files by, nothing of it is run."""
    try:
        here = Path.cwd()
    except OSError:
        return None
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)


def _usable(info: "RoleInfo") -> str:
    if info.errors:
        return "✗ broken"
    if not info.trusted:
        return "■ untrusted"
    return "✓" if info.enabled else "■ disabled"


def _info_record(info: "RoleInfo") -> dict[str, Any]:
    return {
        "name": info.name,
        "display_name": info.display_name,
        "scope": str(info.scope) if info.scope else None,
        "auth": str(info.auth) if info.auth else None,
        "source": str(info.source),
        "enabled": info.enabled,
        "trusted": info.trusted,
        "usable": info.usable,
        "path": info.path,
        "digest": info.digest,
        "errors": list(info.errors),
        "warnings": list(info.warnings),
        "corrections": list(info.corrections),
    }


def _role_record(loaded: "LoadedRole") -> dict[str, Any]:
    record = attrs.asdict(loaded.role, filter=lambda field, _: field.name not in {"authority", "hard_limits"})
    authority = loaded.role.authority
    record["authority"] = {str(tier): [rule.text for rule in authority.of(tier)] for tier in Tier}
    record["hard_limits"] = [rule.text for rule in loaded.role.hard_limits]
    return record


def _show(info: "RoleInfo", loaded: "LoadedRole") -> None:
    from orion_tui.roles.shown import shown

    role = shown(info, loaded, usable=_usable(info))
    say(f"{one_line(role.display_name)}  ({role.name})", bold=True)
    say(f"  {one_line(role.description)}")
    for name, value in role.facts:
        say(f"  {name:<13} {one_line(value)}")
    for tier, rules in role.tiers:
        say()
        say(f"  {_TIER_SIGNS[tier]}", bold=True)
        for text, label in rules:
            say(f"    {one_line(text):<32} {one_line(label)}")
    if role.hard_limits:
        say()
        say("  ■ never, by your own limits", bold=True)
        for text, label in role.hard_limits:
            say(f"    {one_line(text):<32} {one_line(label)}")
    for text in role.notes:
        note(f"note: {one_line(text)}")
