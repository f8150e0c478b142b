"""What a command can really make in a sandbox to get out (rows 2 to 5 of the threat model): refused or held by name."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.boundary.harvest import Harvest, harvest
from orion_tui.core.boundary.intake import entries, survey
from orion_tui.core.boundary.manifest import baseline
from orion_tui.core.repo import session_repo
from orion_tui.core.repo.ignore import IgnoreRules
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.repo.workspace import inspect
from orion_tui.core.sandbox.base import Sandbox, SandboxSpec
from orion_tui.core.sandbox.bubblewrap import Bubblewrap

pytestmark = pytest.mark.bubblewrap


class Bench:
    """A real sandbox with a small tree in it."""

    def __init__(self, sandbox: Sandbox, repo: SessionRepo, tree: str) -> None:
        self.sandbox = sandbox
        self.repo = repo
        self.base = survey(repo, tree)
        sandbox.load(entries(repo, self.base))
        self.manifest = baseline(sandbox, self.base, self.base)
        self.rules = IgnoreRules(repo, tree)

    def run(self, script: str) -> None:
        result = self.sandbox.run(("sh", "-ec", script))
        assert result.exit_code == 0, result.output

    def harvest(self) -> Harvest:
        return harvest(self.sandbox, self.repo, self.manifest, rules=self.rules)

    def files(self, tree: str) -> set[bytes]:
        return {item.path for item in self.repo.entries(tree)}


@pytest.fixture
def bench(orion_home: OrionHome, tmp_path: Path) -> Iterator[Bench]:
    work = tmp_path / "work"
    work.mkdir()
    for name, data in {"a.txt": "one\n", "src/main.py": "pass\n", ".gitignore": "build/\n"}.items():
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text(data)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "base"]):
        subprocess.run(["git", *command], cwd=work, check=True)
    workspace = inspect(work)
    repo = session_repo.create(orion_home, os.urandom(6).hex(), workspace)
    repo.import_base(workspace, workspace.head)
    with Bubblewrap().open(SandboxSpec(session_id=repo.session_id)) as sandbox:
        yield Bench(sandbox, repo, repo.tree_of(workspace.head))


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ("mkfifo pipe", {b"pipe"}),
        ("rm a.txt; mkfifo a.txt", {b"a.txt"}),
        ("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'", {b"sock"}),
        ("echo x > suid; chmod u+s suid", {b"suid"}),
        ("echo x > one; ln one two", {b"one", b"two"}),
        ("ln a.txt also", {b"a.txt", b"also"}),
        ("ln -s /etc/passwd abs", {b"abs"}),
        ("ln -s ../../etc out", {b"out"}),
        ("mkdir d; ln -s d/../.. sly", {b"sly"}),
        ("ln -s .git/config peek", {b"peek"}),
        ("mkdir -p sub/.git/hooks; echo x > sub/.git/hooks/pre-commit", {b"sub/.git"}),
        ("mkdir -p 'sub/.GIT '; echo x > 'sub/.GIT /config'", {b"sub/.GIT /config"}),
        ("mkdir git~1; echo x > git~1/config", {b"git~1/config"}),
        ("echo x > A.TXT", {b"A.TXT"}),
        ("mkdir Src; echo x > Src/other", {b"Src/other"}),
        ("truncate -s 500G sparse 2>/dev/null || truncate -s 200M sparse", {b"sparse"}),
        ("mkdir -p .orion/roles; echo x > .orion/roles/evil.yaml", {b".orion/roles/evil.yaml"}),
        (
            "p=.; for i in $(seq 120); do p=$p/d; done; mkdir -p $p; echo x > $p/deep",
            {b"/".join([b"d"] * 120) + b"/deep"},
        ),
    ],
)
def test_refused_by_name(bench: Bench, script: str, refused: set[bytes]) -> None:
    bench.run(f"{script}\necho fine > fine.txt")
    result = bench.harvest()
    assert {refusal.path for refusal in result.refused} == refused
    assert all(refusal.reason for refusal in result.refused)
    assert result.special == ()
    assert bench.files(result.tree) == bench.files(bench.base.tree) | {b"fine.txt"}


@pytest.mark.parametrize(
    ("script", "held"),
    [
        ("printf '* filter=evil\\n' > .gitattributes", b".gitattributes"),
        ("printf '[submodule \"x\"]\\n\\turl = ext::sh -c evil\\n' > .gitmodules", b".gitmodules"),
        ("printf '[lfs]\\n' > .lfsconfig", b".lfsconfig"),
        ("mkdir .githooks; echo x > .githooks/pre-commit", b".githooks/pre-commit"),
        ("mkdir -p .github/workflows; echo x > .github/workflows/ci.yml", b".github/workflows/ci.yml"),
        ("echo x > AGENTS.md", b"AGENTS.md"),
        ("mkdir .vscode; echo x > .vscode/tasks.json", b".vscode/tasks.json"),
        ("ln -s a.txt link", b"link"),
        ("chmod +x src/main.py", b"src/main.py"),
    ],
)
def test_held_for_approval_by_name(bench: Bench, script: str, held: bytes) -> None:
    bench.run(f"{script}\necho fine > fine.txt")
    result = bench.harvest()
    assert [waiting.change.path for waiting in result.special] == [held]
    assert result.refused == ()
    assert bench.files(result.tree) == bench.files(bench.base.tree) | {b"fine.txt"}


def test_odd_but_legal_names_come_out(bench: Bench) -> None:
    bench.run(
        r"""python3 -c '
import os
for name in (b"new\nline", b"\x1b]52;c;AA\x07", b"\xff\xfe", "bidi\u202etxt".encode(), b"-rf", b"sp ace"):
    open(b"odd-" + name, "w").write("x")
'"""
    )
    result = bench.harvest()
    assert result.refused == ()
    assert len(bench.files(result.tree)) == 9


def test_hidden_by_permissions_is_still_looked_at(bench: Bench) -> None:
    bench.run("mkdir closed; echo x > closed/file; mkfifo closed/pipe; chmod 000 closed/file closed")
    result = bench.harvest()
    assert {refusal.path for refusal in result.refused} == {b"closed/pipe"}
    assert b"closed/file" in bench.files(result.tree)


def test_a_flood_of_files_is_refused_by_count(bench: Bench) -> None:
    bench.run("mkdir flood; cd flood; python3 -c 'for n in range(5000): open(str(n), \"w\")'")
    result = bench.harvest()
    assert len(result.refused) == 4_900
    assert result.usage.created == 100


def test_what_the_base_ignores_stays_in_the_sandbox(bench: Bench) -> None:
    bench.run(
        "mkdir build; echo x > build/out; mkfifo build/pipe; mkdir -p build/lib/.git; echo x > build/lib/.git/config"
    )
    result = bench.harvest()
    assert (result.tree, result.refused, result.special) == (bench.base.tree, (), ())
