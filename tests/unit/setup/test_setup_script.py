"""`scripts/setup` on machines that lack something: the exact command, and nothing half done."""

import os
import shutil
import subprocess
from pathlib import Path

import attrs
import pytest

pytestmark = pytest.mark.unit

_ROOT = Path(__file__).parents[3]

# What the script uses of the system. Everything else (python, git, sudo) the test provides, or does not.
_TOOLS = (
    "sh",
    "cat",
    "chmod",
    "cut",
    "sha256sum",
    "id",
    "mkdir",
    "mv",
    "rm",
    "rmdir",
    "sed",
    "tail",
    "dirname",
    "flock",
    "sleep",
)

_PYTHON = """\
#!/bin/sh
# A python3 of the given version that makes environments whose pip does what $FAKE_PIP says.
case "$*" in
    --version) echo "Python {version}" ;;
    "-c import sys; sys.exit"*) exit {too_old} ;;
    "-c import venv"*) exit {no_venv} ;;
    "-c import sys; print"*) echo python3.12 ;;
    "-m venv .venv")
        mkdir -p .venv/bin
        printf '%s\\n' '#!/bin/sh' '[ "$1" = -c ] && exit 0' \\
            'echo "$@" >>../pip.calls' 'eval "$FAKE_PIP"' >.venv/bin/python
        chmod +x .venv/bin/python ;;
    *) echo "unexpected: $*" >&2; exit 99 ;;
esac
"""


