"""Where Orion keeps its state: `~/.orion`, or wherever `ORION_HOME` says."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import attrs

from orion_tui.base.errors import StoreError

#: File systems whose files another machine (or the host of this one) holds: locks, and the shared memory of SQLite's
#: write-ahead log, do not reach there, so that two supervisors or two writers could both believe to be alone.
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "coda", "davfs", "9p", "drvfs"}
    | {"ceph", "lustre", "beegfs", "orangefs", "pvfs2", "gpfs", "vboxsf", "vmhgfs", "prl_fs"}
    | {
        f"fuse.{kind}"
        for kind in ("sshfs", "glusterfs", "ceph", "cephfs", "s3fs", "rclone", "gcsfuse", "juicefs", "mfs")
    }
    | {f"fuse.{kind}" for kind in ("davfs", "davfs2", "smbnetfs", "curlftpfs", "vmhgfs-fuse", "grpcfuse", "osxfs")}
)

# What may lie in a state directory before its store does: made by Orion, by its user in advance, or by a file system.
_OWN_NAMES = frozenset(
    {"roles", "sessions", "run", "logs", "vault", "cache", "clipboard", "demo"}
    | {"secrets_allowlist.yaml", "lost+found"}
)

MOUNTS = Path("/proc/self/mounts")


@attrs.frozen
class OrionHome:
    """The state directory and the names inside it. Making one touches nothing; `prepare` does."""

    root: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "OrionHome":
        """`$ORION_HOME`, else `$HOME/.orion`.

        Raises StoreError when neither is set: state must not land wherever the process happens to stand.
        """
        if chosen := environ.get("ORION_HOME"):
            return cls(Path(chosen).expanduser().absolute())
        if home := environ.get("HOME"):
            return cls(Path(home).absolute() / ".orion")
        raise StoreError("neither ORION_HOME nor HOME is set", hint="set ORION_HOME to a directory of yours")

    @property
    def database(self) -> Path:
        """The store."""
        return self.root / "orion.db"

    @property
    def roles(self) -> Path:
        """The user's role files."""
        return self.root / "roles"

    @property
    def sessions(self) -> Path:
        """One directory a session; holds its bare repository."""
        return self.root / "sessions"

    @property
    def run(self) -> Path:
        """Locks and sockets of running processes (0700)."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """What the supervisor says of itself."""
        return self.root / "logs"

    @property
    def vault(self) -> Path:
        """The encrypted credential file, where no keychain serves (0700)."""
        return self.root / "vault"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.root / "cache"

    @property
    def clipboard(self) -> Path:
        """What was copied in the application, where a terminal may not have taken it (0700)."""
        return self.root / "clipboard"

    def session_repo(self, session_id: str) -> Path:
        """The bare repository that Orion owns for one session."""
        return self.sessions / session_id / "repo.git"

    def prepare(self) -> None:
        """Make the directories, 0700 each, before anything is put into them.

        Raises StoreError when the place is on a network file system, belongs to someone else, holds other things, or
        cannot be written. Nothing of a place that is refused for what it is has been touched.
        """
        # Before the first directory is made there; and after, for a place that is mounted when it is first used.
        self._refuse_network()
        try:
            self._check_what_is_there()
            for path in (self.root, self.roles, self.sessions, self.run, self.logs, self.vault, self.cache):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if stat.S_IMODE(self.root.stat().st_mode) & 0o077:
                self.root.chmod(0o700)
        except OSError as error:
            raise StoreError(
                f"cannot use {self.root} for state: {error.strerror}",
                hint="make it writable, or set ORION_HOME to another directory",
            ) from error
        self._refuse_network()

    def _refuse_network(self) -> None:
        if (kind := file_system_of(self.root)) in NETWORK_FILE_SYSTEMS:
            raise StoreError(
                f"{self.root} is on a network file system ({kind}), where locks do not hold",
                hint=f"set ORION_HOME to a directory on a local disk, such as {_local_place()}",
            )

    def _check_what_is_there(self) -> None:
        try:
            status = self.root.stat()
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(status.st_mode):
            raise StoreError(f"{self.root} is not a directory", hint="set ORION_HOME to a directory of yours")
        if status.st_uid != os.geteuid():
            raise StoreError(f"{self.root} belongs to another user", hint="set ORION_HOME to a directory of yours")
        # It would be closed to everybody else: of a home or of /tmp, by a slip in ORION_HOME, that is a catastrophe.
        if stat.S_IMODE(status.st_mode) & 0o077 and not self.database.exists():
            others = sorted({path.name for path in self.root.iterdir()} - _OWN_NAMES)
            if others:
                raise StoreError(
                    f"{self.root} is open to other users and holds other things ({others[0]!r}): no place for state",
                    hint="set ORION_HOME to a directory of its own; Orion makes it where it is not there",
                )


def _local_place() -> str:
    """A directory of the user's that is likely to be on a local disk, as a suggestion."""
    for base in (Path("/var/local"), Path("/var/tmp")):  # noqa: S108 - named to the user, nothing is made there
        if base.is_dir() and file_system_of(base) not in NETWORK_FILE_SYSTEMS and os.access(base, os.W_OK):
            return str(base / f"orion-{os.geteuid()}")
    return "one on a disk of this machine"


def file_system_of(path: Path, mounts: Path | None = None) -> str:
    """The file system type that holds `path`, which need not be there; empty where the system does not tell."""
    try:
        lines = (mounts or MOUNTS).read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    resolved = path.resolve()
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        # Spaces, tabs, newlines and backslashes are written as three octal digits.
        point = Path(re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[1]))
        depth = len(point.parts)
        if depth >= best and resolved.is_relative_to(point):
            best, kind = depth, fields[2]
    return kind
