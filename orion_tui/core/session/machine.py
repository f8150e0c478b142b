"""The one table of legal session transitions (RUN-1)."""

from collections.abc import Mapping

from orion_tui.core.models.sessions import SessionState as S

# Ended work that is rolled back waits, paused, for the word to go on.
_ENDED = frozenset({S.RUNNING, S.PAUSED, S.PROMOTED, S.REJECTED, S.ARCHIVED})

#: From each state to the states that may follow it. Rejected and archived never leave.
LEGAL: Mapping[S, frozenset[S]] = {
    S.CREATED: frozenset({S.PLANNING, S.RUNNING, S.WAITING, S.PAUSED, S.FAILED, S.CANCELLED}),
    S.PLANNING: frozenset({S.AWAITING_PLAN, S.RUNNING, S.WAITING, S.PAUSED, S.INTERRUPTED, S.FAILED, S.CANCELLED}),
    S.AWAITING_PLAN: frozenset({S.PLANNING, S.RUNNING, S.FAILED, S.CANCELLED}),
    # A revision of the plan may need the person, too.
    S.RUNNING: frozenset(
        {S.AWAITING_PLAN, S.WAITING, S.PAUSED, S.INTERRUPTED, S.UNRECOVERABLE, S.COMPLETED, S.FAILED, S.CANCELLED}
    ),
    S.WAITING: frozenset({S.PLANNING, S.RUNNING, S.PAUSED, S.INTERRUPTED, S.UNRECOVERABLE, S.FAILED, S.CANCELLED}),
    # A plan that came in the moment of a pause waits for the person when they go on.
    S.PAUSED: frozenset({S.PLANNING, S.AWAITING_PLAN, S.RUNNING, S.CANCELLED, S.FAILED, S.UNRECOVERABLE}),
    S.INTERRUPTED: frozenset({S.PLANNING, S.RUNNING, S.WAITING, S.PAUSED, S.UNRECOVERABLE, S.FAILED, S.CANCELLED}),
    S.UNRECOVERABLE: frozenset({S.REJECTED, S.ARCHIVED}),
    S.COMPLETED: _ENDED,
    # What never had a plan in force is planned again, or its plan is looked at after all.
    S.FAILED: _ENDED | {S.PLANNING, S.AWAITING_PLAN},
    S.CANCELLED: _ENDED | {S.PLANNING, S.AWAITING_PLAN},
    S.PROMOTED: frozenset({S.UNDONE, S.ARCHIVED}),
    S.UNDONE: frozenset({S.PAUSED, S.PROMOTED, S.REJECTED, S.ARCHIVED}),
    S.REJECTED: frozenset(),
    S.ARCHIVED: frozenset(),
}

#: States in which a session occupies its workspace: no second one may start there (RUN-2).
ACTIVE = frozenset({S.CREATED, S.PLANNING, S.AWAITING_PLAN, S.RUNNING, S.WAITING, S.PAUSED, S.INTERRUPTED})

#: States whose work a person may look at and promote.
REVIEWABLE = frozenset({S.COMPLETED, S.FAILED, S.CANCELLED, S.UNDONE})

#: Ends to which a session that was rolled back returns when its later work is restored: that is no new end, but the
#: old one, and so outside of the table. From anywhere else a restored session stands paused.
RESTORABLE = frozenset({S.COMPLETED, S.FAILED, S.CANCELLED, S.UNDONE})


def sources(target: S) -> frozenset[S]:
    """Every state from which `target` may be reached."""
    return frozenset(state for state, following in LEGAL.items() if target in following)
