"""Where a run works: a sandbox that is what was promised, filled with the session's files."""

import attrs

from orion_tui.base.errors import AttestationFailed, GitError, SandboxUnavailable, Unrecoverable
from orion_tui.core.models.checkpoints import Checkpoint
from orion_tui.core.sandbox import profiles, select
from orion_tui.core.sandbox.base import Limits, Sandbox
from orion_tui.core.sandbox.lately import Lately
from orion_tui.core.session import containment, meters
from orion_tui.core.session.rooms import Room, Rooms
from orion_tui.core.session.run import Run
from orion_tui.core.session.shortage import is_disk_full
from orion_tui.core.session.work_copy import WorkCopy
from orion_tui.core.store import checkpoints, events


def open_room(run: Run, rooms: Rooms) -> Room:
    """The sandbox that was kept while the session waited, if it still holds what it should; else a fresh one.

    Raises SandboxUnavailable, AttestationFailed, and Unrecoverable where the session's repository is damaged.
    """
    done = checkpoints.latest(run.store.reader(), run.session.id)
    base = run.session.snapshot or run.session.base_commit
    commit = done.branch_commit if done is not None else base
    limits = _limits(run)
    kept = rooms.take(run.session.id)
    if kept is not None:
        if kept.files.at(commit) and kept.limits == limits and kept.sandbox.alive():
            return kept
        kept.close()
    return _fresh(run, base, commit, done, limits)


def _fresh(run: Run, base: str, commit: str, done: Checkpoint | None, limits: Limits) -> Room:
    repo = run.repository()
    spec = containment.specification(repo, base, run.session.id, run.policy.role.sandbox, limits)
    try:
        sandbox = run.choose().open(spec)
    except SandboxUnavailable:
        Lately(run.home).forget()
        raise
    try:
        with run.stop.aborting(sandbox.close):
            _attest(run, sandbox)
            if spec.backend in {"", select.AUTO} and not spec.image:
                Lately(run.home).note()
            files = WorkCopy(sandbox, repo, run.policy, run.clock, limits, base=base)
            files.fill(commit)
            if done is not None:
                files.publish()
    except GitError as error:
        sandbox.close()
        if not is_disk_full(error) and (damage := repo.damage(commit)):
            name = done.name if done is not None else "the base"
            raise Unrecoverable(f"{name} is damaged in the session's repository: {damage}") from error
        raise
    except BaseException:
        sandbox.close()
        raise
    shown = meters.show(run.home, run.session.id, sandbox)
    return Room(session_id=run.session.id, sandbox=sandbox, files=files, limits=limits, meters=shown)


def _check_backend(run: Run, backend: str) -> None:
    """Raise SandboxUnavailable where the work would go on in less than it began in, and nobody has said that it may."""
    started = events.of_type(run.store.reader(), run.session.id, "sandbox.started")
    began = str(started[0].data.get("backend", "")) if started else run.now.backend
    if not select.promises_less(backend, began) or backend == select.usual():
        return
    raise SandboxUnavailable(
        f"it began in {began}, which cannot be had now, and {backend} promises less; start {began} again, or allow the "
        f"other: orion daemon stop, then ORION_SANDBOX={backend} orion daemon start"
    )


def more_memory(run: Run, room: Room) -> bool:
    """Raise the memory of the session's next sandbox by half; whether that is possible, once (BOX-5)."""
    before = room.limits.memory_bytes
    after = profiles.raised(before)
    if after is None or run.now.memory_bytes:
        return False
    run.record.columns(memory_bytes=after)
    run.record.event("sandbox.memory_raised", {"from": before, "to": after})
    return True


def _limits(run: Run) -> Limits:
    limits = profiles.limits(run.policy.role.sandbox.profile)
    raised = run.now.memory_bytes
    return attrs.evolve(limits, memory_bytes=raised) if raised else limits


def _attest(run: Run, sandbox: Sandbox) -> None:
    attestation = sandbox.attest()
    _check_backend(run, attestation.backend)
    lacks = [f"{p.name}: {p.measured}" for p in attestation.lacks]
    if attestation.failures:
        problems = tuple(f"{p.name}: promised {p.promised}, measured {p.measured}" for p in attestation.failures)
        run.record.event("sandbox.refused", {"backend": attestation.backend, "problems": list(problems)})
        raise AttestationFailed("the sandbox is not what was promised, so no work was done", problems=problems)
    run.record.columns(backend=attestation.backend, backend_lacks="; ".join(lacks))
    data = {"backend": attestation.backend, "lacks": lacks, "properties": len(attestation.properties)}
    run.record.event("sandbox.started", data)
