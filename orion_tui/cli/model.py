"""`orion model`: providers and their keys, which model is chosen, and whether it answers."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from orion_tui.base.clock import SystemClock
from orion_tui.base.errors import ModelUnavailable, OrionError, VaultError
from orion_tui.base.paths import OrionHome
from orion_tui.cli.model_keys import asker, connections_of, login, logout, stdin_option, unlock, unlocked
from orion_tui.cli.output import emit_json, json_option, note, one_line, say, table

if TYPE_CHECKING:
    from orion_tui.core.agent.connections import Connections
    from orion_tui.core.agent.price import Prices
    from orion_tui.core.agent.providers import Provider
    from orion_tui.core.agent.trial import Line, Trial
    from orion_tui.core.auth.vault import Vault
    from orion_tui.core.settings import Settings

_SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "fault": ("✗", "red")}
#: Models of one server that the list names.
_LISTED = 20
#: Seconds that a test may take, all questions together.
_PATIENCE = 10.0


@click.group()
def model() -> None:
    """Language models: whose they are, where their keys come from, which one is asked."""


for _command in (login, logout, unlock):
    model.add_command(_command)


@model.command("list")
@json_option
def list_models(as_json: bool) -> int:
    """Providers, where each key comes from (never the key), and the models you chose, with their prices.

    A server of your own that you set up or chose is asked for its models, for 2 seconds at the most.

    "handed over" is a key that the supervisor has in its memory.
    """
    from orion_tui.core.agent import model_names
    from orion_tui.core.session import handover

    home = OrionHome.from_environment()
    settings, connections = connections_of(home, _vault_for_a_list(home))
    handed = handover.handed(home)
    providers = [
        _provider_record(home, connections, provider) | {"handed_over": provider.name in handed}
        for provider in connections.providers.values()
    ]
    chosen = _chosen(settings, connections)
    # Not every port that some server may listen on: those that the person set up or chose.
    among = {*settings.providers, *(str(one["model"]).partition("/")[0] for one in chosen if one["model"])}
    offered = model_names.by_provider(connections, among)
    if as_json:
        emit_json({"providers": providers, "models": chosen, "offered": {k: list(v) for k, v in offered.items()}})
        return 0
    table(("provider", "key", "address"), [_provider_row(one) for one in providers])
    for name, listed in offered.items():
        more = f" and {len(listed) - _LISTED:,} more (--json has all)" if len(listed) > _LISTED else ""
        say(f"  {name} has {', '.join(one_line(one, 80) for one in listed[:_LISTED])}{more}")
    say()
    if not any(one["model"] for one in chosen):
        say("no model is chosen yet: orion settings set model.default provider/name, or ORION_MODEL (docs/models.md)")
        return 0
    table(
        ("step", "model", "chosen by", "$ / million tokens in, out"),
        [(str(one["step"]), str(one["model"]), str(one["chosen_by"]), _price_text(one)) for one in chosen],
    )
    return 0


@model.command("prompt")
@click.argument("name", type=click.Choice(("plan", "work", "replan", "compact")))
def show_prompt(name: str) -> int:
    """The words that a model is asked with, with the version and the hash that a session's log names."""
    from orion_tui.core.agent import prompt

    loaded = prompt.load(name)
    note(f"prompt {name}, version {loaded.version}, sha256 {loaded.prompt.hash}")
    say(loaded.text)
    return 0


@model.command("test")
@click.argument("name", metavar="[MODEL]", required=False)
@click.option(
    "--timeout", "patience", type=click.FloatRange(1, 600), default=_PATIENCE, show_default=True, help="Seconds in all."
)
@stdin_option
@json_option
def test_model(name: str | None, patience: float, from_stdin: bool, as_json: bool) -> int:
    """Ask a model three short questions: does it answer, stream, use a tool, keep to a form, and at what cost?

    Without MODEL, the one that work would ask. With --stdin the line is the passphrase of the vault, where it has one.
    Exit code 12 when Orion cannot work with it.
    """
    from orion_tui.core.agent import proxies, trial
    from orion_tui.core.agent.choice import Step, require
    from orion_tui.core.agent.gateway import Gateway
    from orion_tui.core.agent.model import ModelRef
    from orion_tui.core.agent.price import Prices

    home = OrionHome.from_environment()
    settings, connections = connections_of(home, lambda: unlocked(home, asker(from_stdin)))
    if name:
        ref, chosen_by = ModelRef.parse(name), ""
    else:
        choice = require(Step.WORK, environ=os.environ, settings=settings.model)
        ref, chosen_by = choice.model, f", chosen by {choice.chosen_by}"
    connection = connections.to(ref)
    proxies.take_in(home.root / ".env", os.environ)
    gateway = Gateway(connections.to, clock=SystemClock(), prices=Prices(settings.prices))
    if not as_json:
        say(f"{ref}{chosen_by}", bold=True)
    try:
        gateway.prepare(ref)
        done = trial.run(gateway, connection, patience=patience, tell=None if as_json else _show)
    finally:
        gateway.close()
    if as_json:
        emit_json(_trial_record(str(ref), done))
    else:
        cost = "no price known" if done.cost_usd is None else f"${done.cost_usd:.6f}"
        tokens = f"{done.usage.input_tokens:,} tokens in, {done.usage.output_tokens:,} out"
        say(f"  {tokens}, {cost}, {done.seconds:.1f} s")
    return 0 if done.works else ModelUnavailable.exit_code


