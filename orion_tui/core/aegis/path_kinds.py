"""What a change of a file amounts to, by where it stands and what it is called.

Letter case does not matter. Where a name fits several descriptions, every one is claimed; for the four kinds of plain
writing the first that fits counts: tests, code (also inside a documentation folder), documentation, configuration, and
code for everything unknown.
"""

import posixpath
import re

from orion_tui.base.kinds import ActionKind
from orion_tui.core.boundary.ci_files import is_ci_file

_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "specs", "testing", "e2e", "testdata"})
_TEST_NAME = re.compile(
    r"test_.*|.*_test\.[a-z]+|.*_tests\.[a-z]+|.*\.(?:test|spec|cy|stories)\.[a-z]+|.*_spec\.rb|conftest\.py"
    r"|.*(?:tests?|it)\.(?:java|kt|cs|scala|groovy)|pytest\.ini|jest\.config\.[a-z]+|vitest\.config\.[a-z]+"
)
_DOC_FOLDERS = frozenset({"doc", "docs", "documentation", "man", "wiki"})
_DOC_NAME = re.compile(
    r".*\.(?:md|markdown|mdx|rst|adoc|asciidoc|txt|tex|org|rtf)|(?:readme|changelog|changes|history|license|licence|notice"
    r"|authors|contributors|contributing|code_of_conduct|security|citation|copying|news|todo|maintainers)(?:\..*)?"
)
_CODE_NAME = re.compile(
    r".*\.(?:py[iwx]?|js|mjs|cjs|jsx|ts|mts|cts|tsx|vue|svelte|go|rs|c|h|cc|cpp|cxx|hpp|hh|java|kts?|scala|clj[sc]?|rb|php"
    r"|pl|pm|lua|swift|m|mm|cs|fs|vb|ex|exs|erl|hs|ml|mli|r|jl|dart|nim|zig|sh|bash|zsh|fish|ps1|bat|cmd|sql|awk|sed|tcl"
    r"|groovy|asm|s|wat|wasm|ipynb|so|dll|dylib|exe|jar|class|pyc|pyd)"
)
_CONFIG_NAME = re.compile(
    r".*\.(?:toml|ya?ml|ini|cfg|conf|json[c5]?|env|properties|xml|plist|lock|editorconfig|mk|cmake|gradle|bzl|nix|tf|tfvars)"
    r"|\..*|makefile|gnumakefile|justfile|rakefile|gemfile|procfile|vagrantfile|cmakelists\.txt|build|workspace"
    r"|(?:docker|container)file(?:\..*)?|.*requirements.*\.txt|constraints.*\.txt|pipfile|go\.(?:mod|sum|work)"
)
_INFRASTRUCTURE = re.compile(
    r".*\.(?:tf|tfvars|tf\.json|bicep|hcl|nomad)|(?:.*/)?(?:docker|container)file(?:\..*)?|(?:.*/)?.*\.dockerfile"
    r"|(?:.*/)?(?:docker-)?compose(?:\..*)?\.ya?ml|(?:.*/)?(?:k8s|kubernetes|helm|charts|terraform|ansible|pulumi|infra"
    r"|infrastructure|deploy|deployment|puppet|chef|salt|cloudformation|cdk)/.*|(?:.*/)?(?:vagrantfile|procfile|fly\.toml"
    r"|serverless\.ya?ml|pulumi.*\.ya?ml|skaffold\.ya?ml|kustomization\.ya?ml|app\.ya?ml|netlify\.toml|vercel\.json"
    r"|wrangler\.toml|render\.ya?ml|railway\.(?:toml|json)|.*\.service|nginx\.conf)"
)
_SCHEMA = re.compile(
    r"(?:.*/)?(?:migrations?|migrate|alembic/versions|flyway|liquibase)/.*|.*\.sql|(?:.*/)?schema\.(?:prisma|rb|graphql)"
    r"|(?:.*/)?structure\.sql|.*\.(?:proto|avsc)"
)


def is_test(path: str) -> bool:
    """Whether the file at `path` belongs to the tests."""
    *folders, name = path.casefold().split("/")
    return not _TEST_FOLDERS.isdisjoint(folders) or _TEST_NAME.fullmatch(name) is not None


def kind_of_writing(path: str) -> ActionKind:
    """Which of the four kinds of plain writing a change of `path` is."""
    folded = path.casefold()
    *folders, name = folded.split("/")
    if is_test(path):
        return ActionKind.WRITE_TESTS
    if _CODE_NAME.fullmatch(name):
        return ActionKind.WRITE_CODE
    if _CONFIG_NAME.fullmatch(name) and not _DOC_FOLDERS & set(folders):
        return ActionKind.WRITE_CONFIG
    if _DOC_FOLDERS & {*folders, name} or _DOC_NAME.fullmatch(name):
        return (
            ActionKind.WRITE_CONFIG if _CONFIG_NAME.fullmatch(name) and name.startswith(".") else ActionKind.WRITE_DOCS
        )
    return ActionKind.WRITE_CODE


def further_kinds(path: str) -> tuple[tuple[ActionKind, str], ...]:
    """What else a change of `path` amounts to, each with the reason."""
    folded = posixpath.normpath(path.casefold())
    found: list[tuple[ActionKind, str]] = []
    if is_ci_file(folded):
        found.append((ActionKind.MODIFY_CI_PIPELINE, "a CI service runs this file"))
    if _INFRASTRUCTURE.fullmatch(folded):
        found.append((ActionKind.MODIFY_INFRASTRUCTURE, "this file describes infrastructure"))
    if _SCHEMA.fullmatch(folded):
        found.append((ActionKind.CHANGE_SCHEMA, "this file changes a database or message schema"))
    return tuple(found)
