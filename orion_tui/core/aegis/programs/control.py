"""Programs that reach for what stands above the agent: Orion itself, stored credentials, the machine; and shell
builtins that change how later commands are read."""

import re

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.programs.families import doubtful
from orion_tui.core.aegis.variables import HARMLESS_VARIABLES


def _orion(call: Invocation) -> None:
    call.claim(ActionKind.DISABLE_AEGIS, "", "an agent does not operate Orion")
    if call.args[:1] and call.args[0] in {"role", "auth", "settings", "approvals", "audit"}:
        call.claim(ActionKind.MODIFY_AEGIS_RULES, "", f"orion {call.args[0]}")


def _kill(call: Invocation) -> None:
    call.doubt("a signal to other processes")
    if any("orion" in arg.casefold() or "aegis" in arg.casefold() for arg in call.args):
        call.claim(ActionKind.DISABLE_AEGIS, "", "a signal to Orion")


def _credentials(call: Invocation) -> None:
    call.claim(ActionKind.ACCESS_CREDENTIALS_STORE, "", f"{call.name} keeps passwords and keys")


def _gpg(call: Invocation) -> None:
    call.doubt("keys")
    if any("secret" in arg or arg in {"-d", "--decrypt", "-K", "-s", "--sign"} for arg in call.args):
        call.claim(ActionKind.ACCESS_CREDENTIALS_STORE, "", "uses secret keys")
    call.hazards()


def _root(call: Invocation) -> None:
    call.claim(ActionKind.EXECUTE_AS_ROOT, "", f"{call.name} changes the machine")
    call.doubt("a change of the machine")
    call.hazards()


def _service(call: Invocation) -> None:
    call.claim(ActionKind.MODIFY_INFRASTRUCTURE, "", f"{call.name} controls services")
    call.doubt("services of the machine")
    if any("orion" in arg.casefold() for arg in call.args):
        call.claim(ActionKind.DISABLE_AEGIS, "", "a service of Orion")


def _export(call: Invocation) -> None:
    """export, declare, local: variables for what comes after."""
    for arg in call.args:
        name = arg.partition("=")[0]
        if name not in HARMLESS_VARIABLES or not re.fullmatch(r"\w+", name):
            call.doubt("a variable that may change what runs")
    call.look()


def _alias(call: Invocation) -> None:
    call.doubt("a shell builtin that may change what runs")
    for arg in call.args:
        if "=" in arg:
            call.script(arg.partition("=")[2])


PROGRAMS: dict[str, Handler] = {
    **dict.fromkeys(("orion", "orion-tui", "orion_tui"), _orion),
    **dict.fromkeys(("kill", "pkill", "killall", "skill", "xkill"), _kill),
    **dict.fromkeys(
        *(
            (
                *(
                    "security",
                    "secret-tool",
                    "pass",
                    "gopass",
                    "keyring",
                    "kwallet-query",
                    "op",
                    "bw",
                    "lpass",
                    "vault",
                ),
                *(
                    "keychain",
                    "ssh-add",
                    "ssh-agent",
                    "ssh-keygen",
                    "gnome-keyring",
                    "git-credential",
                    "aws-vault",
                    "chamber",
                ),
                *(
                    "git-credential-store",
                    "git-credential-cache",
                    "pinentry",
                    "passwd",
                    "htpasswd",
                    "doppler",
                    "infisical",
                ),
            ),
            _credentials,
        )
    ),
    **dict.fromkeys(("gpg", "gpg2", "age", "sops"), _gpg),
    **dict.fromkeys(
        *(
            (
                *("useradd", "usermod", "userdel", "groupadd", "visudo", "chpasswd", "sysctl", "modprobe", "insmod"),
                *(
                    "rmmod",
                    "iptables",
                    "nft",
                    "ip6tables",
                    "ufw",
                    "swapoff",
                    "swapon",
                    "mkfs",
                    "fdisk",
                    "parted",
                    "losetup",
                ),
                *(
                    "reboot",
                    "shutdown",
                    "halt",
                    "poweroff",
                    "init",
                    "telinit",
                    "dmesg",
                    "setenforce",
                    "auditctl",
                    "kexec",
                ),
                *("mkswap", "lvm", "cryptsetup", "update-alternatives", "ldconfig", "chsh", "adduser", "newgrp", "sg"),
            ),
            _root,
        )
    ),
    **dict.fromkeys(
        ("systemctl", "service", "supervisorctl", "launchctl", "rc-service", "initctl", "crontab"), _service
    ),
    "alias": _alias,
    **dict.fromkeys(("export", "declare", "typeset", "local", "readonly"), _export),
    **dict.fromkeys(
        *(
            (
                *(
                    "unalias",
                    "shopt",
                    "hash",
                    "enable",
                    "unset",
                    "bind",
                    "complete",
                    "compgen",
                    "read",
                    "mapfile",
                ),
                *(
                    "readarray",
                    "getopts",
                    "let",
                    "exec_",
                    "disown",
                    "jobs",
                    "fg",
                    "bg",
                    "suspend",
                    "fc",
                    "history",
                    "ulimit",
                ),
                *("wait", "logout", "caller", "dirs", "help", "setopt", "autoload", "zmodload", "noglob", "function"),
            ),
            doubtful("a shell builtin that may change what runs"),
        )
    ),
}
