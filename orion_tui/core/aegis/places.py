"""Where a path of a command leads, seen from inside the sandbox: workspace, scratch, system, or where it may not go.

Paths are resolved by their text: `..` is taken as written. A symbolic link inside the workspace can lead elsewhere
inside the sandbox, which is the sandbox's business to bound; here it is decided what a command asks for.
"""

import posixpath
import re
from enum import Enum

import attrs

#: Where the workspace and the scratch home stand inside every sandbox.
WORKSPACE = "/workspace"
HOME = "/home/agent"
HOME_TEMPORARY = posixpath.join(HOME, "tmp", "")

SYSTEM_BINARIES = ("/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin", "/usr/local/sbin")

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SYSTEM_FILES = frozenset(
    {
        "/etc/os-release",
        "/etc/debian_version",
        "/etc/lsb-release",
        "/etc/hosts",
        "/etc/resolv.conf",
        "/etc/nsswitch.conf",
        "/etc/localtime",
        "/etc/ssl/certs",
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/proc/version",
        "/proc/loadavg",
        "/proc/uptime",
    }
)
#: Devices that are nothing, noise, or the command's own streams.
DEVICE = re.compile(r"/dev/(?:null|zero|full|u?random|tty|std(?:in|out|err)|fd(?:/\d+)?)")
_SOCKET = re.compile(r"/dev/(?:tcp|udp)/([^/]+)/")
# First components that only a host has something under: asking for them is asking for the host.
_HOST_TOPS = frozenset(
    {
        *("boot", "dev", "etc", "home", "lost+found", "media", "mnt", "opt", "proc", "root", "run", "snap", "srv"),
        *("sys", "var", "host", "hostfs", "Users", "Volumes", "private", "Library", "System", "Applications"),
    }
)
# Below any home directory: where programs keep passwords, keys and tokens.
_CREDENTIALS = re.compile(
    r"(?:^|/)(?:\.ssh|\.aws|\.azure|\.gnupg|\.kube|\.password-store|\.config/(?:gh|gcloud|op|hub|rclone|sops)"
    r"|\.docker/config\.json|\.netrc|_netrc|\.git-credentials|\.config/git/credentials|\.pypirc|\.npmrc|\.pgpass|\.my\.cnf"
    r"|\.vault-token|\.terraform\.d/credentials\.tfrc\.json|\.cargo/credentials(?:\.toml)?|\.gem/credentials"
    r"|\.local/share/keyrings|Library/Keychains|\.mozilla|\.config/google-chrome)(?:/|$)"
)
_KEY_FILES = re.compile(r"(?:^|/)(?:etc/(?:shadow|gshadow|sudoers)(?:\.d)?|id_(?:rsa|dsa|ecdsa|ed25519))(?:/|$)")
_HOMES = re.compile(r"(?:~([\w.-]*)|\$HOME|\$\{HOME\})(?=/|$)")
_HERE = re.compile(r"(?:\$PWD|\$\{PWD\}|\$\(pwd\)|`pwd`)(?=/|$)")


class Where(Enum):
    """The regions a path can lead to."""

    WORKSPACE = "the workspace"
    SCRATCH = "scratch space of the sandbox"
    SYSTEM = "the sandbox's read-only system"
    #: An absolute path that names nothing known: perhaps no path at all (`/api/v1`).
    UNKNOWN = "outside the workspace"
    HOST = "the host's files"
    CREDENTIALS = "stored credentials"
    ORION = "Orion's own state"
    NETWORK = "the network"


@attrs.frozen(kw_only=True)
class Place:
    """A resolved path: relative to the workspace root (`.` is the root itself) there, absolute elsewhere."""

    where: Where
    path: str


def resolve(text: str, cwd: str = WORKSPACE) -> Place:
    """Where `text` leads from the absolute directory `cwd`."""
    absolute = posixpath.normpath(posixpath.join(cwd, _expanded(text)))
    absolute = "/" + absolute.lstrip("/")
    inside = _below(absolute, WORKSPACE)
    if inside is not None:
        return Place(where=Where.WORKSPACE, path=inside or ".")
    if found := _SOCKET.match(absolute + "/"):
        return Place(where=Where.NETWORK, path=found.group(1))
    if "/.orion/" in f"{absolute}/":
        return Place(where=Where.ORION, path=absolute)
    if _CREDENTIALS.search(absolute) or _KEY_FILES.search(absolute):
        return Place(where=Where.CREDENTIALS, path=absolute)
    return Place(where=_region(absolute, relative=not text.startswith("/")), path=absolute)


def relative(directory: str) -> str:
    """An absolute directory inside the sandbox as people and rules name it: relative to the workspace root (empty is
    the root itself) where it lies below it."""
    absolute = posixpath.normpath(directory)
    inside = _below(absolute, WORKSPACE)
    return absolute if inside is None else inside


def _expanded(text: str) -> str:
    """With what a shell would most likely put in place of a leading `~user`, `$HOME` or `$PWD`: such a path is doubted
    elsewhere, here it is seen for what it most likely is."""
    if found := _HOMES.match(text):
        user = found.group(1)
        home = HOME if user in {None, "", "agent"} else f"/{user}" if user == "root" else f"/home/{user}"
        return home + text[found.end() :]
    found = _HERE.match(text)
    return (text[found.end() :].lstrip("/") or ".") if found else text


def _region(absolute: str, *, relative: bool) -> Where:
    if DEVICE.fullmatch(absolute) or any(_below(absolute, top) is not None for top in ("/tmp", HOME)):  # noqa: S108 -- the sandbox's own /tmp
        return Where.SCRATCH
    if absolute in _SYSTEM_FILES or any(_below(absolute, top) is not None for top in _SYSTEM):
        return Where.SYSTEM
    if absolute.split("/")[1] in _HOST_TOPS:
        return Where.HOST
    # A relative path leaves the workspace only by climbing out of it on purpose.
    return Where.HOST if relative or absolute == "/" else Where.UNKNOWN


def _below(path: str, top: str) -> str | None:
    """`path` relative to `top`; None where it is not `top` or below it."""
    if path == top:
        return ""
    return path[len(top) + 1 :] if path.startswith(top + "/") else None


def system_program(path: str) -> str | None:
    """The program's name where `path` names one of the sandbox's own programs."""
    directory, _, name = posixpath.normpath(path).rpartition("/")
    return name if directory in SYSTEM_BINARIES else None
