"""One thing an agent wants to do, as asked and as decided.

Paths are relative to the workspace root, `/`-separated, as `str` with undecodable bytes in surrogateescape form
(`os.fsdecode`), so that any name git can hold makes the round trip.
"""

import shlex

import attrs

from orion_tui.base.kinds import ActionKind, Tier


@attrs.frozen(kw_only=True)
class ReadFile:
    """Show one file of the workspace to the agent, whole or some of its lines."""

    path: str
    #: The first line that is wanted, from 1, and how many; None for all that follow.
    first: int = 1
    lines: int | None = None


@attrs.frozen(kw_only=True)
class ListFiles:
    """Show the names below a directory of the workspace (`""` is the root)."""

    path: str = ""


@attrs.frozen(kw_only=True)
class SearchFiles:
    """Find a regular expression in the files below a directory."""

    pattern: str
    path: str = ""


@attrs.frozen(kw_only=True)
class WriteFile:
    """Create a file or replace it whole."""

    path: str
    content: bytes
    executable: bool = False


@attrs.frozen(kw_only=True)
class EditFile:
    """Replace the one occurrence of `old` by `new`; none or several is an error the agent is told."""

    path: str
    old: str
    new: str


@attrs.frozen(kw_only=True)
class DeleteFile:
    """Remove one file."""

    path: str


@attrs.frozen(kw_only=True)
class RunCommand:
    """Run a program in the sandbox.

    `argv` runs as it stands, without a shell. A command written as one string is `argv=("sh", "-c", text)` with
    `shell=text`: classification looks through the wrapper, and what is shown is the text.
    """

    argv: tuple[str, ...]
    shell: str | None = None
    cwd: str = ""
    #: Seconds until the whole process tree is killed.
    timeout: float = 180.0
    env: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The command as a person would type it."""
        return self.shell if self.shell is not None else shlex.join(self.argv)


@attrs.frozen(kw_only=True)
class FetchUrl:
    """Read something from the network through Orion's proxy."""

    url: str


@attrs.frozen(kw_only=True)
class UseTool:
    """Use one tool of a server that the user set up: it acts outside of the sandbox, with the user's rights."""

    #: The server's name in the settings, and the tool's as the server has it.
    server: str
    tool: str
    #: A JSON object in canonical form: sorted keys, no spaces. An approval is bound to exactly this text.
    arguments: str = "{}"

    @property
    def name(self) -> str:
        """As rules and people name it: `tracker/create_issue`."""
        return f"{self.server}/{self.tool}"


FileAction = WriteFile | EditFile | DeleteFile
ReadAction = ReadFile | ListFiles | SearchFiles
Action = ReadFile | ListFiles | SearchFiles | WriteFile | EditFile | DeleteFile | RunCommand | FetchUrl | UseTool


@attrs.frozen(kw_only=True)
class FileChange:
    """What a file action would do, resolved against the workspace as it is: the form that policy judges.

    `before` is None where the path does not exist, `after` is None for a deletion.
    """

    path: str
    before: bytes | None
    after: bytes | None
    was_executable: bool = False
    executable: bool = False
    #: Whether the path exists as a symbolic link: writing through one is judged by where it stands, never followed.
    is_symlink: bool = False


@attrs.frozen(kw_only=True)
class Claim:
    """One kind that an action amounts to, with what a rule's pattern is matched against."""

    kind: ActionKind
    #: A path, command, package, host or tool (see `PATTERN_SUBJECT`); empty where the kind takes no pattern.
    subject: str = ""
    #: Why the action amounts to this, for people.
    because: str = ""
    #: Which of the simple commands (or writes) of the action this is said of, from 0. The claims of one part describe
    #: the same thing at several levels; each part must be allowed on its own.
    part: int = 0
    #: The directory that a command stands in as it does this, relative to the workspace root (empty is the root), or
    #: absolute outside of it. Of commands and packages alone: the subjects of other kinds say where they are.
    directory: str = ""


@attrs.frozen(kw_only=True)
class Classification:
    """What an action amounts to: deterministic, from argv, paths and content alone."""

    claims: tuple[Claim, ...]
    #: What the action would do cannot be told with certainty (a script from the tree, a substitution, `eval`).
    opaque: bool = False
    #: Why it cannot be told, one phrase each: `a substitution`, `a program from the workspace`.
    doubts: tuple[str, ...] = ()
    #: Files whose content decides what happens (arguments that name files): an approval is bound to them.
    named_paths: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Decision:
    """The gate's answer to one action. Only a worker that holds one may execute."""

    tier: Tier
    #: Which layer answered: aegis, hard_limits, role, reach, confidence, special_path, limits.
    layer: str
    #: The rule as the role file or AEGIS spells it, with its place: `requires_approval[1] add_dependency`.
    rule: str
    #: One sentence for people.
    reason: str
    claims: tuple[Claim, ...] = ()
    #: Execute, but checkpoint first and flag for review (confidence between flag and auto).
    flagged: bool = False
    #: Hash of the frozen policy that was asked.
    policy: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it may run now without asking anyone."""
        return self.tier is Tier.AUTONOMOUS
