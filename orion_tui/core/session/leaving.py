"""What a supervisor that was asked to end is still waited for: the steps in flight, in words."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from orion_tui.base.errors import OrionError
from orion_tui.base.paths import OrionHome
from orion_tui.base.text import reveal
from orion_tui.core.models.steps import StepStatus
from orion_tui.core.store.connection import Reader, connect

Tell = Callable[[str], object]

#: Characters of a step that is named.
_LONG = 80


def unheard(text: str) -> None:
    """For who has nobody to tell what is waited for."""


def steps_in_flight(home: OrionHome) -> list[str]:
    """`session 12ab: python3 -m unittest (for 12 s)`, one each; reads only, and says nothing rather than fail.

    The store is not opened in full: while another version finishes its work its format is not to be touched.
    """
    try:
        reader = Reader(connect(home.database), home.database)
    except sqlite3.Error:
        return []
    with contextlib.closing(reader), contextlib.suppress(OrionError, ValueError, KeyError):
        rows = reader.rows(
            "SELECT l.session_id, l.action, l.started_at FROM sessions s JOIN step_log l ON l.session_id = s.id"
            " WHERE s.lease_owner <> '' AND l.status = ? ORDER BY l.started_at LIMIT 4",
            (StepStatus.STARTED.value,),
        )
        return [f"session {row[0]}: {_described(row[1])} (for {max(0, time.time() - row[2]):.0f} s)" for row in rows]
    return []


def _described(action: str) -> str:
    # Not by way of the codec: this may be an action of another version's.
    data: dict[str, Any] = json.loads(action)
    text = data.get("shell") or " ".join(data.get("argv") or ()) or f"{data.get('do', '')} {data.get('path', '')}"
    shown = reveal(str(text), keep_newlines=False)
    return shown if len(shown) <= _LONG else shown[: _LONG - 1] + "…"


def wait(home: OrionHome, gone: Callable[[], bool], timeout: float, tell: Tell) -> bool:
    """Until `gone`, saying what is waited for when that changes; False when it takes longer than `timeout` seconds."""
    deadline = time.monotonic() + timeout
    asked, told = time.monotonic() + 1.0, ""
    while not gone():
        now = time.monotonic()
        if now >= deadline:
            return False
        if now >= asked:
            asked = now + 1.0
            found = steps_in_flight(home)
            names = "; ".join(found)
            known = names.rpartition(" (for ")[0]
            if found and known != told:
                told = known
                tell(f"waiting for the step in flight: {names}")
        time.sleep(0.02)
    return True
