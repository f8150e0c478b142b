"""A role's authority entries as machine-checked rules (ROLE-5).

    entry  = kind | kind "(" pattern ")" | phrase
    kind   = the spelling of an ActionKind; case, spaces and hyphens do not matter: run_tests, Run tests
    phrase = a well-known wording of a kind: "Deploy to production"

What a pattern means stands in `roles.patterns`. How an action comes to claim a kind is never the entry's business.
"""

import re

import attrs

from orion_tui.base.kinds import KIND_LABELS, PATTERN_SUBJECT, ActionKind
from orion_tui.base.text import has_disguise
from orion_tui.roles import patterns
from orion_tui.roles.problems import did_you_mean, excerpt

_WITH_PATTERN = re.compile(r"([A-Za-z][\w -]*?)\s*\((.*)\)", re.DOTALL)

_PROBLEMS = {
    "path": patterns.path_problem,
    "command": patterns.command_problem,
    "package": patterns.package_problem,
    "host": patterns.host_problem,
    "tool": patterns.tool_problem,
}

_PHRASES = {
    ActionKind.READ_FILES: ("read code", "read the workspace", "read documentation", "inspect files"),
    ActionKind.SEARCH: ("search code", "search the code", "search files", "explore the code"),
    ActionKind.WRITE: ("write files", "create files", "edit files", "write any file"),
    ActionKind.WRITE_CODE: ("write code in the sandbox", "edit code", "refactor", "refactor code", "fix bugs"),
    ActionKind.WRITE_TESTS: ("edit tests", "add tests", "create tests"),
    ActionKind.WRITE_DOCS: ("write documentation", "write docs", "edit documentation", "update documentation"),
    ActionKind.WRITE_CONFIG: ("change configuration", "edit configuration", "modify configuration"),
    ActionKind.DELETE_FILES: ("remove files", "delete code"),
    ActionKind.RUN: ("run commands", "run any command", "execute commands"),
    ActionKind.RUN_TESTS: ("run the tests", "execute tests", "run test suite"),
    ActionKind.RUN_LINTERS: ("lint", "lint code", "run linter", "check types", "static analysis"),
    ActionKind.RUN_BUILD: ("build", "build the project", "run builds", "compile"),
    ActionKind.FORMAT_CODE: ("format", "run formatters"),
    ActionKind.ADD_DEPENDENCY: (
        "add/remove dependencies",
        "add or remove dependencies",
        "add dependencies",
        "remove dependencies",
        "change dependencies",
        "modify dependencies",
    ),
    ActionKind.INSTALL_PACKAGES: ("install dependencies", "install software"),
    ActionKind.MODIFY_CI_PIPELINE: (
        "modify the ci pipeline",
        "modify ci/cd pipeline",
        "modify ci/cd",
        "modify ci",
        "change ci",
        "edit ci configuration",
    ),
    ActionKind.MODIFY_INFRASTRUCTURE: ("change infrastructure", "provision infrastructure"),
    ActionKind.CHANGE_SCHEMA: (
        "change the database schema",
        "change database schema",
        "modify database schema",
        "run migrations",
    ),
    ActionKind.COMMIT: ("commit changes", "create commits", "make commits"),
    ActionKind.CREATE_BRANCH: ("create branches", "branch"),
    ActionKind.MERGE: ("merge to main", "merge branches", "merge pull requests"),
    ActionKind.PUSH: ("push to remote", "push branches", "push commits"),
    ActionKind.REWRITE_HISTORY: ("rewrite git history", "rebase"),
    ActionKind.DEPLOY: ("deploy to production", "deploy to staging", "release to production"),
    ActionKind.PUBLISH: ("publish packages", "publish releases", "release packages"),
    ActionKind.FETCH: ("access the network", "access network", "read web pages", "browse the web", "network access"),
    ActionKind.USE_TOOL: ("use an external tool", "use external tools", "use mcp tools", "call external tools"),
    ActionKind.CHANGE_PERMISSIONS: ("change file permissions", "make files executable"),
    ActionKind.CHANGE_SPECIAL_PATH: ("change special paths", "modify special paths"),
    ActionKind.DELETE_REPOSITORY: ("delete the repository", "delete repositories"),
    ActionKind.FORCE_PUSH: ("force-push", "force push to remote"),
    ActionKind.ACCESS_CREDENTIALS_STORE: (
        "access stored credentials",
        "access credentials",
        "read credentials",
        "access secrets",
    ),
    ActionKind.DISABLE_AEGIS: ("turn off aegis", "bypass aegis"),
    ActionKind.MODIFY_AEGIS_RULES: ("modify aegis", "change aegis rules"),
    ActionKind.EXECUTE_AS_ROOT: ("run as root", "use sudo"),
    ActionKind.ACCESS_HOST_FILESYSTEM: ("access the host's files", "access the host", "access host files"),
}
_KIND_OF_NAME = {kind.value: kind for kind in ActionKind}
_KIND_OF_PHRASE = {phrase: kind for kind, phrases in _PHRASES.items() for phrase in phrases}


