"""The plans of a session as they are kept: each version, and the one that a person is asked about."""

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class PlanVersion:
    """One plan that a session has, had, or might get: one row of `plan_versions`."""

    session_id: str
    #: 1, 2, 3 ... in the order in which they were made.
    version: int
    #: The version that it was made from, 0 for none.
    parent: int
    #: `user`, or the model's name.
    author: str
    #: What was done, for people: `removed task 3`.
    note: str
    #: The plan, as `core.codec.to_json` gives it.
    json: dict[str, Any]
    created_at: float


@attrs.frozen(kw_only=True)
class PlanDraft:
    """The plan that a person is asked about: one row of `plan_drafts`."""

    session_id: str
    #: The version under review.
    version: int
    #: The version in force that it would take the place of; 0 where there is none yet.
    base: int
    #: What the person said when it was sent back; empty where it was not.
    comment: str = ""
