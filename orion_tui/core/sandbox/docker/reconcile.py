"""Removing what sessions have left in an engine (BOX-8).

A sandbox ends with the process that holds it, so little is left: a volume, or a container whose engine was busy dying.
Only what carries this state directory's label is looked at; a name says nothing.
"""

import os
import time
from collections.abc import Callable, Collection, Mapping

import attrs

from orion_tui.core.sandbox.docker import endpoint, names
from orion_tui.core.sandbox.docker.engine import Engine
from orion_tui.core.session import lock

#: Seconds after which a container without a live session is an orphan, even while the process that opened it runs.
ORPHAN_AFTER = 24 * 3600.0


@attrs.frozen(kw_only=True)
class Removed:
    """What was removed."""

    containers: int = 0
    volumes: int = 0


def reconcile(
    home: str,
    live: Collection[str],
    *,
    environ: Mapping[str, str] = os.environ,
    now: Callable[[], float] = time.time,
) -> Removed:
    """Remove what belongs to the state directory `home` and to nobody who lives; nothing where there is no engine.

    `live` are the ids of sessions that are being worked on. Raises EngineError.
    """
    found = endpoint.find(environ)
    if found is None:
        return Removed()
    with Engine(found) as engine:
        return sweep(engine, home, live, now())


def sweep(engine: Engine, home: str, live: Collection[str], now: float) -> Removed:
    """The same on an engine that is open already."""
    label = f"{names.HOME_LABEL}={home}"
    containers = volumes = 0
    for identity, labels, created in engine.containers(label):
        if labels.get(names.HOME_LABEL) == home and _is_orphan(labels, live, now - created):
            engine.remove_container(identity)
            containers += 1
    for name, labels in engine.volumes(label):
        # Whoever opened it may be about to start what will use it: only a process that is gone will not.
        if labels.get(names.HOME_LABEL) == home and not _owner_lives(labels):
            volumes += engine.remove_volume(name)
    return Removed(containers=containers, volumes=volumes)


def _is_orphan(labels: Mapping[str, str], live: Collection[str], age: float) -> bool:
    if not _owner_lives(labels):
        return True
    return labels.get(names.SESSION_LABEL) not in live and age > ORPHAN_AFTER


def _owner_lives(labels: Mapping[str, str]) -> bool:
    """Whether the process that opened it still runs: the same one, not another with its number."""
    pid, _, rest = labels.get(names.PROCESS_LABEL, "").partition(".")
    started, _, boot = rest.partition(".")
    if not pid.isdigit() or not started.isdigit():
        return False
    return lock.alive(int(pid), int(started), boot)
