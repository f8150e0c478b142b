"""The shipped demonstration: a sample repository and a playbook that works on it (MODEL-2).

Nothing else about it is special: the same loader, gate, sandbox, approvals and promotion as for work of one's own, and
neither a key nor a network.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import attrs

from orion_tui.base.errors import StoreError
from orion_tui.base.paths import OrionHome

#: The playbook of the demonstration.
PLAYBOOK = Path(__file__).parent / "playbook.yaml"
GOAL = "Make tidepool ask again when a station does not answer"
ROLE = "software-engineer"


@attrs.frozen(kw_only=True)
class DemoSession:
    """What the demonstration works on."""

    #: The sample repository, a real git repository that `prepare` made.
    workspace: Path
    #: The shipped playbook, or the one for machines without pip.
    plan_file: Path = PLAYBOOK
    goal: str = GOAL
    role: str = ROLE


def home_of_demo(environ: Mapping[str, str] = os.environ) -> OrionHome:
    """`$ORION_HOME` when somebody chose one, else `$HOME/.orion-demo`: never the user's own state.

    Raises StoreError when neither variable is set.
    """
    if environ.get("ORION_HOME"):
        return OrionHome.from_environment(environ)
    if home := environ.get("HOME"):
        return OrionHome(Path(home).absolute() / ".orion-demo")
    raise StoreError("neither ORION_HOME nor HOME is set", hint="set ORION_HOME to a directory of yours")


def prepare(home: OrionHome) -> DemoSession:
    """Make the sample repository below `home` unless it is there; whole or not at all.

    Raises StoreError when the place cannot be written, UsageError or GitError when git cannot do it.
    """
    from orion_tui.demo.repository import make

    home.prepare()
    workspace = home.root / "demo" / "tidepool"
    if not workspace.exists():
        make(workspace)
    return DemoSession(workspace=workspace, plan_file=_playbook(home))


def _playbook(home: OrionHome) -> Path:
    """The playbook for this machine: without pip in the sandbox's Python, one that unpacks the wheel instead."""
    from orion_tui.demo.without_pip import sandbox_has_pip, unpacking

    if sandbox_has_pip():
        return PLAYBOOK
    path = home.root / "demo" / "playbook.yaml"
    path.write_text(unpacking(PLAYBOOK.read_text("utf-8")), "utf-8")
    return path
