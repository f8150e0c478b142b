"""Start, replace and end the supervisor, a process of its own that outlives the terminal (HOME-5, HOME-7)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from orion_tui import __version__
from orion_tui.base.errors import StateError, StoreError
from orion_tui.base.paths import OrionHome
from orion_tui.core.session import doorbell, leaving, lock
from orion_tui.core.session.leaving import Tell, unheard
from orion_tui.core.session.status import LOCK, SupervisorStatus, status

__all__ = ["DRAIN_WAIT", "SupervisorStatus", "ensure", "start", "status", "stop"]

#: Seconds that a supervisor may take to be ready: it checks the store first.
START_TIMEOUT = 30.0
#: Seconds that a front end waits for a supervisor of an older version to finish its steps. It goes on without: the
#: new one stands by and takes over by itself.
DRAIN_WAIT = 60.0
#: Seconds that a killed supervisor may take to let its lock go.
DYING = 2.0

#: What a supervisor inherits of the environment: where things are and how to speak, no secrets.
INHERITED = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "XDG_RUNTIME_DIR", "PYTHONPATH"),
    # Which Docker engine, and where its certificates are; SSH_AUTH_SOCK for one that is reached over ssh.
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"),
    "SSH_AUTH_SOCK",
    # Where the system keychain is reached, and the certificates of those who are trusted.
    *("DBUS_SESSION_BUS_ADDRESS", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    "ORION_SANDBOX",
)


def ensure(
    home: OrionHome, environ: Mapping[str, str] = os.environ, tell: Tell = unheard, wait: float = DRAIN_WAIT
) -> SupervisorStatus:
    """The running supervisor, told to look at the store; started if there is none, replaced if it is outdated.

    An outdated one is waited for as long as `wait` says (seconds); after that it is replaced without the caller.
    Raises StateError or StoreError with the end of its log when it does not come up.
    """
    _let_die(home)
    now = status(home)
    if not now.running:
        return start(home, environ)
    if now.outdated:
        return _replace(home, environ, tell, wait)
    doorbell.ring(home)
    return now


def _let_die(home: OrionHome) -> None:
    """Wait for the lock of a supervisor that was just killed: its last threads hold it a moment longer than it lives.

    A holder that cannot be seen from here (another container's) looks the same, and costs this moment in vain.
    """
    holder = lock.holder(home.run / LOCK)
    if holder is None or not holder.pid or lock.alive(holder.pid, holder.started, holder.boot):
        return
    deadline = time.monotonic() + DYING
    while time.monotonic() < deadline and not lock.gone(home.run / LOCK, holder):
        time.sleep(0.01)


def start(home: OrionHome, environ: Mapping[str, str] = os.environ) -> SupervisorStatus:
    """Start a supervisor: by the service manager where it was installed as a service, else on demand."""
    from orion_tui.core.service import systemd

    if not (systemd.start_installed(home, environ) and status(home).running):
        _come_up(home, _spawn(home, environ))
    if not (now := status(home)).running:
        raise _did_not_start(home, 1)
    return now


def stop(home: OrionHome, *, timeout: float = 30.0, tell: Tell = unheard, kill: bool = False) -> bool:
    """Ask the supervisor to finish its steps and end; with `kill`, end it at once. False when none ran.

    Raises StateError when it stands still, or is still there after `timeout` seconds.
    """
    holder = lock.holder(home.run / LOCK)
    if holder is None:
        return False
    if not holder.pid or not lock.alive(holder.pid, holder.started, holder.boot):
        if lock.holder(home.run / LOCK) is None:
            return True  # it ended between two looks
        raise StateError(
            "the supervisor's lock is held by a process that cannot be seen from here",
            hint="it runs in another container, or is just starting; stop it there, or try again",
        )
    if not kill and lock.stopped(holder.pid):
        raise StateError(
            f"the supervisor (process {holder.pid}) stands still and cannot finish its steps",
            hint=f"let it go on with kill -CONT {holder.pid}, or end it: orion daemon stop --kill",
        )
    lock.signal_to(holder, signal.SIGKILL if kill else signal.SIGTERM)
    if not leaving.wait(home, lambda: lock.gone(home.run / LOCK, holder), timeout, tell):
        raise StateError(
            f"the supervisor (process {holder.pid}) is still finishing a step",
            hint="it ends by itself when that is done; or: orion daemon stop --kill, and that step is run again later",
            problems=tuple(leaving.steps_in_flight(home)),
        )
    return True


def _replace(home: OrionHome, environ: Mapping[str, str], tell: Tell, wait: float) -> SupervisorStatus:
    """Have a supervisor of this version take over from an older one: no step is lost, and none runs twice.

    The old one finishes its steps (everything done is durable with them) and leaves its sessions to the new one, which
    stands by for the lock. When that takes longer than a person wants to wait, it happens without them.
    """
    holder = lock.holder(home.run / LOCK)
    if holder is None:
        return start(home, environ)
    tell(f"replacing the supervisor of version {holder.version} (process {holder.pid}) by {__version__}")
    successor = _spawn(home, environ, "--succeed")
    if holder.pid and not lock.signal_to(holder, signal.SIGTERM):
        tell("it has ended")
    if leaving.wait(home, lambda: successor.poll() is not None, wait, tell):
        if successor.returncode and not status(home).running:
            raise _did_not_start(home, successor.returncode)
    else:
        # Only what waited for it: the successor itself goes on.
        successor.kill()
        successor.wait()
        tell("the new supervisor takes over by itself as soon as that is done")
    return status(home)


def _spawn(home: OrionHome, environ: Mapping[str, str], *arguments: str) -> "subprocess.Popen[bytes]":
    """A process that ends when the supervisor that it leaves behind is ready, or could not start."""
    environment = {name: environ[name] for name in INHERITED if name in environ}
    environment["ORION_HOME"] = str(home.root)
    log_path = home.logs / "supervisor.log"
    try:
        with log_path.open("ab") as log:
            log_path.chmod(0o600)
            # -P keeps the current directory off the module path: the user may stand in a hostile repository.
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "orion_tui.server.daemon", "--detach", *arguments],
                cwd=home.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    except OSError as error:
        raise StateError(f"the supervisor did not start: {error}", hint=f"see {log_path}") from error


def _come_up(home: OrionHome, process: "subprocess.Popen[bytes]") -> None:
    try:
        code = process.wait(START_TIMEOUT)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.wait()
        raise StateError(
            f"the supervisor was not ready after {START_TIMEOUT:.0f} s", hint=f"see {home.logs / 'supervisor.log'}"
        ) from error
    if code:
        raise _did_not_start(home, code)


def _did_not_start(home: OrionHome, code: int) -> StateError | StoreError:
    log_path = home.logs / "supervisor.log"
    try:
        tail = tuple(log_path.read_text("utf-8", "replace").splitlines()[-5:])
    except OSError:
        tail = ()
    kind = StoreError if code == StoreError.exit_code else StateError
    return kind("the supervisor did not start", hint=f"see {log_path}", problems=tail)
