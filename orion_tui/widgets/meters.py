"""What a sandbox uses of what it may, as one line: what cannot be told is left out."""

from orion_tui.core.models.meters import Used
from orion_tui.core.models.sessions import Session
from orion_tui.widgets.budget import near
from orion_tui.widgets.cells import Part
from orion_tui.widgets.fact_line import Facts

_MIB = 1024 * 1024
#: From this width on words and units are written out.
_ROOM = 100


def meter_facts(used: Used, share: float | None, session: Session, width: int) -> Facts:
    """`memory   84 of 1200 MiB   procs   3 of 128`; `mem   84/1200M  procs   3/128` where there is little room.

    `share` is what it uses of one processor. Last comes what is not known before the second reading, and numbers take
    the room of their limits: nothing moves along when they change. What holds the sandbox stands at the right where
    there is room for it.
    """
    short = width < _ROOM
    parts = [
        *_part("mem" if short else "memory", used.memory, used.memory_limit, short=short),
        *_part("procs", used.processes, used.processes_limit, unit="", size=1, short=short),
        *_part("files" if short else "workspace", used.workspace, used.workspace_limit, short=short),
    ]
    if share is not None:
        most = round(used.cpus * 100) if used.cpus and not short else None
        parts += _part("cpu", round(share * 100), most, unit="%", size=1, short=short, warns=False)
    right = backend_parts(session)
    room = width - 2 - sum(len(text) for text, _ in parts[1:])
    return tuple(parts[1:]), right if sum(len(text) for text, _ in right) <= room else ()


def backend_parts(session: Session) -> tuple[Part, ...]:
    """`  docker net:none`, and what it lacks."""
    if not session.backend:
        return ()
    named: Part = (f"  {session.backend} net:none", "muted")
    return (named, ("  lacks ", "warn"), (session.backend_lacks, "warn")) if session.backend_lacks else (named,)


def _part(
    name: str,
    used: int | None,
    limit: int | None,
    *,
    unit: str = "MiB",
    size: int = _MIB,
    short: bool,
    warns: bool = True,
) -> list[Part]:
    """A gap, and one meter behind it; nothing where it is not known. `size` is what the unit counts."""
    if used is None:
        return []
    most = f"{limit // size}" if limit is not None else ""
    number = f"{-(-used // size):>{max(len(most), 3)}}"
    mark = unit[:1] if short else unit if unit == "%" else f" {unit}" if unit else ""
    of = "" if not most else f"/{most}" if short else f" of {most}"
    return [
        ("  " if short else "   ", "text"),
        (f"{name} ", "muted"),
        (number, "text"),
        (of + mark, "muted"),
        *(near(used, limit) if warns else ()),
    ]
