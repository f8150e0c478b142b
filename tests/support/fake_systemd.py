"""A systemd of the test's own on PATH: `systemctl` and `loginctl` that note every call and remember what was asked."""

import os
import sys
from pathlib import Path

import attrs

_SYSTEMCTL = """\
#!/bin/sh
echo "systemctl $*" >>"{folder}/calls"
case "$2" in
is-system-running) cat "{folder}/state"; exit 1 ;;
is-active) if [ -e "{folder}/active" ]; then echo active; else echo inactive; exit 3; fi ;;
start | restart)
    if [ -e "{folder}/broken" ]; then echo "Job failed." >&2; exit 1; fi
    touch "{folder}/active"
    if [ -e "{folder}/really" ]; then "{folder}/start-really"; fi ;;
disable) rm -f "{folder}/active" ;;
esac
"""

_LOGINCTL = """\
#!/bin/sh
echo "loginctl $*" >>"{folder}/calls"
cat "{folder}/linger"
"""


@attrs.frozen
class FakeSystemd:
    """Where it stands, and what it was asked."""

    folder: Path
    config: Path

    @classmethod
    def at(cls, folder: Path) -> "FakeSystemd":
        """One whose user manager runs (with a failed unit of somebody's), without lingering."""
        made = cls(folder, folder / "config")
        (folder / "bin").mkdir(parents=True)
        for name, text in (("systemctl", _SYSTEMCTL), ("loginctl", _LOGINCTL)):
            program = folder / "bin" / name
            program.write_text(text.format(folder=folder))
            program.chmod(0o755)
        made.says(state="degraded", linger="Linger=no")
        return made

    def says(self, **answers: str) -> None:
        """What it answers from now on: `state`, `linger`; `broken` makes every start fail."""
        for name, text in answers.items():
            (self.folder / name).write_text(text + "\n")

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program that meets it."""
        path = f"{self.folder / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin"
        return {**os.environ, "PATH": path, "XDG_CONFIG_HOME": str(self.config)}

    def calls(self) -> list[str]:
        """What was asked since the last look, questions left out."""
        path = self.folder / "calls"
        found = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [call for call in found if " is-" not in call and "show-user" not in call]
