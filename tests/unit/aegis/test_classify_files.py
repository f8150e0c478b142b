"""What file actions, reads and addresses amount to."""

import pytest

from orion_tui.base.kinds import ActionKind as K
from orion_tui.base.kinds import Tier
from orion_tui.core.aegis.classify import classify, classify_change
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.path_kinds import further_kinds, kind_of_writing
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.models.actions import (
    Action,
    Decision,
    DeleteFile,
    EditFile,
    FetchUrl,
    FileChange,
    ListFiles,
    ReadFile,
    SearchFiles,
    WriteFile,
)
from tests.support.gate import ask, policy

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]

WRITER = policy(autonomous=["write", "delete_files", "read_files", "search", "write_code"])


def ask_change(change: FileChange, under: Policy) -> Decision:
    return decide(classify_change(change), under)


def claimed(action: Action, change: FileChange | None = None) -> set[K]:
    return {claim.kind for claim in classify(action, change).claims}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/a.py", K.WRITE_CODE),
        ("bin/tool", K.WRITE_CODE),
        ("unknown.xyz", K.WRITE_CODE),
        ("docs/conf.py", K.WRITE_CODE),
        ("docs/run.sh", K.WRITE_CODE),
        ("docs/x.JS", K.WRITE_CODE),
        ("docs/guide.md", K.WRITE_DOCS),
        ("docs/img.png", K.WRITE_DOCS),
        ("README", K.WRITE_DOCS),
        ("CHANGELOG.md", K.WRITE_DOCS),
        ("tests/test_a.py", K.WRITE_TESTS),
        ("tests/data/x.json", K.WRITE_TESTS),
        ("src/test_a.py", K.WRITE_TESTS),
        ("src/a.test.ts", K.WRITE_TESTS),
        ("pkg/a_test.go", K.WRITE_TESTS),
        ("src/latest/x.py", K.WRITE_CODE),
        ("pyproject.toml", K.WRITE_CONFIG),
        ("Makefile", K.WRITE_CONFIG),
        ("conf/x.yaml", K.WRITE_CONFIG),
        (".env", K.WRITE_CONFIG),
        ("docs/.hidden", K.WRITE_CONFIG),
        ("requirements-dev.txt", K.WRITE_CONFIG),
    ],
)
def test_which_kind_of_writing_a_path_is(path: str, kind: K) -> None:
    assert kind_of_writing(path) is kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".github/workflows/ci.yml", K.MODIFY_CI_PIPELINE),
        (".GitHub/Workflows/ci.yml", K.MODIFY_CI_PIPELINE),
        (".gitlab-ci.yml", K.MODIFY_CI_PIPELINE),
        ("sub/.gitlab-ci.yml", K.MODIFY_CI_PIPELINE),
        ("Jenkinsfile", K.MODIFY_CI_PIPELINE),
        (".circleci/config.yml", K.MODIFY_CI_PIPELINE),
        (".ci/run", K.MODIFY_CI_PIPELINE),
        ("Dockerfile", K.MODIFY_INFRASTRUCTURE),
        ("infra/main.tf", K.MODIFY_INFRASTRUCTURE),
        ("db/migrations/0001.py", K.CHANGE_SCHEMA),
        ("schema.sql", K.CHANGE_SCHEMA),
    ],
)
def test_what_else_a_path_is(path: str, kind: K) -> None:
    assert kind in {found for found, _ in further_kinds(path)}


@pytest.mark.parametrize("path", ["src/a.py", "docs/ci.md", "src/github/workflows.py", "README.md"])
def test_ordinary_paths_are_nothing_else(path: str) -> None:
    assert further_kinds(path) == ()


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "./.git/hooks/x",
        ".GIT/config",
        ".git",
        "sub/.git/config",
        "git~1/config",
        ".git\u200c/config",
        ".git./config",
        ".git /config",
        ".git::$INDEX_ALLOCATION/config",
        ".orion/roles/r.yaml",
        ".ORION/x",
        ".orion",
        ".orion./x",
        "sub/.orion/x",
        "/etc/passwd",
        "/workspace/a",
        "../x",
        "a/../../x",
        "a/../b",
    ],
)
@pytest.mark.parametrize("what", ["write", "edit", "delete", "change"])
def test_what_is_no_agents_business_is_never_changed(path: str, what: str) -> None:
    answers = {
        "write": ask(WriteFile(path=path, content=b"x"), WRITER),
        "edit": ask(EditFile(path=path, old="a", new="b"), WRITER),
        "delete": ask(DeleteFile(path=path), WRITER),
        "change": ask_change(FileChange(path=path, before=b"", after=b"x"), WRITER),
    }
    assert (answers[what].tier, answers[what].layer) == (Tier.FORBIDDEN, "aegis")


@pytest.mark.parametrize("path", ["src/a.py", "git/config.py", ".gitignore", "orion/a.py", "docs/.orionx", "a/b..c"])
def test_their_neighbours_are(path: str) -> None:
    assert ask(WriteFile(path=path, content=b"x"), WRITER).tier is Tier.AUTONOMOUS


@pytest.mark.parametrize(
    "change",
    [
        FileChange(path=".gitattributes", before=None, after=b"x"),
        FileChange(path=".gitmodules", before=b"x", after=None),
        FileChange(path=".githooks/x", before=None, after=b"x"),
        FileChange(path="AGENTS.md", before=b"", after=b"x"),
        FileChange(path=".vscode/tasks.json", before=b"", after=b"x"),
        FileChange(path="src/a.py", before=b"", after=b"x", is_symlink=True),
        FileChange(path="src/a.sh", before=b"", after=b"x", executable=True),
    ],
)
def test_a_special_path_is_asked_for_by_name_whatever_is_granted(change: FileChange) -> None:
    """GATE-4."""
    generous = policy(autonomous=["write", "delete_files", "change_permissions"])
    decision = ask_change(change, generous)
    assert (decision.tier, decision.layer) == (Tier.REQUIRES_APPROVAL, "special_path")


