"""Every error Orion raises on purpose.

    OrionError                       1
    ├── UsageError                   2   the request itself is wrong
    │   └── NotFound                 3   no such session, role, approval, checkpoint
    ├── InvalidFile                  4   a role, playbook or settings file has problems (all of them listed)
    ├── WorkspaceError               5   the repository cannot be worked on as it is
    ├── SandboxError                 6
    │   ├── SandboxUnavailable       6   nothing on this machine can contain the work
    │   ├── AttestationFailed        6   a sandbox started, and is not what was promised
    │   └── ChannelClosed            6   the sandbox went away
    ├── PolicyError                  7   AEGIS or the role says no
    │   ├── Blocked                  7   the gate found reasons against it (all of them listed)
    │   └── BoundaryViolation        7   something that may not cross the boundary tried to
    ├── AuthError                    8
    │   ├── WrongCredential          8
    │   ├── LockedOut                8   too many wrong attempts; says until when
    │   ├── NotEnrolled              8   no credential of that method exists yet
    │   └── VaultError               8   credentials cannot be kept or read
    │       ├── WrongPassphrase      8   the vault is whole, its passphrase is another one
    │       └── VaultDamaged         8   what holds the credentials was changed or cut short
    ├── ConflictError                9   the world moved: drift, overlap, a reference that changed
    │   └── Busy                     9   another session or supervisor holds it
    ├── StateError                  10   this cannot be done in this state
    │   └── Unrecoverable           10   what a session would go on from is gone
    ├── StoreError                  11   the state directory cannot be used
    │   └── LeaseLost               11   another worker owns the session now
    ├── ModelUnavailable            12   no model, no key, no answer (its kinds: `core.agent.model`)
    │   └── PlanRefused             12   a model answers, and what it answers is no valid plan
    ├── GitError                    13   git failed; carries the command and what it said
    │   └── GitKilled               13   somebody ended git before it was done; it gave no answer
    ├── ActionError                 14   an action cannot be done as it was asked; the agent is told why
    └── ToolsUnavailable            15   a server of external tools cannot be reached, or does not answer

The number is the exit code of the command line. A message says what happened, to what; `hint` says what to do.
"""

from typing import ClassVar


class OrionError(Exception):
    """Base of all errors that are part of the contract."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = problems

    def __str__(self) -> str:
        lines = [self.message, *(f"  - {problem}" for problem in self.problems)]
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class UsageError(OrionError):
    """The request itself is wrong."""

    exit_code = 2


class NotFound(UsageError):
    """Nothing of that name exists."""

    exit_code = 3


class InvalidFile(OrionError):
    """A file that a person wrote has problems; `problems` lists every one with its place."""

    exit_code = 4


class WorkspaceError(OrionError):
    """The repository cannot be worked on as it is."""

    exit_code = 5


class SandboxError(OrionError):
    """The sandbox failed."""

    exit_code = 6


class SandboxUnavailable(SandboxError):
    """Nothing on this machine can contain the work."""


class AttestationFailed(SandboxError):
    """A sandbox started and is not what was promised; `problems` names each missing property."""


class ChannelClosed(SandboxError):
    """The sandbox went away in the middle of a request."""


class PolicyError(OrionError):
    """AEGIS or the role says no."""

    exit_code = 7


class Blocked(PolicyError):
    """The gate found reasons against it; `problems` lists every one."""


class BoundaryViolation(PolicyError):
    """Something that may not cross the boundary tried to; `problems` names each entry."""


class AuthError(OrionError):
    """The person could not be authenticated."""

    exit_code = 8


class WrongCredential(AuthError):
    """The PIN or code was wrong."""


class LockedOut(AuthError):
    """Too many wrong attempts."""


class NotEnrolled(AuthError):
    """No credential of the method that the role asks for exists."""


class VaultError(AuthError):
    """Credentials cannot be kept or read: no vault chosen, none that works, or its key is missing."""


class WrongPassphrase(VaultError):
    """The vault is whole, its passphrase is another one."""


class VaultDamaged(VaultError):
    """What holds the credentials was changed or cut short outside Orion."""


class ConflictError(OrionError):
    """The world moved between looking and acting; nothing was changed."""

    exit_code = 9


class Busy(ConflictError):
    """Another session or process holds it."""


class StateError(OrionError):
    """This cannot be done in the state that the session is in."""

    exit_code = 10


class Unrecoverable(StateError):
    """What a session would go on from cannot be read any more."""


class StoreError(OrionError):
    """The state directory or its database cannot be used."""

    exit_code = 11


class LeaseLost(StoreError):
    """Another worker owns the session now; whatever this one was about to record is void."""


class ModelUnavailable(OrionError):
    """No model can be asked, or none answers; each way is a class of its own in `core.agent.model`."""

    exit_code = 12


class PlanRefused(ModelUnavailable):
    """A model was asked several times, and none of its answers is a valid plan; `problems` lists what each lacks."""


class GitError(OrionError):
    """git failed; the message carries the command and what it said."""

    exit_code = 13


class GitKilled(GitError):
    """git was ended by a signal (the system was out of memory, somebody killed it): no answer, neither yes nor no."""


class ActionError(OrionError):
    """An action cannot be done as it was asked: no such file, the text to replace is not there, or it is twice."""

    exit_code = 14


class ToolsUnavailable(OrionError):
    """A server of external tools cannot be reached, does not answer, or what speaks to it is not installed."""

    exit_code = 15
