"""What AEGIS forbids before any role is asked (ROLE-6): compiled in, the same for everybody, with the reasons."""

from orion_tui.base.kinds import ALWAYS_FORBIDDEN, ActionKind
from orion_tui.roles.rules import Rule

#: Part of every policy's hash: raise it whenever the gate answers differently.
AEGIS_VERSION = 2

REASONS = {
    ActionKind.DELETE_REPOSITORY: "the repository and its history are never deleted",
    ActionKind.FORCE_PUSH: "history that others may have is never overwritten",
    ActionKind.ACCESS_CREDENTIALS_STORE: "stored passwords, keys and tokens are out of reach of any agent",
    ActionKind.DISABLE_AEGIS: "nothing an agent does may switch off its own supervision",
    ActionKind.MODIFY_AEGIS_RULES: "no agent changes the rules, roles or state of Orion",
    ActionKind.EXECUTE_AS_ROOT: "nothing runs with another user's rights",
    ActionKind.ACCESS_HOST_FILESYSTEM: "an agent sees the workspace and the sandbox, never the host",
    ActionKind.WRITE: "git's own files are never written by an agent",
}

#: Rules that no role can weaken. Their place is `aegis`.
BASE_RULES = (
    *(Rule(kind=kind, label=reason, place="aegis") for kind, reason in REASONS.items() if kind in ALWAYS_FORBIDDEN),
    Rule(kind=ActionKind.WRITE, pattern=".git/**", label=REASONS[ActionKind.WRITE], place="aegis"),
    Rule(kind=ActionKind.WRITE, pattern=".orion/**", label=REASONS[ActionKind.MODIFY_AEGIS_RULES], place="aegis"),
)

#: Never autonomous, whatever a role says: what is special is approved by name (GATE-4).
ALWAYS_ASKED = Rule(
    kind=ActionKind.CHANGE_SPECIAL_PATH, label="special paths are approved by name", place="aegis requires_approval"
)
