"""The demonstration where the system's Python has no pip, as on a bare Debian.

A wheel of pure Python is a zip file that only has to be unpacked. The gate cannot tell what a program does that unpacks
something, so this approval is bound to the whole tree; the tasks that change it therefore come first.
"""

import subprocess

from orion_tui.core.sandbox.interpreter import candidates

_INSTALL = """\
          python3 -m pip install --no-index --no-deps --no-compile --target tidepool/_vendor
          wheels/tidejitter-1.0.0-py3-none-any.whl
"""
# pip stays first: it names what this is to the gate and to the person, and fails at once where it is missing.
_UNPACK = _INSTALL + "          || python3 -m zipfile -e wheels/tidejitter-1.0.0-py3-none-any.whl tidepool/_vendor\n"
_NEEDS = "    needs: [implement]  # nothing else: the tasks below go on while this one waits for a person\n"


def sandbox_has_pip() -> bool:
    """Whether the Python that commands find in the sandbox, which is the system's, can run pip."""
    system = candidates()
    if not system:
        return False
    command = [system[0], "-I", "-m", "pip", "--version"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False, cwd="/")
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def unpacking(playbook: str) -> str:
    """The playbook's text with the wheel unpacked where installing fails."""
    for old, new in ((_INSTALL, _UNPACK), (_NEEDS, "    needs: [implement, shortcut, docs]\n")):
        if playbook.count(old) != 1:
            raise ValueError("the demonstration's playbook is not the one that this was written for")
        playbook = playbook.replace(old, new)
    return playbook
