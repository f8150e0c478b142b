r"""An acceptance check as one line that a person reads and types: the command, and what is expected of it.

    python3 -m unittest -q
    python3 -m unittest -q => exit 1
    make lint => any exit, output "0 errors"

Without an arrow it must end with exit status 0. The text that its output must have is a JSON string.
"""

import json
import re

from orion_tui.base.errors import UsageError
from orion_tui.core.models.actions import RunCommand
from orion_tui.core.models.plans import Expectation, PlannedAction

_STRING = r'"(?:[^"\\]|\\.)*"'
_EXPECTED = re.compile(
    rf"(?P<command>.*\S)\s+=>\s+(?:(?P<blocked>blocked)|(?P<exit>any exit|exit\s+\d{{1,3}})"
    rf"(?:,\s*output\s+(?P<also>{_STRING}))?|output\s+(?P<output>{_STRING}))\s*",
    re.DOTALL,
)
#: What is meant to be read like that, and may be misspelled: a shell would make a file of it.
_MEANT = re.compile(r"(?:^|\s)=>\s*(?:any|exit|output|blocked)\b[^\n]*\Z")


def check_text(planned: PlannedAction) -> str:
    """The check as a line; `read_check` reads it."""
    text = planned.action.text if isinstance(planned.action, RunCommand) else str(planned.action)
    if wanted := expected(planned.expect):
        return f"{text} => {wanted}"
    # A command that looks as if something were expected of it is told apart by saying what is.
    return f"{text} => exit 0" if _EXPECTED.fullmatch(text) or _MEANT.search(text) else text


def expected(expect: Expectation) -> str:
    """What is expected, in words; empty for an end with status 0."""
    if expect.blocked:
        return "blocked"
    wanted = [] if expect.exit_code == 0 else ["any exit" if expect.exit_code is None else f"exit {expect.exit_code}"]
    wanted += [f"output {json.dumps(expect.output, ensure_ascii=False)}"] if expect.output is not None else []
    return ", ".join(wanted)


def read_check(text: str) -> tuple[str, Expectation]:
    """The command of a line, and what is expected of it. UsageError where the part behind the arrow cannot be read."""
    text = text.strip()
    found = _EXPECTED.fullmatch(text)
    if found is None:
        if _MEANT.search(text):
            raise _unread(text)
        return text, Expectation()
    if found["blocked"]:
        return found["command"], Expectation(blocked=True)
    status = found["exit"] or "exit 0"
    exit_code = None if status == "any exit" else int(status.removeprefix("exit"))
    if exit_code is not None and exit_code > 255:
        raise _unread(text)
    return found["command"], Expectation(exit_code=exit_code, output=_string(found["also"] or found["output"], text))


def _string(quoted: str | None, text: str) -> str | None:
    if quoted is None:
        return None
    try:
        return str(json.loads(quoted, strict=False)) or None
    except ValueError:
        raise _unread(text) from None


def _unread(text: str) -> UsageError:
    return UsageError(
        f"what is expected of this check cannot be read: {text}",
        hint='write it like: pytest -q => exit 1, output "no such file" (exit 0 to 255, or any exit);'
        " a command that has such an arrow itself ends with => exit 0",
    )