def test_a_file_that_was_executable_before_becomes_nothing_new() -> None:
    change = FileChange(path="src/a.sh", before=b"", after=b"x", was_executable=True, executable=True)
    assert K.CHANGE_PERMISSIONS not in {claim.kind for claim in classify_change(change).claims}


def test_dependencies_are_named_from_the_content() -> None:
    before, after = b'[project]\ndependencies = ["a"]\n', b'[project]\ndependencies = ["a", "b"]\n'
    change = FileChange(path="pyproject.toml", before=before, after=after)
    names = [c.subject for c in classify_change(change).claims if c.kind is K.ADD_DEPENDENCY]
    assert names == ["b"]
    same = FileChange(path="pyproject.toml", before=before, after=before + b"# note\n")
    assert K.ADD_DEPENDENCY not in {claim.kind for claim in classify_change(same).claims}


def test_an_edit_of_a_manifest_whose_file_is_not_at_hand_is_judged_carefully() -> None:
    assert K.ADD_DEPENDENCY in claimed(EditFile(path="pyproject.toml", old="a", new="b"))
    assert K.ADD_DEPENDENCY not in claimed(EditFile(path="src/a.py", old="a", new="b"))


def test_the_change_as_it_is_counts_rather_than_the_action() -> None:
    action = WriteFile(path="src/a.py", content=b"x")
    assert K.WRITE_CODE not in claimed(action, FileChange(path="docs/a.md", before=None, after=b"x"))


def test_removing_a_test_is_writing_tests_too() -> None:
    assert {K.WRITE_TESTS, K.DELETE_FILES, K.WRITE} <= claimed(DeleteFile(path="tests/test_a.py"))


@pytest.mark.parametrize(
    "action", [ReadFile(path="../x"), ListFiles(path="/etc"), SearchFiles(pattern="x", path="a/../..")]
)
def test_reading_stays_inside(action: Action) -> None:
    assert ask(action, WRITER).tier is Tier.FORBIDDEN


@pytest.mark.parametrize("action", [ReadFile(path="a/b"), ListFiles(), ListFiles(path="src"), SearchFiles(pattern="x")])
def test_reading_inside_is_reading(action: Action) -> None:
    assert ask(action, WRITER).tier is Tier.AUTONOMOUS


def test_reading_may_be_granted_by_path() -> None:
    partly = policy(autonomous=["read_files(docs/**)"])
    assert ask(ReadFile(path="docs/a.md"), partly).tier is Tier.AUTONOMOUS
    assert ask(ReadFile(path="src/a.py"), partly).tier is Tier.REQUIRES_APPROVAL
    assert ask(ListFiles(), partly).tier is Tier.REQUIRES_APPROVAL


@pytest.mark.parametrize(
    ("url", "tier"),
    [
        ("https://docs.python.org/3/", Tier.AUTONOMOUS),
        ("https://DOCS.python.org:443/3/?a=b#c", Tier.AUTONOMOUS),
        ("https://docs.python.org.evil.org/", Tier.REQUIRES_APPROVAL),
        ("https://evil.org/docs.python.org", Tier.REQUIRES_APPROVAL),
        ("https://docs.python.org@evil.org/", Tier.REQUIRES_APPROVAL),
        ("https://docs.python.org\\@evil.org/", Tier.REQUIRES_APPROVAL),
        ("https://docs.python.org\t.evil.org/", Tier.REQUIRES_APPROVAL),
        ("https://docs.python.org\n.evil.org/", Tier.REQUIRES_APPROVAL),
        ("ftp://docs.python.org/", Tier.REQUIRES_APPROVAL),
        ("//docs.python.org/", Tier.REQUIRES_APPROVAL),
        ("docs.python.org", Tier.REQUIRES_APPROVAL),
        ("https://docs.p\u0443thon.org/", Tier.REQUIRES_APPROVAL),
        ("https://%64ocs.python.org/", Tier.REQUIRES_APPROVAL),
        ("", Tier.REQUIRES_APPROVAL),
        ("file:///etc/passwd", Tier.FORBIDDEN),
        ("file:///root/.ssh/id_rsa", Tier.FORBIDDEN),
    ],
)
def test_only_the_granted_host_is_reached_without_asking(url: str, tier: Tier) -> None:
    granted = policy(autonomous=["fetch(docs.python.org)"])
    assert ask(FetchUrl(url=url), granted).tier is tier


def test_hosts_of_the_roles_sandbox_are_granted_too() -> None:
    granted = policy(sandbox={"egress": ["*.python.org"]})
    assert ask(FetchUrl(url="https://docs.python.org/"), granted).tier is Tier.AUTONOMOUS
    assert ask(FetchUrl(url="https://python.evil.org/"), granted).tier is Tier.REQUIRES_APPROVAL


@pytest.mark.parametrize("path", ["a" * 5000, "a//b", "", "a\0b", "x/" * 200 + "y"])
def test_a_name_that_cannot_cross_the_boundary_is_never_autonomous(path: str) -> None:
    assert ask(WriteFile(path=path, content=b"x"), WRITER).tier is not Tier.AUTONOMOUS


def test_names_that_are_no_text_are_judged_like_others() -> None:
    assert ask(WriteFile(path="src/\udcff.py", content=b"x"), WRITER).tier is Tier.AUTONOMOUS