def _vault_for_a_list(home: OrionHome) -> "Callable[[], Vault] | None":
    """A vault that can be looked into without asking; for one under a passphrase, what was noted of it has to do."""
    from orion_tui.core.auth.vault import VaultChoice, chosen

    return None if chosen(home) is VaultChoice.PASSPHRASE else lambda: unlocked(home, None)


def _provider_row(record: dict[str, Any]) -> tuple[str, str, str]:
    words = record["key"] or record["problem"] or ""
    if record["handed_over"]:
        words = f"{words}, handed over" if words else "handed over"
    missing = "none" if record["needs_key"] else "not needed"
    return record["name"], words or missing, record["base_url"] or ""


def _provider_record(home: OrionHome, connections: "Connections", provider: "Provider") -> dict[str, Any]:
    from orion_tui.core.agent.keys import KeySource

    key, source, problem = _locked_entry(home, provider), None, ""
    if key is not None:
        source = "vault"
    try:
        if (found := connections.key(provider)) and not (source and found.source is KeySource.FILE):
            key, source = found.place, str(found.source)
    except OrionError as error:
        problem = "" if key else "; ".join((error.message, *error.problems))
    return {
        "name": provider.name,
        "title": provider.title,
        "base_url": provider.base_url or None,
        "needs_key": provider.needs_key,
        "key": key,
        "key_source": source,
        "key_variables": list(provider.key_names),
        "problem": problem or None,
    }


def _locked_entry(home: OrionHome, provider: "Provider") -> str | None:
    """Where a key is by the note that was made of it; a vault under a passphrase is not opened for a list."""
    from orion_tui.core.agent.keys import vault_entry
    from orion_tui.core.auth import entries
    from orion_tui.core.auth.vault import VaultChoice, chosen
    from orion_tui.core.store import Store

    try:
        if chosen(home) is not VaultChoice.PASSPHRASE or not home.database.exists():
            return None
        with Store.open(home.database) as store:
            held = vault_entry(provider.name) in entries.names(store.reader())
    except VaultError:
        return None
    return "the vault (passphrase, locked)" if held else None


def _chosen(settings: "Settings", connections: "Connections") -> list[dict[str, Any]]:
    from orion_tui.core.agent.choice import Step, choose
    from orion_tui.core.agent.price import Prices

    prices = Prices(settings.prices)
    records: list[dict[str, Any]] = []
    for step in Step:
        choice = choose(step, environ=os.environ, settings=settings.model)
        record: dict[str, Any] = {"step": str(step), "model": None, "chosen_by": None, "known": False}
        price = None
        if choice is not None:
            known = connections.providers.get(choice.model.provider)
            record |= {"model": str(choice.model), "chosen_by": choice.chosen_by, "known": known is not None}
            price = _price(prices, known, choice.model.name)
        records.append(
            record | {"input_usd_per_million": price and price[0], "output_usd_per_million": price and price[1]}
        )
    return records


def _price(prices: "Prices", provider: "Provider | None", name: str) -> tuple[float, float] | None:
    return None if provider is None else prices.per_million(provider, name)


def _price_text(record: dict[str, Any]) -> str:
    if record["model"] and not record["known"]:
        return "no such provider"
    if record["input_usd_per_million"] is None:
        return "no price known"
    return f"{record['input_usd_per_million']:g}, {record['output_usd_per_million']:g}"


def _show(line: "Line") -> None:
    sign, colour = _SIGNS[line.verdict.value]
    took = "" if line.seconds is None else f"  ({line.seconds:.2f} s)"
    say(f"{sign} {line.name:<18} {one_line(line.value)}{took}", style=colour)
    if line.fix:
        say(f"    fix: {one_line(line.fix)}")


def _trial_record(name: str, done: "Trial") -> dict[str, Any]:
    return {
        "model": name,
        "works": done.works,
        "checks": [
            {
                "name": line.name,
                "outcome": str(line.verdict),
                "value": line.value,
                "fix": line.fix,
                "seconds": None if line.seconds is None else round(line.seconds, 3),
            }
            for line in done.lines
        ],
        "input_tokens": done.usage.input_tokens,
        "output_tokens": done.usage.output_tokens,
        "cost_usd": done.cost_usd,
        "seconds": round(done.seconds, 3),
    }
