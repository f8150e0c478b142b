"""`--model` and `--plan-model` where a session goes on: the same as when it was started, for a session there is."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from orion_tui.cli.output import one_line, say
from orion_tui.cli.secret import asking_passphrase

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session


def other_models(command: Callable[..., Any]) -> Callable[..., Any]:
    """The two options, empty where nothing is said."""
    command = click.option("--plan-model", metavar="MODEL", default="", help="Another model that plans.")(command)
    return click.option("--model", metavar="MODEL", default="", help="Another model, as provider/name.")(command)


def bring_models(opened: "Engine", session: "Session", model: str, plan_model: str) -> None:
    """Other models, where some were named, and in any case the keys that the session's models take.

    Raises as `Engine.change_models` and `Engine.bring_keys`; nothing goes on then.
    """
    if not (model or plan_model):
        opened.bring_keys(session.id, ask_passphrase=asking_passphrase())
        return
    now = opened.change_models(session.id, work=model, plan=plan_model, ask_passphrase=asking_passphrase())
    say(f"  models: {one_line(', '.join(f'{step} {name}' for step, name in now.items()))}")
