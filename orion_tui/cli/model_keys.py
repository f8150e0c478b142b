"""`orion model login`, `logout`, `unlock`: where keys of model providers are kept, and who is given them."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.errors import NotEnrolled
from orion_tui.base.paths import OrionHome
from orion_tui.cli.auth import VAULTS, choose_vault, twice
from orion_tui.cli.opening import engine
from orion_tui.cli.output import note, say
from orion_tui.cli.secret import Secrets, secrets

if TYPE_CHECKING:
    from orion_tui.core.agent.connections import Connections
    from orion_tui.core.agent.providers import Provider
    from orion_tui.core.auth.vault import Vault
    from orion_tui.core.engine import Engine
    from orion_tui.core.settings import Settings

stdin_option: Callable[[Any], Any] = click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read what would be asked from standard input, an answer a line."
)


@click.command()
@click.argument("provider")
@click.option("--vault", type=click.Choice(VAULTS), help="Where keys are kept, if that was not chosen yet.")
@stdin_option
def login(provider: str, vault: str | None, from_stdin: bool) -> int:
    """Keep a provider's key in the vault. It is asked for without being shown, and never an argument.

    With --stdin the lines are: the passphrase of the vault where it has one, the key.
    """
    from orion_tui.core.agent.keys import Key, KeySource, checked, vault_entry
    from orion_tui.core.auth import entries
    from orion_tui.core.auth.vault import MACHINE_KEY_WARNING, VaultChoice, choose, chosen, open_vault
    from orion_tui.core.session import handover
    from orion_tui.core.store import Store

    home = OrionHome.from_environment()
    home.prepare()
    _, connections = connections_of(home, None)
    known = connections.provider(provider.lower())
    answers = secrets(from_stdin=from_stdin, what="a key", option="--stdin")
    current = chosen(home)
    choice = choose_vault(vault if current is None else None, current, interactive=answers.interactive, what="the key")
    if vault is not None and vault != choice:
        note(f"note: keys are kept where the PIN is: {choice}; to move both: orion auth set --vault {vault}")
    passphrase = None
    if choice is VaultChoice.PASSPHRASE:
        question = "Passphrase of the vault" if current else "Passphrase of the new vault"
        passphrase = answers.ask(question) if current else twice(answers, question)
    place = open_vault(home, choice, passphrase=passphrase)
    place.get(vault_entry(known.name))  # A wrong passphrase is told before the key is asked for.
    key = checked(answers.ask(f"Key for {known.title}"), "what was given")
    with Store.open(home.database) as store:
        if current is None:
            choose(home, choice)
            store.transact(entries.note_without_pin)
        place.set(vault_entry(known.name), key)
        store.transact(lambda tx: entries.note(tx, vault_entry(known.name)))
    say(f"✓ the key for {known.name} is kept in: {choice}")
    if choice is VaultChoice.MACHINE_KEY:
        note(f"note: {MACHINE_KEY_WARNING}")
    if known.name in handover.handed(home):
        # The one that it has comes first there, and was perhaps just replaced.
        handed = Key(value=key, source=KeySource.VAULT, place="orion model login")
        handover.hand_over(home, {known.name: handed}, wait=0)
        note("note: the supervisor has this key now, in place of the one that was handed over")
    shadow = next((name for name in known.key_names if os.environ.get(name, "").strip()), None)
    if shadow:
        note(f"note: {shadow} is set here and comes before it")
    return 0


@click.command()
@click.argument("provider")
@stdin_option
def logout(provider: str, from_stdin: bool) -> int:
    """Forget a provider's key. What the provider knows of it is the provider's: revoke it there as well."""
    from orion_tui.core.agent.keys import vault_entry
    from orion_tui.core.auth import entries
    from orion_tui.core.session import handover
    from orion_tui.core.store import Store

    home = OrionHome.from_environment()
    home.prepare()
    _, connections = connections_of(home, None)
    known = connections.provider(provider.lower())
    entry = vault_entry(known.name)
    try:
        place = unlocked(home, asker(from_stdin))
        there = place.get(entry) is not None
        place.delete(entry)
    except NotEnrolled:
        there = False
    with Store.open(home.database) as store:
        store.transact(lambda tx: entries.forget(tx, entry))
    if known.name in handover.handed(home):
        handover.take_back(home, known.name)
        note("note: the supervisor has forgotten the key that was handed over, too")
    say(f"✓ the key for {known.name} is forgotten" if there else f"the vault holds no key for {known.name}")
    return 0


@click.command()
@click.argument("provider", required=False)
@stdin_option
def unlock(provider: str | None, from_stdin: bool) -> int:
    """Hand keys to the supervisor: from this command's environment, or from a vault that it cannot open.

    Without PROVIDER all that there are. They stay in its memory until it ends. A session that was paused for want of
    one goes on with `orion resume`, which brings the key along, too.
    With --stdin the line is the passphrase of the vault, where it has one.
    """
    from orion_tui.core.agent.model import ModelRef, NoKey

    home = OrionHome.from_environment()
    _, connections = connections_of(home, None)
    with engine() as opened:
        wanted = [connections.provider(provider.lower())] if provider else _with_a_key(opened, connections)
        if not wanted:
            raise NoKey("there is no key here to hand over", hint="set a provider's variable: orion model list")
        keys = opened.keys_for(
            [ModelRef(one.name, "any") for one in wanted], ask_passphrase=_passphrase(from_stdin), again=True
        )
        opened.hand_over_keys(keys)
    for name, key in keys.items():
        say(f"✓ the supervisor has the key for {name} ({key.place}) until it ends")
    for one in wanted:
        if one.name not in keys:
            say(f"there is nothing to hand over for {one.name}: the supervisor finds a key by itself, or needs none")
    return 0


def _with_a_key(opened: "Engine", connections: "Connections") -> "list[Provider]":
    from orion_tui.core.agent.keys import vault_entry
    from orion_tui.core.auth import entries

    noted = entries.names(opened.store.reader())
    return [
        one
        for one in connections.providers.values()
        if vault_entry(one.name) in noted or any(os.environ.get(name, "").strip() for name in one.key_names)
    ]


def _passphrase(from_stdin: bool) -> Callable[[], str] | None:
    """Who can be asked for the vault's passphrase, as the engine takes it."""
    answers = asker(from_stdin)
    return None if answers is None else lambda: answers.ask("Passphrase of the vault")


def connections_of(home: OrionHome, open_vault: "Callable[[], Vault] | None") -> "tuple[Settings, Connections]":
    """The settings, and the providers with the keys of this environment and of that vault."""
    from orion_tui.core import settings
    from orion_tui.core.agent.connections import Connections
    from orion_tui.core.agent.keys import Keys

    read = settings.load(home)
    return read, Connections(read, Keys(home, os.environ, open_vault=open_vault))


def asker(from_stdin: bool) -> Secrets | None:
    """Who can be asked for a passphrase; nobody where there is neither a terminal nor --stdin."""
    if not from_stdin and not sys.stdin.isatty():
        return None
    return secrets(from_stdin=from_stdin)


def unlocked(home: OrionHome, answers: Secrets | None) -> "Vault":
    """The chosen vault, with its passphrase where there is somebody to ask for it."""
    from orion_tui.core.auth.vault import VaultChoice, chosen, open_vault

    passphrase = None
    if chosen(home) is VaultChoice.PASSPHRASE and answers is not None:
        passphrase = answers.ask("Passphrase of the vault")
    return open_vault(home, passphrase=passphrase)
