"""What two questions have in common: the kind of what is asked and its shape, without the particulars.

For people: the queue is grouped by it, and a card says how the like was answered before. No decision rests on it.
"""

import posixpath
import re
import shlex
from itertools import groupby

from orion_tui.base.kinds import INCLUDES, ActionKind
from orion_tui.base.text import display_path, reveal
from orion_tui.core.models.actions import Action, Claim, Decision, FetchUrl, RunCommand, UseTool

#: A word that may be the command of a program with several: `upgrade`, `run-script`.
_COMMAND = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_INCLUDED = frozenset(kind for included in INCLUDES.values() for kind in included)
#: Characters of a likeness; more of it would be particulars.
_MOST = 120


def likeness(action: Action, decision: Decision) -> str:
    """As one line: `add_dependency pip install`, `write_docs docs/*.md`."""
    kinds = [claim.kind for claim in decision.claims]
    # What says most of it: `modify_ci_pipeline` before `write_config` before `write`.
    telling = [kind for kind in kinds if kind not in INCLUDES and kind not in _INCLUDED]
    specific = [kind for kind in kinds if kind not in INCLUDES]
    kind = next(iter((*telling, *specific, *kinds)), ActionKind.RUN)
    text = f"{kind.value} {reveal(_shape(action, decision.claims), keep_newlines=False)}".strip()
    return text if len(text) <= _MOST else text[:_MOST]


def _shape(action: Action, claims: tuple[Claim, ...]) -> str:
    match action:
        case RunCommand():
            runs = [claim for claim in claims if claim.kind is ActionKind.RUN]
            parts = groupby(sorted(runs, key=lambda claim: claim.part), key=lambda claim: claim.part)
            # The last of a part is what is run in the end, whatever it is wrapped in.
            shapes = [_program(list(part)[-1].subject) for _, part in parts]
            return " + ".join(dict.fromkeys(shapes)) or _program(action.text)
        case UseTool():
            return action.name
        case FetchUrl():
            return next((claim.subject for claim in claims if claim.kind is ActionKind.FETCH), "")
        case _:
            path = display_path(action.path)
            name = posixpath.basename(path)
            suffix = posixpath.splitext(name)[1]
            return posixpath.join(posixpath.dirname(path), f"*{suffix}" if suffix else name)


def _program(command: str) -> str:
    """The program, and its command where it has one: `pip install`, `python3 -m pytest`, `make`."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    if not words:
        return ""
    program = posixpath.basename(words[0])
    if words[1:2] == ["-m"] and len(words) > 2:
        return f"{program} -m {words[2]}"
    return f"{program} {words[1]}" if len(words) > 1 and _COMMAND.fullmatch(words[1]) else program
