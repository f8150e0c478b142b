"""A store as it looks after weeks of work: sixty sessions, put straight into it."""

import time
from pathlib import Path

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.store import Store, sessions

#: What was to be done, in which repository, by which role.
WORK = (
    ("Retry requests that time out", "tidepool", "software-engineer"),
    ("Cover the reset mail with tests", "shop", "qa-engineer"),
    ("Describe every endpoint of the public interface", "docs", "technical-writer"),
    ("Split the billing module by kind of invoice", "billing-service", "software-engineer"),
    ("Bump the base images and pin them by digest", "infra", "devops-engineer"),
    ("Bring the type checker to zero errors", "exporter", "software-engineer"),
    ("Translate the error messages into French", "webapp", "software-engineer"),
    ("Find what makes the import slow", "exporter", "software-engineer"),
)
S = SessionState
#: How they ended, newest first, over and over.
ENDED = (S.COMPLETED, S.PROMOTED, S.PROMOTED, S.FAILED, S.PROMOTED, S.UNDONE, S.PROMOTED, S.CANCELLED, S.PROMOTED)
COUNT = 60
HOUR = 3600.0


def fill(home: Path) -> None:
    """Sixty sessions: one paused, the others ended, and the first of those still to be reviewed."""
    place = OrionHome(home)
    place.prepare()
    now = time.time()
    with Store.open(place.database) as store:
        for n in range(COUNT):
            with store.transaction() as tx:
                sessions.save_policy(tx, "p1", "{}")
                sessions.insert(tx, _session(n, now))


def _session(n: int, now: float) -> Session:
    goal, workspace, role = WORK[n % len(WORK)]
    state = S.PAUSED if n == 1 else ENDED[n % len(ENDED)]
    if state is S.COMPLETED and n > len(ENDED):
        state = S.PROMOTED
    begun = now - (n + 1) * 7.3 * HOUR
    tasks = 4 + n % 5
    done = tasks if state in {S.COMPLETED, S.PROMOTED, S.UNDONE} else tasks // 2
    return Session(
        id=f"{(n + 1) * 7_777_777_777 % 16**12:012x}",
        workspace=f"/home/ada/src/{workspace}",
        goal=goal,
        role=role,
        policy="p1",
        state=state,
        reason="" if state is not S.FAILED else f"1 of {tasks} tasks failed",
        base_commit="4f1e2a9c" * 5,
        base_branch="main",
        backend="bubblewrap",
        created_at=begun,
        updated_at=begun + HOUR,
        started_at=begun + 2,
        finished_at=None if state is S.PAUSED else begun + HOUR,
        running_seconds=600.0 + 190.0 * (n % 17),
        cost_usd=0.07 * (n % 23),
        tokens=31_000 * (n % 23),
        tasks_total=tasks,
        tasks_done=done,
    )
