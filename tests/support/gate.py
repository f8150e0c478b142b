"""Short ways to ask the gate: policies from lists of entries, commands as text."""

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.policy import Policy, freeze
from orion_tui.core.models.actions import Action, Classification, Decision, RunCommand
from orion_tui.roles.library import Library
from orion_tui.roles.loader import load_role


def policy(
    autonomous: Iterable[str] = ("search",),
    approval: Iterable[str] = ("merge",),
    forbidden: Iterable[str] = ("publish",),
    **more: object,
) -> Policy:
    """A policy of these entries; `more` are further keys of the role file."""
    data = {
        "name": "tester",
        "scope": "full",
        "competencies": ["Testing"],
        "authority": {
            "autonomous": list(autonomous),
            "requires_approval": list(approval),
            "forbidden": list(forbidden),
        },
        **more,
    }
    # JSON is YAML; the loader under test reads it.
    return freeze(load_role(json.dumps(data)).role)


@lru_cache
def starter(name: str) -> Policy:
    """The policy of a starter role."""
    return freeze(Library(Path("/nonexistent")).get(name).role)


def shell(text: str) -> RunCommand:
    """A command given as one text."""
    return RunCommand(argv=("sh", "-c", text), shell=text)


def ask(action: Action | str, under: Policy, *, confidence: float = 1.0) -> Decision:
    """The gate's answer; a text is a shell command."""
    return decide(classify(shell(action) if isinstance(action, str) else action), under, confidence=confidence)


def seen(text: str) -> Classification:
    """What a shell command amounts to."""
    return classify(shell(text))


def kinds(text: str) -> set[ActionKind]:
    """The kinds that a shell command claims, but for `run`."""
    return {claim.kind for claim in seen(text).claims} - {ActionKind.RUN}


def subjects(text: str, kind: ActionKind) -> set[str]:
    """The subjects of one kind that a shell command claims."""
    return {claim.subject for claim in seen(text).claims if claim.kind is kind}
