"""Run one claimed session: get a plan, fill a sandbox, work the plan off, end honestly.

Runs in a worker thread of the supervisor. Everything it knows is in the store and in the session's repository, so it
can be killed at any instant, or lose its sandbox, and go on from there in another.
"""

import contextlib

import attrs

from orion_tui.base.clock import Clock
from orion_tui.base.errors import ChannelClosed, SandboxUnavailable
from orion_tui.base.paths import OrionHome
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.dryrun import probe
from orion_tui.core.agent.model import ModelPort
from orion_tui.core.agent.no_models import NO_MODELS
from orion_tui.core.external.hub import Hub
from orion_tui.core.models.halt import Halt
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session import stops, wishes
from orion_tui.core.session.acting import OutOfMemory
from orion_tui.core.session.asking import AskLater, CeilingReached, NeedsPerson
from orion_tui.core.session.checkpointing import Checkpointing
from orion_tui.core.session.consent import Consent
from orion_tui.core.session.planning import Planned
from orion_tui.core.session.quarters import open_room
from orion_tui.core.session.record import PolicyChanged, Record
from orion_tui.core.session.rooms import KEEP, Room, Rooms
from orion_tui.core.session.run import ChooseBackend, Run
from orion_tui.core.session.stop_signal import StopSignal
from orion_tui.core.session.task_loop import TaskLoop
from orion_tui.core.store import Store, checkpoints, plan_versions, plans, sessions

__all__ = ["ChooseBackend", "run_session"]


def run_session(
    home: OrionHome,
    store: Store,
    clock: Clock,
    record: Record,
    session: Session,
    stop: StopSignal,
    *,
    choose: ChooseBackend,
    rooms: Rooms,
    models: ModelPort | None = None,
    hub: Hub | None = None,
) -> None:
    """Work until there is nothing to do without a person, or nothing at all.

    `models` is where questions to language models go, `hub` the way to servers of external tools; None where this
    supervisor has none.
    """
    policy = policies.from_json(sessions.policy(store.reader(), session.policy))
    run = Run(
        home=home,
        store=store,
        clock=clock,
        record=record,
        session=session,
        policy=policy,
        stop=stop,
        choose=choose,
        models=models or NO_MODELS,
        hub=hub,
    )
    if run.closed():
        return
    # Without what a person allowed: that is there to let through what the role asks about.
    if unenforced := probe(policies.with_reach(policy, ())):
        record.event("policy.unenforced", {"problems": list(unenforced)}, actor="aegis")
        run.end(SessionState.FAILED, f"the gate does not enforce the role: {unenforced[0]}")
        return
    run.setbacks.resumed()
    with contextlib.closing(run), run.troubles():
        run.asking().settle_lost()
        if not _planned(run):
            return
        record.state(SessionState.RUNNING, "working", started_at=session.started_at or clock.now())
        while _stretch(run, rooms):
            pass


def _planned(run: Run) -> bool:
    """See to it that there is a plan in force; whether to go on with it now."""
    reader, session_id = run.store.reader(), run.session.id
    if plans.version_in_force(reader, session_id) and plan_versions.draft(reader, session_id) is None:
        return True
    if run.controlled():
        return False
    if (stop := stops.out_of_time(run.policy.role, run.now, run.running_seconds())) is not None:
        run.record.event("limit.reached", {"limit": stop.limit, "reason": stop.reason})
        run.end(SessionState.FAILED, stop.reason)
        return False
    run.record.state(SessionState.PLANNING, f"asks {run.now.models.get('plan', '')} for a plan")
    return run.planning().make() is Planned.GO and not run.controlled()


def _stretch(run: Run, rooms: Rooms) -> bool:
    """Work in one sandbox for as long as it serves; whether to go on in another."""
    room, keep = None, False
    try:
        room = open_room(run, rooms)
        with run.stop.aborting(room.sandbox.close):
            _work(run, room)
        keep = run.now.state is SessionState.WAITING and _soon(run, run.not_before)
    except AskLater as later:
        keep = _soon(run, later.again)
        raise
    except SandboxUnavailable as error:
        if not run.now.backend:
            raise  # there never was one: better said now than tried for hours
        reason, run.not_before = run.setbacks.unavailable(error)
        run.end(SessionState.INTERRUPTED, reason, Halt.SANDBOX)
    except ChannelClosed as error:
        if run.control() == "cancel":
            run.end(SessionState.CANCELLED, wishes.CANCELLED)
            return False
        run.setbacks.lost(error)
        return not run.stop.is_set()
    except OutOfMemory:
        return True
    except PolicyChanged:
        _take_up(run)
        if room is not None:
            room.files.rewind()
            keep = True
        return True
    finally:
        if room is not None and keep:
            rooms.keep(room)
        elif room is not None:
            room.close()
    return False


def _take_up(run: Run) -> None:
    """Go on under the policy that is in force now; what is recorded from here on names it."""
    in_force = sessions.policy(run.store.reader(), run.now.policy)
    run.policy = policies.from_json(in_force)
    run.record = attrs.evolve(run.record, policy=run.policy.hash)
    run.setbacks.record = run.record


def _soon(run: Run, when: float) -> bool:
    """Whether a sandbox is worth keeping until then."""
    return not when or when - run.clock.now() < KEEP


def _work(run: Run, room: Room) -> None:
    files = room.files
    files.govern(run.policy)  # it may have been kept from before a change of that
    saving = Checkpointing(run=run, files=files)
    if checkpoints.latest(run.store.reader(), run.session.id) is None:
        if files.outside:
            run.record.event("session.noted", {"notes": list(files.outside[:100])})
        saving.make("", "the base")
    consent = Consent(
        record=run.record,
        policy=run.policy,
        sandbox=room.sandbox,
        tree=files.tree,
        checkpoint=files.checkpoint,
        differing=files.differing,
        put_back=files.put_back,
        beside=files.beside,
        leave_alone=files.leave_alone,
    )
    try:
        TaskLoop(run=run, room=room, consent=consent, saving=saving).work()
    except (AskLater, NeedsPerson, CeilingReached):
        # The person may want to see it, and the sandbox may be wanted by the next run, which begins at a checkpoint.
        saving.standing("the model cannot be asked")
        files.rewind()
        raise
