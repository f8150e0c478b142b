"""Why this machine lets nobody start a sandbox, and the command that mends it."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

#: Package manager, its way to install without asking, and what it calls things.
_MANAGERS: tuple[tuple[str, tuple[str, ...], Mapping[str, str]], ...] = (
    ("apt-get", ("install", "-y"), {"bubblewrap": "bubblewrap", "python": "python3", "docker": "docker.io"}),
    ("dnf", ("install", "-y"), {"bubblewrap": "bubblewrap", "python": "python3", "docker": "moby-engine"}),
    ("pacman", ("-S", "--noconfirm"), {"bubblewrap": "bubblewrap", "python": "python", "docker": "docker"}),
    ("zypper", ("--non-interactive", "install"), {"bubblewrap": "bubblewrap", "python": "python3", "docker": "docker"}),
    ("apk", ("add",), {"bubblewrap": "bubblewrap", "python": "python3", "docker": "docker"}),
)

#: A profile that lets bubblewrap, and nothing else, make user namespaces with what belongs to them.
_APPARMOR = (
    "printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\n"
    "profile bwrap /usr/bin/bwrap flags=(unconfined) {\\n  userns,\\n}\\n'"
    " | sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap"
)


def install_command(what: str) -> tuple[str, ...]:
    """The command that installs `bubblewrap`, `docker` or `python` here; empty where no known package manager is."""
    for manager, arguments, names in _MANAGERS:
        if shutil.which(manager):
            prefix = () if os.geteuid() == 0 else ("sudo",)
            return (*prefix, manager, *arguments, names[what])
    return ()


def install_hint(what: str) -> str:
    """The same as a sentence."""
    command = install_command(what)
    return "install it: " + " ".join(command) if command else "install it with your system's package manager"


def explain(root: Path = Path("/")) -> str:
    """What of this system keeps unprivileged users from making namespaces; empty where nothing known does."""
    kernel = root / "proc/sys/kernel"
    if _read(kernel / "unprivileged_userns_clone") == "0":
        return (
            "user namespaces are switched off for ordinary users; switch them on: "
            "sudo sysctl -w kernel.unprivileged_userns_clone=1"
        )
    if _read(root / "proc/sys/user/max_user_namespaces") == "0":
        return "no user namespaces are allowed; allow them: sudo sysctl -w user.max_user_namespaces=15000"
    if _read(kernel / "apparmor_restrict_unprivileged_userns") == "1":
        return f"AppArmor keeps bubblewrap from making user namespaces; a profile allows it alone: {_APPARMOR}"
    if any((root / mark).exists() for mark in (".dockerenv", "run/.containerenv")):
        return (
            "this is a container, whose engine keeps processes from making namespaces; start Orion outside of it, "
            "or the container with: --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
        )
    return ""


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
