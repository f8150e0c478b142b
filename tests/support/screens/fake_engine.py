"""A scripted engine over a World: what the screens are tested and drawn against."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

import attrs

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import LockedOut, NotFound, WrongCredential
from orion_tui.bridge.bridge import Bridge
from orion_tui.bridge.diff_port import WHOLE, DiffView, FileChange, FileDiff, Sides, Span
from orion_tui.bridge.port import Commands
from orion_tui.bridge.promotion_port import AuthView, Check, Promoted, PromotionView, Undone, UndoView
from orion_tui.bridge.read_only import OnlyLooks
from orion_tui.bridge.timeline_port import ReturnView, TimelineView
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.models.events import Event
from orion_tui.core.models.promotions import Promotion
from orion_tui.core.models.sessions import Answers, Approval, ApprovalStatus, Session, SessionState, TaskRow
from orion_tui.core.models.steps import Step
from orion_tui.core.store.event_pages import Search, Stretch, Which
from orion_tui.core.store.session_pages import GROUPS, SessionFilter, SessionPage
from orion_tui.core.store.tally import Pace, Tally
from tests.support.screens.fake_asking import FakeAsking
from tests.support.screens.fake_finding import FakeFinding
from tests.support.screens.fake_goals import FakeGoals
from tests.support.screens.fake_models import FakeModels
from tests.support.screens.fake_settings import FakeSettings
from tests.support.screens.rows import NOW
from tests.support.screens.timelines import coming_back, going_back, went_back
from tests.support.screens.world import World


class FakeReads:
    """`Reads` over a World."""

    def __init__(self, world: World) -> None:
        self._world = world

    def changed(self) -> int:
        return self._world.version

    def last_seq(self) -> int:
        return len(self._world.events)

    def sessions(self, *, limit: int, states: Sequence[SessionState] | None = None) -> list[Session]:
        with self._world.lock:
            found = [s for s in self._world.sessions if states is None or s.state in states]
        return sorted(found, key=lambda s: -s.created_at)[:limit]

    def counts(self) -> dict[SessionState, int]:
        counts: dict[SessionState, int] = {}
        for item in self._world.sessions:
            counts[item.state] = counts.get(item.state, 0) + 1
        return counts

    def with_work(self, states: Sequence[SessionState]) -> int:
        return sum(item.state in states and item.tasks_done > 0 for item in self._world.sessions)

    def session(self, session_id: str) -> Session:
        for item in self._world.sessions:
            if item.id.startswith(session_id):
                return item
        raise NotFound(f"no session {session_id}", hint="`orion sessions` lists them")

    def tasks(self, session_id: str) -> list[TaskRow]:
        return list(self._world.tasks.get(session_id, ()))

    def task_seconds(self, session_id: str) -> dict[str, float]:
        return dict(self._world.seconds.get(session_id, {}))

    def pending(self) -> list[Approval]:
        with self._world.lock:
            return [a for a in self._world.approvals if a.status is ApprovalStatus.PENDING]

    def answers_to(self, alike: str) -> Answers:
        return self._world.answers.get(alike, Answers())

    def events_after(self, cursor: int, *, session_id: str | None, limit: int) -> list[Event]:
        with self._world.lock:
            found = self._world.events[cursor:]
        return [e for e in found if session_id in {None, e.session_id}][:limit]

    def events_latest(self, *, session_id: str | None, limit: int) -> list[Event]:
        return self.events_after(0, session_id=session_id, limit=10**9)[-limit:]

    def _belonging(self, which: Which) -> list[Event]:
        return [
            e
            for e in self.events_after(which.after, session_id=which.session_id, limit=10**9)
            if (not which.types or e.type in which.types)
            and (not which.states or e.type != "session.state" or e.data.get("to") in which.states)
        ]

    def events_onward(self, which: Which, cursor: int, limit: int) -> Stretch:
        found = [e for e in self._belonging(which) if e.seq > cursor]
        newest = self.last_seq()
        ended = len(found) <= limit
        reached = newest if ended else found[limit - 1].seq
        return Stretch(events=tuple(found[:limit]), reached=reached, ended=ended, newest=newest)

    def events_back(self, which: Which, cursor: int, limit: int) -> Stretch:
        found = [e for e in self._belonging(which) if e.seq < cursor]
        ended = len(found) <= limit
        reached = which.after + 1 if ended else found[-limit].seq
        return Stretch(events=tuple(found[-limit:]), reached=reached, ended=ended, newest=self.last_seq())

    def events_count(self, which: Which, after: int) -> tuple[int, int]:
        return sum(e.seq > after for e in self._belonging(which)), self.last_seq()

    def events_first(self, which: Which) -> int:
        return which.after + 1

    def events_find(self, which: Which, term: str, cursor: int, direction: int, says: Callable[[Event], str]) -> Search:
        for event in self._belonging(which)[::direction]:
            if (event.seq - cursor) * direction > 0 and term.lower() in says(event).lower():
                return Search(found=event, reached=event.seq, ended=False)
        return Search(found=None, reached=self.last_seq() if direction > 0 else which.after + 1, ended=True)

    def checkpoints(self, session_id: str) -> list[Checkpoint]:
        return list(self._world.checkpoints.get(session_id, ()))

    def promotion(self, session_id: str) -> Promotion | None:
        return self._world.promotions.get(session_id)

    def policy(self, policy_hash: str) -> dict[str, Any]:
        return {"role": {"limits": {"max_session_hours": 8, "max_cost_usd": 5.0, "max_tokens": 2_000_000}}}

    def last_look(self) -> tuple[int, float] | None:
        return self._world.look

    def pace(self, after: int, upto: int) -> Pace:
        with self._world.lock:
            found = self._world.events[after:upto]
        done = sum(e.type in {"action.done", "action.failed", "action.blocked"} for e in found)
        return Pace(actions=done, cost_usd=sum(float(e.data.get("cost_usd") or 0.0) for e in found))

    def first_since(self, at: float) -> int:
        with self._world.lock:
            times = [e.at for e in self._world.events]
        return next((n for n, when in enumerate(times, 1) if when >= at), len(times) + 1)

    def spent(self, after: int, since: float) -> float:
        with self._world.lock:
            found = self._world.events[after:]
        answers = [e for e in found if e.type == "model.answered" and e.at >= since]
        return sum(float(e.data.get("cost_usd") or 0.0) for e in answers)

    def session_page(self, which: SessionFilter, offset: int, limit: int) -> SessionPage:
        with self._world.lock:
            every = list(self._world.sessions)
        ranks = {state: rank for rank, group in enumerate(GROUPS) for state in group}

        def belongs(s: Session) -> bool:
            text = f"{s.goal} {s.workspace} {s.id} {s.role}".lower()
            return (
                all(word.lower() in text or s.state in states for word, states in which.words)
                and (not which.states or s.state in which.states)
                and ((s.finished_at or 0.0) if which.states else s.updated_at) >= which.since
                and (s.cost_usd > 0 or not which.by_cost)
            )

        found = sorted(
            filter(belongs, every), key=lambda s: (-s.cost_usd if which.by_cost else ranks[s.state], -s.created_at)
        )
        return SessionPage(offset=offset, sessions=tuple(found[offset : offset + limit]), total=len(found))

    def tally(self, after: int, upto: int) -> Tally:
        with self._world.lock:
            found = self._world.events[after:upto]
        kinds = [str(e.data.get("to")) if e.type == "session.state" else e.type for e in found]
        cost = sum(float(e.data.get("cost_usd") or 0.0) for e in found if e.type.startswith("model."))
        return Tally(counts=Counter(kinds), cost_usd=cost)

    def close(self) -> None:
        return None


class FakeCommands(FakeAsking, FakeGoals, FakeSettings, FakeFinding, FakeModels):
    """`Commands` over a World: does what the engine would, and writes down what it was asked."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _called(self, name: str, *details: Any) -> None:
        self._world.calls.append((name, *details))
        if (error := self._world.errors.get(name)) is not None:
            raise error

    def _answer(self, approval_id: str, status: ApprovalStatus) -> None:
        world = self._world
        with world.lock:
            world.approvals = [attrs.evolve(a, status=status) if a.id == approval_id else a for a in world.approvals]
            world.touch()

    def approve(self, approval_id: str) -> None:
        self._called("approve", approval_id)
        self._answer(approval_id, ApprovalStatus.APPROVED)

    def reject_approval(self, approval_id: str, reason: str) -> None:
        self._called("reject_approval", approval_id, reason)
        self._answer(approval_id, ApprovalStatus.REJECTED)

    def cancel(self, session_id: str) -> None:
        self._called("cancel", session_id)
        self._world.set_state(session_id, SessionState.CANCELLED)

    def pause(self, session_id: str) -> None:
        self._called("pause", session_id)
        self._world.set_state(session_id, SessionState.PAUSED)

    def resume(self, session_id: str) -> None:
        self._called("resume", session_id)
        self._world.set_state(session_id, SessionState.RUNNING)

    def reject(self, session_id: str, reason: str) -> None:
        self._called("reject", session_id, reason)
        self._world.set_state(session_id, SessionState.REJECTED)

    def step(self, session_id: str, n: int) -> Step | None:
        self._called("step", session_id, n)
        return self._world.steps.get((session_id, n))

    def diff(self, session_id: str, span: Span = WHOLE) -> DiffView:
        self._called("diff", session_id, *(span if span != WHOLE else ()))
        if session_id not in self._world.diffs:
            return DiffView(session_id=session_id, base="4f1e2a9c", tip="4f1e2a9c", files=())
        return self._world.diffs[session_id][0]

    def counts(self, session_id: str, keys: Sequence[str], span: Span = WHOLE) -> tuple[FileChange, ...]:
        self._called("counts", session_id, *keys)
        files = self._world.diffs[session_id][0].files
        return tuple(attrs.evolve(f, added=7, removed=2, counted=True) for f in files if f.key in keys)

    def file_diff(self, session_id: str, key: str, span: Span = WHOLE, *, blanks: bool = True) -> FileDiff:
        self._called("file_diff", session_id, key, *(() if blanks else ("no blanks",)))
        found = self._world.diffs[session_id][1][key]
        return found if blanks else attrs.evolve(found, blanks=False)

    def sides(self, session_id: str, key: str, span: Span = WHOLE) -> Sides | None:
        self._called("sides", session_id, key)
        return self._world.sides.get(key)

    def timeline(self, session_id: str) -> TimelineView:
        self._called("timeline", session_id)
        empty = TimelineView(session_id=session_id, newest="4f1e2a9c" * 5, moments=(), trash=())
        return self._world.timelines.get(session_id, empty)

    def preview_rollback(self, session_id: str, number: int) -> ReturnView:
        self._called("preview_rollback", session_id, number)
        return going_back(self._world, session_id, number)

    def rollback(self, session_id: str) -> int:
        self._called("rollback", session_id)
        went_back(self._world, session_id)
        return 4

    def preview_restore(self, number: int) -> ReturnView:
        self._called("preview_restore", number)
        return coming_back(self._world, number)

    def restore(self, number: int) -> None:
        self._called("restore", number)

    def preview(self, session_id: str, allow: tuple[str, ...] = ()) -> PromotionView:
        self._called("preview", session_id, *allow)
        world = self._world
        goal = next(s.goal for s in world.sessions if s.id == session_id)
        return PromotionView(
            session_id=session_id,
            goal=goal,
            approved=not world.blocked and set(world.special) <= set(allow),
            special=tuple((path, path, "a CI service runs it", path in allow) for path in world.special),
            checks=(
                Check(
                    name="secrets",
                    passed=not world.blocked,
                    details=("config/dev.env:3 AWS access key id AKIA...7Q",)
                    if world.blocked
                    else ("7 objects, 3 names, 1 message read",),
                ),
                Check(name="write limits", passed=True, details=("7 files, 14 KB of 200 MB",)),
                Check(name="scope", passed=True, details=("all inside the workspace",)),
                Check(name="special paths", passed=True, details=("none",)),
                Check(name="conflicts", passed=True, details=("none; main has not moved",)),
            ),
            target="refs/heads/main",
            tip="4f1e2a9c" * 5,
            files=world.diffs[session_id][0].files if session_id in world.diffs else (),
            tags=(f"orion-pre-promote/{session_id}", f"orion-post-promote/{session_id}"),
            flagged=("Implement exponential back-off: its check was changed by the same task: tests/test_retry.py",),
            notes=("notes.txt has uncommitted changes of yours: it stays as it is",),
        )

    def promote(self, session_id: str, secret: str) -> Promoted:
        self._called("promote", session_id)
        with self._world.lock:
            self._check(secret)
        self._world.set_state(session_id, SessionState.PROMOTED)
        return Promoted(
            session_id=session_id,
            commit="c0ffee12" * 5,
            target="refs/heads/main",
            tags=(f"orion-pre-promote/{session_id}", f"orion-post-promote/{session_id}"),
        )

    def preview_undo(self, session_id: str) -> UndoView:
        self._called("preview_undo", session_id)
        world = self._world
        return UndoView(
            session_id=session_id,
            goal=next(s.goal for s in world.sessions if s.id == session_id),
            merge_commit="c0ffee12" * 5,
            target="refs/heads/main",
            tip="4f1e2a9c" * 5,
            files=world.diffs[session_id][0].files if session_id in world.diffs else (),
            problems=("later commits changed the same lines", "src/clock.py") if world.blocked else (),
        )

    def undo(self, session_id: str, secret: str) -> Undone:
        self._called("undo", session_id)
        self._check(secret)
        self._world.set_state(session_id, SessionState.UNDONE)
        return Undone(session_id=session_id, commit="beef0042" * 5)

    def _check(self, secret: str) -> None:
        world = self._world
        if world.wrong >= 5:
            raise LockedOut("too many wrong PINs: locked until 03:17", hint="wait; a right PIN is refused too")
        if secret != world.pin:
            world.wrong += 1
            if world.wrong >= 5:
                raise LockedOut("too many wrong PINs: locked until 03:17", hint="wait; a right PIN is refused too")
            raise WrongCredential(f"wrong PIN: {5 - world.wrong} tries left")
        world.wrong = 0

    def auth(self) -> AuthView:
        with self._world.lock:
            self._called("auth")
            return self._world.auth

    def enroll(self, pin: str, vault: str, passphrase: str) -> None:
        self._called("enroll", vault, bool(passphrase))
        self._world.pin = pin
        self._world.auth = AuthView(methods=("pin",), locked_until=None, vault=vault or "keychain")

    def unlock(self, passphrase: str) -> None:
        self._called("unlock")
        self._world.auth = attrs.evolve(self._world.auth, needs_passphrase=False)

    def keep_copy(self, text: str) -> str:
        self._called("keep_copy", text)
        return "~/.orion/clipboard/copy-1.txt"

    def looked(self, seq: int) -> None:
        self._called("looked", seq)

    def wake(self) -> str:
        return ""

    def close(self) -> None:
        return None


def bridge_to(world: World, *, read_only: bool = False) -> Bridge:
    """A bridge over the fake; reads fast, so that tests do not wait."""

    def commands() -> Commands:
        return cast("Commands", OnlyLooks(FakeCommands(world))) if read_only else FakeCommands(world)

    return Bridge(lambda: FakeReads(world), commands, interval=0.005, now=lambda: NOW, read_only=read_only)


def clock() -> FixedClock:
    """03:12 at night, standing still."""
    return FixedClock(NOW)