@attrs.frozen
class Machine:
    """A project folder and a PATH that holds only what a test put there."""

    root: Path

    @property
    def project(self) -> Path:
        return self.root / "the project"

    @property
    def calls(self) -> list[str]:
        log = self.root / "pip.calls"
        return log.read_text("utf-8").splitlines() if log.exists() else []

    def program(self, name: str, text: str) -> None:
        path = self.root / "bin" / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)

    def python(self, name: str = "python3", *, version: str = "3.12.1", venv: bool = True) -> None:
        old = tuple(int(part) for part in version.split(".")) < (3, 11)
        self.program(name, _PYTHON.format(version=version, too_old=int(old), no_venv=int(not venv)))

    def git(self, version: str = "2.39.5") -> None:
        self.program("git", f"#!/bin/sh\necho git version {version}\n")

    def setup(
        self, kind: str = "runtime", *, system: str = "ID=debian", **env: str
    ) -> subprocess.CompletedProcess[str]:
        release = self.root / "os-release"
        release.write_text(system + "\n", "utf-8")
        environment = {
            "PATH": str(self.root / "bin"),
            "HOME": str(self.root),
            "ORION_OS_RELEASE": str(release),
            "FAKE_PIP": "true",
            **env,
        }
        return subprocess.run(
            ["scripts/setup", kind], cwd=self.project, env=environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.project.mkdir()
    for name in ("scripts", "requirements"):
        shutil.copytree(_ROOT / name, made.project / name)
    shutil.copy(_ROOT / "pyproject.toml", made.project)
    (tmp_path / "bin").mkdir()
    for tool in _TOOLS:
        found = shutil.which(tool)
        assert found is not None, tool
        (tmp_path / "bin" / tool).symlink_to(found)
    (tmp_path / "bin" / "sudo").symlink_to("/bin/true")
    return made


def _sudo(command: str) -> str:
    return command if os.geteuid() == 0 else f"sudo {command}"


def test_a_complete_machine_gets_an_environment_and_is_quick_the_second_time(machine: Machine) -> None:
    machine.git()
    machine.python()
    first = machine.setup()
    assert first.returncode == 0, first.stderr
    assert (machine.project / ".venv/.orion-setup").read_text().startswith("runtime ")
    assert len(machine.calls) == 2
    assert "--require-hashes" in machine.calls[0]
    assert "requirements/runtime.txt" in machine.calls[0]
    assert "--no-deps --no-build-isolation --editable ." in machine.calls[1]
    second = machine.setup()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert len(machine.calls) == 2


def test_an_environment_for_development_serves_for_use(machine: Machine) -> None:
    machine.git()
    machine.python()
    assert machine.setup("dev").returncode == 0
    assert machine.setup("runtime").stdout == ""
    assert len(machine.calls) == 2


def test_changed_pins_are_installed(machine: Machine) -> None:
    machine.git()
    machine.python()
    assert machine.setup().returncode == 0
    with (machine.project / "requirements/runtime.txt").open("a", encoding="utf-8") as pins:
        pins.write("# moved\n")
    assert machine.setup().returncode == 0
    assert len(machine.calls) == 4


@pytest.mark.parametrize(
    ("system", "command"),
    [
        ("ID=ubuntu\nID_LIKE=debian", "apt-get install -y git"),
        ("ID=fedora", "dnf install -y git"),
        ("ID=manjaro\nID_LIKE=arch", "pacman -S --needed --noconfirm git"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', "zypper --non-interactive install git"),
        ("ID=alpine", "apk add git"),
    ],
)
def test_without_git_it_names_the_command_of_this_system(machine: Machine, system: str, command: str) -> None:
    machine.python()
    done = machine.setup(system=system)
    assert done.returncode == 1
    assert "git is not installed" in done.stderr
    assert f"Run:  {_sudo(command)}" in done.stderr
    assert not (machine.project / ".venv").exists()


def test_an_old_git_is_named_with_its_version(machine: Machine) -> None:
    machine.python()
    machine.git("2.30.2")
    done = machine.setup()
    assert done.returncode == 1
    assert "git 2.30.2 is too old; Orion needs 2.38" in done.stderr
    assert not (machine.project / ".venv").exists()


def test_without_the_venv_package_it_names_the_one_of_this_python(machine: Machine) -> None:
    machine.git()
    machine.python(venv=False)
    done = machine.setup()
    assert done.returncode == 1
    assert f"Run:  {_sudo('apt-get install -y python3.12-venv')}" in done.stderr
    assert not (machine.project / ".venv").exists()


def test_a_second_python_that_can_do_it_is_taken(machine: Machine) -> None:
    machine.git()
    machine.python("python3", version="3.9.2")
    machine.python("python3.11", version="3.11.2", venv=False)
    machine.python("python3.12")
    assert machine.setup().returncode == 0


def test_an_old_python_is_named_with_what_this_system_offers(machine: Machine) -> None:
    machine.git()
    machine.python(version="3.8.10")
    machine.program("apt-cache", '#!/bin/sh\ncase "$*" in *12-venv*) echo python3.12-venv ;; esac\n')
    done = machine.setup(system="ID=ubuntu")
    assert done.returncode == 1
    assert "no Python 3.11 or newer was found (only Python 3.8.10)" in done.stderr
    assert f"Run:  {_sudo('apt-get install -y python3.12 python3.12-venv')}" in done.stderr
    assert not (machine.project / ".venv").exists()


def test_a_system_that_offers_none_says_how_to_bring_one(machine: Machine) -> None:
    machine.git()
    done = machine.setup(system="ID=ubuntu")
    assert "no Python 3.11 or newer was found\n" in done.stderr
    assert "PYTHON=/path/to/python3 make run" in done.stderr


def test_a_named_python_that_does_not_serve_is_an_error(machine: Machine) -> None:
    machine.git()
    machine.python()
    done = machine.setup(PYTHON="/nonexistent/python3")
    assert done.returncode == 1
    assert "PYTHON=/nonexistent/python3 is not a working Python 3.11" in done.stderr


def test_a_failed_download_leaves_nothing_and_says_why(machine: Machine) -> None:
    machine.git()
    machine.python()
    done = machine.setup(FAKE_PIP="echo no route to mirror; exit 1")
    assert done.returncode == 1
    assert "| no route to mirror" in done.stderr
    assert "nothing of it is left" in done.stderr
    assert not (machine.project / ".venv").exists()


def test_a_failed_renewal_keeps_the_environment_that_worked(machine: Machine) -> None:
    machine.git()
    machine.python()
    assert machine.setup("runtime").returncode == 0
    done = machine.setup("dev", FAKE_PIP="exit 1")
    assert done.returncode == 1
    assert "the environment of before is back" in done.stderr
    assert not (machine.project / ".venv.before").exists()
    assert machine.setup("runtime").stdout == ""


@pytest.mark.parametrize("signal", ["INT", "TERM"])
def test_an_interrupted_run_is_taken_back(machine: Machine, signal: str) -> None:
    machine.git()
    machine.python()
    done = machine.setup(FAKE_PIP=f"kill -{signal} $PPID; sleep 0.1; exit 1")
    assert done.returncode != 0
    assert not (machine.project / ".venv").exists()
    assert machine.setup().returncode == 0


def test_a_killed_run_is_done_again(machine: Machine) -> None:
    machine.git()
    machine.python()
    done = machine.setup(FAKE_PIP="kill -KILL $PPID")
    assert done.returncode != 0
    assert (machine.project / ".venv/.orion-setup").read_text() == "building\n"
    assert machine.setup().returncode == 0
    assert (machine.project / ".venv/.orion-setup").read_text().startswith("runtime ")


def test_a_killed_renewal_falls_back_on_the_environment_of_before(machine: Machine) -> None:
    machine.git()
    machine.python()
    assert machine.setup("runtime").returncode == 0
    assert machine.setup("dev", FAKE_PIP="kill -KILL $PPID").returncode != 0
    assert machine.setup("runtime").stdout == ""
    assert not (machine.project / ".venv.before").exists()


def test_an_environment_of_somebody_else_is_not_touched(machine: Machine) -> None:
    machine.git()
    machine.python()
    (machine.project / ".venv").mkdir()
    (machine.project / ".venv/pyvenv.cfg").write_text("theirs", "utf-8")
    done = machine.setup()
    assert done.returncode == 1
    assert "mv .venv .venv.old" in done.stderr
    assert (machine.project / ".venv/pyvenv.cfg").read_text() == "theirs"
