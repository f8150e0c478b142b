"""Start the supervisor on demand, like a tmux server: a process of its own that outlives the terminal (HOME-5)."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping

import attrs

from orion_tui import __version__
from orion_tui.base.errors import StateError
from orion_tui.base.paths import OrionHome
from orion_tui.core.session import lock

#: Seconds that a supervisor may take to be ready.
START_TIMEOUT = 10.0

#: What a supervisor inherits of the environment: where things are and how to speak, no secrets.
INHERITED = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "XDG_RUNTIME_DIR", "PYTHONPATH"),
    # Which Docker engine, and where its certificates are; SSH_AUTH_SOCK for one that is reached over ssh.
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"),
    "SSH_AUTH_SOCK",
    "ORION_SANDBOX",
)


@attrs.frozen(kw_only=True)
class SupervisorStatus:
    """Whether a supervisor runs, and which."""

    running: bool
    pid: int = 0
    version: str = ""

    @property
    def same_version(self) -> bool:
        """Whether it is of this program's version."""
        return self.version == __version__


def status(home: OrionHome) -> SupervisorStatus:
    """Who supervises this home now."""
    if (holder := lock.holder(home.run / "supervisor.lock")) is None:
        return SupervisorStatus(running=False)
    return SupervisorStatus(running=True, pid=holder.pid, version=holder.version)


def ensure(home: OrionHome, environ: Mapping[str, str] = os.environ) -> SupervisorStatus:
    """The running supervisor, started if there is none.

    Raises StateError with the end of its log when it does not come up.
    """
    if (now := status(home)).running:
        return now
    log_path = home.logs / "supervisor.log"
    environment = {name: environ[name] for name in INHERITED if name in environ}
    environment["ORION_HOME"] = str(home.root)
    try:
        with log_path.open("ab") as log:
            log_path.chmod(0o600)
            # -P keeps the current directory off the module path: the user may stand in a hostile repository.
            # The command ends when the supervisor that it left behind is ready, or could not start.
            subprocess.run(
                [sys.executable, "-P", "-m", "orion_tui.server.daemon", "--detach"],
                cwd=home.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                timeout=START_TIMEOUT,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StateError(f"the supervisor did not start: {error}", hint=f"see {log_path}") from error
    if not (now := status(home)).running:
        tail = log_path.read_text("utf-8", "replace").splitlines()[-5:]
        raise StateError("the supervisor did not start", hint=f"see {log_path}", problems=tuple(tail))
    return now


def stop(home: OrionHome, *, timeout: float = 30.0) -> bool:
    """Ask the supervisor to finish its steps and end; False when none ran.

    Raises StateError when it is still there after `timeout` seconds.
    """
    holder = lock.holder(home.run / "supervisor.lock")
    if holder is None:
        return False
    if not holder.pid or not lock.alive(holder.pid, holder.started, holder.boot):
        raise StateError("the supervisor's lock is held by a process that cannot be told", hint="try again")
    os.kill(holder.pid, 15)
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if not lock.alive(holder.pid, holder.started, holder.boot):
            return True
        time.sleep(0.02)
    raise StateError(f"the supervisor (process {holder.pid}) is still finishing a step", hint="try again later")
