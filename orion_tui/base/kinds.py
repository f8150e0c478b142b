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
}
