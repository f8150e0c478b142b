"""What a question to a person is about, in the form that the machine judges: kept beside the card that people read."""

from typing import Any

import attrs

from orion_tui.core.models.actions import Classification, FileChange


@attrs.frozen(kw_only=True)
class Asked:
    """One action that was asked about."""

    #: The action with its class in `do`; None where it is too large to be kept twice.
    action: dict[str, Any] | None
    #: What a file action would have changed, as the workspace was; None for other actions and for large files.
    change: FileChange | None
    classification: Classification
    #: The layer of the gate that asked.
    layer: str


@attrs.frozen(kw_only=True)
class Kept:
    """What is kept of a question: what was asked, and what a person made of it."""

    asked: dict[str, Any]
    #: The action in its place, with its class in `do`; None where it stands as it was asked.
    edited: dict[str, Any] | None
