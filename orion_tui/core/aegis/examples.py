"""One concrete action for each kind, and one subject for each pattern: what dry runs and probes put to the gate."""

from orion_tui.base.kinds import PATTERN_SUBJECT, ActionKind
from orion_tui.core.aegis.invocation import joined
from orion_tui.core.models.actions import (
    Action,
    DeleteFile,
    FetchUrl,
    ReadFile,
    RunCommand,
    SearchFiles,
    UseTool,
    WriteFile,
)
from orion_tui.roles.patterns import package_name
from orion_tui.roles.rules import Rule


def command(text: str) -> RunCommand:
    """A shell text as an action."""
    return RunCommand(argv=("sh", "-c", text), shell=text)


def _write(path: str, content: bytes = b"example\n", *, executable: bool = False) -> WriteFile:
    return WriteFile(path=path, content=content, executable=executable)


#: An action that certainly is of the kind, whatever else it is.
EXAMPLES: dict[ActionKind, Action] = {
    ActionKind.READ_FILES: ReadFile(path="README.md"),
    ActionKind.SEARCH: SearchFiles(pattern="example"),
    ActionKind.WRITE: _write("src/example.py"),
    ActionKind.WRITE_CODE: _write("src/example.py"),
    ActionKind.WRITE_TESTS: _write("tests/test_example.py"),
    ActionKind.WRITE_DOCS: _write("docs/example.md"),
    ActionKind.WRITE_CONFIG: _write("config/example.toml"),
    ActionKind.DELETE_FILES: DeleteFile(path="src/example.py"),
    ActionKind.RUN: command("example --flag"),
    ActionKind.RUN_TESTS: command("pytest -q"),
    ActionKind.RUN_LINTERS: command("ruff check src"),
    ActionKind.RUN_BUILD: command("python3 -m build"),
    ActionKind.FORMAT_CODE: command("black src"),
    ActionKind.ADD_DEPENDENCY: command("pip install requests"),
    ActionKind.INSTALL_PACKAGES: command("pip install -r requirements.txt"),
    ActionKind.MODIFY_CI_PIPELINE: _write(".github/workflows/ci.yml"),
    ActionKind.MODIFY_INFRASTRUCTURE: _write("Dockerfile"),
    ActionKind.CHANGE_SCHEMA: _write("db/migrations/0002_example.sql"),
    ActionKind.COMMIT: command("git commit -m example"),
    ActionKind.CREATE_BRANCH: command("git switch -c example"),
    ActionKind.MERGE: command("git merge example"),
    ActionKind.PUSH: command("git push origin main"),
    ActionKind.REWRITE_HISTORY: command("git commit --amend --no-edit"),
    ActionKind.DEPLOY: command("kubectl apply -f production.yaml"),
    ActionKind.PUBLISH: command("twine upload dist/example.whl"),
    ActionKind.FETCH: FetchUrl(url="https://docs.example.org/"),
    ActionKind.USE_TOOL: UseTool(server="example", tool="look_up"),
    ActionKind.CHANGE_PERMISSIONS: command("chmod +x tools/example.sh"),
    ActionKind.CHANGE_SPECIAL_PATH: _write(".gitattributes"),
    ActionKind.DELETE_REPOSITORY: command("rm -rf .git"),
    ActionKind.FORCE_PUSH: command("git push --force origin main"),
    ActionKind.ACCESS_CREDENTIALS_STORE: command("cat ~/.ssh/id_ed25519"),
    ActionKind.DISABLE_AEGIS: command("orion cancel 0123456789ab"),
    ActionKind.MODIFY_AEGIS_RULES: _write(".orion/roles/software-engineer.yaml"),
    ActionKind.EXECUTE_AS_ROOT: command("sudo id"),
    ActionKind.ACCESS_HOST_FILESYSTEM: command("cat /home/someone/notes.txt"),
}


def subject_for(rule: Rule) -> str:
    """A subject that the rule's pattern matches in the strict reading; empty for a kind alone."""
    if rule.pattern is None:
        return ""
    match PATTERN_SUBJECT.get(rule.kind):
        case "path":
            return "/".join(part.replace("*", "x").replace("?", "x") for part in rule.pattern.split("/"))
        case "command":
            from shlex import split

            tokens = split(rule.pattern)
            plain = tokens[:-1] if tokens[-1] == "*" else tokens
            return joined(token.replace("*", "x").replace("?", "x") for token in plain)
        case "tool":
            return rule.pattern.replace("*", "x").replace("?", "x")
        case "package":
            return package_name(rule.pattern.replace("*", "x").replace("?", "x"))
        case _:
            return rule.pattern.replace("*", "www")
