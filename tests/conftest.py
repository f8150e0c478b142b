"""What every test stands on: a private home, a known git, and honesty about what was not run.

A test that needs something of the machine carries its marker (`bubblewrap`, `docker`, `strace`, `tmux`). Where the
thing is missing the test is skipped with the reason, unless `ORION_TEST_REQUIRE` (a comma list of markers) names it:
then it fails, and so does a test of that marker that skips itself. Continuous integration sets it, so that "passed"
never means "not run".
"""

import fcntl
import functools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from orion_tui.base.paths import OrionHome

# Timed assertions lie on a busy machine; the example database would make runs depend on earlier ones.
settings.register_profile(
    "orion", deadline=None, database=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("orion")

# Who runs this in the background of a script has interrupts ignored, and every program that a test starts would too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_GIT_CONFIG = """\
[user]
    name = Ada Tester
    email = ada@example.invalid
[init]
    defaultBranch = main
[commit]
    gpgSign = false
[gc]
    auto = 0
[maintenance]
    auto = false
[protocol "file"]
    allow = always
"""

# Anything of the developer's own set-up that could change what a test sees.
_FOREIGN = (
    "GIT_",
    "ORION_",
    "XDG_",
    "DOCKER_",
    "DBUS_",
    "SSH_",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "PAGER",
    "EDITOR",
    "VISUAL",
)
_KEPT = ("ORION_TEST_REQUIRE", "ORION_TEST_CRASH_SWEEP", "ORION_TEST_ROGUE_SWEEP", "ORION_TEST_SEED")


def pytest_configure(config: pytest.Config) -> None:
    """Move this process, and what it starts, to a private home before any test module is imported."""
    for name in [n for n in os.environ if n.startswith(_FOREIGN) and n not in _KEPT]:
        del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="orion-tests-"))
    (home / ".gitconfig").write_text(_GIT_CONFIG, "utf-8")
    os.environ.update(
        HOME=str(home),
        GIT_CONFIG_GLOBAL=str(home / ".gitconfig"),
        GIT_CONFIG_NOSYSTEM="1",
        GIT_TERMINAL_PROMPT="0",
        TZ="UTC",
        LC_ALL="C.UTF-8",
        COLUMNS="120",
        LINES="40",
        # What a test is about must not depend on whether an engine answers here; those about Docker say so.
        ORION_SANDBOX="bubblewrap",
        # Tests never ask the developer's keychain; this is what a headless machine looks like.
        PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
    )
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))


def pytest_make_parametrize_id(val: object) -> str | None:
    """A long text does not name its test: hundreds of thousands of characters would be in each line about it."""
    return f"{len(val)} long" if isinstance(val, str | bytes) and len(val) > 200 else None


#: What tells for each marker whether this machine can serve it.
_PROBES = {
    "bubblewrap": ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true"],
    # Whether it may trace, and is new enough to plant faults.
    "strace": ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=sync:error=EIO:when=1", "true"],
    "tmux": ["tmux", "-V"],
}


@functools.cache
def _missing(name: str) -> str:
    """Why this machine cannot serve a marker; empty when it can. Tries it rather than looking for a file."""
    if name == "docker":
        return _missing_engine()
    probe = _PROBES[name]
    if shutil.which(probe[0]) is None:
        return f"{probe[0]} is not installed"
    try:
        done = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False, cwd="/")
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{probe[0]} does not work: {error}"
    return "" if done.returncode == 0 else f"{probe[0]} does not work: {done.stderr.decode('utf-8', 'replace').strip()}"


def _missing_engine() -> str:
    """The same for Docker: an engine, and the image of this machine's files, made where it is not there."""
    from orion_tui.base.errors import OrionError
    from orion_tui.core.sandbox.docker import engine, hostfiles, hostimage

    # One process makes the image, the others wait for it.
    lock = os.open(Path(tempfile.gettempdir(), "orion-tests-image.lock"), os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = engine.open_default()
        if found is None:
            return "no Docker engine is here"
        with found:
            files = hostfiles.collect()
            if hostimage.current(found, files) is None:
                hostimage.make(found, files)
    except OrionError as error:
        return f"Docker does not work: {error.message}"
    finally:
        os.close(lock)
    return ""


def _required() -> frozenset[str]:
    return frozenset(name.strip() for name in os.environ.get("ORION_TEST_REQUIRE", "").split(",") if name.strip())


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run; fail it where it was required."""
    for name in ("docker", *_PROBES):
        if item.get_closest_marker(name) is None or not (reason := _missing(name)):
            continue
        if name in _required():
            pytest.fail(f"required by ORION_TEST_REQUIRE: {reason}", pytrace=False)
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test of a required marker that skips itself has failed."""
    report = yield
    named = [name for name in _required() if item.get_closest_marker(name) is not None]
    if report.skipped and named and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although ORION_TEST_REQUIRE names {', '.join(sorted(named))}: {report.longrepr}"
    return report


@pytest.fixture
def orion_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OrionHome:
    """A prepared state directory of the test's own, which `ORION_HOME` names too."""
    home = OrionHome(tmp_path / "orion-home")
    home.prepare()
    monkeypatch.setenv("ORION_HOME", str(home.root))
    return home
