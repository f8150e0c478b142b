"""Where a PIN or passphrase comes from: a prompt without an echo, or standard input; never an argument (AUTH-5)."""

import sys
from collections.abc import Callable
from typing import Any, Protocol

import click

from orion_tui.base.errors import UsageError

#: More than any PIN, passphrase or key; a line longer than this is something else.
_LONGEST = 8192

pin_stdin_option: Callable[[Any], Any] = click.option(
    "--pin-stdin", is_flag=True, help="Read what would be asked from standard input, an answer a line."
)


class Secrets(Protocol):
    """Answers to questions that must not be seen."""

    #: Whether a person answers: then a new secret is asked for twice.
    interactive: bool

    def ask(self, question: str) -> str:
        """One answer. Raises UsageError when none can be had."""
        ...


class Prompt:
    """Asks on the terminal, without an echo."""

    interactive = True

    def ask(self, question: str) -> str:
        """One answer, typed."""
        import getpass

        return getpass.getpass(f"{question}: ", stream=sys.stderr)


class Lines:
    """Takes the lines of standard input in turn."""

    interactive = False

    def ask(self, question: str) -> str:
        """The next line."""
        line = sys.stdin.readline(_LONGEST)
        if not line:
            raise UsageError(f"standard input ended before the answer to: {question}")
        return line.rstrip("\r\n")


def secrets(*, from_stdin: bool, what: str = "a PIN", option: str = "--pin-stdin") -> Secrets:
    """A prompt, or standard input when that was asked for; `what` and `option` say in the error what was needed.

    Raises UsageError where there is neither: nothing is ever asked of a pipe.
    """
    if from_stdin:
        return Lines()
    if not sys.stdin.isatty():
        raise UsageError(f"{what} is needed, and there is no terminal to ask on", hint=f"give it with {option}")
    return Prompt()


def asking_passphrase() -> Callable[[], str] | None:
    """Who can be asked for the vault's passphrase; nobody where there is no terminal."""
    return (lambda: Prompt().ask("Passphrase of the vault")) if sys.stdin.isatty() else None
