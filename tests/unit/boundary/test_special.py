"""What always needs approval by name (GATE-4)."""

import pytest

from orion_tui.base.kinds import Tier
from orion_tui.core.boundary.special import special_reason
from orion_tui.core.models.actions import FileChange, WriteFile
from tests.support.gate import ask, policy

pytestmark = pytest.mark.unit


def change(path: str, **more: bool) -> FileChange:
    return FileChange(path=path, before=b"old", after=b"new", **more)


@pytest.mark.parametrize(
    "path",
    [
        ".gitattributes",
        "deep/down/.gitattributes",
        ".GITATTRIBUTES",
        ".gitattributes.",
        ".gitattributes::$DATA",
        ".git\u200cattributes",
        "gitatt~1",
        "GITMOD~1",
        "gi7eba~2",
        ".gitmodules",
        ".lfsconfig",
        ".githooks/pre-commit",
        ".githooks",
        ".husky/pre-push",
        ".pre-commit-config.yaml",
        ".github/workflows/ci.yml",
        ".GitHub/Workflows/ci.yml",
        ".github/dependabot.yml",
        ".gitlab-ci.yml",
        ".gitlab/ci/build.yml",
        ".circleci/config.yml",
        "Jenkinsfile",
        "ci/Jenkinsfile.release",
        "azure-pipelines.yml",
        "azure-pipelines-release.yml",
        "buildspec-release.yml",
        "bitbucket-pipelines.yaml",
        ".drone.jsonnet",
        ".gitlab-ci.release.yml",
        "ci/build.gitlab-ci.yml",
        "Earthfile",
        ".builds/debian.yml",
        ".harness/pipeline.yaml",
        "lefthook.toml",
        "lefthook-local.yml",
        ".git-hooks/pre-commit",
        ".ci/run",
        "AGENTS.md",
        "agents.md",
        "packages/x/AGENTS.md",
        "CLAUDE.md",
        "GEMINI.md",
        ".cursorrules",
        ".cursor/rules/x.mdc",
        ".claude/settings.json",
        ".github/copilot-instructions.md",
        ".mcp.json",
        ".kilocode/rules/x.md",
        "CODEX.md",
        ".vscode/tasks.json",
        ".vscode/settings.json",
        ".idea/workspace.xml",
        "project.code-workspace",
        ".exrc",
        "_vimrc",
        ".gdbinit",
        "mise.toml",
        ".vs/tasks.vs.json",
        ".run/Build.run.xml",
        ".envrc",
        ".dir-locals.el",
        ".devcontainer/devcontainer.json",
    ],
)
def test_listed_paths_need_approval_by_name(path: str) -> None:
    assert special_reason(path, change(path))


@pytest.mark.parametrize(
    "path",
    [
        "src/main.py",
        "README.md",
        "docs/agents.rst",
        "gitattributes",
        ".gitignore",
        "tests/test_ci.py",
        "github/workflows/x.yml",
        "jenkins.py",
        "hooks/pre_commit.py",
        "buildspec.py",
        "run/main.py",
        "claude.py",
        "idea/notes.md",
        "caf\udce9.txt",
    ],
)
def test_other_paths_do_not(path: str) -> None:
    assert special_reason(path, change(path)) is None


def test_deleting_a_listed_path_counts_too() -> None:
    assert special_reason(".gitattributes", FileChange(path=".gitattributes", before=b"x", after=None))


def test_symbolic_links_need_approval() -> None:
    assert special_reason("a", change("a", is_symlink=True)) == "a symbolic link"


def test_becoming_executable_needs_approval_and_staying_so_does_not() -> None:
    assert special_reason("run.sh", change("run.sh", executable=True))
    assert special_reason("run.sh", FileChange(path="run.sh", before=None, after=b"x", executable=True))
    assert special_reason("run.sh", change("run.sh", executable=True, was_executable=True)) is None
    assert special_reason("run.sh", change("run.sh", was_executable=True)) is None


def test_whatever_the_gate_calls_ci_is_approved_by_name() -> None:
    role = policy(autonomous=["write", "write_config", "modify_ci_pipeline"])
    for path in ("buildspec.yaml", ".drone.yaml", "codefresh.yaml", ".azuredevops/x.yml"):
        decision = ask(WriteFile(path=path, content=b"x"), role)
        assert (decision.tier, decision.layer) == (Tier.REQUIRES_APPROVAL, "special_path")
    assert ask(WriteFile(path="setup.yaml", content=b"x"), role).tier is Tier.AUTONOMOUS
