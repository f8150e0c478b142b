"""`orion auth`: the PIN that stands between finished work and your repository."""

import sys
from typing import TYPE_CHECKING

import click

from orion_tui.base.clock import SystemClock, iso
from orion_tui.base.errors import UsageError, VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import emit_json, json_option, moment, note, say
from orion_tui.cli.secret import Secrets, pin_stdin_option, secrets

if TYPE_CHECKING:
    from orion_tui.core.auth.authenticator import Authenticator
    from orion_tui.core.auth.vault import VaultChoice

#: Values of --vault.
VAULTS = ("keychain", "passphrase", "machine-key")


@click.group()
def auth() -> None:
    """Your PIN: needed to promote work, and to take a promotion back."""


@auth.command("set")
@click.option("--vault", type=click.Choice(VAULTS), help="Where its hash is kept: the system keychain, or a file.")
@pin_stdin_option
def set_pin(vault: str | None, pin_stdin: bool) -> int:
    """Set the PIN, or change it, or where it is kept.

    With --pin-stdin the lines are, each only where it applies: the passphrase of the vault in use, the current PIN,
    the passphrase of the new vault, the new PIN.
    """
    from orion_tui.core.auth import pin
    from orion_tui.core.auth.authenticator import Authenticator
    from orion_tui.core.auth.vault import MACHINE_KEY_WARNING, VaultChoice
    from orion_tui.core.store import Store

    home = OrionHome.from_environment()
    home.prepare()
    with Store.open(home.database) as store:
        authenticator = Authenticator(home, store, SystemClock())
        status = authenticator.status()
        answers = secrets(from_stdin=pin_stdin)
        if status.needs_passphrase:
            authenticator.unlock(answers.ask("Passphrase of the vault"))
        current = answers.ask("Current PIN") if status.methods else None
        choice = choose_vault(vault, status.vault, interactive=answers.interactive, what="the PIN's hash")
        if choice is VaultChoice.PASSPHRASE and status.vault is not VaultChoice.PASSPHRASE:
            _make_passphrase(authenticator, answers)
        new = twice(answers, "New PIN (6 to 8 digits)")
        pin.check(new)
        authenticator.enroll_pin(new, current=current, vault=choice)
    say(f"✓ the PIN is {'changed' if current else 'set'}; its hash is kept in: {choice}")
    if choice is VaultChoice.MACHINE_KEY:
        note(f"note: {MACHINE_KEY_WARNING}")
    return 0


@auth.command()
@json_option
def status(as_json: bool) -> int:
    """What is set up, where it is kept, whether it is locked. Asks nothing and opens no keychain."""
    from orion_tui.core.auth.authenticator import Authenticator
    from orion_tui.core.store import Store

    home = OrionHome.from_environment()
    home.prepare()
    with Store.open(home.database) as store:
        found = Authenticator(home, store, SystemClock()).status()
    if as_json:
        emit_json(
            {
                "methods": [str(method) for method in found.methods],
                "vault": str(found.vault) if found.vault else None,
                "locked_until": iso(found.locked_until) if found.locked_until else None,
                "needs_passphrase": found.needs_passphrase,
            }
        )
        return 0
    if not found.methods:
        say("no PIN is set; set one before you promote: orion auth set")
        return 0
    say(f"set: {', '.join(map(str, found.methods))}; kept in: {found.vault}")
    if found.locked_until:
        say(f"locked until {moment(found.locked_until)} after too many wrong attempts", style="red")
    return 0


def open_for_checking(authenticator: "Authenticator", answers: Secrets) -> None:
    """Ask for the vault's passphrase where it has one."""
    if authenticator.status().needs_passphrase:
        authenticator.unlock(answers.ask("Passphrase of the vault"))


def choose_vault(named: str | None, current: "VaultChoice | None", *, interactive: bool, what: str) -> "VaultChoice":
    """The kind of vault: the named one, the one in use, the keychain, else what a person answers.

    Raises UsageError, with the options, where there is nobody to ask.
    """
    from orion_tui.core.auth.keychain import find_backend
    from orion_tui.core.auth.vault import MACHINE_KEY_WARNING, VaultChoice

    if named is not None:
        return VaultChoice(named)
    if current is not None:
        return current
    try:
        find_backend()
        return VaultChoice.KEYCHAIN
    except VaultError as error:
        if not interactive or not sys.stdin.isatty():
            raise UsageError(
                f"{error.message}; where {what} is kept has to be chosen",
                hint="add --vault passphrase (asks for one) or --vault machine-key (does not survive a stolen disk)",
            ) from None
        note(f"{error.message}.")
        note(f"A file can keep it, encrypted: under a passphrase, or under a machine key. {MACHINE_KEY_WARNING}")
        chosen = click.prompt("Which", type=click.Choice(VAULTS[1:]), default="passphrase", err=True)
        return VaultChoice(chosen)


def _make_passphrase(authenticator: "Authenticator", answers: Secrets) -> None:
    passphrase = twice(answers, "Passphrase of the new vault")
    if not passphrase:
        raise UsageError("an empty passphrase protects nothing")
    authenticator.unlock(passphrase)


def twice(answers: Secrets, question: str) -> str:
    """A new secret: a person is asked for it once more."""
    first = answers.ask(question)
    if answers.interactive and answers.ask("Once more") != first:
        raise UsageError("the two were not the same", hint="nothing was changed; try again")
    return first
