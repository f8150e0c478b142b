"""Asking before something is done."""

import sys

import click

from orion_tui.base.errors import UsageError


def agree(question: str, *, yes: bool) -> None:
    """Go on when the person says yes, or said so on the command line; else end the command.

    Raises UsageError where there is no terminal to ask on.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("there is no terminal to ask on", hint="say --yes if you have looked at it")
    click.confirm(question, default=False, abort=True, err=True)
