"""What must hold of a session however often its supervisor died: looked at from outside, after the end."""

import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import attrs

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.events import Event
from orion_tui.core.models.sessions import ApprovalStatus
from orion_tui.core.models.steps import StepStatus
from orion_tui.core.store import Reader, Store, approvals, checkpoints, events, plans, sessions, steps


@attrs.frozen(kw_only=True)
class Outcome:
    """What a session came to: the same for every run of a plan, disturbed or not."""

    state: str
    reason: str
    statuses: dict[str, str]
    tree: str
    #: (task, action) of every step.
    steps: frozenset[tuple[str, int]]


@attrs.define(kw_only=True)
class Deaths:
    """What had been recorded when supervisors died, and may not be different afterwards."""

    #: Approvals that were spent at some death: what was spent stays so.
    spent: set[str] = attrs.field(factory=set[str])
    #: Results that were recorded at some death: they never change.
    results: dict[int, tuple[str, object]] = attrs.field(factory=dict[int, tuple[str, object]])

    def look(self, home: OrionHome, session_id: str) -> None:
        """After a death, before the next supervisor: check the store, and remember what may not change any more."""
        problems = integrity(home.database)
        assert problems == "ok", problems
        with Store.open(home.database) as store:
            reader = store.reader()
            for step in steps.all(reader, session_id):
                if step.status is StepStatus.STARTED:
                    continue
                recorded = (step.task_id, step.result)
                assert self.results.setdefault(step.n, recorded) == recorded
            for approval in all_approvals(reader, session_id):
                if approval.status is ApprovalStatus.USED:
                    self.spent.add(approval.id)
                else:
                    assert approval.id not in self.spent


def outcome(home: OrionHome, session_id: str) -> Outcome:
    """What became of a session."""
    with Store.open(home.database) as store:
        reader = store.reader()
        session = sessions.get(reader, session_id)
        last = checkpoints.latest(reader, session_id)
        return Outcome(
            state=session.state.value,
            reason=session.reason,
            statuses={row.id: row.status.value for row in plans.all(reader, session_id)},
            tree=last.tree if last is not None else "",
            steps=frozenset((step.task_id, step.index) for step in steps.all(reader, session_id)),
        )


def check(home: OrionHome, session_id: str, deaths: Deaths, executed: Counter[str] | None = None) -> None:
    """Everything that must hold besides the outcome. `executed` counts commands as something outside has seen them."""
    deaths.look(home, session_id)
    with Store.open(home.database) as store:
        reader = store.reader()
        session = sessions.get(reader, session_id)
        assert session.lease_owner == ""
        _check_steps(reader, session_id, executed)
        check_approvals(reader, session_id)
    check_repository(home, session_id)


def check_repository(home: OrionHome, session_id: str) -> None:
    """The branch stands at the last checkpoint, and the session's repository is whole and tidy."""
    with Store.open(home.database) as store:
        last = checkpoints.latest(store.reader(), session_id)
    assert last is not None
    repo = home.session_repo(session_id)
    assert git(repo, "rev-parse", f"refs/heads/orion-ara/{session_id}") == last.commit
    assert git(repo, "rev-parse", f"{last.commit}^{{tree}}") == last.tree
    assert git(repo, "for-each-ref", "--format=%(refname)", "refs/orion") == ""
    git(repo, "fsck", "--strict", "--no-dangling")
    assert not list(repo.rglob("*.lock"))


def _check_steps(reader: Reader, session_id: str, executed: Counter[str] | None) -> None:
    log = steps.all(reader, session_id)
    assert [step.n for step in log] == list(range(1, len(log) + 1))
    assert all(step.status is StepStatus.DONE for step in log)
    # No action became two steps.
    places = Counter((step.task_id, step.attempt, step.index) for step in log)
    assert set(places.values()) <= {1}, places
    told = events.after(reader, 0, session_id=session_id, limit=100_000)
    started = Counter(int(event.data["step"]) for event in told if event.type == "action.started")
    ended = Counter(
        int(event.data["step"])
        for event in told
        if event.type in {"action.done", "action.failed"} and "step" in event.data
    )
    assert ended == Counter(step.n for step in log)
    cut = interrupted(told)
    for step in log:
        assert 1 <= started[step.n] <= 1 + cut[step.n], (step.n, step.task_id, started, cut)
    if executed is None:
        return
    starts: Counter[str] = Counter()
    for step in log:
        if step.action["do"] == "RunCommand":
            starts[" ".join(step.action["argv"])] += started[step.n]
    assert executed.keys() <= starts.keys()
    for command, count in starts.items():
        least = sum(1 for step in log if step.action["do"] == "RunCommand" and " ".join(step.action["argv"]) == command)
        assert least <= executed[command] <= count, (command, executed, starts)


def interrupted(told: list[Event]) -> Counter[int]:
    """How often each step was in flight when its supervisor died or its session was interrupted."""
    found: Counter[int] = Counter()
    in_flight: int | None = None
    for event in told:
        if event.type == "action.started":
            in_flight = int(event.data["step"])
        elif event.type in {"action.done", "action.failed"} and event.data.get("step") == in_flight:
            in_flight = None
        elif in_flight is not None and event.type == "session.state" and event.data["to"] == "interrupted":
            found[in_flight] += 1
    return found


def check_approvals(reader: Reader, session_id: str) -> None:
    """Nothing is asked any more, and every answer was used once."""
    asked = all_approvals(reader, session_id)
    assert not [approval for approval in asked if approval.status is ApprovalStatus.PENDING]
    used = Counter((a.task_id, a.index) for a in asked if a.status is ApprovalStatus.USED)
    assert set(used.values()) <= {1}, used
    # A spent approval was the last word on its action.
    for place in used:
        newest = approvals.for_action(reader, session_id, *place)
        assert newest is not None
        assert newest.status is ApprovalStatus.USED


def all_approvals(reader: Reader, session_id: str) -> list[approvals.Approval]:
    """Every question of a session, oldest first."""
    rows = reader.rows("SELECT id FROM approvals WHERE session_id = ? ORDER BY number", (session_id,))
    return [approvals.get(reader, str(row[0])) for row in rows]


def integrity(database: Path) -> str:
    """What SQLite finds wrong with a database; `ok` when nothing."""
    connection = sqlite3.connect(database)
    try:
        problems = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    finally:
        connection.close()
    return "; ".join([*problems, *map(str, broken)])


def git(repo: Path, *arguments: str) -> str:
    """What git says of a bare repository; it must succeed."""
    done = subprocess.run(
        ["git", f"--git-dir={repo}", *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout.strip()
