"""What an action *is*, for the policy: kinds, tiers and the kinds no role can grant.

A kind is what a role's authority entries name (`run_tests`, `add_dependency`). How a concrete action maps to kinds is
`core.aegis.classify`'s business; which kinds exist is a fact shared by roles and engine, so it stands here.
"""

from enum import StrEnum


class Tier(StrEnum):
    """What may happen to an action. Ordered by `severity`: the worst claim of an action decides."""

    AUTONOMOUS = "autonomous"
    REQUIRES_APPROVAL = "requires_approval"
    FORBIDDEN = "forbidden"

    @property
    def severity(self) -> int:
        """0 for autonomous, 1 for approval, 2 for forbidden."""
        return _SEVERITY[self]


_SEVERITY = {Tier.AUTONOMOUS: 0, Tier.REQUIRES_APPROVAL: 1, Tier.FORBIDDEN: 2}


class ActionKind(StrEnum):
    """Everything an agent can be said to do. The value is the spelling used in role files."""

    READ_FILES = "read_files"
    SEARCH = "search"
    WRITE = "write"  # any file; usually given with a pattern: write(docs/**)
    WRITE_CODE = "write_code"
    WRITE_TESTS = "write_tests"
    WRITE_DOCS = "write_docs"
    WRITE_CONFIG = "write_config"
    DELETE_FILES = "delete_files"
    RUN = "run"  # any command; usually given with a pattern: run(pytest *)
    RUN_TESTS = "run_tests"
    RUN_LINTERS = "run_linters"
    RUN_BUILD = "run_build"
    FORMAT_CODE = "format_code"
    ADD_DEPENDENCY = "add_dependency"
    INSTALL_PACKAGES = "install_packages"
    MODIFY_CI_PIPELINE = "modify_ci_pipeline"
    MODIFY_INFRASTRUCTURE = "modify_infrastructure"
    CHANGE_SCHEMA = "change_schema"
    COMMIT = "commit"
    CREATE_BRANCH = "create_branch"
    MERGE = "merge"
    PUSH = "push"
    REWRITE_HISTORY = "rewrite_history"
    DEPLOY = "deploy"
    PUBLISH = "publish"
    FETCH = "fetch"  # any network host; usually given with a host: fetch(docs.python.org)
    USE_TOOL = "use_tool"  # a tool of a server of the user's; usually given with a pattern: use_tool(tracker/*)
    CHANGE_PERMISSIONS = "change_permissions"
    CHANGE_SPECIAL_PATH = "change_special_path"
    # Always forbidden, whatever a role says (ROLE-6).
    DELETE_REPOSITORY = "delete_repository"
    FORCE_PUSH = "force_push"
    ACCESS_CREDENTIALS_STORE = "access_credentials_store"
    DISABLE_AEGIS = "disable_aegis"
    MODIFY_AEGIS_RULES = "modify_aegis_rules"
    EXECUTE_AS_ROOT = "execute_as_root"
    ACCESS_HOST_FILESYSTEM = "access_host_filesystem"


#: Kinds that no role, model or repository content can grant.
ALWAYS_FORBIDDEN = frozenset(
    {
        ActionKind.DELETE_REPOSITORY,
        ActionKind.FORCE_PUSH,
        ActionKind.ACCESS_CREDENTIALS_STORE,
        ActionKind.DISABLE_AEGIS,
        ActionKind.MODIFY_AEGIS_RULES,
        ActionKind.EXECUTE_AS_ROOT,
        ActionKind.ACCESS_HOST_FILESYSTEM,
    }
)

#: Kinds that may carry a pattern in a role file, with what the pattern matches.
PATTERN_SUBJECT = {
    ActionKind.READ_FILES: "path",
    ActionKind.WRITE: "path",
    ActionKind.WRITE_CODE: "path",
    ActionKind.WRITE_TESTS: "path",
    ActionKind.WRITE_DOCS: "path",
    ActionKind.WRITE_CONFIG: "path",
    ActionKind.DELETE_FILES: "path",
    ActionKind.CHANGE_SPECIAL_PATH: "path",
    ActionKind.RUN: "command",
    ActionKind.ADD_DEPENDENCY: "package",
    ActionKind.INSTALL_PACKAGES: "package",
    ActionKind.FETCH: "host",
    ActionKind.USE_TOOL: "tool",
}

#: Kinds whose subject says nothing of where it is done: of those a command is one thing in each directory.
IN_A_DIRECTORY = frozenset(kind for kind, subject in PATTERN_SUBJECT.items() if subject in {"command", "package"})

#: Kinds that name any command or any file; the narrower kinds that each of them includes.
INCLUDES = {
    ActionKind.RUN: frozenset(
        {ActionKind.RUN_TESTS, ActionKind.RUN_LINTERS, ActionKind.RUN_BUILD, ActionKind.FORMAT_CODE}
    ),
    ActionKind.WRITE: frozenset(
        {ActionKind.WRITE_CODE, ActionKind.WRITE_TESTS, ActionKind.WRITE_DOCS, ActionKind.WRITE_CONFIG}
    ),
}

#: What people call each kind.
KIND_LABELS = {
    ActionKind.READ_FILES: "Read files",
    ActionKind.SEARCH: "Search",
    ActionKind.WRITE: "Write files",
    ActionKind.WRITE_CODE: "Write code",
    ActionKind.WRITE_TESTS: "Write tests",
    ActionKind.WRITE_DOCS: "Write documentation",
    ActionKind.WRITE_CONFIG: "Change configuration",
    ActionKind.DELETE_FILES: "Delete files",
    ActionKind.RUN: "Run commands",
    ActionKind.RUN_TESTS: "Run tests",
    ActionKind.RUN_LINTERS: "Run linters",
    ActionKind.RUN_BUILD: "Build",
    ActionKind.FORMAT_CODE: "Format code",
    ActionKind.ADD_DEPENDENCY: "Add/remove dependencies",
    ActionKind.INSTALL_PACKAGES: "Install packages",
    ActionKind.MODIFY_CI_PIPELINE: "Modify the CI pipeline",
    ActionKind.MODIFY_INFRASTRUCTURE: "Modify infrastructure",
    ActionKind.CHANGE_SCHEMA: "Change the database schema",
    ActionKind.COMMIT: "Commit",
    ActionKind.CREATE_BRANCH: "Create branches",
    ActionKind.MERGE: "Merge",
    ActionKind.PUSH: "Push",
    ActionKind.REWRITE_HISTORY: "Rewrite history",
    ActionKind.DEPLOY: "Deploy to production",
    ActionKind.PUBLISH: "Publish packages",
    ActionKind.FETCH: "Access the network",
    ActionKind.USE_TOOL: "Use an external tool",
    ActionKind.CHANGE_PERMISSIONS: "Change permissions",
    ActionKind.CHANGE_SPECIAL_PATH: "Change special paths",
    ActionKind.DELETE_REPOSITORY: "Delete the repository",
    ActionKind.FORCE_PUSH: "Force push",
    ActionKind.ACCESS_CREDENTIALS_STORE: "Access stored credentials",
    ActionKind.DISABLE_AEGIS: "Disable AEGIS",
    ActionKind.MODIFY_AEGIS_RULES: "Modify AEGIS rules",
    ActionKind.EXECUTE_AS_ROOT: "Execute as root",
    ActionKind.ACCESS_HOST_FILESYSTEM: "Access the host's files",
}