@attrs.frozen(kw_only=True)
class Rule:
    """One entry of an authority list."""

    kind: ActionKind
    #: None: every action of this kind.
    pattern: str | None = None
    #: What people read; the author's own phrase where one was used.
    label: str = ""
    #: Where it stands: `requires_approval[1]`, counted from 0; `aegis` for what is compiled in.
    place: str = ""
    #: Where a command has to stand for it: relative to the workspace root (empty is the root), or absolute. None, as in
    #: every role: anywhere.
    directory: str | None = None

    @property
    def text(self) -> str:
        """As a role file spells it: `run(pytest *)`; what is allowed beyond a role may add `in api`."""
        spelled = self.kind.value if self.pattern is None else f"{self.kind.value}({self.pattern})"
        return f"{spelled} in {self.directory}" if self.directory else spelled

    @property
    def cited(self) -> str:
        """With its place: `requires_approval[1] add_dependency`."""
        return f"{self.place} {self.text}".strip()

    def grants(self, kind: ActionKind, subject: str, directory: str = "") -> bool:
        """Whether this rule spells exactly such a claim: the strict reading of a granting rule."""
        here = self.directory is None or self.directory == directory
        return here and self.kind is kind and self._matches(subject, generous=False)

    def stops(self, kind: ActionKind, subject: str) -> bool:
        """Whether this rule reaches such a claim: the generous reading of a stopping rule."""
        return self.kind is kind and self._matches(subject, generous=True)

    def _matches(self, subject: str, *, generous: bool) -> bool:
        if self.pattern is None:
            return True
        match PATTERN_SUBJECT.get(self.kind):
            case "path":
                return patterns.path_matches(self.pattern, subject, generous=generous)
            case "command":
                return patterns.command_matches(self.pattern, subject, generous=generous)
            case "package":
                return patterns.package_matches(self.pattern, subject)
            case "host":
                return patterns.host_matches(self.pattern, subject)
            case "tool":
                return patterns.tool_matches(self.pattern, subject, generous=generous)
            case _:
                return False


class RuleError(ValueError):
    """An entry is no rule; the text says why."""


def parse_rule(text: str, *, place: str = "") -> Rule:
    """The rule that an entry of an authority list spells.

    Raises RuleError with a sentence for the author.
    """
    entry = " ".join(text.split()) if "(" not in text else text.strip()
    if has_disguise(entry) or not entry.isprintable():
        raise RuleError(f"{excerpt(entry)} has hidden characters")
    if found := _WITH_PATTERN.fullmatch(entry):
        kind = _kind(found.group(1))
        pattern = found.group(2).strip()
        _check_pattern(kind, pattern)
        return Rule(kind=kind, pattern=pattern, label=f"{KIND_LABELS[kind]}: {pattern}", place=place)
    kind = _kind(entry)
    by_phrase = " ".join(entry.lower().split()).rstrip(".") in _KIND_OF_PHRASE
    return Rule(kind=kind, label=entry if by_phrase else KIND_LABELS[kind], place=place)


def _kind(name: str) -> ActionKind:
    spelled = re.sub(r"[\s-]+", "_", name.strip().lower())
    if spelled in _KIND_OF_NAME:
        return _KIND_OF_NAME[spelled]
    phrase = " ".join(name.lower().split()).rstrip(".")
    if phrase in _KIND_OF_PHRASE:
        return _KIND_OF_PHRASE[phrase]
    known = [*_KIND_OF_NAME, *_KIND_OF_PHRASE]
    hint = did_you_mean(spelled, known) or did_you_mean(phrase, known)
    raise RuleError(f"unknown action {excerpt(name)}{hint}")


def _check_pattern(kind: ActionKind, pattern: str) -> None:
    subject = PATTERN_SUBJECT.get(kind)
    if subject is None:
        raise RuleError(f"{kind.value} takes no pattern")
    if len(pattern) > 512:
        raise RuleError(f"the pattern of {kind.value} is longer than 512 characters")
    if reason := _PROBLEMS[subject](pattern):
        raise RuleError(f"the {subject} pattern {excerpt(pattern)} {reason}")
