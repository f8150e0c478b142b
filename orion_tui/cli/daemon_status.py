"""Everything there is to know about the supervisor, as a record and as lines."""

from collections.abc import Mapping
from typing import Any

from orion_tui.base.clock import SystemClock, iso
from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.cli.output import moment, one_line, say, span
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.service import systemd, unit
from orion_tui.core.session import status as statuses

_MIB = 1024 * 1024


def record(home: OrionHome, environ: Mapping[str, str]) -> dict[str, Any]:
    """The keys of `orion daemon status --json`. Makes nothing, and works with a store that cannot be opened."""
    found, counts, problem = _look(home)
    weight = statuses.memory(found.pid) if found.pid else None
    uptime = SystemClock().now() - found.started_at if found.started_at else None
    return {
        "running": found.running,
        "answers": found.answers,
        "trouble": found.trouble,
        "remedy": found.remedy,
        "pid": found.pid or None,
        "version": found.version,
        "outdated": found.outdated,
        "how": found.how,
        "finishing": found.leaving,
        "started_at": iso(found.started_at) if found.started_at else None,
        "uptime_seconds": round(max(0.0, uptime), 1) if uptime is not None else None,
        "silent_seconds": round(found.silent_for, 1) if found.silent_for is not None else None,
        "sessions": {
            "running": counts.get(SessionState.RUNNING, 0) + counts.get(SessionState.PLANNING, 0),
            "waiting": counts.get(SessionState.WAITING, 0) + counts.get(SessionState.AWAITING_PLAN, 0),
            "queued": counts.get(SessionState.CREATED, 0) + counts.get(SessionState.INTERRUPTED, 0),
            "paused": counts.get(SessionState.PAUSED, 0),
        },
        "memory": {"pss_bytes": weight[0], "rss_bytes": weight[1]} if weight else None,
        "service": _service(home, environ),
        "store_problem": problem,
        "log": str(home.logs / "supervisor.log"),
    }


def _look(home: OrionHome) -> tuple[statuses.SupervisorStatus, dict[SessionState, int], str]:
    if not home.database.exists():
        return statuses.status(home), {}, ""
    from orion_tui.core.store import Store, sessions

    clock = SystemClock()
    try:
        with Store.open(home.database, clock=clock) as store:
            reader = store.reader()
            return statuses.status(home, reader, clock), sessions.counts_by_state(reader), ""
    except OrionError as error:
        return statuses.status(home), {}, str(error)


def _service(home: OrionHome, environ: Mapping[str, str]) -> dict[str, Any] | None:
    path = unit.path_of(home, environ)
    found = unit.look(path)
    if found is unit.Found.NOTHING:
        return None
    return {
        "unit": path.name,
        "path": str(path),
        "edited": found is not unit.Found.OURS,
        "active": systemd.active(environ, path.name),
        "lingering": systemd.lingering(environ).value,
    }


def tell(found: Mapping[str, Any]) -> None:
    """The same for people."""
    if not found["running"]:
        say("no supervisor runs; it starts by itself when there is work")
    elif found["trouble"]:
        say(found["trouble"], style="red", bold=True)
        say(f"  {found['remedy']}")
    else:
        say(f"the supervisor runs (process {found['pid']}, version {found['version']})", bold=True)
        if found["finishing"]:
            say("  it was asked to end, and finishes the steps in flight")
    if found["outdated"]:
        say("  it is of an older version than this program: the next command that has work for it replaces it")
        say("  once its steps are done, or do it now: orion daemon start")
    for name, value in _rows(found):
        say(f"  {name:<9} {one_line(value)}")
    if found["store_problem"]:
        say(found["store_problem"], style="red")


def _rows(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if found["uptime_seconds"] is not None:
        since = moment(SystemClock().now() - found["uptime_seconds"])
        rows.append(("up", f"{span(found['uptime_seconds'])}, since {since}"))
    counts = [f"{count} {name}" for name, count in found["sessions"].items() if count]
    rows.append(("sessions", ", ".join(counts) or "none at work"))
    if memory := found["memory"]:
        pss, rss = memory["pss_bytes"] / _MIB, memory["rss_bytes"] / _MIB
        rows.append(("memory", f"{pss:.0f} MiB of its own share, {rss:.0f} MiB resident"))
    if found["how"]:
        rows.append(("started", "by systemd, as a service" if found["how"] == "service" else str(found["how"])))
    if service := found["service"]:
        active = "runs" if service["active"] else "does not run"
        edited = ", edited" if service["edited"] else ""
        rows.append(("service", f"{service['unit']} {active}{edited}; lingering is {service['lingering']}"))
    elif found["running"]:
        rows.append(("service", "none; orion daemon install makes it one"))
    if found["running"] and found["silent_seconds"] is not None and not found["trouble"]:
        rows.append(("answered", f"{span(found['silent_seconds'])} ago"))
    rows.append(("log", found["log"]))
    return rows
