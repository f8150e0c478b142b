"""What was wanted before, as the gate would see it now: what a reach would have let through."""

from typing import Any

import attrs
import cattrs

from orion_tui.core.aegis.classify import classify
from orion_tui.core.codec import action_from_json, from_json
from orion_tui.core.models.actions import Classification, RunCommand
from orion_tui.core.models.asked import Asked
from orion_tui.core.session.card import describe
from orion_tui.core.store import Reader, wanted

#: Commands, and questions, that are looked at: the newest say most.
MOST = 2_000


@attrs.frozen(kw_only=True)
class Past:
    """One action that was wanted."""

    #: As one line, hidden characters spelled out.
    text: str
    at: float
    session_id: str
    classification: Classification
    #: A person said no to it, and why.
    refused: bool = False
    reason: str = ""


def asked_from(kept: Any) -> Asked:
    """What a question is about, as it was kept. Raises as `codec.from_json`.

    A command says all of what it amounts to, and is read again: an older Orion did not note where it stood.
    """
    asked = from_json(kept, Asked)
    action = action_from_json(asked.action) if asked.action is not None else None
    return attrs.evolve(asked, classification=classify(action)) if isinstance(action, RunCommand) else asked


def past_of(reader: Reader, session_id: str, role: str | None) -> list[Past]:
    """The newest actions of a session, or (with a role) of all sessions of it, newest first.

    Commands that were carried out, and everything that a person answered since questions keep what they are about.
    What another version of Orion wrote, and this one cannot read, is left out.
    """
    found: list[Past] = []
    for session, at, action_json in wanted.commands(reader, session_id, role, MOST):
        try:
            action = action_from_json(action_json)
        except (cattrs.BaseValidationError, ValueError):
            continue
        found.append(Past(text=describe(action), at=at, session_id=session, classification=classify(action)))
    for session, at, asked_json, title, refused, reason in wanted.questions(reader, session_id, role, MOST):
        try:
            asked = asked_from(asked_json)
        except (cattrs.BaseValidationError, ValueError):
            continue
        found.append(
            Past(
                text=title,
                at=at,
                session_id=session,
                classification=asked.classification,
                refused=refused,
                reason=reason if refused else "",
            )
        )
    return sorted(found, key=lambda one: -one.at)[:MOST]
